"""Denominators: repurchase is "60%", but of whom, within when, and counting which cohorts?

The same word is used of several shares. Each stands here with its denominator, over windows of one
length that are all over, so that they can be told apart and none is quoted for another.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.cohorts.definition import CONFIDENCE
from insights.analyses.cohorts.drawing import shares
from insights.analyses.cohorts.occasions import (
    NEVER,
    Ints,
    Occasions,
    as_date,
    day_number,
    day_numbers,
    gap_caveat,
    needed,
    occasions_of,
    period_numbers,
)
from insights.models.gaps import gap_facts
from insights.models.intervals import wilson
from insights.results import Claim, Column, Holds, NotEnoughData, Result, nobody_known
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WINDOWS_DAYS = (365, 180, 90, 30)
NEW = _("all new customers")
MEMBERS = _("members who had bought before")
LOYAL = _("customers with two purchases or more")
BUYERS = _("buyers of the window, twice in it")
EVER = _("everyone ever seen, open windows counted")
_COUNTING = {
    NEW: _("cohorts whose window is over"),
    MEMBERS: _("those who were members when the window began"),
    LOYAL: _("those who had them when the window began"),
    BUYERS: _("those who bought in the window"),
    EVER: _("cohorts of any age: no fixed window"),
}
_TITLE = _("The same word: repurchase, of whom?")


@dataclass(frozen=True, eq=False, kw_only=True)
class Denominators(Result):
    """Repurchase within one window by whom it is counted over. One row per denominator."""

    name = "denominators"
    columns = {
        "of": Column(_("Of whom"), "said"),
        "share": Column(_("Bought again"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
        "counting": Column(_("Counting"), "said"),
        "customers": Column(_("Of how many"), "count", people=True),
        "returned": Column(_("Bought again, people"), "count"),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw the shares side by side."""
        return shares(self.table, name="of", xlabel=_("bought again"))


def denominators(
    purchases: pd.DataFrame | Occasions,
    *,
    as_of: date,
    data_from: date | None = None,
    members: pd.DataFrame | None = None,
    min_customers: int = 30,
) -> Denominators | NotEnoughData:
    """Answer "what is our repurchase?" for every denominator that is in use.

    The window is the longest of 365, 180, 90 and 30 days for which enough new customers have been
    watched.

    Parameters
    ----------
    purchases : DataFrame, one row per paid order, or per customer and day
    as_of, data_from, min_customers
        As for `repurchase`.
    members : DataFrame, one row per member, optional
        The mart `members`.

    Returns
    -------
    Denominators or NotEnoughData
    """
    seen = occasions_of(purchases, as_of=as_of)
    facts: dict[str, Any] = {
        "as_of": as_of,
        "confidence": CONFIDENCE,
        "min_customers": min_customers,
        "shortest": min(WINDOWS_DAYS),
        **gap_facts(seen.gaps),
    }
    if not len(seen.ids):
        return nobody_known(_TITLE, facts)
    new = np.ones(len(seen.ids), dtype=bool)
    if data_from is not None:
        start = period_numbers(np.array([day_number(data_from)]), "month")[0]
        new = period_numbers(seen.first, "month") != start
    fits = [
        days
        for days in WINDOWS_DAYS
        if int((new & (seen.first + days <= seen.as_of)).sum()) >= min_customers
    ]
    if not fits:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "Fewer than {min_customers:count} customers won after the first month of data have "
                "been watched for {shortest:days}."
            ),
            needs=_("Needed: more customers with a first purchase, or a longer history."),
            facts=facts,
        )
    within = fits[0]
    table = _table(seen, new, within, _member_days(seen, members), min_customers)
    facts |= _facts(table) | {"within": within, "begin": as_date(seen.as_of - within)}
    return Denominators(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(facts, members),
        title=_TITLE,
        subtitle=_(
            "Share who bought again within {within:days}, {confidence:percent} Wilson intervals; "
            "of new customers after their first purchase, of the others from {begin:day} on"
        ),
        meaning=_(
            "Members and earlier buyers are survivors: they stayed long enough to be counted. Plan "
            "for new customers with the share of new customers."
        ),
        alt=_("Dot chart of the share who bought again, by whom it is counted over."),
    )


def _member_days(seen: Occasions, members: pd.DataFrame | None) -> Ints | None:
    if members is None or members.empty:
        return None
    needed(members, "members", "customer_id", "registered_at")
    found = np.full(len(seen.ids), NEVER, dtype=np.int64)
    place = seen.places(members["customer_id"])
    found[place[place >= 0]] = day_numbers(members["registered_at"].to_numpy())[place >= 0]
    return found


def _table(
    seen: Occasions, new: "np.ndarray", within: int, member: Ints | None, min_customers: int
) -> pd.DataFrame:
    begin = seen.as_of - within
    people = len(seen.ids)
    inside = np.bincount(seen.who[seen.day > begin], minlength=people)
    earlier = np.bincount(seen.who[seen.day <= begin], minlength=people)
    watched = new & (seen.first + within <= seen.as_of)
    groups = {
        NEW: (watched, watched & (seen.nth(1) - seen.first <= within)),
        LOYAL: (earlier > 1, (earlier > 1) & (inside > 0)),
        BUYERS: (inside > 0, inside > 1),
        EVER: (new, new & (seen.count > 1)),
    }
    if member is not None:
        old = (member <= begin) & (earlier > 0)
        groups[MEMBERS] = (old, old & (inside > 0))
    rows = [
        {
            "of": name,
            "customers": int(of.sum()),
            "returned": int(who.sum()),
            "counting": _COUNTING[name],
        }
        for name, (of, who) in groups.items()
        if of.sum() >= min_customers
    ]
    table = pd.DataFrame(rows)
    low, high = wilson(table["returned"], table["customers"], confidence=CONFIDENCE)
    table = table.assign(share=table["returned"] / table["customers"], low=low, high=high)
    return table.sort_values("share", ascending=False, ignore_index=True)


def _facts(table: pd.DataFrame) -> dict[str, Any]:
    by = table.set_index("of")
    new = by.loc[NEW]
    top = table.iloc[0]
    return {
        "new_customers": int(new["customers"]),
        "new_share": float(new["share"]),
        "new_low": float(new["low"]),
        "new_high": float(new["high"]),
        "top": top["of"],
        "top_share": float(top["share"]),
        "top_low": float(top["low"]),
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    apart = facts["top_low"] > facts["new_high"]
    if not apart:
        return (
            Claim(
                key="new_customers",
                topic="denominators",
                message=_(
                    "Of all {new_customers:count} new customers watched for {within:days}, "
                    "{new_share:percent} ({new_low:percent}–{new_high:percent}) bought again."
                ),
                holds=[
                    Holds("the interval of the highest share meets that of new ones", not apart)
                ],
            ),
        )
    return (
        Claim(
            key="same_word",
            topic="denominators",
            message=_(
                "“Repurchase” within {within:days} is {top_share:percent} of {top:said}, and "
                "{new_share:percent} ({new_low:percent}–{new_high:percent}) of all new customers: "
                "the same word, other people."
            ),
            holds=[Holds("the two intervals do not meet", apart)],
        ),
    )


def _caveats(facts: dict[str, Any], members: pd.DataFrame | None) -> tuple[str, ...]:
    caveats = list(gap_caveat(facts))
    if members is None or members.empty:
        caveats.append(
            _("Members are not told apart: the member table with its dates of joining is missing.")
        )
    return tuple(caveats)
