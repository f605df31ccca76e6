"""Increment: which share of purchases would not have come otherwise, as a hold-out by lot shows it?

Of those who bought after being contacted, the part by which they are more than those who were left
alone: 1 - held out / contacted. It is a share of buyers, not of money, and of the people that the
lot was drawn among, not of everybody. And it is the effect of what was done to the contacted alone:
a call or a list is one action of many, so a test speaks for the private domain as a whole only
where those held out were left alone altogether, which whoever ran it has to say.
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from insights.errors import ParameterError
from insights.results import Result

CONFIDENCE = 0.95
CARRIES_OVER = (
    0.5  # Share of all contacts among whom the lot was drawn, from which it speaks for all.
)
_NEEDED = {"title", "treated", "control", "treated_share", "control_share"}


@dataclass(frozen=True, kw_only=True)
class Increment:
    """Share of the margin that would not have come otherwise, as a hold-out by lot measured it.

    Attributes
    ----------
    share, low, high : float at most 1
        The share and its interval; below 0 where contacting did harm.
    people : int, optional
        Among how many the lot was drawn, of several draws on average. Without it the
        share is taken to speak for all contacts.
    title : str, optional
        Name of the experiment.
    whole : bool, default True
        Whether those held out were left alone by the private domain altogether.
    """

    share: float
    low: float
    high: float
    people: int | None = None
    title: str | None = None
    whole: bool = True

    def __post_init__(self) -> None:
        if not self.low <= self.share <= self.high:
            raise ParameterError(
                f"An increment lies within its interval; found {self.share} of {self.low}–"
                f"{self.high}."
            )

    def covers(self, contacts: int) -> float | None:
        """Share of all contacts among whom the lot was drawn; None where that was not said."""
        return None if self.people is None or not contacts else min(self.people / contacts, 1.0)

    def speaks_for(self, contacts: int) -> bool:
        """Whether it was a test of the whole, among enough of the contacts to carry over to all."""
        covers = self.covers(contacts)
        return self.whole and (
            self.people is None or (covers is not None and covers >= CARRIES_OVER)
        )


def increment(lots: Result, *, whole: str = "") -> Increment | None:
    """Take the increment from a read-out of hold-outs.

    Parameters
    ----------
    lots : Result
        What ``outreach.readout`` handed back: one row per experiment whose window is over.
    whole : str, default ''
        Name of the experiment in which those held out were left alone altogether. Without one the
        experiment with most people is taken, and speaks for its one action alone.

    Returns
    -------
    Increment or None
        None where no window is over, or nobody of an arm bought.

    Raises
    ------
    ParameterError
        If no experiment whose window is over is called so.

    Notes
    -----
    Interval of the ratio of two shares by logarithms (Katz and others 1978, Biometrics 34).
    """
    if not lots.enough or not set(lots.table.columns) >= _NEEDED:
        return None
    if whole and whole not in set(lots.table["title"]):
        has = ", ".join(map(str, lots.table["title"]))
        raise ParameterError(f"No finished hold-out is called '{whole}'. There are: {has}.")
    table = lots.table[(lots.table["treated_share"] > 0) & (lots.table["control_share"] > 0)]
    table = table[table["title"] == whole] if whole else table
    if table.empty:
        return None
    # A person can be in the list of each week: of several draws the average counts, no sum.
    people = (table["treated"] + table["control"]) // table.get("draws", 1)
    row: Any = table.loc[people.idxmax()]
    p, q = float(row["treated_share"]), float(row["control_share"])
    error = np.sqrt((1 - p) / (p * row["treated"]) + (1 - q) / (q * row["control"]))
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    return Increment(
        share=1 - q / p,
        low=1 - q / p * float(np.exp(z * error)),
        high=1 - q / p * float(np.exp(-z * error)),
        people=int(people.max()),
        title=str(row["title"]),
        whole=bool(whole),
    )
