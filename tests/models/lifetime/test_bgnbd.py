from datetime import date

import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.special import hyp2f1
from sklearn.base import clone

from insights.errors import DataError
from insights.models.lifetime import BetaGeoNBD, customer_days
from insights.models.lifetime.cells import reduce
from insights.models.lifetime.customers import read_customers
from insights.models.lifetime.fitted import bounded_interval
from tests.models.lifetime.worlds import geometric


@pytest.fixture(scope="module")
def fitted(cdnow):
    return BetaGeoNBD().fit(cdnow)


def as_published(model, *, within=0.0):
    """Hold the fit to the digits printed; `within` is what rounded recencies may do to the last."""
    half = 0.5e-4 + within
    found = [model.r_, model.alpha_, model.a_, model.b_]
    assert found == pytest.approx([0.2426, 4.4135, 0.7929, 2.4258], abs=half)
    assert model.log_likelihood_ == pytest.approx(-9582.43, abs=0.005)
    expected = model.expected_purchases([2], [30.43], [38.86], horizon=39)[0]
    assert expected == pytest.approx(1.2259, abs=0.5e-4)


class TestPublishedValues:
    def test_the_cdnow_summary_gives_the_published_fit(self, fitted):
        as_published(fitted)

    def test_the_cdnow_orders_give_the_printed_digits(self, cdnow_orders):
        histories = customer_days(
            cdnow_orders["customer_id"],
            cdnow_orders["date"],
            end=date(1997, 9, 30),
            days_per_unit=7,
        )
        model = BetaGeoNBD().fit(histories)
        assert len(histories) == 2357
        # The published parameters come from recencies rounded to 0.01 weeks.
        as_published(model, within=1e-4)


class TestFit:
    def test_the_gradient_is_the_slope_of_the_likelihood(self, cdnow):
        cells = reduce(read_customers(cdnow))
        likelihood = BetaGeoNBD()._likelihood(cells)
        for point in ([0.3, 0.1, 0.9, 2.0], [2.0, 3.0, 0.05, 0.4]):
            wrong = check_grad(lambda p: likelihood(p)[0], lambda p: likelihood(p)[1], point)
            assert wrong < 1e-5 * np.abs(likelihood(np.array(point))[1]).max()

    def test_recovers_the_planted_parameters_within_their_errors(self):
        model = BetaGeoNBD().fit(geometric(30_000))
        found = np.array([model.r_, model.alpha_, model.a_, model.b_])
        errors = np.array(list(model.standard_errors_.values()))
        z = (found - [0.6, 60.0, 0.8, 2.5]) / errors
        assert np.abs(z).max() < 3
        assert (errors / found).max() < 0.25

    @pytest.mark.parametrize("seeds", [25, pytest.param(200, marks=pytest.mark.slow)])
    def test_planted_parameters_lie_in_their_95_intervals_over_seeds(self, seeds):
        truth = np.array([0.6, 60.0, 0.8, 2.5])
        covered = []
        for seed in range(seeds):
            model = BetaGeoNBD().fit(geometric(5_000, seed=seed))
            # On the logarithm, where the estimates are nearly normal.
            found = np.array([model.r_, model.alpha_, model.a_, model.b_])
            errors = np.array(list(model.standard_errors_.values())) / found
            covered.append(np.abs(np.log(found / truth)) < 1.96 * errors)
        assert np.mean(covered, axis=0).min() >= (0.84 if seeds < 100 else 0.91)

    def test_a_weight_is_the_row_repeated(self):
        histories = geometric(400, grid=1.0)
        weights = np.random.default_rng(1).integers(0, 4, len(histories))
        by_weight = BetaGeoNBD().fit(histories, weights=weights)
        by_row = BetaGeoNBD().fit(histories.loc[histories.index.repeat(weights)])
        assert by_weight.log_likelihood_ == pytest.approx(by_row.log_likelihood_)
        assert by_weight.alpha_ == pytest.approx(by_row.alpha_, rel=1e-4)

    def test_the_unit_of_time_moves_alpha_alone(self):
        histories = geometric(2_000, grid=1.0)
        weeks = histories.assign(recency=histories["recency"] / 7, age=histories["age"] / 7)
        by_day, by_week = BetaGeoNBD().fit(histories), BetaGeoNBD().fit(weeks)
        assert by_week.alpha_ * 7 == pytest.approx(by_day.alpha_, rel=1e-4)
        assert by_week.b_ == pytest.approx(by_day.b_, rel=1e-3)
        errors = by_day.standard_errors_, by_week.standard_errors_
        assert errors[1]["alpha"] * 7 == pytest.approx(errors[0]["alpha"], rel=1e-3)

    def test_a_world_that_nobody_leaves_is_said_to_be_one(self):
        model = BetaGeoNBD().fit(geometric(3_000, a=0, b=1))
        assert not model.dropout_identified_
        assert "No dropout is identifiable" in model.note_

    def test_leaving_is_seen_where_there_is_some(self, fitted):
        assert fitted.dropout_identified_
        assert fitted.note_ == ""

    def test_one_time_buyers_alone_are_refused(self):
        with pytest.raises(DataError, match="None of 2 customers bought a second time"):
            BetaGeoNBD().fit([0, 0], [0, 0], [5, 9])

    def test_customers_of_no_age_are_refused(self):
        with pytest.raises(DataError, match="first bought on the last day"):
            BetaGeoNBD().fit([1, 0], [0, 0], [0, 0])

    @pytest.mark.parametrize(
        "history", [([1], [2.0], [5.0]), ([1, 0], [0.0, 0.0], [0.0, 3.0]), ([900], [364], [365])]
    )
    def test_next_to_nothing_is_fitted_or_refused_and_never_nan(self, history):
        try:
            model = BetaGeoNBD().fit(*history)
        except DataError:
            return
        assert np.isfinite([model.r_, model.alpha_, model.a_, model.b_]).all()
        assert np.isfinite(model.expected_purchases(*history, horizon=30)).all()

    def test_it_clones_like_any_estimator(self, fitted):
        assert not hasattr(clone(fitted), "r_")


class TestAnswers:
    def test_every_one_time_buyer_is_alive_by_construction(self, fitted):
        assert fitted.p_alive([0, 0], [0, 0], [1, 3800]).tolist() == [1, 1]

    def test_a_long_silence_of_a_frequent_buyer_means_gone(self, fitted):
        alive = fitted.p_alive([10, 10], [20, 38], [39, 39])
        assert alive[0] < 0.05
        assert alive[1] > 0.8

    def test_ten_thousand_silent_days_do_not_overflow(self, fitted):
        assert fitted.p_alive([2_000], [1.0], [10_000.0])[0] == pytest.approx(0, abs=1e-12)

    def test_buying_again_is_less_likely_than_being_alive(self, fitted, cdnow):
        soon = fitted.p_buy(cdnow, horizon=4)
        later = fitted.p_buy(cdnow, horizon=400)
        alive = fitted.p_alive(cdnow)
        assert (soon < later).all()
        assert (later <= alive).all()
        assert fitted.p_buy(cdnow, horizon=0).max() == 0

    def test_expected_purchases_agree_with_the_closed_form(self, fitted):
        r, alpha, a, b = fitted.r_, fitted.alpha_, fitted.a_, fitted.b_
        x, recency, age, t = np.array([0, 2, 25]), np.array([0, 30, 38]), np.full(3, 39), 39
        z = t / (alpha + age + t)
        above = (1 - (1 - z) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)) * (a + b + x - 1)
        closed = above / (a - 1) * fitted.p_alive(x, recency, age)
        assert fitted.expected_purchases(x, recency, age, horizon=t) == pytest.approx(closed)

    @pytest.mark.parametrize("a", [1e-9, 1e-4, 1.0, 30.0])
    def test_expected_purchases_have_no_singular_point(self, a):
        model = BetaGeoNBD()
        model.r_, model.alpha_, model.a_, model.b_ = 0.5, 10.0, a, 2.0
        found = model.expected_purchases([0, 5, 1500], [0, 50, 90], [100, 100, 100], horizon=50)
        loyal = (0.5 + np.array([0, 5, 1500])) * 50 / 110
        assert np.isfinite(found).all()
        assert (found <= loyal).all()
        if a < 1e-3:
            assert found[0] == pytest.approx(loyal[0], rel=1e-3)

    def test_expected_purchases_come_true_in_the_model_s_own_world(self):
        # One world seen twice, 100 days apart.
        world = geometric(20_000, seed=3, until=100)
        model = BetaGeoNBD().fit(world)
        expected = model.expected_purchases(world, horizon=100)
        bought = model.p_buy(world, horizon=100)
        assert expected.sum() == pytest.approx(world["bought"].sum(), rel=0.04)
        assert bought.sum() == pytest.approx((world["bought"] > 0).sum(), rel=0.04)

    def test_a_negative_horizon_is_refused(self, fitted):
        with pytest.raises(DataError, match="found -1"):
            fitted.p_buy([1], [1], [2], horizon=-1)

    def test_the_error_of_a_function_follows_the_delta_method(self, fitted):
        assert fitted.standard_error_of(lambda m: m.alpha_) == pytest.approx(
            fitted.standard_errors_["alpha"], rel=1e-6
        )
        share = fitted.standard_error_of(lambda m: m.a_ / (m.a_ + m.b_))
        assert 0.01 < share < 0.03  # a and b move together: their share is far surer than either

    def test_an_array_s_errors_come_one_each(self, fitted):
        histories = ([0, 2, 6], [0, 30.43, 20], [38.86, 38.86, 38.86])
        errors = fitted.standard_error_of(lambda m: m.p_alive(*histories))
        assert errors[0] == 0  # a one-time buyer is alive whatever the parameters are
        one = fitted.standard_error_of(lambda m: float(m.p_alive([2], [30.43], [38.86])[0]))
        assert errors[1] == pytest.approx(one)
        low, high = fitted.interval_of(lambda m: m.p_alive(*histories), upper=1)
        alive = fitted.p_alive(*histories)
        assert (low <= alive).all()
        assert (alive <= high).all()
        assert (high <= 1).all()
        assert high[1] - low[1] == pytest.approx(2 * 1.96 * one, rel=0.01)

    def test_an_error_too_large_to_mean_anything_still_gives_an_interval(self):
        value = np.array([1e-8, 0.5, 1 - 1e-8, 0.0, 1.0])
        low, high = bounded_interval(value, np.full(5, 1e9), upper=1, confidence=0.95)
        assert ((low >= 0) & (low <= value) & (value <= high) & (high <= 1)).all()
        low, high = bounded_interval(value, np.full(5, 1e9), upper=np.inf, confidence=0.95)
        assert np.isfinite(high).all()
