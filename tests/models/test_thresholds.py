import numpy as np
import pytest

from insights.errors import DataError
from insights.models.thresholds import density_jump, outcome_jump
from tests.truth.plant import Coverage, false_alarms_hold


def spends(rng, people=3_000):
    """Cumulative spend as brands have it: skewed, thin at the gift."""
    return rng.gamma(2.0, 1_000.0, people)


class TestDensityJump:
    def test_a_smooth_crowd_raises_no_more_alarms_than_said(self):
        alarms = sum(density_jump(spends(np.random.default_rng(s)), 2_500).p < 0.05
                     for s in range(100))  # fmt: skip
        assert false_alarms_hold(alarms, 100, 0.05)

    def test_people_who_top_up_to_reach_the_line_are_seen_and_measured(self):
        """Of those short of the line, three in ten move as far beyond it as they were short."""
        gathered, seen = Coverage(0.95), []
        for seed in range(60):
            rng = np.random.default_rng(seed)
            values = rng.uniform(0, 10, 4_000)
            moves = (values < 5) & (rng.random(values.size) < 0.3)
            found = density_jump(np.where(moves, 10 - values, values), 5)
            seen.append(found.p < 0.05)
            gathered.add(found.low, found.high, np.log(1.3 / 0.7))
        assert gathered.holds()
        assert np.mean(seen) >= 0.95

    def test_too_few_people_beside_the_line_are_refused(self):
        with pytest.raises(DataError, match="30 on each side"):
            density_jump(np.r_[np.linspace(0, 1, 200), np.linspace(1, 2, 10)], 1.0)

    def test_a_missing_value_is_refused(self):
        with pytest.raises(DataError, match="missing"):
            density_jump([1.0, np.nan], 1.0)


class TestOutcomeJump:
    @pytest.mark.parametrize("planted", [0.0, 0.5])
    def test_the_planted_jump_lies_within_its_interval(self, planted):
        gathered = Coverage(0.95)
        for seed in range(80):
            rng = np.random.default_rng(seed)
            x = spends(rng) / 1_000
            y = np.sin(x) + planted * (x >= 2.5) + rng.normal(0, 0.5 * np.sqrt(x))
            found = outcome_jump(x, y, 2.5)
            gathered.add(found.low, found.high, planted)
        assert gathered.holds()
        assert gathered.share < 1

    def test_a_slope_is_no_jump(self):
        x = np.linspace(-1, 1, 400)
        assert outcome_jump(x, 3 * x, 0.0).jump == pytest.approx(0, abs=1e-9)

    def test_lengths_that_differ_are_refused(self):
        with pytest.raises(DataError, match="one outcome"):
            outcome_jump([1.0, 2.0], [1.0], 1.5)
