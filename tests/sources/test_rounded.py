"""Ids that a spreadsheet rounded: every one ends in zeros, and different orders become one."""

from dataclasses import replace

import pytest

from insights.demo.exports.files import write_sheet
from insights.intake import FilesSource
from tests.samples.douyin import orders as douyin
from tests.samples.kuaishou.orders import SAMPLE as KUAISHOU
from tests.sources import checks


def test_a_csv_saved_by_a_spreadsheet_is_refused(tmp_path):
    rows = [{**row, "子订单编号": "6917529027641080000"} for row in douyin.ROWS[:3]]
    files = checks.outcome(replace(douyin.SAMPLE, rows=tuple(rows), after=()), tmp_path).files
    (refused,) = files.refused
    assert refused.reason == "lost_digits"
    assert "'子订单编号'" in refused.message


@pytest.mark.parametrize(
    ("numbers", "refused"),
    [
        ((2612300000000010, 2612300000000020, 2612300000000020), True),
        ((2612300000000013, 2612300000000020, 2612300000000027), False),
    ],
    ids=["rounded", "whole"],
)
def test_numbers_of_a_sheet_are_refused_if_all_are_round(tmp_path, numbers, refused):
    rows = [{**row, "订单号": n} for row, n in zip(KUAISHOU.rows, numbers, strict=False)]
    sheet = {header: [row.get(header, "") for row in rows] for header in KUAISHOU.headers}
    path = write_sheet(tmp_path / "orders.xlsx", sheet)
    settings = checks.workspace(tmp_path)
    files = FilesSource([path], settings, settings.brand())
    (tmp_path / "scratch").mkdir()
    files.prepare(tmp_path / "scratch", {}, lambda *_: None)
    assert [one.reason for one in files.refused] == (["lost_digits"] if refused else [])


def test_one_round_number_among_others_is_chance(tmp_path):
    rows = [{**row, "商品ID": "3600000000000000"} for row in douyin.ROWS[:3]]
    files = checks.outcome(replace(douyin.SAMPLE, rows=tuple(rows), after=()), tmp_path).files
    assert not files.refused
