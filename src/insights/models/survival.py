"""Survival: how long it takes, when for many it has not happened yet.

The answer to "how many buy a second time, and when": customers still waiting at the end of the data
are censored, not counted as never.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from insights.errors import DataError

Floats = NDArray[np.float64]

# A survival that should be a half comes out of a product of fractions a rounding error off.
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False, kw_only=True)
class KaplanMeier:
    """The estimated survival curve: a share of those still waiting, by time.

    Attributes
    ----------
    table : DataFrame, one row per distinct time of the data, ascending
        ``time``; ``at_risk`` (waiting just before it), ``events`` and ``censored`` at it (total
        weights); ``survival`` in [0, 1] just after it, with ``low`` and ``high``. The ends are NaN
        before the first event and once nobody is left, where no interval can be computed.
    median : float or None
        First time by which half have had the event; None when that was not reached.
    median_low, median_high : float or None
        Its interval; None for an end that the data do not reach.
    confidence : float
        Of the intervals.
    """

    table: pd.DataFrame
    median: float | None
    median_low: float | None
    median_high: float | None
    confidence: float

    def at(self, time: float) -> tuple[float, float, float]:
        """Return survival just after a time, with the ends of its interval.

        (1, NaN, NaN) before the first event; all NaN after the last time that anyone was observed,
        because the curve is not extended beyond the data.
        """
        times = self.table["time"].to_numpy()
        if time > times[-1]:
            return float("nan"), float("nan"), float("nan")
        row = int(np.searchsorted(times, time, side="right")) - 1
        if row < 0:
            return 1.0, float("nan"), float("nan")
        survival, low, high = self.table[["survival", "low", "high"]].to_numpy()[row]
        return float(survival), float(low), float(high)

    def risen(self, *, at_risk: float = 0) -> pd.DataFrame:
        """Return the share that has had the event: ``days``, ``share``, ``low``, ``high``.

        From nobody at day 0, and only as far as at least `at_risk` are watched: with few left the
        curve jumps, and could tell of one of them.

        Examples
        --------
        >>> kaplan_meier([1, 2, 3], [True, True, False]).risen()["share"].round(2).tolist()
        [0.0, 0.33, 0.67, 0.67]
        """
        kept = self.table[(self.table["at_risk"] >= at_risk) & (self.table["time"] > 0)]
        start = pd.DataFrame({"days": [0.0], "share": [0.0], "low": [0.0], "high": [0.0]})
        risen = pd.DataFrame(
            {
                "days": kept["time"],
                "share": 1 - kept["survival"],
                "low": 1 - kept["high"],
                "high": 1 - kept["low"],
            }
        )
        return pd.concat([start, risen], ignore_index=True)


def kaplan_meier(
    durations: ArrayLike,
    observed: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    confidence: float = 0.95,
) -> KaplanMeier:
    """Estimate the survival curve of durations of which some are censored.

    Parameters
    ----------
    durations : array, one entry a customer, >= 0 in any unit
        Time to the event, or to the end of the observation.
    observed : array of bool
        Whether the event happened; False means that the customer was still waiting. Someone
        censored at a time counts as waiting at the events of that time: events come first.
    weights : array, optional
        Customers of each entry, >= 0; a weight of 3 is the entry three times.
    confidence : float in (0, 1), default 0.95

    Raises
    ------
    DataError
        If there is nobody, or a duration, observation or weight cannot be.

    Notes
    -----
    Source: Kaplan and Meier (1958), JASA 53; Greenwood's variance on the log(-log) scale, which
    keeps the interval within 0 and 1; the median's interval is where that band crosses a half
    (Brookmeyer and Crowley 1982).

    Examples
    --------
    >>> curve = kaplan_meier([3, 5, 5, 8, 10], [True, True, False, True, False])
    >>> curve.median, round(curve.at(5)[0], 2)
    (8.0, 0.6)
    """
    if not 0 < confidence < 1:
        raise DataError(f"A confidence lies between 0 and 1; found {confidence}.")
    time, event, weight = _read(durations, observed, weights)
    times, position = np.unique(time, return_inverse=True)
    leaving: Floats = np.bincount(position, weight, times.size).astype(np.float64)
    events: Floats = np.bincount(position, weight * event, times.size).astype(np.float64)
    at_risk = leaving[::-1].cumsum()[::-1]
    survival = np.cumprod(1 - events / at_risk)
    low, high = _log_log_band(survival, at_risk, events, confidence)
    table = pd.DataFrame(
        {
            "time": times,
            "at_risk": at_risk,
            "events": events,
            "censored": leaving - events,
            "survival": survival,
            "low": low,
            "high": high,
        }
    )
    return KaplanMeier(
        table=table,
        median=_first_at_half(times, survival),
        median_low=_first_at_half(times, low),
        median_high=_first_at_half(times, high),
        confidence=confidence,
    )


@dataclass(frozen=True, kw_only=True)
class LogRank:
    """Whether groups wait differently.

    Attributes
    ----------
    statistic : float
        Chi-square with `degrees` degrees of freedom where the groups do not differ.
    p : float in [0, 1]
        Chance of a statistic as large if they do not. One comparison among many needs a
        correction for that by the caller.
    degrees : int
        Groups less one.
    """

    statistic: float
    p: float
    degrees: int


def logrank(
    durations: ArrayLike,
    observed: ArrayLike,
    groups: ArrayLike,
    *,
    weights: ArrayLike | None = None,
) -> LogRank:
    """Test whether two or more groups have the same survival curve.

    Parameters
    ----------
    durations, observed, weights
        As for `kaplan_meier`.
    groups : array, one label an entry

    Raises
    ------
    DataError
        As `kaplan_meier`; and if there are fewer than two groups, a missing label, or no event.

    Notes
    -----
    Source: Mantel (1966); Peto and Peto (1972). Events against those expected if all groups shared
    one curve, with the hypergeometric variance for tied times.
    """
    from scipy.special import chdtrc  # noqa: PLC0415 - curves alone need no scipy

    time, event, weight = _read(durations, observed, weights)
    group, labels = pd.factorize(np.asarray(groups), sort=False)
    if group.size != time.size or (group < 0).any():
        raise DataError(
            f"Groups need one label for each of {time.size} durations; found {group.size} labels, "
            f"{int((group < 0).sum())} of them missing."
        )
    count = len(labels)
    if count < 2:
        raise DataError(f"A comparison needs two groups or more; found {count}.")
    times, position = np.unique(time, return_inverse=True)
    cells = position * count + group
    shape = (times.size, count)
    leaving = np.bincount(cells, weight, times.size * count).reshape(shape)
    events = np.bincount(cells, weight * event, times.size * count).reshape(shape)
    at_risk = leaving[::-1].cumsum(axis=0)[::-1]
    happened = events.sum(axis=1) > 0
    if not happened.any():
        raise DataError("No event was observed in any group, so there is nothing to compare.")
    events, at_risk = events[happened], at_risk[happened]
    total, everyone = events.sum(axis=1), at_risk.sum(axis=1)
    share = at_risk / everyone[:, None]
    excess = (events - total[:, None] * share).sum(axis=0)
    alone = everyone > 1
    spread = np.zeros_like(total)
    spread[alone] = (total * (everyone - total))[alone] / (everyone[alone] - 1)
    covariance = np.diag(spread @ share) - (share * spread[:, None]).T @ share
    # The excesses sum to 0, so one group is redundant: the pseudo-inverse leaves it out.
    statistic = float(excess @ np.linalg.pinv(covariance, hermitian=True) @ excess)
    return LogRank(statistic=statistic, p=float(chdtrc(count - 1, statistic)), degrees=count - 1)


def _read(
    durations: ArrayLike, observed: ArrayLike, weights: ArrayLike | None
) -> tuple[Floats, Floats, Floats]:
    time = np.asarray(durations, dtype=np.float64).ravel()
    event = np.asarray(observed, dtype=np.float64).ravel()
    weight = np.ones(time.size) if weights is None else np.asarray(weights, np.float64).ravel()
    if not time.size == event.size == weight.size:
        raise DataError(
            "Durations, observations and weights need one length; found "
            f"{time.size}, {event.size} and {weight.size}."
        )
    for bad, what in (
        (~(np.isfinite(time) & (time >= 0)), "durations are missing, infinite or negative"),
        (~np.isin(event, (0.0, 1.0)), "observations are neither True nor False"),
        (~(np.isfinite(weight) & (weight >= 0)), "weights are missing, infinite or negative"),
    ):
        if bad.any():
            raise DataError(
                f"{int(bad.sum())} of {time.size} {what}. Leave them out, or mend them."
            )
    kept = weight > 0
    if not kept.any():
        raise DataError("There is nobody to follow. Give at least one duration.")
    return time[kept], event[kept], weight[kept]


def _log_log_band(
    survival: Floats, at_risk: Floats, events: Floats, confidence: float
) -> tuple[Floats, Floats]:
    """Return the ends of the intervals; NaN where the curve is at 1 or at 0."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    between = (survival > _ROUNDING) & (survival < 1)
    low, high = np.full(survival.size, np.nan), np.full(survival.size, np.nan)
    staying = np.where(at_risk > events, at_risk - events, 1.0)
    greenwood = np.cumsum(events / (at_risk * staying))[between]
    logs = np.log(survival[between])
    shift = np.exp(z * np.sqrt(greenwood) / np.abs(logs))
    low[between], high[between] = np.exp(logs * shift), np.exp(logs / shift)
    return low, high


def _first_at_half(times: Floats, curve: Floats) -> float | None:
    at = np.flatnonzero(curve <= 0.5 + _ROUNDING)
    return float(times[at[0]]) if at.size else None
