"""Cumulative value: what has a customer of each cohort brought in, net of refunds, by age?

The mean is over all customers of the cohort, those who never came back included. Money is skewed,
so its interval is corrected for skewness (see `models.intervals`).
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.cohorts.comparable import (
    identity,
    identity_claim,
    lived,
    settled_by,
    span_before,
)
from insights.analyses.cohorts.occasions import needed
from insights.analyses.cohorts.windows import Cohorts, cohorts_of, gap_caveats
from insights.charts import marks
from insights.models.gaps import gap_facts
from insights.models.intervals import mean_interval, mean_intervals_of_sums
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result, Tile, nobody_known
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.95
CENT = 0.005
AGES_MONTHS = (0, 1, 3, 6, 12, 24, 36)
OVERLAID = 2  # Newest cohorts that are drawn by name: more lines hide each other on a phone.
SHORTEST = 3  # Ages that make a curve.
MOST = 0.5  # Share of the customers who must have reached the age at which value is said.


@dataclass(frozen=True, eq=False, kw_only=True)
class CumulativeValue(Result):
    """Mean cumulative net sales per customer. One row per (cohort, age_months), closed cells only.

    `net_per_customer`, `low`, `high` are money; age 0 is the month of the first purchase.
    """

    name = "cumulative_value"
    columns = {
        "cohort": Column(_("First purchase in"), "month"),
        "customers": Column(_("Customers"), "count", people=True),
        "age_months": Column(_("Months later"), "count"),
        "net_per_customer": Column(_("Net sales per customer so far"), "money"),
        "low": Column(_("Low"), "money"),
        "high": Column(_("High"), "money"),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw the pooled curves, and those of the newest cohorts over them, by name."""
        return marks.line(
            pd.concat([self.by_age(), self.newest()]),
            x="age_months",
            y="net_per_customer",
            by="group",
            y_kind="money",
            xlabel=_("months after the first purchase"),
            ylabel=_("net sales per customer so far"),
        )

    def newest(self) -> pd.DataFrame:
        """Return the curves of the newest cohorts, one row per (group, age_months)."""
        settled = self.table[self.table["settled"] & ~self.table["panel_start"]]
        ages = settled.groupby("cohort")["age_months"].transform("size")
        drawn = settled[ages >= SHORTEST]
        names = drawn["cohort"].drop_duplicates().tail(OVERLAID)
        return drawn[drawn["cohort"].isin(names)].rename(columns={"cohort": "group"})

    def by_age(self) -> pd.DataFrame:
        """Pool the same cohorts as the claim by age, each weighted by its customers.

        Only ages that all of them have reached: a curve is of the same customers throughout.
        """
        settled = self.table[self.table["settled"]]
        oldest = settled.groupby("cohort")["age_months"].transform("max")
        frame = settled[settled["panel_start"] | (oldest >= self.facts["age"])]
        frame = frame.assign(
            group=frame["panel_start"].map({True: _IN_FIRST_MONTH, False: _LATER}),
            total=frame["net_per_customer"] * frame["customers"],
        )
        reached = frame.groupby("group")["cohort"].transform("nunique")
        complete = frame.groupby(["group", "age_months"])["cohort"].transform("nunique") == reached
        pooled = (
            frame[complete].groupby(["group", "age_months"])[["total", "customers"]].sum()
        ).reset_index()
        pooled["net_per_customer"] = pooled["total"] / pooled["customers"]
        return pooled.sort_values(["group", "age_months"], ascending=[False, True])


_IN_FIRST_MONTH = _("first month of data")
_LATER = _("won later")
_TITLE = _("What a customer has brought in")


def cumulative_value(
    purchases: pd.DataFrame,
    *,
    as_of: date,
    data_from: date | None = None,
    min_customers: int = 30,
    months: pd.DataFrame | None = None,
    refunds: Result | None = None,
) -> CumulativeValue | NotEnoughData:
    """Measure cumulative net sales per customer of each monthly cohort, by age in months.

    Parameters
    ----------
    purchases : DataFrame, one row per paid order, or per customer and day
        Needs ``customer_id``, ``paid_at`` and ``net_amount`` (money, refunds taken off).
    as_of, data_from, min_customers
        As for `retention`.
    months : DataFrame, one row per month and channel, optional
        The mart `sales_month`: the newest cohort is held against those before only where the share
        of sales whose buyer is known did not move by more than two points.
    refunds : Result, optional
        What `refund_curve` handed back: an age counts once its orders have settled.

    Returns
    -------
    CumulativeValue or NotEnoughData
    """
    needed(purchases, "purchases", "customer_id", "paid_at", "net_amount")
    cohorts = cohorts_of(purchases, as_of=as_of, data_from=data_from, min_customers=min_customers)
    table = _cells(cohorts)
    if not table.empty:
        settled = settled_by(as_of, refunds)
        table["settled"] = [
            _end(cohort, age) <= settled
            for cohort, age in zip(table["cohort"], table["age_months"], strict=True)
        ]
    known = table[~table["panel_start"] & table["settled"]] if not table.empty else table
    if known.empty:
        if purchases["customer_id"].isna().all():
            return nobody_known(_TITLE, {"as_of": as_of})
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "No month with at least {min_customers:count} new customers is over by {as_of:day}."
            ),
            needs=_("Needed: a whole month with at least {min_customers:count} first purchases."),
            facts={"min_customers": min_customers, "as_of": as_of},
        )
    facts = _facts(cohorts, known, as_of, months)
    return CumulativeValue(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(facts, table),
        checks=(_reconciled(cohorts, table),),
        tiles=(_tile(facts, known),),
        title=_TITLE,
        subtitle=_(
            "Cumulative net sales per customer by months since the first purchase, customers "
            "won from {first:month} to {last:month}; mean over all of them, "
            "{confidence:percent} intervals in the table; beside them the newest months that have "
            "a curve"
        ),
        meaning=_(
            "A curve that keeps rising means that customers keep buying; where it flattens, they "
            "have stopped."
        ),
        alt=_(
            "Line chart of cumulative net sales per customer by months since the first purchase, "
            "reaching {net:money} after {age:months}."
        ),
    )


def _cells(cohorts: Cohorts) -> pd.DataFrame:
    """Mean and interval per closed cell, over all customers of the cohort."""
    parts = []
    known = _known_cells(cohorts)
    grouped = dict(list(cohorts.purchases.groupby("cohort")))
    for size in cohorts.sizes.itertuples():
        ages = known.loc[known["cohort"] == size.cohort, "age_months"].to_numpy()
        if not ages.size:
            continue
        mine = grouped[size.cohort]
        who, ids = pd.factorize(mine["customer_id"])
        # Ages of a cohort are known from 0 on without a hole.
        age = mine["age_months"].to_numpy()
        grid = np.zeros((len(ids), int(max(age.max(), ages[-1])) + 1))
        np.add.at(grid, (who, age), mine["net_amount"].to_numpy(float))
        so_far = grid.cumsum(axis=1)[:, ages]
        powers = [(so_far**power).sum(axis=0) for power in (1, 2, 3)]
        low, high = mean_intervals_of_sums(
            len(ids), *powers, confidence=CONFIDENCE, floor=so_far.min(axis=0) >= 0
        )
        parts.append(
            pd.DataFrame(
                {
                    "cohort": str(size.cohort),
                    "customers": size.customers,
                    "age_months": ages,
                    "net_per_customer": powers[0] / len(ids),
                    "low": low,
                    "high": high,
                    "panel_start": size.panel_start,
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _known_cells(cohorts: Cohorts) -> pd.DataFrame:
    """Return closed cells whose every month is known: a sum over a gap would be too small."""
    cells = cohorts.cells[~cohorts.cells["open"]]
    return cells[~cells.groupby("cohort")["unknown"].cummax()]


def _interval(per_customer: np.ndarray) -> tuple[float, float]:
    return mean_interval(per_customer, confidence=CONFIDENCE)


def _end(cohort: str, age: int) -> date:
    """Last day of the month that is so many after that of a cohort."""
    last: date = (pd.Period(cohort, freq="M") + int(age)).end_time.date()
    return last


def _caveats(facts: dict[str, Any], table: pd.DataFrame) -> tuple[str, ...]:
    caveats = list(gap_caveats(facts))
    if not table["settled"].all():
        caveats.append(
            _(
                "The newest cells of the table are not settled: refunds will still take from them, "
                "and they enter neither the figure nor the curve."
            )
        )
    return tuple(caveats)


def _facts(
    cohorts: Cohorts, known: pd.DataFrame, as_of: date, months: pd.DataFrame | None
) -> dict[str, Any]:
    """Pool the later cohorts that have reached an age, the greatest that most customers have.

    The age is one of a few, so that the figure does not grow from report to report merely because
    the cohorts grow older. Where customers are won every month, some are always new: they are not
    waited for.
    """
    oldest = known.groupby("cohort")["age_months"].max()
    sizes = known.groupby("cohort")["customers"].first()
    most = [a for a in AGES_MONTHS if sizes[oldest >= a].sum() >= MOST * sizes.sum()]
    age = max(most)
    pooled = set(oldest.index[oldest >= age])
    known = known[known["cohort"].isin(pooled)]
    inside = cohorts.purchases[
        cohorts.purchases["cohort"].isin(cohorts.later)
        & cohorts.purchases["cohort"].astype(str).isin(pooled)
        & (cohorts.purchases["age_months"] <= age)
    ]
    per_customer = inside.groupby("customer_id")["net_amount"].sum().to_numpy(float)
    low, high = _interval(per_customer)
    at_age = known[known["age_months"] == age]
    return {
        "as_of": as_of,
        "confidence": CONFIDENCE,
        "customers": len(per_customer),
        "age": age,
        "net": float(per_customer.mean()),
        "low": low,
        "high": high,
        "first": known["cohort"].iloc[0],
        "last": known["cohort"].iloc[-1],
        **gap_facts(cohorts.gaps),
        **_halves(per_customer),
        **(_newest(inside, at_age) if len(at_age) > 1 else {}),
        **identity(
            lived(at_age["cohort"].tail(1), age), lived(at_age["cohort"].iloc[:-1], age), months
        ),
    }


def _newest(purchases: pd.DataFrame, at_age: pd.DataFrame) -> dict[str, Any]:
    """Compare the newest cohort at that age with all customers of those before it."""
    newest = at_age.iloc[-1]
    before = purchases[purchases["cohort"].astype(str) != newest["cohort"]]
    earlier = before.groupby("customer_id")["net_amount"].sum().to_numpy(float)
    low, high = _interval(earlier)
    return {
        "newest_customers": int(newest["customers"]),
        "newest_net": float(newest["net_per_customer"]),
        "newest_low": float(newest["low"]),
        "newest_high": float(newest["high"]),
        "earlier_net": float(earlier.mean()),
        "earlier_low": low,
        "earlier_high": high,
    }


def _tile(facts: dict[str, Any], known: pd.DataFrame) -> Tile:
    """Show the newest cohort beside those before it; with one cohort alone, that one."""
    if "newest_net" not in facts:
        return Tile(
            key="net_per_customer",
            label=_("Net sales per new customer"),
            fact="net",
            low="low",
            high="high",
            kind="money",
            good="up",
            note=_("{customers:count} customers, by the end of month {age:count} after"),
        )
    return Tile(
        key="net_newest_cohort",
        label=_("Newest cohort: net sales per customer"),
        fact="newest_net",
        low="newest_low",
        high="newest_high",
        kind="money",
        good="up",
        **span_before(facts, "earlier", _("the cohorts before"), of="net"),
        trend=tuple(known.loc[known["age_months"] == facts["age"], "net_per_customer"]),
        note=_(
            "{newest_customers:count} new customers of {last:month}, by the end of month "
            "{age:count} after"
        ),
    )


def _halves(per_customer: np.ndarray) -> dict[str, float]:
    """Share of net sales that the top tenth of customers brings."""
    ordered = np.sort(per_customer)[::-1]
    tenth = max(1, round(len(ordered) / 10))
    total = ordered.sum()
    return {
        "tenth": tenth / len(ordered),
        "tenth_share": float(ordered[:tenth].sum() / total) if total > 0 else float("nan"),
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    claims = [
        Claim(
            key="net_per_customer",
            message=_(
                "A customer won from {first:month} to {last:month} had brought in {net:money} "
                "({low:money}–{high:money}) net by the end of month {age:count} after the first "
                "purchase."
            ),
            rows="not panel_start",
        )
    ]
    if np.isfinite(facts["tenth_share"]):
        claims.append(
            Claim(
                key="concentration",
                message=_(
                    "The biggest buyers, {tenth:percent} of these customers, brought in "
                    "{tenth_share:percent} of it."
                ),
                holds=[
                    Holds(
                        "they bring in more than their number",
                        facts["tenth_share"] >= facts["tenth"],
                    )
                ],
            )
        )
    if "newest_net" in facts:
        claims += identity_claim(
            facts,
            key="value_identity",
            what=_("Newest cohort: net sales per customer"),
            topic="value_change",
        )
    return tuple(claims)


def _reconciled(cohorts: Cohorts, table: pd.DataFrame) -> Check:
    """Check that the last closed cells add up to the money of the purchases they stand on."""
    last = table.sort_values("age_months").groupby("cohort").tail(1)
    shown = float((last["net_per_customer"] * last["customers"]).sum())
    closed = _known_cells(cohorts).merge(
        cohorts.purchases.astype({"net_amount": float}), on=["cohort", "age_months"]
    )
    given = float(closed["net_amount"].sum())
    return Check(
        key="value_reconciles",
        message=_("The cohorts' cumulative net sales add up to the purchases they stand on."),
        passed=abs(shown - given) <= CENT,
        evidence=_("{shown:money} in the cohorts, {given:money} paid; apart by {apart:money}"),
        facts={"shown": shown, "given": given, "apart": abs(shown - given)},
    )
