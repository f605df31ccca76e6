"""Funnels by their own denominators, claims that overlap, what deliveries are worth."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses import engagement
from insights.analyses.engagement.ratios import ratio_of_sums
from insights.errors import DataError, MissingColumns
from insights.results import NotEnoughData
from tests.truth.plant import Coverage
from tests.truth.weeks import weeks

AS_OF = date(2026, 6, 30)
FLAGS = [
    "mass_msg", "moments", "group_chat", "article", "live", "short_video", "note", "coupon",
    "phone", "mail",
]  # fmt: skip


def reach(*rows: dict) -> pd.DataFrame:
    """Pieces by hand; what is not given is not known."""
    blank = {
        "kind": "moment", "published_on": "2026-06-01", "basis": "received", "addressed": None,
        "reached": 100, "opened": None, "responded": None, "clicked": None, "redeemed": None,
        "strangers": 0, "complete": 1,
    }  # fmt: skip
    frame = pd.DataFrame([{**blank, "content_id": f"c{n}", **row} for n, row in enumerate(rows)])
    numbers = ["addressed", "reached", "opened", "responded", "clicked", "redeemed"]
    return frame.astype(dict.fromkeys(numbers, float))


class TestFunnel:
    def test_each_channel_is_divided_by_its_own_denominator(self):
        found = engagement.funnel(
            reach(
                {"kind": "moment", "reached": 200, "responded": 10},
                {"kind": "moment", "reached": 100, "responded": 8},
                {"kind": "article", "basis": "delivered", "reached": 1000, "opened": 30},
                {"kind": "article", "basis": "delivered", "reached": 1000, "opened": 50},
            ),
            as_of=AS_OF,
        ).table.set_index("channel")
        assert found.loc["Moments", "rate"] == pytest.approx(18 / 300)
        assert found.loc["Articles", "rate"] == pytest.approx(80 / 2000)
        assert found.loc["Articles", "denominator"] == "fans it was delivered to"

    def test_a_piece_that_more_people_answered_than_it_reached_is_left_out_and_counted(self):
        found = engagement.funnel(
            reach({"reached": 100, "responded": 140}, {"reached": 100, "responded": 5}),
            as_of=AS_OF,
        )
        assert found.table["rate"].tolist() == [0.05]
        assert found.facts["impossible"] == 1
        assert any("left out" in found.say(caveat) for caveat in found.caveats)

    def test_a_piece_more_people_clicked_than_read_is_left_out_of_the_clicks(self):
        article = {"kind": "article", "basis": "delivered", "reached": 1000, "opened": 20}
        made = reach(
            article | {"clicked": 35},
            article | {"clicked": 5},
            # Whoever was forwarded it reads it, too, and may click.
            article | {"clicked": 35},
        ).assign(elsewhere=[0.0, 0.0, 20.0])
        found = engagement.funnel(made, as_of=AS_OF)
        assert found.facts["impossible"] == 1
        clicks = found.table[found.table["stage"].str.contains("click")].iloc[0]
        assert (clicks["pieces"], clicks["count"]) == (2, 40)
        assert any("clicked than read" in found.say(caveat) for caveat in found.caveats)

    def test_a_piece_that_reached_nobody_has_no_rate(self):
        found = engagement.funnel(
            reach({"reached": 0, "basis": None}, {"responded": 5}, {"responded": 7}), as_of=AS_OF
        )
        assert found.facts["without_base"] == 1
        assert found.table["base"].tolist() == [200]

    def test_a_step_that_was_never_seen_is_not_told_and_not_zero(self):
        found = engagement.funnel(reach({"responded": 3, "clicked": 0}), as_of=AS_OF)
        assert found.table["stage"].tolist() == ["liked, shared or replied"]

    def test_a_single_piece_has_no_interval(self):
        found = engagement.funnel(reach({"responded": 3}), as_of=AS_OF)
        assert found.table["low"].isna().all()
        assert "single piece" in found.headline.text("en")

    def test_without_any_answer_it_names_the_exports_that_would_tell(self):
        found = engagement.funnel(reach({"responded": 0}), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "get_moment_comments" in found.say(found.needs)

    def test_groups_are_divided_by_members_of_the_day(self):
        days = pd.DataFrame(
            [
                {"on_date": f"2026-06-0{d}", "entity_kind": "account", "metric": m, "value": v}
                for d in (1, 2, 3)
                for m, v in (("member_total", 50 * d), ("member_has_msg", 2 * d))
            ]
        )
        found = engagement.funnel(reach({"responded": 0}), days, as_of=AS_OF).table
        assert found["rate"].tolist() == pytest.approx([0.04])

    def test_a_frame_without_its_columns_is_refused_by_name(self):
        with pytest.raises(MissingColumns, match="basis"):
            engagement.funnel(reach({}).drop(columns="basis"), as_of=AS_OF)

    def test_intervals_hold_where_pieces_scatter_more_than_chance(self):
        gathered = Coverage(0.90)
        for seed in range(60):
            rng = np.random.default_rng(seed)
            share = rng.beta(2, 98, 40)
            seen = rng.integers(500, 3000, 40)
            _rate, low, high = ratio_of_sums(rng.binomial(seen, share), seen, most=1.0)
            gathered.add(low, high, 0.02)
        assert gathered.holds()

    def test_a_rate_over_nothing_is_refused(self):
        with pytest.raises(DataError, match="base of zero"):
            ratio_of_sums([1, 2], [10, 0])


def claims(*rows: tuple[str, str | None, float], week: str = "2026-06-01") -> pd.DataFrame:
    """Rows of `order_claims`: claiming channels joined by +, the last, and the money."""
    found = []
    for names, last, net in rows:
        flags = {flag: int(flag in names.split("+")) for flag in FLAGS}
        found.append(
            {
                "week_on": pd.Timestamp(week), "window_days": 7, "known": 1, "last_by": last,
                **flags,
                "customers": 1, "orders": 1, "net_amount": net,
            }
        )  # fmt: skip
    return pd.DataFrame(found)


class TestOverlap:
    def test_claims_add_to_more_than_there_was_and_each_yuan_counts_once(self):
        found = engagement.overlap(
            claims(("mass_msg+coupon", "coupon", 34.0), ("mass_msg", "mass_msg", 66.0)),
            as_of=AS_OF,
        )
        table = found.table.set_index("claimant")
        assert found.facts["sum_share"] == pytest.approx(1.34)
        assert table["once"].sum() == pytest.approx(100.0)
        assert table.loc["mass_msg", "claimed_share"] == pytest.approx(1.0)
        assert table.loc["mass_msg", "once_share"] == pytest.approx(0.66)
        assert "134%" in found.headline.text("en")

    def test_the_window_that_was_declared_is_said_and_two_of_them_are_refused(self):
        wide = claims(("mass_msg+coupon", "coupon", 34.0)).assign(window_days=14)
        found = engagement.overlap(wide, as_of=AS_OF)
        assert "14 days" in found.headline.text("en")
        narrow = claims(("coupon", "coupon", 34.0))
        with pytest.raises(DataError, match="7, 14"):
            engagement.overlap(pd.concat([wide, narrow]), as_of=AS_OF)

    def test_purchases_that_nothing_touched_are_nobodys(self):
        found = engagement.overlap(
            claims(("mass_msg", "mass_msg", 10.0), ("", None, 90.0)), as_of=AS_OF
        )
        assert found.facts["touched_of_all"] == pytest.approx(0.1)
        assert found.table["once"].sum() == pytest.approx(10.0)

    def test_what_unknown_buyers_bought_is_not_in_the_sales_of_known_customers(self):
        known = claims(("mass_msg", "mass_msg", 10.0))
        other = claims(("live", "live", 90.0)).assign(known=0)
        found = engagement.overlap(pd.concat([known, other]), as_of=AS_OF)
        assert found.table["claimant"].tolist() == ["mass_msg"]
        assert found.facts["net"] == 10.0

    def test_what_two_channels_share_is_told_pair_by_pair(self):
        found = engagement.overlap(claims(("mass_msg+mail", "mail", 8.0)), as_of=AS_OF)
        assert found.pairs["net_amount"].tolist() == [8.0, 8.0]

    def test_claims_that_do_not_meet_can_be_added(self):
        found = engagement.overlap(
            claims(("mass_msg", "mass_msg", 8.0), ("mail", "mail", 2.0)), as_of=AS_OF
        )
        assert found.headline.key == "claims_apart"

    def test_without_a_touch_it_says_what_would_tell(self):
        found = engagement.overlap(claims(("", None, 90.0)), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "get_groupmsg_send_result" in found.say(found.needs)


def sold(count: int = 8, *, each: float = 300.0, sent: int = 1000):
    """Weeks in which so much was bought after so many messages."""
    days = [f"2026-0{4 + n // 4}-{6 + 7 * (n % 4):02d}" for n in range(count)]
    bought = pd.concat(
        [claims(("mass_msg", "mass_msg", each + 10 * (n % 3)), week=w) for n, w in enumerate(days)]
    )
    delivered = pd.DataFrame({"week_on": days, "channel": "mass_msg", "delivered": sent})
    return bought, delivered


MARGINS = pd.DataFrame(
    {"channel": ["youzan"], "net_amount": [100.0], "costed_amount": [100.0], "cost_amount": [40.0]}
)


class TestWorth:
    def test_is_margin_per_thousand_delivered(self):
        found = engagement.worth(*sold(), MARGINS, as_of=AS_OF)
        mean = (300 * 8 + 10 * (0 + 1 + 2 + 0 + 1 + 2 + 0 + 1)) / 8
        assert found.table["worth"].tolist() == pytest.approx([0.6 * mean])
        assert found.facts["main_low"] < found.facts["main_worth"] < found.facts["main_high"]

    def test_without_unit_costs_it_is_net_sales_and_says_so(self):
        unknown = MARGINS.assign(costed_amount=10.0, cost_amount=4.0)
        found = engagement.worth(*sold(), unknown, as_of=AS_OF)
        assert found.facts["money_is"] == "net sales"
        assert any("unit cost" in found.say(caveat) for caveat in found.caveats)

    def test_friends_that_messages_drive_off_are_taken_off(self):
        tired = engagement.fatigue(weeks(3, drives_off=0.006), as_of=AS_OF, margin=0.6)
        plain = engagement.worth(*sold(), MARGINS, as_of=AS_OF).table.iloc[0]
        found = engagement.worth(*sold(), MARGINS, tired, as_of=AS_OF).table.iloc[0]
        expected = (
            1000
            * tired.facts["slope"]
            * tired.facts["beyond"]
            * (tired.facts["friend_week"] * 0.6 * 52)
        )
        assert found["lost"] == pytest.approx(expected)
        assert found["worth"] == pytest.approx(plain["brought"] - expected)

    def test_weeks_without_a_delivery_belong_to_the_delivery_before_them(self):
        bought, delivered = sold()
        fewer = delivered.assign(delivered=[1000, 0, 1000, 0, 1000, 0, 1000, 0])
        found = engagement.worth(bought, fewer, MARGINS, as_of=AS_OF).table.iloc[0]
        assert found["weeks"] == 4
        assert found["brought"] == pytest.approx(2 * 0.6 * 308.75)

    def test_contents_without_money_are_named_with_what_would_tell(self):
        reach = pd.DataFrame({"kind": ["mass_msg", "moment", "article"]})
        found = engagement.worth(*sold(), MARGINS, as_of=AS_OF, reach=reach)
        (said,) = [text for c in found.caveats if "Needed:" in (text := found.say(c))]
        assert "Articles – who read it" in said
        assert "get_moment_customer_list" in said
        assert "Mass messages" not in said

    def test_too_few_weeks_are_said(self):
        assert isinstance(engagement.worth(*sold(3), MARGINS, as_of=AS_OF), NotEnoughData)


class TestMargin:
    def test_is_what_is_left_after_the_goods(self):
        assert engagement.margin(MARGINS) == pytest.approx(0.6)

    def test_is_not_known_where_few_costs_are(self):
        assert engagement.margin(MARGINS.assign(costed_amount=49.0)) is None


class TestAnswered:
    def liked(self, weeks: int = 6, **changed: object) -> pd.DataFrame:
        """Weeks in each of which three purchases had a like as their last touch."""
        days = pd.date_range("2026-05-04", periods=weeks, freq="7D")
        rows = [
            claims(("moments", "moments", 90.0), ("mass_msg+moments", "mass_msg", 500.0), week=day)
            for day in days
        ]
        return pd.concat(rows, ignore_index=True).assign(orders=3, **changed)

    def posts(self, *more: dict, weeks: int = 6) -> pd.DataFrame:
        days = pd.date_range("2026-05-06", periods=weeks, freq="7D")
        return reach(*({"published_on": day, "reached": 1500} for day in days), *more)

    def test_is_what_was_bought_after_an_answer_for_a_thousand_reached_each_yuan_once(self):
        found = engagement.answered(self.liked(), self.posts(), MARGINS, as_of=AS_OF)
        row = found.table.iloc[0]
        assert row["money"] == pytest.approx(1000 * 0.6 * 90 / 1500)
        assert row["orders"] == 18
        assert "no effect" in found.headline.text("en")

    def test_a_channel_without_a_path_to_orders_is_named_with_the_reason(self):
        article = {"kind": "article", "published_on": "2026-06-03", "reached": 9000}
        live = {"kind": "live", "published_on": "2026-06-03", "reached": None}
        found = engagement.answered(self.liked(), self.posts(article, live), MARGINS, as_of=AS_OF)
        table = found.table.set_index("kind")
        assert table["money"].notna().to_dict() == {"moment": True, "article": False, "live": False}
        assert "totals" in table.loc["article", "why"]
        (said,) = [text for c in found.caveats if "Without money" in (text := found.say(c))]
        assert "Articles – readers come as totals" in said
        assert "Livestreams" in said

    def test_orders_that_name_a_live_have_money_only_where_its_viewers_are_told(self):
        bought = pd.concat(
            [claims(("live", "live", 70.0), week=f"2026-05-{day:02d}") for day in (4, 11, 18, 25)]
        ).assign(orders=9, known=0)
        days = ["2026-05-07", "2026-05-14", "2026-05-21", "2026-05-28"]
        lives = [{"kind": "live", "published_on": day, "reached": None} for day in days]
        found = engagement.answered(bought, reach(*lives), MARGINS, as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "whom it reached is not told" in found.say(found.needs)
        told = reach(*[live | {"reached": 700} for live in lives])
        row = engagement.answered(bought, told, MARGINS, as_of=AS_OF).table.iloc[0]
        assert row["money"] == pytest.approx(1000 * 0.6 * 70 / 700)

    def test_a_handful_of_purchases_is_no_figure(self):
        few = self.liked().assign(orders=1)
        found = engagement.answered(few, self.posts(), MARGINS, as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "fewer than ten purchases" in found.say(found.needs)

    def test_what_is_sent_and_not_shown_is_not_here(self):
        sent = reach({"kind": "mass_msg", "published_on": "2026-05-06"})
        found = engagement.answered(self.liked(), sent, MARGINS, as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert found.facts["channels"] == 0

    def test_a_missing_column_is_named(self):
        with pytest.raises(MissingColumns, match="reached"):
            engagement.answered(
                self.liked(), self.posts().drop(columns="reached"), MARGINS, as_of=AS_OF
            )
