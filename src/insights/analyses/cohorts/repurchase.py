"""Repurchase: of the customers won in a month, how many bought again within so many days?

A fixed window after each customer's own first purchase, so that months of different length and age
compare. A month counts once the window of its last member is over; where its last orders may still
be refunded in full, the intervals hold that. Beside each month stands the share of its sales whose
buyer is known: where that moved until the windows were over, the months are not compared, because
better linking looks like coming back.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.cohorts.comparable import (
    SAME_IDENTITY,
    identified,
    identity,
    lived,
    settle_days,
    settled_by,
    span_before,
    unsettled_caveat,
)
from insights.analyses.cohorts.definition import CONFIDENCE
from insights.analyses.cohorts.occasions import (
    Occasions,
    day_number,
    gap_caveat,
    last_complete,
    occasions_of,
    period_last,
    period_name,
    period_numbers,
)
from insights.charts import marks
from insights.errors import ParameterError
from insights.models.arms import share_difference
from insights.models.gaps import gap_facts
from insights.models.intervals import wilson
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result, Tile, nobody_known
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_YEAR = 12
_SHORT_MONTH = 30
_TITLE = _("Who bought again, by month of the first purchase")
_IN_FIRST_MONTH = _("first month of data")


@dataclass(frozen=True, eq=False, kw_only=True)
class Repurchase(Result):
    """Share of each month's new customers who bought again within a window. One row per month.

    `share`, `low`, `high` in [0, 1], missing while `open`; `unsettled` are those who bought again
    so lately that it may still be refunded in full, which the interval holds; `identified` is the
    share of the month's net sales whose buyer is known.
    """

    name = "repurchase"
    columns = {
        "cohort": Column(_("First purchase in"), "month"),
        "customers": Column(_("Customers"), "count", people=True),
        "returned": Column(_("Bought again"), "count"),
        "share": Column(_("Share"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
        "identified": Column(_("Sales of known customers"), "percent"),
        "open": Column(_("Window not over"), "text", shown=False),
        "apart": Column(_("Kept apart"), "said", shown=False),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw the share by month, finished months only."""
        drawn = self.table[self.table["share"].notna() & self.table["apart"].isna()]
        return marks.line(
            drawn,
            x="cohort",
            y="share",
            low="low",
            high="high",
            y_kind="percent",
            xlabel=_("month of the first purchase"),
            ylabel=_("bought again"),
        )


def repurchase(
    purchases: pd.DataFrame | Occasions,
    *,
    as_of: date,
    data_from: date | None = None,
    within_days: int = 90,
    min_customers: int = 30,
    months: pd.DataFrame | None = None,
    refunds: Result | None = None,
) -> Repurchase | NotEnoughData:
    """Measure how many of each month's new customers bought again within a number of days.

    Parameters
    ----------
    purchases : DataFrame, one row per paid order, or per customer and day
        Needs ``customer_id`` and ``paid_at``.
    as_of : date
        Last day of complete data.
    data_from : date, optional
        First day of data; customers first seen in that month are kept apart.
    within_days : int, default 90
        Days after the first purchase that are watched; its own day does not count.
    min_customers : int, default 30
        Smaller months are left out and counted.
    months : DataFrame, one row per month and channel, optional
        The mart `sales_month`, for the share of sales whose buyer is known.
    refunds : Result, optional
        What `refund_curve` handed back: how long an order may still be refunded in full.

    Returns
    -------
    Repurchase or NotEnoughData
    """
    if within_days < 1:
        raise ParameterError(f"within_days must be 1 or more; found {within_days}.")
    seen = occasions_of(purchases, as_of=as_of)
    settled = day_number(settled_by(as_of, refunds))
    table, small = _by_month(seen, within_days, data_from, min_customers, settled)
    table["identified"] = identified(table["cohort"], months)
    done = table[table["share"].notna() & table["apart"].isna()]
    facts: dict[str, Any] = {
        "as_of": as_of,
        "data_from": data_from,
        "within": within_days,
        "min_customers": min_customers,
        "confidence": CONFIDENCE,
        "known": len(seen.ids),
        "small": small,
        "settle_days": settle_days(refunds),
        **gap_facts(seen.gaps),
    }
    if done.empty:
        if not len(seen.ids):
            return nobody_known(_TITLE, facts)
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "No month with at least {min_customers:count} new customers has been watched for "
                "{within:days} after its last first purchase; {known:count} customers were seen up "
                "to {as_of:day}."
            ),
            needs=_(
                "Needed: a month after the first one of the data with at least "
                "{min_customers:count} first purchases, and {within:days} after it."
            ),
            facts=facts,
        )
    old = _old_customers(seen, data_from)
    facts |= _compared(done, old=old, months=months, within=within_days)
    return Repurchase(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(facts),
        checks=(_complete(table, seen, small),),
        tiles=(_tile(facts, done),),
        title=_TITLE,
        subtitle=_(
            "Share who bought on another day within {within:days} of their first purchase, "
            "{confidence:percent} Wilson intervals; months whose window is not over are left blank"
        ),
        meaning=_(
            "This is what winning customers is worth in return visits: each month is measured "
            "with the same yardstick."
        ),
        alt=_(
            "Line chart of the share of new customers who bought again within {within:days}, by "
            "month of the first purchase: {share:percent} in {month:month}."
        ),
    )


def _by_month(
    seen: Occasions, within: int, data_from: date | None, min_customers: int, settled: int
) -> tuple[pd.DataFrame, int]:
    first, second = seen.first, seen.nth(1)
    number, returned = period_numbers(first, "month"), second - first <= within
    every = {"number": number, "first": first, "returned": returned}
    grouped = (
        pd.DataFrame({**every, "unsettled": returned & (second > settled)})
        .groupby("number")
        .agg(
            customers=("first", "size"),
            last=("first", "max"),
            returned=("returned", "sum"),
            unsettled=("unsettled", "sum"),
        )
        .reset_index()
    )
    over = grouped["number"] <= last_complete(seen.as_of, "month")
    large = grouped["customers"] >= min_customers
    small = int(grouped.loc[~(over & large), "customers"].sum())
    table = grouped[over & large].reset_index(drop=True)
    missing = [day_number(gap.first) for gap in seen.gaps]
    ends = period_last(table["number"].to_numpy(), "month") + within
    hole = pd.Series(False, index=table.index)
    for gap, begin in zip(seen.gaps, missing, strict=True):
        starts = period_last(table["number"].to_numpy() - 1, "month") + 1
        hole |= (starts <= day_number(gap.last)) & (ends >= begin)
    table["open"] = table["last"] + within > seen.as_of
    table["unknown"] = hole
    sure = table["returned"] - table["unsettled"]
    low, _high = wilson(sure, table["customers"], confidence=CONFIDENCE)
    _low, high = wilson(table["returned"], table["customers"], confidence=CONFIDENCE)
    table = table.assign(share=table["returned"] / table["customers"], low=low, high=high)
    table["returned"] = table["returned"].astype("Int64")
    table.loc[table["open"] | hole, ["returned", "share", "low", "high"]] = None
    start = None if data_from is None else f"{data_from:%Y-%m}"
    table["cohort"] = [period_name(int(n), "month") for n in table["number"]]
    table["apart"] = [_IN_FIRST_MONTH if c == start else None for c in table["cohort"]]
    return table.drop(columns=["first"], errors="ignore"), small


def _old_customers(seen: Occasions, data_from: date | None) -> bool:
    """Whether the data begin in the middle of trade: old customers look new, at first most of all.

    Told by the first month, which then shows more first purchases than any later one.
    """
    if data_from is None:
        return False
    start = period_numbers(np.array([day_number(data_from)]), "month")[0]
    numbers, sizes = np.unique(period_numbers(seen.first, "month"), return_counts=True)
    later = sizes[numbers != start]
    return bool(later.size and sizes[numbers == start].sum() > later.max())


def _compared(
    done: pd.DataFrame, *, old: bool, months: pd.DataFrame | None, within: int
) -> dict[str, Any]:
    """Return the newest month, and what it is held against: the same a year before, if there."""
    newest = done.iloc[-1]
    facts: dict[str, Any] = {
        "month": newest["cohort"],
        "customers": int(newest["customers"]),
        "share": float(newest["share"]),
        "low": float(newest["low"]),
        "high": float(newest["high"]),
        "unsettled": int(newest["unsettled"]),
        "unsettled_month": newest["cohort"],
        "truncated": False,
    }
    rest = done.iloc[:-1]
    if rest.empty or old:
        return facts | {"truncated": old}
    year = rest[rest["number"] == newest["number"] - _YEAR]
    held = year if len(year) else rest
    customers, returned = int(held["customers"].sum()), int(held["returned"].sum())
    sure = returned - int(held["unsettled"].sum())
    (low, _low), (_high, high) = wilson([sure, returned], customers, confidence=CONFIDENCE)
    # At one end all that is not settled goes back of the newest, at the other of those before.
    ends = [
        share_difference(now, facts["customers"], then, customers, confidence=CONFIDENCE)
        for now, then in (
            (int(newest["returned"] - newest["unsettled"]), returned),
            (int(newest["returned"]), sure),
        )
    ]
    ages = -(-within // _SHORT_MONTH)
    span = lived([newest["cohort"]], ages), lived(held["cohort"], ages)
    return facts | {
        "same_month": bool(len(year)),
        "before": held["cohort"].iloc[0],
        "before_last": held["cohort"].iloc[-1],
        "before_share": returned / customers,
        "before_low": float(low),
        "before_high": float(high),
        "change": facts["share"] - returned / customers,
        "change_low": ends[0].low,
        "change_high": ends[1].high,
        **identity(*span, months),
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    plain = _(
        "Of {customers:count} customers won in {month:month}, {share:percent} "
        "({low:percent}–{high:percent}) bought again within {within:days}."
    )
    rows = "share == share and apart.isna()"
    if "change" not in facts:
        claims = [Claim(key="repurchase", topic="repurchase", message=plain, rows=rows)]
        if facts["truncated"]:
            claims.append(
                Claim(
                    key="repurchase_truncated",
                    topic="repurchase_change",
                    place="data",
                    message=_(
                        "Months are not held against one another: the data begin on "
                        "{data_from:day} in the middle of trade, so the months after hold old "
                        "customers who look new, and fewer of them each month."
                    ),
                    holds=[
                        Holds("the first month has the most first purchases", facts["truncated"])
                    ],
                )
            )
        return tuple(claims)
    if not facts["like_for_like"]:
        return (
            Claim(key="repurchase", topic="repurchase", message=plain, rows=rows),
            Claim(
                key="repurchase_identity",
                topic="repurchase_change",
                place="data",
                message=_(
                    "{month:month} is not held against {before:month}: the share of sales whose "
                    "buyer is known went from {before_identified:percent} to {identified:percent}, "
                    "and better linking looks like coming back."
                ),
                holds=[
                    Holds(
                        "the identified shares are further apart than two points",
                        abs(facts["identified"] - facts["before_identified"]) > SAME_IDENTITY,
                    )
                ],
            ),
        )
    apart = facts["change_low"] > 0 or facts["change_high"] < 0
    if apart:
        message = (
            _(
                "Of {customers:count} customers won in {month:month}, {share:percent} "
                "({low:percent}–{high:percent}) bought again within {within:days}: {change:points} "
                "against the same month a year before."
            )
            if facts["same_month"]
            else _(
                "Of {customers:count} customers won in {month:month}, {share:percent} "
                "({low:percent}–{high:percent}) bought again within {within:days}: {change:points} "
                "against those won from {before:month} to {before_last:month}."
            )
        )
        reason = Holds("the interval of the difference leaves out zero", apart)
    else:
        message = (
            _(
                "Of {customers:count} customers won in {month:month}, {share:percent} "
                "({low:percent}–{high:percent}) bought again within {within:days}; not "
                "distinguishable from the same month a year before ({before_share:percent})."
            )
            if facts["same_month"]
            else _(
                "Of {customers:count} customers won in {month:month}, {share:percent} "
                "({low:percent}–{high:percent}) bought again within {within:days}; not "
                "distinguishable from those won from {before:month} to {before_last:month} "
                "({before_share:percent})."
            )
        )
        reason = Holds("the interval of the difference holds zero", not apart)
    key = "repurchase_moved" if apart else "repurchase_same"
    return (Claim(key=key, topic="repurchase", message=message, holds=[reason], rows=rows),)


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = [*gap_caveat(facts), *unsettled_caveat(facts)]
    if facts["small"]:
        caveats.append(
            _(
                "{small:count} customers are in months that are not over, or have fewer than "
                "{min_customers:count} new customers: these months are left out."
            )
        )
    return tuple(caveats)


def _tile(facts: dict[str, Any], done: pd.DataFrame) -> Tile:
    against = _("a year before") if facts.get("same_month") else _("the months before")
    return Tile(
        key="repurchase",
        label=_("Bought again within {within:days}"),
        fact="share",
        low="low",
        high="high",
        kind="percent",
        good="up",
        **span_before(facts, "before", against),
        trend=tuple(done["share"]),
        note=_("{customers:count} new customers of {month:month}"),
    )


def _complete(table: pd.DataFrame, seen: Occasions, small: int) -> Check:
    shown = int(table["customers"].sum())
    return Check(
        key="repurchase_counts_everyone",
        message=_("Every known customer is in one month, or in one that was left out."),
        passed=shown + small == len(seen.ids),
        evidence=_("{shown:count} in months shown, {small:count} left out, {known:count} known"),
        facts={"shown": shown, "small": small, "known": len(seen.ids)},
    )
