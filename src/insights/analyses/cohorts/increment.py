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
from insights.results import Claim, Holds, Result
from insights.wording import _

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


def measured(
    increment: Increment | None,
    contacts: int,
    amounts: dict[str, Any],
    ends: dict[str, tuple[float, float]],
) -> dict[str, Any]:
    """Return what a hold-out showed, and whether it speaks for all contacts."""
    facts: dict[str, Any] = {"measured": increment is not None, "carried": bool(ends)}
    if increment is None:
        return facts
    facts |= {
        "added_share": increment.share,
        "added_share_low": increment.low,
        "added_share_high": increment.high,
        "lot_people": increment.people,
        "lot_title": increment.title,
        "covers": increment.covers(contacts),
        "whole": increment.whole,
    }
    if ends:
        low, high = ends["incremental"]
        facts |= {"added": amounts["incremental"], "added_low": low, "added_high": high}
    return facts


def shown_by_lot(facts: dict[str, Any]) -> list[Claim]:
    """Say what a hold-out showed: of all contacts, or of those alone among whom it was drawn."""
    if not facts["measured"]:
        return []
    if not facts["carried"]:
        return [
            Claim(
                key="increment_of_some",
                topic="increment_of_some",
                place="evidence",
                undecided=facts["added_share_low"] <= 0 <= facts["added_share_high"],
                message=_(
                    "“{lot_title:said}”, a lot among {lot_people:count} people, does not show that "
                    "anybody bought because of it: {added_share:percent} "
                    "({added_share_low:percent}–{added_share_high:percent}) of the contacted who "
                    "bought."
                )
                if facts["added_share_low"] <= 0 <= facts["added_share_high"]
                else _(
                    "“{lot_title:said}”, a lot among {lot_people:count} people: of the contacted "
                    "who bought, {added_share:percent} ({added_share_low:percent}–"
                    "{added_share_high:percent}) would not have. It tests this one action, not the "
                    "private domain."
                )
                if not facts["whole"]
                else _(
                    "“{lot_title:said}”, a lot among {lot_people:count} people: of those not held "
                    "out who bought, {added_share:percent} ({added_share_low:percent}–"
                    "{added_share_high:percent}) would not have. These are {covers:percent} of all "
                    "contacts: too few to carry over."
                ),
                holds=[
                    Holds(
                        "it tests one action, or less than half of the contacts",
                        not facts["whole"]
                        or facts["covers"] is None
                        or facts["covers"] < CARRIES_OVER,
                    )
                ],
            )
        ]
    if facts["added_low"] <= 0 <= facts["added_high"]:
        return [
            Claim(
                key="increment_not_shown",
                topic="increment",
                undecided=True,
                message=_(
                    "What the private domain adds is not distinguishable from nothing: "
                    "{added:money} ({added_low:money}–{added_high:money}), as the hold-out shows."
                ),
                holds=[
                    Holds("the interval holds zero", facts["added_low"] <= 0 <= facts["added_high"])
                ],
            )
        ]
    return [
        Claim(
            key="increment_measured",
            topic="increment",
            message=_(
                "{added:money} ({added_low:money}–{added_high:money}) of what contacts bought "
                "would not have been bought otherwise: {added_share:percent}, as the hold-out "
                "shows."
            ),
            holds=[
                Holds(
                    "the interval leaves zero out",
                    facts["added_low"] > 0 or facts["added_high"] < 0,
                )
            ],
        )
    ]
