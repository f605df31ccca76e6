"""Each mart on a handful of rows, its answer worked out by hand."""

import math
from datetime import date, datetime
from decimal import Decimal

import pytest

from insights.errors import DataError, UnknownTable
from insights.store import marts
from tests.store.shop import batch, campaign, order, refund, touch

AS_OF = "2024-04-30"


@pytest.fixture
def trade(shop):
    """C1 bought on three days, once twice; C2 once; all else is no purchase."""
    shop.load(
        batch(
            "orders",
            order("1", "2024-01-01 10:00:00", "100.00"),
            order("2", "2024-04-05 09:00:00", "30.00"),
            order("3", "2024-04-05 21:00:00", "50.00"),
            order("4", "2024-04-20 12:00:00", "40.00"),
            order("5", "2024-02-29 23:59:59", "60.00", customer="C2"),
            order("test", "2024-04-21 12:00:00", "500.00", is_test="true"),
            order("gift", "2024-04-22 12:00:00", "500.00", is_gift="true"),
            order("trifle", "2024-04-23 12:00:00", "1.00"),
            order("refunded", "2024-04-24 12:00:00", "70.00"),
            order("unpaid", "2024-04-25 12:00:00", "80.00", paid_at=None),
            order("paid late", "2024-04-26 12:00:00", "80.00", paid_at="2024-05-01 00:00:00"),
            order("nobody", "2024-04-27 12:00:00", "90.00", customer=None),
            order("later", "2024-05-02 12:00:00", "999.00"),
        ),
        batch(
            "refunds",
            refund("a", "2", "2024-04-06 10:00:00", "5.00"),
            refund("b", "refunded", "2024-04-25 10:00:00", "40.00"),
            refund("c", "refunded", "2024-04-26 10:00:00", "30.00"),
            refund("d", "5", "2024-05-01 00:00:01", "60.00"),
        ),
    )
    return shop


class TestOrderNet:
    def test_says_of_each_order_why_it_is_no_purchase(self, trade):
        found = trade.ask("SELECT order_id, left_out FROM order_net ORDER BY 1", as_of=AS_OF)
        assert dict(found) == {
            "1": None,
            "2": None,
            "3": None,
            "4": None,
            "5": None,
            "nobody": None,
            "test": "test",
            "gift": "gift",
            "trifle": "trifle",
            "refunded": "refunded",
        }

    def test_a_payment_that_a_shop_has_as_an_order_counts_once(self, shop):
        shop.load(
            batch(
                "orders",
                order("shop's", "2024-04-01 09:59:30", "100.00", channel="youzan"),
                order("at midnight", "2024-04-02 00:00:05", "20.00", channel="wx_store"),
                order("of Tmall", "2024-04-03 10:00:00", "30.00", channel="tmall"),
                order("bill 1", "2024-04-01 10:00:10", "100.00", channel="wechat_transfer"),
                order("bill 2", "2024-04-01 23:59:58", "20.00", channel="wechat_transfer"),
                order("bill 3", "2024-04-03 10:00:00", "30.00", channel="wechat_transfer"),
                order("bill 4", "2024-04-01 10:03:00", "100.00", channel="wechat_transfer"),
                order("bill 5", "2024-04-01 10:00:00", "99.99", channel="wechat_transfer"),
                order("the last", "2024-04-30 10:00:00", "1.00", channel="jd"),
            ),
        )
        found = shop.ask("SELECT order_id FROM order_net ORDER BY 1", as_of=AS_OF)
        assert [number for (number,) in found] == [
            "at midnight", "bill 3", "bill 4", "bill 5", "of Tmall", "shop's", "the last",
        ]  # fmt: skip

    def test_the_number_of_a_payment_says_whose_it_is(self, shop):
        def paid(name, at, amount, number=None, channel="wechat_transfer"):
            return order(name, at, amount, channel=channel, payment_no=number)

        shop.load(
            batch(
                "orders",
                # Partly from a balance, an hour before the bank says so: only the number tells.
                paid("by number", "2024-04-01 09:00:00", "100.00", "P1", "wx_store"),
                paid("bill 1", "2024-04-01 10:00:00", "80.00", "P1"),
                # It has its own row in the bill, and so may not take another of that amount.
                paid("own row", "2024-04-02 10:00:00", "20.00", "P2", "other"),
                paid("bill 2", "2024-04-02 10:00:00", "20.00", "P2"),
                paid("a plain transfer", "2024-04-02 10:00:30", "20.00", "P3"),
                # Its number is not in the bill, or is of another kind: amount and minute decide.
                paid("other number", "2024-04-03 10:00:00", "30.00", "X", "wx_store"),
                paid("bill 4", "2024-04-03 10:00:20", "30.00", "P4"),
                paid("the last", "2024-04-30 10:00:00", "1.00", channel="jd"),
            ),
        )
        found = shop.ask("SELECT order_id FROM order_net ORDER BY 1", as_of=AS_OF)
        assert [number for (number,) in found] == [
            "a plain transfer", "by number", "other number", "own row", "the last",
        ]  # fmt: skip

    def test_takes_off_what_was_paid_back_by_then(self, trade):
        asked = """SELECT gross_amount, refund_amount, net_amount FROM order_net
            WHERE order_id IN ('2', 'refunded', '5') ORDER BY order_id"""
        assert trade.ask(asked, as_of=AS_OF) == [
            (Decimal("30.00"), Decimal("5.00"), Decimal("25.00")),
            (Decimal("60.00"), Decimal("0.00"), Decimal("60.00")),
            (Decimal("70.00"), Decimal("70.00"), Decimal("0.00")),
        ]
        assert trade.ask(asked, as_of="2024-04-25")[2] == (
            Decimal("70.00"),
            Decimal("40.00"),
            Decimal("30.00"),
        )


class TestWhoBought:
    """A fact names its buyer by a key of its source; identities lead from it to the customer."""

    @staticmethod
    def identity(kind, value, customer):
        return {
            "id_type": kind,
            "namespace": "global",
            "id_value": value,
            "customer_id": customer,
            "method": "deterministic",
            "probability": 1.0,
            "first_seen_at": "2024-01-01",
            "last_seen_at": "2024-01-01",
        }

    @staticmethod
    def person(customer, **more):
        return {
            "customer_id": customer,
            "first_seen_at": "2024-01-01",
            "first_source": "tills",
            "link_quality": "single",
            "is_staff": "false",
            "is_test": "false",
        } | more

    @pytest.fixture
    def known(self, shop):
        at = "2024-01-05 10:00:00"
        shop.load(
            batch(
                "orders",
                order("by key", at, "10.00", customer=None, buyer_ref="unionid:global:u:1"),
                order("key first", at, "10.00", customer="C2", buyer_ref="unionid:global:u:1"),
                order("unknown key", at, "10.00", customer="C2", buyer_ref="unionid:global:u2"),
                order("alias", at, "10.00", customer="C0"),
                order("guide", at, "10.00", customer="C7"),
                order("tester", at, "10.00", customer="C8"),
                order("nobody", at, "10.00", customer=None, buyer_ref="unionid:global:u3"),
            ),
            batch(
                "identities",
                self.identity("unionid", "u:1", "C1"),
                self.identity("customer_id", "C0", "C1"),
            ),
            batch(
                "customers",
                self.person("C1"),
                self.person("C7", is_staff="true"),
                self.person("C8", is_test="true"),
            ),
            batch(
                "touches",
                touch("1", at, "sent", "C0", "K"),
                touch("2", at, "sent", None, "K") | {"customer_ref": "unionid:global:u:1"},
                touch("3", at, "coupon_use", None, "K") | {"customer_ref": "unionid:global:u:1"},
                touch("4", at, "sent", "C5", "K"),
            ),
        )
        return shop

    def test_the_buyers_key_comes_first_then_the_exact_customer(self, known):
        found = known.ask("SELECT order_id, customer_id, left_out FROM order_net")
        assert {row[0]: row[1:] for row in found} == {
            "by key": ("C1", None),
            "key first": ("C1", None),
            "unknown key": ("C2", None),
            "alias": ("C1", None),
            "guide": ("C7", "staff"),
            "tester": ("C8", "test"),
            "nobody": (None, None),
        }

    def test_a_key_is_the_reference_that_facts_carry(self, known):
        assert known.ask("SELECT * FROM customer_keys ORDER BY ref") == [
            ("customer_id:global:C0", "C1"),
            ("unionid:global:u:1", "C1"),
        ]

    def test_a_campaign_counts_people_not_keys(self, known):
        assert known.ask("SELECT reached, redeemers FROM campaign_response") == [(2, 1)]


class TestEstimatedRefunds:
    """Read off a status they stand in for the after-sale export, and give way to it."""

    @pytest.fixture
    def paid_back(self, shop):
        def paid_back(*refunds):
            orders = [order(number, "2024-01-01 10:00:00", "100.00") for number in "12"]
            at = "2024-01-02 10:00:00"
            rows = [
                refund(str(n), number, at, amount) | {"line_id": line, "is_estimated": estimated}
                for n, (number, line, amount, estimated) in enumerate(refunds)
            ]
            shop.load(batch("orders", *orders), batch("refunds", *rows))
            found = shop.ask(
                "SELECT refund_amount FROM order_net ORDER BY order_id", as_of="2024-01-03"
            )
            return [str(amount) for (amount,) in found]

        return paid_back

    def test_alone_they_count(self, paid_back):
        refunds = ("1", "a", "30.00", "true"), ("1", "b", "5.00", "true")
        assert paid_back(*refunds) == ["35.00", "0.00"]

    def test_one_of_the_order_gives_way_to_those_of_its_lines(self, paid_back):
        refunds = ("1", None, "100.00", "true"), ("1", "a", "30.00", "true")
        assert paid_back(*refunds) == ["30.00", "0.00"]

    def test_a_real_one_of_the_line_replaces_that_of_the_line_only(self, paid_back):
        estimated = ("1", "a", "30.00", "true"), ("1", "b", "40.00", "true")
        assert paid_back(*estimated, ("1", "a", "20.00", "false")) == ["60.00", "0.00"]

    def test_a_real_one_of_the_order_replaces_all_of_the_order(self, paid_back):
        estimated = ("1", "a", "30.00", "true"), ("2", "c", "40.00", "true")
        assert paid_back(*estimated, ("1", None, "20.00", "false")) == ["20.00", "40.00"]

    def test_any_real_one_replaces_an_estimate_of_the_whole_order(self, paid_back):
        estimated = ("1", None, "100.00", "true")
        assert paid_back(estimated, ("1", "a", "20.00", "false")) == ["20.00", "0.00"]


class TestPurchases:
    def test_the_orders_of_one_day_are_one_occasion(self, trade):
        asked = "SELECT * FROM purchases ORDER BY customer_id, paid_on"
        found = trade.open(as_of=AS_OF).arrow(asked).read_all().to_pylist()
        assert [(p["customer_id"], p["paid_on"], p["orders"]) for p in found] == [
            ("C1", date(2024, 1, 1), 1),
            ("C1", date(2024, 4, 5), 2),
            ("C1", date(2024, 4, 20), 1),
            ("C2", date(2024, 2, 29), 1),
        ]
        assert found[1] == {
            "customer_id": "C1",
            "paid_on": date(2024, 4, 5),
            "day_no": (date(2024, 4, 5) - date(1970, 1, 1)).days,
            "paid_at": datetime(2024, 4, 5, 9),
            "orders": 2,
            "gross_amount": Decimal("80.00"),
            "refund_amount": Decimal("5.00"),
            "net_amount": Decimal("75.00"),
            "last_event_at": datetime(2024, 4, 6, 10),
        }

    def test_a_trifle_is_what_the_brand_says(self, shop):
        orders = batch("orders", order("a", "2024-04-01", "0.99"), order("b", "2024-04-02", "0"))
        for brand, purchases in (("shop", []), ("other", ["2024-04-01"])):
            shop.load(orders, brand=brand)
            found = shop.ask("SELECT paid_on FROM purchases", brand)
            assert [str(day) for (day,) in found] == purchases


class TestCustomerFeatures:
    def test_each_column_is_what_it_says(self, trade):
        found = trade.open(as_of=AS_OF).arrow("SELECT * FROM customer_features ORDER BY 1")
        first, second = found.read_all().to_pylist()
        wanted = {
            "customer_id": "C1",
            "frequency": 2,
            "recency_days": 110,  # 1 January to 20 April of a leap year
            "age_days": 120,
            "days_since": 10,
            "occasions_28": 2,  # of 3 April and later
            "occasions_91": 2,  # of 31 January and later
            "pace_28": pytest.approx(math.exp(-120 / 28) + math.exp(-25 / 28) + math.exp(-10 / 28)),
            "pace_91": pytest.approx(math.exp(-120 / 91) + math.exp(-25 / 91) + math.exp(-10 / 91)),
            "mean_amount": pytest.approx(215 / 3),
            "total_amount": Decimal("215.00"),
            "amount_91": Decimal("115.00"),
            "first_on": date(2024, 1, 1),
            "last_on": date(2024, 4, 20),
            "last_event_at": datetime(2024, 4, 20, 12),
            "occasions_14": 1,
            "occasions_56": 2,
            "occasions_182": 3,
            "pace_7": pytest.approx(math.exp(-120 / 7) + math.exp(-25 / 7) + math.exp(-10 / 7)),
            "pace_182": pytest.approx(
                math.exp(-120 / 182) + math.exp(-25 / 182) + math.exp(-10 / 182)
            ),
            "gap_log_mean": pytest.approx((math.log(95) + math.log(15)) / 2),
            "gap_log_sd": pytest.approx((math.log(95) - math.log(15)) / 2),
            "longest_gap": 95,
        }
        assert first == wanted
        assert (second["customer_id"], second["frequency"], second["recency_days"]) == ("C2", 0, 0)
        assert (second["age_days"], second["days_since"]) == (61, 61)
        assert (second["occasions_28"], second["occasions_91"]) == (0, 1)
        assert second["total_amount"] == Decimal("60.00")

    @pytest.mark.parametrize(("as_of", "last_28"), [("2024-05-02", 2), ("2024-05-03", 1)])
    def test_the_last_28_days_are_28_days(self, shop, as_of, last_28):
        """An occasion of 5 April is in the 28 days that end on 2 May, and not on 3 May."""
        shop.load(
            batch(
                "orders",
                order("1", "2024-04-05 23:00:00", "10.00"),
                order("2", "2024-05-01 10:00:00", "10.00"),
            )
        )
        assert shop.ask("SELECT occasions_28 FROM customer_features", as_of=as_of) == [(last_28,)]

    def test_nothing_in_a_row_is_later_than_the_day(self, trade):
        lake = trade.open()
        for as_of in ("2024-01-01", "2024-04-05", "2024-04-06", "2024-04-29"):
            newest = lake.mart("customer_features", as_of=as_of)["last_event_at"].max()
            assert newest.date() <= date.fromisoformat(as_of)

    def test_a_refund_is_an_event_that_entered_the_row(self, trade):
        """Else the leakage audit could not see a refund of after the cut-off."""
        asked = "SELECT last_event_at FROM customer_features WHERE customer_id = 'C1'"
        assert trade.ask(asked, as_of="2024-04-05") == [(datetime(2024, 4, 5, 21),)]
        assert trade.ask(asked, as_of="2024-04-06") == [(datetime(2024, 4, 6, 10),)]


class TestCampaignResponse:
    @pytest.fixture
    def campaigns(self, shop):
        shop.load(
            batch("orders", order("1", "2024-01-01 10:00:00", "10.00")),
            batch("orders", order("2", "2024-02-01 10:00:00", "10.00"), file="2.csv"),
            batch(
                "campaigns",
                campaign("K1", "2024-01-10 00:00:00", "2024-01-31 23:59:59"),
                campaign("K2", "2024-01-20 00:00:00", "2024-02-20 23:59:59", slot="B"),
                campaign("K3", "2024-01-20 00:00:00", "2024-02-20 23:59:59"),
            ),
            batch(
                "touches",
                touch("1", "2024-01-10 00:00:00", "sent", "C1", "K1"),
                touch("2", "2024-01-10 00:00:00", "sent", "C2", "K1"),
                touch("3", "2024-01-11 00:00:00", "sent", "C2", "K1"),
                touch("4", "2024-01-12 00:00:00", "coupon_use", "C1", "K1"),
                touch("5", "2024-01-13 00:00:00", "coupon_use", "C1", "K1"),
                touch("6", "2024-01-14 00:00:00", "coupon_use", "C9", "K1"),
                touch("7", "2024-01-20 00:00:00", "sent", "C1", "K2"),
                touch("8", "2024-02-01 00:00:00", "coupon_use", "C1", "K2"),
                touch("9", "2024-01-21 00:00:00", "coupon_use", "C1", "K3"),
                touch("10", "2024-01-21 00:00:00", "read", "C1", "K1"),
            ),
        )
        return shop

    def test_counts_people_once_and_the_uninvited_apart(self, campaigns):
        found = campaigns.open().arrow("SELECT * FROM campaign_response ORDER BY campaign_id")
        first, second = found.read_all().to_pylist()
        assert first == {
            "campaign_id": "K1",
            "title": "Campaign K1",
            "kind": "A",
            "starts_on": date(2024, 1, 10),
            "ends_on": date(2024, 1, 31),
            "reached": 2,
            "redeemers": 1,
            "redemptions": 2,
            "uninvited": 1,
        }
        assert (second["campaign_id"], second["kind"]) == ("K2", "B")
        assert (second["reached"], second["redeemers"], second["uninvited"]) == (1, 1, 0)

    def test_a_coupon_used_later_is_not_known_yet(self, campaigns):
        asked = "SELECT redeemers, redemptions FROM campaign_response WHERE campaign_id = 'K2'"
        assert campaigns.ask(asked, as_of="2024-01-31") == [(0, 0)]

    def test_a_campaign_not_sent_yet_is_not_there(self, campaigns):
        asked = "SELECT campaign_id FROM campaign_response"
        assert campaigns.ask(asked, as_of="2024-01-15") == [("K1",)]


class TestReading:
    def test_a_mart_is_defined_after_those_it_reads(self):
        statement = marts.with_marts("SELECT * FROM customer_features")
        order = [statement.index(f"{n} AS (") for n in ("order_net", "purchases")]
        assert order == sorted(order)
        assert marts.with_marts("SELECT 1;") == "SELECT 1"

    def test_a_mart_comes_down_to_tables(self):
        assert marts.tables_read({"purchases", "costs"}) == {
            *("orders", "refunds", "costs"),
            *("identities", "customers"),
        }

    def test_a_mart_that_reads_itself_is_refused(self, monkeypatch):
        real = marts.get

        def circular(name):
            found = real(name)
            reads = frozenset({"purchases"}) if name == "order_net" else found.reads
            return marts.Mart(name, found.sql, found.grain, found.columns, reads)

        monkeypatch.setattr(marts, "get", circular)
        with pytest.raises(UnknownTable, match="purchases -> order_net -> purchases"):
            marts.with_marts("SELECT * FROM purchases")

    @pytest.mark.parametrize(
        ("query", "read"),
        [
            ("SELECT * FROM orders o NATURAL JOIN refunds", {"orders", "refunds"}),
            ("SELECT (SELECT max(x) FROM a) FROM b WHERE c IN (SELECT d FROM e)", {"a", "b", "e"}),
            ("WITH mine AS (SELECT * FROM orders) SELECT * FROM mine", {"orders"}),
            ("WITH orders AS (SELECT * FROM orders) SELECT * FROM orders", {"orders"}),
            ("FROM Orders, range(3), unnest([1]) WHERE created_at <= $as_of", {"orders"}),
        ],
    )
    def test_what_a_query_reads_is_what_it_does_not_define(self, query, read):
        assert marts.relations(query) == read

    def test_no_sql_is_no_question(self):
        with pytest.raises(DataError, match="not valid SQL"):
            marts.relations("SELEC 1")
