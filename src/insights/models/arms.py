"""Arms: what did a lottery between two groups show, and how many people would have shown more?

The arms may be of very different sizes, and pooled over strata that were drawn with different
chances. For two groups of one size, and in weeks, ask `insights.models.power`.
"""

from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from insights.errors import DataError
from insights.models.intervals import wilson

Floats = NDArray[np.float64]
# What the arm that was left alone is called, by our own lists (hold_out) and by those of others.
CONTROL_ARMS = frozenset(
    {"control", "holdout", "hold_out", "对照组", "对照", "空白组", "no e-mail", "no email"}
)


def left_alone(arm: object) -> bool:
    """Whether an arm is called as the one that was left alone is, however it is spelt.

    Examples
    --------
    >>> left_alone(" Holdout "), left_alone("对照组"), left_alone("contact")
    (True, True, False)
    """
    return str(arm).strip().lower() in CONTROL_ARMS


def people_per_arm(
    baseline: float, lift: float, *, power: float = 0.8, confidence: float = 0.95, ratio: float = 1
) -> int:
    """Return how many people the smaller arm needs, so that a lift is seen with the stated power.

    Parameters
    ----------
    baseline : float in (0, 1)
        Share without the treatment.
    lift : float
        Difference to be seen, a share; baseline + lift lies in (0, 1).
    power : float in (0, 1), default 0.8
        Chance of seeing it where it is there.
    confidence : float in (0, 1), default 0.95
        Of the two-sided interval that must not hold zero.
    ratio : float >= 1, default 1
        People in the larger arm for each one in the smaller.

    Raises
    ------
    DataError
        If a share or chance cannot be, or there is no difference to be seen.

    Notes
    -----
    Source: Fleiss, Levin, Paik (2003), Statistical Methods for Rates and Proportions, 4.1; normal
    approximation without continuity correction.

    Examples
    --------
    >>> people_per_arm(0.104, 0.017)
    5423
    """
    treated = baseline + lift
    for name, value in (("baseline", baseline), ("baseline + lift", treated)):
        if not 0 < value < 1:
            raise DataError(f"The {name} is a share between 0 and 1; found {value:g}.")
    if lift == 0:
        raise DataError("A lift of 0 is no difference: no number of people shows it.")
    if ratio < 1 or not np.isfinite(ratio):
        raise DataError(f"The larger arm has at least as many people: found a ratio of {ratio:g}.")
    missed, seen = _quantile(power, "power"), _quantile((1 + confidence) / 2, "confidence")
    pooled = (treated + ratio * baseline) / (1 + ratio)
    under_null = seen * sqrt(pooled * (1 - pooled) * (1 + 1 / ratio))
    under_lift = missed * sqrt(treated * (1 - treated) + baseline * (1 - baseline) / ratio)
    return ceil(((under_null + under_lift) / lift) ** 2)


def smallest_lift(
    baseline: float, smaller: int, larger: int, *, power: float = 0.8, confidence: float = 0.95
) -> float:
    """Return the smallest lift that arms of these sizes show with the stated power; NaN if none.

    Examples
    --------
    >>> round(smallest_lift(0.104, 300, 2700), 3)
    0.056
    """
    if smaller < 1 or larger < smaller:
        raise DataError(f"Arms need people, the larger the more; found {smaller} and {larger}.")
    low, high = 1e-6, 1 - baseline - 1e-6
    how = {"power": power, "confidence": confidence, "ratio": larger / smaller}
    if people_per_arm(baseline, high, **how) > smaller:
        return float("nan")
    for _ in range(60):  # Bisection: each step halves the doubt.
        middle = (low + high) / 2
        enough = people_per_arm(baseline, middle, **how) <= smaller
        low, high = (low, middle) if enough else (middle, high)
    return high


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A share with treatment less one without, pooled over strata.

    Attributes
    ----------
    treated, control : float in [0, 1]
        Shares, standardised to the same strata.
    difference, low, high : float in [-1, 1]
        The first less the second, and its interval.
    """

    treated: float
    control: float
    difference: float
    low: float
    high: float


def share_difference(
    treated_yes: ArrayLike,
    treated: ArrayLike,
    control_yes: ArrayLike,
    control: ArrayLike,
    *,
    confidence: float = 0.95,
) -> Difference:
    """Compare two arms, stratum by stratum, and pool.

    Parameters
    ----------
    treated_yes, treated, control_yes, control : arrays, one entry a stratum, counts
        People who did, and all, of each arm. A stratum lacking an arm says nothing and is left out.
    confidence : float in (0, 1), default 0.95

    Raises
    ------
    DataError
        If no stratum has both arms, or counts cannot be.

    Notes
    -----
    Weights are those of Mantel and Haenszel (harmonic in the sizes of the arms). The interval is
    Newcombe's hybrid of Wilson intervals (1998, Statistics in Medicine 17), of each stratum and
    then added in squares, after Yan and Su (2010): it does not leave [-1, 1], and holds on arms
    of 30.

    Examples
    --------
    >>> found = share_difference([327], [2700], [31], [300])
    >>> round(found.difference, 3), round(found.low, 3), round(found.high, 3)
    (0.018, -0.024, 0.05)
    """
    a, n, b, m = (np.atleast_1d(np.asarray(x, float)) for x in (
        treated_yes, treated, control_yes, control
    ))  # fmt: skip
    both = (n > 0) & (m > 0)
    if not both.any():
        raise DataError("No stratum has people in both arms, so nothing can be compared.")
    a, n, b, m = a[both], n[both], b[both], m[both]
    weight = n * m / (n + m)
    weight /= weight.sum()
    p, q = a / n, b / m
    p_low, p_high = wilson(a, n, confidence=confidence)
    q_low, q_high = wilson(b, m, confidence=confidence)
    gap = float(weight @ (p - q))
    down = float(np.sqrt((weight**2) @ ((p - p_low) ** 2 + (q_high - q) ** 2)))
    up = float(np.sqrt((weight**2) @ ((p_high - p) ** 2 + (q - q_low) ** 2)))
    return Difference(
        treated=float(weight @ p),
        control=float(weight @ q),
        difference=gap,
        low=gap - down,
        high=gap + up,
    )


def _quantile(chance: float, name: str) -> float:
    if not 0 < chance < 1:
        raise DataError(f"The {name} lies between 0 and 1; found {chance:g}.")
    return NormalDist().inv_cdf(chance)
