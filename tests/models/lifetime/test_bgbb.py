import numpy as np
import pandas as pd
import pytest
from scipy.optimize import check_grad
from scipy.special import betaln
from sklearn.base import clone

from insights.errors import DataError
from insights.models.lifetime import BetaGeoBetaBinomial
from insights.models.lifetime.cells import reduce
from insights.models.lifetime.customers import read_customers
from tests.models.lifetime.worlds import occasions


def as_published(model):
    assert round(model.alpha_, 4) == 1.2035
    assert round(model.beta_, 4) == 0.7497
    assert round(model.gamma_, 4) == 0.6567
    assert round(model.delta_, 4) == 2.7834
    assert round(model.log_likelihood_, 2) == -33225.58


@pytest.fixture(scope="module")
def donations(published):
    return published.load_donations().rename(columns={"periods": "age"})


@pytest.fixture(scope="module")
def fitted(donations):
    return BetaGeoBetaBinomial().fit(donations, weights=donations["weights"])


class TestFit:
    def test_the_donations_give_the_published_fit(self, fitted):
        as_published(fitted)
        assert fitted.n_customers_ == 11_104

    def test_the_shared_donations_give_it_too(self, shared_data):
        donations = pd.read_csv(shared_data / "donations.csv").rename(columns={"periods": "age"})
        as_published(BetaGeoBetaBinomial().fit(donations, weights=donations["weights"]))

    def test_the_gradient_is_the_slope_of_the_likelihood(self):
        cells = reduce(read_customers(occasions(500, ages=(3, 12))), one_time=True, unit=1.0)
        likelihood = BetaGeoBetaBinomial()._likelihood(cells)
        loyal = BetaGeoBetaBinomial()._loyal_likelihood(cells)
        for function, point in (
            (likelihood, [0.5, 0.3, 0.9, 2.0]),
            (likelihood, [4.0, 9.0, 0.01, 0.4]),
            (loyal, [0.5, 2.0]),
        ):
            wrong = check_grad(lambda p, f=function: f(p)[0], lambda p, f=function: f(p)[1], point)
            assert wrong < 1e-5 * np.abs(function(np.array(point))[1]).max()

    def test_all_histories_of_one_age_add_up_to_certainty(self):
        # x purchases of which the last is number t: the others lie anywhere before it.
        from math import comb  # noqa: PLC0415 - of this test alone

        rows = [(0, 0, 1)]
        rows += [(x, t, comb(t - 1, x - 1)) for t in range(1, 8) for x in range(1, t + 1)]
        point = np.array([1.3, 0.6, 0.4, 2.2])
        total = 0.0
        for x, t, ways in rows:
            cells = reduce(read_customers([x], [t], [7]), one_time=True, unit=1.0)
            total += ways * np.exp(BetaGeoBetaBinomial()._likelihood(cells)(point)[0])
        assert total == pytest.approx(1)

    @pytest.mark.parametrize("seeds", [10, pytest.param(100, marks=pytest.mark.slow)])
    def test_planted_parameters_lie_in_their_95_intervals_over_seeds(self, seeds):
        truth = np.array([1.2, 0.75, 0.65, 2.8])
        covered = []
        for seed in range(seeds):
            model = BetaGeoBetaBinomial().fit(occasions(4_000, seed=seed))
            errors = np.array(list(model.standard_errors_.values())) / model._parameters
            covered.append(np.abs(np.log(model._parameters / truth)) < 1.96 * errors)
        assert np.mean(covered, axis=0).min() >= (0.7 if seeds < 100 else 0.89)

    def test_a_weight_is_the_row_repeated(self, donations):
        few = donations.assign(weights=donations["weights"] // 20)
        by_weight = BetaGeoBetaBinomial().fit(few, weights=few["weights"])
        by_row = BetaGeoBetaBinomial().fit(few.loc[few.index.repeat(few["weights"])])
        assert by_weight.log_likelihood_ == pytest.approx(by_row.log_likelihood_)
        assert by_weight.delta_ == pytest.approx(by_row.delta_, rel=1e-3)

    def test_a_world_that_nobody_leaves_is_said_to_be_one(self):
        model = BetaGeoBetaBinomial().fit(occasions(3_000, gamma=0))
        assert "No dropout is identifiable" in model.note_

    def test_fractions_of_an_occasion_are_refused(self):
        with pytest.raises(DataError, match="1 of 2 customers have a fractional recency"):
            BetaGeoBetaBinomial().fit([1, 1], [1.5, 2], [3, 3])

    def test_two_purchases_on_one_occasion_are_refused(self):
        with pytest.raises(DataError, match="more often than there were occasions"):
            BetaGeoBetaBinomial().fit([3], [2], [6])

    def test_it_clones_like_any_estimator(self, fitted):
        assert not hasattr(clone(fitted), "alpha_")


class TestAnswers:
    def test_answers_agree_with_lifetimes(self, fitted, published, donations):
        from lifetimes import BetaGeoBetaBinomFitter  # noqa: PLC0415 - after `published`

        oracle = BetaGeoBetaBinomFitter()
        oracle.params_ = dict(
            zip(["alpha", "beta", "gamma", "delta"], fitted._parameters, strict=True)
        )
        x, recency, age = (donations[n].to_numpy() for n in ("frequency", "recency", "age"))
        assert fitted.p_alive(donations) == pytest.approx(
            np.ravel(oracle.conditional_probability_alive(0, x, recency, age))
        )
        expected = oracle.conditional_expected_number_of_purchases_up_to_time(5, x, recency, age)
        assert fitted.expected_purchases(donations, horizon=5) == pytest.approx(np.ravel(expected))

    def test_p_buy_is_one_less_the_chance_of_more_silence(self, fitted, donations):
        # P(x, t, n + H) / P(x, t, n) is the probability of buying on none of H more occasions.
        def chance(x, last, age):
            a, b, c, d = fitted._parameters
            total = np.exp(betaln(a + x, b + age - x) + betaln(c, d + age))
            for j in range(last, age):
                total += np.exp(betaln(a + x, b + j - x) + betaln(c + 1, d + j))
            return total

        found = fitted.p_buy(donations, horizon=4)
        for row, p in zip(donations.itertuples(), found, strict=True):
            silent = chance(row.frequency, row.recency, row.age + 4)
            assert p == pytest.approx(1 - silent / chance(row.frequency, row.recency, row.age))

    def test_what_was_promised_comes_true_in_the_model_s_own_world(self):
        world = occasions(20_000, seed=2, ahead=4)
        model = BetaGeoBetaBinomial().fit(world)
        assert model.p_alive(world).sum() == pytest.approx(world["alive"].sum(), rel=0.04)
        expected = model.expected_purchases(world, horizon=4)
        assert expected.sum() == pytest.approx(world["bought"].sum(), rel=0.04)
        bought = model.p_buy(world, horizon=4)
        assert bought.sum() == pytest.approx((world["bought"] > 0).sum(), rel=0.04)

    def test_a_thousand_occasions_do_not_overflow(self, fitted):
        history = ([0, 900, 900], [0, 900, 1_000], [1_000, 1_000, 1_000])
        alive = fitted.p_alive(*history)
        assert np.isfinite(alive).all()
        assert alive[1] < 1e-3
        assert alive[2] == 1
        assert np.isfinite(fitted.expected_purchases(*history, horizon=1_000)).all()

    def test_half_an_occasion_ahead_is_refused(self, fitted):
        with pytest.raises(DataError, match=r"whole number of occasions; found 1\.5"):
            fitted.p_buy([1], [1], [2], horizon=1.5)
