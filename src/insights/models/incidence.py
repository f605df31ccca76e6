"""Incidence: how many have had an event by a time, where one of several ends the waiting?

A yuan that went back before shipment cannot come back after receipt any more: causes compete. The
share of each by time is the Aalen-Johansen estimate; one less a Kaplan-Meier curve a cause would
count those twice whom another cause has taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from insights.errors import DataError

Floats = NDArray[np.float64]
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False, kw_only=True)
class CumulativeIncidence:
    """The share that has had an event by each time, by cause, and by any cause.

    Attributes
    ----------
    table : DataFrame, one row per (cause, distinct time), times ascending
        ``cause`` (None for any of them), ``time``; ``at_risk`` (weight still waiting just before
        it), ``events`` (weight that had this event at it); ``share`` in [0, 1] just after it, its
        standard error ``error``, and ``low`` and ``high``, NaN where the share is 0 or 1.
    causes : tuple of str
    last : float
        Greatest time at which anybody was still watched: beyond it nothing is known.
    confidence : float
        Of the intervals.
    """

    table: pd.DataFrame
    causes: tuple[str, ...]
    last: float
    confidence: float

    def at(self, time: float, cause: str | None = None) -> tuple[float, float, float]:
        """Return the share just after a time, with the ends of its interval.

        (0, NaN, NaN) before the first time; all NaN beyond `last`.

        Parameters
        ----------
        time : float
        cause : str, optional
            Any cause, if not given.

        Raises
        ------
        DataError
            If there is no such cause.
        """
        if cause is not None and cause not in self.causes:
            raise DataError(f"There is no cause '{cause}'. There are: {', '.join(self.causes)}.")
        if time > self.last:
            return float("nan"), float("nan"), float("nan")
        mine = self.curve(cause)
        row = int(np.searchsorted(mine["time"].to_numpy(), time, side="right")) - 1
        if row < 0:
            return 0.0, float("nan"), float("nan")
        share, low, high = mine[["share", "low", "high"]].to_numpy(float)[row]
        return float(share), float(low), float(high)

    def curve(self, cause: str | None = None) -> pd.DataFrame:
        """Return the rows of one cause, or of any cause."""
        named = self.table["cause"]
        return self.table[named.isna() if cause is None else named == cause]


def cumulative_incidence(
    durations: ArrayLike,
    outcomes: Sequence[str | None],
    *,
    weights: ArrayLike | None = None,
    squares: ArrayLike | None = None,
    confidence: float = 0.95,
) -> CumulativeIncidence:
    """Estimate the share that has had each event by each time, where the events exclude each other.

    Parameters
    ----------
    durations : array, one entry a case or a group of equal cases, >= 0 in any unit
        Time to the event, or to the end of the observation.
    outcomes : sequence of str or None
        The event that ended the waiting; None where the case is still waiting (censored). At one
        time events come before censoring.
    weights : array, optional
        Weight of each entry, >= 0: so many equal cases, or an amount of money.
    squares : array, optional
        Sum of the squared weights of the cases in each entry. Needed where weights are amounts:
        an order of 900 yuan is one case and not 900. The weights themselves if not given.
    confidence : float in (0, 1), default 0.95

    Raises
    ------
    DataError
        If there is nobody, no event, or a duration or weight cannot be.

    Notes
    -----
    Source: Aalen and Johansen (1978), Scand. J. Statist. 5; variance by the delta method
    (Marubini and Valsecchi 1995, Analysing Survival Data, section 10.4); interval on the log(-log)
    scale. With amounts as weights each d/n^2 of the variance becomes (sum of squares)/n^2.

    Examples
    --------
    >>> found = cumulative_incidence([1, 2, 3, 4], ["soon", None, "late", None])
    >>> found.at(3, "soon")[0], found.at(3, "late")[0], found.at(3)[0]
    (0.25, 0.375, 0.625)
    """
    if not 0 < confidence < 1:
        raise DataError(f"A confidence lies between 0 and 1; found {confidence}.")
    time, names, weight, square = _read(durations, outcomes, weights, squares)
    causes = tuple(sorted({name for name in names if name is not None}))
    if not causes:
        raise DataError("No event was observed: every case is still waiting.")
    times, position = np.unique(time, return_inverse=True)
    code = np.array([-1 if name is None else causes.index(name) for name in names])
    size = times.size
    leaving = np.bincount(position, weight, size)
    at_risk: Floats = leaving[::-1].cumsum()[::-1].astype(np.float64)
    events = np.zeros((len(causes), size))
    spread = np.zeros((len(causes), size))
    for number in range(len(causes)):
        mine = code == number
        events[number] = np.bincount(position[mine], weight[mine], size)
        spread[number] = np.bincount(position[mine], square[mine], size)
    total = events.sum(axis=0)
    survival = np.cumprod(1 - total / at_risk)
    before = np.concatenate([[1.0], survival[:-1]])
    parts = []
    every = [(cause, events[n], spread[n]) for n, cause in enumerate(causes)]
    for cause, d, s in [*every, (None, total, spread.sum(axis=0))]:
        share = np.cumsum(before * d / at_risk)
        ran = _variance_of_earlier(share, at_risk, total, spread.sum(axis=0))
        variance = np.maximum(ran + _variance_of_own(share, before, at_risk, d, s), 0.0)
        low, high = _band(share, np.sqrt(variance), confidence)
        parts.append(
            pd.DataFrame(
                {
                    "cause": cause,
                    "time": times,
                    "at_risk": at_risk,
                    "events": d,
                    "share": share,
                    "error": np.sqrt(variance),
                    "low": low,
                    "high": high,
                }
            ).astype({"cause": object})
        )
    return CumulativeIncidence(
        table=pd.concat(parts, ignore_index=True),
        causes=causes,
        last=float(times[-1]),
        confidence=confidence,
    )


def _variance_of_earlier(share: Floats, at_risk: Floats, total: Floats, spread: Floats) -> Floats:
    """Return what uncertain numbers of the waiting add to the variance of each share.

    A sum over earlier times s of (F(t) - F(s))^2, opened up as F(t)^2 - 2 F(t) F(s) + F(s)^2, so
    that one pass does.
    """
    staying = np.where(at_risk > total, at_risk - total, np.inf)  # nobody left: nothing to add
    a = spread / (at_risk * staying)
    found: Floats = (
        share**2 * np.cumsum(a) - 2 * share * np.cumsum(a * share) + np.cumsum(a * share**2)
    )
    return found


def _variance_of_own(
    share: Floats, before: Floats, at_risk: Floats, events: Floats, squares: Floats
) -> Floats:
    """Return what the cause's own events add, less what they share with the waiting."""
    c = before * squares / at_risk**2
    own = np.cumsum(before**2 * squares * (at_risk - events) / at_risk**3)
    both = share * np.cumsum(c) - np.cumsum(c * share)
    found: Floats = own - 2 * both
    return found


def _band(share: Floats, error: Floats, confidence: float) -> tuple[Floats, Floats]:
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    between = (share > _ROUNDING) & (share < 1 - _ROUNDING)
    low, high = np.full(share.size, np.nan), np.full(share.size, np.nan)
    logs = np.log(share[between])
    shift = np.exp(z * error[between] / (share[between] * np.abs(logs)))
    low[between], high[between] = np.exp(logs * shift), np.exp(logs / shift)
    return low, high


def _read(
    durations: ArrayLike,
    outcomes: Sequence[str | None],
    weights: ArrayLike | None,
    squares: ArrayLike | None,
) -> tuple[Floats, list[str | None], Floats, Floats]:
    time = np.asarray(durations, dtype=np.float64).ravel()
    names = [None if name is None or name != name else str(name) for name in outcomes]  # noqa: PLR0124 - NaN is not equal to itself
    weight = np.ones(time.size) if weights is None else np.asarray(weights, np.float64).ravel()
    square = weight if squares is None else np.asarray(squares, np.float64).ravel()
    if not time.size == len(names) == weight.size == square.size:
        raise DataError(
            "Durations, outcomes, weights and squares need one length; found "
            f"{time.size}, {len(names)}, {weight.size} and {square.size}."
        )
    for values, what in ((time, "durations"), (weight, "weights"), (square, "squares")):
        if bad := int((~(np.isfinite(values) & (values >= 0))).sum()):
            raise DataError(
                f"{bad} of {time.size} {what} are missing, infinite or negative. Leave them out, "
                "or mend them."
            )
    kept = weight > 0
    if not kept.any():
        raise DataError("There is nobody to follow. Give at least one duration.")
    names = [name for name, keep in zip(names, kept, strict=True) if keep]
    return time[kept], names, weight[kept], square[kept]
