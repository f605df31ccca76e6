import numpy as np
import pandas as pd
import pytest
from scipy.optimize import check_grad
from sklearn.base import clone

from insights.errors import DataError, MissingColumns
from insights.models.lifetime import GammaGamma
from insights.models.lifetime.gammagamma import _likelihood, _reduce
from tests.models.lifetime.worlds import amounts


@pytest.fixture(scope="module")
def fitted(cdnow):
    return GammaGamma().fit(cdnow)


class TestFit:
    def test_the_cdnow_summary_gives_the_published_fit(self, fitted):
        assert round(fitted.p_, 3) == 6.249
        assert round(fitted.q_, 3) == 3.745
        assert round(fitted.v_, 3) == 15.448
        assert round(fitted.population_mean_, 3) == 35.171
        assert round(fitted.correlation_, 3) == 0.114
        assert fitted.n_customers_ == 946
        assert fitted.note_ == ""

    def test_the_gradient_is_the_slope_of_the_likelihood(self):
        world = amounts(300)
        x, mean = world["frequency"].to_numpy(float), world["mean_amount"].to_numpy()
        cells = _reduce(x, mean, np.ones(300))
        for point in ([2.0, 3.0, 0.7], [40.0, 0.3, 5.0]):
            wrong = check_grad(
                lambda p: _likelihood(p, cells)[0], lambda p: _likelihood(p, cells)[1], point
            )
            assert wrong < 1e-5 * np.abs(_likelihood(np.array(point), cells)[1]).max()

    @pytest.mark.parametrize("seeds", [10, pytest.param(100, marks=pytest.mark.slow)])
    def test_planted_parameters_lie_in_their_95_intervals_over_seeds(self, seeds):
        truth = np.array([4.0, 3.5, 60.0])
        covered = []
        for seed in range(seeds):
            model = GammaGamma().fit(amounts(2_000, seed=seed))
            errors = np.array(list(model.standard_errors_.values())) / model._parameters
            covered.append(np.abs(np.log(model._parameters / truth)) < 1.96 * errors)
        assert np.mean(covered, axis=0).min() >= (0.7 if seeds < 100 else 0.89)

    def test_a_weight_is_the_row_repeated(self):
        world = amounts(300)
        weights = np.random.default_rng(1).integers(0, 4, 300)
        by_weight = GammaGamma().fit(world, weights=weights)
        by_row = GammaGamma().fit(world.loc[world.index.repeat(weights)])
        assert by_weight.log_likelihood_ == pytest.approx(by_row.log_likelihood_)
        assert by_weight.correlation_ == pytest.approx(by_row.correlation_)
        assert by_weight.v_ == pytest.approx(by_row.v_, rel=1e-3)

    def test_the_currency_moves_v_alone(self):
        yuan = amounts(500)
        fen = yuan.assign(mean_amount=yuan["mean_amount"] * 100)
        in_yuan, in_fen = GammaGamma().fit(yuan), GammaGamma().fit(fen)
        assert in_fen.v_ == pytest.approx(in_yuan.v_ * 100, rel=1e-4)
        assert in_fen.q_ == pytest.approx(in_yuan.q_, rel=1e-4)
        assert in_fen.log_likelihood_ == pytest.approx(in_yuan.log_likelihood_ - 500 * np.log(100))

    def test_customers_without_purchases_are_left_out(self):
        world = amounts(200)
        more = pd.concat([world, pd.DataFrame({"frequency": [0, 0], "mean_amount": [0, np.nan]})])
        assert GammaGamma().fit(more).p_ == GammaGamma().fit(world).p_

    def test_amounts_that_go_with_frequency_are_pointed_out(self):
        world = amounts(500)
        model = GammaGamma().fit(world.assign(mean_amount=world["mean_amount"] * world.frequency))
        assert model.correlation_ > 0.3
        assert f"correlation {model.correlation_:.2f}" in model.note_

    def test_amounts_that_are_all_alike_are_refused_with_what_to_take(self):
        with pytest.raises(DataError, match=r"all 4 customers are the same \(50\)"):
            GammaGamma().fit([1, 2, 3, 4], [50.0] * 4)

    @pytest.mark.parametrize("hair", [1e-6, 0.01, 1.0])
    def test_amounts_that_hardly_vary_are_refused_or_said_to_identify_little(self, hair):
        try:
            model = GammaGamma().fit([1, 2, 3, 4] * 10, [50.0] * 39 + [50.0 + hair])
        except DataError as refusal:
            assert "did not converge" in str(refusal)  # noqa: PT017 - either is right
            return
        assert "do not identify" in model.note_
        assert model.expected_amount([0, 3], [0, 50]) == pytest.approx(50, rel=1e-2)

    def test_where_frequency_does_not_vary_there_is_no_correlation(self):
        world = amounts(200).assign(frequency=2)
        assert np.isnan(GammaGamma().fit(world).correlation_)

    def test_a_returned_purchase_is_refused_by_count(self):
        with pytest.raises(DataError, match="2 of 3 customers have a mean amount of 0 or less"):
            GammaGamma().fit([1, 1, 1], [0.0, -3.0, 5.0])

    @pytest.mark.parametrize(
        ("customers", "complaint"),
        [
            (([0, 0], [0, 0]), "No customer has a purchase"),
            (([], []), "There are no customers"),
            (([1, 1], [5.0]), "one length"),
            (([1.5], [5.0]), "1 of 1 customers have a frequency that cannot be"),
            (([1], [np.nan]), "missing or infinite mean amount"),
        ],
    )
    def test_what_cannot_be_is_refused_by_name(self, customers, complaint):
        with pytest.raises(DataError, match=complaint):
            GammaGamma().fit(*customers)

    def test_a_frame_without_amounts_is_refused_by_name(self):
        with pytest.raises(MissingColumns, match="lacks 'mean_amount'"):
            GammaGamma().fit(pd.DataFrame({"frequency": [1]}))

    def test_it_clones_like_any_estimator(self, fitted):
        assert not hasattr(clone(fitted), "p_")


class TestExpectedAmount:
    def test_it_agrees_with_lifetimes(self, fitted, published, cdnow):
        from lifetimes import GammaGammaFitter  # noqa: PLC0415 - `published` hushes its import

        oracle = GammaGammaFitter()
        oracle.params_ = dict(zip(["p", "q", "v"], fitted._parameters, strict=True))
        expected = oracle.conditional_expected_average_profit(
            cdnow["frequency"], cdnow["mean_amount"]
        )
        assert fitted.expected_amount(cdnow) == pytest.approx(expected.to_numpy())

    def test_a_customer_never_seen_buying_spends_like_the_population(self, fitted):
        found = fitted.expected_amount([0, 0], [np.nan, 999.0])
        assert found == pytest.approx(fitted.population_mean_)

    def test_it_comes_true_at_every_level_in_the_model_s_own_world(self):
        world = amounts(20_000)
        expected = GammaGamma().fit(world).expected_amount(world)
        fifth = pd.qcut(expected, 5, labels=False)
        found = pd.Series(expected).groupby(fifth).mean()
        true = world["true_mean"].groupby(fifth).mean()
        assert found.to_numpy() == pytest.approx(true.to_numpy(), rel=0.05)

    def test_a_mean_that_does_not_exist_is_refused(self):
        model = GammaGamma()
        model.p_, model.q_, model.v_ = 2.0, 0.8, 10.0
        assert model.population_mean_ == np.inf
        with pytest.raises(DataError, match="For 1 of 2 customers no expected amount exists"):
            model.expected_amount([0, 3], [0, 20])

    def test_a_million_purchases_leave_the_customer_s_own_mean(self, fitted):
        assert fitted.expected_amount([10**6], [80.0])[0] == pytest.approx(80, rel=1e-4)
