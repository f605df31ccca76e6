"""Steps: how long from one purchase to the next, and does it grow shorter?

Kaplan-Meier from each purchase occasion to the one after it; whoever has not come back yet counts
as waiting up to `as_of`. The time to the third order starts at the second: only those who bought
twice can buy a third time.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.cohorts.definition import CONFIDENCE
from insights.analyses.cohorts.drawing import curves
from insights.analyses.cohorts.occasions import (
    NEVER,
    Occasions,
    day_number,
    gap_caveat,
    occasions_of,
    period_numbers,
)
from insights.models.gaps import gap_facts
from insights.models.survival import KaplanMeier, kaplan_meier
from insights.results import (
    SMALLEST_GROUP,
    Claim,
    Column,
    Holds,
    NotEnoughData,
    Result,
    nobody_known,
)
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEPS = (_("first to second"), _("second to third"), _("third to fourth"))
ANY = _("any to the next")
_TITLE = _("From one purchase to the next")


@dataclass(frozen=True, eq=False, kw_only=True)
class NextOrders(Result):
    """How soon the next purchase comes. One row per step.

    `share`, `low`, `high` in [0, 1] within `within` days; `quarter`, `median` in days, missing
    where so many have not come back. The last row pools all intervals between purchases: those of
    one customer are alike, so it has no interval.
    """

    name = "next_orders"
    columns = {
        "step": Column(_("Purchase"), "said"),
        "customers": Column(_("Customers"), "count", people=True),
        "share": Column(_("Bought again"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
        "quarter": Column(_("A quarter within"), "days"),
        "median": Column(_("Half within"), "days"),
        "median_low": Column(_("Half, low"), "days", shown=False),
        "median_high": Column(_("Half, high"), "days", shown=False),
    }

    as_of: date
    curve: pd.DataFrame

    def plot(self) -> "Axes":
        """Draw the share who came back, by days since the purchase before, one curve a step."""
        return curves(
            self.curve,
            by="step",
            xlabel=_("days since the purchase before"),
            ylabel=_("bought again"),
        )


def next_orders(
    purchases: pd.DataFrame | Occasions,
    *,
    as_of: date,
    data_from: date | None = None,
    within_days: int = 90,
    min_customers: int = 30,
) -> NextOrders | NotEnoughData:
    """Measure the time to the second, third and fourth purchase, and between any two.

    Parameters are those of `repurchase`; customers first seen in the first month of data are left
    out, because their first purchase seen is rarely the first one made.
    """
    seen = occasions_of(purchases, as_of=as_of)
    kept = seen.first < NEVER
    if data_from is not None:
        start = period_numbers(np.array([day_number(data_from)]), "month")[0]
        kept &= period_numbers(seen.first, "month") != start
    facts: dict[str, Any] = {
        "as_of": as_of,
        "within": within_days,
        "min_customers": min_customers,
        "confidence": CONFIDENCE,
        "customers": int(kept.sum()),
        **gap_facts(seen.gaps),
    }
    if not len(seen.ids):
        return nobody_known(_TITLE, facts)
    rows, curves = [], []
    for number, step in enumerate(STEPS):
        days, back = _waits(seen, number, kept)
        if days.size < min_customers:
            continue
        estimate = kaplan_meier(days, back, confidence=CONFIDENCE)
        rows.append(_row(step, estimate, days.size, within_days))
        curves.append(estimate.risen(at_risk=SMALLEST_GROUP).assign(step=step))
    if not rows:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "Only {customers:count} customers were won after the first month of data; a curve "
                "needs at least {min_customers:count}."
            ),
            needs=_("Needed: more customers with a first purchase, or a longer history."),
            facts=facts,
        )
    days, back, people = _all_waits(seen, kept)
    pooled = _row(ANY, kaplan_meier(days, back), people, within_days)
    rows.append(pooled | dict.fromkeys(("low", "high", "median_low", "median_high"), np.nan))
    table = pd.DataFrame(rows)
    facts |= _facts(table)
    return NextOrders(
        table=table,
        curve=pd.concat(curves, ignore_index=True),
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=gap_caveat(facts),
        title=_TITLE,
        subtitle=_(
            "Share who bought again by days since the purchase before, Kaplan-Meier with "
            "{confidence:percent} intervals; a dash in the table: so many have not come back"
        ),
        meaning=_(
            "Who bought twice are other customers than who bought once: a second curve that lies "
            "higher may come of that alone, and does not say that a return makes the next likelier."
        ),
        alt=_(
            "Step chart of the share who bought again by days since the purchase before, one "
            "curve for each step."
        ),
    )


def _waits(seen: Occasions, number: int, kept: "np.ndarray") -> tuple["np.ndarray", "np.ndarray"]:
    here, there = seen.nth(number), seen.nth(number + 1)
    who = kept & (here < NEVER)
    back = there[who] < NEVER
    return np.where(back, there[who], seen.as_of) - here[who], back


def _all_waits(seen: Occasions, kept: "np.ndarray") -> tuple["np.ndarray", "np.ndarray", int]:
    mine = kept[seen.who]
    who, day = seen.who[mine], seen.day[mine]
    last = np.append(who[1:] != who[:-1], True)
    after = np.append(day[1:], seen.as_of)
    return np.where(last, seen.as_of, after) - day, ~last, int(kept.sum())


def _row(step: str, estimate: KaplanMeier, customers: int, within: int) -> dict[str, Any]:
    survival, low, high = estimate.at(within)
    reached = estimate.table.loc[estimate.table["survival"] <= 0.75 + 1e-12, "time"]
    return {
        "step": step,
        "customers": customers,
        "share": 1 - survival,
        "low": 1 - high,
        "high": 1 - low,
        "quarter": float(reached.iloc[0]) if len(reached) else np.nan,
        "median": _number(estimate.median),
        "median_low": _number(estimate.median_low),
        "median_high": _number(estimate.median_high),
    }


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _facts(table: pd.DataFrame) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name, row in zip(("one", "two"), table.to_dict("records"), strict=False):
        if row["step"] in STEPS:
            facts |= {f"{name}_{key}": row[key] for key in ("share", "low", "high", "median")}
            facts[f"{name}_customers"] = int(row["customers"])
    return facts


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if not np.isfinite(facts["one_share"]):
        return ()
    if "two_share" not in facts or not np.isfinite(facts["two_share"]):
        return ()
    higher = facts["two_low"] > facts["one_high"]
    if higher:
        message = _(
            "After the first purchase {one_share:percent} come back within {within:days}, after "
            "the second {two_share:percent}. Whether a return brings the next, or those return "
            "who do so anyway, this does not tell."
        )
        reason = Holds("the interval after the second lies above", higher)
        return (Claim(key="second_is_sooner", topic="steps", message=message, holds=[reason]),)
    message = _(
        "After the first purchase {one_share:percent} come back within {within:days}, after the "
        "second {two_share:percent}: the second return is not shown to be easier."
    )
    reason = Holds("the intervals meet, or the second lies below", not higher)
    return (
        Claim(
            key="second_not_sooner",
            topic="steps",
            place="evidence",
            undecided=True,
            message=message,
            holds=[reason],
        ),
    )
