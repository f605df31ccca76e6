import numpy as np
import pandas as pd
import pytest

from insights.errors import DataError, MissingColumns
from insights.models.lifetime import (
    BetaGeoBetaBinomial,
    BetaGeoNBD,
    GammaGamma,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    lifetime_value,
)
from tests.models.lifetime.worlds import amounts, occasions, pareto

# Weeks in a month as lifetimes has them, with which the reference was computed.
WEEKS = 4.345


@pytest.fixture(scope="module")
def money(cdnow):
    return GammaGamma().fit(cdnow)


@pytest.fixture(scope="module")
def purchases(cdnow):
    return BetaGeoNBD().fit(cdnow)


@pytest.fixture(scope="module")
def worth(purchases, money, cdnow):
    return lifetime_value(purchases, money, cdnow, units_per_month=WEEKS)


class TestLifetimeValue:
    def test_the_cdnow_customers_are_worth_what_is_published(self, worth):
        first = worth.table["value"].head(6).round(3).tolist()
        assert first == [36.278, 4.637, 8.344, 8.344, 8.344, 283.524]
        assert round(worth.total, 1) == 71_509.9
        assert worth.note == ""

    def test_it_is_the_sum_of_months_times_money(self, worth, purchases, money, cdnow):
        one = cdnow.head(1)
        bought = [purchases.expected_purchases(one, horizon=WEEKS * m)[0] for m in range(13)]
        by_hand = sum(
            step / 1.01**m for m, step in enumerate(np.diff(bought), start=1)
        ) * money.expected_amount(one)
        assert worth.table["value"].iloc[:1].to_numpy() == pytest.approx(by_hand)

    def test_a_margin_scales_and_a_discount_shrinks(self, worth, purchases, money, cdnow):
        half = lifetime_value(purchases, money, cdnow, units_per_month=WEEKS, margin=0.5)
        assert half.total == pytest.approx(worth.total / 2)
        assert half.total_low == pytest.approx(worth.total_low / 2)
        plain = lifetime_value(
            purchases, money, cdnow.head(9), units_per_month=WEEKS, monthly_discount=0
        )
        expected = purchases.expected_purchases(cdnow.head(9), horizon=12 * WEEKS)
        assert plain.table["purchases"].to_numpy() == pytest.approx(expected)
        assert (plain.table["value"] > worth.table["value"].head(9)).all()

    def test_a_weight_is_the_row_repeated(self, purchases, money, cdnow):
        few = cdnow.head(40)
        weights = np.arange(40) % 3
        by_weight = lifetime_value(purchases, money, few.assign(weight=weights))
        by_row = lifetime_value(purchases, money, few.loc[few.index.repeat(weights)])
        assert by_weight.total == pytest.approx(by_row.total)
        assert by_weight.total_high == pytest.approx(by_row.total_high, rel=1e-6)

    def test_intervals_hold_the_estimate_and_are_wider_at_more_confidence(
        self, worth, purchases, money, cdnow
    ):
        table = worth.table
        assert (table["low"] < table["value"]).all()
        assert (table["value"] < table["high"]).all()
        surer = lifetime_value(purchases, money, cdnow, units_per_month=WEEKS, confidence=0.99)
        assert surer.total_low < worth.total_low < worth.total < worth.total_high < surer.total_high

    def test_an_interval_agrees_with_draws_of_the_parameters(self, worth, purchases, money, cdnow):
        one = cdnow.iloc[[0]]
        draw = np.random.default_rng(0)
        values = []
        for _ in range(300):
            moved = []
            for model in (purchases, money):
                at = model._parameters
                of_logs = model.covariance_ / np.outer(at, at)
                moved.append(model._moved(at * np.exp(draw.multivariate_normal(at * 0, of_logs))))
            bought = moved[0].discounted_purchases(
                one, ends=WEEKS * np.arange(1, 13), factors=1.01 ** -np.arange(1.0, 13)
            )
            values.append(bought[0] * moved[1].expected_amount(one)[0])
        low, high = np.quantile(values, [0.025, 0.975])
        assert worth.table["low"].iloc[0] == pytest.approx(low, rel=0.05)
        assert worth.table["high"].iloc[0] == pytest.approx(high, rel=0.05)

    @pytest.mark.parametrize("seeds", [6, pytest.param(60, marks=pytest.mark.slow)])
    def test_the_true_value_of_all_lies_in_its_interval_over_seeds(self, seeds):
        covered, wrong = [], []
        truth = ParetoNBD()
        truth.r_, truth.alpha_, truth.s_, truth.beta_ = 0.8, 40.0, 0.9, 120.0
        for seed in range(seeds):
            world = pareto(3_000, seed=seed, grid=1.0)
            people = amounts(3_000, seed=seed)
            draw = np.random.default_rng(seed)
            x = world["frequency"].to_numpy()
            nu = 4.0 / people["true_mean"].to_numpy()
            world["mean_amount"] = draw.gamma(4.0 * np.maximum(x, 1)) / nu / np.maximum(x, 1)
            found = lifetime_value(ParetoNBD().fit(world), GammaGamma().fit(world), world)
            known = GammaGamma()
            known.p_, known.q_, known.v_ = 4.0, 3.5, 60.0
            exact = truth.discounted_purchases(
                world, ends=365.25 / 12 * np.arange(1, 13), factors=1.01 ** -np.arange(1.0, 13)
            ) @ known.expected_amount(world)
            covered.append(found.total_low < exact < found.total_high)
            wrong.append(found.total / exact - 1)
        assert np.mean(covered) >= (0.6 if seeds < 50 else 0.86)
        assert abs(np.mean(wrong)) < 0.05

    @pytest.mark.parametrize("kind", [ModifiedBetaGeoNBD, ParetoNBD])
    def test_every_purchase_model_serves(self, kind, money, cdnow, worth):
        other = lifetime_value(kind().fit(cdnow), money, cdnow, units_per_month=WEEKS)
        assert other.total == pytest.approx(worth.total, rel=0.15)

    def test_occasions_serve_where_a_month_is_one(self, money):
        world = occasions(500).assign(mean_amount=30.0)
        model = BetaGeoBetaBinomial().fit(world)
        found = lifetime_value(model, money, world, units_per_month=1)
        assert np.isfinite(found.table).all(axis=None)
        with pytest.raises(DataError, match="whole number of occasions"):
            lifetime_value(model, money, world, units_per_month=4.3)

    def test_what_the_fits_have_to_say_is_carried_along(self, money):
        world = pareto(1_000, s=0).assign(mean_amount=30.0)
        found = lifetime_value(ParetoNBD().fit(world), money, world)
        assert "No dropout is identifiable" in found.note
        unsure = np.isnan(found.total_low)
        assert unsure == ("No interval can be given" in found.note)

    def test_the_index_is_the_customers_own(self, purchases, money, cdnow):
        few = cdnow.head(3).set_axis(["ann", "bob", "eve"])
        assert lifetime_value(purchases, money, few).table.index.tolist() == ["ann", "bob", "eve"]

    @pytest.mark.parametrize(
        ("option", "complaint"),
        [
            ({"months": 0}, "1 month or more; found 0"),
            ({"monthly_discount": -0.1}, "0 or more; found -0.1"),
            ({"units_per_month": 0}, "more than 0 units"),
            ({"margin": 0}, "above 0; found 0"),
            ({"confidence": 1}, "between 0 and 1"),
        ],
    )
    def test_an_option_that_cannot_be_is_refused(self, purchases, money, cdnow, option, complaint):
        with pytest.raises(DataError, match=complaint):
            lifetime_value(purchases, money, cdnow.head(2), **option)

    def test_a_frame_without_money_is_refused_by_name(self, purchases, money):
        histories = pd.DataFrame({"frequency": [1], "recency": [1], "age": [2]})
        with pytest.raises(MissingColumns, match="lacks 'mean_amount'"):
            lifetime_value(purchases, money, histories)
