"""Ratios: how sure is a rate whose pieces scatter far more than chance alone would have them?

Posts of one brand differ so much that an interval over people is many times too narrow. The unit
here is the piece, the week or the account: a ratio of sums with the scatter of its units
(Cochran, Sampling Techniques, 6.4).
"""

import numpy as np
from numpy.typing import ArrayLike

from insights.errors import DataError


def ratio_of_sums(
    counts: ArrayLike, bases: ArrayLike, *, confidence: float = 0.90, most: float = np.inf
) -> tuple[float, float, float]:
    """Return the sum of `counts` over the sum of `bases`, with its interval over the units.

    Parameters
    ----------
    counts, bases : arrays, one entry per unit
        Bases are positive.
    confidence : float in (0, 1), default 0.90
    most : float
        No end of the interval lies above it; 1 for a share.

    Returns
    -------
    rate, low, high : float
        The ends are NaN with fewer than two units, which say nothing of how units scatter.

    Raises
    ------
    DataError
        If there is no unit, or a base is not positive.

    Examples
    --------
    >>> rate, low, high = ratio_of_sums([2, 4, 3], [100, 200, 100], most=1)
    >>> round(rate, 4), round(low, 4), round(high, 4)
    (0.0225, 0.0141, 0.0309)
    """
    from scipy.stats import t as student  # noqa: PLC0415 - scipy loads when something is asked

    y, n = np.asarray(counts, float), np.asarray(bases, float)
    if not y.size or not (n > 0).all():
        raise DataError(
            f"A rate needs units with something to divide by; found {y.size} units, of which "
            f"{int((n <= 0).sum())} have a base of zero or less. Leave those out first."
        )
    rate = float(y.sum() / n.sum())
    if y.size < 2:
        return rate, float("nan"), float("nan")
    residual = y - rate * n
    error = np.sqrt(y.size / (y.size - 1) * float(residual @ residual)) / n.sum()
    reach = float(student.ppf((1 + confidence) / 2, y.size - 1) * error)
    low = max(0.0, rate - reach) if (y >= 0).all() else rate - reach
    return rate, low, min(rate + reach, most)


def ratio_over_weeks(
    money: ArrayLike, base: ArrayLike, confidence: float = 0.90
) -> tuple[float, float, float]:
    """Return the ratio of sums over weeks, with its interval.

    What comes in a week without a base belongs to the delivery before it: runs of such weeks join
    the last week that had one, those at the beginning the first.

    Parameters
    ----------
    money, base : arrays, one entry a week, oldest first
        Bases are not negative, and at least one is positive.
    confidence : float in (0, 1), default 0.90

    Examples
    --------
    >>> rate, _low, _high = ratio_over_weeks([5, 1, 4, 0], [10, 0, 10, 0])
    >>> rate
    0.5
    """
    y, n = np.asarray(money, float), np.asarray(base, float)
    run = np.maximum(np.cumsum(n > 0), 1) - 1
    return ratio_of_sums(np.bincount(run, y), np.bincount(run, n), confidence=confidence)
