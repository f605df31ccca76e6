"""Peers: how does each series' weekly rate stand to what all the others' would have it be?

What happens to everybody in a week, such as a holiday or a poor post, is in both and cancels. What
is left is for a watch or a change to be looked for in (`insights.models.declines`).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from insights.errors import DataError

Floats = NDArray[np.float64]
LAGS = 6  # Weeks that may hang together.


def against_peers(counts: ArrayLike, exposures: ArrayLike) -> list[tuple[Floats, Floats]]:
    """Return each series' log rate over that of the others, and its variance, week by week.

    Parameters
    ----------
    counts, exposures : arrays, one row a series and one column a week
        Exposures are what the counts could be of, such as friends times posts, and not negative.

    Returns
    -------
    list of (log ratio, variance)
        One a series, an entry a week. The variance is that of chance alone, up to a common factor.

    Raises
    ------
    DataError
        If the two do not agree in shape, or there are fewer than two series.

    Examples
    --------
    >>> likes = [[30, 15], [60, 60], [90, 90]]
    >>> found = against_peers(likes, [[1000, 1000], [2000, 2000], [3000, 3000]])
    >>> [round(float(np.exp(ratio[1] - ratio[0])), 1) for ratio, _variance in found]
    [0.5, 1.1, 1.2]
    """
    y, e = np.asarray(counts, float), np.asarray(exposures, float)
    if y.ndim != 2 or y.shape != e.shape or len(y) < 2 or not (e >= 0).all():
        raise DataError(
            "Peers are two series or more, with a count and an exposure of zero or more a week "
            f"each; found counts of shape {y.shape} and exposures of shape {e.shape}."
        )
    return [_against(y, e, place) for place in range(len(y))]


def wander(baselines: Sequence[Floats]) -> float:
    """Return how much further sums of weeks stray than if weeks were independent; 1 if they are.

    The root of the long-run over the plain variance (Newey and West 1987), over all series, with
    the bias that taking off a mean gives to autocorrelations put back.

    Parameters
    ----------
    baselines : sequence of arrays
        Series of weeks in which nothing happened, oldest first.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> round(wander([rng.normal(size=400) for _series in range(5)]), 1)
    1.0
    >>> round(wander([np.repeat(rng.normal(size=100), 4) for _series in range(5)]), 1)
    1.9
    """
    weeks = min(map(len, baselines))
    centred = [series - series.mean() for series in baselines]
    plain = sum(float(c @ c) for c in centred)
    if plain <= 0:
        return 1.0
    total = 1.0
    for lag in range(1, LAGS + 1):
        found = sum(float(c[lag:] @ c[:-lag]) for c in centred) / plain + 1 / weeks
        total += 2 * (1 - lag / (LAGS + 1)) * found
    return float(np.sqrt(max(total, 1.0)))


def _against(y: Floats, e: Floats, place: int) -> tuple[Floats, Floats]:
    # Half an event (Anscombe) so that a week without one is low, and not minus infinity.
    own = np.log((y[place] + 0.5) / (e[place] + 1.0))
    others = np.arange(len(y)) != place
    # The others at their own usual mix: a series that grows must not move the yardstick.
    usual = y[others].sum(axis=1) / np.maximum(e[others].sum(axis=1), 1e-9)
    expected = (e[others] * usual[:, None]).sum(axis=0)
    found = y[others].sum(axis=0)
    yardstick = np.log((found + 0.5) / np.maximum(expected + 0.5, 1e-9))
    variance = 1 / (y[place] + 0.5) + 1 / (found + 0.5)
    # Weeks with few events are noisier than their counts show once those counts have fallen.
    steady = np.exp(yardstick + np.mean(own - yardstick)) * e[place]
    return own - yardstick, np.maximum(variance, 1 / (steady + 0.5) + 1 / (found + 0.5))
