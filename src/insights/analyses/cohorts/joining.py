"""Joining: who joins the private domain, and do those who had never bought become customers?

Contacts are people, not friendships. Three kinds are never mixed: people who had bought before they
were added, for whom "added, then first order" means nothing; people who are new to us; and contacts
with no sign of life within 30 days (no message, response, unionid or order), which padding
produces. Responses and orders count by their date; a message or unionid has none in the exports.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.cohorts.definition import CONFIDENCE, NO_ENTRIES
from insights.analyses.cohorts.occasions import needed
from insights.charts import marks
from insights.models.intervals import wilson
from insights.periods import end_of_day
from insights.results import SMALLEST_GROUP, Check, Claim, Column, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BEFORE = _("had bought before being added")
NEW = _("new to us")
SILENT = _("no sign of life")
BURST = 5  # Friendships of one account within an hour; more look bought.
SHORT_DAYS = 7
NO_CONTACTS = NO_ENTRIES["joined"]
_COLUMNS = (
    "person", "joined_at", "card", "friendships", "left_at", "spoke", "has_unionid", "burst",
    "responded_at", "bought_before", "next_at", "purchases_after",
)  # fmt: skip
_TITLE = _("Who joins, and who of them starts to buy")


@dataclass(frozen=True, eq=False, kw_only=True)
class Joiners(Result):
    """People who joined, by what they were then. One row per kind.

    `share`, `low`, `high` in [0, 1]: ordered within the window after joining, of those watched that
    long.
    """

    name = "joiners"
    columns = {
        "kind": Column(_("People"), "said"),
        "people": Column(_("Number"), "count", people=True),
        "of_all": Column(_("Of all who joined"), "percent"),
        "watched": Column(_("Watched long enough"), "count"),
        "ordered": Column(_("Ordered"), "count"),
        "share": Column(_("Ordered, share"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw how many people joined, by kind."""
        return marks.bars(self.table, name="kind", value="people", xlabel=_("people"))


def joiners(
    people: pd.DataFrame, *, as_of: date, within_days: int = 30, min_customers: int = 30
) -> Joiners | NotEnoughData:
    """Sort those who joined by what they were then, and measure who of them ordered.

    Parameters
    ----------
    people : DataFrame, one row per person
        The mart `joiners`.
    as_of : date
        Last day of complete data.
    within_days : int, default 30
        Days after joining that are watched; until then no sign of life is no finding.
    min_customers : int, default 30
        Fewer people are not enough.

    Returns
    -------
    Joiners or NotEnoughData
    """
    told = kinds(people, as_of=as_of, within_days=within_days)
    facts: dict[str, Any] = {
        "as_of": as_of,
        "within": within_days,
        "confidence": CONFIDENCE,
        "min_customers": min_customers,
        "people": len(told),
        "friendships": int(told["friendships"].sum()),
        "short": SHORT_DAYS,
        "burst": BURST,
    }
    if len(told) < min_customers:
        return NotEnoughData(
            title=_TITLE,
            because=_("{people:count} people who joined the private domain are known."),
            needs=NO_CONTACTS,
            facts=facts,
        )
    table = _by_kind(told)
    facts |= _facts(table, told)
    return Joiners(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(facts),
        checks=(_counted(table, told),),
        title=_TITLE,
        subtitle=_(
            "People by what was known of them when they were added; ordered within {within:days} "
            "of joining, {confidence:percent} Wilson intervals"
        ),
        meaning=_(
            "Of recruiting say the share of all who had not bought before: an order is itself a "
            "sign of life, so the middle group alone looks too good. Those who had bought before "
            "are known customers, and no purchase of theirs is a first one."
        ),
        alt=_("Bar chart of the people who joined, by kind."),
    )


def kinds(people: pd.DataFrame, *, as_of: date, within_days: int) -> pd.DataFrame:
    """Tell of each person the kind, whether they were watched long enough, and when they ordered.

    `kind`; `watched`; `ordered` within the window; `days` until the first order after joining, or
    until the end of `as_of`; `came`: that order happened.
    """
    found = needed(people, "people", *_COLUMNS).copy(deep=False)
    end = pd.Timestamp(end_of_day(as_of))
    found = found[found["joined_at"] <= end]
    came = found["next_at"].notna() & (found["next_at"] <= end)
    until = found["next_at"].where(came, end)
    window = pd.Timedelta(days=within_days)
    closes = found["joined_at"] + window
    watched = closes <= end
    # Only what came within the window: an order of next spring must not bring last autumn's
    # contacts to life, or each later day would move weeks that are over.
    alive = (
        (found["spoke"] == 1).fillna(False)
        | (found["has_unionid"] == 1)
        | (found["responded_at"] < closes)
        | (found["next_at"] < closes)
    ).astype(bool)
    before = found["bought_before"] > 0
    # Who joined lately has had no time to show a sign: that is no finding.
    kind = np.select([before, alive | ~watched], [BEFORE, NEW], SILENT)
    return found.assign(
        kind=kind,
        watched=watched,
        came=came,
        ordered=came & (until - found["joined_at"] < window),
        days=(until - found["joined_at"]) / pd.Timedelta(days=1),
    )


def _by_kind(told: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for kind in (BEFORE, NEW, SILENT):
        mine = told[told["kind"] == kind]
        rows.append(
            {
                "kind": kind,
                "people": len(mine),
                "of_all": len(mine) / len(told),
                "watched": int(mine["watched"].sum()),
                "ordered": int((mine["ordered"] & mine["watched"]).sum()),
            }
        )
    table = pd.DataFrame(rows)
    low, high = wilson(table["ordered"], table["watched"], confidence=CONFIDENCE)
    share = table["ordered"] / table["watched"].where(table["watched"] > 0)
    return table.assign(share=share, low=low, high=high)


def _facts(table: pd.DataFrame, told: pd.DataFrame) -> dict[str, Any]:
    by = table.set_index("kind")
    new = told[told["watched"] & (told["kind"] != BEFORE)]
    low, high = wilson([new["ordered"].sum()], [len(new)], confidence=CONFIDENCE)
    silent = told[told["kind"] == SILENT]
    quick = silent["left_at"] - silent["joined_at"] < pd.Timedelta(days=SHORT_DAYS)
    padded = int((quick | (silent["burst"] >= BURST)).sum())
    # Few of them, or few others, could be told who they are.
    told = all(count == 0 or count >= SMALLEST_GROUP for count in (padded, len(silent) - padded))
    return {
        "before_people": int(by.loc[BEFORE, "people"]),
        "before_share": float(by.loc[BEFORE, "of_all"]),
        "silent_people": int(by.loc[SILENT, "people"]),
        "silent_share": float(by.loc[SILENT, "of_all"]),
        "padded": padded if told else None,
        "new_people": len(new),
        "ordered": int(new["ordered"].sum()),
        "share": float(new["ordered"].mean()) if len(new) else None,
        "low": float(low[0]),
        "high": float(high[0]),
        "alive_share": float(by.loc[NEW, "share"]),
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    claims = []
    if facts["new_people"]:
        claims.append(
            Claim(
                key="new_joiners",
                topic="joiners",
                message=_(
                    "Of {new_people:count} people who joined without having bought before, "
                    "{share:percent} ({low:percent}–{high:percent}) ordered within {within:days}; "
                    "{before_share:percent} of those who joined had bought before."
                ),
            )
        )
    if facts["silent_people"] >= SMALLEST_GROUP:
        claims.append(
            Claim(
                key="no_sign",
                place="evidence",
                message=_(
                    "{silent_people:count} people ({silent_share:percent}) show no sign of life "
                    "after {within:days}. They are counted apart, to be looked at, not judged."
                )
                if facts["padded"] is None
                else _(
                    "{silent_people:count} people ({silent_share:percent}) show no sign of life "
                    "after {within:days}; {padded:count} of them were also added in a burst or "
                    "left within {short:days}. They are counted apart, to be looked at, not judged."
                ),
            )
        )
    return tuple(claims)


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = [
        _(
            "Who writes to a guide is known only of acquisition links and of message archives; no "
            "sign of life means that none was exported."
        ),
        _(
            "A response or an order is a sign of life within {within:days} of joining. That "
            "somebody wrote to us, or has a unionid, is exported without a date: where it becomes "
            "known later, a week that is over loses some of its silent contacts."
        ),
    ]
    if facts["friendships"] > facts["people"]:
        caveats.append(
            _(
                "{friendships:count} friendships are {people:count} people: each is counted once, "
                "by the first friendship."
            )
        )
    return tuple(caveats)


def _counted(table: pd.DataFrame, told: pd.DataFrame) -> Check:
    return Check(
        key="joiners_counted_once",
        message=_("Every person who joined is of one kind."),
        passed=int(table["people"].sum()) == len(told) and told["person"].is_unique,
        evidence=_("{shown:count} by kind, {people:count} people"),
        facts={"shown": int(table["people"].sum()), "people": len(told)},
    )
