"""Series against their peers: what befalls all cancels, what befalls one stands out."""

import numpy as np
import pytest

from insights.errors import DataError
from insights.models.peers import against_peers, wander

WEEKS = 30


def world(seed: int, *, fall: float = 0.0, grows: float = 1.0):
    """Counts and exposures of four series that share the weeks; the first one falls half-way."""
    rng = np.random.default_rng(seed)
    shown = np.full((4, WEEKS), 40_000.0)
    shown[3] *= np.linspace(1, grows, WEEKS)
    rate = np.array([0.01, 0.02, 0.01, 0.04])[:, None] * np.exp(rng.normal(0, 0.3, WEEKS))
    rate[0, WEEKS // 2 :] *= 1 - fall
    return rng.poisson(shown * rate).astype(float), shown


def step(ratio: np.ndarray) -> float:
    """Relative change from the first to the second half of the weeks."""
    return float(np.expm1(ratio[WEEKS // 2 :].mean() - ratio[: WEEKS // 2].mean()))


def test_what_befalls_all_cancels_and_what_befalls_one_is_told():
    found = against_peers(*world(1, fall=0.4))
    assert step(found[0][0]) == pytest.approx(-0.4, abs=0.03)
    # It is a quarter of the yardstick that the others are held against.
    assert step(found[3][0]) == pytest.approx(1 / (1 - 0.4 / 4) - 1, abs=0.03)


def test_a_peer_that_grows_with_another_rate_moves_nobody():
    ratios = [ratio for ratio, _variance in against_peers(*world(2, grows=5.0))]
    assert max(abs(step(ratio)) for ratio in ratios) < 0.03


def test_the_variance_is_that_of_chance():
    rng = np.random.default_rng(3)
    shown = np.full((3, 400), 20_000.0)
    counts = rng.poisson(shown * 0.01).astype(float)
    ratio, variance = against_peers(counts, shown)[0]
    assert ratio.var() == pytest.approx(variance.mean(), rel=0.2)


def test_a_week_without_an_event_is_low_and_finite():
    counts, shown = world(4)
    counts[0, 5] = 0
    ratio, variance = against_peers(counts, shown)[0]
    assert np.isfinite(ratio).all()
    assert ratio[5] == ratio.min()
    assert (variance > 0).all()


@pytest.mark.parametrize("shapes", [((1, 9), (1, 9)), ((2, 9), (2, 8))])
def test_one_series_alone_has_no_peers(shapes):
    with pytest.raises(DataError, match="two series or more"):
        against_peers(np.ones(shapes[0]), np.ones(shapes[1]))


def test_weeks_that_hang_together_stray_further():
    rng = np.random.default_rng(5)
    alone = [rng.normal(size=200) for _ in range(4)]
    together = [np.convolve(rng.normal(size=203), np.ones(4), mode="valid") for _ in range(4)]
    assert wander(alone) == pytest.approx(1, abs=0.2)
    assert wander(together) > 1.5
    assert wander([np.zeros(20)]) == 1
