from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from insights.analyses import churn
from insights.analyses.churn import active
from insights.analyses.churn.active import active_customers, high_risk_from
from insights.analyses.churn.panel import closed_before, known_by, labelled, sorted_cutoffs
from insights.analyses.churn.study import ACTIVE_DAYS
from insights.errors import LeakageFound, MissingColumns, ParameterError
from insights.results import NotEnoughData
from tests.analyses.conftest import as_changes, features_at, refunded, simulated_buyers

HORIZON = 28
DAY, DAY_8, DAY_9 = date(2025, 2, 28), date(2025, 3, 8), date(2025, 3, 9)


@cache
def studied(seed=1, *, customers=700, days=330, leaving=0.15):
    bought, as_of = simulated_buyers(seed, customers=customers, days=days, leaving=leaving)
    cutoffs = churn.cutoffs(as_of, horizon_days=HORIZON, first_day=bought["paid_at"].min().date())
    features = features_at(bought, cutoffs)
    return churn.study(features, bought, as_of=as_of, horizon_days=HORIZON), bought, features


@pytest.fixture(scope="module")
def study():
    return studied()[0]


class TestCutoffs:
    def test_windows_do_not_overlap_and_the_last_closed_one_ends_on_as_of(self):
        days = churn.cutoffs(date(2025, 12, 31), horizon_days=28, first_day=date(2025, 1, 1))
        gaps = {later - earlier for earlier, later in pairwise(days)}
        assert gaps == {timedelta(days=28)}
        assert days[-1] == date(2025, 12, 31)

    def test_a_cut_off_with_too_little_behind_it_is_left_out(self):
        days = churn.cutoffs(date(2025, 12, 31), horizon_days=28, first_day=date(2025, 1, 1))
        assert days[0] >= date(2025, 1, 1) + timedelta(days=83)

    def test_a_history_shorter_than_a_horizon_has_today_only(self):
        assert churn.cutoffs(date(2025, 1, 20), horizon_days=28, first_day=date(2025, 1, 1)) == [
            date(2025, 1, 20)
        ]

    def test_a_horizon_of_no_days_is_refused(self):
        with pytest.raises(ParameterError, match="1 or more; found 0"):
            churn.cutoffs(date(2025, 12, 31), horizon_days=0, first_day=date(2025, 1, 1))


class TestLabels:
    def test_a_purchase_on_the_last_day_of_the_window_counts_and_one_on_the_cut_off_does_not(
        self, hand
    ):
        bought = hand(
            ("on the day", "2025-03-01"),
            ("in time", "2025-02-01"),
            ("in time", "2025-03-29"),
            ("too late", "2025-02-01"),
            ("too late", "2025-03-30"),
        )
        features = features_at(bought, [date(2025, 3, 1)])
        panel = labelled(features, bought, as_of=date(2025, 4, 30), horizon_days=28)
        churned = panel.set_index("customer_id")["churned"].to_dict()
        assert churned == {"on the day": True, "in time": False, "too late": True}

    def test_a_window_not_closed_has_no_label(self, hand):
        bought = hand(("a", "2025-03-01"))
        features = features_at(bought, [date(2025, 3, 1)])
        panel = labelled(features, bought, as_of=date(2025, 3, 28), horizon_days=28)
        assert panel["churned"].isna().all()
        assert not panel["closed"].any()

    def test_a_forecast_learns_only_from_windows_closed_before_its_cut_off(self):
        _, bought, features = studied()
        as_of = features["as_of"].max().date()
        panel = labelled(features, bought, as_of=as_of, horizon_days=HORIZON)
        for cutoff in sorted_cutoffs(panel):
            known = closed_before(panel, cutoff, HORIZON)
            assert (known["cutoff"] + pd.Timedelta(days=HORIZON) <= cutoff).all()

    def test_a_frame_without_a_feature_is_refused_by_name(self, hand):
        with pytest.raises(MissingColumns, match="pace_28"):
            labelled(
                features_at(hand(("a", "2025-03-01")), [date(2025, 3, 1)]).drop(columns="pace_28"),
                hand(("a", "2025-03-01")),
                as_of=date(2025, 3, 28),
                horizon_days=28,
            )


class TestWhatWasKnown:
    """Orders of the 1st, of which one went back whole on the 9th and one in part."""

    @pytest.fixture
    def changes(self, hand):
        bought = hand(("a", "2025-03-01"), ("b", "2025-03-01"), ("b", "2025-03-02"))
        return refunded(refunded(bought, 0, "2025-03-09 08:00", 10.0), 1, "2025-03-09 08:00", 4.0)

    def test_an_order_refunded_later_was_a_purchase_until_then(self, changes):
        assert set(known_by(changes, date(2025, 3, 8))["customer_id"]) == {"a", "b"}
        assert set(known_by(changes, date(2025, 3, 9))["customer_id"]) == {"b"}

    def test_money_that_went_back_is_missing_from_the_day_it_did(self, changes):
        days = [date(2025, 3, day) for day in (1, 8, 9)]
        sums = [known_by(changes, day)["net_amount"].sum() for day in days]
        assert sums == pytest.approx([20.0, 30.0, 16.0])

    def test_a_label_goes_by_what_was_known_when_its_window_closed(self, changes):
        features = features_at(changes.iloc[:3].assign(paid_at=pd.Timestamp("2025-02-01")), [DAY])
        for horizon, churned in ((8, {"a": False, "b": False}), (9, {"a": True, "b": False})):
            panel = labelled(features, changes, as_of=date(2025, 4, 30), horizon_days=horizon)
            assert panel.set_index("customer_id")["churned"].to_dict() == churned

    def test_features_of_what_was_known_pass_though_it_is_known_better_now(self, changes):
        known = [features_at(known_by(changes, day), [day]) for day in (DAY_8, DAY_9)]
        assert churn.audit(pd.concat(known), changes).passed

    @pytest.mark.parametrize("customer", ["a", "b"])
    def test_features_that_know_a_refund_of_the_day_after_fail_the_run(self, changes, customer):
        """Of a the order is gone too early, of b four yuan."""
        honest = features_at(known_by(changes, DAY_8), [DAY_8])
        leaky = features_at(known_by(changes, DAY_9), [DAY_8])
        mixed = pd.concat(
            [
                honest[honest["customer_id"] != customer],
                leaky[leaky["customer_id"] == customer],
            ]
        )
        with pytest.raises(LeakageFound, match="1 customers"):
            churn.audit(mixed, changes)

    def test_features_that_forget_a_refund_fail_the_run(self, changes):
        forgetful = features_at(known_by(changes, DAY_8), [DAY_9])
        with pytest.raises(LeakageFound):
            churn.audit(forgetful, changes)


class TestAudit:
    def test_honest_features_pass(self):
        _, bought, features = studied()
        assert churn.audit(features, bought).passed

    def test_a_moment_after_the_cut_off_fails_the_run(self):
        _, bought, features = studied()
        leaky = features.copy()
        leaky.loc[5, "last_event_at"] = leaky.loc[5, "as_of"] + pd.Timedelta(days=1)
        with pytest.raises(LeakageFound, match="1 of"):
            churn.audit(leaky, bought)

    @pytest.mark.parametrize("column", ["frequency", "days_since", "age_days", "total_amount"])
    def test_a_count_or_sum_that_knows_the_future_fails_the_run(self, column):
        _, bought, features = studied()
        leaky = features.copy()
        leaky[column] = leaky[column].astype(float)
        leaky.loc[7, column] += 1
        with pytest.raises(LeakageFound, match=column):
            churn.audit(leaky, bought)

    def test_a_customer_not_yet_seen_at_the_cut_off_fails_the_run(self):
        _, bought, features = studied()
        first = features["as_of"].min()
        later = features[features["as_of"] == features["as_of"].max()]
        stranger = (
            later[
                ~later["customer_id"].isin(features.loc[features["as_of"] == first, "customer_id"])
            ]
            .head(1)
            .assign(as_of=first)
        )
        stranger["last_event_at"] = first
        with pytest.raises(LeakageFound):
            churn.audit(pd.concat([features, stranger]), bought)

    def test_a_study_on_leaky_features_stops(self):
        _, bought, features = studied()
        leaky = features.assign(total_amount=features["total_amount"] + 0.01)
        as_of = features["as_of"].max().date()
        with pytest.raises(LeakageFound):
            churn.study(leaky, bought, as_of=as_of, horizon_days=HORIZON)


class TestStudy:
    def test_every_forecast_is_a_probability_and_every_customer_has_one(self, study):
        assert study.scores["forecast"].between(0, 1).all()
        assert study.forecasts["forecast"].between(0, 1).all()
        assert len(study.scores) == study.facts["customers"]

    def test_the_predicted_totals_are_near_the_actual_ones(self, study):
        found = churn.backtest(study)
        assert found.facts["ratio"] == pytest.approx(1.0, abs=0.1)

    def test_the_best_forecast_is_calibrated_on_a_planted_world(self, study):
        table = churn.calibration(study).table
        inside = (table["predicted"] >= table["low"]) & (table["predicted"] <= table["high"])
        assert inside.sum() >= 7

    def test_nobody_can_be_told_apart_in_a_world_where_all_are_alike(self):
        rng = np.random.default_rng(5)
        days = pd.date_range("2025-01-01", "2025-11-30")
        rows = [
            (f"c{who:04d}", day + pd.Timedelta("9h"), 10.0)
            for who in range(600)
            for day in days[rng.random(len(days)) < 0.03]
        ]
        bought = as_changes(pd.DataFrame(rows, columns=["customer_id", "paid_at", "net_amount"]))
        cutoffs = churn.cutoffs(
            date(2025, 11, 30), horizon_days=HORIZON, first_day=date(2025, 1, 1)
        )
        found = churn.study(
            features_at(bought, cutoffs), bought, as_of=date(2025, 11, 30), horizon_days=HORIZON
        )
        tested = churn.backtest(found)
        assert tested.facts["auc"] == pytest.approx(0.5, abs=0.06)
        assert "beats_recency" not in {claim.key for claim in tested.claims}

    @pytest.mark.parametrize(("customers", "days"), [(1, 330), (60, 330), (700, 60)])
    def test_too_little_is_not_enough_and_says_what_would_be(self, customers, days):
        found = studied(customers=customers, days=days)[0]
        assert isinstance(found, NotEnoughData)
        for shown in (churn.exposure, churn.at_risk, churn.backtest, churn.calibration):
            assert shown(found) is found
        assert "500" in found.say(found.needs)

    def test_a_horizon_longer_than_the_past_can_test_is_not_enough_and_says_so(self):
        bought, as_of = simulated_buyers(2, customers=700, days=330, leaving=0.1)
        cutoffs = churn.cutoffs(as_of, horizon_days=150, first_day=bought["paid_at"].min().date())
        found = churn.study(features_at(bought, cutoffs), bought, as_of=as_of, horizon_days=150)
        assert isinstance(found, NotEnoughData)
        assert "Only 1 windows of 150 days" in found.say(found.because)

    def test_shuffling_the_rows_changes_nothing(self):
        one, bought, features = studied(customers=600)
        as_of = features["as_of"].max().date()
        two = churn.study(
            features.sample(frac=1, random_state=3),
            bought.sample(frac=1, random_state=4),
            as_of=as_of,
            horizon_days=HORIZON,
        )
        pd.testing.assert_frame_equal(one.scores, two.scores)


class TestAtRisk:
    def test_the_list_holds_only_active_customers_whose_risk_stands_out(self, study):
        found = churn.at_risk(study, list_size=10_000)
        table, limit = found.table, found.facts["high_risk"]
        assert limit >= 0.5
        assert (table["p_silent"] >= limit).all()
        assert (active_customers(study)["p_silent"] >= limit).sum() == len(table)
        assert (table["days_since"] < 91).all()
        assert table["value_at_risk"].is_monotonic_decreasing

    def test_the_reason_stands_beside_the_customer_where_a_phone_shows_it(self, study):
        assert list(churn.at_risk(study).columns)[:2] == ["customer_id", "reason"]

    def test_the_value_at_risk_is_what_would_be_spent_times_chance(self, study):
        table = churn.at_risk(study).table
        assert table["value_at_risk"].to_numpy() == pytest.approx(
            (table["usual_spend"] * table["p_silent"]).to_numpy()
        )

    def test_the_claims_are_about_all_and_the_table_about_the_most_valuable(self, study):
        short, whole = churn.at_risk(study, list_size=3), churn.at_risk(study, list_size=10_000)
        assert len(short.table) == 3
        assert short.facts["listed"] == len(whole.table)
        assert short.facts["shown_value"] == pytest.approx(
            whole.table["value_at_risk"].head(3).sum()
        )

    def test_where_most_buy_nothing_anyway_only_the_upper_half_of_the_rest_stands_out(self):
        assert high_risk_from({"last_silent": 70, "last_active": 100}) == pytest.approx(0.85)
        assert high_risk_from({"last_silent": 10, "last_active": 100}) == 0.5
        assert high_risk_from({"last_silent": 0, "last_active": 0}) == 0.5

    def test_each_reason_is_true_of_its_customer(self, study):
        everyone = active_customers(study)
        known = study.scores.set_index("customer_id").loc[everyone["customer_id"]]
        overdue = (everyone["reason"] == active.REASON_OVERDUE).to_numpy()
        late = (everyone["reason"] == active.REASON_LATE).to_numpy()
        assert overdue.any()
        assert (everyone["days_since"] > 2 * everyone["usual_gap"])[overdue].all()
        assert (everyone["days_since"] > everyone["usual_gap"])[late].all()
        new = (everyone["reason"] == active.REASON_NEW).to_numpy()
        assert (known["frequency"][new] == 0).all()

    def test_the_forecast_is_set_beside_what_came_true_in_the_newest_window(self, study):
        last = study.forecasts["cutoff"].max()
        then = study.forecasts[
            (study.forecasts["cutoff"] == last) & (study.forecasts["recipe"] == "recency")
        ]
        tile = churn.exposure(study).bundle().tiles[0]
        active = study.panel[
            (study.panel["cutoff"] == last) & (study.panel["days_since"] < ACTIVE_DAYS)
        ]
        came = then.set_index("customer_id")["churned"].reindex(active["customer_id"])
        # Shares: as many more customers as there are would be a change for the worse otherwise.
        assert tile.before == pytest.approx(came.astype(float).mean())
        assert tile.low <= tile.value <= tile.high <= 1
        assert "as it came true" in tile.against

    def test_the_bands_hold_every_active_customer_once(self, study):
        found = churn.exposure(study)
        assert found.table["customers"].sum() == found.facts["active"]
        assert found.table["value_at_risk"].sum() == pytest.approx(found.facts["value"])
        assert found.table["stands_out"].any()

    def test_the_coloured_bars_hold_those_who_stand_out_and_nobody_else(self, study):
        """High risk begins within a tenth here: the bar is cut there."""
        facts = study.facts | {"last_silent": 54, "last_active": 100}  # From 77%.
        found = churn.exposure(replace(study, facts=facts))
        risk = active_customers(study)["p_silent"]
        coloured = found.table[found.table["stands_out"]]
        assert coloured["customers"].sum() == (risk >= found.facts["high_risk"]).sum() > 0
        assert coloured["chance"].iloc[0].startswith("77%–")

    @pytest.mark.parametrize(
        ("worlds", "least"), [(1, 1), pytest.param(30, 26, marks=pytest.mark.slow)]
    )
    def test_the_interval_holds_what_came_true_in_most_worlds(self, worlds, least):
        hits = 0
        for seed in range(worlds):
            bought, as_of = simulated_buyers(seed, customers=600, days=360, leaving=0.15)
            asked = as_of - timedelta(days=HORIZON)
            before = bought[bought["paid_at"] < pd.Timestamp(asked) + pd.Timedelta(days=1)]
            cutoffs = churn.cutoffs(
                asked, horizon_days=HORIZON, first_day=before["paid_at"].min().date()
            )
            studied_then = churn.study(
                features_at(before, cutoffs), before, as_of=asked, horizon_days=HORIZON
            )
            found = churn.exposure(studied_then)
            later = bought.loc[
                bought["paid_at"] > pd.Timestamp(asked) + pd.Timedelta(days=1), "customer_id"
            ]
            silent = (~active_customers(studied_then)["customer_id"].isin(later)).sum()
            hits += found.facts["expected_low"] <= silent <= found.facts["expected_high"]
        assert hits >= least


class TestWords:
    @pytest.mark.parametrize("lang", ["en", "zh-CN"])
    def test_every_sentence_is_said_without_a_gap(self, study, lang):
        for shown in (churn.exposure, churn.at_risk, churn.backtest, churn.calibration):
            for claim in shown(study).claims:
                text = claim.text(lang)
                assert "nan" not in text
                assert "None" not in text
                assert "{" not in text
