import numpy as np
import pytest
from scipy.optimize import check_grad
from sklearn.base import clone

from insights.models.lifetime import BetaGeoNBD, ModifiedBetaGeoNBD
from insights.models.lifetime.cells import reduce
from insights.models.lifetime.customers import read_customers
from tests.models.lifetime.worlds import geometric


@pytest.fixture(scope="module")
def fitted(cdnow):
    return ModifiedBetaGeoNBD().fit(cdnow)


class TestFit:
    def test_the_cdnow_summary_gives_the_published_fit(self, fitted):
        assert round(fitted.r_, 4) == 0.5248
        assert round(fitted.alpha_, 3) == 6.183
        assert round(fitted.a_, 4) == 0.8914
        assert round(fitted.b_, 3) == 1.614
        assert round(fitted.log_likelihood_, 2) == -9582.13

    def test_the_gradient_is_the_slope_of_the_likelihood(self, cdnow):
        cells = reduce(read_customers(cdnow), one_time=True)
        likelihood = ModifiedBetaGeoNBD()._likelihood(cells)
        for point in ([0.3, 0.1, 0.9, 2.0], [2.0, 3.0, 0.05, 0.4]):
            wrong = check_grad(lambda p: likelihood(p)[0], lambda p: likelihood(p)[1], point)
            assert wrong < 1e-5 * np.abs(likelihood(np.array(point))[1]).max()

    @pytest.mark.parametrize("seeds", [10, pytest.param(100, marks=pytest.mark.slow)])
    def test_planted_parameters_lie_in_their_95_intervals_over_seeds(self, seeds):
        truth = np.array([0.6, 60.0, 0.8, 2.5])
        covered = []
        for seed in range(seeds):
            model = ModifiedBetaGeoNBD().fit(geometric(5_000, seed=seed, first=True))
            found = np.array([model.r_, model.alpha_, model.a_, model.b_])
            errors = np.array(list(model.standard_errors_.values())) / found
            covered.append(np.abs(np.log(found / truth)) < 1.96 * errors)
        assert np.mean(covered, axis=0).min() >= (0.7 if seeds < 100 else 0.89)

    def test_a_weight_is_the_row_repeated(self):
        histories = geometric(400, grid=1.0, first=True)
        weights = np.random.default_rng(1).integers(0, 4, len(histories))
        by_weight = ModifiedBetaGeoNBD().fit(histories, weights=weights)
        by_row = ModifiedBetaGeoNBD().fit(histories.loc[histories.index.repeat(weights)])
        assert by_weight.log_likelihood_ == pytest.approx(by_row.log_likelihood_)
        assert by_weight.alpha_ == pytest.approx(by_row.alpha_, rel=1e-3)

    def test_a_world_that_nobody_leaves_is_said_to_be_one(self):
        model = ModifiedBetaGeoNBD().fit(geometric(3_000, a=0, b=1))
        assert "No dropout is identifiable" in model.note_

    def test_it_clones_like_any_estimator(self, fitted):
        assert type(clone(fitted)) is ModifiedBetaGeoNBD
        assert not hasattr(clone(fitted), "r_")


class TestAnswers:
    def test_a_one_time_buyer_s_chance_of_being_alive_falls_with_silence(self, fitted):
        alive = fitted.p_alive([0, 0, 0], [0, 0, 0], [1, 20, 400])
        assert 1 > alive[0] > alive[1] > alive[2] > 0

    def test_a_new_customer_has_stayed_after_the_first_purchase_or_not(self, fitted):
        assert fitted.p_alive([0], [0], [0])[0] == pytest.approx(
            fitted.b_ / (fitted.a_ + fitted.b_)
        )

    def test_answers_agree_with_lifetimes(self, fitted, published, cdnow):
        from lifetimes import ModifiedBetaGeoFitter  # noqa: PLC0415 - `published` hushes its import

        oracle = ModifiedBetaGeoFitter()
        oracle.params_ = dict(zip(["r", "alpha", "a", "b"], fitted._parameters, strict=True))
        some = cdnow.sample(50, random_state=0)
        x, recency, age = (some[name].to_numpy() for name in ("frequency", "recency", "age"))
        assert fitted.p_alive(some) == pytest.approx(
            np.ravel(oracle.conditional_probability_alive(x, recency, age))
        )

    def test_expected_purchases_come_true_in_the_model_s_own_world(self):
        world = geometric(20_000, seed=4, first=True, until=100)
        model = ModifiedBetaGeoNBD().fit(world)
        once = world["frequency"] == 0
        for rows in (once, ~once):
            part = world[rows]
            expected = model.expected_purchases(part, horizon=100).sum()
            bought = model.p_buy(part, horizon=100).sum()
            assert expected == pytest.approx(part["bought"].sum(), rel=0.1)
            assert bought == pytest.approx((part["bought"] > 0).sum(), rel=0.1)

    def test_ten_thousand_silent_days_do_not_overflow(self, fitted):
        assert fitted.p_alive([2_000], [1.0], [10_000.0])[0] == pytest.approx(0, abs=1e-12)

    def test_where_nobody_leaves_it_is_the_bg_nbd(self):
        same, other = ModifiedBetaGeoNBD(), BetaGeoNBD()
        for model in (same, other):
            model.r_, model.alpha_, model.a_, model.b_ = 0.5, 10.0, 1e-9, 2.0
        history = ([0, 5], [0, 50], [100, 100])
        assert same.expected_purchases(*history, horizon=9) == pytest.approx(
            other.expected_purchases(*history, horizon=9)
        )
