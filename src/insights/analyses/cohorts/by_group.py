"""By group: who comes back, by any declared definition and entry, group beside group?

The triangle of each group apart (first channel, guide, card, region), and their curves pooled over
cohorts that are over. A group is held against all others of the same cohorts, so that a group won
in good months is not taken for a good group; as many tests as groups are made, so the intervals
are Bonferroni's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.cohorts.definition import (
    CONFIDENCE,
    COUNTED,
    ENTRIES,
    NO_ENTRIES,
    Definition,
    starts_of,
    triangle,
)
from insights.analyses.cohorts.grouping import counting, grouped
from insights.analyses.cohorts.occasions import NEVER, Ints, Occasions, needed, occasions_of
from insights.analyses.cohorts.windows import gap_caveats
from insights.charts import marks
from insights.models.arms import share_difference
from insights.models.gaps import gap_facts
from insights.models.intervals import wilson
from insights.results import SMALLEST_GROUP, Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DRAWN = 5  # Lines that can be told apart by eye.
_TITLE = _("Who came back, group by group, counted from {entry:said}")
_NEEDS = _(
    "Needed: two groups with cohorts of at least {min_customers:count} people each, watched for a "
    "whole period."
)


@dataclass(frozen=True, eq=False, kw_only=True)
class GroupRetention(Result):
    """Share of each group that came back, by age. One row per (group, age).

    `customers` are the people of the group's cohorts whose first age is over, `watched` those whose
    cohort is over at this age: of them `retention`, with the 95% Wilson interval `low` to `high`.
    `cells` holds what is pooled, one row per (group, cohort, age), as in `Retention`.
    """

    name = "retention_by_group"
    shape = "triangle"
    columns = {
        "group": Column(_("Group"), "said"),
        "customers": Column(_("Customers"), "count", people=True),
        "age": Column(_("Age"), "count"),
        "watched": Column(_("Watched"), "count"),
        "returned": Column(_("Came back"), "count"),
        "retention": Column(_("Share"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
    }

    as_of: date
    definition: Definition
    cells: pd.DataFrame

    def of(self, group: str) -> pd.DataFrame:
        """Return the triangle of one group: one row per (cohort, age)."""
        return self.cells[self.cells["group"] == group].reset_index(drop=True)

    def plot(self) -> "Axes":
        """Draw the share by age, a line a group, the largest groups only."""
        sizes = self.table.groupby("group", sort=False)["customers"].first()
        largest = sizes[sizes >= SMALLEST_GROUP].nlargest(DRAWN).index
        return marks.line(
            self.table[self.table["group"].isin(largest)],
            x="age",
            y="retention",
            low="low",
            high="high",
            by="group",
            y_kind="percent",
            xlabel=_("age"),
            ylabel=_("came back"),
        )


def retention_by_group(
    purchases: pd.DataFrame | Occasions,
    by: "str | pd.DataFrame",
    customers: pd.DataFrame | None = None,
    *,
    as_of: date,
    data_from: date | None = None,
    min_customers: int = 30,
    definition: Definition | None = None,
    entry: str = "first_paid",
) -> GroupRetention | NotEnoughData:
    """Measure who comes back by group, by any definition and from any entry.

    `retention` calls it where `by` is given; parameters are the same. Groups are those of
    `grouping.grouped`; people start on `started_on` of `customers` where it is given.

    Examples
    --------
    >>> days = pd.to_datetime(["2026-01-05", "2026-01-14", "2026-01-06", "2026-01-07"])
    >>> orders = pd.DataFrame({"customer_id": ["a", "a", "b", "c"], "paid_at": days})
    >>> whose = pd.DataFrame({"customer_id": ["a", "b", "c"], "shop": ["x", "x", "y"]})
    >>> found = retention_by_group(
    ...     orders, "shop", whose, as_of=date(2026, 1, 31), min_customers=1,
    ...     definition=Definition(every="week", windows="rolling", until=2),
    ... )
    >>> found.table[["group", "age", "watched", "returned"]].to_numpy().tolist()
    [['x', 1, 2, 0], ['x', 2, 2, 1], ['y', 1, 1, 0], ['y', 2, 1, 0]]
    """
    asked = definition or Definition()
    seen, cells = group_cells(
        purchases, by, customers, as_of=as_of, data_from=data_from, min_customers=min_customers,
        definition=asked,
    )  # fmt: skip
    facts: dict[str, Any] = {
        "as_of": as_of,
        "data_from": data_from,
        "confidence": CONFIDENCE,
        "min_customers": min_customers,
        "entry": ENTRIES[entry],
        "counted": COUNTED[asked.windows, asked.when],
        "window_days": asked.days,
        **gap_facts(seen.gaps),
    }
    closed = closed_cells(cells)
    first = closed[closed["age"] == 1]
    facts["groups"] = int(first["group"].nunique())
    if facts["groups"] < 2:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "Counted from {entry:said}, {groups:count} groups have a cohort of at least "
                "{min_customers:count} people that has been watched for a whole period."
            ),
            needs=NO_ENTRIES[entry] if first.empty and entry in NO_ENTRIES else _NEEDS,
            facts=facts,
        )
    table = _pooled(closed, first)
    facts |= _held(first)
    return GroupRetention(
        table=table,
        cells=cells,
        as_of=as_of,
        definition=asked,
        facts=facts,
        claims=(_claim(facts),),
        caveats=_caveats(facts, data_from),
        title=_TITLE,
        subtitle=_(
            "Share of each group's people who {counted:said}; cohorts that are over, pooled; "
            "{confidence:percent} Wilson intervals"
        ),
        meaning=_(
            "Who belongs to which group is not chance: a difference says where people who come "
            "back are found, not what made them come back."
        ),
        alt=_("Lines of the share who came back by age, one a group."),
    )


def group_cells(
    purchases: pd.DataFrame | Occasions,
    by: "str | pd.DataFrame",
    customers: pd.DataFrame | None,
    *,
    as_of: date,
    data_from: date | None,
    min_customers: int,
    definition: Definition,
) -> tuple[Occasions, pd.DataFrame]:
    """Return the occasions, and the triangle of each group: one row per (group, cohort, age)."""
    if not isinstance(purchases, Occasions):
        purchases = counting(needed(purchases, "purchases", "customer_id", "paid_at"))
    frame, column = grouped(purchases, by, customers)
    started = customers is not None and "started_on" in customers.columns
    if customers is not None and started:
        needed(customers, "customers", "customer_id", "started_on")
    also = customers["customer_id"] if customers is not None and started else None
    seen = occasions_of(purchases, as_of=as_of, also=also)
    starts = starts_of(seen, customers, "started_on") if customers is not None and started else None
    starts = seen.first if starts is None else starts
    parts = []
    for group, mine in _members(seen, frame, column).items():
        found, _small, _unfinished = triangle(
            seen,
            definition,
            starts=np.where(mine, starts, NEVER),
            data_from=data_from,
            min_customers=1,
        )
        parts.append(found.assign(group=group))
    if not parts:
        return seen, pd.DataFrame(columns=["group", "cohort", "age", "customers", "retention"])
    return seen, _shown(pd.concat(parts, ignore_index=True), min_customers)


def closed_cells(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells that are over and whole, of cohorts after the first month of data."""
    if cells.empty:
        return cells
    return cells[cells["retention"].notna() & ~cells["panel_start"].astype(bool)]


def _members(seen: Occasions, frame: pd.DataFrame, column: str) -> Mapping[str, np.ndarray]:
    """Return, by name of the group, who of `seen` belongs to it."""
    needed(frame, "customers", "customer_id", column)
    place: Ints = seen.places(frame["customer_id"])
    given = (place >= 0) & frame[column].notna().to_numpy()
    names = frame[column].astype(object).to_numpy()[given]
    found = {}
    for group in sorted(set(names), key=str):
        mine = np.zeros(len(seen.ids), dtype=bool)
        mine[place[given][names == group]] = True
        found[str(group)] = mine
    return found


def _shown(cells: pd.DataFrame, min_customers: int) -> pd.DataFrame:
    """Leave out small cohorts of a group, and what a cohort's total would give away.

    The whole cohort stands on the page: where those left out of it are fewer than ten together, the
    smallest group that is shown goes with them.
    """
    sizes = cells.drop_duplicates(["group", "cohort"])[["group", "cohort", "customers"]]
    small = sizes["customers"] < min_customers
    hidden = sizes[small].groupby("cohort")["customers"].sum()
    told = hidden[hidden < SMALLEST_GROUP].index if min_customers >= SMALLEST_GROUP else []
    rest = sizes[~small & sizes["cohort"].isin(told)]
    more = rest.loc[rest.groupby("cohort")["customers"].idxmin()]
    gone = pd.MultiIndex.from_frame(pd.concat([sizes[small], more])[["group", "cohort"]])
    kept = ~pd.MultiIndex.from_frame(cells[["group", "cohort"]]).isin(gone)
    return cells[kept].reset_index(drop=True)


def _pooled(closed: pd.DataFrame, first: pd.DataFrame) -> pd.DataFrame:
    table = (
        closed.groupby(["group", "age"], sort=False)[["customers", "returned"]]
        .sum()
        .reset_index()
        .rename(columns={"customers": "watched"})
    )
    table["customers"] = table["group"].map(first.groupby("group")["customers"].sum())
    table = table[table["customers"].notna()].astype({"customers": int, "returned": int})
    low, high = wilson(table["returned"], table["watched"], confidence=CONFIDENCE)
    table = table.assign(retention=table["returned"] / table["watched"], low=low, high=high)
    at_one = table[table["age"] == 1].set_index("group")["retention"]
    order = table["group"].map(at_one)
    return (
        table.assign(order=order)
        .sort_values(["order", "group", "age"], ascending=[False, True, True], ignore_index=True)
        .drop(columns="order")
    )


def _held(first: pd.DataFrame) -> dict[str, Any]:
    """Hold each group against the others of the same cohorts, at the first age."""
    whole = first.groupby("cohort")[["customers", "returned"]].sum()
    names = sorted(first["group"].unique())
    rows = []
    for group in names:
        mine = first[first["group"] == group].set_index("cohort")[["customers", "returned"]]
        others = whole.loc[mine.index] - mine
        if not (others["customers"] > 0).any() or mine["customers"].sum() < SMALLEST_GROUP:
            continue
        gap = share_difference(
            mine["returned"].astype(float),
            mine["customers"],
            others["returned"].astype(float),
            others["customers"],
            confidence=1 - (1 - CONFIDENCE) / len(names),
        )
        rows.append((group, gap))
    facts: dict[str, Any] = {
        "tests": len(rows),
        "all": float(whole["returned"].sum() / whole["customers"].sum()),
        "apart": sum(gap.low > 0 or gap.high < 0 for _name, gap in rows),
    }
    sure = [(name, gap) for name, gap in rows if gap.low > 0 or gap.high < 0]
    if not sure:
        return facts
    name, gap = max(sure, key=lambda one: abs(one[1].difference))
    return facts | {
        "group": name,
        "share": gap.treated,
        "others_share": gap.control,
        "change": gap.difference,
        "change_low": gap.low,
        "change_high": gap.high,
    }


def _claim(facts: dict[str, Any]) -> Claim:
    if facts["apart"]:
        return Claim(
            key="groups_apart",
            topic="retention_by_group",
            place="evidence",
            message=_(
                "Counted from {entry:said}: of {group:said}, {share:percent} came back at the "
                "first age, of the others of the same cohorts {others_share:percent} "
                "({change_low:points} to {change_high:points})."
            ),
            holds=[
                Holds(
                    "the corrected interval of the difference leaves out zero",
                    facts["change_low"] > 0 or facts["change_high"] < 0,
                )
            ],
        )
    return Claim(
        key="groups_alike",
        topic="retention_by_group",
        place="evidence",
        undecided=True,
        message=_(
            "Counted from {entry:said}, no group is told apart from the others of the same "
            "cohorts at the first age ({tests:count} groups, {all:percent} of all)."
        ),
        holds=[Holds("each corrected interval of a difference holds zero", not facts["apart"])],
    )


def _caveats(facts: dict[str, Any], data_from: date | None) -> tuple[str, ...]:
    caveats = list(gap_caveats(facts))
    if data_from is not None:
        caveats.append(
            _("Who started in the first month of data, from {data_from:day}, is left out.")
        )
    return tuple(caveats)
