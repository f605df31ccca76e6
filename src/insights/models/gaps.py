"""Gaps: spells without a single event that chance cannot explain, so that data must be missing.

A shop that sells every day does not sell nothing for two weeks; an export that was never loaded
looks like it. Read as zeros, such days turn every customer into one who stopped buying.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

# Chance below which a spell without events is no chance.
IMPOSSIBLE = 1e-4
# Shops close for a week at Spring Festival; a missing export is longer, or found elsewhere.
LEAST_DAYS = 10


@dataclass(frozen=True)
class Gap:
    """Days from `first` to `last`, both included, in which nothing is known."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.last - self.first).days + 1


def gaps(days: pd.Series, *, as_of: date) -> list[Gap]:
    """Find spells without events that are far too long for the pace around them.

    Parameters
    ----------
    days : Series of timestamps
        When each event happened; the order does not matter.
    as_of : date
        Last day that should be known. A gap that reaches it means that the newest data are missing.

    Returns
    -------
    list of Gap
        In order. Fewer than 10 days are none.

    Notes
    -----
    If days with events fell at random, a given spell between two of them would be a share x of the
    whole time or longer with chance (1 - x) ** n (Feller, vol. II, I.7). Days count once however
    many events they have, because events come in crowds.
    """
    end = np.datetime64(as_of, "D") + np.timedelta64(1, "D")
    known = days.to_numpy("datetime64[D]")
    active = np.unique(known[known < end])  # What is missing is no earlier than anything.
    if not active.size:
        return []
    silent = np.diff(np.append(active, end)).astype(int) - 1
    whole = max(int((end - active[0]).astype(int)), 1)
    chance = active.size * (1 - silent / whole) ** active.size
    return [
        Gap((start + 1).item(), (start + int(length)).item())
        for start, length, p in zip(active, silent, chance, strict=True)
        if length >= LEAST_DAYS and p < IMPOSSIBLE
    ]


def gap_facts(missing: list[Gap]) -> dict[str, Any]:
    """Return what the sentences on missing data say: how many days, and where the longest lies."""
    if not missing:
        return {"gap_days": 0}
    longest = max(missing, key=lambda gap: gap.days)
    return {
        "gap_days": sum(gap.days for gap in missing),
        "gap_first": longest.first,
        "gap_last": longest.last,
    }
