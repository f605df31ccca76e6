"""The marts of money, contacts and the ladder on a handful of rows, worked out by hand."""

from decimal import Decimal

import pytest

from tests.store.shop import Shop, batch, line, order, refund, touch

AS_OF = "2024-04-30"


def contact(number, customer, added, deleted=None, staff="G1"):
    return {
        "contact_id": f"F{number}",
        "customer_id": customer,
        "staff_id": staff,
        "corp": "main",
        "added_at": added,
        "deleted_at": deleted,
    }


def product(product_id, cost):
    return {"product_id": product_id, "name": product_id, "unit_cost": cost}


def cost(number, day, kind, amount, **more):
    return {"cost_id": f"K{number}", "on_date": day, "kind": kind, "amount": amount} | more


def shipped(order_id, at, paid, **more):
    return order(order_id, at, paid, channel="youzan", **more)


@pytest.fixture(scope="module")
def trade(tmp_path_factory):
    """Six orders of a mall and a store; what goes back goes back at four kinds of moment."""
    shop = Shop(tmp_path_factory.mktemp("trade"))
    shop.load(
        batch(
            "orders",
            shipped("soon", "2024-04-01 10:00:00", "100.00", shipped_at="2024-04-02 10:00:00"),
            shipped("late", "2024-04-01 10:30:00", "200.00", shipped_at="2024-04-02 10:00:00"),
            shipped("blind", "2024-04-03 10:00:00", "50.00", shipped_at="2024-04-04 10:00:00"),
            shipped("kept", "2024-04-29 12:00:00", "80.00", shipped_at=None, customer="C2"),
            shipped("gift", "2024-04-05 10:00:00", "9.00", is_gift="true"),
            order("till", "2024-02-10 10:00:00", "60.00", customer="C3"),
        ),
        batch(
            "refunds",
            refund("a", "soon", "2024-04-01 12:59:00", "100.00"),
            refund("b", "late", "2024-04-09 10:20:00", "150.00"),
            # The time of shipment, given as that of the refund: not told.
            refund("c", "blind", "2024-04-04 10:00:00", "50.00"),
            refund("d", "till", "2024-02-11 09:00:00", "20.00"),
        ),
        batch(
            "order_lines",
            line("s1", "soon", "2024-04-01 10:00:00", "100.00", product_id="P1"),
            line("l1", "late", "2024-04-01 10:30:00", "200.00", product_id="P1", quantity="2"),
            line("k1", "kept", "2024-04-29 12:00:00", "50.00", product_id="P1"),
            line("k2", "kept", "2024-04-29 12:00:00", "30.00", product_id="unheard of"),
        ),
        batch("products", product("P1", "40.00")),
        batch(
            "contacts",
            contact(1, "C1", "2024-03-20 09:00:00", "2024-04-01 10:15:00"),
            contact(2, "C2", "2024-03-01 09:00:00", "2024-03-02 09:00:00"),
            contact(3, "C2", "2024-04-10 09:00:00", "2024-04-20 09:00:00"),
            contact(4, "C2", "2024-04-20 09:00:00", staff="G2"),
            contact(5, "C4", "2024-04-11 09:00:00"),
        ),
        batch(
            "touches",
            touch("t1", "2024-04-27 09:00:00", "sent", "C2", None),
            touch("t2", "2024-03-05 09:00:00", "like", "C1", None),
        ),
        batch(
            "costs",
            cost(1, "2024-04-10", "contact_incentive", "5.00"),
            cost(2, "2024-04-11", "media", "900.00"),
            cost(3, "2024-04-11", "media", "70.00", channel="youzan"),
            cost(4, "2024-04-12", "labour", "33.00"),
            cost(5, "2024-05-01", "labour", "99.00"),
        ),
    )
    return shop


class TestRefundHours:
    def test_each_yuan_goes_back_at_its_hour_or_stays(self, trade):
        found = trade.ask(
            """SELECT outcome, hours, orders, amount FROM refund_hours
            WHERE channel = 'youzan' ORDER BY outcome, hours""",
            as_of=AS_OF,
        )
        assert found == [
            ("after_ship", 191, 1, Decimal("150.00")),  # 7 d 23 h 50 min
            ("before_ship", 2, 1, Decimal("100.00")),  # 2 h 59 min
            ("kept", 35, 1, Decimal("80.00")),  # 35 h 59 min until the end of the day
            ("kept", 709, 0, Decimal("50.00")),  # the rest of an order that counts above
            ("untold", 0, 1, Decimal("50.00")),
        ]

    def test_a_store_hands_over_the_goods_before_anything_can_go_back(self, trade):
        found = trade.ask(
            "SELECT outcome, hours, amount FROM refund_hours WHERE channel = 'store' ORDER BY 1",
            as_of=AS_OF,
        )
        assert found == [("after_ship", 23, Decimal("20.00")), ("kept", 1440, Decimal("40.00"))]

    def test_a_refund_of_tomorrow_is_not_known_today(self, trade):
        found = trade.ask(
            "SELECT SUM(amount) FROM refund_hours WHERE outcome <> 'kept' AND channel = 'youzan'",
            as_of="2024-04-05",
        )
        assert found == [(Decimal("150.00"),)]

    def test_all_of_it_is_the_ledger(self, trade):
        asked = "SELECT SUM(amount) FROM refund_hours"
        assert trade.ask(asked, as_of=AS_OF) == trade.ask(
            "SELECT SUM(gross_amount) FROM sales_month", as_of=AS_OF
        )


class TestLiveRefunds:
    def test_by_host_and_session_once_all_refunds_are_over(self, shop):
        live = {"content_id": "room 1", "kind": "live", "channel": "douyin"}
        shop.load(
            batch(
                "orders",
                order("a", "2024-04-01 10:00:00", "100.00", channel="douyin", seller_ref="H1",
                      content_id="room 1"),
                order("b", "2024-04-01 10:30:00", "200.00", channel="douyin", seller_ref="0"),
                order("till", "2024-04-01 11:00:00", "60.00", seller_ref="G1"),
                order("late", "2024-05-31 11:00:00", "60.00", seller_ref="G1"),
            ),
            batch(
                "refunds",
                refund("a", "a", "2024-04-02 10:00:00", "100.00"),
                refund("b", "b", "2024-04-09 10:00:00", "150.00"),
            ),
            batch("staff", {"staff_id": "G1", "role": "guide"}),
            batch("contents", live | {"published_at": "2024-04-01 09:00:00"}),
        )  # fmt: skip
        asked = """SELECT host, session, orders, gross_amount, refund_amount, gross_refund
            FROM live_refunds ORDER BY host NULLS LAST"""
        # A seller of 0 is none, a guide is no host, and stores sell without a livestream.
        assert shop.ask(asked, as_of="2024-05-31") == [
            ("H1", "room 1", 1, 100.0, 100.0, 10_000.0),
            (None, None, 1, 200.0, 150.0, 30_000.0),
        ]
        assert shop.ask(asked, as_of="2024-05-30") == []  # not yet 60 days


class TestProductRefunds:
    def test_a_line_has_what_names_it_and_its_part_of_what_names_none(self, shop):
        told = {"line_id": "a1"}
        shop.load(
            batch(
                "orders",
                order("a", "2024-04-01 10:00:00", "100.00"),
                order("b", "2024-04-01 10:30:00", "200.00"),
                order("late", "2024-05-31 11:00:00", "60.00"),
            ),
            batch(
                "order_lines",
                line("a1", "a", "2024-04-01 10:00:00", "60.00", product_id="P1"),
                line("a2", "a", "2024-04-01 10:00:00", "40.00", product_id="P2"),
                line("b1", "b", "2024-04-01 10:30:00", "150.00", product_id="P1"),
                line("b2", "b", "2024-04-01 10:30:00", "50.00", product_id="P2"),
                line("b3", "b", "2024-04-01 10:30:00", "5.00", product_id="P3", is_freebie="true"),
                line("late1", "late", "2024-05-31 11:00:00", "60.00", product_id="P1"),
            ),
            batch(
                "refunds",
                refund("a", "a", "2024-04-02 10:00:00", "60.00") | told,
                # Read off a status: of the same money, so that it counts once.
                refund("e", "a", "2024-04-02 10:00:00", "60.00") | told | {"is_estimated": "true"},
                refund("b", "b", "2024-04-09 10:00:00", "100.00"),
            ),
            batch("products", product("P1", "9.00") | {"category_1": "Tea"}),
        )
        asked = """SELECT product_id, name, category, order_lines, gross_amount, refund_amount,
            named_amount, refund_square FROM product_refunds ORDER BY product_id"""
        money = [Decimal(text) for text in ("210.00", "135.00", "60.00", "90.00", "25.00", "0.00")]
        assert shop.ask(asked, as_of="2024-05-31") == [
            ("P1", "P1", "Tea", 2, *money[:3], 60.0**2 + 75**2),
            ("P2", None, None, 2, *money[3:], 25.0**2),
        ]
        assert shop.ask(asked, as_of="2024-05-30") == []  # not yet 60 days


class TestBaskets:
    def test_pieces_are_added_up_by_order_and_freebies_are_none(self, shop):
        at = "2024-04-01 10:00:00"
        shop.load(
            batch(
                "orders",
                order("a", at, "100.00"),
                order("b", at, "50.00"),
                order("gift", at, "50.00", is_gift="true"),
                order("back", at, "50.00"),
                order("old", "2023-02-20 10:00:00", "50.00"),
            ),
            batch(
                "order_lines",
                line("a1", "a", at, "60.00", quantity="2"),
                line("a2", "a", at, "40.00"),
                line("a3", "a", at, "0.00", is_freebie="true", quantity="9"),
                line("b1", "b", at, "50.00"),
                *(line(f"{name}1", name, at, "50.00") for name in ("gift", "back", "old")),
            ),
            batch("refunds", refund("r", "back", "2024-04-02 10:00:00", "50.00")),
        )
        asked = """SELECT channel, orders, several_orders, pieces, pieces_square, pieces_cube
            FROM baskets"""
        assert shop.ask(asked, as_of="2024-04-02") == [("store", 2, 1, 4.0, 10.0, 28.0)]


class TestCohortMoney:
    def test_orders_refunded_in_full_are_money_of_the_cohort_and_open_none(self, trade):
        found = trade.ask(
            """SELECT cohort_on, first_channel, age_months, customers, gross_amount, net_amount,
            net_square FROM cohort_money ORDER BY cohort_on, first_channel""",
            as_of=AS_OF,
        )
        says = [(str(row[0]), *row[1:]) for row in found]
        assert says == [
            ("2024-02-01", "store", 0, 1, Decimal("60.00"), Decimal("40.00"), 1_600.0),
            # C1: 100 and 50 went back whole, of 200 there are 50 left; C2: 80.
            ("2024-04-01", "youzan", 0, 2, Decimal("430.00"), Decimal("130.00"), 8_900.0),
        ]


class TestPrivateSales:
    def test_by_place_by_friendship_and_by_touch(self, trade):
        found = trade.ask(
            """SELECT is_private, net_amount, bound_amount, touched_7_amount, touched_30_amount
            FROM private_sales ORDER BY is_private""",
            as_of=AS_OF,
        )
        nothing = Decimal("0.00")
        assert found == [
            (False, Decimal("40.00"), nothing, nothing, nothing),
            # C1 was no friend any more at half past ten; nobody had touched them in April.
            (True, Decimal("130.00"), Decimal("80.00"), Decimal("80.00"), Decimal("130.00")),
        ]

    def test_thanks_after_the_payment_did_not_bring_the_order(self, shop):
        at = "2024-04-20 10:00:00"
        shop.load(
            batch(
                "orders",
                *(
                    order(name, at, paid, channel="youzan", customer=name)
                    for name, paid in [
                        ("thanked", "1.50"), ("same second", "2.00"), ("asked", "4.00"),
                        ("week", "8.00"), ("both", "16.00"), ("month", "32.00"), ("over", "64.00"),
                    ]
                ),
            ),
            batch(
                "touches",
                touch("t1", "2024-04-20 15:00:00", "sent", "thanked", None),
                touch("t2", at, "sent", "same second", None),
                touch("t3", "2024-04-20 09:59:59", "sent", "asked", None),
                touch("t4", "2024-04-13 08:00:00", "sent", "week", None),
                touch("t5", "2024-04-19 08:00:00", "sent", "both", None),
                touch("t6", "2024-04-20 15:00:00", "sent", "both", None),
                touch("t7", "2024-04-12 23:00:00", "sent", "month", None),
                touch("t8", "2024-03-20 23:00:00", "sent", "over", None),
            ),
        )  # fmt: skip
        asked = "SELECT touched_7_amount, touched_30_amount FROM private_sales"
        seven, thirty = 4 + 8 + 16, 4 + 8 + 16 + 32
        assert shop.ask(asked, as_of="2024-04-20") == [(Decimal(seven), Decimal(thirty))]


class TestPrivateBridge:
    def test_goods_whose_money_went_back_cost_nothing(self, trade):
        found = trade.ask(
            """SELECT gross_amount, net_amount, costed_amount, goods_amount FROM private_bridge
            WHERE month_on = DATE '2024-04-01'""",
            as_of=AS_OF,
        )
        # A quarter of "late" stayed (2 pieces of 40), all of "kept" (50 of 80 has a cost).
        assert found == [(Decimal("430.00"), Decimal("130.00"), 50.0 + 50.0, 20.0 + 40.0)]

    def test_costs_of_public_shops_and_of_tomorrow_are_not_the_private_domains(self, trade):
        found = trade.ask(
            """SELECT contact_amount, team_amount, other_amount FROM private_bridge
            WHERE month_on = DATE '2024-04-01'""",
            as_of=AS_OF,
        )
        assert found == [(Decimal("5.00"), Decimal("33.00"), Decimal("70.00"))]


class TestContacts:
    def test_people_come_and_go_however_many_friendships_they_have(self, trade):
        found = trade.ask(
            "SELECT on_date, gained, returned, lost, added, deleted FROM contact_activity "
            "ORDER BY on_date",
            as_of=AS_OF,
        )
        assert [(str(day)[5:], *rest) for day, *rest in found] == [
            ("03-01", 1, 0, 0, 1, 0),
            ("03-02", 0, 0, 1, 0, 1),
            ("03-20", 1, 0, 0, 1, 0),
            ("04-01", 0, 0, 1, 0, 1),
            ("04-10", 1, 1, 0, 1, 0),
            ("04-11", 1, 0, 0, 1, 0),
            ("04-20", 0, 0, 0, 1, 1),  # handed over: never gone
        ]

    def test_the_pool_of_28_days_ago_and_who_of_it_bought(self, trade):
        asked = "SELECT window_days, people, buyers FROM contact_pool ORDER BY 1"
        # On 2 April C1 had gone, C2 not come back.
        assert trade.ask(asked, as_of=AS_OF)[0] == (28, 0, 0)
        assert trade.ask(asked, as_of="2024-04-25")[0] == (28, 1, 1)  # C1, still there on 28 March

    def test_what_contacts_leave_since_they_joined(self, trade):
        found = trade.ask(
            """SELECT joined_on, bought_before, age_months, people, buyers, net_amount,
            margin_amount, most_amount FROM contact_value ORDER BY joined_on, age_months""",
            as_of=AS_OF,
        )
        # C1: 200 - 80 on a quarter of "late". C2: 50 - 40, and 30 of which no cost is known, which
        # left nothing at the least, and at the most all.
        assert [(str(day)[:7], *rest) for day, *rest in found] == [
            ("2024-03", False, 1, 2, 2, 130.0, 30.0 + 10.0, 30.0 + 40.0),
            ("2024-04", False, 0, 1, 0, 0.0, 0.0, 0.0),
        ]

    def test_an_order_without_lines_may_have_cost_nothing_or_all_that_it_brought(self, shop):
        shop.load(
            batch("orders", shipped("bare", "2024-04-12 10:00:00", "70.00", customer="C1"),
                  shipped("more", "2024-05-12 10:00:00", "40.00", customer="C1")),
            batch("order_lines", line("m1", "more", "2024-05-12 10:00:00", "40.00",
                                      product_id="P1")),
            batch("products", product("P1", "25.00")),
            batch("contacts", contact(1, "C1", "2024-04-01 09:00:00")),
        )  # fmt: skip
        assert shop.ask(
            """SELECT age_months, net_amount, margin_amount, margin_square, most_amount,
            most_square, most_cube FROM contact_value ORDER BY age_months""",
            as_of="2024-05-12",
        ) == [
            (0, 70.0, 0.0, 0.0, 70.0, 70.0**2, 70.0**3),
            (1, 40.0, 15.0, 15.0**2, 15.0, 85.0**2 - 70.0**2, 85.0**3 - 70.0**3),
        ]


class TestGrowthAndLadder:
    def test_new_kept_returned_and_lost_by_quarter(self, trade):
        found = trade.ask(
            "SELECT customers, new_customers, kept_customers, returned_customers, lost_customers, "
            "occasions, net_amount FROM growth_quarters ORDER BY quarter_on",
            as_of=AS_OF,
        )
        assert found == [
            (1, 1, 0, 0, 0, 1, Decimal("40.00")),
            (2, 2, 0, 0, 1, 2, Decimal("130.00")),
        ]

    def test_the_highest_step_that_fits_before_the_month_and_after_it(self, trade):
        found = trade.ask(
            "SELECT from_step, to_step, people FROM ladder_moves ORDER BY 1, 2", as_of=AS_OF
        )
        assert found == [
            ("customer", "customer", 1),  # C3
            ("fan", "customer", 1),  # C1
            ("new", "fan", 1),  # C4
            ("prospect", "customer", 1),  # C2, whose first friendship was over
        ]
