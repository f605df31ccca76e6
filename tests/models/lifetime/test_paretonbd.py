import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.special import hyp2f1
from sklearn.base import clone

from insights.errors import DataError
from insights.models.lifetime import ParetoNBD
from insights.models.lifetime.cells import reduce
from insights.models.lifetime.customers import read_customers
from insights.models.lifetime.integrals import power_integral
from tests.models.lifetime.worlds import pareto


@pytest.fixture(scope="module")
def fitted(cdnow):
    return ParetoNBD().fit(cdnow)


def parameters(model, r, alpha, s, beta):
    model.r_, model.alpha_, model.s_, model.beta_ = r, alpha, s, beta
    return model


class TestPowerIntegral:
    def test_at_alpha_equal_to_beta_it_is_a_power(self):
        found = power_integral(
            np.array([0.5, 7.0, 900.0]),
            1.5,
            alpha=3.0,
            beta=3.0,
            start=np.array([0.0, 2.0, 5.0]),
            end=np.array([10.0, 10.0, 9.0]),
        )
        power = np.array([1.0, 7.5, 900.5])
        near, far = np.array([3.0, 5.0, 8.0]), np.array([13.0, 13.0, 12.0])
        exact = np.log1p(-((far / near) ** -power)) - power * np.log(near) - np.log(power)
        assert found.log == pytest.approx(exact, rel=1e-12)

    def test_it_agrees_with_the_hypergeometric_form(self):
        # Fader and Hardie (2005), for alpha >= beta, where that form can be computed.
        draw = np.random.default_rng(0)
        x, start = draw.integers(0, 20, 200), draw.uniform(0, 30, 200)
        end = start + draw.uniform(0.1, 30, 200)
        r, alpha, s, beta = 0.55, 14.0, 0.6, 11.0
        k = r + s + x

        def tail(t):
            ratio = (alpha - beta) / (alpha + t)
            return hyp2f1(k, s + 1, k + 1, ratio) / (alpha + t) ** k / k

        found = power_integral(r + x, s + 1, alpha=alpha, beta=beta, start=start, end=end)
        assert np.exp(found.log) == pytest.approx(tail(start) - tail(end), rel=1e-9)

    def test_no_size_of_the_parameters_is_too_much(self):
        draw = np.random.default_rng(1)
        for _ in range(40):
            alpha, beta = np.exp(draw.uniform(-12, 12, 2))
            q = np.exp(draw.uniform(-12, 12))
            p = np.array([1e-5, 1.0, 50.0, 1e4])
            found = power_integral(
                p, q, alpha=alpha, beta=beta, start=np.zeros(4), end=np.full(4, 3.0)
            )
            assert all(np.isfinite(part).all() for part in found)
            assert (np.diff(found.by_alpha) >= -1e-9).all()  # the steeper, the nearer to the start


class TestFit:
    def test_the_cdnow_summary_gives_the_published_fit(self, fitted):
        assert round(fitted.r_, 4) == 0.5533
        assert round(fitted.alpha_, 3) == 10.578
        assert round(fitted.s_, 3) == 0.606
        assert round(fitted.beta_, 3) == 11.668
        assert round(fitted.log_likelihood_, 2) == -9594.97
        history = ([2], [30.43], [38.86])
        assert round(fitted.expected_purchases(*history, horizon=39)[0], 4) == 1.4551
        assert round(fitted.p_alive(*history)[0], 4) == 0.8691

    @pytest.mark.parametrize("grid", [None, 7.0])
    def test_the_gradient_is_the_slope_of_the_likelihood(self, grid):
        cells = reduce(read_customers(pareto(2_000, grid=grid)), one_time=True)
        likelihood = ParetoNBD()._likelihood(cells)
        for point in ([0.5, 0.3, 0.9, 2.0], [2.0, 3.0, 0.05, 0.4], [0.4, 0.01, 40.0, 60.0]):
            wrong = check_grad(lambda p: likelihood(p)[0], lambda p: likelihood(p)[1], point)
            assert wrong < 1e-5 * np.abs(likelihood(np.array(point))[1]).max()

    def test_on_the_grid_and_off_it_the_likelihood_is_the_same(self):
        histories = pareto(3_000, grid=7.0)
        hair = histories.assign(age=histories["age"] * (1 + 1e-12 * np.arange(3_000)))
        point = np.array([0.7, 0.2, 0.8, 0.5])
        on, off = (
            ParetoNBD()._likelihood(reduce(read_customers(h), one_time=True))(point)
            for h in (histories, hair)
        )
        assert on[0] == pytest.approx(off[0], rel=1e-8)
        assert on[1] == pytest.approx(off[1], rel=1e-6)

    @pytest.mark.parametrize("seeds", [10, pytest.param(100, marks=pytest.mark.slow)])
    def test_planted_parameters_lie_in_their_95_intervals_over_seeds(self, seeds):
        truth = np.array([0.8, 40.0, 0.9, 120.0])
        covered = []
        for seed in range(seeds):
            model = ParetoNBD().fit(pareto(4_000, seed=seed, grid=1.0))
            found = np.array([model.r_, model.alpha_, model.s_, model.beta_])
            errors = np.array(list(model.standard_errors_.values())) / found
            covered.append(np.abs(np.log(found / truth)) < 1.96 * errors)
        assert np.mean(covered, axis=0).min() >= (0.7 if seeds < 100 else 0.89)

    def test_a_weight_is_the_row_repeated(self):
        histories = pareto(400, grid=1.0)
        weights = np.random.default_rng(1).integers(0, 4, len(histories))
        by_weight = ParetoNBD().fit(histories, weights=weights)
        by_row = ParetoNBD().fit(histories.loc[histories.index.repeat(weights)])
        assert by_weight.log_likelihood_ == pytest.approx(by_row.log_likelihood_)
        assert by_weight.alpha_ == pytest.approx(by_row.alpha_, rel=1e-3)

    def test_the_unit_of_time_moves_the_rates_alone(self):
        days = pareto(2_000, grid=1.0)
        weeks = days.assign(recency=days["recency"] / 7, age=days["age"] / 7)
        by_day, by_week = ParetoNBD().fit(days), ParetoNBD().fit(weeks)
        assert by_week.s_ == pytest.approx(by_day.s_, rel=1e-3)
        assert by_week.beta_ * 7 == pytest.approx(by_day.beta_, rel=1e-3)
        purchases = days["frequency"].sum()
        shifted = by_week.log_likelihood_ - purchases * np.log(7)
        assert shifted == pytest.approx(by_day.log_likelihood_, abs=1e-3)

    def test_a_world_that_nobody_leaves_is_said_to_be_one(self):
        model = ParetoNBD().fit(pareto(3_000, s=0))
        assert not model.dropout_identified_
        assert "No dropout is identifiable" in model.note_

    @pytest.mark.parametrize(
        "history", [([1], [2.0], [5.0]), ([1, 0], [0.0, 0.0], [0.0, 3.0]), ([900], [364], [365])]
    )
    def test_next_to_nothing_is_fitted_or_refused_and_never_nan(self, history):
        try:
            model = ParetoNBD().fit(*history)
        except DataError:
            return
        assert np.isfinite(model._parameters).all()
        assert np.isfinite(model.expected_purchases(*history, horizon=30)).all()

    def test_one_time_buyers_alone_are_refused(self):
        with pytest.raises(DataError, match=r"None of 2 customers .* Pareto/NBD"):
            ParetoNBD().fit([0, 0], [0, 0], [5, 9])

    def test_it_clones_like_any_estimator(self, fitted):
        assert not hasattr(clone(fitted), "r_")


class TestAnswers:
    def test_answers_agree_with_lifetimes(self, fitted, published, cdnow):
        from lifetimes import ParetoNBDFitter  # noqa: PLC0415 - `published` hushes its import

        oracle = ParetoNBDFitter()
        oracle.params_ = dict(zip(["r", "alpha", "s", "beta"], fitted._parameters, strict=True))
        some = cdnow.sample(50, random_state=0)
        x, recency, age = (some[name].to_numpy() for name in ("frequency", "recency", "age"))
        alive = np.ravel(oracle.conditional_probability_alive(x, recency, age))
        assert fitted.p_alive(some) == pytest.approx(alive, rel=1e-6)
        expected = oracle.conditional_expected_number_of_purchases_up_to_time(39, x, recency, age)
        assert fitted.expected_purchases(some, horizon=39) == pytest.approx(
            np.ravel(expected), rel=1e-6
        )
        none = oracle.conditional_probability_of_n_purchases_up_to_time(0, 39, x, recency, age)
        assert fitted.p_buy(some, horizon=39) == pytest.approx(1 - np.ravel(none), rel=1e-5)

    def test_what_was_promised_comes_true_in_the_model_s_own_world(self):
        world = pareto(20_000, seed=5, until=100.0)
        model = ParetoNBD().fit(world)
        assert model.p_alive(world).sum() == pytest.approx(world["alive"].sum(), rel=0.05)
        expected = model.expected_purchases(world, horizon=100)
        assert expected.sum() == pytest.approx(world["bought"].sum(), rel=0.05)
        bought = model.p_buy(world, horizon=100)
        assert bought.sum() == pytest.approx((world["bought"] > 0).sum(), rel=0.05)

    def test_buying_again_is_less_likely_than_being_alive(self, fitted, cdnow):
        soon, later = fitted.p_buy(cdnow, horizon=4), fitted.p_buy(cdnow, horizon=4_000)
        assert (soon < later).all()
        assert (later <= fitted.p_alive(cdnow)).all()
        assert fitted.p_buy(cdnow, horizon=0).max() == 0

    @pytest.mark.parametrize("s", [1e-6, 1.0, 1.0 + 1e-9, 50.0])
    @pytest.mark.parametrize("beta", [1e-4, 10.0, 1e6])
    def test_no_parameters_make_the_answers_overflow(self, s, beta):
        model = parameters(ParetoNBD(), 0.5, 10.0, s, beta)
        history = ([0, 5, 2_000], [0, 50, 1], [1e4, 1e4, 1e4])
        alive = model.p_alive(*history)
        bought = model.p_buy(*history, horizon=500)
        expected = model.expected_purchases(*history, horizon=500)
        assert ((alive >= 0) & (alive <= 1)).all()
        assert ((bought >= 0) & (bought <= alive)).all()
        assert (np.isfinite(expected) & (expected >= bought * (1 - 1e-9))).all()
