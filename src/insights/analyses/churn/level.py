"""Level: by how much did the last forecast miss as a whole, and does that carry over?

A ranking can be right where the total is wrong: before a festival more buy than their habits say,
after it fewer, and a young brand's customers change as a whole. How far a forecast missed the same
weeks a year before, or where there is no such window the newest that has closed, is worked out with
what was known then; half of it is taken into account now. All of it would chase luck: see
`docs/methods.md` for what was tried.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit

from insights.analyses.churn.forecaster import SilenceForecaster

YEAR_DAYS, NEAR_DAYS = 364, 14
PART = 0.5  # Of a miss, that much is taken into account.
FARTHEST = 3.0  # On the scale of log odds; beyond, a window was no window of this brand.
MOST_ROWS = 30_000  # A level needs fewer customers than a ranking.
CERTAIN = 1e-3


@dataclass(frozen=True)
class Level:
    """How far a forecast is moved, and because of which window.

    Attributes
    ----------
    shift : float
        Added to the log odds of silence; 0 where no window can tell.
    cutoff : Timestamp, optional
        Of the window that was looked at.
    predicted, actual : float in [0, 1]
        Share without a purchase in that window, as forecast and as it came true; NaN without one.
    of_last_year : bool
        Whether it was the same weeks a year before.
    """

    shift: float = 0.0
    cutoff: pd.Timestamp | None = None
    predicted: float = float("nan")
    actual: float = float("nan")
    of_last_year: bool = False

    @property
    def facts(self) -> dict[str, Any]:
        """What sentences say of it."""
        return {
            "level_known": self.cutoff is not None,
            "level_of_last_year": self.of_last_year,
            "level_on": None if self.cutoff is None else self.cutoff.date(),
            "level_predicted": self.predicted,
            "level_actual": self.actual,
            "level_part": PART,
        }


def level(train: pd.DataFrame, cutoff: pd.Timestamp, horizon_days: int) -> Level:
    """Return how far to move a forecast made at `cutoff`.

    Parameters
    ----------
    train : DataFrame, one row per customer and cut-off
        Rows whose windows had closed by `cutoff`; with what the purchase models say.
    cutoff : Timestamp
    horizon_days : int
    """
    known = np.sort(train["cutoff"].unique())
    back = np.array([(cutoff - day).days for day in known])
    last_year = known[np.abs(back - YEAR_DAYS) <= NEAR_DAYS]
    for day in (*reversed(last_year), known[-1] if len(known) else None):
        found = None if day is None else _missed(train, pd.Timestamp(day), horizon_days)
        if found is not None:
            shift, predicted, actual = found
            return Level(PART * shift, pd.Timestamp(day), predicted, actual, day in last_year)
    return Level()


def _missed(
    train: pd.DataFrame, day: pd.Timestamp, horizon_days: int
) -> tuple[float, float, float] | None:
    """Return by how much the log odds of a window were missed, and both shares; None if unknown."""
    before = _some(train[train["cutoff"] + pd.Timedelta(days=horizon_days) <= day])
    silent = before["churned"].astype(bool)
    if not silent.any() or silent.all():
        return None
    window = _some(train[train["cutoff"] == day])
    odds = SilenceForecaster().fit(before, silent).decision_function(window)
    actual = float(window["churned"].astype(bool).mean())
    aim = min(max(actual, CERTAIN), 1 - CERTAIN)

    def off(shift: float) -> float:
        return float(expit(odds + shift).mean()) - aim

    if off(-FARTHEST) > 0 or off(FARTHEST) < 0:
        return None
    return float(brentq(off, -FARTHEST, FARTHEST)), float(expit(odds).mean()), actual


def _some(rows: pd.DataFrame) -> pd.DataFrame:
    """Return every so many-th row, evenly over cut-offs and customers, where there are too many."""
    return rows.iloc[:: max(1, len(rows) // MOST_ROWS)]
