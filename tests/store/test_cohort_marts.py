"""The marts of cohorts on a handful of rows: each trap is a row here."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from tests.store.shop import batch, line, order, refund, touch

AS_OF = "2024-04-30"


def friend(contact_id, at, customer, *, state="card", staff="g1", **more):
    return {
        "contact_id": contact_id,
        "customer_id": customer,
        "staff_id": staff,
        "corp": "main",
        "added_at": at,
        "state": state,
    } | more


def product(product_id, category):
    return {"product_id": product_id, "name": product_id, "category_1": category}


STAFF = (
    {"staff_id": "g1", "role": "guide", "store_id": "S1", "region": "East"},
    {"staff_id": "ip1", "role": "ip", "region": "South"},
)


@pytest.fixture
def traded(shop):
    """C1: refunded, sample, then a split order of one moment; C2: bought, then joined; C3: none."""
    shop.load(
        batch(
            "orders",
            order("0-refunded", "2024-01-05 10:00:00", "70.00", channel="douyin"),
            order("1-sample", "2024-01-10 10:00:00", "0.01", channel="tmall"),
            order("3", "2024-02-01 10:00:00", "20.00", channel="youzan"),
            order("2", "2024-02-01 10:00:00", "30.00", store_id="S1", seller_ref="g1"),
            order("4", "2024-02-01 21:00:00", "40.00"),
            order("5", "2024-03-15 12:00:00", "50.00"),
            order("6", "2024-03-01 12:00:00", "60.00", customer="C2", channel="wx_store"),
            order("7", "2024-04-02 12:00:00", "80.00", customer="C2"),
            order("nobody", "2024-04-28 12:00:00", "90.00", customer=None),
        ),
        batch("refunds", refund("a", "0-refunded", "2024-01-06 10:00:00", "70.00")),
        batch(
            "order_lines",
            line("l1", "2", "2024-02-01 10:00:00", "10.00", product_id="P1"),
            line("l2", "2", "2024-02-01 10:00:00", "20.00", product_id="P2"),
            line("l3", "2", "2024-02-01 10:00:00", "99.00", product_id="P1", is_freebie="true"),
            line("l4", "5", "2024-03-15 12:00:00", "50.00", product_id="P1"),
            line("l5", "6", "2024-03-01 12:00:00", "60.00", product_id="P2"),
        ),
        batch("products", product("P1", "Shoes"), product("P2", "Coats")),
        batch("staff", *STAFF),
        batch(
            "contacts",
            friend("a", "2024-01-01 09:00:00", "C1"),
            friend("b", "2024-01-20 09:00:00", "C1", staff="ip1", state="live"),
            friend("c", "2024-03-10 09:00:00", "C2", staff="ip1", state="live"),
            friend("d", "2024-03-10 09:30:00", "C3", staff="ip1", deleted_at="2024-03-12 08:00:00"),
            friend("e", "2024-05-02 09:00:00", "C4"),
        ),
        batch("campaigns"),
        batch(
            "touches",
            touch("t1", "2023-12-31 08:00:00", "reply_in", "C1", None) | {"channel": "chat"},
            touch("t2", "2024-01-02 08:00:00", "like", "C1", None) | {"channel": "moments"},
            touch("t3", "2024-01-03 08:00:00", "reply_in", "C1", None) | {"channel": "chat"},
            touch("t4", "2024-03-11 08:00:00", "sent", "C3", None) | {"channel": "mass_msg"},
        ),
    )
    return shop


class TestFirstPurchases:
    def test_the_first_is_neither_refunded_nor_a_sample_and_of_one_moment_the_least_number(
        self, traded
    ):
        found = traded.open(as_of=AS_OF).arrow("SELECT * FROM first_purchases ORDER BY 1")
        first, second = found.read_all().to_pylist()
        assert first == {
            "customer_id": "C1",
            "first_at": datetime(2024, 2, 1, 10),
            "first_on": date(2024, 2, 1),
            "channel": "store",
            "shop_id": "S1",
            "staff_id": "g1",
            "role": "guide",
            "campaign_id": None,
            "category": "Coats",  # 20.00 of coats, 10.00 of shoes; what was given free is no money
            "region": "East",
        }
        assert (second["customer_id"], second["channel"]) == ("C2", "wx_store")
        assert second["staff_id"] is None

    def test_a_refund_that_comes_later_moves_the_first_purchase_only_from_then_on(self, traded):
        asked = "SELECT first_on FROM first_purchases WHERE customer_id = 'C1'"
        assert traded.ask(asked, as_of="2024-01-05") == [(date(2024, 1, 5),)]
        assert traded.ask(asked, as_of=AS_OF) == [(date(2024, 2, 1),)]


class TestJoiners:
    def test_two_friendships_are_one_person_and_what_came_before_is_no_answer(self, traded):
        found = traded.open(as_of=AS_OF).arrow("SELECT * FROM joiners ORDER BY person")
        first, second, third = found.read_all().to_pylist()
        assert (first["person"], first["friendships"], first["card"]) == ("C1", 2, "card")
        assert first["joined_at"] == datetime(2024, 1, 1, 9)
        assert first["replied_at"] == datetime(2024, 1, 3, 8)
        assert first["responded_at"] == datetime(2024, 1, 2, 8)
        assert (first["bought_before"], first["purchases_after"]) == (0, 2)
        assert first["next_at"] == datetime(2024, 2, 1, 10)
        assert (second["person"], second["bought_before"], second["role"]) == ("C2", 1, "ip")
        assert second["next_at"] == datetime(2024, 4, 2, 12)
        assert (third["person"], third["burst"], third["responded_at"]) == ("C3", 2, None)
        assert third["left_at"] == datetime(2024, 3, 12, 8)

    def test_a_friendship_that_ends_later_stands_until_then(self, traded):
        asked = "SELECT left_at FROM joiners WHERE person = 'C3'"
        assert traded.ask(asked, as_of="2024-03-11") == [(None,)]


class TestOrderUses:
    def test_every_paid_order_is_in_one_row_and_the_money_is_that_of_the_ledger(self, traded):
        found = dict(traded.ask("SELECT why, orders FROM order_uses", as_of=AS_OF))
        assert found == {"counted": 6, "unknown": 1, "refunded": 1, "trifle": 1}
        both = """SELECT (SELECT SUM(net_amount) FROM order_uses),
            (SELECT SUM(net_amount) FROM sales_month)"""
        assert traded.ask(both, as_of=AS_OF) == [(Decimal("370.01"), Decimal("370.01"))]


class TestCohortMoney:
    def test_a_cell_is_who_bought_in_the_month_and_the_cells_add_up(self, traded):
        asked = """SELECT cohort_on, first_channel, age_months, customers, buyers, orders,
            net_amount, occasion_amount
            FROM cohort_money WHERE cohort_on IS NOT NULL ORDER BY 1, 2, 3"""
        assert traded.ask(asked, as_of=AS_OF) == [
            # The order that went back and the sample count with the first month, as no occasion.
            (date(2024, 2, 1), "store", 0, 1, 1, 5, Decimal("90.01"), Decimal("90.00")),
            (date(2024, 2, 1), "store", 1, 1, 1, 1, Decimal("50.00"), Decimal("50.00")),
            (date(2024, 3, 1), "wx_store", 0, 1, 1, 1, Decimal("60.00"), Decimal("60.00")),
            (date(2024, 3, 1), "wx_store", 1, 1, 1, 1, Decimal("80.00"), Decimal("80.00")),
        ]

    def test_who_belongs_to_no_cohort_has_a_row_a_month(self, traded):
        asked = """SELECT month_on, age_months, customers, buyers, orders, net_amount, net_square
            FROM cohort_money WHERE cohort_on IS NULL"""
        found = traded.ask(asked, as_of=AS_OF)
        assert found == [(date(2024, 4, 1), 0, 0, 0, 1, Decimal("90.00"), 0.0)]


class TestCategoryMoves:
    def test_from_the_first_occasion_to_the_second_each_customer_once(self, traded):
        asked = "SELECT * FROM category_moves ORDER BY category, next_category"
        found = traded.ask(asked, as_of=AS_OF)
        # What the second customer bought again is of no known category.
        assert found == [(date(2024, 2, 1), "Coats", "Shoes", 1)]
