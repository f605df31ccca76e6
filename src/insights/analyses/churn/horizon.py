"""Horizon: over how many days is silence worth forecasting, given how often customers buy?

Four weeks without a purchase are alarming in groceries and nothing at all in jackets: where
customers buy twice a year, nearly everybody "churns" within 28 days. The horizon follows the
brand's rhythm: long enough that most of those who come back have come back within it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from insights.analyses.churn.panel import MIN_HISTORY_DAYS, known_by
from insights.errors import ParameterError

CHOICES = (28, 56, 91, 182, 364)
SHARE_BACK = 0.8  # Of the gaps between two purchases, so many are no longer than the horizon.
WINDOWS_NEEDED = 3  # Closed windows: two to learn from and one to be judged on.


@dataclass(frozen=True)
class Horizon:
    """A horizon and why it is that.

    Attributes
    ----------
    days : int
    usual_gap_days : float
        Days within which `SHARE_BACK` of the gaps between two purchases end; NaN without any.
    limited : bool
        Whether the history was too short for the horizon that the rhythm asks for.
    given : bool
        Whether it was asked for, not chosen.
    """

    days: int
    usual_gap_days: float
    limited: bool
    given: bool

    @property
    def facts(self) -> dict[str, Any]:
        """What sentences say of it."""
        return {
            "horizon": self.days,
            "usual_gap": self.usual_gap_days,
            "share_back": SHARE_BACK,
            "horizon_limited": self.limited,
            "horizon_given": self.given,
        }


def horizon(changes: pd.DataFrame, *, as_of: date, asked_days: int = 0) -> Horizon:
    """Choose the horizon by the rhythm of purchases, or take the one asked for.

    Parameters
    ----------
    changes : DataFrame
        The mart `purchase_changes`, as for `study`.
    as_of : date
        Last day of complete data.
    asked_days : int, default 0
        A horizon of one's own; 0 chooses among 28, 56, 91, 182 and 364 days.

    Raises
    ------
    ParameterError
        If a horizon below 0 is asked for.

    Notes
    -----
    Gaps are those that ended by `as_of` between days with a purchase. A gap that is still open is
    left out: with it counted as censored, customers who never come back would lengthen the horizon
    without limit.
    """
    if asked_days < 0:
        raise ParameterError(f"horizon_days must be 0 (chosen) or more; found {asked_days}.")
    known = known_by(changes, as_of).sort_values(["customer_id", "day"])
    same = known["customer_id"].eq(known["customer_id"].shift())
    gap = known["day"].diff().dt.days[same]
    usual = float(np.quantile(gap, SHARE_BACK)) if len(gap) else float("nan")
    if asked_days:
        return Horizon(asked_days, usual, limited=False, given=True)
    history = (pd.Timestamp(as_of) - known["day"].min()).days + 1 if len(known) else 0
    wanted = next((days for days in CHOICES if days >= usual), CHOICES[-1])
    if not len(gap):
        wanted = CHOICES[0]
    fits = [d for d in CHOICES if MIN_HISTORY_DAYS + WINDOWS_NEEDED * d <= history]
    days = min(wanted, max(fits, default=CHOICES[0]))
    return Horizon(days, usual, limited=days < wanted, given=False)
