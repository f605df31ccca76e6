"""Judging: how good were forecasts of yes or no, under many weightings of the same cases at once?

A bootstrap draws people hundreds of times, which is to weigh each case by how often it was drawn.
Ranked once, the cases answer for all weightings in a few sums; no draw is ranked again.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BINS = 10
TOP = 0.1


def calibration_error(
    forecast: NDArray[np.float64], came: NDArray[np.float64], bins: int = BINS
) -> float:
    """Mean distance of forecast and outcome over equally large bins of the forecast, in [0, 1]."""
    parts = np.array_split(np.argsort(forecast, kind="stable"), bins)
    gaps = [abs(forecast[p].mean() - came[p].mean()) * len(p) for p in parts if len(p)]
    return float(sum(gaps) / len(forecast))


def weighted_auc(
    forecast: NDArray[np.float64], came: NDArray[np.bool_], weights: np.ndarray
) -> Floats:
    """AUC of one forecast under many weightings of its cases at once.

    Parameters
    ----------
    forecast, came : arrays of n
    weights : array, m x n, >= 0
        One row a resample.

    Returns
    -------
    array of m
        The weighted share of pairs (came, did not) in which the one that came was ranked higher,
        ties counting one half; NaN where a resample lacks one of the two kinds.
    """
    order = np.argsort(forecast, kind="stable")
    starts = np.flatnonzero(np.diff(forecast[order], prepend=-np.inf))
    drawn, kind = weights[:, order], came[order]
    left, stayed = drawn * kind, drawn * ~kind
    if len(starts) < len(order):  # Ties: those of one forecast count together.
        left, stayed = (np.add.reduceat(w, starts, axis=1) for w in (left, stayed))
    # Twice the pairs below, in whole numbers: halves for ties need no fractions.
    below = 2 * np.cumsum(stayed, axis=1, dtype=stayed.dtype) - stayed
    pairs = left.sum(axis=1, dtype=np.float64) * stayed.sum(axis=1, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.einsum("ij,ij->i", left, below, dtype=np.float64) / (2 * pairs))


def weighted_precision(
    forecast: NDArray[np.float64], came: NDArray[np.bool_], weights: np.ndarray
) -> Floats:
    """Average precision of one forecast under many weightings, as `weighted_auc`.

    Returns
    -------
    array of m
        The precision above each forecast, by the share of all that came which it adds; NaN where a
        resample lacks any that came.
    """
    order = np.argsort(-forecast, kind="stable")
    starts = np.flatnonzero(np.diff(-forecast[order], prepend=-np.inf))
    drawn = weights[:, order].astype(np.float64)
    right = drawn * came[order]
    if len(starts) < len(order):
        drawn, right = (np.add.reduceat(w, starts, axis=1) for w in (drawn, right))
    above, found = np.cumsum(drawn, axis=1), np.cumsum(right, axis=1)
    # Where nothing was drawn so far nothing is added either.
    precision = found / np.where(above > 0, above, 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.einsum("ij,ij->i", precision, right) / right.sum(axis=1))


def weighted_lift(
    forecast: NDArray[np.float64],
    came: NDArray[np.bool_],
    weights: np.ndarray,
    *,
    top: float = TOP,
) -> Floats:
    """Share that came among the `top` ranked highest, over that of all, as `weighted_auc`."""
    order = np.argsort(-forecast, kind="stable")
    drawn = weights[:, order].astype(np.float64)
    kept = _up_to(drawn, np.array([top]), drawn * came[order])[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(kept / top / (drawn @ came[order].astype(np.float64)))


def weighted_calibration_error(
    forecast: NDArray[np.float64],
    came: NDArray[np.float64],
    weights: np.ndarray,
    *,
    bins: int = BINS,
) -> Floats:
    """`calibration_error` under many weightings, each in bins of the same weight.

    A case on the edge of two bins belongs to both in parts. What is drawn twice errs twice: under
    a bootstrap's weights a small error grows more than a large one.
    """
    order = np.argsort(forecast, kind="stable")
    drawn = weights[:, order].astype(np.float64)
    edges = np.arange(1, bins + 1) / bins
    astray = _up_to(drawn, edges, drawn * (forecast - came)[order])
    gaps = np.abs(np.diff(astray, axis=1, prepend=0.0)).sum(axis=1)
    return np.asarray(gaps / drawn.sum(axis=1))


def _up_to(drawn: Floats, shares: Floats, amounts: Floats) -> Floats:
    """Return the sums of `amounts` over the first `shares` of the weight: one row a resample."""
    weight = np.pad(np.cumsum(drawn, axis=1), ((0, 0), (1, 0)))
    summed = np.pad(np.cumsum(amounts, axis=1), ((0, 0), (1, 0)))
    return np.stack(
        [
            np.interp(shares * above[-1], above, below)
            for above, below in zip(weight, summed, strict=True)
        ]
    )
