"""Steps: of the people who add an account, how many register, buy and become paid members, by path?

Path is the account that was added first: a guide's, or the head office's (IP). People come by the
two for different reasons, so a difference is no proof of which path is better. Buying and paying
are each counted of those who registered: a card may be paid for without an order.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.charts import marks
from insights.errors import MissingColumns
from insights.models.arms import share_difference
from insights.models.intervals import wilson
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.95
WINDOW_DAYS = 90
FEWEST = 100  # People on a path.
GUIDE, IP = _("guide"), _("head-office account")
ADDED, REGISTERED, BOUGHT, PAID = (
    _("added"),
    _("registered as a member"),
    _("registered and bought"),
    _("paid for membership"),
)
PLACES = {
    (GUIDE, ADDED): _("guide: added"),
    (GUIDE, REGISTERED): _("guide: registered"),
    (GUIDE, BOUGHT): _("guide: registered and bought"),
    (GUIDE, PAID): _("guide: paid for membership"),
    (IP, ADDED): _("head office: added"),
    (IP, REGISTERED): _("head office: registered"),
    (IP, BOUGHT): _("head office: registered and bought"),
    (IP, PAID): _("head office: paid for membership"),
}
NEEDED = {"customer_id", "role", "added_at", "days_seen", "days_to_order"}
TITLE = _("From adding to membership")


@dataclass(frozen=True, eq=False, kw_only=True)
class Steps(Result):
    """People who came to each step within 90 days of adding. One row per path and step.

    `share` with `low` and `high` is of those who added by the path.
    """

    name = "joining_steps"
    columns = {
        "place": Column(_("Path and step"), "said", shown=False),
        "path": Column(_("Path"), "said"),
        "step": Column(_("Step"), "said"),
        "people": Column(_("People"), "count", people=True),
        "share": Column(_("Of those who added"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw the share who come to each step, by path."""
        return marks.dots(
            self.table[self.table["step"] != ADDED],
            name="place",
            value="share",
            low="low",
            high="high",
            xlabel=_("of those who added"),
        )


def joining_steps(
    joiners: pd.DataFrame, members: pd.DataFrame, *, as_of: date
) -> Steps | NotEnoughData:
    """Follow people from adding an account to membership, by path.

    Parameters
    ----------
    joiners : DataFrame, one row per person who became a contact
        The mart `first_replies`.
    members : DataFrame, one row per member
        The mart `members`.
    as_of : date
        Last day of complete data; who was added less than 90 days before is left out, and so is who
        was a member before adding.

    Returns
    -------
    Steps or NotEnoughData
    """
    if missing := NEEDED - set(joiners.columns):
        raise MissingColumns("joiners", missing, joiners.columns)
    path = joiners["role"].map({"guide": GUIDE, "ip": IP})
    seen = joiners.assign(path=path)[path.notna() & (joiners["days_seen"] >= WINDOW_DAYS)]
    seen = seen.merge(
        members[["customer_id", "registered_at", "paid_at"]], on="customer_id", how="left"
    )
    before = seen["registered_at"] < seen["added_at"]
    fresh = seen[~before]
    facts: dict[str, Any] = {
        "as_of": as_of,
        "window": WINDOW_DAYS,
        "joiners": len(joiners),
        "members_before": int(before.sum()),
        "known_members": len(members),
        "fewest": FEWEST,
        "confidence": CONFIDENCE,
    }
    sizes = fresh.groupby("path").size()
    enough = [p for p in (GUIDE, IP) if sizes.get(p, 0) >= FEWEST]
    if not enough or members.empty:
        return _refusal(facts)
    table = pd.concat([_of_path(p, fresh[fresh["path"] == p]) for p in enough], ignore_index=True)
    facts |= _facts(table, enough)
    return Steps(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=(
            _(
                "People come to a guide in a shop and to the head office by an article or a card: "
                "they differ, so the paths cannot be ranked by this."
            ),
            _("{members_before:count} people were members before they added and are left out."),
            _(
                "Which of the pages of registration people give up on is not known. Needed: the "
                "mini-program's page events, or its funnel of registration."
            ),
        ),
        checks=(
            Check(
                key="steps_narrow",
                message=_("Who bought or paid is among the registered, and they among the added."),
                passed=_narrows(table),
                evidence=_("{paths:count} paths, {people:count} people who added"),
                facts={
                    "paths": len(enough),
                    "people": int(table.loc[table["step"] == ADDED, "people"].sum()),
                },
            ),
        ),
        title=TITLE,
        subtitle=_(
            "People who were no members when they added, each watched for {window:days}; "
            "{confidence:percent} intervals"
        ),
        meaning=_(
            "Buying and paying are each counted of those who registered; the steepest fall is the "
            "one to look at first."
        ),
        alt=_("Dot chart of the share who register, buy and pay within {window:days}, by path."),
    )


def _of_path(path: str, people: pd.DataFrame) -> pd.DataFrame:
    within = pd.Timedelta(days=WINDOW_DAYS)
    registered = (people["registered_at"] - people["added_at"]) <= within
    bought = registered & people["days_to_order"].le(WINDOW_DAYS).fillna(False).astype(bool)
    # No order is asked for: who pays the fee without one is a paid member all the same.
    paid = registered & ((people["paid_at"] - people["added_at"]) <= within)
    counts = [len(people), int(registered.sum()), int(bought.sum()), int(paid.sum())]
    low, high = wilson(counts, len(people), confidence=CONFIDENCE)
    steps = [ADDED, REGISTERED, BOUGHT, PAID]
    return pd.DataFrame(
        {
            "place": [PLACES[path, step] for step in steps],
            "path": path,
            "step": steps,
            "people": counts,
            "share": [count / len(people) for count in counts],
            "low": low,
            "high": high,
        }
    )


def _narrows(table: pd.DataFrame) -> bool:
    people = table.set_index(["path", "step"])["people"]
    narrower = ((REGISTERED, ADDED), (BOUGHT, REGISTERED), (PAID, REGISTERED))
    return all(
        people[path, step] <= people[path, before]
        for path in table["path"].unique()
        for step, before in narrower
    )


def _facts(table: pd.DataFrame, enough: list[str]) -> dict[str, Any]:
    by = table.set_index(["path", "step"])
    facts: dict[str, Any] = {"paths": len(enough), "first_path": enough[0]}
    for name, path in (("guide", GUIDE), ("ip", IP)):
        if path in enough:
            facts[f"{name}_people"] = int(by.loc[(path, ADDED), "people"])
            facts[f"{name}_share"] = float(by.loc[(path, REGISTERED), "share"])
    first = enough[0]
    facts |= {
        "people": int(by.loc[(first, ADDED), "people"]),
        "registered": float(by.loc[(first, REGISTERED), "share"]),
        "paid": float(by.loc[(first, PAID), "share"]),
    }
    if len(enough) == 2:
        counts = [int(by.loc[(p, s), "people"]) for p in (GUIDE, IP) for s in (REGISTERED, ADDED)]
        found = share_difference(*[[count] for count in counts], confidence=CONFIDENCE)
        facts |= {"gap": found.difference, "gap_low": found.low, "gap_high": found.high}
    return facts


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if "gap" not in facts:
        return (
            Claim(
                key="steps",
                message=_(
                    "Of {people:count} people who added by way of {first_path:said} "
                    "{registered:percent} registered within {window:days}, and {paid:percent} "
                    "paid for membership."
                ),
            ),
        )
    if facts["gap_low"] > 0 or facts["gap_high"] < 0:
        return (
            Claim(
                key="paths_differ",
                topic="paths",
                message=_(
                    "Of people who added a guide {guide_share:percent} registered within "
                    "{window:days}, of those who added a head-office account {ip_share:percent}: "
                    "they differ, for reasons that may lie in the people."
                ),
                holds=[
                    Holds(
                        "the interval of the difference lies off zero",
                        facts["gap_low"] > 0 or facts["gap_high"] < 0,
                    )
                ],
            ),
        )
    return (
        Claim(
            key="paths_alike",
            undecided=True,
            topic="paths",
            message=_(
                "Of people who added a guide {guide_share:percent} registered within "
                "{window:days}, of those who added a head-office account {ip_share:percent}: the "
                "paths cannot be told apart."
            ),
            holds=[
                Holds(
                    "the interval of the difference holds zero",
                    facts["gap_low"] <= 0 <= facts["gap_high"],
                )
            ],
        ),
    )


def _refusal(facts: dict[str, Any]) -> NotEnoughData:
    return NotEnoughData(
        title=TITLE,
        because=_(
            "{joiners:count} people added an account and {known_members:count} members are known: "
            "on no path were there {fewest:count} people to follow for {window:days}."
        ),
        needs=_(
            "Needed: WeCom's customers of each account, the role of each account in the staff "
            "table, and the member table with the time of registration."
        ),
        facts=facts,
    )
