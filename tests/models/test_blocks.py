"""Randomised blocks: as least squares elsewhere say, with intervals that hold as claimed."""

import numpy as np
import pytest
import statsmodels.api as sm

from insights.errors import DataError
from insights.models.blocks import blocked


def planted(seed: int, *, blocks: int = 9, effects=(0.0, -0.7, -1.2, -1.6), spread: float = 0.4):
    random = np.random.default_rng(seed)
    block = np.repeat(np.arange(blocks), len(effects))
    treatment = np.tile(np.arange(len(effects)), blocks)
    value = random.standard_normal(blocks)[block] + np.array(effects)[treatment]
    return value + spread * random.standard_normal(value.size), block, treatment


class TestBlocked:
    def test_agrees_with_statsmodels_where_blocks_lack_treatments(self):
        value, block, treatment = planted(3)
        kept = np.random.default_rng(0).random(value.size) > 0.2
        value, block, treatment = value[kept], block[kept], treatment[kept]
        found = blocked(value, block, treatment)
        design = np.column_stack(
            [block == b for b in range(9)] + [treatment == k for k in (1, 2, 3)]
        ).astype(float)
        theirs = sm.OLS(value, design).fit()
        assert found.effect[1:] == pytest.approx(theirs.params[-3:])
        ends = theirs.conf_int(alpha=0.10)[-3:]
        assert np.column_stack([found.low, found.high])[1:] == pytest.approx(ends)

    def test_intervals_hold_as_often_as_they_say(self):
        held = []
        for seed in range(400):
            found = blocked(*planted(seed))
            held += (
                (found.low[1:] <= [-0.7, -1.2, -1.6]) & (found.high[1:] >= [-0.7, -1.2, -1.6])
            ).tolist()
        # Three differences of one world share the first place: 400 worlds, not 1,200.
        assert np.mean(held) == pytest.approx(0.90, abs=3 * np.sqrt(0.09 / 400))

    def test_where_treatments_do_nothing_something_is_said_as_often_as_it_should_be(self):
        said = 0
        for seed in range(200):
            found = blocked(*planted(seed, effects=(0.0, 0.0)))
            said += not found.low[1] <= 0 <= found.high[1]
        assert said / 200 == pytest.approx(0.10, abs=3 * np.sqrt(0.09 / 200))

    def test_too_few_blocks_are_refused(self):
        with pytest.raises(DataError, match="2 blocks have two treatments"):
            blocked(*planted(0, blocks=2))

    def test_a_treatment_that_met_no_other_is_refused(self):
        with pytest.raises(DataError, match="cannot be compared"):
            blocked([1.0, 2, 1, 2, 1, 2, 9, 9], [0, 0, 1, 1, 2, 2, 3, 4], [0, 1, 0, 1, 0, 1, 2, 2])
