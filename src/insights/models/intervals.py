"""Intervals: between which values a share or a mean may lie, given what was seen.

For shares Wilson's score interval; for means of money Hall's correction for skewness. Both are
closed forms: no draws, no seed, a million customers in milliseconds.
"""

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from insights.errors import DataError
from insights.models.sums import weighted_sum

Floats = NDArray[np.float64]


def wilson(
    successes: ArrayLike, trials: ArrayLike, *, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Return the ends of Wilson's score interval for shares.

    Parameters
    ----------
    successes, trials : arrays that broadcast, counts >= 0
        NaN stands for a cell not observed yet.
    confidence : float in (0, 1), default 0.95

    Returns
    -------
    low, high : arrays in [0, 1]
        NaN where there was no trial or a count is NaN.

    Raises
    ------
    DataError
        If there are more successes than trials, or a negative count.

    Notes
    -----
    Source: Wilson (1927), Probable Inference, the Law of Succession, and Statistical Inference,
    JASA 22. It stays within 0 and 1 and holds its confidence on small counts, which the usual
    p +- 2 sd does not.

    Examples
    --------
    >>> low, high = wilson([8, 0], [10, 0])
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.49, nan], [0.943, nan])
    """
    s, n = np.broadcast_arrays(
        np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    )
    for name, counts in (("successes", s), ("trials", n)):
        if wrong := int((counts < 0).sum() + np.isinf(counts).sum()):
            raise DataError(
                f"{wrong} of {counts.size} {name} are negative or infinite. Counts are 0 or more."
            )
    if wrong := int((s > n).sum()):
        at = np.flatnonzero((s > n).ravel())[0]
        raise DataError(
            f"{wrong} of {s.size} shares have more successes than trials, the first "
            f"{s.flat[at]:g} of {n.flat[at]:g}. Check that both count the same people."
        )
    z2 = _normal_quantile(confidence) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = (s + z2 / 2) / (n + z2)
        half = np.sqrt(z2 * (s * (n - s) / n + z2 / 4)) / (n + z2)
    # Rounding must not keep "nobody" off 0 nor "everybody" off 1.
    low = np.where(s == 0, 0.0, np.maximum(centre - half, 0.0))
    high = np.where(s == n, 1.0, np.minimum(centre + half, 1.0))
    unseen = np.isnan(s) | np.isnan(n) | (n == 0)
    return np.where(unseen, np.nan, low), np.where(unseen, np.nan, high)


def mean_interval(
    values: ArrayLike, *, counts: ArrayLike | None = None, confidence: float = 0.95
) -> tuple[float, float]:
    """Return the ends of an interval for the mean of skewed amounts, such as money per customer.

    Parameters
    ----------
    values : array
        One amount a customer, or the distinct amounts with their `counts`.
    counts : array, optional
        Customers of each amount, >= 0.
    confidence : float in (0, 1), default 0.95

    Returns
    -------
    low, high : float, in the unit of the values
        Not below 0 where no value is.
        NaN with fewer than two customers: one amount says nothing of the next.

    Raises
    ------
    DataError
        If a value is missing or infinite, or the counts are negative or of another length.

    Notes
    -----
    Source: Hall (1992), On the Removal of Skewness by Transformation, JRSS B 54, with Student's
    quantiles. Chosen by trial: where 70% of customers spend nothing and the rest lognormally
    (sigma 1), samples of 50 cover the truth at a nominal 95% in 86% with the t interval, 93% with
    the studentised bootstrap, 94% with this. On a lognormal of sigma 1.5 it is 83, 90 and 90%: no
    interval made of 50 customers knows the tail that it has not seen.

    Examples
    --------
    >>> low, high = mean_interval([0, 0, 0, 0, 12.5, 30, 210])
    >>> round(low, 1), round(high, 1)
    (0.0, 269.7)
    """
    x = np.asarray(values, dtype=np.float64).ravel()
    w = np.ones(x.size) if counts is None else np.asarray(counts, dtype=np.float64).ravel()
    if not np.isfinite(x).all():
        raise DataError(
            f"{int((~np.isfinite(x)).sum())} of {x.size} amounts are missing or infinite. "
            "Leave them out, and say on the page how many."
        )
    if w.size != x.size or not (np.isfinite(w) & (w >= 0)).all():
        raise DataError(
            f"Counts must be 0 or more, one for each amount; found {w.size} for {x.size} amounts."
        )
    n = float(w.sum())
    if n < 2:
        return float("nan"), float("nan")
    mean = weighted_sum(w, x) / n
    deviation = x - mean
    moments = (mean, weighted_sum(w, deviation**2) / n, weighted_sum(w, deviation**3) / n)
    low, high = _of_moments(
        n, *(np.array([m]) for m in moments), confidence=confidence, floor=x.min() >= 0
    )
    return float(low[0]), float(high[0])


def mean_interval_of_sums(
    count: float,
    total: float,
    squares: float,
    cubes: float,
    *,
    confidence: float = 0.95,
    floor: bool = False,
) -> tuple[float, float]:
    """Return the interval of `mean_interval` from sums that a database has added up.

    Parameters
    ----------
    count : float
        Customers, those of nothing included.
    total, squares, cubes : float
        Sums of the amounts, of their squares and of their third powers.
    floor : bool
        Whether no amount is below 0, so that the mean is not either.

    Raises
    ------
    DataError
        If a sum is missing or infinite.

    Examples
    --------
    >>> x = [0, 0, 0, 0, 12.5, 30, 210]
    >>> low, high = mean_interval_of_sums(7, sum(x), *(sum(v**k for v in x) for k in (2, 3)))
    >>> round(high, 1)
    269.7
    """
    low, high = mean_intervals_of_sums(
        count, [total], [squares], [cubes], confidence=confidence, floor=floor
    )
    return float(low[0]), float(high[0])


def mean_intervals_of_sums(
    count: ArrayLike,
    total: ArrayLike,
    squares: ArrayLike,
    cubes: ArrayLike,
    *,
    confidence: float = 0.95,
    floor: ArrayLike = False,
) -> tuple[Floats, Floats]:
    """Return `mean_interval_of_sums` of many sums, over the same customers or a count for each.

    Examples
    --------
    >>> low, high = mean_intervals_of_sums(4, [40, 60], [400, 1000], [4000, 18000])
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([10.0, 5.81], [10.0, 24.19])
    """
    sums = np.array([total, squares, cubes], dtype=np.float64)
    n = np.asarray(count, dtype=np.float64)
    if not np.isfinite(sums).all() or not np.isfinite(n).all():
        raise DataError("A sum of amounts is missing or infinite. Leave such amounts out.")
    n = np.where(n < 2, np.nan, n)  # One amount says nothing of the next.
    mean, square, cube = sums / n
    # Sums of large powers leave a rounding error where all amounts are one.
    spread = np.maximum(square - mean**2, 0.0)
    third = cube - 3 * mean * square + 2 * mean**3
    return _of_moments(n, mean, spread, third, confidence=confidence, floor=floor)


def paired_interval(a: ArrayLike, b: ArrayLike, *, confidence: float = 0.95) -> tuple[float, float]:
    """Return the ends of an interval for the mean of a - b, measured on the same cases.

    For two models' losses on the same customers: 0 outside of it means that one is really better.

    Raises
    ------
    DataError
        As `mean_interval`, and if the lengths differ.
    """
    left, right = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if left.shape != right.shape:
        raise DataError(
            f"Paired values need one length; found {left.shape} and {right.shape}. "
            "Give both measurements of the same cases, in the same order."
        )
    return mean_interval(left - right, confidence=confidence)


def _of_moments(
    n: "float | Floats",
    mean: Floats,
    spread: Floats,
    third: Floats,
    *,
    confidence: float,
    floor: ArrayLike,
) -> tuple[Floats, Floats]:
    from scipy.special import stdtrit  # noqa: PLC0415 - scipy would make `wilson` slow to import

    alike = spread <= (1e-12 * np.abs(mean)) ** 2
    held = np.where(alike, 1.0, spread)
    error = np.where(alike, 0.0, np.sqrt(held / (n - 1)))
    t = stdtrit(n - 1, _upper_tail(confidence))
    k = third / held**1.5 / np.sqrt(n)
    low, high = mean - error * _unskewed(t, k), mean - error * _unskewed(-t, k)
    return np.where(floor, np.maximum(low, 0.0), low), high


def _unskewed(quantile: "float | Floats", k: Floats) -> Floats:
    """Invert Hall's cubic: the studentised mean that the quantile corresponds to."""
    straight = np.abs(k) < 1e-8
    bent = np.where(straight, 1.0, k)
    found: Floats = np.where(
        straight, quantile, 3 / bent * (np.cbrt(1 + bent * (quantile - bent / 6)) - 1)
    )
    return found


def _normal_quantile(confidence: float) -> float:
    return NormalDist().inv_cdf(_upper_tail(confidence))


def _upper_tail(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise DataError(f"A confidence lies between 0 and 1; found {confidence}.")
    return (1 + confidence) / 2
