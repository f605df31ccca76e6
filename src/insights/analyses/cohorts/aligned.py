"""Aligned: do members buy again more than like customers who did not join at the same time?

Comparing members with everyone else counts the time before joining for the members: to become one
a customer has to stay long enough. Here both are followed from the same day, the end of the month
of joining, and members are set beside customers who by that day had bought as often, as lately and
for as long. What is left is still selection, not effect: members chose to join.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.cohorts.definition import CONFIDENCE
from insights.analyses.cohorts.occasions import (
    NEVER,
    Ints,
    Occasions,
    day_numbers,
    gap_caveat,
    needed,
    occasions_of,
    period_last,
    period_numbers,
)
from insights.charts import marks
from insights.models.gaps import gap_facts
from insights.results import Claim, Column, Holds, NotEnoughData, Result, nobody_known
from insights.wording import _, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_Z = 1.959963984540054
_RECENCY_DAYS = (30, 90, 180)
_TENURE_DAYS = (60, 180, 365)
_MOST = 6  # Purchases from which on customers count as alike.
ALIGNED = _("like with like, from the end of the month of joining")
NAIVE = _("from the first purchase, members of today")
_TITLE = _("Members and like customers")


@dataclass(frozen=True, eq=False, kw_only=True)
class MembersAligned(Result):
    """Share who bought within a window, members and others. One row per way of comparing.

    Shares in [0, 1]; `others_share` is weighted to the members' mix of months, numbers of purchases
    and days since the last. `low`, `high` of the difference, by customer.
    """

    name = "members_aligned"
    columns = {
        "way": Column(_("Followed"), "said"),
        "members_share": Column(_("Members"), "percent"),
        "others_share": Column(_("Others"), "percent"),
        "change": Column(_("Difference"), "points"),
        "low": Column(_("Low"), "points"),
        "high": Column(_("High"), "points"),
        "members": Column(_("Members, people"), "count", people=True),
        "others": Column(_("Others, people"), "count", people=True),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw members and others, aligned and as usually compared."""
        shares = [
            {
                "who": f"{say(way)}: {say(who)}",
                "share": row[column],
                "aligned": row["way"] == ALIGNED,
            }
            for row in self.table.to_dict("records")
            for way in (_ALIGNED if row["way"] == ALIGNED else _USUAL,)
            for column, who in (("members_share", _MEMBERS), ("others_share", _OTHERS))
        ]
        return marks.bars(
            pd.DataFrame(shares),
            name="who",
            value="share",
            emphasis="aligned",
            kind="percent",
            xlabel=_("bought within the window"),
        )


_ALIGNED, _USUAL = _("aligned"), _("as usual")
_MEMBERS, _OTHERS = _("members"), _("others")


def members_aligned(
    purchases: pd.DataFrame | Occasions,
    members: pd.DataFrame,
    *,
    as_of: date,
    within_days: int = 90,
    min_customers: int = 30,
) -> MembersAligned | NotEnoughData:
    """Compare members with customers alike who were no members yet, from the same day on.

    Parameters
    ----------
    purchases : DataFrame, one row per paid order, or per customer and day
    members : DataFrame, one row per member
        The mart `members`: ``customer_id``, ``registered_at``.
    as_of : date
        Last day of complete data.
    within_days : int, default 90
        Days followed.
    min_customers : int, default 30
        Fewer members than this who had bought before joining are not enough.

    Returns
    -------
    MembersAligned or NotEnoughData
    """
    needed(members, "members", "customer_id", "registered_at")
    seen = occasions_of(purchases, as_of=as_of)
    facts: dict[str, Any] = {
        "as_of": as_of,
        "within": within_days,
        "confidence": CONFIDENCE,
        "min_customers": min_customers,
        "registered": len(members),
        **gap_facts(seen.gaps),
    }
    if not len(seen.ids):
        return nobody_known(_TITLE, facts)
    joined = np.full(len(seen.ids), NEVER, dtype=np.int64)
    place = seen.places(members["customer_id"])
    joined[place[place >= 0]] = day_numbers(members["registered_at"].to_numpy())[place >= 0]
    people = _followed(seen, joined, within_days)
    facts["members"] = int(people["joined"].sum())
    estimate = _standardised(people) if facts["members"] >= min_customers else None
    if estimate is None:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{members:count} customers joined after a purchase and were followed for "
                "{within:days}; {registered:count} members are known."
            ),
            needs=_(
                "Needed: the member table with its dates of joining, and at least "
                "{min_customers:count} members who had bought before and were followed for "
                "{within:days}."
            ),
            facts=facts,
        )
    table = pd.DataFrame([estimate, _naive(seen, joined, within_days)])
    first, second = table.to_dict("records")
    facts |= {name: first[name] for name in ("members_share", "others_share", "change")}
    facts |= {"low": first["low"], "high": first["high"], "naive": second["change"]}
    return MembersAligned(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=(
            *gap_caveat(facts),
            _(
                "Members chose to join: what is left of the difference is selection, not an effect "
                "of membership. Only a lot drawn among customers can show that."
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "Share who bought within {within:days}; members of a month and customers who were none "
            "by its end, with as many purchases, as long since the first and the last; "
            "{confidence:percent} interval of the difference"
        ),
        alt=_(
            "Bar chart of the share who bought within {within:days}: members "
            "{members_share:percent}, like customers {others_share:percent}; below, the usual "
            "comparison."
        ),
        meaning=_(
            "The second pair is what is usually quoted. It counts for the members the time in "
            "which they had to stay in order to join."
        ),
    )


def _followed(seen: Occasions, joined: Ints, within: int) -> pd.DataFrame:
    """One row per customer and month end: member of the month or none, stratum, what followed."""
    real = joined < NEVER
    months = np.unique(period_numbers(joined[real], "month"))
    parts = []
    for month in months:
        end = int(period_last(int(month), "month"))
        if end + within > seen.as_of:
            continue
        member = real & (period_numbers(np.minimum(joined, end), "month") == month)
        member &= joined <= end
        who = np.flatnonzero((seen.first <= end) & (member | (joined > end)))
        times, last = seen.up_to(who, np.full(who.size, end))
        after = seen.next_after(who, np.full(who.size, end))
        # A member must have bought before joining, as the others had before the same day.
        kept = ~member[who] | (seen.first[who] < joined[who])
        parts.append(
            pd.DataFrame(
                {
                    "who": who[kept],
                    "joined": member[who][kept],
                    "month": month,
                    "times": np.minimum(times, _MOST)[kept],
                    "recency": np.digitize(end - last, _RECENCY_DAYS)[kept],
                    "tenure": np.digitize(end - seen.first[who], _TENURE_DAYS)[kept],
                    "bought": (after - end <= within)[kept],
                }
            )
        )
    if not parts:
        return pd.DataFrame({"who": [], "joined": np.array([], dtype=bool), "bought": []})
    return pd.concat(parts, ignore_index=True)


def _standardised(people: pd.DataFrame) -> dict[str, Any] | None:
    """Weight the others to the members' mix; the interval is by customer, who come in many months.

    Members of strata without anybody like them are left out.
    """
    key = ["month", "times", "recency", "tenure"]
    strata = people.groupby(key)["joined"]
    mine, size = strata.transform("sum").to_numpy(), strata.transform("size").to_numpy()
    both = (mine > 0) & (mine < size)
    if not both.any():
        return None
    used = people[both].reset_index(drop=True)
    mine, others = mine[both], (size - mine)[both]
    joined, bought = used["joined"].to_numpy(bool), used["bought"].to_numpy(float)
    weight = np.where(joined, 1.0, mine / others)
    control = used.assign(y=np.where(joined, 0.0, bought)).groupby(key)["y"].transform("sum")
    expected = control.to_numpy() / others
    count = int(joined.sum())
    members_share = float(bought[joined].mean())
    others_share = float((weight * bought)[~joined].sum() / count)
    change = members_share - others_share
    influence = np.where(joined, bought - expected - change, -weight * (bought - expected)) / count
    error = float(np.sqrt((pd.Series(influence).groupby(used["who"]).sum() ** 2).sum()))
    return {
        "way": ALIGNED,
        "members": count,
        "others": int(used.loc[~joined, "who"].nunique()),
        "members_share": members_share,
        "others_share": others_share,
        "change": change,
        "low": change - _Z * error,
        "high": change + _Z * error,
    }


def _naive(seen: Occasions, joined: Ints, within: int) -> dict[str, Any]:
    """Compare as is usually quoted: members of today and the rest, from the first purchase."""
    watched = seen.first + within <= seen.as_of
    back = seen.nth(1) - seen.first <= within
    member = joined <= seen.as_of
    shares = {
        name: float(back[of].mean()) if of.any() else np.nan
        for name, of in (("members", watched & member), ("others", watched & ~member))
    }
    return {
        "way": NAIVE,
        "members": int((watched & member).sum()),
        "others": int((watched & ~member).sum()),
        "members_share": shares["members"],
        "others_share": shares["others"],
        "change": shares["members"] - shares["others"],
        "low": np.nan,
        "high": np.nan,
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    apart = facts["low"] > 0 or facts["high"] < 0
    if not apart:
        message = _(
            "Followed from the end of the month of joining, members and like customers are not "
            "distinguishable: {members_share:percent} and {others_share:percent} bought within "
            "{within:days} ({low:points} to {high:points})."
        )
        reason = Holds("the interval of the difference holds zero", not apart)
        return (
            Claim(
                key="members_same",
                topic="members",
                undecided=True,
                message=message,
                holds=[reason],
            ),
        )
    message = _(
        "Followed from the end of the month of joining, {members_share:percent} of members bought "
        "within {within:days}, of like customers {others_share:percent} ({low:points} to "
        "{high:points}); members chose to join, so this is selection, not effect."
    )
    reason = Holds("the interval of the difference leaves out zero", apart)
    return (Claim(key="members_apart", topic="members", message=message, holds=[reason]),)
