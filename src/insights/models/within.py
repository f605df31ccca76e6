"""Within: how does a rate move with a dose, the same account and the same week being compared?

A weighted linear regression on the doses, with a level of its own for every account and every week
swept out. Errors are clustered, because the weeks of one account are alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from insights.errors import DataError

Floats = NDArray[np.float64]
SWEEPS, CLOSE = 500, 1e-10
FEWEST_CLUSTERS = 5


@dataclass(frozen=True, kw_only=True)
class WithinSlopes:
    """Level of the rate at each dose, for an average account and week.

    Attributes
    ----------
    doses, level, low, high : arrays, one entry a dose, lowest first
    contrast, covariance : arrays
        Of the doses against the lowest.
    """

    doses: Floats
    level: Floats
    low: Floats
    high: Floats
    contrast: Floats
    covariance: Floats
    quantile: float

    def between(self, higher: int, lower: int) -> tuple[float, float, float]:
        """Return the level of one dose less that of another, by place, with its interval."""
        pick = np.zeros(self.contrast.size)
        pick[higher] += 1
        pick[lower] -= 1
        gap = float(pick @ self.contrast)
        error = max(float(pick @ self.covariance @ pick), 0.0) ** 0.5
        return gap, gap - self.quantile * error, gap + self.quantile * error

    def step(self, place: int) -> tuple[float, float, float]:
        """Return what the step up to a dose adds, with its interval."""
        return self.between(place, place - 1)


@dataclass(frozen=True, kw_only=True)
class Swept:
    """Slopes of a regression whose levels were swept out.

    Attributes
    ----------
    slopes : array, one entry a column
    covariance : array
        Of the slopes, clustered.
    residual : array, one entry a cell
    clusters : int
    """

    slopes: Floats
    covariance: Floats
    residual: Floats
    clusters: int

    def reach(self, confidence: float) -> Floats:
        """Return half the length of each slope's interval."""
        from scipy.special import stdtrit  # noqa: PLC0415 - the rest needs none

        t = float(stdtrit(self.clusters - 1, (1 + confidence) / 2))
        return np.asarray(t * np.sqrt(np.maximum(np.diag(self.covariance), 0.0)))


def swept_slopes(
    rate: ArrayLike,
    columns: ArrayLike,
    levels: Sequence[Any],
    *,
    weights: ArrayLike,
    cluster: ArrayLike,
) -> Swept:
    """Regress a rate on columns, each label of each level having a level of its own.

    Parameters
    ----------
    rate : array, one entry a cell
    columns : array, cells x columns
        What it may move with; one that never moves within the levels has a slope of 0.
    levels : sequence of arrays
        Labels whose own levels are swept out.
    weights : array > 0
    cluster : array
        Labels of cells whose noise is alike; two or more.

    Raises
    ------
    DataError
        If lengths differ, a weight is not above 0, or there is one cluster only.

    Notes
    -----
    Frisch and Waugh (1933) for the sweeping; clustered errors after Liang and Zeger (1986) with the
    usual small-sample factor and Student's quantile at clusters less one.
    """
    y, w = np.asarray(rate, float), np.asarray(weights, float)
    x = np.asarray(columns, float).reshape(y.size, -1)
    groups, names = pd.factorize(np.asarray(cluster))
    if not y.size == w.size == groups.size or not (w > 0).all():
        raise DataError("Each cell needs a rate, its columns, a cluster and a weight above 0.")
    if len(names) < 2:
        raise DataError(f"Errors cannot be clustered over {len(names)} clusters; two are needed.")
    codes = [pd.factorize(np.asarray(level))[0] for level in levels]
    swept = _swept(np.column_stack([y, x]), codes, w)
    left, x = swept[:, 0], swept[:, 1:]
    inverse = np.linalg.pinv(x.T @ (w[:, None] * x), hermitian=True)
    slopes = inverse @ (x.T @ (w * left))
    residual = left - x @ slopes
    scores = np.zeros((len(names), slopes.size))
    np.add.at(scores, groups, x * (w * residual)[:, None])
    factor = len(names) / (len(names) - 1)
    covariance = factor * inverse @ (scores.T @ scores) @ inverse
    return Swept(slopes=slopes, covariance=covariance, residual=residual, clusters=len(names))


def within_slopes(
    rate: ArrayLike,
    dose: ArrayLike,
    levels: Sequence[Any],
    *,
    weights: ArrayLike,
    cluster: ArrayLike,
    confidence: float = 0.95,
) -> WithinSlopes:
    """Estimate the rate at each dose within accounts and weeks.

    Parameters
    ----------
    rate, dose : arrays, one entry a cell (an account in a week)
    levels : sequence of arrays
        Labels whose own levels are swept out.
    weights : array > 0
        Friends of the cell.
    cluster : array
        Labels of cells whose noise is alike; five or more.
    confidence : float in (0, 1), default 0.95

    Raises
    ------
    DataError
        If lengths differ, there is one dose only, too few clusters, or the doses cannot be told
        from the levels.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> who, week = np.repeat(np.arange(40), 50), np.tile(np.arange(50), 40)
    >>> dose = rng.integers(0, 3, 2000)
    >>> rate = 0.01 * who + 0.2 * dose + rng.normal(0, 0.1, 2000)
    >>> found = within_slopes(rate, dose, [who, week], weights=np.ones(2000), cluster=who)
    >>> found.contrast.round(1).tolist()
    [0.0, 0.2, 0.4]
    """
    from scipy.special import stdtrit  # noqa: PLC0415 - the rest needs none

    y, w = np.asarray(rate, float), np.asarray(weights, float)
    doses, code = np.unique(np.asarray(dose, float), return_inverse=True)
    groups, names = pd.factorize(np.asarray(cluster))
    if not y.size == w.size == code.size == groups.size or not (w > 0).all():
        raise DataError("Each cell needs a rate, a dose, a cluster and a weight above 0.")
    if doses.size < 2 or len(names) < FEWEST_CLUSTERS:
        raise DataError(
            f"A comparison needs two doses and {FEWEST_CLUSTERS} clusters; found {doses.size} and "
            f"{len(names)}."
        )
    dummies = np.eye(doses.size)[code][:, 1:]
    codes = [pd.factorize(np.asarray(level))[0] for level in levels]
    apart = _swept(dummies, codes, w)
    before, after = (w @ (part - (w @ part) / w.sum()) ** 2 for part in (dummies, apart))
    if (after < 1e-9 * before).any() or np.linalg.cond(apart.T @ (w[:, None] * apart)) > 1e10:
        raise DataError("The doses cannot be told from accounts and weeks: each has only one.")
    found = swept_slopes(y, dummies, levels, weights=w, cluster=cluster)
    contrast = np.r_[0.0, found.slopes]
    covariance = np.zeros((doses.size, doses.size))
    covariance[1:, 1:] = found.covariance
    share = np.bincount(code, w, doses.size) / w.sum()
    mean = float((w * y).sum() / w.sum())
    # Centred on the mean rate, so that levels and the mean of all agree.
    centre = np.eye(doses.size) - share
    level = mean + centre @ contrast
    error = np.sqrt(np.maximum(np.diag(centre @ covariance @ centre.T), 0.0))
    t = float(stdtrit(found.clusters - 1, (1 + confidence) / 2))
    return WithinSlopes(
        doses=doses,
        level=level,
        low=level - t * error,
        high=level + t * error,
        contrast=contrast,
        covariance=covariance,
        quantile=t,
    )


def _swept(columns: Floats, codes: list[NDArray[np.int64]], w: Floats) -> Floats:
    """Return the columns less the weighted mean of every level, in turns until it holds."""
    out: Floats = np.asarray(columns - (w @ columns) / w.sum())
    for _ in range(SWEEPS):
        moved = 0.0
        for code in codes:
            mass = np.bincount(code, w)
            for j in range(out.shape[1]):
                mean = np.bincount(code, w * out[:, j]) / mass
                out[:, j] -= mean[code]
                moved = max(moved, float(np.abs(mean).max()))
        if moved < CLOSE:
            return out
    raise DataError("Accounts and weeks could not be swept out: they hang together too little.")
