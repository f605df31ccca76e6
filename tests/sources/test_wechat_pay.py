"""The totals below the bill of WeChat Pay are held against its rows."""

from dataclasses import replace

import pytest

from tests.samples.wechat_pay.bill import BACK, SAMPLE, row
from tests.sources import checks

ROWS = [
    row("01", "SUCCESS", "100.00"),
    row("01", "REFUND", "0.00", **BACK),
    row("02", "SUCCESS", "1000.50"),
]
HEADERS = SAMPLE.after[0]
NUMBERS = ("`3", "`1100.50", "`30.00", "`0.00", "`1.02", "`1100.50", "`30.00")
BEFORE = ("总交易单数", "总交易额", "总退款金额", "总代金券或立减优惠退款金额", "手续费总金额")


def load(rows, folder, after=(HEADERS, NUMBERS)):
    return checks.outcome(replace(SAMPLE, rows=tuple(rows), after=tuple(after)), folder)


def test_a_bill_that_adds_up_is_loaded(tmp_path):
    found = load(ROWS, tmp_path)
    assert len(found.tables["orders"]) == 2
    assert not found.files.refused


@pytest.mark.parametrize("gone", range(3))
@pytest.mark.parametrize(
    "after",
    [(HEADERS, NUMBERS), (BEFORE, ("`3", "`1100.50", "`30.00", "`0.00", "`1.02"))],
    ids=["now", "before"],
)
def test_a_bill_that_lacks_a_row_is_refused(tmp_path, gone, after):
    found = load(ROWS[:gone] + ROWS[gone + 1 :], tmp_path, after)
    (refused,) = found.files.refused
    assert refused.reason == "total_off"


@pytest.mark.parametrize(
    "after", [(), (HEADERS,), (HEADERS, ("`3",))], ids=["none", "headers", "cut"]
)
def test_a_bill_without_its_totals_is_refused(tmp_path, after):
    found = load(ROWS, tmp_path, after)
    (refused,) = found.files.refused
    assert refused.reason == "totals_missing"
    assert "总交易单数" in refused.message_zh


@pytest.mark.parametrize("end", [b"", b"`42000"], ids=["after a row", "within a row"])
def test_a_bill_that_was_cut_is_refused(tmp_path, end):
    whole = replace(SAMPLE, rows=tuple(ROWS), after=())
    found = checks.outcome(whole, tmp_path, content=whole.content() + end)
    assert [one.reason for one in found.files.refused] == ["totals_missing"]


@pytest.mark.parametrize("gone", [False, True], ids=["whole", "a row is gone"])
def test_totals_that_a_spreadsheet_made_as_wide_as_the_rows_are_found(tmp_path, gone):
    wide = len(SAMPLE.headers)
    after = tuple((*cells, *[""] * (wide - len(cells))) for cells in (HEADERS, NUMBERS))
    found = load(ROWS[gone:], tmp_path, after)
    assert [one.reason for one in found.files.refused] == ["total_off"] * gone
    if not gone:
        assert len(found.tables["orders"]) == 2


def test_what_cannot_be_read_is_not_held_against_a_total(tmp_path):
    unread = row("03", "SUCCESS", "一百")
    numbers = ("`4", "`1200.50", "`30.00", "`0.00", "`1.62", "`1200.50", "`30.00")
    found = load([*ROWS, unread], tmp_path, (HEADERS, numbers))
    assert not found.files.refused
    assert found.files.accounts[0].rows_refused == 1
