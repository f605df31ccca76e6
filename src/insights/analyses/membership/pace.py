"""Pace: do members buy faster in their paid years than the same people did before?

That members buy more than others is no effect: good customers join. So each is held against
themselves, from the first purchase and the first friendship on; and because who joined had not left
by then and may leave later, leaving is part of the model and not of the answer.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from insights.analyses.membership.renewal import no_terms
from insights.errors import DataError, MissingColumns
from insights.models.own_pace import own_pace
from insights.results import Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

CONFIDENCE = 0.95
FEWEST_MEMBERS = 100
NEEDED = {"customer_id", "started_at", "ends_no", "started_no", "today_no"}
TITLE = _("Do members buy faster once they have paid?")
BEFORE, AFTER = _("before joining"), _("in paid years")


@dataclass(frozen=True, eq=False, kw_only=True)
class Pace(Result):
    """Purchases of the same members before and after joining. One row per stretch.

    `yearly` is the plain pace a member and year; the comparison that allows for leaving is in the
    facts (`lift`, `low`, `high`).
    """

    name = "member_pace"
    columns = {
        "stretch": Column(_("Stretch"), "said"),
        "members": Column(_("Members"), "count", people=True),
        "years": Column(_("Years watched"), "number"),
        "purchases": Column(_("Purchases"), "count"),
        "yearly": Column(_("Purchases a member and year"), "number"),
    }

    as_of: date


def pace(
    purchases: pd.DataFrame,
    terms: pd.DataFrame,
    *,
    as_of: date,
    contacts: pd.DataFrame | None = None,
) -> Pace | NotEnoughData:
    """Hold members' purchases in paid years against their own before.

    Parameters
    ----------
    purchases : DataFrame, one row per customer and day
        The mart `purchases`.
    terms : DataFrame, one row per paid term
        The mart `paid_terms`.
    as_of : date
        Last day of complete data.
    contacts : DataFrame, optional
        The mart `contact_people`: the time before the first friendship is left out, because a
        friendship may move purchases too.

    Returns
    -------
    Pace or NotEnoughData

    Notes
    -----
    See `insights.models.own_pace`.
    """
    if missing := NEEDED - set(terms.columns):
        raise MissingColumns("terms", missing, terms.columns)
    if terms.empty:
        return no_terms(TITLE, as_of)
    seen = _stretches(purchases, terms, as_of, contacts)
    facts: dict[str, Any] = {
        "as_of": as_of,
        "members": len(seen),
        "terms": len(terms),
        "before": int(seen["before"].sum()),
        "after": int(seen["after"].sum()),
        "fewest": FEWEST_MEMBERS,
        "confidence": CONFIDENCE,
    }
    if len(seen) < FEWEST_MEMBERS:
        return _refusal(facts)
    try:
        found = own_pace(
            seen["before"],
            seen["days_before"],
            seen["after"],
            seen["last_after"],
            seen["days_after"],
            confidence=CONFIDENCE,
        )
    except DataError:
        return _refusal(facts)
    facts |= {"lift": found.lift, "low": found.low, "high": found.high}
    years = [seen["days_before"].sum() / 365, seen["days_after"].sum() / 365]
    counts = [facts["before"], facts["after"]]
    return Pace(
        table=pd.DataFrame(
            {
                "stretch": [BEFORE, AFTER],
                "members": len(seen),
                "years": years,
                "purchases": counts,
                "yearly": [count / year for count, year in zip(counts, years, strict=True)],
            }
        ),
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=(
            _(
                "Who joins at a good moment, in a good season, or is recognised more often once a "
                "member, looks moved by the card. Cards offered by lot would show the effect."
            ),
        ),
        tiles=(
            Tile(
                key="member_pace",
                label=_("Members' pace against their own before"),
                fact="lift",
                low="low",
                high="high",
                kind="percent",
                good="up",
            ),
        ),
        title=TITLE,
        subtitle=_(
            "{members:count} members against themselves, from the first purchase and the first "
            "friendship on; leaving allowed for, {confidence:percent} interval"
        ),
        meaning=_(
            "The plain pace falls with the years, because some leave; the comparison above takes "
            "that out."
        ),
    )


def _stretches(
    purchases: pd.DataFrame, terms: pd.DataFrame, as_of: date, contacts: pd.DataFrame | None
) -> pd.DataFrame:
    """Return one row per member: counts and days before joining and in the paid years."""
    known = terms[terms["customer_id"].notna()]
    by = known.groupby("customer_id")
    spells = pd.DataFrame({"start": by["started_at"].min().dt.normalize()})
    end = pd.Timestamp(as_of) + pd.Timedelta(days=1)
    length = (by["ends_no"].max() - by["started_no"].min()).astype(float)
    spells["end"] = (spells["start"] + pd.to_timedelta(length.fillna(36_500), "D")).clip(upper=end)
    day = pd.to_datetime(purchases["paid_at"]).dt.normalize()
    days = pd.DataFrame({"customer_id": purchases["customer_id"].to_numpy(), "day": day.to_numpy()})
    days = days[days["customer_id"].isin(spells.index)].drop_duplicates()
    spells["first"] = days.groupby("customer_id")["day"].min()
    if contacts is not None:
        added = contacts.set_index("customer_id")["added_at"].reindex(spells.index)
        spells["first"] = spells["first"].where(
            ~(added.dt.normalize() > spells["first"]), added.dt.normalize()
        )
    # Who first bought on joining or later has no pace of their own before.
    spells = spells[spells["first"] < spells["start"]]
    each = days.merge(spells, left_on="customer_id", right_index=True)
    early = each[(each["day"] > each["first"]) & (each["day"] < each["start"])]
    late = each[(each["day"] >= each["start"]) & (each["day"] < each["end"])]
    who = spells.index
    last = (late["day"] - late["start"]).dt.days.groupby(late["customer_id"]).max()
    return pd.DataFrame(
        {
            "before": early.groupby("customer_id").size().reindex(who, fill_value=0),
            "days_before": (spells["start"] - spells["first"]).dt.days,
            "after": late.groupby("customer_id").size().reindex(who, fill_value=0),
            "last_after": last.reindex(who).fillna(0.0),
            "days_after": (spells["end"] - spells["start"]).dt.days,
        }
    ).astype(np.float64)


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if facts["low"] > 0:
        return (
            Claim(
                key="faster",
                topic="member_pace",
                message=_(
                    "In paid years members buy {lift:percent} ({low:percent}–{high:percent}) more "
                    "often than the same people before, their leaving allowed for."
                ),
                holds=[Holds("the interval lies above zero", facts["low"] > 0)],
            ),
        )
    if facts["high"] < 0:
        return (
            Claim(
                key="slower",
                topic="member_pace",
                message=_(
                    "In paid years members buy less often than the same people before: "
                    "{lift:percent} ({low:percent} to {high:percent}), their leaving allowed for."
                ),
                holds=[Holds("the interval lies below zero", facts["high"] < 0)],
            ),
        )
    return (
        Claim(
            key="pace_not_told",
            undecided=True,
            topic="member_pace",
            message=_(
                "Whether members buy more often in paid years than the same people before cannot "
                "be told: {lift:percent} ({low:percent} to {high:percent})."
            ),
            holds=[Holds("the interval holds zero", facts["low"] <= 0 <= facts["high"])],
        ),
    )


def _refusal(facts: dict[str, Any]) -> NotEnoughData:
    return NotEnoughData(
        title=TITLE,
        because=_(
            "{members:count} members bought before they joined, {before:count} times again before "
            "and {after:count} times after: too few to hold them against themselves."
        ),
        needs=_(
            "Needed: {fewest:count} members with purchases before joining, which takes orders that "
            "can be linked, by member number, phone or id."
        ),
        facts=facts,
    )
