"""Private category: the planted difference lies in the interval, in few strata as in many small."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses import cohorts
from tests.truth.plant import Coverage, false_alarms_hold, rate_holds

FEW, MANY = list(range(20)), list(range(1000, 1200))
AS_OF = date(2025, 12, 31)


def world(seed: int, *, change: float, customers: int, strata: int) -> pd.DataFrame:
    """The mart of customers who buy again the more, and keep their category the more, the dearer.

    Who kept the first category buys again by `change` more often than who is like them.
    """
    rng = np.random.default_rng(seed)
    stratum = rng.integers(0, strata, customers)
    dear = (stratum + 0.5) / strata
    same = rng.random(customers) < 0.1 + 0.8 * dear
    returned = rng.random(customers) < 0.15 + 0.6 * dear + change * same
    people = pd.DataFrame(
        {
            "first_on": "2025-01-01",
            "private_on": "2025-04-01",
            "category": "c" + pd.Series(stratum % 7).astype(str),
            "price_band": stratum // 7,
            "same": same.astype(int),
            "returned": returned.astype(int),
        }
    )
    keys = [name for name in people.columns if name != "returned"]
    grouped = people.groupby(keys)["returned"]
    return grouped.agg(customers="size", returned="sum").reset_index()


def gathered(seeds: list[int], **planted: float) -> tuple[Coverage, int, int]:
    """Intervals of the difference; in how many worlds it is told apart, matched and as it is."""
    coverage, told, crude = Coverage(0.95), 0, 0
    for seed in seeds:
        found = cohorts.private_category(world(seed, **planted), as_of=AS_OF)
        low, high = found.facts["change_low"], found.facts["change_high"]
        coverage.add(low, high, planted["change"])
        told += found.headline.key != "private_category_alike"
        crude += found.table["crude"].diff().iloc[1] < -(high - low) / 2
    return coverage, told, crude


# Six customers a stratum: Wilson's or Wald's errors of single strata would say nothing there.
WORLDS = [{"customers": 600, "strata": 4}, {"customers": 600, "strata": 100}]


@pytest.mark.parametrize("size", WORLDS)
def test_a_planted_difference_is_found_again(size):
    coverage, *_ = gathered(FEW, change=0.15, **size)
    assert coverage.holds(), coverage.share


@pytest.mark.parametrize("size", WORLDS)
def test_prices_pass_for_the_category_unless_they_are_matched(size):
    _, told, crude = gathered(FEW, change=0.0, **size)
    assert crude > len(FEW) / 2
    assert false_alarms_hold(told, len(FEW), 0.05), told


@pytest.mark.slow
@pytest.mark.parametrize("size", WORLDS)
@pytest.mark.parametrize("change", [-0.1, 0.15])
def test_intervals_hold_as_often_as_they_claim(change, size):
    coverage, *_ = gathered(MANY, change=change, **size)
    assert coverage.holds(), coverage.share
    assert coverage.fits()


@pytest.mark.slow
@pytest.mark.parametrize("size", WORLDS)
def test_without_a_difference_one_is_told_at_the_nominal_rate(size):
    _, told, _ = gathered(MANY, change=0.0, **size)
    assert rate_holds(told, len(MANY), 0.05), told
