"""Marts of contents on a handful of rows: whom they reached, who claims a purchase, who left."""

import pytest

from tests.store.shop import Shop, batch, campaign, line, order

AS_OF = "2024-04-30"


def contact(number: int, added: str, deleted: str | None = None) -> dict[str, object]:
    return {
        "contact_id": f"k{number}", "customer_id": f"C{number}",
        "customer_ref": f"external_userid:main:wm{number}", "staff_id": "amy", "corp": "main",
        "added_at": added, "deleted_at": deleted, "deleted_by": "customer" if deleted else None,
    }  # fmt: skip


def touched(n: int, who: int, at: str, channel: str, kind: str, **about: str) -> dict[str, object]:
    return {
        "touch_id": f"t{n}", "at": at, "customer_id": f"C{who}",
        "customer_ref": f"external_userid:main:wm{who}", "staff_id": "amy",
        "channel": channel, "kind": kind, **about,
    }  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Three friends, of whom one leaves; a message, a post, a coupon; two purchases."""
    made = Shop(tmp_path_factory.mktemp("contents"))
    made.load(
        batch(
            "contacts",
            contact(1, "2024-01-02 10:00:00"),
            contact(2, "2024-01-03 10:00:00"),
            contact(3, "2024-01-03 11:00:00", "2024-04-10 12:00:00"),
        ),
        batch("staff", {"staff_id": "amy", "role": "guide", "region": "north"}),
        batch(
            "contents",
            {"content_id": "msg", "kind": "mass_msg", "channel": "wecom",
             "published_at": "2024-04-08 10:00:00"},
            {"content_id": "post", "kind": "moment", "channel": "wecom",
             "published_at": "2024-04-09 10:00:00"},
        ),
        batch("campaigns", campaign("K", "2024-04-15 00:00:00", "2024-04-21 23:59:59")),
        batch(
            "touches",
            *(touched(n, n, "2024-04-08 10:00:00", "mass_msg", "sent", content_id="msg")
              for n in (1, 2)),
            touched(3, 3, "2024-04-08 10:00:00", "mass_msg", "failed", content_id="msg"),
            touched(4, 1, "2024-04-08 11:00:00", "mass_msg", "click", content_id="msg"),
            # Not sent the message, and clicks it all the same: it was forwarded.
            touched(5, 3, "2024-04-08 12:00:00", "mass_msg", "click", content_id="msg"),
            touched(6, 2, "2024-04-09 12:00:00", "moments", "like", content_id="post"),
            touched(7, 2, "2024-04-09 13:00:00", "moments", "comment", content_id="post"),
            touched(8, 1, "2024-04-15 09:00:00", "mass_msg", "sent", campaign_id="K"),
            touched(9, 1, "2024-04-16 09:00:00", "mass_msg", "coupon_use", campaign_id="K"),
        ),
        batch(
            "orders",
            order("first", "2024-01-01 10:00:00", "10.00", customer="C2"),
            order("sole", "2024-04-12 10:00:00", "60.00", customer="C2"),
            order("both", "2024-04-15 10:00:00", "40.00", customer="C1"),
            order("late", "2024-04-24 10:00:00", "30.00", customer="C2"),
        ),
        batch("products", {"product_id": "p1", "name": "coat", "series": "linen",
                           "unit_cost": "20.00"}),
        batch("order_lines", line("l1", "both", "2024-04-15 10:00:00", "40.00", product_id="p1")),
    )  # fmt: skip
    return made


class TestContentReach:
    def test_a_message_is_divided_by_who_was_sent_it_and_strangers_do_not_count(self, shop):
        row = shop.ask(
            "SELECT basis, addressed, reached, clicked, strangers FROM content_reach "
            "WHERE content_id = 'msg'",
            as_of=AS_OF,
        )
        assert row == [("sent", 3, 2, 1, 1)]

    def test_a_post_is_divided_by_the_friendships_of_the_day_and_a_friend_counts_once(self, shop):
        row = shop.ask(
            "SELECT basis, reached, responded FROM content_reach WHERE content_id = 'post'",
            as_of=AS_OF,
        )
        assert row == [("friendships", 3, 1)]

    def test_a_coupon_without_a_content_is_its_campaign(self, shop):
        row = shop.ask(
            "SELECT kind, reached, redeemed FROM content_reach WHERE content_id = 'K'", as_of=AS_OF
        )
        assert row == [("coupon", 1, 1)]

    def test_what_had_not_gone_out_is_not_there(self, shop):
        found = shop.ask("SELECT content_id FROM content_reach", as_of="2024-04-08")
        assert found == [("msg",)]


class TestOrderClaims:
    def test_each_purchase_is_in_one_row_with_all_who_claim_it(self, shop):
        found = shop.ask(
            "SELECT last_by, mass_msg, moments, coupon, net_amount FROM order_claims "
            "ORDER BY week_on, net_amount",
            as_of=AS_OF,
        )
        assert [(*row[:4], float(row[4])) for row in found[-3:]] == [
            ("moments", 1, 1, 0, 60.0),
            ("coupon", 1, 0, 1, 40.0),
            (None, 0, 0, 0, 30.0),
        ]

    def test_an_order_that_names_the_live_it_was_placed_from_is_the_lives_whoever_bought(
        self, tmp_path
    ):
        made = Shop(tmp_path)
        made.load(
            batch(
                "contents",
                {"content_id": "room", "kind": "live", "channel": "douyin",
                 "published_at": "2024-04-10 20:00:00"},
                {"content_id": "note", "kind": "note", "channel": "xhs",
                 "published_at": "2024-04-10 20:00:00"},
            ),
            batch("touches", touched(1, 1, "2024-04-10 19:00:00", "mass_msg", "sent")),
            batch(
                "orders",
                order("named", "2024-04-10 21:00:00", "50.00", customer="C1", content_id="room"),
                order("nobody", "2024-04-10 22:00:00", "20.00", None, content_id="note"),
                order("neither", "2024-04-10 23:00:00", "9.00", None),
                order("first", "2024-01-01 10:00:00", "10.00", "C2"),
                order("last", f"{AS_OF} 10:00:00", "30.00", "C2"),
            ),
        )  # fmt: skip
        found = made.ask(
            "SELECT known, last_by, mass_msg, live, note, customers, net_amount FROM order_claims "
            "WHERE last_by IS NOT NULL ORDER BY net_amount",
            as_of=AS_OF,
        )
        assert [(*row[:6], float(row[6])) for row in found] == [
            (0, "note", 0, 0, 1, 0, 20.0),
            (1, "live", 1, 1, 0, 1, 50.0),
        ]

    def test_the_brand_declares_within_how_many_days_a_touch_claims(self, shop):
        """The last purchase came 15 days after the last touch."""
        query = "SELECT window_days, last_by FROM order_claims WHERE net_amount = 30"
        assert shop.ask(query, as_of=AS_OF) == [(7, None)]
        declared = shop.folder / "insights.toml"
        text = declared.read_text()
        declared.write_text(text.replace("trifle_amount = 1", "trifle_amount = 1\nclaim_days = 15"))
        try:
            wider = Shop(shop.folder)
        finally:
            declared.write_text(text)
        assert wider.ask(query, as_of=AS_OF) == [(15, "moments")]


class TestStaffWeek:
    def test_friends_at_the_start_and_who_left_in_the_week(self, shop):
        row = shop.ask(
            "SELECT region, friends, sent, posts, liked, deleted FROM staff_week "
            "WHERE week_on = DATE '2024-04-08'",
            as_of=AS_OF,
        )
        assert row == [("north", 3, 2, 1, 1, 1)]

    def test_the_week_after_starts_without_them(self, shop):
        row = shop.ask(
            "SELECT friends, deleted FROM staff_week WHERE week_on = DATE '2024-04-15'",
            as_of=AS_OF,
        )
        assert row == [(2, 0)]


class TestLineMargin:
    def test_only_lines_of_products_with_a_cost_are_costed(self, shop):
        row = shop.ask(
            "SELECT net_amount, costed_amount, cost_amount FROM line_margin", as_of=AS_OF
        )
        assert [tuple(map(float, values)) for values in row] == [(40.0, 40.0, 20.0)]


class TestSeriesPeople:
    def test_a_day_with_a_purchase_counts_once_with_its_age(self, shop):
        row = shop.ask(
            "SELECT customer_id, series, occasions, silent_days, bought_28 FROM series_people",
            as_of=AS_OF,
        )
        assert row == [("C1", "linen", 1, 15, 1)]
