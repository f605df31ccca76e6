"""Moves: what do customers buy after their first category, the same again or another?

From the first purchase occasion to the second, each customer once. The category of an occasion is
the one with the most money in it.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.analyses.cohorts.definition import CONFIDENCE
from insights.analyses.cohorts.occasions import needed
from insights.charts import marks
from insights.models.intervals import wilson
from insights.results import SMALLEST_GROUP, Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OTHERS = _("other categories together")
_TITLE = _("From one category to the next")


@dataclass(frozen=True, eq=False, kw_only=True)
class Moves(Result):
    """Where the second purchase goes. One row per category of the first and of the second.

    `share`, `low`, `high` in [0, 1] of those who bought again; `expected` if the first category
    told nothing of the second. Cells of fewer than ten people are pooled.
    """

    name = "moves"
    columns = {
        "category": Column(_("First category"), "said"),
        "customers": Column(_("Bought again"), "count", people=True),
        "next_category": Column(_("Second category"), "said"),
        "moved": Column(_("Went there"), "count"),
        "share": Column(_("Share"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
        "expected": Column(_("If it made no difference"), "percent"),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw the share who stay in their first category, by category."""
        stay = self.table[self.table["category"] == self.table["next_category"]]
        return marks.dots(
            stay.sort_values("share", ascending=False).assign(
                apart=lambda t: (t["low"] > t["expected"]) | (t["high"] < t["expected"])
            ),
            name="category",
            value="share",
            low="low",
            high="high",
            emphasis="apart",
            xlabel=_("bought the same category again"),
        )


def category_moves(
    moves: pd.DataFrame, *, as_of: date, data_from: date | None = None, min_customers: int = 30
) -> Moves | NotEnoughData:
    """Measure where the second purchase goes, and whether the first category tells.

    Parameters
    ----------
    moves : DataFrame, one row per month and category of the first occasion and of the second
        The mart `category_moves`.
    as_of : date
        Last day of complete data.
    data_from : date, optional
        First day of data: of customers seen in that month nobody knows what they bought first.
    min_customers : int, default 30
        Categories with fewer customers who bought again are left out.

    Returns
    -------
    Moves or NotEnoughData
    """
    needed(moves, "moves", "cohort_on", "category", "next_category", "customers")
    again = moves[moves["next_category"].notna()].astype({"customers": int})
    month = pd.to_datetime(again["cohort_on"]).dt.strftime("%Y-%m")
    seen_first = month == (f"{data_from:%Y-%m}" if data_from else None)
    old = int(again.loc[seen_first, "customers"].sum())
    again = again[~seen_first].groupby(["category", "next_category"], as_index=False)
    again = again["customers"].sum()
    sizes = again.groupby("category")["customers"].sum()
    large = sizes[sizes >= min_customers].index
    facts: dict[str, Any] = {
        "as_of": as_of,
        "confidence": CONFIDENCE,
        "min_customers": min_customers,
        "categories": len(large),
        "left_out": int(sizes[sizes < min_customers].sum()),
        "data_from": data_from,
        "old": old,
    }
    if len(large) < 2:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{categories:count} categories have at least {min_customers:count} customers who "
                "bought again."
            ),
            needs=_("Needed: order lines with products, and the product list with categories."),
            facts=facts,
        )
    base = again.groupby("next_category")["customers"].sum()
    base = base / base.sum()
    kept = again[again["category"].isin(large)]
    table = pd.concat(
        [_cells(category, mine, base) for category, mine in kept.groupby("category")],
        ignore_index=True,
    )
    low, high = wilson(table["moved"], table["customers"], confidence=CONFIDENCE)
    table = table.assign(share=table["moved"] / table["customers"], low=low, high=high)
    facts |= _staying(kept, base)
    return Moves(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(facts),
        title=_TITLE,
        subtitle=_(
            "Of those who bought again: category of the second occasion by that of the first, "
            "{confidence:percent} Wilson intervals; filled: apart from what chance would give"
        ),
        meaning=_("Offer next what customers of a category really go on to."),
        alt=_("Dot chart of the share who bought the same category again, by category."),
    )


def _cells(category: str, mine: pd.DataFrame, base: pd.Series) -> pd.DataFrame:
    """Cells of one category, the largest first; small ones pooled, so that none is told."""
    total = int(mine["customers"].sum())
    cells = mine.sort_values(["customers", "next_category"], ascending=[False, True])
    small = cells["customers"] < SMALLEST_GROUP
    if small.any() and cells.loc[small, "customers"].sum() < SMALLEST_GROUP and not small.all():
        # The pool would be small itself: the next smallest cell goes with it.
        small |= cells["customers"] == cells.loc[~small, "customers"].min()
    shown = cells[~small]
    rows = [
        {"next_category": row.next_category, "moved": row.customers, "expected": base[row[2]]}
        for row in shown[["category", "customers", "next_category"]].itertuples(index=False)
    ]
    if small.any():
        pooled = cells[small]
        rows.append(
            {
                "next_category": OTHERS,
                "moved": int(pooled["customers"].sum()),
                "expected": float(base[pooled["next_category"]].sum()),
            }
        )
    return pd.DataFrame(rows).assign(category=category, customers=total)


def _staying(kept: pd.DataFrame, base: pd.Series) -> dict[str, Any]:
    total = int(kept["customers"].sum())
    stay = int(kept.loc[kept["category"] == kept["next_category"], "customers"].sum())
    by = kept.groupby("category")["customers"].sum()
    low, high = wilson([stay], [total], confidence=CONFIDENCE)
    return {
        "customers": total,
        "stay": stay / total,
        "low": float(low[0]),
        "high": float(high[0]),
        "expected": float((by * base.reindex(by.index).fillna(0)).sum() / total),
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    more, less = facts["low"] > facts["expected"], facts["high"] < facts["expected"]
    if not more and not less:
        message = _(
            "What customers bought first does not tell what they buy next: {stay:percent} buy the "
            "same category again, chance alone would give {expected:percent}."
        )
        reason = Holds("the interval holds what chance would give", not more and not less)
        return (
            Claim(
                key="no_staying",
                topic="moves",
                place="evidence",
                undecided=True,
                message=message,
                holds=[reason],
            ),
        )
    message = _(
        "Of {customers:count} new customers who bought again, {stay:percent} ({low:percent}–"
        "{high:percent}) bought the same category; chance alone would give {expected:percent}."
    )
    reason = Holds("the interval leaves out what chance would give", more or less)
    key = "staying" if more else "leaving"
    return (Claim(key=key, topic="moves", message=message, holds=[reason]),)


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = []
    if facts["old"]:
        caveats.append(
            _(
                "{old:count} customers were first seen in the month in which the data begin: what "
                "they had bought before is not known, and they are left out."
            )
        )
    if facts["left_out"]:
        caveats.append(
            _(
                "{left_out:count} customers began in categories with fewer than "
                "{min_customers:count} who bought again; these are left out."
            )
        )
    return tuple(caveats)
