from datetime import date, datetime

from insights.store.freshness import by_source
from insights.store.loads import Current
from tests.store.shop import Offer, batch, campaign, order, refund


def fresh(shop, day):
    return by_source(shop.settings, shop.settings.brand(), shop.current(), day)


class TestBySource:
    def test_each_source_has_its_own_last_event_and_its_own_newest_row(self, shop):
        shop.load(batch("orders", order("A", "2024-01-05 10:00:00", "10")))
        web = (
            batch("orders", order("B", "2024-01-07 10:00:00", "10"), file="web.csv"),
            batch("refunds", refund("r", "B", "2024-01-09 10:00:00", "1"), file="web.csv"),
        )
        shop.load(source=Offer(web, name="web"))
        tills, shop_online = fresh(shop, date(2024, 1, 31))
        assert (tills.source, tills.last_at) == ("tills", datetime(2024, 1, 5, 10))
        assert (shop_online.source, shop_online.last_at) == ("web", datetime(2024, 1, 9, 10))
        assert tills.loaded_at < shop_online.loaded_at

    def test_what_happened_after_the_day_is_not_seen(self, shop):
        rows = [order(day, f"2024-01-{day} 10:00:00", "10") for day in ("05", "06", "07")]
        shop.load(batch("orders", *rows))
        (tills,) = fresh(shop, date(2024, 1, 6))
        assert tills.last_at == datetime(2024, 1, 6, 10)

    def test_a_source_without_events_has_a_newest_row_all_the_same(self, shop):
        shop.load(batch("campaigns", campaign("c", "2024-01-01", "2024-01-31")))
        (tills,) = fresh(shop, date(2024, 1, 6))
        assert tills.last_at is None
        assert tills.loaded_at

    def test_a_lake_without_rows_has_no_source(self, shop):
        empty = Current(load_id="L", loaded_at=datetime(2024, 1, 1))
        assert by_source(shop.settings, shop.settings.brand(), empty, date(2024, 1, 6)) == []
