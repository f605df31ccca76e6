"""Randomised blocks: odds of mean rates, with intervals that hold as often as they claim."""

import numpy as np
import pytest
from scipy.special import expit, logit

from insights.errors import DataError
from insights.models.blocks import blocked

EFFECTS = np.array([0.0, -0.7, -1.2, -1.6])


def planted(seed: int, *, blocks: int = 16, skewed: bool = False, effects=EFFECTS):
    """Rates in which each unit has a quality of its own; skewed as posts of a real brand are."""
    random = np.random.default_rng(seed)
    block = np.repeat(np.arange(blocks), len(effects))
    treatment = np.tile(np.arange(len(effects)), blocks)
    quality = 0.4 * random.standard_normal(block.size)
    rate = expit((logit(0.0034) if skewed else -3) + quality + np.asarray(effects)[treatment])
    if skewed:
        rate = random.beta(rate * 1_100, (1 - rate) * 1_100)
    return random.binomial(200_000, rate) / 200_000, block, treatment


class TestBlocked:
    def test_without_luck_the_odds_ratio_is_what_it_is(self):
        rates = expit(np.tile([-2.0, -2.5], 4))
        found = blocked(rates, np.repeat(np.arange(4), 2), np.tile([0, 1], 4))
        assert found.effect[1] == pytest.approx(-0.5)
        assert found.high[1] - found.low[1] == pytest.approx(0, abs=1e-9)

    @pytest.mark.parametrize("skewed", [False, True])
    def test_intervals_hold_as_often_as_they_say(self, skewed):
        held, middle = [], []
        for seed in range(400):
            found = blocked(*planted(seed, skewed=skewed))
            middle.append(found.effect)
            held.append((found.low <= EFFECTS)[1:] & (found.high >= EFFECTS)[1:])
        # Three differences of one world share the first place: 400 worlds, not 1,200.
        assert np.mean(held) == pytest.approx(0.90, abs=3 * np.sqrt(0.09 / 400))
        # Where most units hardly answer, the mean of logits would be off by more than a half.
        assert np.mean(middle, axis=0) == pytest.approx(EFFECTS, abs=0.07)

    def test_where_treatments_do_nothing_something_is_said_as_often_as_it_should_be(self):
        said = 0
        for seed in range(300):
            found = blocked(*planted(seed, effects=(0.0, 0.0)))
            said += not found.low[1] <= 0 <= found.high[1]
        assert said / 300 == pytest.approx(0.10, abs=3 * np.sqrt(0.09 / 300))

    def test_the_spread_is_that_of_one_unit(self):
        found = [blocked(*planted(seed, blocks=60)).spread for seed in range(40)]
        assert np.mean(found) == pytest.approx(0.4, rel=0.1)

    def test_blocks_without_the_first_treatment_say_nothing(self):
        rates, block, treatment = planted(3)
        kept = (block > 2) | (treatment > 0)
        assert blocked(rates[kept], block[kept], treatment[kept]).blocks == 13

    def test_too_few_blocks_are_refused(self):
        with pytest.raises(DataError, match="shares 2 blocks"):
            blocked(*planted(0, blocks=2))
        with pytest.raises(DataError, match="shares 0 blocks"):
            blocked([], [], [])

    def test_nobody_answering_is_refused(self):
        with pytest.raises(DataError, match="no odds"):
            blocked([0.1, 0, 0.1, 0, 0.2, 0], [0, 0, 1, 1, 2, 2], [0, 1] * 3)
