"""Studies of a sample that count everybody, and customers who have fallen silent."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from insights.analyses import churn
from insights.analyses.churn import everyone as module
from insights.analyses.churn.active import active_customers
from insights.analyses.churn.features import FEATURES
from insights.analyses.churn.recipe import with_models
from insights.analyses.churn.scoring import features_of
from insights.errors import MissingColumns, ParameterError
from insights.results import NotEnoughData
from insights.wording import say
from tests.analyses.conftest import features_at, simulated_buyers

HORIZON = 28


def study_of(bought, as_of, **more):
    first = bought["paid_at"].min().date()
    days = churn.cutoffs(as_of, horizon_days=HORIZON, first_day=first)
    return churn.study(features_at(bought, days), bought, as_of=as_of, horizon_days=HORIZON, **more)


@pytest.fixture(scope="module")
def world():
    return simulated_buyers(7, customers=1500, days=400, leaving=0.2)


@pytest.fixture(scope="module")
def whole(world):
    return study_of(*world)


@pytest.fixture(scope="module")
def batches(whole):
    """The mart as an engine streams it: whole numbers as they are, sums of money as decimals."""
    rows = whole.scores[["customer_id", *FEATURES, "cutoff"]].sample(frac=1, random_state=1)
    table = pa.Table.from_pandas(rows, preserve_index=False)
    money = pa.array([Decimal(f"{v:.2f}") for v in rows["total_amount"]], pa.decimal128(38, 2))
    at = table.schema.get_field_index("total_amount")
    return table.set_column(at, "total_amount", money).to_batches(max_chunksize=400)


@pytest.fixture(scope="module")
def sampled(world):
    bought, as_of = world
    drawn = bought[bought["customer_id"].str[-1].astype(int) < 6]
    return study_of(drawn, as_of, share=0.6)


def by_id(frame):
    return frame.sort_values("customer_id", ignore_index=True)


class TestEveryone:
    def test_the_stream_says_of_each_customer_what_the_study_says(self, whole, batches):
        streamed = churn.for_everyone(whole, batches)
        assert streamed.everyone is not None
        for told, streamed_one in (
            (active_customers(whole), streamed.everyone.active),
            (churn.lapsed_customers(whole), streamed.everyone.lapsed),
        ):
            mine = by_id(streamed_one.astype({"reason": object}))
            pd.testing.assert_frame_equal(
                mine.drop(columns="valuable", errors="ignore"),
                by_id(told).drop(columns="valuable", errors="ignore"),
                check_dtype=False,
            )
        assert streamed.everyone.customers == streamed.everyone.scored == len(whole.scores)

    def test_whatever_comes_in_one_batch_or_in_many_adds_up_to_the_same(self, whole, batches):
        many = churn.for_everyone(whole, batches).everyone
        one = churn.for_everyone(whole, [pa.Table.from_batches(batches).combine_chunks()
                                         .to_batches()[0]]).everyone  # fmt: skip
        pd.testing.assert_frame_equal(many.bands, one.bands)
        assert len(many.active) == len(one.active)

    def test_a_study_of_everybody_is_left_as_it_is(self, whole):
        assert churn.for_everyone(whole, None) is whole

    def test_a_refusal_is_handed_on(self, hand):
        refused = study_of(hand(("a", "2025-03-01")), pd.Timestamp("2025-03-30").date())
        assert isinstance(refused, NotEnoughData)
        assert churn.for_everyone(refused, []) is refused

    def test_a_sample_counts_all_and_says_what_it_learned_from(self, sampled, batches, whole):
        found = churn.for_everyone(sampled, batches)
        page = churn.exposure(found)
        assert page.facts["active"] == (whole.scores["days_since"] < 91).sum()
        assert page.facts["expected"] == pytest.approx(
            churn.exposure(whole).facts["expected"], rel=0.05
        )
        [check] = page.checks
        assert check.passed
        assert check.facts["known"] == len(whole.scores)
        [said] = [text for text in page.caveats if "drawn by lot" in text]
        assert say(said, page.facts, "en").startswith("Learned and judged on ")
        assert "60%" in say(said, page.facts, "en")
        # What came true is known of the sample only, and is not set beside a forecast for all.
        [tile] = [tile for tile in page.tiles if tile.key == "expected_silent"]
        assert tile.before is None

    def test_a_customer_outside_the_sample_is_explained_from_the_mart(self, sampled, whole):
        """Whoever bought has bought, also where the study has not seen them."""
        outside = whole.scores[~whole.scores["customer_id"].isin(sampled.scores["customer_id"])]
        who = outside["customer_id"].iloc[0]
        with pytest.raises(ParameterError, match=r"not among the .* of the sample .*Give features"):
            churn.explain(who, sampled)
        mart = whole.scores[["customer_id", *FEATURES]].assign(as_of=pd.Timestamp(sampled.as_of))
        found = churn.explain(who, sampled, features=mart)
        row = with_models(
            mart[mart["customer_id"] == who], sampled.purchase_models, horizon_days=HORIZON
        )
        assert found.facts["chance"] == sampled.forecaster.predict_proba(row)[0, 1]
        assert found.facts["since"] == outside["days_since"].iloc[0]
        with pytest.raises(ParameterError, match="No customer of that id had bought"):
            churn.explain("nobody", sampled, features=mart)

    def test_a_sample_alone_says_that_its_counts_are_a_samples(self, sampled):
        page = churn.exposure(sampled)
        assert any("counts are those of the sample" in text for text in page.caveats)
        totals = churn.backtest(sampled).claims[0]
        assert "of a sample by lot" in totals.text("en")

    def test_the_lapsed_kept_are_those_with_the_most_to_be_won(self, whole, batches, monkeypatch):
        monkeypatch.setattr(module, "MOST_LAPSED", 20)
        kept = churn.for_everyone(whole, batches).everyone
        best = churn.lapsed_customers(whole)["value_at_risk"].nlargest(20)
        assert sorted(kept.lapsed["value_at_risk"]) == pytest.approx(sorted(best))
        assert kept.bands["customers"].sum() == len(churn.lapsed_customers(whole))

    def test_a_missing_feature_is_refused_by_name(self):
        batch = pa.RecordBatch.from_pydict({"customer_id": ["a"], "frequency": [1]})
        with pytest.raises(MissingColumns, match="days_since"):
            features_of(batch)


class TestLapsed:
    def test_everybody_silent_for_91_days_is_in_one_band(self, whole):
        found = churn.lapsed(whole)
        assert found.table["customers"].sum() == (whole.scores["days_since"] >= 91).sum()
        assert found.facts["lapsed"] == len(churn.lapsed_customers(whole))

    def test_the_longer_silent_the_less_likely_still_there(self, whole):
        there = churn.lapsed(whole).table["there"]
        assert there.is_monotonic_decreasing
        assert there.between(0, 1).all()

    def test_who_came_back_is_counted_by_hand(self, whole):
        best = whole.forecasts[whole.forecasts["recipe"] == "ensemble"]
        last = best["cutoff"].max()
        panel = whole.panel[(whole.panel["cutoff"] == last) & (whole.panel["days_since"] >= 91)]
        facts = churn.lapsed(whole).facts
        assert facts["then"] == len(panel)
        assert facts["came"] == int((panel["purchases"] > 0).sum())
        assert facts["back_low"] <= facts["back"] <= facts["back_high"]

    def test_on_a_planted_world_as_many_come_back_as_was_predicted(self, whole):
        [check] = churn.lapsed(whole).checks
        assert check.passed

    def test_what_is_to_be_won_is_neither_who_comes_anyway_nor_who_is_gone(self, whole):
        rows = churn.lapsed_customers(whole).set_index("customer_id")
        scores = whole.scores.set_index("customer_id").loc[rows.index]
        back = 1 - scores["forecast"]
        waiting = np.maximum(scores["mbg_alive"] - back, 0)
        usual = whole.usual_amount.expected(scores)
        assert (rows["value_at_risk"] - usual * waiting).abs().max() < 1e-9
        assert (rows["value_at_risk"] <= rows["usual_spend"] + 1e-9).all()

    def test_a_brand_without_lapsed_customers_is_told_so(self, whole):
        fresh = replace(whole, scores=whole.scores[whole.scores["days_since"] < 91])
        found = churn.lapsed(fresh)
        assert isinstance(found, NotEnoughData)
        assert say(found.because, found.facts, "en").startswith("0 customers are silent")

    @pytest.mark.parametrize("lang", ["en", "zh-CN"])
    def test_it_speaks(self, whole, lang):
        found = churn.lapsed(whole)
        for claim in found.claims:
            assert "{" not in claim.text(lang)
        for text in found.caveats:
            assert "{" not in say(text, found.facts, lang)
        found.plot()
