"""Group-buys: how fast does each sell, and are its buyers new purchases or moved ones?

Sell-through: pieces sold by hours since the start, of all that the group-buy sold; and what is
known of whether it added anything, which only orders that name the group-buy can tell.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.ratios import ratio_of_sums
from insights.charts import marks
from insights.errors import MissingColumns
from insights.results import Check, Claim, Column, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.90
MIN_PIECES = 20
MIN_ROUNDS = 2
NEEDED = {"campaign_id", "title", "starts_on", "hour_no", "length_hours", "orders", "pieces"}
_TITLE = _("How fast group-buys sell")


@dataclass(frozen=True, eq=False, kw_only=True)
class GroupBuys(Result):
    """One row per group-buy: pieces, and the hour by which half and nine tenths were sold."""

    name = "group_buys"
    columns = {
        "title": Column(_("Group-buy"), "text"),
        "starts_on": Column(_("Start"), "day"),
        "pieces": Column(_("Pieces sold"), "count"),
        "orders": Column(_("Orders"), "count"),
        "first_share": Column(_("Sold in the first quarter of its time"), "percent"),
        "half_hour": Column(_("Hours until half were sold"), "count"),
        "most_hour": Column(_("Hours until nine tenths were"), "count"),
    }

    curve: pd.DataFrame

    def plot(self) -> "Axes":
        """Draw the share sold by hours since the start, all group-buys together."""
        return marks.line(
            self.curve, x="hour", y="sold", low="low", high="high", x_kind="count",
            xlabel=_("hours since the start"), ylabel=_("of all pieces sold"),
        )  # fmt: skip


def group_buys(hours: pd.DataFrame, *, as_of: date) -> GroupBuys | NotEnoughData:
    """Measure the sell-through of group-buys.

    Parameters
    ----------
    hours : DataFrame, one row per group-buy and hour
        The mart `group_buys`.
    as_of : date
        Last day of complete data.

    Returns
    -------
    GroupBuys or NotEnoughData
    """
    if missing := NEEDED - set(hours.columns):
        raise MissingColumns("group_buys", missing, hours.columns)
    numbers = ["hour_no", "length_hours", "orders", "pieces"]
    found = hours.astype(dict.fromkeys(numbers, float)).sort_values(["campaign_id", "hour_no"])
    sold = found.groupby("campaign_id")["pieces"].transform("sum")
    kept = found[sold >= MIN_PIECES]
    facts: dict[str, Any] = {
        "as_of": as_of,
        "confidence": CONFIDENCE,
        "rounds": int(kept["campaign_id"].nunique()),
        "all_rounds": int(found["campaign_id"].nunique()),
        "min_rounds": MIN_ROUNDS,
        "min_pieces": MIN_PIECES,
    }
    if facts["rounds"] < MIN_ROUNDS:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{all_rounds:count} group-buys are named by orders, {rounds:count} of them with "
                "{min_pieces:count} pieces sold."
            ),
            needs=_(
                "Needed: orders that name their group-buy (the template for group-buys, or "
                "campaign_id in tables of a warehouse) and the calendar with its start and end to "
                "the hour (insights load campaigns)."
            ),
            facts=facts,
        )
    table = _table(kept)
    curve = _curve(kept)
    half = table["half_hour"]
    share, low, high = ratio_of_sums(
        table["first_pieces"], table["pieces"], confidence=CONFIDENCE, most=1.0
    )
    facts |= {
        "pieces": int(table["pieces"].sum()),
        "each": float(table["pieces"].mean()),
        "half": float(half.median()),
        "first": share,
        "first_low": low,
        "first_high": high,
    }
    return GroupBuys(
        table=table,
        curve=curve,
        facts=facts,
        claims=(
            Claim(
                key="sell_through",
                place="evidence",
                message=_(
                    "{rounds:count} group-buys sold {each:count} pieces each on average; "
                    "{first:percent} ({first_low:percent}–{first_high:percent}) of them in the "
                    "first quarter of their time, half within {half:count} hours."
                ),
            ),
        ),
        caveats=(
            _(
                "How much was on offer is not known, so a group-buy that stopped selling may have "
                "been sold out; and its buyers may have bought a week later anyway. The slot's net "
                "says what it takes from the days around."
            ),
        ),
        checks=(
            Check(
                key="sold_within_whole",
                message=_("The curve ends at the whole."),
                passed=bool(abs(float(curve["sold"].iloc[-1]) - 1) < 1e-9),
                evidence=_("{rounds:count} group-buys"),
                facts={"rounds": facts["rounds"]},
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "Pieces sold by hours since the start, of all that were sold, {rounds:count} "
            "group-buys up to {as_of:day}; the band is a {confidence:percent} interval over "
            "group-buys"
        ),
        meaning=_(
            "Where the curve is flat before the end, the hours left sell nothing: close "
            "earlier, or remind then. Where it climbs to the end, a longer one would sell more."
        ),
        alt=_("Curve of pieces sold by hours since the start of {rounds:count} group-buys."),
    )


def _table(kept: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (_key, title, starts_on), mine in kept.groupby(["campaign_id", "title", "starts_on"]):
        share = mine["pieces"].cumsum() / mine["pieces"].sum()
        first = mine[mine["hour_no"] < mine["length_hours"] / 4]
        rows.append(
            {
                "title": title,
                "starts_on": starts_on,
                "pieces": int(mine["pieces"].sum()),
                "orders": int(mine["orders"].sum()),
                "first_pieces": float(first["pieces"].sum()),
                "first_share": float(first["pieces"].sum() / mine["pieces"].sum()),
                # The hour that holds the piece is over when it is sold.
                "half_hour": int(mine.loc[share >= 0.5, "hour_no"].iloc[0]) + 1,
                "most_hour": int(mine.loc[share >= 0.9 - 1e-12, "hour_no"].iloc[0]) + 1,
            }
        )
    return pd.DataFrame(rows).sort_values("starts_on", ascending=False, ignore_index=True)


def _curve(kept: pd.DataFrame) -> pd.DataFrame:
    grid = kept.pivot_table(
        index="campaign_id", columns="hour_no", values="pieces", aggfunc="sum", fill_value=0.0
    )
    last = int(grid.columns.max())
    grid = grid.reindex(columns=np.arange(last + 1), fill_value=0.0).cumsum(axis=1)
    whole = grid.iloc[:, -1]
    rows = []
    for hour in grid.columns:
        sold, low, high = ratio_of_sums(grid[hour], whole, confidence=CONFIDENCE, most=1.0)
        rows.append({"hour": int(hour) + 1, "sold": sold, "low": low, "high": high})
    return pd.DataFrame(rows)
