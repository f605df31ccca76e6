"""Identity cards never reach the disk, however broken the file is that they stand in."""

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from insights import sources
from insights.demo.exports.files import write_csv, write_sheet
from insights.intake import FilesSource
from insights.intake.cards import is_card
from insights.sources import Adapter
from tests.intake.test_privacy import readable
from tests.samples.jd.orders import SAMPLE as JD
from tests.samples.sample import Sample
from tests.sources import checks
from tests.sources.test_adapters import FOUND

CARDS = [one for one in sources.adapters() if any(map(is_card, one.unread))]
NAMED, NUMBER = "欧阳示例", "000000190001017777"
OLD_NUMBER = "000000000101777"
LONG_ORDER = "982605011234567890"  # 18 digits, and no day of birth in them.
ADDRESS = "示例地址 97 号"
SAVED = {"订单号": LONG_ORDER}

Rows = list[list[str]]


def sample_of(adapter: Adapter) -> Sample:
    return next(one for one in FOUND if one.adapter == adapter.name and not one.is_json)


def sheet_of(adapter: Adapter) -> dict[str, list[str]]:
    """Return a sample's rows with cards planted in every row, and an address before them."""
    sample = sample_of(adapter)
    headers = [header for header in adapter.unread if is_card(header)]
    planted = {header: NUMBER if "号" in header else NAMED for header in headers}
    rows = [{**row, "收货地址": ADDRESS, **planted} for row in sample.rows if row]
    names = [h for h in sample.headers if h not in planted and h != "收货地址"]
    # A column that nobody reads has a long number that is nobody's.
    found = {h: [row.get(h, "") for row in rows] for h in (*names, "收货地址", *headers)}
    return {**found, "外部单号": [LONG_ORDER] * len(rows)}


def text(sheet: dict[str, list[str]], delimiter: str = ",", before: str = "") -> str:
    out = io.StringIO()
    written = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    written.writerow(sheet)
    written.writerows(zip(*sheet.values(), strict=True))
    return before + out.getvalue()


def without_a_cell(said: str) -> str:
    """Leave out a cell before the cards of the second row: all after it move to the left."""
    lines = said.split("\r\n")
    lines[2] = lines[2].replace(f",{ADDRESS}", "", 1)
    return "\r\n".join(lines)


BROKEN: dict[str, Callable[[dict[str, list[str]]], str]] = {
    "semicolons": lambda sheet: text(sheet, ";"),
    "tabs below a preamble": lambda sheet: text(sheet, "\t", "导出时间：2026-05-01 店铺：甲\r\n"),
    "semicolons below commas": lambda sheet: text(sheet, ";", "导出,时间\r\n"),
    "a stray comma": lambda sheet: text(sheet).replace(ADDRESS, f"{ADDRESS},示例", 1),
    "a missing cell": lambda sheet: without_a_cell(text(sheet)),
    "an open quotation mark": lambda sheet: text(sheet).replace(ADDRESS, f'"{ADDRESS}', 1),
    "one that the next one closes": lambda sheet: text(sheet).replace(ADDRESS, f'"{ADDRESS}', 2),
    "one that is closed in a later cell": lambda sheet: (
        text(sheet)
        .replace(ADDRESS, f'"{ADDRESS}', 1)
        .replace(f"{ADDRESS},{NUMBER}", f'{ADDRESS},"{NUMBER}"')
        .replace(f"{ADDRESS},{NAMED}", f'{ADDRESS},"{NAMED}"')
    ),
    "a line break in a cell": lambda sheet: text(sheet).replace(ADDRESS, '"97 号\r\n3, 楼"'),
}


def ingested(folder: Path, path: Path, sample: Sample) -> tuple[FilesSource, list[Path]]:
    settings = checks.workspace(folder)
    files = FilesSource([path], settings, settings.brand(), dict(sample.scope))
    (settings.root / "scratch").mkdir()
    files.prepare(settings.root / "scratch", {}, lambda *_: None)
    return files, sorted((settings.data / "shop" / "raw").iterdir())


def nothing_of_cards(folder: Path) -> None:
    for one in folder.rglob("*"):
        if one.is_file():
            said = readable(one) + one.read_bytes().decode("gb18030", "replace")
            for value in (NUMBER, OLD_NUMBER, NAMED):
                assert value not in said, (one.name, value)


def test_the_consoles_that_export_identity_cards_are_known():
    assert {one.name for one in CARDS} >= {"xhs.orders", "pdd.orders", "kuaishou.orders"}


@pytest.mark.parametrize("kind", ["csv", "xlsx", "zip"])
@pytest.mark.parametrize("adapter", CARDS, ids=lambda adapter: adapter.name)
def test_an_identity_card_never_reaches_the_disk_not_even_as_received(tmp_path, adapter, kind):
    sample, sheet = sample_of(adapter), sheet_of(adapter)
    path = tmp_path / f"orders.{kind}"
    if kind == "xlsx":
        write_sheet(path, sheet)
    else:
        write_csv(tmp_path / "orders.csv", sheet, encoding="gb18030")
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as packed:
            packed.write(tmp_path / "orders.csv", "orders.csv")
    files, raw = ingested(tmp_path / "work", path, sample)
    (account,) = files.accounts
    assert account.rows_used > 0
    assert {one.suffix for one in raw} == ({".entry", ".csv"} if kind == "csv" else {".entry"})
    assert any("the vault has nothing of it" in one for one in files.notices) == (kind != "csv")
    nothing_of_cards(tmp_path / "work")


QUICK = [
    pytest.param(one, marks=() if one.name == "xhs.orders" else pytest.mark.slow, id=one.name)
    for one in CARDS
]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("adapter", QUICK)
def test_nor_from_a_file_that_is_broken(tmp_path, adapter, broken):
    sample = sample_of(adapter)
    path = tmp_path / "orders.csv"
    path.write_bytes(BROKEN[broken](sheet_of(adapter)).encode("gb18030"))
    files, raw = ingested(tmp_path / "work", path, sample)
    nothing_of_cards(tmp_path / "work")
    # What is kept is read as the file itself was.
    (kept,) = (one for one in raw if one.suffix == ".csv")
    again, _ = ingested(tmp_path / "again", kept, sample)
    if not files.accounts:
        assert [one.reason for one in again.refused] == [one.reason for one in files.refused]
        return
    (account,), (same,) = files.accounts, again.accounts
    # Where no row could be told, nothing was kept of any.
    assert (LONG_ORDER in kept.read_bytes().decode("gb18030")) == bool(account.rows_used)
    assert (same.rows_used, same.totals) == (account.rows_used, account.totals)
    assert (same.rows_read, same.rows_refused) == (account.rows_read, account.rows_refused)


def test_what_cannot_be_told_is_not_kept_and_that_is_said(tmp_path):
    """A column without a header: which cells moved under the others, nobody can say."""
    adapter = next(one for one in CARDS if one.name == "xhs.orders")
    lines = text(sheet_of(adapter)).split("\r\n")
    said = "\r\n".join([lines[0], *(f"{line},{OLD_NUMBER}" for line in lines[1:] if line)])
    path = tmp_path / "orders.csv"
    path.write_bytes(said.encode())
    files, raw = ingested(tmp_path / "work", path, sample_of(adapter))
    assert {one.suffix for one in raw} == {".entry"}
    assert any("the vault has nothing of it" in one for one in files.notices)
    nothing_of_cards(tmp_path / "work")


def test_exports_joined_by_hand_have_cards_in_other_columns_from_there_on(tmp_path):
    adapter = next(one for one in CARDS if one.name == "xhs.orders")
    sheet = sheet_of(adapter)
    turned = dict(reversed(sheet.items()))
    path = tmp_path / "orders.csv"
    path.write_bytes((text(sheet) + text(turned)).encode())
    _, raw = ingested(tmp_path / "work", path, sample_of(adapter))
    assert {one.suffix for one in raw} == {".entry", ".csv"}
    nothing_of_cards(raw[0].parent)


def test_a_number_that_moved_in_a_row_of_the_right_width_is_masked(tmp_path):
    """A stray comma before the cards, and the last cell is missing."""
    adapter = next(one for one in CARDS if one.name == "xhs.orders")
    lines = text(sheet_of(adapter)).split("\r\n")
    lines[2] = lines[2].replace(ADDRESS, f"{ADDRESS},示例").removesuffix(f",{LONG_ORDER}")
    path = tmp_path / "orders.csv"
    path.write_bytes("\r\n".join(lines).encode())
    _, raw = ingested(tmp_path / "work", path, sample_of(adapter))
    assert {one.suffix for one in raw} == {".entry", ".csv"}
    nothing_of_cards(raw[0].parent)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_product_for_cards_is_no_column_of_cards(tmp_path, kind):
    rows = [{**row, "商品名称": "身份证保护套"} for row in JD.rows if row]
    sheet = {h: [row.get(h, "") for row in rows] for h in JD.headers}
    path = tmp_path / f"orders.{kind}"
    if kind == "xlsx":
        write_sheet(path, sheet)
    else:
        write_csv(path, sheet, encoding="gb18030")
    files, raw = ingested(tmp_path / "work", path, JD)
    assert files.accounts[0].adapter == "jd.orders"
    (kept,) = (one for one in raw if one.suffix != ".entry")
    assert kept.read_bytes() == path.read_bytes()
