"""Rows without a number of their own that come twice: pieces of an order, or pasted copies?"""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.samples.jd import orders as jd
from tests.samples.wechat_ads import report as ads
from tests.samples.wx_store import orders as wx_store
from tests.samples.xhs import orders as xhs
from tests.sources import checks


def load(sample, rows, folder, after=()):
    changed = replace(sample, rows=tuple(rows), after=tuple(after))
    found = checks.outcome(changed, folder)
    (account,) = found.files.accounts
    return account, found.tables


def paid(tables):
    return sum((row["paid_amount"] for row in tables["orders"]), Decimal())


@pytest.mark.parametrize("module", [xhs, jd, wx_store], ids=["xhs", "jd", "wx_store"])
def test_an_export_whose_rows_come_twice_sells_once(module, tmp_path):
    sample = module.SAMPLE
    rows = [row for row in sample.rows if row]
    once, tables = load(sample, rows, tmp_path / "once")
    # One export below the other, and each row twice.
    for name, doubled in (
        ("below", rows + rows),
        ("each", [one for row in rows for one in (row, row)]),
    ):
        account, again = load(sample, doubled, tmp_path / name)
        assert paid(again) == paid(tables)
        assert len(again["order_lines"]) == len(tables["order_lines"])
        assert account.skipped["repeated"] >= once.rows_used


def test_an_order_below_its_own_header_again_is_a_copy(tmp_path):
    row = xhs.line("01", "41", "121.00")
    again = [tuple(row), tuple(row.values())]
    account, tables = load(xhs.SAMPLE, [row], tmp_path, after=again)
    assert paid(tables) == Decimal("121.00")
    assert account.skipped == {"repeated": 1}


def test_two_pieces_of_one_order_side_by_side_count_and_are_said(tmp_path):
    row = xhs.line("01", "41", "121.00")
    rows = [row, row, xhs.line("02", "41", "50.00"), xhs.line("03", "41", "50.00")]
    account, tables = load(xhs.SAMPLE, rows, tmp_path)
    assert paid(tables) == Decimal("342.00")
    assert "repeated" not in account.skipped
    assert [one for one in account.warnings if one.startswith("1 rows say exactly what another")]


def test_what_was_spent_in_parts_of_a_day_is_added_up(tmp_path):
    parts = [ads.row("2026-05-01", spent, seen) for spent, seen in (("100", "10"), ("50", "7"))]
    _, tables = load(ads.SAMPLE, parts, tmp_path / "parts")
    (cost,) = tables["costs"]
    assert cost["amount"] == Decimal(150)
    seen = [row["value"] for row in tables["daily_metrics"] if row["metric"] == "impressions"]
    assert seen == [17.0]
    rows = [parts[0], ads.row("2026-05-02", "7", "1"), parts[0]]
    account, pasted = load(ads.SAMPLE, rows, tmp_path / "pasted")
    assert sum(row["amount"] for row in pasted["costs"]) == Decimal(107)
    assert account.skipped == {"repeated": 1}
