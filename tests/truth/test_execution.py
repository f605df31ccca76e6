"""Execution by region: one that does less is found, and those that are alike are not told apart."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses import engagement
from insights.analyses.engagement.execution_regions import LESS, MORE
from tests.truth.plant import false_alarms_hold

AS_OF = date(2026, 6, 30)


def regions(
    seed: int, count: int, *, behind: float = 0.0, pieces: int = 15, guides: int = 30
) -> pd.DataFrame:
    """Regions that carry out six tenths of each piece, some pieces liked more; the first lags."""
    rng = np.random.default_rng(seed)
    piece = np.clip(0.6 + 0.15 * rng.standard_normal(pieces), 0.1, 0.95)
    rate = np.repeat(piece[:, None], count, axis=1)
    rate[:, 0] -= behind
    asked = np.broadcast_to(rng.integers(guides // 2, guides * 2, count), (pieces, count))
    done = rng.binomial(asked, np.clip(rate, 0.02, 1))
    return pd.DataFrame(
        {
            "content_id": np.repeat([f"m{n}" for n in range(pieces)], count),
            "kind": "mass_msg",
            "region": [f"region {n:02d}" for n in range(count)] * pieces,
            "asked": asked.ravel(),
            "tasked": None,
            "done": None,
            "published": done.ravel(),
            "seen": 900.0,
            "liked": 0,
        }
    )


def said_to_differ(seeds: range, count: int, pieces: int = 15) -> int:
    keys = [
        engagement.execution(regions(seed, count, pieces=pieces), as_of=AS_OF).headline.key
        for seed in seeds
    ]
    return keys.count("regions_differ")


@pytest.mark.parametrize("count", [2, 8, 30])
def test_regions_alike_are_not_told_apart_however_many(count):
    assert false_alarms_hold(said_to_differ(range(6), count), 6, 0.10)


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 4, 8, 16, 30])
@pytest.mark.parametrize("pieces", [5, 15])
def test_regions_alike_are_seldom_said_to_differ(count, pieces):
    assert false_alarms_hold(said_to_differ(range(60), count, pieces), 60, 0.10)


def test_the_one_region_that_lags_is_the_one_that_is_named():
    for seed in range(3):
        found = engagement.execution(regions(seed, 16, behind=0.15), as_of=AS_OF)
        said = found.table.set_index("region")["verdict"]
        assert said["region 00"] == LESS
        assert "region 00 does less" in found.say(found.claims[0].message)
        assert (said.drop("region 00").isin([LESS, MORE])).sum() <= 1


def test_the_one_region_that_is_ahead_is_said_to_be():
    found = engagement.execution(regions(1, 16, behind=-0.2), as_of=AS_OF)
    assert "region 00 does more" in found.say(found.claims[0].message)
