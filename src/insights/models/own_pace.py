"""Own pace: do people buy faster from a day on than they did before it, their leaving allowed for?

Everybody is held against themselves, so that who buys much anyway is no effect. Whoever reached the
day had not left by then; afterwards they may leave, which without a model would look like a fall.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import gammaln

from insights.errors import DataError

Floats = NDArray[np.float64]
NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)
START = (0.0, 4.0, -0.5, 6.0, 0.0)  # Logarithms of r, alpha, s, beta, and of the pace afterwards.
BOUNDS = ((-4, 5), (-2, 10), (-5, 5), (0, 13), (-3, 3))
STEP = 1e-3
TINY = 1e-300  # Parameters that are tried and cannot be have a likelihood of nearly nothing.
FEWEST = 30  # Purchases before and after; fewer tell of no pace.


@dataclass(frozen=True, kw_only=True)
class OwnPace:
    """By how much faster people buy afterwards.

    Attributes
    ----------
    lift, low, high : float > -1
        0.15 is 15% more purchases in the same time, as long as they have not left.
    people, before, after : int
        People, and their purchases before and after.
    """

    lift: float
    low: float
    high: float
    people: int
    before: int
    after: int


def own_pace(
    before: ArrayLike,
    days_before: ArrayLike,
    after: ArrayLike,
    last_after: ArrayLike,
    days_after: ArrayLike,
    *,
    confidence: float = 0.95,
) -> OwnPace:
    """Estimate the change of pace at a day that everybody chose for themselves.

    Parameters
    ----------
    before, after : arrays of counts, one entry a person
        Purchases in the days before and in the days after.
    days_before, days_after : arrays >= 0
        How long each was watched.
    last_after : array
        Days from the day to the last purchase after it; 0 where there was none.
    confidence : float in (0, 1), default 0.95

    Raises
    ------
    DataError
        If lengths differ, a value cannot be, there are too few purchases, or the likelihood has no
        clear maximum.

    Notes
    -----
    The Pareto/NBD (Schmittlein, Morrison and Colombo 1987) of those who reached the day: rates
    Gamma over people, one factor on all of them afterwards, nobody leaves before, a lifetime
    Exponential after with rates Gamma over people. The time of leaving is integrated by quadrature.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rate = rng.gamma(2, 1 / 100, 2_000)
    >>> late = rng.poisson(rate * 1.5 * 200)
    >>> last = np.where(late, 200 * rng.random(2_000) ** (1 / (late + 1e-9)), 0)
    >>> found = own_pace(rng.poisson(rate * 100), np.full(2_000, 100.0), late, last,
    ...     np.full(2_000, 200.0))
    >>> found.low < 0.5 < found.high
    True
    """
    data = tuple(np.asarray(x, float).ravel() for x in
                 (before, days_before, after, last_after, days_after))  # fmt: skip
    x1, _, x2, last, t2 = data
    if len({part.size for part in data}) != 1 or not x1.size:
        raise DataError("Each person needs counts and days before and after; the lengths differ.")
    if any(not (np.isfinite(part) & (part >= 0)).all() for part in data) or (last > t2).any():
        raise DataError("Counts and days are 0 or more, and no last purchase lies after the end.")
    if min(x1.sum(), x2.sum()) < FEWEST:
        raise DataError(
            f"{int(x1.sum())} purchases before and {int(x2.sum())} after tell of no pace; it takes "
            f"{FEWEST} of each."
        )
    found = minimize(_cost, np.array(START), args=(data,), method="L-BFGS-B", bounds=BOUNDS)
    variance = _variance(found.x, data)
    if not found.success or not variance > 0:
        raise DataError("The change of pace has no clear maximum in these purchases.")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    change, wide = float(found.x[4]), z * float(np.sqrt(variance))
    return OwnPace(
        lift=float(np.expm1(change)),
        low=float(np.expm1(change - wide)),
        high=float(np.expm1(change + wide)),
        people=int(x1.size),
        before=int(x1.sum()),
        after=int(x2.sum()),
    )


def _cost(theta: Floats, data: tuple[Floats, ...]) -> float:
    """Return the negative log-likelihood."""
    x1, t1, x2, last, t2 = data
    r, a, s, b, pace = np.exp(theta)
    count = x1 + x2
    whole = a + t1 + pace * t2
    half = (t2 - last) / 2
    left_at = (last + t2)[:, None] / 2 + half[:, None] * NODES
    watched = (a + t1)[:, None] + pace * left_at
    # Everything is divided by the value of never having left, so that nothing overflows.
    log_left = (
        (r + count)[:, None] * (np.log(whole)[:, None] - np.log(watched))
        + np.log(s) + s * np.log(b) - (s + 1) * np.log(b + left_at)
    )  # fmt: skip
    left = (np.exp(log_left) * WEIGHTS).sum(axis=1) * half
    stayed = np.exp(s * (np.log(b) - np.log(b + t2)))
    value = (
        gammaln(r + count) - gammaln(r) + r * np.log(a) + x2 * theta[4]
        - (r + count) * np.log(whole) + np.log(np.maximum(stayed + left, TINY))
    )  # fmt: skip
    return float(-value.sum())


def _variance(theta: Floats, data: tuple[Floats, ...]) -> float:
    """Return the variance of the logarithm of the pace; NaN where the curvature tells none."""
    size = theta.size
    hessian = np.zeros((size, size))
    steps = np.eye(size) * STEP
    for i in range(size):
        for j in range(i, size):
            hessian[i, j] = hessian[j, i] = (
                _cost(theta + steps[i] + steps[j], data)
                - _cost(theta + steps[i] - steps[j], data)
                - _cost(theta - steps[i] + steps[j], data)
                + _cost(theta - steps[i] - steps[j], data)
            ) / (4 * STEP**2)
    # A parameter at its bound (nobody leaves) is flat: the pseudo-inverse leaves it alone.
    inverse = np.linalg.pinv(hessian, rcond=1e-9, hermitian=True)
    return float(inverse[4, 4])
