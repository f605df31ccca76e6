"""Baskets: how many pieces are in an order (连带率), where, and is it more than a year ago?

The newest whole month by channel, and all channels against the same month of the year before. The
mean has an interval corrected for skewness (see `models.intervals`), as a few orders hold many
pieces; the difference of two months has Welch's error.
"""

from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.cohorts.definition import CONFIDENCE
from insights.analyses.cohorts.occasions import needed
from insights.charts import marks
from insights.models.intervals import mean_interval_of_sums
from insights.periods import is_month_end
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result
from insights.results.channels import channel_label
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MIN_ORDERS = 30  # Fewer are not a channel that one can say something of.
SUMS = ("orders", "several_orders", "pieces", "pieces_square", "pieces_cube")
ALL = _("All channels")
_TITLE = _("Pieces per order")


@dataclass(frozen=True, eq=False, kw_only=True)
class Baskets(Result):
    """Pieces per order of the newest whole month. One row per channel, all of them first."""

    name = "baskets"
    columns = {
        "channel_label": Column(_("Channel"), "said"),
        "orders": Column(_("Orders"), "count"),
        "pieces_per_order": Column(_("Pieces per order"), "number"),
        "low": Column(_("Low"), "number"),
        "high": Column(_("High"), "number"),
        "several_share": Column(_("Orders of several pieces"), "percent"),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw the mean of each channel with its interval."""
        return marks.dots(
            self.table, name="channel_label", value="pieces_per_order", low="low", high="high",
            kind="number", xlabel=_("pieces per order"),
        )  # fmt: skip


def baskets(months: pd.DataFrame, *, as_of: date) -> Baskets | NotEnoughData:
    """Measure how many pieces orders hold.

    Parameters
    ----------
    months : DataFrame, one row per month and channel
        The mart `baskets`.
    as_of : date
        Last day of complete data; a month still running is left out.

    Returns
    -------
    Baskets or NotEnoughData
        Channels of fewer than 30 orders are in the total alone, and counted.

    Examples
    --------
    >>> rows = [[date(2026, 5, 1), "store", 100, 40, 150, 260, 520]]
    >>> found = baskets(pd.DataFrame(rows, columns=["month_on", "channel", *SUMS]),
    ...                 as_of=date(2026, 5, 31))
    >>> found.headline.text("en")
    'An order of 2026-05 held 1.5 pieces (1.39–1.63); 40% held several.'
    """
    needed(months, "baskets", "month_on", "channel", *SUMS)
    frame = months.astype(dict.fromkeys(SUMS, float))
    frame["month"] = pd.to_datetime(frame["month_on"]).dt.to_period("M")
    newest = pd.Period(as_of, freq="M") - (0 if is_month_end(as_of) else 1)
    mine = frame[frame["month"] == newest]
    before = frame[frame["month"] == newest - 12]
    facts: dict[str, Any] = {
        "as_of": as_of,
        "confidence": CONFIDENCE,
        "min_orders": MIN_ORDERS,
        "month": str(newest),
        "known": int(mine["orders"].sum()),
    }
    if facts["known"] < MIN_ORDERS:
        return NotEnoughData(
            title=_TITLE,
            because=_("Of {month:month}, the lines of {known:count} orders are known."),
            needs=_("Needed: a whole month with {min_orders:count} orders and their lines."),
            facts=facts,
        )
    by = mine.groupby("channel")[list(SUMS)].sum().sort_values("orders", ascending=False)
    kept = by[by["orders"] >= MIN_ORDERS]
    rows = [_row(ALL, by.sum()), *(_row(channel_label(name), one) for name, one in kept.iterrows())]
    table = pd.DataFrame(rows)
    first = table.iloc[0]
    facts |= {name: float(first[name]) for name in ("pieces_per_order", "low", "high")}
    facts |= {
        "several": float(first["several_share"]),
        "small": len(by) - len(kept),
        "pieces": float(mine["pieces"].sum()),
    }
    if before["orders"].sum() >= MIN_ORDERS:
        facts |= _since(before[list(SUMS)].sum(), by.sum(), str(newest - 12))
    return Baskets(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(facts),
        checks=(_reconciled(facts, rows),),
        title=_TITLE,
        subtitle=_(
            "Orders of {month:month} of which the lines are known, gifts and orders given back "
            "whole left out; {confidence:percent} intervals"
        ),
        meaning=_(
            "More pieces per order is what a shop can try at once: sets, free delivery from an "
            "amount on. Whether that pays is known from a test alone."
        ),
        alt=_("Dot chart of pieces per order by channel, {pieces_per_order:number} in all."),
    )


def _row(label: str, sums: "pd.Series[float]") -> dict[str, Any]:
    low, high = mean_interval_of_sums(
        *(float(sums[name]) for name in ("orders", "pieces", "pieces_square", "pieces_cube")),
        confidence=CONFIDENCE,
        floor=True,
    )
    return {
        "channel_label": label,
        "orders": int(sums["orders"]),
        "pieces_per_order": float(sums["pieces"] / sums["orders"]),
        "low": low,
        "high": high,
        "several_share": float(sums["several_orders"] / sums["orders"]),
    }


def _since(before: "pd.Series[float]", now: "pd.Series[float]", month: str) -> dict[str, Any]:
    """Hold the month against the same one of the year before."""
    (then, then_error), (mean, error) = _mean(before), _mean(now)
    change = mean - then
    half = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * float(np.hypot(error, then_error))
    return {
        "before_month": month,
        "before": then,
        "change": change,
        "size": abs(change),
        "change_low": change - half,
        "change_high": change + half,
    }


def _mean(sums: "pd.Series[float]") -> tuple[float, float]:
    """Return the mean and its standard error."""
    mean = float(sums["pieces"] / sums["orders"])
    variance = max(float(sums["pieces_square"] / sums["orders"]) - mean**2, 0.0)
    return mean, float(np.sqrt(variance / (sums["orders"] - 1)))


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    level = Claim(
        key="pieces_per_order",
        topic="baskets",
        place="evidence",
        message=_(
            "An order of {month:month} held {pieces_per_order:number} pieces "
            "({low:number}–{high:number}); {several:percent} held several."
        ),
    )
    if "change" not in facts:
        return (level,)
    apart = facts["change_low"] > 0 or facts["change_high"] < 0
    if not apart:
        return (
            Claim(
                key="pieces_per_order_same",
                topic="baskets",
                place="evidence",
                undecided=True,
                message=_(
                    "An order of {month:month} held {pieces_per_order:number} pieces, not "
                    "distinguishable from {before:number} in {before_month:month}."
                ),
                holds=[Holds("the interval of the difference holds 0", not apart)],
            ),
            level,
        )
    more = _(
        "An order of {month:month} held {pieces_per_order:number} pieces, {size:number} more than "
        "in {before_month:month} ({change_low:number} to {change_high:number})."
    )
    fewer = _(
        "An order of {month:month} held {pieces_per_order:number} pieces, {size:number} fewer "
        "than in {before_month:month} ({change_low:number} to {change_high:number})."
    )
    return (
        Claim(
            key="pieces_per_order_moved",
            topic="baskets",
            place="evidence",
            message=more if facts["change"] > 0 else fewer,
            holds=[
                Holds("the interval of the difference leaves out 0", apart),
                Holds("it differs by something", facts["size"] > 0),
            ],
        ),
        level,
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    if not facts["small"]:
        return ()
    return (
        _("{small:count} channels have fewer than {min_orders:count} orders and are not shown."),
    )


def _reconciled(facts: dict[str, Any], rows: list[dict[str, Any]]) -> Check:
    """Check that channels hold no more orders than all of them."""
    shown = sum(row["orders"] for row in rows[1:])
    return Check(
        key="baskets_reconcile",
        message=_("Channels do not hold more orders than all of them together."),
        passed=shown <= rows[0]["orders"],
        evidence=_("{shown:count} orders of channels, {known:count} in all"),
        facts={"shown": shown, "known": facts["known"]},
    )
