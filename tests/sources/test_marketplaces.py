"""What is peculiar to marketplaces: workbooks that lie, identity cards, renamed headers."""

import tomllib

import pytest

from insights import sources
from insights.demo.exports.files import write_sheet
from insights.intake import FilesSource
from insights.settings import Settings
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
