"""What a study can be asked beyond who and how many: horizon, drivers, drift, groups, card."""

import json
import sys
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from insights.analyses import churn
from insights.analyses.churn.backtest import PURCHASES, RULE, _auc_gains
from insights.analyses.churn.design import NAMES, Rhythm, design
from insights.analyses.churn.drift import psi
from insights.analyses.churn.explanation import concept_parts
from insights.analyses.churn.features import FEATURES, describe
from insights.analyses.churn.forecaster import SilenceForecaster
from insights.analyses.churn.panel import known_by
from insights.analyses.churn.recipe import MOST_ROWS, thinned, with_lifetime
from insights.analyses.churn.scoring import ScoringModel
from insights.errors import DataError, LeakageFound, MissingColumns, ParameterError
from insights.results import NotEnoughData
from tests.analyses.conftest import as_changes, features_at, purchases, simulated_buyers

HORIZON = 28
RULES = (RULE, PURCHASES)


def study_of(bought, as_of, *, horizon=HORIZON, **more):
    first = bought["paid_at"].min().date()
    days = churn.cutoffs(as_of, horizon_days=horizon, first_day=first)
    return churn.study(features_at(bought, days), bought, as_of=as_of, horizon_days=horizon, **more)


@pytest.fixture(scope="module")
def bought():
    return simulated_buyers(1, customers=700, days=330, leaving=0.15)


@pytest.fixture(scope="module")
def found(bought):
    return study_of(*bought, identified_share=0.8)


@pytest.fixture(scope="module")
def panel(found):
    return found.panel[found.panel["closed"]].reset_index(drop=True)


@pytest.fixture(scope="module")
def channels(found):
    who = found.scores["customer_id"]
    return pd.DataFrame(
        {
            "customer_id": who,
            "first_channel": np.where(who.str[-1].astype(int) < 5, "tmall", "store"),
            "first_on": pd.Timestamp("2025-02-01"),
        }
    )


def alike_world(seed):
    """A study of a world in which nothing known of customers tells them apart."""
    rng = np.random.default_rng(seed)
    days = pd.date_range("2025-01-01", "2025-11-30")
    rows = [
        (f"c{who:04d}", day + pd.Timedelta("9h"), 10.0)
        for who in range(600)
        for day in days[rng.random(len(days)) < 0.03]
    ]
    frame = as_changes(pd.DataFrame(rows, columns=["customer_id", "paid_at", "net_amount"]))
    return study_of(frame, date(2025, 11, 30))


@pytest.fixture(scope="module")
def alike():
    return alike_world(5)


class TestFeatures:
    def test_a_history_by_hand(self):
        bought = known_by(
            purchases(("a", "2025-01-01", 10), ("a", "2025-01-11", 20), ("a", "2025-03-01", 30)),
            date(2025, 3, 10),
        )
        row = describe(bought, date(2025, 3, 10)).loc["a"]
        assert row["frequency"] == 2
        assert (row["recency_days"], row["age_days"], row["days_since"]) == (59, 68, 9)
        assert (row["occasions_14"], row["occasions_56"], row["occasions_91"]) == (1, 1, 3)
        gaps = np.log([10, 49])
        assert row["gap_log_mean"] == pytest.approx(gaps.mean())
        assert row["gap_log_sd"] == pytest.approx(gaps.std())
        assert row["longest_gap"] == 49
        assert row["pace_28"] == pytest.approx(sum(np.exp(-np.array([68, 58, 9]) / 28)))
        assert (row["mean_amount"], row["total_amount"]) == (20, 60)

    def test_what_comes_after_the_day_is_not_seen(self):
        bought = known_by(purchases(("a", "2025-01-01"), ("a", "2025-03-01")), date(2025, 4, 1))
        assert describe(bought, date(2025, 2, 1)).loc["a", "frequency"] == 0

    def test_a_one_time_buyer_has_no_gap_and_nobody_gives_an_empty_frame(self):
        bought = known_by(purchases(("a", "2025-01-01")), date(2025, 4, 1))
        assert (
            describe(bought, date(2025, 2, 1))[["gap_log_mean", "longest_gap"]]
            .isna()
            .all(axis=None)
        )
        assert len(describe(bought.iloc[:0], date(2025, 2, 1))) == 0


class TestHorizon:
    @pytest.mark.parametrize(("gap", "expected"), [(7, 28), (40, 56), (75, 91)])
    def test_it_follows_the_rhythm_of_purchases(self, gap, expected):
        days = pd.date_range("2024-01-01", "2025-12-31", freq=f"{gap}D")
        rows = [(f"c{n}", f"{day:%Y-%m-%d}") for n in range(3) for day in days]
        chosen = churn.horizon(purchases(*rows), as_of=date(2025, 12, 31))
        assert chosen.days == expected
        assert chosen.usual_gap_days == gap
        assert not chosen.limited

    def test_a_history_too_short_for_the_rhythm_is_said(self):
        rows = [(f"c{n}", day) for n in range(3) for day in ("2025-01-01", "2025-07-01")]
        chosen = churn.horizon(purchases(*rows), as_of=date(2025, 8, 1))
        assert chosen.limited
        assert chosen.days == 28

    def test_it_can_be_asked_for(self):
        chosen = churn.horizon(
            purchases(("a", "2025-01-01")), as_of=date(2025, 8, 1), asked_days=60
        )
        assert (chosen.days, chosen.given) == (60, True)
        with pytest.raises(ParameterError, match="found -1"):
            churn.horizon(purchases(("a", "2025-01-01")), as_of=date(2025, 8, 1), asked_days=-1)

    def test_the_page_declares_it_with_its_base_rate(self, bought):
        changes, as_of = bought
        chosen = churn.horizon(changes, as_of=as_of, asked_days=HORIZON)
        days = churn.cutoffs(as_of, horizon_days=HORIZON, first_day=changes["paid_at"].min().date())
        made = churn.study(features_at(changes, days), changes, as_of=as_of, horizon_days=chosen)
        said = {c.key: c.text("en") for c in churn.exposure(made).claims}["horizon"]
        assert said.startswith("Silence is looked for over 28 days: 80% of the gaps")
        assert 0 < churn.exposure(made).facts["base_rate"] < 1

    def test_longer_horizons_learn_from_more_than_their_own_windows(self):
        days = churn.cutoffs(date(2025, 12, 31), horizon_days=91, first_day=date(2024, 1, 1))
        back = [(date(2025, 12, 31) - day).days for day in days]
        assert back[-1] == 0
        assert {91, 182, 273} < set(back)
        assert len(back) > 10

    def test_a_cut_off_before_the_data_is_refused(self):
        with pytest.raises(ParameterError, match="lies before the data"):
            churn.cutoffs(date(2024, 12, 31), horizon_days=28, first_day=date(2025, 1, 1))


class TestForecaster:
    def test_it_is_an_estimator_as_scikit_learn_has_it(self):
        model = SilenceForecaster(tight=0.01)
        assert clone(model).get_params() == model.get_params()

    def test_the_parts_add_up_to_the_log_odds(self, found):
        parts = found.forecaster.contributions(found.scores).sum(axis=1)
        whole = found.forecaster.decision_function(found.scores)
        assert np.ptp(whole - parts) == pytest.approx(0, abs=1e-9)

    def test_it_is_the_average_of_its_three_members(self, panel):
        """With all weight on the purchase model, the forecast is that model's own."""
        alone = SilenceForecaster(purchase_weight=1.0).fit(panel, panel["churned"])
        own = np.clip(panel["mbg_buys"], 1e-4, 1 - 1e-4)
        assert alone.predict_proba(panel)[:, 0] == pytest.approx(own.to_numpy())

    def test_what_was_the_same_for_all_in_training_tells_nothing_later(self, panel):
        """Where nobody had left yet, P(alive) is 1 but for rounding; later it is not."""
        rounding = 1 - np.random.default_rng(0).uniform(0, 1e-12, len(panel))
        before = panel.assign(bg_alive=rounding, mbg_alive=rounding)
        model = SilenceForecaster().fit(before, panel["churned"], purchases=panel["purchases"])
        usual = model.predict_proba(before)[:, 1]
        later = model.predict_proba(panel.assign(bg_alive=0.4, mbg_alive=0.4))[:, 1]
        assert np.abs(later - usual).max() < 0.05
        assert np.isfinite(model.expected_purchases(panel.assign(bg_alive=0.4))).all()

    def test_plain_numbers_forecast_the_same(self, found):
        plain = json.loads(json.dumps(found.forecaster.to_plain()))
        again = SilenceForecaster.from_plain(plain)
        assert again.predict_proba(found.scores) == pytest.approx(
            found.forecaster.predict_proba(found.scores)
        )
        assert again.expected_purchases(found.scores) == pytest.approx(
            found.forecaster.expected_purchases(found.scores)
        )

    def test_numbers_of_another_design_are_refused(self, found):
        plain = found.forecaster.to_plain() | {"design": ["other"]}
        with pytest.raises(DataError, match="other features"):
            SilenceForecaster.from_plain(plain)

    @pytest.mark.parametrize("all_silent", [True, False])
    def test_nothing_to_tell_apart_is_refused(self, panel, all_silent):
        with pytest.raises(DataError, match="nothing to tell apart"):
            SilenceForecaster().fit(panel, np.full(len(panel), all_silent))

    def test_a_hole_in_a_feature_is_refused_by_name(self, panel):
        holed = panel.assign(pace_28=panel["pace_28"].where(panel.index != 3))
        with pytest.raises(DataError, match=r"'pace_28' is missing or infinite in 1 of"):
            SilenceForecaster().fit(holed, panel["churned"])

    def test_a_missing_feature_is_refused_by_name(self, panel):
        with pytest.raises(MissingColumns, match="pace_182"):
            design(panel.drop(columns="pace_182"), Rhythm(3.0, 1.0))

    def test_negative_and_zero_amounts_are_no_number_that_breaks_it(self, panel):
        odd = panel.assign(total_amount=-5.0, mean_amount=0.0, amount_91=-1.0)
        assert np.isfinite(SilenceForecaster().fit(odd, panel["churned"]).predict_proba(odd)).all()

    def test_the_expected_purchases_are_near_what_came(self, found):
        closed = found.panel[found.panel["closed"]]
        expected = found.forecaster.expected_purchases(closed)
        assert expected.sum() == pytest.approx(closed["purchases"].sum(), rel=0.05)

    def test_a_great_panel_is_thinned_by_whole_customers_and_always_the_same(self):
        rows = pd.DataFrame({"customer_id": np.repeat([f"c{n}" for n in range(100_000)], 2)})
        kept = thinned(rows)
        assert len(kept) == pytest.approx(MOST_ROWS, rel=0.02)
        assert (kept["customer_id"].value_counts() == 2).all()
        assert thinned(rows).equals(kept)


class TestOwnModels:
    def test_any_estimator_stands_in_the_same_table(self, found):
        mine = make_pipeline(StandardScaler(), LogisticRegression())
        table = churn.backtest(found, models={"mine": mine}).table
        assert set(table["recipe"]) == {"recency", "bgnbd", "rfm", "ensemble", "mine"}
        rows = table[table["recipe"] == "mine"]
        assert len(rows) == found.facts["tests"]
        assert (rows["auc"] > 0.6).all()

    def test_it_is_fitted_on_what_had_closed_and_given_the_design_by_name(self, found):
        seen = []

        class Watching(DummyClassifier):
            def fit(self, known, churned):
                seen.append((list(known.columns), len(known)))
                return super().fit(known, churned)

        churn.backtest(found, models={"watching": Watching()})
        assert all(columns == list(NAMES) for columns, _rows in seen)
        sizes = [rows for _columns, rows in seen]
        assert sizes == sorted(sizes)  # Later cut-offs know more.

    def test_what_is_no_classifier_or_has_our_name_is_refused(self, found):
        with pytest.raises(ParameterError, match="no fit and predict_proba"):
            churn.backtest(found, models={"mine": object()})
        with pytest.raises(ParameterError, match="a forecast of ours"):
            churn.backtest(found, models={"bgnbd": LogisticRegression()})


class TestAgainstRules:
    def test_a_forecast_that_ranks_worse_than_the_rule_is_called_worse(self, found):
        forecasts = found.forecasts.copy()
        best = forecasts["recipe"] == "ensemble"
        forecasts.loc[best, "forecast"] = 1 - forecasts.loc[best, "forecast"]
        shown = churn.backtest(replace(found, forecasts=forecasts))
        said = {claim.key: claim.text("en") for claim in shown.claims}
        assert said["worse_than_recency"].startswith("It ranks worse than the recency rule")
        assert "no_better_than_bgnbd" in said

    def test_intervals_against_two_rivals_hold_together(self, found):
        one, both = _auc_gains(found.forecasts, ["recency"]), _auc_gains(found.forecasts, RULES)
        assert both[0][0] < one[0][0] < one[0][1] < both[0][1]


class TestExplain:
    def test_the_latest_study_is_asked_where_none_is_given(self, found):
        sys.modules["insights.analyses.churn.study"]._Latest.study = found
        who = found.scores["customer_id"].iloc[0]
        assert churn.explain(who).facts == found.explain(who).facts

    def test_the_parts_tell_the_forecast_from_the_average_one(self, found):
        active = found.scores[found.scores["days_since"] < 91]
        parts = concept_parts(found, active)
        whole = found.forecaster.decision_function(active)
        assert parts.sum(axis=1).to_numpy() == pytest.approx(whole - whole.mean())

    def test_a_stranger_is_refused_without_naming_another(self, found):
        with pytest.raises(ParameterError, match="No customer of that id") as refused:
            churn.explain("nobody", found)
        assert "c0" not in str(refused.value)

    @pytest.mark.parametrize("lang", ["en", "zh-CN"])
    def test_it_speaks(self, found, lang):
        said = [claim.text(lang) for claim in churn.explain("c00001", found).claims]
        assert len(said) == 2
        assert not any("{" in text or "nan" in text for text in said)


class TestIdentity:
    @pytest.mark.parametrize("shown", [churn.exposure, churn.at_risk, churn.backtest, churn.card])
    def test_who_moved_to_a_shop_that_cannot_be_linked_is_not_called_lost(self, found, shown):
        said = [shown(found).say(text) for text in shown(found).caveats]
        assert any(text.startswith("80% of net sales belong to known") for text in said)

    def test_it_stands_beside_one_customers_chance_too(self, found):
        shown = found.explain("c00001")
        assert shown.facts["identified"] == 0.8
        assert any("80% of net sales belong to known" in shown.say(text) for text in shown.caveats)

    def test_the_share_is_of_the_newest_year_and_unknown_where_nothing_was_sold(self):
        sales = pd.DataFrame(
            {
                "month_on": ["2023-01-01", "2025-01-01", "2025-02-01"],
                "net_amount": [100.0, 60.0, 40.0],
                "known_amount": [100.0, 30.0, 20.0],
            }
        )
        assert churn.identified_share(sales) == 0.5
        assert churn.identified_share(sales.assign(net_amount=0.0)) is None


class TestDrivers:
    def test_how_often_and_how_lately_somebody_buys_matters(self, found):
        shown = churn.drivers(found)
        assert shown.facts["matter"] >= 1
        assert shown.headline.key == "what_matters"

    def test_where_all_are_alike_nothing_matters_and_the_page_says_so(self, alike):
        shown = churn.drivers(alike)
        assert shown.facts["matter"] == 0
        assert shown.headline.key == "nothing_matters"
        assert "Nothing that is known" in shown.headline.text("en")

    @pytest.mark.slow
    def test_where_all_are_alike_something_is_claimed_no_oftener_than_it_should(self):
        alarms = sum(churn.drivers(alike_world(seed)).facts["matter"] > 0 for seed in range(20))
        assert alarms <= 4  # At 5%, five of twenty come once in four hundred times.


class TestDrift:
    def test_the_same_population_has_no_shift_and_another_a_strong_one(self):
        rng = np.random.default_rng(0)
        one, two = pd.Series(rng.normal(size=5000)), pd.Series(rng.normal(size=5000))
        assert psi(one, two) < 0.02
        assert psi(one, two + 1) > 0.25
        assert psi(pd.Series([0.0] * 99 + [1.0]), pd.Series([0.0] * 50)) < 0.1

    def test_a_brand_that_stays_itself_is_said_to(self, found):
        shown = churn.drift(found)
        assert len(shown.table) == shown.facts["features"]
        assert shown.headline.key in {"no_drift", "drifted"}
        assert (shown.headline.key == "drifted") == (shown.table["psi"] > 0.25).any()


class TestGroups:
    def test_groups_by_lot_are_not_off(self, found, channels):
        shown = churn.groups(found, channels)
        assert set(shown.table["kind"]) == {"channel", "cohort"}
        totals = shown.table.groupby("kind")["actual"].sum()
        assert totals["channel"] == totals["cohort"] == churn.backtest(found).facts["actual"]

    def test_a_group_that_behaves_otherwise_is_found(self, found, channels):
        """Whoever came back is put into one channel: there the forecast must look too dark."""
        best = found.forecasts[found.forecasts["recipe"] == "ensemble"]
        back = best.groupby("customer_id")["churned"].mean() < 0.5
        split = np.where(channels["customer_id"].map(back).fillna(False), "jd", "store")
        shown = churn.groups(found, channels.assign(first_channel=split))
        assert shown.headline.key == "off_somewhere"
        assert shown.table.set_index("group").loc["JD", "ratio"] > 1

    def test_a_frame_without_a_column_is_refused(self, found, channels):
        with pytest.raises(MissingColumns, match="first_on"):
            churn.groups(found, channels.drop(columns="first_on"))

    def test_groups_can_be_those_of_a_saved_segment(self, found, channels):
        named = channels.assign(segment=np.where(channels["first_channel"] == "store", "vip", "-"))
        own = churn.groups(found, named[["customer_id", "segment"]], by="segment")
        usual = churn.groups(found, channels)
        assert set(own.table["group"]) == {"vip", "-"}
        assert own.table["predicted"].sum() == pytest.approx(
            usual.table.loc[usual.table["kind"] == "channel", "predicted"].sum()
        )
        assert "groups" in own.claims[0].text("en")
        with pytest.raises(DataError, match=r"no 'segmet' .*Did you mean 'segment'"):
            churn.groups(found, named, by="segmet")
        segment = named.loc[named["segment"] == "vip", ["customer_id", "segment"]]
        same = churn.groups(found, channels, by=segment)
        assert set(same.table["group"]) == {"vip", "others"}

    def test_groups_too_small_to_judge_are_not_enough(self, found, channels):
        alone = channels.assign(first_channel=channels["customer_id"], first_on=pd.NaT)
        assert isinstance(churn.groups(found, alone), NotEnoughData)


class TestCardAndScores:
    def test_the_card_has_window_versions_features_quality_and_limits(self, found):
        plain = json.loads(churn.card(found, versions={"orders": 3}).file().text)
        assert plain["table_versions"] == {"orders": 3}
        assert plain["features"] == list(NAMES)
        assert len(plain["quality"]) == found.facts["tests"]
        assert plain["learned_from"]["last_cutoff"] < plain["as_of"]
        assert any("80%" in limit for limit in plain["limits"])

    def test_the_model_in_the_card_scores_as_the_study_did(self, found):
        model = ScoringModel.from_card(churn.card(found).file().text)
        assert model.to_plain() == ScoringModel.of(found).to_plain()
        scores = model.score(found.scores[["customer_id", *FEATURES]])
        assert scores["forecast"].to_numpy() == pytest.approx(found.scores["forecast"].to_numpy())
        assert scores["expected"].to_numpy() == pytest.approx(found.scores["expected"].to_numpy())

    def test_the_card_travels_with_the_result_to_the_page(self, found):
        carried = churn.card(found).bundle().file
        assert carried.name == "model-card-silence.json"
        assert ScoringModel.from_card(carried.text).horizon_days == HORIZON

    def test_a_stream_gives_the_same_batch_by_batch(self, found):
        model = ScoringModel.of(found)
        table = pa.Table.from_pandas(found.scores[["customer_id", *FEATURES]])
        parts = list(model.stream(table.to_batches(max_chunksize=100)))
        assert len(parts) == -(-len(found.scores) // 100)
        together = pd.concat(parts)["forecast"].to_numpy()
        assert together == pytest.approx(found.scores["forecast"].to_numpy())

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"card_format": 2, "model": {}}'])
    def test_what_is_no_card_is_refused(self, text):
        with pytest.raises(DataError, match="not a model card"):
            ScoringModel.from_card(text)

    @pytest.mark.parametrize("plain", [{}, {"purchase_models": 3}])
    def test_the_card_of_another_model_is_refused(self, plain):
        with pytest.raises(DataError, match="not the parameters of a churn model"):
            ScoringModel.from_card(json.dumps({"card_format": 1, "model": plain}))


class TestBadInput:
    def test_no_repeat_buyers(self):
        days = pd.date_range("2025-01-01", "2025-12-31", periods=700)
        bought = purchases(*[(f"c{n}", f"{day:%Y-%m-%d}") for n, day in enumerate(days)])
        refused = study_of(bought, date(2025, 12, 31))
        assert isinstance(refused, NotEnoughData)
        assert "0 customers with a third purchase" in refused.say(refused.because)

    def test_one_month_of_data(self):
        bought, as_of = simulated_buyers(3, customers=900, days=30)
        refused = study_of(bought, as_of)
        assert isinstance(refused, NotEnoughData)
        assert "180 days" in refused.say(refused.needs)

    def test_a_horizon_longer_than_the_history(self, bought):
        refused = study_of(*bought, horizon=400)
        assert isinstance(refused, NotEnoughData)
        assert "Only 0 windows of 400 days" in refused.say(refused.because)

    def test_all_customers_lost(self):
        bought, _ = simulated_buyers(3, customers=700, days=200)
        refused = study_of(bought, bought["paid_at"].max().date() + pd.Timedelta(days=300))
        assert isinstance(refused, NotEnoughData) or churn.exposure(refused).claims == ()

    def test_everybody_always_comes_back(self):
        days = pd.date_range("2025-01-01", "2025-12-31", freq="7D")
        rows = [(f"c{n:03d}", f"{day:%Y-%m-%d}") for n in range(510) for day in days]
        refused = study_of(purchases(*rows), date(2025, 12, 31))
        assert isinstance(refused, NotEnoughData)

    def test_duplicated_orders_change_nothing_but_money(self, bought):
        changes, as_of = bought
        doubled = pd.concat([changes, changes.assign(order_id=changes["order_id"] + "b")])
        once, twice = (
            describe(known_by(frame, as_of), as_of).sort_index() for frame in (changes, doubled)
        )
        counts = [name for name in FEATURES if "amount" not in name]
        pd.testing.assert_frame_equal(once[counts], twice[counts])

    def test_orders_of_zero_or_less_are_no_purchase(self):
        frame = purchases(("a", "2025-01-01", 0.0), ("b", "2025-01-01", -3.0), ("c", "2025-01-01"))
        assert set(known_by(frame, date(2025, 2, 1))["customer_id"]) == {"c"}

    def test_features_with_holes_are_refused_before_anything_is_said(self, bought):
        changes, as_of = bought
        days = churn.cutoffs(as_of, horizon_days=HORIZON, first_day=changes["paid_at"].min().date())
        holed = features_at(changes, days)
        holed.loc[3, "frequency"] = np.nan
        with pytest.raises(LeakageFound, match="frequency"):
            churn.study(holed, changes, as_of=as_of, horizon_days=HORIZON)

    def test_cut_offs_without_repeat_buyers_are_left_out_of_the_panel(self):
        panel = pd.DataFrame(
            {
                "cutoff": pd.to_datetime(["2025-01-01"] * 2),
                "frequency": [0, 0],
                "recency_days": [0, 0],
                "age_days": [3, 5],
            }
        )
        with pytest.raises(DataError, match="anybody bought twice"):
            with_lifetime(panel, horizon_days=28)
