import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from insights.errors import DataError
from insights.models.intervals import (
    mean_interval,
    mean_interval_of_sums,
    mean_intervals_of_sums,
    paired_interval,
    wilson,
)


class TestWilson:
    def test_agrees_with_statsmodels(self):
        trials = np.array([1, 7, 40, 1000, 1_000_000])
        successes = np.array([0, 7, 13, 1, 250_000])
        low, high = wilson(successes, trials, confidence=0.9)
        expected = proportion_confint(successes, trials, alpha=0.1, method="wilson")
        assert low == pytest.approx(expected[0], abs=1e-12)
        assert high == pytest.approx(expected[1], abs=1e-12)

    def test_nobody_starts_at_0_and_everybody_ends_at_1(self):
        low, high = wilson([0, 30], [30, 30])
        assert low[0] == 0
        assert high[1] == 1
        assert high[0] == pytest.approx(1 - low[1])

    def test_no_trial_says_nothing(self):
        low, high = wilson([0, np.nan, 2], [0, 5, np.nan])
        assert np.isnan([low, high]).all()

    def test_a_scalar_works_like_an_array(self):
        low, high = wilson(8, 10)
        assert (float(low), float(high)) == pytest.approx((0.490, 0.943), abs=0.001)

    def test_more_successes_than_trials_are_refused(self):
        with pytest.raises(DataError, match=r"1 of 2 shares have more .* first 6 of 5"):
            wilson([1, 6], 5)

    @pytest.mark.parametrize("bad", [-1, np.inf])
    def test_a_count_that_cannot_be_is_refused(self, bad):
        with pytest.raises(DataError, match="negative or infinite"):
            wilson([1], [bad])

    @pytest.mark.parametrize("confidence", [0, 1, 95])
    def test_a_confidence_in_percent_is_refused(self, confidence):
        with pytest.raises(DataError, match="between 0 and 1"):
            wilson(1, 2, confidence=confidence)

    def test_covers_the_planted_share_as_often_as_promised(self):
        successes = np.random.default_rng(0).binomial(40, 0.08, 20_000)
        low, high = wilson(successes, 40)
        assert np.mean((low <= 0.08) & (high >= 0.08)) == pytest.approx(0.95, abs=0.02)


class TestMeanInterval:
    def test_covers_a_skewed_mean_better_than_student(self):
        draw = np.random.default_rng(1)
        truth, n = 0.3 * np.exp(0.5), 60  # three in ten spend, lognormally
        covered, by_student = [], []
        for _ in range(1_500):
            spent = draw.lognormal(0, 1, n) * (draw.random(n) < 0.3)
            low, high = mean_interval(spent)
            covered.append(low <= truth <= high)
            half = 2.001 * spent.std(ddof=1) / np.sqrt(n)
            by_student.append(abs(spent.mean() - truth) <= half)
        assert np.mean(covered) == pytest.approx(0.94, abs=0.025)
        assert np.mean(by_student) < np.mean(covered) - 0.03

    def test_covers_a_symmetric_mean_as_often_as_promised(self):
        samples = np.random.default_rng(2).normal(5, 2, (2_000, 15))
        ends = np.array([mean_interval(sample, confidence=0.9) for sample in samples])
        covered = (ends[:, 0] <= 5) & (ends[:, 1] >= 5)
        assert covered.mean() == pytest.approx(0.9, abs=0.025)

    def test_counts_are_the_values_repeated(self):
        values, counts = np.array([0.0, 10.0, 95.5]), np.array([40, 7, 3])
        repeated = mean_interval(np.repeat(values, counts))
        assert mean_interval(values, counts=counts) == pytest.approx(repeated)

    def test_a_long_tail_reaches_higher_up_than_down(self):
        spent = np.random.default_rng(3).lognormal(3, 1.5, 100)
        low, high = mean_interval(spent)
        assert high - spent.mean() > spent.mean() - low > 0

    def test_spending_nothing_is_the_least_one_can_spend(self):
        spent = [0, 0, 0, 0, 12.5, 30, 210]
        assert mean_interval(spent)[0] == 0
        assert mean_interval([-1, *spent])[0] < 0

    def test_everybody_alike_leaves_no_doubt(self):
        assert mean_interval([12.3] * 10) == pytest.approx((12.3, 12.3))

    def test_one_customer_says_nothing(self):
        assert np.isnan(mean_interval([5.0])).all()
        assert np.isnan(mean_interval([])).all()

    def test_a_missing_amount_is_refused(self):
        with pytest.raises(DataError, match="1 of 2 amounts"):
            mean_interval([1.0, np.nan])

    @pytest.mark.parametrize("counts", [[1], [1, -1]])
    def test_counts_that_fit_nothing_are_refused(self, counts):
        with pytest.raises(DataError, match="Counts"):
            mean_interval([1.0, 2.0], counts=counts)


class TestPairedInterval:
    def test_pairing_sees_a_difference_that_the_spread_hides(self):
        draw = np.random.default_rng(4)
        hard = draw.lognormal(0, 1, 500)
        low, high = paired_interval(hard + draw.normal(0.05, 0.1, 500), hard)
        assert 0 < low < 0.05 < high

    def test_other_lengths_are_refused(self):
        with pytest.raises(DataError, match="one length"):
            paired_interval([1, 2], [1])


class TestMeanIntervalOfSums:
    def test_sums_give_what_the_amounts_give(self):
        x = np.random.default_rng(8).lognormal(4, 1, 300) * (np.arange(300) % 3 == 0)
        of_sums = mean_interval_of_sums(300, x.sum(), (x**2).sum(), (x**3).sum(), floor=True)
        assert of_sums == pytest.approx(mean_interval(x))

    def test_one_amount_for_all_has_no_width_and_one_customer_none(self):
        assert mean_interval_of_sums(4, 40, 400, 4_000) == (10, 10)
        assert np.isnan(mean_interval_of_sums(1, 10, 100, 1_000)).all()

    def test_many_sums_of_different_people_give_what_each_gives_alone(self):
        counts, totals = [1, 4, 300], [10.0, 60.0, 9_000.0]
        squares, cubes = [100.0, 1_000.0, 5e5], [1e3, 18_000.0, 4e7]
        together = mean_intervals_of_sums(counts, totals, squares, cubes)
        alone = [
            mean_interval_of_sums(*one) for one in zip(counts, totals, squares, cubes, strict=True)
        ]
        assert np.transpose(together) == pytest.approx(np.array(alone), nan_ok=True)

    def test_a_sum_that_is_missing_is_refused(self):
        with pytest.raises(DataError, match="sum of amounts"):
            mean_interval_of_sums(3, np.nan, 1, 1)
