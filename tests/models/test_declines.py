import numpy as np
import pytest

from insights.errors import DataError
from insights.models.declines import decline, watch
from tests.truth.plant import Coverage, false_alarms_hold

WEEKS, BASELINE, FALL_AT = 52, 26, 34


def series(rng, fall=0.0):
    """Return a log-ratio that falls by a share at week 34, and its variance."""
    level = np.where(np.arange(WEEKS) >= FALL_AT, np.log1p(-fall), 0.0)
    return level + rng.normal(0, 0.2, WEEKS), np.full(WEEKS, 0.5)


class TestWatch:
    def test_false_alarms_are_as_rare_as_said_over_all_series(self):
        rng = np.random.default_rng(0)
        alarms = sum(
            any(watch(*series(rng), baseline=BASELINE, series=4).alarm is not None
                for _ in range(4))
            for _ in range(200)
        )  # fmt: skip
        assert false_alarms_hold(alarms, 200, 0.05)

    def test_a_fall_by_two_fifths_is_seen_within_six_weeks(self):
        rng = np.random.default_rng(1)
        seen = [watch(*series(rng, 0.4), baseline=BASELINE, series=4).alarm for _ in range(100)]
        in_time = [week is not None and 0 <= week - FALL_AT <= 6 for week in seen]
        assert np.mean(in_time) >= 0.9

    def test_a_rise_raises_no_alarm(self):
        z, v = series(np.random.default_rng(2))
        z[FALL_AT:] += 3
        assert watch(z, v, baseline=BASELINE).alarm is None

    def test_a_baseline_too_short_to_learn_from_is_refused(self):
        with pytest.raises(DataError, match="8 weeks"):
            watch(np.zeros(20), np.ones(20), baseline=4)


class TestDecline:
    def test_the_week_and_the_size_of_a_fall_are_recovered(self):
        rng, weeks, sizes = np.random.default_rng(3), Coverage(0.95), Coverage(0.95)
        for _ in range(100):
            found = decline(*series(rng, 0.4))
            weeks.add(found.first, found.last, FALL_AT)
            sizes.add(found.low, found.high, -0.4)
        assert weeks.holds()
        assert sizes.share >= 0.9

    def test_a_series_without_a_fall_has_a_p_value_that_holds(self):
        rng = np.random.default_rng(4)
        assert false_alarms_hold(sum(decline(*series(rng)).p < 0.05 for _ in range(200)), 200, 0.05)

    def test_too_few_weeks_are_refused(self):
        with pytest.raises(DataError, match="16 weeks"):
            decline(np.zeros(10), np.ones(10))
