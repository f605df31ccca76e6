"""Slots net of what they move, styles, coupons, lists with odds, execution, samples, group-buys."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses import engagement
from insights.analyses.engagement.styles import rank_correlation
from insights.errors import MissingColumns
from insights.results import NotEnoughData
from tests.truth.plant import Coverage, false_alarms_hold

AS_OF = date(2026, 6, 30)
TODAY = 20_633  # Day number of AS_OF, from 1970-01-01.


def year(seed: int, *, lift: float = 0.0, borrowed: float = 0.0, days: int = 420):
    """Daily orders with a three-day slot a month: so many more, so many fewer in the week after."""
    rng = np.random.default_rng(seed)
    day = np.arange(TODAY - days + 1, TODAY + 1)
    starts = np.arange(day[0] + 20, day[-1] - 20, 31)
    mean = 200 * np.exp(0.15 * ((day + 3) % 7 >= 5) + 0.1 * np.sin(day / 60))
    level = np.ones(days)
    for start in starts:
        level[(day >= start) & (day < start + 3)] += lift
        level[(day >= start + 3) & (day < start + 10)] -= borrowed
    orders = rng.poisson(mean * level * rng.gamma(200, 1 / 200, days))
    sales = pd.DataFrame(
        {"day_no": day, "orders": orders, "net_amount": orders * 300.0, "channel": "youzan"}
    )
    calendar = pd.DataFrame({"slot": "member day", "first_no": starts, "last_no": starts + 2})
    return sales, calendar


def orders_row(found) -> pd.Series:
    return found.table[found.table["kpi"] == "orders"].iloc[0]


class TestSlotDays:
    def test_what_is_borrowed_from_the_days_around_comes_off(self):
        found = engagement.slot_days(*year(1, lift=0.6, borrowed=0.13), as_of=AS_OF)
        row = orders_row(found)
        assert row["during"] == pytest.approx(0.6, abs=0.08)
        assert row["moved"] == pytest.approx(-0.13 * 7 / 3, abs=0.12)
        assert row["low"] <= 0.6 - 0.13 * 7 / 3 <= row["high"]

    def test_the_planted_net_lies_within_its_interval(self):
        gathered = Coverage(0.90)
        for seed in range(8):
            row = orders_row(engagement.slot_days(*year(seed, lift=0.3), as_of=AS_OF))
            gathered.add(row["low"], row["high"], 0.3)
        assert gathered.holds(), gathered.share

    def test_a_slot_whose_line_would_hide_the_others_is_not_drawn(self):
        sales, calendar = year(1, lift=0.6)
        twice = pd.DataFrame({"slot": "618", "first_no": [TODAY - 330, TODAY - 85]})
        both = pd.concat([calendar, twice.assign(last_no=twice["first_no"])], ignore_index=True)
        found = engagement.slot_days(sales, both, as_of=AS_OF)
        orders = found.orders().set_index("slot")
        assert orders.loc["618", "high"] - orders.loc["618", "low"] > 2
        assert [mark.get_text() for mark in found.plot().get_yticklabels()] == ["member day"]
        assert any("1 slots were held too few times" in found.say(text) for text in found.caveats)

    def test_a_slot_that_does_nothing_is_seldom_said_to_add(self):
        said = [
            orders_row(engagement.slot_days(*year(seed), as_of=AS_OF))["low"] > 0
            for seed in range(100, 108)
        ]
        assert false_alarms_hold(sum(said), len(said), 0.05)

    def test_the_calendar_is_data_and_without_it_nothing_is_said(self):
        sales, calendar = year(1)
        found = engagement.slot_days(sales, calendar.head(0), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "insights load campaigns" in found.say(found.needs)

    def test_one_slot_that_was_held_once_is_not_judged(self):
        sales, calendar = year(1)
        assert not engagement.slot_days(sales, calendar.head(1), as_of=AS_OF).enough


class TestPushDays:
    """Articles are pushed on some days: what they add to visits and to orders."""

    def world(self, days: int = 300, *, weekly: bool = False) -> tuple[pd.DataFrame, ...]:
        rng = np.random.default_rng(4)
        day = 20_000 + np.arange(days)
        pushed = day % 7 == 3 if weekly else rng.random(days) < 0.12
        orders = rng.poisson(200, days)
        sales = pd.DataFrame({"day_no": day, "orders": orders, "net_amount": orders * 300.0})
        visits = pd.DataFrame({"day_no": day, "visits": rng.poisson(500 * (1 + 0.4 * pushed))})
        reach = pd.DataFrame(
            {"kind": "article", "published_on": "2026-01-01", "day_no": day[pushed], "reached": 9}
        )
        empty = pd.DataFrame(columns=["slot", "first_no", "last_no"])
        return sales, engagement.with_pushes(empty, reach), visits

    def test_a_push_adds_the_visits_that_were_planted_and_no_orders(self):
        found = engagement.slot_days(*self.world(), as_of=AS_OF).table.set_index("kpi")
        visits = found.loc["visits of the mall"]
        assert visits["slot"] == "Article push"
        assert visits["during"] == pytest.approx(0.4, abs=0.05)
        assert visits["low"] <= 0.4 <= visits["high"]
        assert found.loc["orders", "low"] < 0 < found.loc["orders", "high"]

    def test_a_push_of_every_week_is_what_its_weekday_brings_and_is_named(self):
        found = engagement.slot_days(*self.world(weekly=True), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "Article push cannot be measured" in found.say(found.because)

    def test_visits_of_a_few_weeks_are_not_measured_and_that_is_said(self):
        sales, calendar, visits = self.world()
        found = engagement.slot_days(sales, calendar, visits.head(90), as_of=AS_OF)
        assert set(found.table["kpi"]) == {"orders", "net sales"}
        assert any("known for 90 days" in found.say(caveat) for caveat in found.caveats)

    def test_articles_that_were_delivered_to_nobody_are_no_push(self):
        reach = pd.DataFrame(
            {"kind": ["article", "moment"], "published_on": "2026-01-01", "day_no": 20_000,
             "reached": [None, 50.0]}
        )  # fmt: skip
        empty = pd.DataFrame(columns=["slot", "first_no", "last_no"])
        assert engagement.with_pushes(empty, reach).empty


def shown(
    seed: int, *, rho: float, pieces: int = 100, products: int = 60, spread: float = 0.0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pieces whose answers and whose products' growth have this correlation.

    `spread` is what a product has of its own in both, whatever the correlation: pieces that show
    it are then alike.
    """
    rng = np.random.default_rng(seed)
    z = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], products)
    product = rng.permutation(np.arange(pieces) % products)
    mixed = np.sqrt(1 - spread**2) if spread < 1 else 0.0
    own = spread * z[product] + mixed * rng.multivariate_normal(
        [0, 0], [[1, rho], [rho, 1]], pieces
    )
    looks = pd.DataFrame(
        {
            "content_id": [f"c{n}" for n in range(pieces)],
            "kind": "moment",
            "published_on": pd.Timestamp(AS_OF) - pd.to_timedelta(40 + 3 * np.arange(pieces), "D"),
            "audience": "",
            "age_days": 1,
            "reached": 100_000.0,
            "responded": np.round(100_000 / (1 + np.exp(4 - 0.5 * own[:, 0]))),
        }
    )
    # Answers of later days are not yet known when the sales begin.
    later = looks.assign(age_days=20, responded=rng.permutation(looks["responded"].to_numpy()))
    sold = pd.DataFrame(
        {
            "content_id": looks["content_id"],
            "product_id": [f"p{n}" for n in product],
            "before_amount": 5_000.0,
            "after_amount": 5_000.0 * np.exp(0.5 * own[:, 1]),
            "whole": 1,
        }
    )
    return pd.concat([looks, later], ignore_index=True), sold


# Spearman's of a bivariate normal with a correlation of one half: 6/pi arcsin(rho/2).
PLANTED = 6 / np.pi * np.arcsin(0.25)


def foretold(seeds: range, **planted: float) -> list[str]:
    return [engagement.styles(*shown(seed, **planted), as_of=AS_OF).headline.key for seed in seeds]


class TestStyles:
    @pytest.mark.parametrize("spread", [0.0, 0.9])
    def test_the_planted_correlation_lies_within_its_interval(self, spread):
        gathered = Coverage(0.90)
        for seed in range(10):
            found = engagement.styles(*shown(seed, rho=0.5, spread=spread), as_of=AS_OF).facts
            gathered.add(found["growth_low"], found["growth_high"], PLANTED)
        assert gathered.holds(), gathered.share

    @pytest.mark.parametrize("products", [15, 60])
    def test_few_products_in_many_pieces_are_few_proofs(self, products):
        said = foretold(range(12), rho=0.0, products=products, spread=1.0)
        assert false_alarms_hold(sum(key != "answers_foretell_nothing" for key in said), 12, 0.10)

    @pytest.mark.slow
    @pytest.mark.parametrize("spread", [0.0, 1.0])
    @pytest.mark.parametrize("products", [15, 60])
    def test_nothing_is_foretold_where_nothing_is_over_two_hundred_worlds(self, products, spread):
        said = foretold(range(1000, 1200), rho=0.0, products=products, spread=spread)
        told = sum(key != "answers_foretell_nothing" for key in said)
        assert false_alarms_hold(told, len(said), 0.10), told

    def test_the_sentence_follows_the_sign(self):
        assert foretold(range(1), rho=0.8, pieces=200) == ["answers_foretell"]
        found = engagement.styles(*shown(1, rho=-0.8, pieces=200), as_of=AS_OF)
        assert found.headline.key == "answers_foretell_decline"
        assert "sell less" in found.say(found.headline.message)

    def test_answers_after_the_first_week_count_nowhere(self):
        looks, sold = shown(1, rho=0.5)
        early = looks[looks["age_days"] <= 7]
        whole, first = (engagement.styles(f, sold, as_of=AS_OF).facts for f in (looks, early))
        assert whole["growth_correlation"] == first["growth_correlation"]

    def test_pieces_of_a_scored_channel_are_ranked_by_their_score(self):
        looks, sold = shown(1, rho=0.5)
        scored = engagement.channel_scores(looks, as_of=AS_OF)
        found = engagement.styles(looks, sold, scored, as_of=AS_OF)
        assert found.facts["by_score"] == found.facts["pieces"] == 100

    def test_pieces_that_name_no_product_are_asked_to(self):
        looks, products = shown(1, rho=0.5)
        found = engagement.styles(looks, products.head(0), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "product_ids" in found.say(found.needs)

    def test_values_that_are_all_alike_have_no_rank(self):
        each = pd.Series(range(10))
        found = rank_correlation(pd.Series([1.0] * 10), each, clusters=[each, each])
        assert (found["low"], found["high"]) == (-1.0, 1.0)


def coupons(
    seed: int, *, uplift: float, campaigns: int = 6, size: int = 4000, lot: bool = False
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for campaign in range(campaigns):
        for segment, base in (("none", 0.01), ("one", 0.03), ("several", 0.08)):
            rows += [
                {
                    "campaign_id": f"c{campaign}", "title": "", "segment": segment, "sent": sent,
                    "arm": ("对照组", "coupon")[sent] if lot else None,
                    "people": size, "redeemers": size // 20 * sent, "whole": 1,
                    "buyers": rng.binomial(size, base + uplift * sent * (segment == "one")),
                }
                for sent in (0, 1)
            ]  # fmt: skip
    return pd.DataFrame(rows)


class TestCouponUplift:
    def test_the_segment_that_a_coupon_moves_is_found(self):
        found = engagement.coupon_uplift(coupons(1, uplift=0.01, lot=True), as_of=AS_OF)
        row = found.table.set_index("segment").loc["friends with one purchase"]
        assert row["low"] <= 0.01 <= row["high"]
        assert "by lot" in found.headline.text("en")

    def test_whom_the_lot_chose_and_nobody_sent_one_stays_in_the_arm(self):
        drawn = coupons(1, uplift=0.01, lot=True)
        half = drawn[drawn["sent"] == 1].assign(people=lambda f: f["people"] // 2, redeemers=0)
        half["buyers"] //= 2
        unsent = pd.concat([drawn[drawn["sent"] == 0], half, half.assign(sent=0)])
        ours = engagement.coupon_uplift(unsent, as_of=AS_OF).table
        whole = engagement.coupon_uplift(drawn, as_of=AS_OF).table
        assert ours["people"].tolist() == whole["people"].tolist()
        assert ours["uplift"].tolist() == pytest.approx(whole["uplift"].tolist(), abs=0.0005)

    def test_campaigns_by_lot_are_never_added_to_others(self):
        drawn = coupons(1, uplift=0.01, lot=True)
        biased = coupons(2, uplift=0.08).assign(campaign_id=lambda f: "x" + f["campaign_id"])
        found = engagement.coupon_uplift(pd.concat([drawn, biased]), as_of=AS_OF)
        pd.testing.assert_frame_equal(
            found.table, engagement.coupon_uplift(drawn, as_of=AS_OF).table
        )
        assert found.of.groupby("evidence").size().tolist() == [6, 6]
        assert found.facts["unread"] == 6

    def test_a_lot_without_a_known_control_is_not_read(self):
        drawn = coupons(1, uplift=0.01, lot=True).replace({"arm": {"对照组": "B"}})
        found = engagement.coupon_uplift(drawn, as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert found.facts["unclear"] == 6

    def test_without_a_lot_it_is_called_an_association(self):
        found = engagement.coupon_uplift(coupons(1, uplift=0.01), as_of=AS_OF)
        assert "not decided by lot" in found.headline.text("en")

    def test_coupons_that_do_nothing_are_seldom_said_to_move(self):
        said = [
            engagement.coupon_uplift(coupons(seed, uplift=0.0), as_of=AS_OF).headline.key
            == "coupons_move"
            for seed in range(12)
        ]
        assert false_alarms_hold(sum(said), len(said), 0.03)

    def test_a_campaign_that_everybody_was_sent_teaches_nothing(self):
        everybody = coupons(1, uplift=0.0).query("sent == 1")
        assert isinstance(engagement.coupon_uplift(everybody, as_of=AS_OF), NotEnoughData)


def buyers(seed: int, *, loyal: float = 0.0, size: int = 3000) -> pd.DataFrame:
    """Buyers of two series at two cut-offs; the loyal buy again more, the more often they did."""
    rng = np.random.default_rng(seed)
    frames = []
    for day in engagement.cut_offs(AS_OF):
        for series in ("A", "B"):
            often = rng.integers(1, 6, size)
            chance = 0.05 + loyal * (often - 1) / 4
            again = (rng.random(size) < chance).astype(int)
            late = rng.integers(0, 337, size)
            frames.append(
                pd.DataFrame(
                    {
                        "customer_id": [f"{series}{n}" for n in range(size)],
                        "series": series,
                        "occasions": often + again,
                        "before_28": often,
                        "silent_days": np.where(again == 1, 3, late + 28),
                        "silent_before": late,
                        "bought_28": again,
                        "as_of": pd.Timestamp(day),
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


class TestAffinity:
    def test_the_last_list_hits_more_often_where_buyers_are_loyal(self):
        found = engagement.affinity(buyers(1, loyal=0.3), as_of=AS_OF)
        assert found.headline.key == "last_list_hit"
        assert found.facts["expected"] == pytest.approx(found.facts["hit"], abs=0.05)
        assert found.facts["others"] < 0.25

    def test_where_all_are_alike_the_list_is_no_better_than_chance(self):
        said = [
            engagement.affinity(buyers(seed), as_of=AS_OF).headline.key == "last_list_hit"
            for seed in range(6)
        ]
        assert false_alarms_hold(sum(said), len(said), 0.05)

    def test_the_lists_name_people_and_the_page_does_not(self):
        found = engagement.affinity(buyers(1), as_of=AS_OF)
        assert len(found.people) == found.facts["listed"]
        assert "customer_id" not in found.table

    def test_a_series_with_few_buyers_gets_no_list(self):
        few = buyers(1, size=50)
        assert isinstance(engagement.affinity(few, as_of=AS_OF), NotEnoughData)


def done(rates: dict[str, float], *, pieces: int = 20) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        [
            {
                "content_id": f"m{n}", "kind": "mass_msg", "region": region, "asked": 40,
                "tasked": None, "done": None, "published": rng.binomial(40, rate),
                "seen": 900.0, "liked": 0,
            }
            for n in range(pieces)
            for region, rate in rates.items()
        ]
    )  # fmt: skip


class TestExecution:
    def test_a_region_that_does_less_is_named(self):
        found = engagement.execution(done({"north": 0.8, "south": 0.4}), as_of=AS_OF)
        assert found.headline.key == "regions_differ"
        rates = found.table.set_index("region")["rate"]
        assert rates["north"] == pytest.approx(0.8, abs=0.05)

    def test_regions_alike_are_not_told_apart(self):
        found = engagement.execution(done({"north": 0.6, "south": 0.6}), as_of=AS_OF)
        assert found.headline.key == "regions_alike"

    def test_a_post_nobody_is_known_to_have_published_is_not_skipped_by_all(self):
        moments = done({"north": 0.0}).assign(kind="moment", published=0, seen=None)
        found = engagement.execution(moments, as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "get_moment_task" in found.say(found.needs)

    def test_a_task_list_alone_says_how_much_was_done_without_a_region(self):
        posts = done({"north": 0.0, "south": 0.0}).assign(
            kind="moment", published=0, seen=None, tasked=50, done=40, liked=7
        )
        found = engagement.execution(posts, as_of=AS_OF)
        assert found.headline.key == "tasks_done"
        row = found.table[found.table["region"].isna()].iloc[0]
        assert (row["asked"], row["published"], row["liked_each"]) == (1000, 800, 14)
        assert found.table.loc[found.table["region"].notna(), "rate"].isna().all()

    def test_a_channel_by_region_and_another_by_its_task_list_are_both_said(self):
        posts = done({"north": 0.0}).assign(
            content_id=lambda rows: "p" + rows["content_id"], kind="moment", published=0,
            seen=None, tasked=50, done=40,
        )  # fmt: skip
        both = pd.concat([done({"north": 0.8, "south": 0.4}), posts], ignore_index=True)
        found = engagement.execution(both, as_of=AS_OF)
        assert [claim.key for claim in found.claims] == ["regions_differ", "tasks_done"]
        assert found.facts["overall"] == pytest.approx(0.6, abs=0.05)


def sampled(seed: int, *, effect: float, size: int = 4000) -> pd.DataFrame:
    """Frequent buyers are given samples more often, and buy more anyway."""
    rng = np.random.default_rng(seed)
    often = rng.integers(1, 7, size)
    tester = (rng.random(size) < 0.02 + 0.05 * often).astype(int)
    bought = (rng.random(size) < 0.05 + 0.05 * often + effect * tester).astype(int)
    return pd.DataFrame(
        {
            "customer_id": [f"c{n}" for n in range(size)],
            "tester": tester,
            "member": 1,
            "occasions": often,
            "silent_days": rng.integers(1, 365, size),
            "bought_91": bought,
        }
    )


class TestTesters:
    @pytest.mark.parametrize("effect", [0.0, 0.08])
    def test_the_effect_is_found_though_good_customers_are_picked(self, effect):
        gathered = Coverage(0.95)
        for seed in range(15):
            found = engagement.testers(sampled(seed, effect=effect), as_of=AS_OF).facts
            gathered.add(found["low"], found["high"], effect)
        assert gathered.holds(), gathered.share

    def test_testers_like_nobody_are_not_compared(self):
        people = sampled(1, effect=0.0)
        people = people[(people["tester"] == 1) | (people["occasions"] == 1)]
        assert isinstance(engagement.testers(people, as_of=AS_OF), NotEnoughData)


class TestProductLives:
    def test_products_still_selling_count_as_such(self):
        weeks = list(range(1, 41))
        lives = pd.DataFrame({"product_id": weeks, "weeks": weeks, "ended": [1] * 20 + [0] * 20})
        found = engagement.product_lives(lives, as_of=AS_OF)
        assert found.facts["half"] == 20
        assert "half had stopped" in found.headline.text("en")

    def test_without_an_end_nothing_is_said_of_how_long(self):
        lives = pd.DataFrame({"product_id": range(40), "weeks": 5, "ended": 0})
        assert isinstance(engagement.product_lives(lives, as_of=AS_OF), NotEnoughData)


class TestGroupBuys:
    def test_pieces_are_sold_by_the_hour(self):
        hours = pd.DataFrame(
            [
                {
                    "campaign_id": f"g{n}", "title": "Round", "starts_on": f"2026-05-0{n + 1}",
                    "hour_no": hour, "length_hours": 30, "orders": pieces, "pieces": pieces,
                    "net_amount": 10.0 * pieces,
                }
                for n in range(4)
                for hour, pieces in ((0, 100), (5, 60), (20, 40))
            ]
        )  # fmt: skip
        found = engagement.group_buys(hours, as_of=AS_OF)
        assert found.facts["first"] == pytest.approx(0.8)
        assert found.table["half_hour"].tolist() == [1] * 4
        assert found.table["most_hour"].tolist() == [21] * 4
        assert found.curve["sold"].iloc[-1] == pytest.approx(1.0)

    def test_orders_that_name_no_group_buy_are_asked_to(self):
        empty = pd.DataFrame(
            columns=[
                "campaign_id", "title", "starts_on", "hour_no", "length_hours", "orders", "pieces",
            ]
        )  # fmt: skip
        found = engagement.group_buys(empty, as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "campaign_id" in found.say(found.needs)


@pytest.mark.parametrize(
    ("ask", "frame"),
    [
        (engagement.coupon_uplift, "coupon_segments"),
        (engagement.affinity, "series_people"),
        (engagement.execution, "execution_region"),
        (engagement.testers, "tester_people"),
        (engagement.product_lives, "product_lives"),
        (engagement.group_buys, "group_buys"),
    ],
)
def test_a_frame_without_its_columns_is_refused_by_name(ask, frame):
    with pytest.raises(MissingColumns, match=frame):
        ask(pd.DataFrame({"nothing": [1]}), as_of=AS_OF)
