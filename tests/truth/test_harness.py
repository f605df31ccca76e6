"""The harness itself: it passes what is right and fails what is wrong."""

import numpy as np

from tests.truth.plant import Coverage, false_alarms_hold, rate_holds


def gathered(factor: float) -> Coverage:
    """Intervals of normal means, of the right width times a factor."""
    rng = np.random.default_rng(1)
    cover = Coverage(0.95)
    found = rng.normal(size=400)
    cover.add(found - 1.96 * factor, found + 1.96 * factor, 0.0)
    return cover


def test_intervals_of_the_right_width_hold():
    assert gathered(1.0).holds()


def test_intervals_that_are_too_narrow_are_caught():
    assert not gathered(0.8).holds()


def test_only_intervals_of_the_right_width_fit():
    assert [gathered(factor).fits() for factor in (0.8, 1.0, 1.25)] == [False, True, False]


def test_a_rate_that_is_too_low_is_caught_as_well():
    assert rate_holds(20, 400, 0.05)
    assert not rate_holds(4, 400, 0.05)
    assert not rate_holds(45, 400, 0.05)


def test_alarms_at_their_level_are_no_wonder_and_twice_as_many_are():
    assert false_alarms_hold(25, 400, 0.05)
    assert not false_alarms_hold(45, 400, 0.05)
