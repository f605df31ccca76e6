"""The WeChat store: its API's answers however they were saved, its workbook with merged cells."""

import json

import openpyxl
import pyarrow as pa
import pytest

from insights.intake import FilesSource
from tests.samples.wx_store import orders, trades
from tests.sources import checks

BARE = [answer["order"] for answer in trades.ANSWERS]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(trades.ANSWERS),
        "\n".join(map(json.dumps, trades.ANSWERS)),
        json.dumps(BARE),
        "\n".join(map(json.dumps, BARE)),
    ],
    ids=["list", "lines", "orders", "orders in lines"],
)
def test_answers_are_read_in_any_wrapping(text, tmp_path):
    found = checks.outcome(trades.SAMPLE, tmp_path, text.encode())
    assert not found.files.refused
    assert len(found.tables["orders"]) == 6
    assert len(found.tables["order_lines"]) == 8


def test_an_order_that_was_asked_for_twice_is_there_once(tmp_path):
    text = json.dumps(BARE + BARE[:1])
    found = checks.outcome(trades.SAMPLE, tmp_path, text.encode())
    (account,) = found.files.accounts
    assert account.skipped == {"repeated": 3}
    assert len(found.tables["order_lines"]) == 8


def workbook(path, *, merged):
    """Write the sample as the console's workbook: what belongs to an order is merged over it."""
    sample = orders.SAMPLE
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(sample.headers)
    for row in sample.rows:
        sheet.append([row.get(header, "").lstrip("'") for header in sample.headers])
    for column in range(1, sample.headers.index("商品名称") + 1):
        for last in merged:
            sheet.merge_cells(start_row=2, end_row=last, start_column=column, end_column=column)
    book.save(path)
    return path


def loaded(path, folder):
    settings = checks.workspace(folder)
    files = FilesSource([path], settings, settings.brand())
    (folder / "scratch").mkdir()
    files.prepare(folder / "scratch", {}, lambda *_: None)
    found = {}
    for batch in files.batches(settings.brand()):
        rows = pa.Table.from_batches(batch.rows).to_pylist()
        # The engine promises no order of an order's rows once they are put together.
        found[batch.table] = sorted(rows, key=lambda row: row["_row"])
    return files, found


def test_what_a_workbook_merges_over_an_order_is_said_of_each_of_its_products(tmp_path):
    plain, apart = loaded(workbook(tmp_path / "a.xlsx", merged=()), tmp_path / "a")
    files, together = loaded(workbook(tmp_path / "b.xlsx", merged=(4,)), tmp_path / "b")
    assert together == apart
    assert len(together["order_lines"]) == 9
    (account,), (same,) = files.accounts, plain.accounts
    assert account.totals == same.totals
    assert account.refused == same.refused


def test_cells_that_are_blank_and_not_merged_stay_so(tmp_path):
    """Two of an order's three rows are merged: the third belongs to nobody."""
    plain, found = loaded(workbook(tmp_path / "b.xlsx", merged=(3,)), tmp_path / "b")
    assert len(found["order_lines"]) == 9
    path = tmp_path / "c.xlsx"
    book = openpyxl.load_workbook(workbook(path, merged=(3,)))
    for column in range(1, orders.SAMPLE.headers.index("商品名称") + 1):
        book.active.cell(4, column).value = None
    book.save(path)
    files, found = loaded(path, tmp_path / "c")
    assert len(found["order_lines"]) == 8
    assert files.accounts[0].rows_refused == plain.accounts[0].rows_refused + 1
