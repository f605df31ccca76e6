"""Exports put one below the other: nothing private reaches the disk, in whatever order."""

import zipfile
from pathlib import Path

import pytest

from insights.intake import FilesSource
from insights.intake.translating import rows as translating
from tests.intake.test_cards import (
    ADDRESS,
    CARDS,
    NAMED,
    NUMBER,
    ingested,
    nothing_of_cards,
    sample_of,
    sheet_of,
    text,
)
from tests.sources import checks

XHS = next(one for one in CARDS if one.name == "xhs.orders")
SAMPLE = sample_of(XHS)
SHEET = sheet_of(XHS)
ORDERS = {
    "turned round": list(reversed(SHEET)),
    "by name": sorted(SHEET),
    "one further": [*list(SHEET)[1:], next(iter(SHEET))],
}


@pytest.fixture
def written(monkeypatch):
    """All that was written of rows on their way, also what is gone by the end."""
    seen = []

    def watched(connection, batches, context, path):
        stored(connection, batches, context, path)
        for value in (NAMED, NUMBER, ADDRESS):
            ((found,),) = connection.execute(
                f"SELECT count(*) FROM read_parquet('{path}') r WHERE contains(r::VARCHAR, ?)",
                [value],
            ).fetchall()
            assert not found, value
        seen.append(path)

    stored = translating.stored
    monkeypatch.setattr(translating, "stored", watched)
    return seen


def nothing_but_the_vault(folder: Path) -> None:
    nothing_of_cards(folder)
    for one in folder.rglob("*"):
        if one.is_file() and "raw" not in one.parts:
            assert ADDRESS.encode() not in one.read_bytes(), one


QUICK = [
    pytest.param(order, id=name, marks=() if name == "turned round" else pytest.mark.slow)
    for name, order in ORDERS.items()
]


@pytest.mark.parametrize("order", QUICK)
def test_rows_below_a_second_header_are_read_under_it(tmp_path, written, order):
    again = {header: SHEET[header] for header in order}
    (tmp_path / "one.csv").write_bytes(text(SHEET).encode("gb18030"))
    one, _ = ingested(tmp_path / "alone", tmp_path / "one.csv", SAMPLE)
    (tmp_path / "both.csv").write_bytes((text(SHEET) + text(again)).encode("gb18030"))
    both, raw = ingested(tmp_path / "work", tmp_path / "both.csv", SAMPLE)
    (alone,), (joined,) = one.accounts, both.accounts
    # Every row is there twice, and says the same both times.
    assert joined.totals == alone.totals
    assert joined.rows_used == alone.rows_used
    assert joined.tables == alone.tables
    assert written
    nothing_but_the_vault(tmp_path / "work")
    # What the vault keeps of it is read the same way.
    (kept,) = (path for path in raw if path.suffix == ".csv")
    same, _ = ingested(tmp_path / "again", kept, SAMPLE)
    assert same.accounts[0].totals == joined.totals
    assert same.accounts[0].rows_used == joined.rows_used


def test_other_columns_are_refused_in_words_and_nothing_is_kept(tmp_path, written):
    """The first part has no columns of cards, so that nothing warned of the second's."""
    first = {h: values for h, values in SHEET.items() if "身份证" not in h}
    many = {h: values * 1_500 for h, values in first.items()}  # Beyond what is read at first.
    path = tmp_path / "both.csv"
    path.write_bytes((text(many) + text(SHEET)).encode("gb18030"))
    settings = checks.workspace(tmp_path / "work")
    files = FilesSource([path], settings, settings.brand(), dict(SAMPLE.scope))
    (settings.root / "scratch").mkdir()
    files.prepare(settings.root / "scratch", {}, lambda *_: None)
    (refused,) = files.refused
    assert refused.reason == "joined"
    assert f"second header in row {len(many['订单号']) + 2}," in refused.message
    assert "表头" in refused.message_zh
    assert not (settings.data / "shop" / "raw").exists()
    nothing_but_the_vault(tmp_path / "work")


def test_a_zip_of_exports_in_different_orders_is_read_member_by_member(tmp_path, written):
    path = tmp_path / "both.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for number, order in enumerate(ORDERS.values()):
            again = {header: SHEET[header] for header in order}
            packed.writestr(f"{number}.csv", text(again).encode("gb18030"))
    files, _ = ingested(tmp_path / "work", path, SAMPLE)
    assert len({tuple(sorted(one.totals.items())) for one in files.accounts}) == 1
    assert len(files.accounts) == len(written) == len(ORDERS)
    nothing_but_the_vault(tmp_path / "work")
