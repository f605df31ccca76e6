"""Worth: what will the customers of today bring in the coming year, in all and by segment?

Expected purchases (MBG/NBD) times expected amounts (Gamma-Gamma), from purchases alone. The
interval of the total holds parameters, luck, and by how much an earlier forecast of about the same
length was missed by what came: a model of habits knows nothing of years that differ. Half of the
miss of a whole year is taken into account, as of the chances of silence; over part of a year a miss
is the season's as well, and moves nothing.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.churn.amounts import LEAST, UsualAmount
from insights.analyses.churn.caveats import identity_caveats, sample_caveats
from insights.analyses.churn.level import NEAR_DAYS, YEAR_DAYS
from insights.analyses.churn.panel import known_by
from insights.analyses.churn.recipe import purchase_models
from insights.analyses.churn.study import Study
from insights.charts import marks
from insights.errors import DataError, MissingColumns
from insights.models.lifetime import BetaGeoNBD, LifetimeValue, lifetime_value
from insights.models.lifetime.fitted import bounded_interval
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MONTHS = 12
DAYS_A_MONTH = 365.25 / 12
LEAST_WINDOW = 84  # Days of the past that a forecast has to be held against.
# One look at the past may have been lucky: over planted worlds a year was missed by so much.
LEAST_MISS = 0.1
TAKEN = 0.5  # Of the miss of a whole year, on the scale of the logarithm.
CONFIDENCE = 0.95
TITLE = _("What today's customers will bring")
_NEEDS = _("Needed: a longer history of customers who buy again.")


@dataclass(frozen=True, eq=False, kw_only=True)
class Worth(Result):
    """Expected net sales of today's customers by segment. One row per segment, the most first.

    `value` in all and `each` a customer (money, not discounted), `share` of the total in [0, 1].
    """

    name = "worth"
    columns = {
        "segment": Column(_("Segment"), "said"),
        "customers": Column(_("Customers"), "count", people=True),
        "value": Column(_("Expected net sales"), "money"),
        "share": Column(_("Share"), "percent"),
        "each": Column(_("A customer"), "money"),
    }

    def plot(self) -> "Axes":
        """Draw what each segment will bring."""
        return marks.bars(
            self.table,
            name="segment",
            value="value",
            kind="money",
            xlabel=_("expected net sales"),
        )


def worth(
    found: Study | NotEnoughData,
    changes: pd.DataFrame,
    segments: pd.DataFrame,
    *,
    months: int = MONTHS,
) -> Worth | NotEnoughData:
    """Forecast what customers will spend, and hold an earlier forecast against what came.

    Parameters
    ----------
    found : Study
    changes : DataFrame, one row per thing that became known of an order
        The mart `purchase_changes`, of the same customers as the study.
    segments : DataFrame, one row a customer
        `customer_id` and `segment`, such as `members` of `segments.rfm`.
    months : int >= 1, default 12

    Returns
    -------
    Worth or NotEnoughData
    """
    if isinstance(found, NotEnoughData):
        return found
    if missing := {"customer_id", "segment"} - set(segments.columns):
        raise MissingColumns("segments", missing, segments.columns)
    facts = found.facts | {"months": months, "confidence": CONFIDENCE, "everyone": None}
    checked = _earlier(found, changes, months)
    if checked is None:
        return NotEnoughData(
            title=TITLE,
            because=_("No earlier forecast of twelve weeks or more can be held against what came."),
            needs=_NEEDS,
            facts=facts,
        )
    facts |= checked
    rows = found.scores[found.scores["age_days"] >= 0]
    made = valued(found.purchase_models["mbg"], rows, months=months)
    if made is None or not np.isfinite(made.total_low) or made.total <= 0:
        return NotEnoughData(
            title=TITLE,
            because=_("The purchases so far do not tell enough for a total with an interval."),
            needs=_NEEDS,
            facts=facts,
        )
    moved = facts["moved"]
    total = moved * made.total
    relative = np.hypot(made.parameter_error, made.customer_error) / made.total
    error = total * np.hypot(relative, facts["astray"])
    low, high = bounded_interval(
        np.array([total]), np.array([error]), upper=np.inf, confidence=CONFIDENCE
    )
    known = pd.DataFrame({"customer_id": rows["customer_id"], "value": moved * made.table["value"]})
    named = known.merge(segments[["customer_id", "segment"]], on="customer_id", how="left")
    by = named.groupby("segment")["value"].agg(["size", "sum"]).reset_index()
    by.columns = ["segment", "customers", "value"]
    table = by.assign(share=by["value"] / total, each=by["value"] / by["customers"])
    table = table.sort_values(["value", "segment"], ascending=[False, True], ignore_index=True)
    facts |= {
        "of_customers": len(rows),
        "total": total,
        "total_low": float(low[0]),
        "total_high": float(high[0]),
        "segments": len(table),
        "first": table["segment"].iloc[0],
        "first_share": float(table["share"].iloc[0]),
    }
    return Worth(
        table=table,
        facts=facts,
        claims=_claims(table, facts),
        caveats=(
            _("Customers still to be won are not in it, nor what contacting or campaigns change."),
            *sample_caveats(facts),
            *identity_caveats(facts),
        ),
        title=TITLE,
        subtitle=_(
            "Expected net sales of the next {months:count} months by segment, from purchases alone"
        ),
        meaning=_("A long bar is worth keeping, whether or not it is large today."),
        alt=_(
            "Bar chart of expected net sales of {segments:count} segments, {total:money} in all."
        ),
    )


def valued(model: BetaGeoNBD, rows: pd.DataFrame, *, months: float) -> LifetimeValue | None:
    """Return the value of customers as they are described, or None where none can be given."""
    histories = pd.DataFrame(
        {
            "frequency": rows["frequency"].to_numpy(float),
            "recency": rows["recency_days"].to_numpy(float),
            "age": rows["age_days"].to_numpy(float),
            "mean_amount": rows["mean_amount"].to_numpy(float).clip(min=LEAST),
        },
        index=rows.index,
    )
    usual = UsualAmount.learned(rows)
    if usual.model is None:
        return None
    try:
        return lifetime_value(
            model,
            usual.model,
            histories,
            months=1,
            monthly_discount=0.0,
            units_per_month=months * DAYS_A_MONTH,
            confidence=CONFIDENCE,
        )
    except DataError:
        return None


def _earlier(found: Study, changes: pd.DataFrame, months: int) -> dict[str, Any] | None:
    """Forecast from the cut-off that lies as far back as is asked ahead, and look what came."""
    longest = months * DAYS_A_MONTH
    back = {
        cutoff: (pd.Timestamp(found.as_of) - cutoff).days
        for cutoff in found.panel["cutoff"].unique()
    }
    able = {cutoff: days for cutoff, days in back.items() if days >= LEAST_WINDOW}
    if not able:
        return None
    cutoff = min(able, key=lambda day: (abs(able[day] - longest), day))
    rows = found.panel[found.panel["cutoff"] == cutoff]
    made = valued(purchase_models(rows)["mbg"], rows, months=able[cutoff] / DAYS_A_MONTH)
    if made is None or made.total <= 0:
        return None
    later = known_by(changes, found.as_of)
    ours = (later["day"] > cutoff) & later["customer_id"].isin(rows["customer_id"])
    then: date = cutoff.date()
    came = float(later.loc[ours, "net_amount"].sum())
    taken = came > 0 and all(abs(days - YEAR_DAYS) <= NEAR_DAYS for days in (able[cutoff], longest))
    return {
        "then": then,
        "window": able[cutoff],
        "forecast_then": made.total,
        "came": came,
        "taken": taken,
        "moved": float((came / made.total) ** TAKEN) if taken else 1.0,
        "least_miss": LEAST_MISS,
        "astray": max(abs(came / made.total - 1), LEAST_MISS),
    }


def _moves_by_a_year(facts: dict[str, Any]) -> bool:
    """Whether the total was moved only where the earlier forecast was one of a year."""
    return bool(facts["moved"] == 1.0 or abs(facts["window"] - YEAR_DAYS) <= NEAR_DAYS)


def _claims(table: pd.DataFrame, facts: dict[str, Any]) -> tuple[Claim, ...]:
    return (
        Claim(
            key="worth",
            message=_(
                "The {of_customers:count} customers known today will bring {total:money} "
                "({total_low:money}–{total_high:money}) of net sales in {months:count} months, "
                "{first_share:percent} of it from this segment: {first:said}."
            ),
            holds=[
                Holds(
                    "no segment brings more",
                    bool(facts["first_share"] == table["share"].max()),
                )
            ],
        ),
        Claim(
            key="worth_then",
            message=_(
                "The same forecast, made on {then:day} for {window:days}, said "
                "{forecast_then:money}; {came:money} came. Half of that miss is taken into account "
                "today, and all of it, {least_miss:percent} at least, is in the interval."
            )
            if facts["taken"]
            else _(
                "The same forecast, made on {then:day} for {window:days}, said "
                "{forecast_then:money}; {came:money} came. That miss, {least_miss:percent} at "
                "least, is in the interval."
            ),
            holds=[Holds("a forecast moves only by a whole year", _moves_by_a_year(facts))],
            place="data",
        ),
    )
