"""Of two exports the newer counts, whichever was loaded last; how new one is, the file tells."""

from datetime import datetime
from pathlib import Path

import pytest

from insights import sources
from insights.intake import FilesSource, ingest
from insights.intake.translating import told
from tests.samples.douyin.orders import line
from tests.samples.sample import Sample
from tests.samples.wecom.moment_tasks import SAMPLE as TASKS
from tests.store.shop import Shop

OLD = (line("01", "11", "10.00"), line("02", "21", "20.00"))
NEW = (
    line("01", "11", "12.00"),
    line("02", "21", "20.00"),
    line(
        "03", "31", "5.00", 订单提交时间="2026-06-28 10:00:00", 支付完成时间="2026-06-28 10:01:00"
    ),
)


@pytest.fixture
def load(tmp_path: Path):
    def load(shop: Shop, rows, name: str, **scope: str):
        path = tmp_path / f"{name}.csv"
        path.write_bytes(Sample(adapter="douyin.orders", rows=rows, expected={}).content())
        brand = shop.settings.brand()
        return ingest(
            shop.settings, brand, FilesSource([path], shop.settings, brand, scope), force=True
        )

    return load


@pytest.fixture
def paid(tmp_path: Path, load):
    """Load exports one after the other into a lake of their own; return the amounts by order."""

    def ask(folder: str, *exports):
        shop = Shop(tmp_path / folder)
        for number, rows in enumerate(exports):
            load(shop, rows, f"{folder}{number}")
        asked = """SELECT o.paid_amount AS a, l.paid_amount AS b
            FROM orders o JOIN order_lines l USING (order_id)"""
        return sorted(tuple(map(str, row)) for row in shop.ask(asked, as_of=None))

    return ask


class TestTwoExports:
    def test_give_the_same_lake_in_both_orders(self, paid):
        wanted = sorted([("12.00", "12.00"), ("20.00", "20.00"), ("5.00", "5.00")])
        assert paid("a", OLD, NEW) == paid("b", NEW, OLD) == wanted

    def test_of_which_the_older_comes_later_are_told_of(self, tmp_path, load):
        shop = Shop(tmp_path / "shop")
        load(shop, NEW, "new")
        report = load(shop, OLD, "old")
        assert {account.table: account.outdated for account in report.tables} == {
            "orders": 1,
            "order_lines": 1,
            "identity_links": 0,
        } | {account.table: 0 for account in report.tables if account.table == "refunds"}
        assert any("--set exported_at" in notice for notice in report.notices)

    def test_are_as_new_as_is_said_of_them(self, tmp_path, load):
        shop = Shop(tmp_path / "shop")
        load(shop, NEW, "new")
        report = load(shop, OLD, "old", exported_at="2026-07-01 08:00:00")
        assert {account.outdated for account in report.tables} == {0}
        assert report.files[0].told_at == datetime(2026, 7, 1, 8)
        assert ("10.00",) in [
            (str(paid),) for (paid,) in shop.ask("SELECT paid_amount FROM orders", as_of=None)
        ]


class TestHowNewAFileIs:
    def test_is_the_newest_moment_of_which_it_tells(self, shop, load):
        (account,) = load(shop, NEW, "new").files
        assert account.told_at >= datetime(2026, 6, 28, 10, 1)
        assert account.as_json()["told_at"] == str(account.told_at)

    def test_is_not_a_slip_that_lies_in_the_future(self, shop, load):
        slip = line("04", "41", "5.00", 订单完成时间="2096-06-28 10:00:00")
        (account,) = load(shop, (*NEW, slip), "slip").files
        assert account.told_at < datetime(2096, 1, 1)

    def test_is_not_told_by_what_is_planned(self):
        by_name = {adapter.name: adapter for adapter in sources.adapters()}
        assert "到期时间" not in told.happened(by_name["members.members"])
        assert "入会时间" in told.happened(by_name["members.members"])
        assert told.happened(by_name["brand_tables.campaigns"]) == []

    def test_is_said_to_be_unknown_where_no_moment_is_told(self, shop, tmp_path):
        path = tmp_path / "tasks.json"
        path.write_bytes(TASKS.content())
        brand = shop.settings.brand()
        scope = {name: word for name, word in TASKS.scope.items() if name != "exported_at"}
        report = ingest(shop.settings, brand, FilesSource([path], shop.settings, brand, scope))
        (account,) = report.files
        assert account.told_at is None
        assert [remark.kind for remark in account.remarks].count("age") == 1


# Tables that somebody corrects by hand; a log of calls or messages is an export like any other.
BY_HAND = ("staff", "products", "campaigns", "assignments", "costs", "targets", "memberships")


def test_a_brands_own_tables_count_as_they_were_loaded_last():
    by_name = {adapter.name: adapter for adapter in sources.adapters()}
    assert all(by_name[f"brand_tables.{kind}"].source.kept_by_hand for kind in BY_HAND)
    kept = [adapter.source.name for adapter in by_name.values() if adapter.source.kept_by_hand]
    assert set(kept) == {"brand_tables"}
