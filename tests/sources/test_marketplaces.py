"""What is peculiar to marketplaces: workbooks that lie, identity cards, renamed headers."""

import tomllib
import zipfile

import pytest

from insights import sources
from insights.demo.exports.files import write_csv, write_sheet
from insights.intake import FilesSource
from insights.intake.cards import is_card
from insights.settings import Settings
from tests.intake.test_privacy import readable
from tests.samples.kuaishou.orders import SAMPLE as KUAISHOU
from tests.sources import checks
from tests.sources.test_adapters import FOUND

TABLES = [one for one in FOUND if not one.is_json]
# Two headers that a platform might rename: what it needs, and what it might be called then.
RENAMED = [
    ("jd.orders", "应付金额", "应付总金额"),
    ("kuaishou.orders", "订单创建时间", "订单创建日期时间"),
    ("pdd.orders", "用户实付金额(元)", "用户实际支付金额(元)"),
    ("xhs.orders", "SKU件数", "SKU总件数"),
]


def test_a_workbook_that_says_it_has_one_cell_is_read_whole(tmp_path):
    """Kuaishou's do: a reader that trusts the dimension sees the first header and nothing else."""
    rows = [row for row in KUAISHOU.rows if row]
    sheet = {header: [row.get(header, "") for row in rows] for header in KUAISHOU.headers}
    path = write_sheet(tmp_path / "orders.xlsx", sheet, dimension="A1")
    settings = checks.workspace(tmp_path)
    files = FilesSource([path], settings, settings.brand())
    (tmp_path / "scratch").mkdir()
    files.prepare(tmp_path / "scratch", {}, lambda *_: None)
    (account,) = files.accounts
    of_csv = checks.plain(KUAISHOU, tmp_path / "csv").files.accounts[0]
    assert account.adapter == "kuaishou.orders"
    assert (account.rows_used, account.totals) == (of_csv.rows_used, of_csv.totals)


@pytest.mark.parametrize("adapter", sources.adapters(), ids=lambda adapter: adapter.name)
def test_no_adapter_reads_an_identity_card(adapter):
    assert not [name for name in adapter.columns if "身份证" in name or "实名" in name]


CARDS = [one for one in sources.adapters() if any(map(is_card, one.unread))]
NAMED, NUMBER = "欧阳示例", "000000190001017777"


def test_the_consoles_that_export_identity_cards_are_known():
    assert {one.name for one in CARDS} >= {"xhs.orders", "pdd.orders", "kuaishou.orders"}


@pytest.mark.parametrize("kind", ["csv", "xlsx", "zip"])
@pytest.mark.parametrize("adapter", CARDS, ids=lambda adapter: adapter.name)
def test_an_identity_card_never_reaches_the_disk_not_even_as_received(tmp_path, adapter, kind):
    sample = next(one for one in TABLES if one.adapter == adapter.name)
    headers = [header for header in adapter.unread if is_card(header)]
    planted = {header: NUMBER if "号" in header else NAMED for header in headers}
    rows = [{**row, **planted} for row in sample.rows if row]
    sheet = {
        h: [row.get(h, "") for row in rows] for h in dict.fromkeys((*sample.headers, *headers))
    }
    settings = checks.workspace(tmp_path / "work")
    path = tmp_path / f"orders.{kind}"
    if kind == "xlsx":
        write_sheet(path, sheet)
    else:
        write_csv(tmp_path / "orders.csv", sheet, encoding="gb18030")
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as packed:
            packed.write(tmp_path / "orders.csv", "orders.csv")
    files = FilesSource([path], settings, settings.brand(), dict(sample.scope))
    (settings.root / "scratch").mkdir()
    files.prepare(settings.root / "scratch", {}, lambda *_: None)
    (account,) = files.accounts
    assert account.rows_used > 0
    raw = list((settings.data / "shop" / "raw").iterdir())
    assert {one.suffix for one in raw} == ({".entry", ".csv"} if kind == "csv" else {".entry"})
    for one in settings.root.rglob("*"):
        if one.is_file():
            said = readable(one) + one.read_bytes().decode("gb18030", "replace")
            assert NUMBER not in said, one.name
            assert NAMED not in said, one.name
    if kind == "csv":  # What is kept is read as the file itself was.
        (kept,) = (one for one in raw if one.suffix == ".csv")
        again = FilesSource([kept], settings, settings.brand(), dict(sample.scope))
        (settings.root / "again").mkdir()
        again.prepare(settings.root / "again", {}, lambda *_: None)
        (same,) = again.accounts
        assert (same.rows_used, same.totals) == (account.rows_used, account.totals)


@pytest.mark.parametrize(("name", "needed", "renamed"), RENAMED)
def test_a_renamed_header_is_refused_and_one_line_of_toml_makes_it_readable(
    tmp_path, name, needed, renamed
):
    sample = next(one for one in TABLES if one.adapter == name)
    changed = sample.content(spelled=lambda header: header.replace(needed, renamed))
    (refused,) = checks.outcome(sample, tmp_path, changed).files.refused
    assert f"The nearest is {checks.adapter(sample).label}" in refused.message
    # The lines of the message, as they stand there, are what has to be written.
    said = [one.strip() for one in refused.message.splitlines() if one.startswith("  ")]
    assert said[1:] == [f'"{renamed}" = "{needed}"']
    path = tmp_path / "insights.toml"
    path.write_text(checks.SETTINGS + "\n".join(said) + "\n", "utf-8")
    assert tomllib.loads(path.read_text("utf-8"))
    settings = Settings.load(tmp_path)
    files = FilesSource([tmp_path / "in" / sample.file], settings, settings.brand())
    files.prepare(tmp_path / "scratch", {}, lambda *_: None)
    (account,) = files.accounts
    whole = checks.plain(sample, tmp_path / "plain").files.accounts[0]
    assert (account.rows_used, dict(account.refused)) == (whole.rows_used, dict(whole.refused))
