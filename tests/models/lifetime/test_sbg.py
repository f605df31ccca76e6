import numpy as np
import pytest
from scipy.optimize import check_grad
from sklearn.base import clone

from insights.errors import DataError
from insights.models.lifetime import ShiftedBetaGeometric
from insights.models.lifetime.sbg import _likelihood

# Fader and Hardie (2007), table 1: per cent of members still there after 0 to 12 renewals.
REGULAR = [100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3]
HIGH_END = [100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4]


def members(there, years=7):
    """Renewals, who left, and weights of 1,000 members seen for so many years."""
    lost = -10 * np.diff(there[: years + 1])
    renewals = [*range(1, years + 1), years]
    return renewals, [True] * years + [False], [*lost, 10 * there[years]]


def fit(there):
    renewals, left, weights = members(there)
    return ShiftedBetaGeometric().fit(renewals, left, weights=weights)


def simulate(size, *, alpha=0.7, beta=1.5, seed=0):
    draw = np.random.default_rng(seed)
    leaves = draw.geometric(draw.beta(alpha, beta, size))
    seen = draw.integers(0, 9, size)
    return np.minimum(leaves, seen), leaves <= seen


class TestFit:
    @pytest.mark.parametrize(
        ("there", "alpha", "beta", "likelihood"),
        [(REGULAR, 0.704, 1.182, -1680.3), (HIGH_END, 0.668, 3.806, -1611.2)],
    )
    def test_the_published_segments_give_the_published_fits(self, there, alpha, beta, likelihood):
        model = fit(there)
        assert round(model.alpha_, 3) == alpha
        assert round(model.beta_, 3) == beta
        assert round(model.log_likelihood_, 1) == likelihood
        assert model.note_ == ""

    @pytest.mark.parametrize("there", [REGULAR, HIGH_END])
    def test_the_years_not_fitted_are_projected_within_two_points(self, there):
        projected = 100 * fit(there).survival(np.arange(8, 13))
        assert projected == pytest.approx(np.array(there[8:]), abs=2)

    def test_the_gradient_is_the_slope_of_the_likelihood(self):
        lost, kept = np.array([30.0, 12, 0, 4]), np.array([5.0, 0, 7, 40])
        for point in ([0.5, 2.0], [30.0, 0.1]):
            wrong = check_grad(
                lambda p: _likelihood(p, lost, kept)[0],
                lambda p: _likelihood(p, lost, kept)[1],
                point,
            )
            assert wrong < 1e-5 * np.abs(_likelihood(np.array(point), lost, kept)[1]).max()

    @pytest.mark.parametrize("seeds", [20, pytest.param(200, marks=pytest.mark.slow)])
    def test_planted_parameters_lie_in_their_95_intervals_over_seeds(self, seeds):
        covered = []
        for seed in range(seeds):
            model = ShiftedBetaGeometric().fit(*simulate(3_000, seed=seed))
            errors = np.array(list(model.standard_errors_.values())) / model._parameters
            covered.append(np.abs(np.log(model._parameters / [0.7, 1.5])) < 1.96 * errors)
        assert np.mean(covered, axis=0).min() >= (0.8 if seeds < 100 else 0.91)

    def test_a_weight_is_the_row_repeated(self):
        renewals, left = simulate(300)
        weights = np.random.default_rng(1).integers(0, 4, 300)
        by_weight = ShiftedBetaGeometric().fit(renewals, left, weights=weights)
        by_row = ShiftedBetaGeometric().fit(renewals.repeat(weights), left.repeat(weights))
        assert by_weight.log_likelihood_ == pytest.approx(by_row.log_likelihood_)
        assert by_weight.beta_ == pytest.approx(by_row.beta_, rel=1e-4)

    def test_one_renewal_shows_no_difference_between_members_and_it_says_so(self):
        model = ShiftedBetaGeometric().fit([1, 1], [True, False], weights=[300, 700])
        assert "only the mean chance of leaving (0.3 at the first one)" in model.note_

    def test_members_who_are_all_alike_are_said_to_look_so(self):
        leaves = np.random.default_rng(0).geometric(0.3, 500)
        # Fewer early leavers than chance alone would give: the opposite of differing members.
        leaves[leaves == 1] = 2
        model = ShiftedBetaGeometric().fit(leaves, np.ones(500, dtype=bool))
        assert "cannot be seen" in model.note_

    @pytest.mark.parametrize(
        ("rows", "complaint"),
        [
            (([], []), "There are no members"),
            (([0, 0], [False, False]), "No member has come to a renewal"),
            (([2, 3], [False, False]), "None of 2 members left"),
            (([1, 1], [True, True]), "All 2 members left at the first renewal"),
            (([1.5], [True]), "not whole numbers"),
            (([-1], [True]), "not whole numbers"),
            (([0], [True]), "left at renewal 0"),
            (([1], [2]), "True or False"),
            (([1, 2], [True]), "one length"),
        ],
    )
    def test_what_cannot_be_or_says_nothing_is_refused(self, rows, complaint):
        with pytest.raises(DataError, match=complaint):
            ShiftedBetaGeometric().fit(*rows)

    def test_it_clones_like_any_estimator(self):
        assert not hasattr(clone(fit(REGULAR)), "alpha_")


class TestAnswers:
    def test_retention_is_survival_over_survival_before(self):
        model = fit(REGULAR)
        there = model.survival(np.arange(8))
        assert model.retention(np.arange(1, 8)) == pytest.approx(there[1:] / there[:-1])
        assert (np.diff(model.retention(np.arange(1, 50))) > 0).all()

    def test_expected_renewals_are_the_survivors_of_those_still_there(self):
        model = fit(HIGH_END)
        found = model.expected_renewals([0, 3], horizon=5)
        assert found[0] == pytest.approx(model.survival(np.arange(1, 6)).sum())
        later = model.survival(np.arange(4, 9)).sum() / model.survival([3])[0]
        assert found[1] == pytest.approx(later)
        discounted = model.expected_renewals([3], horizon=2, discount=0.1)[0]
        first, both = model.survival([4, 5]) / model.survival([3])
        assert discounted == pytest.approx(first / 1.1 + both / 1.21)

    def test_the_longer_a_member_the_more_renewals_to_come(self):
        model = fit(REGULAR)
        assert (np.diff(model.expected_renewals(np.arange(20), horizon=10)) > 0).all()

    def test_a_million_renewals_do_not_overflow(self):
        assert 0 < fit(REGULAR).survival([10**6])[0] < 1e-3

    def test_the_survival_has_an_interval_within_0_and_1(self):
        model = fit(REGULAR)
        low, high = model.interval_of(lambda m: m.survival([1, 7, 30]), upper=1)
        assert ((low > 0) & (low < model.survival([1, 7, 30])) & (high < 1)).all()
