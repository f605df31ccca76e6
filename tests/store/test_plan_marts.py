"""Marts behind the plan of contents on a handful of rows: group-buys, goods shown and launched,
tasks, coupons by segment, weeks of deliveries, hours of answers."""

import pytest

from tests.store.shop import Shop, batch, campaign, line, order
from tests.store.test_content_marts import contact, touched

AS_OF = "2024-06-30"
FRIDAY = "2024-05-03"


def piece(number: int, kind: str, at: str, **about: object) -> dict[str, object]:
    return {
        "content_id": f"p{number}", "kind": kind, "channel": "wecom", "published_at": at, **about,
    }  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Two friends of one guide in the north, one of another in the south; two products."""
    made = Shop(tmp_path_factory.mktemp("plans"))
    bought = [
        order("early", "2024-03-01 10:00:00", "80.00", customer="C1"),
        order("listed", f"{FRIDAY} 12:30:00", "40.00", customer=None, campaign_id="GB"),
        order("later", "2024-05-04 17:59:00", "60.00", customer=None, campaign_id="GB"),
        order("before", f"{FRIDAY} 09:00:00", "60.00", customer=None, campaign_id="GB"),
        order("usual", "2024-05-20 10:00:00", "30.00", customer="C1"),
        order("promotion", "2024-06-12 10:00:00", "50.00", customer="C2"),
        order("newest", "2024-06-30 10:00:00", "20.00", customer="C3"),
    ]
    made.load(
        batch(
            "contacts",
            contact(1, "2024-01-02 10:00:00"),
            contact(2, "2024-01-03 10:00:00"),
            contact(3, "2024-01-03 11:00:00") | {"staff_id": "bob"},
        ),
        batch(
            "staff",
            {"staff_id": "amy", "role": "guide", "region": "north"},
            {"staff_id": "bob", "role": "guide", "region": "south"},
        ),
        batch(
            "contents",
            piece(1, "mass_msg", "2024-05-13 10:15:00", product_ids=["old", "new"]),
            piece(2, "moment", "2024-05-14 10:00:00"),
        ),
        batch(
            "campaigns",
            campaign("GB", f"{FRIDAY} 12:00:00", "2024-05-04 18:00:00", "团购"),
            campaign("K1", "2024-05-06 00:00:00", "2024-05-12 23:59:59"),
            campaign("K2", "2024-06-10 00:00:00", "2024-06-16 23:59:59"),
        ),
        batch(
            "daily_metrics",
            *(
                {"on_date": "2024-05-20", "entity_kind": "content", "entity_id": "p2",
                 "metric": metric, "value": value, "is_final": "true"}
                for metric, value in (("staff_asked", "2"), ("staff_done", "1"))
            ),
        ),
        batch(
            "touches",
            *(touched(n, n, "2024-05-13 10:15:00", "mass_msg", "sent", content_id="p1")
              for n in (1, 2)),
            touched(3, 1, "2024-05-13 12:14:00", "mass_msg", "click", content_id="p1"),
            touched(4, 2, "2024-05-14 10:59:00", "moments", "like", content_id="p2"),
            *(touched(10 + n, n, "2024-05-06 09:00:00", "mass_msg", "sent", campaign_id="K1")
              for n in (1, 2)),
            touched(20, 2, "2024-06-10 09:00:00", "mass_msg", "sent", campaign_id="K2"),
            touched(21, 2, "2024-06-12 10:00:00", "mass_msg", "coupon_use", campaign_id="K2"),
        ),
        batch("orders", *bought),
        batch(
            "products",
            {"product_id": "old", "name": "coat", "launched_on": "2020-01-01"},
            {"product_id": "new", "name": "scarf", "launched_on": "2024-03-11"},
        ),
        batch(
            "order_lines",
            line("l1", "early", "2024-03-01 10:00:00", "80.00", product_id="old"),
            line("l2", "listed", f"{FRIDAY} 12:30:00", "40.00", product_id="new", quantity="2"),
            line("l3", "later", "2024-05-04 17:59:00", "60.00", product_id="old"),
            line("l4", "usual", "2024-05-20 10:00:00", "30.00", product_id="old"),
            line("l5", "promotion", "2024-06-12 10:00:00", "50.00", product_id="old"),
        ),
    )  # fmt: skip
    return made


def rows(shop, mart: str, *columns: str, as_of: str = AS_OF) -> list[tuple]:
    names = ", ".join(columns)
    return shop.ask(f"SELECT {names} FROM {mart} ORDER BY {names}", as_of=as_of)


class TestGroupBuys:
    def test_orders_that_name_it_count_by_the_hour_since_it_opened(self, shop):
        found = rows(shop, "group_buys", "hour_no", "length_hours", "orders", "pieces")
        # 09:00 on the Friday lies before it opens, whatever the order says.
        assert found == [(0, 30, 1, 2), (29, 30, 1, 1)]

    def test_an_order_of_a_campaign_that_is_no_group_buy_is_none(self, shop):
        assert {row[0] for row in rows(shop, "group_buys", "campaign_id")} == {"GB"}


class TestProductLives:
    def test_a_launch_within_the_data_that_has_not_sold_for_eight_weeks_has_ended(self, shop):
        # Launched on 11 March, last sold on 3 May: 53 days, and 58 without a sale up to 30 June.
        assert rows(shop, "product_lives", "product_id", "weeks", "ended") == [("new", 7, 1)]
        earlier = rows(shop, "product_lives", "product_id", "ended", as_of="2024-06-12")
        assert earlier == [("new", 0)]


class TestShownProducts:
    def test_sales_of_the_four_weeks_before_and_of_those_after_a_week_are_apart(self, shop):
        # Sold a week after publication, while answers are still counted: on neither side.
        names = ("product_id", "before_amount", "after_amount", "whole")
        assert rows(shop, "shown_products", *names) == [
            ("new", 40.0, 0.0, 1),
            ("old", 60.0, 50.0, 1),
        ]


class TestExecution:
    def test_a_message_is_published_by_who_sent_it_and_a_post_by_the_list_of_tasks(self, shop):
        names = ("content_id", "region", "asked", "tasked", "done", "published", "seen", "liked")
        assert rows(shop, "execution_region", *names) == [
            ("p1", "north", 1, None, None, 1, 2, 0),
            ("p1", "south", 1, None, None, 0, 0, 0),
            ("p2", "north", 1, 2, 1, 0, None, 1),
            ("p2", "south", 1, 2, 1, 0, None, 0),
        ]


class TestCouponSegments:
    def test_only_who_was_sent_an_earlier_coupon_is_compared(self, shop):
        names = ("campaign_id", "segment", "sent", "people", "redeemers", "buyers", "whole")
        assert rows(shop, "coupon_segments", *names) == [
            ("K2", "none", 1, 1, 1, 1, 1),
            ("K2", "several", 0, 1, 0, 0, 1),
        ]

    def test_of_a_lot_everybody_it_was_drawn_for_is_there_by_arm(self, tmp_path):
        drawn = Shop(tmp_path)
        drawn.load(
            batch(
                "orders",
                order("first", "2024-03-01 10:00:00", "80.00", customer="C1"),
                order("while", "2024-06-11 10:00:00", "80.00", customer="C3"),
                order("last", "2024-06-30 10:00:00", "20.00", customer="C9"),
            ),
            batch("campaigns", campaign("K2", "2024-06-10 00:00:00", "2024-06-16 23:59:59")),
            batch(
                "touches",
                touched(1, 2, "2024-06-10 09:00:00", "mass_msg", "sent", campaign_id="K2"),
            ),
            batch(
                "assignments",
                *(
                    {"campaign_id": "K2", "customer_ref": f"external_userid:main:wm{n}",
                     "customer_id": f"C{n}", "arm": arm, "assigned_at": "2024-06-09 10:00:00",
                     "probability": "0.5"}
                    for n, arm in ((1, "对照组"), (2, "coupon"), (3, "coupon"))
                ),
            ),
        )  # fmt: skip
        names = ("campaign_id", "segment", "arm", "sent", "people", "buyers")
        # The third was drawn and never sent one: still in the arm of the lot. None is a friend.
        assert rows(drawn, "coupon_segments", *names) == [
            ("K2", "none", "coupon", 0, 1, 1),
            ("K2", "none", "coupon", 1, 1, 0),
            ("K2", "one", "对照组", 0, 1, 0),
        ]


class TestTouchedWeek:
    def test_deliveries_count_by_channel_in_whole_weeks(self, shop):
        found = rows(shop, "touched_week", "week_on", "channel", "delivered")
        assert [(str(on), channel, count) for on, channel, count in found] == [
            ("2024-05-06", "coupon", 2),
            ("2024-05-13", "mass_msg", 2),
            ("2024-06-10", "coupon", 1),
        ]


class TestContentHours:
    def test_an_answer_counts_in_the_whole_hours_since_it_went_out(self, shop):
        found = rows(shop, "content_hours", "content_id", "hour_no", "responded", "clicked")
        assert found == [("p1", 1, 0, 1), ("p2", 0, 1, 0)]
