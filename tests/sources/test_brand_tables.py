"""Templates of our own: each is read by its adapter, whole, and its example is nobody's."""

import csv
from datetime import datetime
from importlib.resources import files

import pytest
from openpyxl import Workbook

from insights import sources
from insights.intake import FilesSource
from tests.sources.checks import workspace

TEMPLATES = files("insights.sources.brand_tables") / "templates"
KINDS = tuple(a for a in sources.adapters() if a.source.name == "brand_tables")


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
@pytest.mark.parametrize("adapter", KINDS, ids=lambda adapter: adapter.source.kind)
class TestTemplate:
    def test_is_read_whole_and_its_example_is_skipped(self, adapter, lang, tmp_path):
        account = as_it_comes(adapter, lang, tmp_path)
        assert account.adapter == adapter.name
        assert account.skipped == {"example": 1}
        assert (account.rows_used, account.unknown_headers) == (0, ())

    def test_has_every_column_that_is_read(self, adapter, lang, tmp_path):
        assert as_it_comes(adapter, lang, tmp_path).missing_columns == ()

    def test_is_named_where_the_source_is_listed(self, adapter, lang):
        where = adapter.source.where if lang == "zh-CN" else adapter.source.where_en
        assert f"brand_tables/templates/{lang}/{adapter.source.kind}.csv" in where

    def test_its_example_is_fit_for_its_table(self, adapter, lang, tmp_path):
        head, row = csv.reader(template(adapter, lang).decode("utf-8-sig").splitlines())
        row[0] = "X-001"
        filled = "\r\n".join(",".join(cells) for cells in (head, row)).encode("gb18030")
        account = read(filled, tmp_path)
        assert (account.rows_used, account.rows_refused) == (1, 0)


_ACCOUNTS = {}  # Of templates as they come: each is read once a process.


def as_it_comes(adapter, lang, folder):
    if (adapter.name, lang) not in _ACCOUNTS:
        _ACCOUNTS[adapter.name, lang] = read(template(adapter, lang), folder)
    return _ACCOUNTS[adapter.name, lang]


def template(adapter, lang):
    return (TEMPLATES / lang / f"{adapter.source.kind}.csv").read_bytes()


def read(content, folder):
    """Return the account of a file with this content."""
    settings = workspace(folder)
    path = folder / "filled.csv"
    path.write_bytes(content)
    found = FilesSource([path], settings, settings.brand())
    scratch = folder / "scratch"
    scratch.mkdir()
    found.prepare(scratch, {}, lambda *_: None)
    (account,) = found.accounts or [found.refused]
    return account


def test_a_workbook_changes_periods_days_and_percentages(tmp_path):
    """What Excel makes of 2026-06, 2026-06-18 and 8%: a date, a date, and a fraction."""
    book = Workbook()
    book.active.title = "目标"
    for row in (
        ("指标", "范围", "周期", "下限", "上限"),
        ("private_share", "all", datetime(2026, 6, 1), 0.08, None),
    ):
        book.active.append(row)
    calendar = book.create_sheet("营销日历")
    for row in (
        ("活动编号", "活动名称", "开始日期", "结束日期", "是否实验"),
        (2026618, "618 大促", datetime(2026, 6, 1), datetime(2026, 6, 18), False),
    ):
        calendar.append(row)
    settings = workspace(tmp_path)
    book.save(tmp_path / "tables.xlsx")
    found = FilesSource([tmp_path / "tables.xlsx"], settings, settings.brand())
    (tmp_path / "scratch").mkdir()
    found.prepare(tmp_path / "scratch", {}, lambda *_: None)
    rows = {batch.table: batch.rows.read_all().to_pylist() for batch in found.batches(None)}
    ((target,), (campaign,)) = rows["targets"], rows["campaigns"]
    assert (target["period"], target["low"], target["high"]) == ("2026-06", 0.08, None)
    assert campaign["campaign_id"] == "2026618"
    assert str(campaign["ends_at"]) == "2026-06-18 23:59:59"
