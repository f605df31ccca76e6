"""Split: do customers come back differently by how they were won: channel, category, guide, card?

Each group's share who bought again within a window, its median wait by Kaplan-Meier, and a log-rank
test against all others together. As many tests as groups are made, so their p are corrected by
Holm's (1979) method; what is left above 5% is called not distinguishable. The test is of the whole
follow-up: whether the shares within the window differ as well, an interval of its own says.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.cohorts.definition import CONFIDENCE
from insights.analyses.cohorts.drawing import SIGNIFICANCE, shares
from insights.analyses.cohorts.occasions import (
    NEVER,
    Occasions,
    day_number,
    needed,
    occasions_of,
    period_numbers,
)
from insights.models.arms import share_difference
from insights.models.intervals import wilson
from insights.models.multiplicity import holm
from insights.models.survival import kaplan_meier, logrank
from insights.results import SMALLEST_GROUP, Claim, Column, Holds, NotEnoughData, Result
from insights.results.segmented import told_apart
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLES = {
    "kind": _("By first channel"),
    "channel": _("By shop system of the first purchase"),
    "category": _("By first category"),
    "role": _("By who sold first"),
    "staff_id": _("By guide or account"),
    "campaign_id": _("By campaign of the first purchase"),
    "card": _("By card or code of joining"),
    "region": _("By region"),
}
_NEEDS = {
    "category": _("Needed: order lines with products, and the product list with categories."),
    "role": _("Needed: orders that name the guide, and the staff list with roles."),
    "staff_id": _("Needed: orders that name the guide, and the staff list."),
    "campaign_id": _("Needed: orders that carry the number of their campaign."),
    "card": _("Needed: WeCom contacts with the `state` of the code by which they were added."),
    "region": _("Needed: stores with their region in the staff list, or customers' provinces."),
}
_MORE = _("Needed: customers of at least one more group, each watched for {within:days}.")
_TOLD_APART = _("told apart")
_NOT = _("not distinguishable")
_FEW = _("too few")


@dataclass(frozen=True, eq=False, kw_only=True)
class Split(Result):
    """Repurchase by group. One row per group, the highest share first.

    `share`, `low`, `high` in [0, 1] of those whose window is over; `median` in days, missing where
    half have not come back; `p` of the log-rank test against the others, corrected.
    """

    name = "split"
    columns = {
        "group": Column(_("Group"), "said"),
        "customers": Column(_("Customers"), "count", people=True),
        "share": Column(_("Bought again"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
        "median": Column(_("Half within"), "days"),
        "verdict": Column(_("Against the others"), "said"),
        "p": Column(_("p, corrected"), "number3", shown=False),
        "returned": Column(_("Of them bought again"), "count", shown=False),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw the groups ranked, with intervals; filled where told apart."""
        return shares(
            self.table,
            name="group",
            xlabel=_("bought again"),
            reference=self.facts["all"],
            reference_label=_("all"),
        )


def split(
    purchases: pd.DataFrame | Occasions,
    customers: pd.DataFrame,
    *,
    by: "str | pd.DataFrame",
    as_of: date,
    data_from: date | None = None,
    within_days: int = 90,
    min_customers: int = 30,
) -> Split | NotEnoughData:
    """Measure who bought again within a window, by group, and which groups can be told apart.

    Parameters
    ----------
    purchases : DataFrame, one row per paid order, or per customer and day
    customers : DataFrame, one row per customer
        Needs ``customer_id``; see `attributes`. Rows without a group are left out and counted.
    by : str or DataFrame
        A column of `customers`, or a segment: the name it was saved under, or as
        ``ins.segments.load`` gives it.
    as_of, data_from, within_days
        As for `repurchase`.
    min_customers : int, default 30
        Smaller groups are shown, but not tested.

    Returns
    -------
    Split or NotEnoughData
    """
    customers, by = told_apart(customers, by)
    title = TITLES.get(by, _("By group"))
    waits = group_waits(
        purchases, customers, by, as_of=as_of, data_from=data_from, within=within_days
    )
    facts: dict[str, Any] = {
        "as_of": as_of,
        "within": within_days,
        "confidence": CONFIDENCE,
        "min_customers": min_customers,
        "nowhere": int(waits["group"].isna().sum()),
        "everyone": len(waits),
        "title_of": title,
    }
    waits = waits[waits["group"].notna()]
    table = group_table(waits, min_customers)
    if len(table) < 2:
        return NotEnoughData(
            title=title,
            because=_("There is nothing to compare: {groups:count} groups are known.")
            if len(set(waits["group"])) != 1
            else _("Everybody whose group is known belongs to {only:said}."),
            needs=_NEEDS.get(by, _MORE) if waits.empty else _MORE,
            facts=facts
            | {"groups": len(table), "only": str(waits["group"].iloc[0]) if len(waits) else None},
        )
    facts |= _facts(table, waits)
    return Split(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts, by),
        caveats=_caveats(facts),
        title=title,
        subtitle=_(
            "Share who bought again within {within:days} of the first purchase, "
            "{confidence:percent} Wilson intervals; told apart: over the whole follow-up, by "
            "log-rank against all others together, corrected for {tests:count} tests"
        ),
        meaning=_(
            "Who was won how is not chance: a difference between groups says where customers who "
            "come back are found, not what made them come back."
        ),
        alt=_("Dot chart of the share who bought again by group; {all:percent} of all."),
    )


def group_waits(
    purchases: pd.DataFrame | Occasions,
    customers: pd.DataFrame,
    by: str,
    *,
    as_of: date,
    data_from: date | None,
    within: int,
) -> pd.DataFrame:
    """One row per customer won after the first month: group, wait in days, whether it ended."""
    needed(customers, "customers", "customer_id")
    seen = occasions_of(purchases, as_of=as_of)
    waits = waits_of(seen, data_from=data_from, within=within)
    place = seen.places(customers["customer_id"])
    group = np.full(len(seen.ids), None, dtype=object)
    given = (place >= 0) & customers[by].notna().to_numpy()
    group[place[given]] = customers[by].astype(object).to_numpy()[given]
    waits["group"] = group[waits["who"].to_numpy()]
    return waits


def waits_of(seen: Occasions, *, data_from: date | None, within: int) -> pd.DataFrame:
    """One row per customer won after the first month of data: how long until the second purchase.

    `days` until the second purchase or until `as_of`; `returned`; `watched`: the window is over;
    `inside`: came back within it.
    """
    first, second = seen.first, seen.nth(1)
    kept = first < NEVER
    if data_from is not None:
        start = period_numbers(np.array([day_number(data_from)]), "month")[0]
        kept &= period_numbers(np.minimum(first, seen.as_of), "month") != start
    who = np.flatnonzero(kept)
    first, second = first[who], second[who]
    back = second < NEVER
    return pd.DataFrame(
        {
            "who": who,
            "days": np.where(back, second, seen.as_of) - first,
            "returned": back,
            "watched": first + within <= seen.as_of,
            "inside": second - first <= within,
        }
    )


def group_table(waits: pd.DataFrame, min_customers: int) -> pd.DataFrame:
    """Return one row per group, the highest share first; small ones are not tested."""
    rows = []
    for group, members in waits.groupby("group", sort=True):
        watched = members[members["watched"]]
        if watched.empty:
            continue
        alone = len(members) == len(waits)
        tested = len(watched) >= min_customers and not alone and waits["returned"].any()
        rows.append(
            {
                "group": str(group),
                "customers": len(watched),
                "returned": int(watched["inside"].sum()),
                "median": kaplan_meier(members["days"], members["returned"]).median,
                "p": logrank(waits["days"], waits["returned"], waits["group"] == group).p
                if tested
                else float("nan"),
            }
        )
    if not rows:
        return pd.DataFrame(columns=[*Split.columns])
    table = pd.DataFrame(rows)
    low, high = wilson(table["returned"], table["customers"], confidence=CONFIDENCE)
    table = table.assign(
        share=table["returned"] / table["customers"],
        low=low,
        high=high,
        p=holm(table["p"].to_numpy(float)),
        median=table["median"].astype(float),
    )
    table["verdict"] = np.where(
        table["p"].isna(), _FEW, np.where(table["p"] < SIGNIFICANCE, _TOLD_APART, _NOT)
    )
    return table.sort_values(["share", "group"], ascending=[False, True], ignore_index=True)


def against_rest(
    table: pd.DataFrame, place: int, yes: str, everyone: str, *, tests: int
) -> dict[str, Any]:
    """Hold one row's share against all others together: Newcombe's interval, Bonferroni.

    `yes` and `everyone` are columns of counts; `place` is the row's label, one of so many tests.
    """
    one, rest = table.loc[place], table.drop(index=place)
    gap = share_difference(
        one[yes], one[everyone], rest[yes].sum(), rest[everyone].sum(),
        confidence=1 - (1 - CONFIDENCE) / tests,
    )  # fmt: skip
    return {
        "one_share": gap.treated,
        "rest_share": gap.control,
        "change_low": gap.low,
        "change_high": gap.high,
    }


def _facts(table: pd.DataFrame, waits: pd.DataFrame) -> dict[str, Any]:
    watched = waits[waits["watched"]]
    rest = table["customers"].sum() - table["customers"]
    named = table[(table["customers"] >= SMALLEST_GROUP) & (rest >= SMALLEST_GROUP)]
    facts: dict[str, Any] = {
        "groups": len(table),
        "tests": int(table["p"].notna().sum()),
        "all": float(watched["inside"].mean()),
        "p": float(named["p"].min()) if named["p"].notna().any() else 1.0,
    }
    apart = named[named["verdict"] == _TOLD_APART]
    if len(apart):
        place = apart["p"].idxmin()
        facts |= {"one": table.loc[place, "group"]}
        facts |= against_rest(table, place, "returned", "customers", tests=facts["tests"])
    for name, row in (("top", apart.head(1)), ("end", apart.tail(1))):
        if len(row):
            facts |= {
                name: row["group"].iloc[0],
                f"{name}_share": float(row["share"].iloc[0]),
                f"{name}_low": float(row["low"].iloc[0]),
                f"{name}_high": float(row["high"].iloc[0]),
            }
    return facts


def _claims(facts: dict[str, Any], by: str) -> tuple[Claim, ...]:
    topic = f"split_{by}"
    if not facts["tests"]:
        return ()
    if "top" not in facts:
        message = _(
            "{title_of:said}: no group is told apart from the others in how soon it comes back "
            "(log-rank; {groups:count} groups, {all:percent} of all within {within:days})."
        )
        reason = Holds("no corrected log-rank p is below 5%", facts["p"] >= SIGNIFICANCE)
        return (
            Claim(
                key=f"{topic}_same",
                topic=topic,
                place="evidence",
                undecided=True,
                message=message,
                holds=[reason],
            ),
        )
    reason = Holds("their corrected log-rank p is below 5%", facts["p"] < SIGNIFICANCE)
    if facts["top_low"] > facts["end_high"]:
        message = _(
            "{title_of:said}: of {top:said}, {top_share:percent} bought again within "
            "{within:days}, of {end:said} {end_share:percent}."
        )
        apart = Holds("their intervals do not meet", facts["top_low"] > facts["end_high"])
        return (Claim(key=f"{topic}_apart", topic=topic, message=message, holds=[reason, apart]),)
    moved = facts["change_low"] > 0 or facts["change_high"] < 0
    if moved:
        message = _(
            "{title_of:said}: of {one:said}, {one_share:percent} bought again within "
            "{within:days}, of all others {rest_share:percent} (a difference of "
            "{change_low:points} to {change_high:points})."
        )
        apart = Holds("the corrected interval of the difference leaves out zero", moved)
        return (Claim(key=f"{topic}_one", topic=topic, message=message, holds=[reason, apart]),)
    message = _(
        "{title_of:said}: over the whole follow-up {one:said} waits differently from the others "
        "(log-rank, corrected); within {within:days} alone it is not distinguishable: "
        "{one_share:percent} and {rest_share:percent} bought again "
        "({change_low:points} to {change_high:points})."
    )
    alike = Holds("the corrected interval of the difference holds zero", not moved)
    return (
        Claim(
            key=f"{topic}_waits",
            topic=topic,
            place="evidence",
            message=message,
            holds=[reason, alike],
        ),
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    if not facts["nowhere"]:
        return ()
    return (_("Of {everyone:count} customers, {nowhere:count} belong to no group that is known."),)
