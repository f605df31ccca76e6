"""The beta-binomial likelihood: counts whose chances differ from item to item.

An item's chance is Beta(mean * concentration, (1 - mean) * concentration); its successes are
binomial given that. This is the arithmetic under `shrinkage`, exact up to concentrations at which
the items no longer differ.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma, expit, gammaln, zeta

from insights.errors import DataError
from insights.models.sums import weighted_sum

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

_STEPS = 200
_AT_REST = 1e-7
# Above this the difference of two log-gammas has lost the digits that matter, and the series has
# more than enough of them.
_STIRLING = 1e4


@dataclass(frozen=True, eq=False)
class Counts:
    """Distinct (group, successes, failures) with the number of items that show them."""

    group: Codes
    successes: Floats
    failures: Floats
    items: Floats
    groups: int

    @property
    def trials(self) -> Floats:
        """Trials of each distinct item."""
        return self.successes + self.failures


@dataclass(frozen=True, eq=False)
class Means:
    """The most likely mean of each group at one concentration.

    Attributes
    ----------
    logit : array, one entry a group
    variance : array
        Of `logit`, from the observed information.
    log_likelihood : float
        Integrated over the means (Laplace): with many small groups the maximum over the means
        would make the items of a group look more alike than they are.
    """

    logit: Floats
    variance: Floats
    log_likelihood: float


def read_items(successes: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    """Take counts of successes and trials, and refuse those that cannot be."""
    s = np.atleast_1d(np.asarray(successes, dtype=np.float64))
    n = np.atleast_1d(np.asarray(trials, dtype=np.float64))
    if s.shape != n.shape or s.ndim != 1:
        raise DataError(f"Items need successes and trials; found {s.shape} and {n.shape} of them.")
    if not s.size:
        raise DataError("There are no items. Give at least one.")
    if wrong := int((~(np.isfinite(s) & np.isfinite(n) & (s >= 0) & (s <= n))).sum()):
        raise DataError(
            f"{wrong} of {s.size} items have a missing or negative count, or more successes than "
            "trials. Check that both count the same thing."
        )
    return s, n


def read_labels(groups: ArrayLike | None, size: int) -> NDArray[np.object_] | None:
    """Take one label an item, or None where there are no groups."""
    if groups is None:
        return None
    labels = np.asarray(groups, dtype=object).ravel()
    if labels.size != size or pd.isna(labels).any():
        raise DataError(
            f"Groups need one label for each of {size} items; found {labels.size} labels, "
            f"{int(pd.isna(labels).sum())} of them missing."
        )
    return labels


def distinct(group: Codes, successes: Floats, trials: Floats, groups: int) -> Counts:
    """Reduce items to distinct counts; items without a trial say nothing and are left out."""
    seen = trials > 0
    rows = np.column_stack([group[seen], successes[seen], (trials - successes)[seen]])
    unique, items = np.unique(rows, axis=0, return_counts=True)
    return Counts(
        group=unique[:, 0].astype(np.int64),
        successes=unique[:, 1],
        failures=unique[:, 2],
        items=items.astype(np.float64),
        groups=groups,
    )


def pooled_logit(counts: Counts) -> Floats:
    """Return the logit of each group's successes over trials, which must be within (0, 1)."""
    won = np.bincount(counts.group, counts.items * counts.successes, counts.groups)
    lost = np.bincount(counts.group, counts.items * counts.failures, counts.groups)
    return np.asarray(np.log(won) - np.log(lost), dtype=np.float64)


def fit_means(counts: Counts, concentration: float, start: Floats) -> Means:
    """Find each group's mean at a given concentration by Newton steps on the logit.

    The likelihood is concave in each mean, so the steps end at its one maximum.

    Raises
    ------
    DataError
        If they do not come to rest.
    """
    at = start.copy()
    for _ in range(_STEPS):
        slope, curvature = _derivatives(counts, concentration, at)
        step = np.clip(slope / curvature, -1.0, 1.0)
        at = at + step
        if np.abs(step).max() < _AT_REST:
            break
    else:
        raise DataError(
            f"The means of {counts.groups} groups did not converge in {_STEPS} steps at a "
            f"concentration of {concentration:.3g}. Check the counts for outliers."
        )
    curvature = _derivatives(counts, concentration, at)[1]
    mean = expit(at)[counts.group]
    value = weighted_sum(
        counts.items,
        log_rising(mean * concentration, counts.successes)
        + log_rising((1 - mean) * concentration, counts.failures)
        - log_rising(np.full(mean.shape, concentration), counts.trials),
    )
    return Means(at, 1 / curvature, value - float(np.log(curvature).sum()) / 2)


def log_rising(start: Floats, count: Floats) -> Floats:
    """Return log(start (start + 1) ... (start + count - 1)) without cancellation.

    It is gammaln(start + count) - gammaln(start); from 10,000 on Stirling's series is subtracted
    term by term instead.
    """
    large = np.maximum(start, _STIRLING)
    end = large + count
    series = (large - 0.5) * np.log1p(count / large) + count * np.log(end) - count
    series += (1 / end - 1 / large) / 12
    exact = gammaln(start + count) - gammaln(start)
    return np.asarray(np.where(start > _STIRLING, series, exact), dtype=np.float64)


def _derivatives(counts: Counts, concentration: float, at: Floats) -> tuple[Floats, Floats]:
    """Return each group's slope by its logit, and the curvature (positive) without its slope."""
    mean = expit(at)
    alpha = (mean * concentration)[counts.group]
    beta = ((1 - mean) * concentration)[counts.group]
    slope = digamma(alpha + counts.successes) - digamma(alpha)
    slope -= digamma(beta + counts.failures) - digamma(beta)
    # zeta(2, x) is the trigamma function.
    bend = zeta(2, alpha) - zeta(2, alpha + counts.successes)
    bend += zeta(2, beta) - zeta(2, beta + counts.failures)
    scale = mean * (1 - mean) * concentration
    total = np.bincount(counts.group, counts.items * slope, counts.groups)
    square = np.bincount(counts.group, counts.items * bend, counts.groups)
    return total * scale, square * scale**2
