"""Thresholds: do people gather on one side of a line, and does something jump where it is crossed?

The first question comes first: where people place themselves just above a line, those on its two
sides are no longer alike, and a jump at the line says nothing.
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from insights.errors import DataError

Floats = NDArray[np.float64]
FEWEST = 30  # People within the bandwidth on each side; fewer fit a line through noise.


@dataclass(frozen=True, kw_only=True)
class DensityJump:
    """How much denser people lie just above a line than just below.

    Attributes
    ----------
    log_ratio : float
        Logarithm of density above over density below.
    low, high : float
        Its interval.
    p : float in [0, 1]
        Chance of a jump as large where there is none.
    bandwidth : float, in the unit of the values
    below, above : int
        People within the bandwidth.
    """

    log_ratio: float
    low: float
    high: float
    p: float
    bandwidth: float
    below: int
    above: int


@dataclass(frozen=True, kw_only=True)
class Jump:
    """By how much an outcome jumps at a line.

    Attributes
    ----------
    jump, low, high : float, in the unit of the outcome
        Local quadratic estimate and its interval.
    p : float in [0, 1]
    bandwidth : float, in the unit of the values
    below, above : int
        People within the bandwidth.
    """

    jump: float
    low: float
    high: float
    p: float
    bandwidth: float
    below: int
    above: int


def density_jump(
    values: ArrayLike, line: float, *, bandwidth: float | None = None, confidence: float = 0.95
) -> DensityJump:
    """Test whether the density of values jumps at a line.

    Parameters
    ----------
    values : array
        One amount a person.
    line : float
        The threshold; whoever is exactly on it has passed it.
    bandwidth : float, optional
        How far from the line people count; a rule of thumb if not given.
    confidence : float in (0, 1), default 0.95

    Raises
    ------
    DataError
        If a value is missing, or fewer than 30 people lie within the bandwidth on a side.

    Notes
    -----
    The idea is McCrary's (2008, Journal of Econometrics 142), the estimate that of Cattaneo,
    Jansson and Ma (2020, JASA 115): the density is the slope of the empirical distribution, fitted
    on each side by local quadratics with a triangular kernel, so that no bins are chosen. The
    variance is that of the weighted sum over people that the slope is.

    Examples
    --------
    >>> import numpy as np
    >>> spread = np.random.default_rng(1).uniform(0, 10, 4000)
    >>> density_jump(spread, 5).p > 0.05
    True
    """
    x = _finite(values) - line
    h = bandwidth or _density_bandwidth(x)
    below, above = int(((x < 0) & (x > -h)).sum()), int(((x >= 0) & (x < h)).sum())
    _refuse_thin(below, above, h)
    left, left_error = _density_at(-x[x < 0], h, x.size)
    right, right_error = _density_at(x[x >= 0], h, x.size)
    if min(left, right) <= 0:
        raise DataError(
            f"The density beside {line:g} cannot be told within {h:g} of it. Give more people, or "
            "a wider bandwidth."
        )
    ratio = float(np.log(right / left))
    error = float(np.hypot(left_error / left, right_error / right))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return DensityJump(
        log_ratio=ratio,
        low=ratio - z * error,
        high=ratio + z * error,
        p=_two_sided(ratio / error),
        bandwidth=float(h),
        below=below,
        above=above,
    )


def outcome_jump(
    values: ArrayLike,
    outcomes: ArrayLike,
    line: float,
    *,
    bandwidth: float | None = None,
    confidence: float = 0.95,
) -> Jump:
    """Estimate by how much an outcome jumps where a value passes a line.

    It is the effect of passing only where nobody can place themselves: ask `density_jump` first.

    Parameters
    ----------
    values, outcomes : arrays, one entry a person
    line, bandwidth, confidence
        As for `density_jump`.

    Raises
    ------
    DataError
        As `density_jump`; and if the lengths differ.

    Notes
    -----
    Local polynomials with a triangular kernel. The bandwidth is the rule of thumb of Fan and
    Gijbels (1996) for a straight line; the estimate is that of a parabola within it, which is the
    bias-corrected one of Calonico, Cattaneo and Titiunik (2014, Econometrica 82) with both
    bandwidths equal, and its heteroskedasticity-robust (HC3) error counts the correction.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(2)
    >>> x = rng.uniform(-1, 1, 2000)
    >>> found = outcome_jump(x, x + 0.5 * (x >= 0) + rng.normal(0, 0.2, 2000), 0)
    >>> found.low < 0.5 < found.high
    True
    """
    x, y = _finite(values) - line, _finite(outcomes)
    if x.size != y.size:
        raise DataError(f"Each value needs one outcome; found {x.size} and {y.size}.")
    h = bandwidth or _outcome_bandwidth(x, y)
    below, above = int(((x < 0) & (x > -h)).sum()), int(((x >= 0) & (x < h)).sum())
    _refuse_thin(below, above, h)
    left, left_error = _level_at(x[x < 0], y[x < 0], h)
    right, right_error = _level_at(x[x >= 0], y[x >= 0], h)
    jump, error = right - left, float(np.hypot(left_error, right_error))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return Jump(
        jump=jump,
        low=jump - z * error,
        high=jump + z * error,
        p=_two_sided(jump / error) if error else 1.0,
        bandwidth=float(h),
        below=below,
        above=above,
    )


def _density_at(distance: Floats, h: float, everyone: int) -> tuple[float, float]:
    """Return the density at distance 0 of one side, and its standard error.

    The empirical distribution of the distances is regressed on (1, d, d^2); the slope is linear in
    the indicators of the people, so that its variance is that of a mean over them.
    """
    d = np.sort(distance)
    near = d[d < h]
    design = np.vander(near / h, 3, increasing=True)
    weight = 1 - near / h
    gram = design.T @ (weight[:, None] * design)
    slope_of = np.linalg.solve(gram, (weight[:, None] * design).T)[1] / h  # Weight of each height.
    heights = np.arange(1, near.size + 1) / everyone
    slope = float(slope_of @ heights)
    # Person j lifts the heights of all who lie no nearer: their influence is a sum from j on.
    influence = np.concatenate([np.cumsum(slope_of[::-1])[::-1], np.zeros(everyone - near.size)])
    # As the people are at once the points of the regression, Hajek's projection counts them once.
    spread = influence - influence.mean()
    return slope, float(np.sqrt((spread**2).sum())) / everyone


def _level_at(x: Floats, y: Floats, h: float) -> tuple[float, float]:
    """Return the outcome at the line from one side, by a parabola, and its robust error."""
    near = np.abs(x) < h
    t, seen = x[near] / h, y[near]
    design = np.vander(t, 3, increasing=True)
    root = np.sqrt(1 - np.abs(t))
    scaled = design * root[:, None]
    solved = np.linalg.pinv(scaled)
    fitted: Floats = np.asarray(solved @ (seen * root))
    leverage = np.clip((scaled * solved.T).sum(axis=1), 0, 0.99)
    residual = (seen - design @ fitted) * root / (1 - leverage)
    return float(fitted[0]), float(np.sqrt(((solved[0] * residual) ** 2).sum()))


def _density_bandwidth(x: Floats) -> float:
    """Return a bandwidth that shrinks as people grow: enough of them on each side, and no more."""
    spread = min(float(x.std()), float(np.subtract(*np.quantile(x, [0.75, 0.25]))) / 1.349)
    wide: float = 2.6 * (spread or float(x.std())) * float(x.size) ** -0.2
    return max(wide, _reach(x))


def _outcome_bandwidth(x: Floats, y: Floats) -> float:
    """Return Fan and Gijbels' rule of thumb, from a quartic on each side."""
    widest: float = float(np.quantile(np.abs(x), 0.9))
    near = np.abs(x) <= widest
    t, seen, right = x[near], y[near], x[near] >= 0
    curvature, noise = [], 0.0
    for side in (right, ~right):
        if side.sum() < FEWEST:
            return widest
        fit: Any = np.polynomial.Polynomial.fit(t[side], seen[side], 4)
        curvature.append(fit.deriv(2)(t[side]) ** 2)
        noise += float(((seen[side] - fit(t[side])) ** 2).sum())
    bend = float(np.concatenate(curvature).sum())
    if bend <= 0:
        return widest
    # 3.438 is the constant of the triangular kernel at a boundary.
    rule: float = 3.438 * (noise / near.sum() * 2 * widest / bend) ** 0.2
    chosen: float = min(max(rule, _reach(x)), widest)
    return chosen


def _reach(x: Floats) -> float:
    """Return how far one must look to have the fewest people on both sides."""
    sides = [np.sort(np.abs(x[x < 0])), np.sort(x[x >= 0])]
    if min(side.size for side in sides) <= FEWEST:
        return float(np.abs(x).max())
    return float(max(side[FEWEST] for side in sides)) * (1 + 1e-9)


def _refuse_thin(below: int, above: int, h: float) -> None:
    if min(below, above) < FEWEST:
        raise DataError(
            f"Within {h:g} of the line there are {below} people below and {above} above; a "
            f"comparison needs {FEWEST} on each side."
        )


def _finite(values: ArrayLike) -> Floats:
    x = np.asarray(values, dtype=np.float64).ravel()
    if bad := int((~np.isfinite(x)).sum()):
        raise DataError(f"{bad} of {x.size} values are missing or infinite. Leave them out.")
    if not x.size:
        raise DataError("There are no values.")
    return x


def _two_sided(z: float) -> float:
    return 2 * (1 - NormalDist().cdf(abs(z)))
