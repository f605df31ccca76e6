from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses import cohorts
from insights.errors import DataError, MissingColumns
from insights.results import NotEnoughData
from tests import cdnow


def cell(result, cohort, age):
    table = result.table
    return table[(table["cohort"] == cohort) & (table["age_months"] == age)].iloc[0]


def world(seed=0, *, customers=3_000, second_month=0.3, later=0.2):
    """Monthly cohorts of one size; every member buys in each later month with a known chance."""
    rng = np.random.default_rng(seed)
    rows = []
    for first in range(6):
        for who in range(customers // 6):
            name = f"{first}-{who}"
            rows.append((name, pd.Timestamp(2025, first + 1, 1 + who % 28)))
            for month in range(first + 2, 9):
                chance = second_month if month == first + 2 else later
                if rng.random() < chance:
                    rows.append((name, pd.Timestamp(2025, month, 1 + who % 28)))
    return pd.DataFrame(rows, columns=["customer_id", "paid_at"]).assign(net_amount=10.0)


class TestRetention:
    def test_a_day_before_every_order_is_told_the_nearest_month(self, hand):
        bought = hand(("a", "2025-01-05"), ("a", "2025-02-01"))
        found = cohorts.retention(bought, as_of="2019-01-31", min_customers=1)
        assert isinstance(found, NotEnoughData)
        assert found.say(found.because).startswith("No order was paid up to")
        assert found.facts["first_paid_on"] == date(2025, 1, 5)
        assert "no buyer" not in found.say(found.because)

    @pytest.mark.parametrize("by", [None, "first_channel"])
    def test_what_is_no_frame_is_refused_by_what_it_is(self, by):
        with pytest.raises(DataError, match=r"'purchases' must be a DataFrame.* found a str"):
            cohorts.retention("orders", as_of=date(2025, 2, 28), by=by)

    def test_a_customer_counts_once_a_month_however_often_they_buy(self, hand):
        bought = hand(("a", "2025-01-01"), ("a", "2025-02-01"), ("a", "2025-02-02"))
        found = cohorts.retention(bought, as_of=date(2025, 2, 28), min_customers=1)
        assert cell(found, "2025-01", 1)["returned"] == 1
        assert cell(found, "2025-01", 1)["retention"] == 1.0

    def test_a_month_in_which_nobody_bought_is_a_zero_and_not_a_gap(self, hand):
        bought = hand(("a", "2025-01-01"), ("a", "2025-03-01"))
        found = cohorts.retention(bought, as_of=date(2025, 3, 31), min_customers=1)
        assert cell(found, "2025-01", 1)["returned"] == 0
        assert cell(found, "2025-01", 1)["retention"] == 0.0

    def test_an_age_not_reached_is_absent(self, hand):
        found = cohorts.retention(
            hand(("a", "2025-01-01"), ("a", "2025-02-03")), as_of=date(2025, 2, 28), min_customers=1
        )
        assert found.table["age_months"].max() == 1

    def test_the_month_still_running_is_masked(self, hand):
        bought = hand(("a", "2025-01-01"), ("a", "2025-02-03"), ("a", "2025-03-01"))
        found = cohorts.retention(bought, as_of=date(2025, 3, 30), min_customers=1)
        running = cell(found, "2025-01", 2)
        assert running["open"]
        assert running[["returned", "retention", "low", "high"]].isna().all()
        assert not cell(found, "2025-01", 1)["open"]

    def test_customers_of_the_month_still_running_open_no_cohort_and_are_counted(self, hand):
        bought = hand(("a", "2025-01-01"), ("b", "2025-03-02"))
        found = cohorts.retention(bought, as_of=date(2025, 3, 15), min_customers=1)
        assert set(found.table["cohort"]) == {"2025-01"}
        assert found.facts["unfinished"] == 1

    def test_purchases_after_as_of_are_not_seen(self, hand):
        bought = hand(("a", "2025-01-01"), ("a", "2025-02-28 23:59"), ("a", "2025-03-01"))
        found = cohorts.retention(bought, as_of=date(2025, 2, 28), min_customers=1)
        assert cell(found, "2025-01", 1)["returned"] == 1
        assert found.table["age_months"].max() == 1

    def test_open_cells_enter_no_average(self):
        found = cohorts.retention(world(), as_of=date(2025, 8, 10), min_customers=10)
        closed = found.table[(found.table["age_months"] == 1) & ~found.table["open"]]
        assert found.facts["customers"] == closed["customers"].sum()

    def test_small_cohorts_are_left_out_and_counted(self, hand):
        bought = hand(("a", "2025-01-01"), ("b", "2025-01-02"), ("c", "2025-02-01"))
        found = cohorts.retention(bought, as_of=date(2025, 3, 31), min_customers=2)
        assert set(found.table["cohort"]) == {"2025-01"}
        assert found.facts["small"] == 1
        assert any("left out" in found.say(caveat) for caveat in found.caveats)

    def test_the_first_month_of_data_is_shown_but_enters_no_average(self):
        bought = world()
        old = pd.DataFrame(
            {
                "customer_id": [f"old{n}" for n in range(2_000) for _ in range(2)],
                "paid_at": pd.to_datetime(["2025-01-03", "2025-02-03"] * 2_000),
                "net_amount": 10.0,
            }
        )
        both = pd.concat([bought, old])
        found = cohorts.retention(both, as_of=date(2025, 8, 31), data_from=date(2025, 1, 1))
        assert found.table.loc[found.table["panel_start"], "cohort"].unique().tolist() == [
            "2025-01"
        ]
        assert found.facts["first"] == "2025-02"
        assert found.facts["share"] == pytest.approx(0.3, abs=0.03)
        # 2,000 of 2,500 are old; no later month won more than 500.
        assert found.facts["start_old"] == pytest.approx(0.8)
        assert {claim.key for claim in found.claims} >= {"panel_start", "panel_start_effect"}

    def test_no_claim_of_old_customers_where_the_first_month_is_like_the_others(self):
        found = cohorts.retention(world(), as_of=date(2025, 8, 31), data_from=date(2025, 1, 1))
        assert [claim.key for claim in found.claims] == ["month_one"]

    def test_a_table_without_paid_at_is_refused_by_name(self):
        with pytest.raises(MissingColumns, match="paid_at"):
            cohorts.retention(pd.DataFrame({"customer_id": ["a"]}), as_of=date(2025, 1, 31))

    @pytest.mark.parametrize(
        "ask", [cohorts.retention, cohorts.second_purchase, cohorts.cumulative_value]
    )
    @pytest.mark.parametrize("rows", [[], [(None, "2025-01-05")]])
    def test_where_no_order_names_a_buyer_it_says_which_exports_do(self, hand, ask, rows):
        orders = hand(*rows).assign(net_amount=1.0)
        found = ask(orders, as_of=date(2025, 2, 28), data_from=date(2025, 1, 1))
        assert isinstance(found, NotEnoughData)
        assert "Not one order" in found.say(found.because)
        assert "Youzan" in found.say(found.needs)

    @pytest.mark.parametrize("rows", [[("a", "2025-01-01")], [("a", "2025-02-27")]])
    def test_one_customer_is_not_enough_and_says_so(self, hand, rows):
        found = cohorts.retention(hand(*rows), as_of=date(2025, 2, 28))
        assert isinstance(found, NotEnoughData)
        assert "No cohort of at least 30" in found.say(found.because)
        assert found.bundle().kind == "not_enough"

    def test_the_interval_covers_the_planted_rate_as_often_as_it_says(self):
        truth, hits, seeds = 0.3, 0, 40
        for seed in range(seeds):
            found = cohorts.retention(
                world(seed, customers=600, second_month=truth), as_of=date(2025, 8, 31)
            )
            hits += found.facts["low"] <= truth <= found.facts["high"]
        assert hits >= 34  # 95% of 40 is 38; fewer than 34 has a chance below 1%

    def test_the_tile_sets_the_newest_cohort_beside_those_before_it(self):
        found = cohorts.retention(world(), as_of=date(2025, 8, 31))
        (tile,) = found.bundle().tiles
        newest = cell(found, found.facts["last"], 1)
        assert tile.value == newest["retention"]
        assert tile.before == found.facts["earlier_share"]
        assert tile.trend[-1] == tile.value

    def test_a_single_cohort_has_nothing_to_be_set_beside(self, hand):
        bought = hand(("a", "2025-01-01"), ("a", "2025-02-01"), ("b", "2025-01-03"))
        found = cohorts.retention(bought, as_of=date(2025, 2, 28), min_customers=2)
        (tile,) = found.bundle().tiles
        assert tile.before is None
        assert tile.value == 0.5

    def test_shuffling_the_rows_changes_nothing(self):
        bought = world()
        again = bought.sample(frac=1, random_state=1)
        one = cohorts.retention(bought, as_of=date(2025, 8, 31))
        two = cohorts.retention(again, as_of=date(2025, 8, 31))
        pd.testing.assert_frame_equal(one.table, two.table)

    def test_a_month_whose_data_are_missing_is_blank_and_said_to_be(self):
        bought = world()
        whole = cohorts.retention(bought, as_of=date(2025, 8, 31))
        holed = bought[bought["paid_at"].dt.month != 4]
        found = cohorts.retention(holed, as_of=date(2025, 8, 31))
        assert np.isnan(cell(found, "2025-03", 1)["retention"])
        assert found.facts["share"] == pytest.approx(whole.facts["share"], abs=0.03)
        assert "2025-04" in found.say(found.caveats[0])

    def test_published_counts_of_cdnow(self):
        found = cohorts.retention(cdnow.orders(), as_of=date(1998, 6, 30)).table
        wide = found.pivot_table(index="cohort", columns="age_months", values="returned")
        assert found.groupby("cohort")["customers"].first().tolist() == [7846, 8476, 7248]
        assert wide[1].tolist() == [1157, 1312, 1032]
        assert wide[6].tolist() == [720, 626, 561]


class TestCumulativeValue:
    def test_the_mean_is_over_everyone_those_who_never_came_back_included(self, hand):
        bought = hand(("a", "2025-01-01", 10), ("b", "2025-01-02", 30), ("a", "2025-02-01", 20))
        found = cohorts.cumulative_value(bought, as_of=date(2025, 2, 28), min_customers=2)
        assert cell(found, "2025-01", 0)["net_per_customer"] == 20.0
        assert cell(found, "2025-01", 1)["net_per_customer"] == 30.0

    def test_customers_won_last_month_do_not_cut_the_curve_of_all_the_others(self, hand):
        """Two a month for five months, each back once: most have seen three months, none six."""
        rows = [
            (f"{month}{who}", f"2025-{month + back:02d}-0{who}", 10)
            for month in range(1, 7)
            for who in (1, 2)
            for back in (0, 1)
        ]
        found = cohorts.cumulative_value(
            hand(*rows), as_of=date(2025, 6, 30), data_from=date(2024, 12, 1), min_customers=2
        )
        assert (found.facts["age"], found.facts["net"], found.facts["customers"]) == (3, 20.0, 6)
        assert (str(found.facts["first"]), str(found.facts["last"])) == ("2025-01", "2025-03")
        curve = found.by_age()
        assert curve["age_months"].tolist() == [0, 1, 2, 3]
        assert curve["net_per_customer"].tolist() == [10.0, 20.0, 20.0, 20.0]

    def test_a_month_without_purchases_keeps_the_sum(self, hand):
        bought = hand(("a", "2025-01-01", 10), ("b", "2025-01-02", 30), ("a", "2025-03-01", 4))
        found = cohorts.cumulative_value(bought, as_of=date(2025, 3, 31), min_customers=2)
        assert found.table["net_per_customer"].tolist() == [20.0, 20.0, 22.0]

    def test_open_months_are_left_out(self, hand):
        bought = hand(("a", "2025-01-01", 10), ("b", "2025-01-02", 30), ("a", "2025-03-01", 4))
        found = cohorts.cumulative_value(bought, as_of=date(2025, 3, 30), min_customers=2)
        assert found.table["age_months"].tolist() == [0, 1]

    def test_the_check_reconciles_to_the_cent(self):
        bought = world().assign(net_amount=lambda t: np.arange(len(t)) / 100)
        found = cohorts.cumulative_value(bought, as_of=date(2025, 8, 31))
        assert found.checks[0].passed

    def test_a_sum_stops_where_a_month_is_missing(self):
        bought = world()
        holed = bought[bought["paid_at"].dt.month != 4]
        found = cohorts.cumulative_value(holed, as_of=date(2025, 8, 31))
        ages = found.table.groupby("cohort")["age_months"].max()
        assert ages["2025-01"] == 1  # nothing is sold after the 28th, so March is broken too
        assert ages["2025-05"] == 3
        assert found.checks[0].passed
        assert "2025-04" in found.say(found.caveats[0])

    def test_no_finished_month_is_not_enough(self, hand):
        found = cohorts.cumulative_value(
            hand(("a", "2025-01-05")), as_of=date(2025, 1, 20), min_customers=1
        )
        assert isinstance(found, NotEnoughData)

    def test_a_frame_without_money_is_refused_by_name(self, hand):
        with pytest.raises(MissingColumns, match="net_amount"):
            cohorts.cumulative_value(
                hand(("a", "2025-01-05")).drop(columns="net_amount"), as_of=date(2025, 2, 28)
            )


class TestSecondPurchase:
    def test_two_purchases_of_a_day_are_one_occasion(self, hand):
        bought = hand(("a", "2025-01-01 09:00"), ("a", "2025-01-01 18:00"), ("b", "2025-01-01"))
        found = cohorts.second_purchase(bought, as_of=date(2025, 3, 1), min_customers=1)
        assert found.facts["returned"] == 0

    def test_those_who_wait_count_up_to_as_of(self, hand):
        # Of two, one came back on day 10; the other was watched for 5 days only.
        bought = hand(("a", "2025-01-01"), ("a", "2025-01-11"), ("b", "2025-01-26"))
        found = cohorts.second_purchase(bought, as_of=date(2025, 1, 31), min_customers=1)
        assert found.table["share"].iloc[-1] == 1.0
        # Drawn it is not: of fewer than ten who are watched a curve could tell of one.
        assert found.curve["share"].tolist() == [0.0]

    def test_recovers_the_planted_median(self):
        rng = np.random.default_rng(3)
        start = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 200, 4_000), "D")
        wait = np.ceil(rng.exponential(50 / np.log(2), 4_000))
        names = [f"c{n}" for n in range(4_000)]
        first = pd.DataFrame({"customer_id": names, "paid_at": start})
        second = pd.DataFrame({"customer_id": names, "paid_at": start + pd.to_timedelta(wait, "D")})
        found = cohorts.second_purchase(pd.concat([first, second]), as_of=date(2025, 9, 30))
        assert found.facts["median_low"] <= 51
        assert found.facts["median_high"] >= 49

    def test_a_median_that_is_not_reached_is_said_to_be_so(self, hand):
        rows = [(f"c{n}", "2025-01-01") for n in range(40)] + [("c1", "2025-01-20")]
        found = cohorts.second_purchase(hand(*rows), as_of=date(2025, 6, 30))
        assert found.facts["median"] is None
        assert "median wait of the 40 new customers" in found.headline.text("en")

    def test_the_first_month_of_data_is_a_group_of_its_own(self):
        found = cohorts.second_purchase(
            world(), as_of=date(2025, 8, 31), data_from=date(2025, 1, 1)
        )
        assert found.table["group"].nunique() == 2
        assert found.facts["customers"] == 2_500

    def test_one_customer_is_not_enough(self, hand):
        found = cohorts.second_purchase(hand(("a", "2025-01-01")), as_of=date(2025, 6, 30))
        assert isinstance(found, NotEnoughData)


class TestWords:
    @pytest.mark.parametrize("lang", ["en", "zh-CN"])
    def test_every_sentence_is_said_without_a_gap(self, lang):
        bought, as_of = world(), date(2025, 8, 31)
        for analysis in (cohorts.retention, cohorts.cumulative_value, cohorts.second_purchase):
            found = analysis(bought, as_of=as_of, data_from=date(2025, 1, 1))
            for text in [claim.text(lang) for claim in found.claims]:
                assert "nan" not in text
                assert "None" not in text
                assert "{" not in text
