"""Money: what did each cohort pay, what went back, what stayed, and does it depend on the start?

Cohorts of the last weeks look rich, and those of livestreams richest, because refunds have not come
yet. A month counts as settled once its orders have had the time that refunds take.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.cohorts.comparable import settle_days
from insights.charts import marks
from insights.errors import MissingColumns
from insights.models.intervals import mean_interval_of_sums, mean_intervals_of_sums
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result, nobody_known
from insights.results.channels import channel_label
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEEDED = {
    "cohort_on", "first_channel", "month_on", "age_months", "customers", "orders",
    "gross_amount", "refund_amount", "net_amount", "net_square", "net_cube",
}  # fmt: skip
CONFIDENCE = 0.95
CENT = 0.005
AGES_MONTHS = (0, 1, 3, 6, 12)
_SUMS = ["orders", "gross_amount", "refund_amount", "net_amount", "net_square", "net_cube"]
_TITLE = _("What cohorts paid, gave back and left")


@dataclass(frozen=True, eq=False, kw_only=True)
class CohortMoney(Result):
    """Gross, refunds and net by cohort and age. One row per (cohort, age_months) that is over.

    `net_so_far` is net per customer of the cohort up to that age, with its interval; `settled`:
    whether the orders of that month have had the time that refunds take.
    """

    name = "cohort_money"
    columns = {
        "cohort": Column(_("First purchase in"), "month"),
        "customers": Column(_("Customers"), "count", people=True),
        "age_months": Column(_("Months later"), "count"),
        "gross_amount": Column(_("Paid"), "money"),
        "refund_amount": Column(_("Refunded so far"), "money"),
        "net_amount": Column(_("Net"), "money"),
        "net_so_far": Column(_("Net sales per customer so far"), "money"),
        "low": Column(_("Low"), "money"),
        "high": Column(_("High"), "money"),
        "settled": Column(_("Settled"), "text"),
    }

    as_of: date
    by_channel: pd.DataFrame

    def plot(self) -> "Axes | None":
        """Draw net per customer by the channel of the first purchase; None where all are small."""
        if self.by_channel.empty:
            return None
        return marks.dots(
            self.by_channel,
            name="label",
            value="net_per_customer",
            low="low",
            high="high",
            kind="money",
            xlabel=_("net sales per customer"),
        )


def cohort_money(
    cells: pd.DataFrame,
    months: pd.DataFrame,
    *,
    as_of: date,
    refunds: Result | None = None,
    data_from: date | None = None,
    min_customers: int = 30,
) -> CohortMoney | NotEnoughData:
    """Add up what each monthly cohort paid and gave back, by age, and compare first channels.

    Parameters
    ----------
    cells : DataFrame, one row per cohort, channel of the first purchase and age
        The mart `cohort_money`.
    months : DataFrame, one row per month and channel
        The mart `sales_month`: the ledger that all cohorts together must add up to.
    as_of : date
        Last day of complete data.
    refunds : Result, optional
        What `refund_curve` handed back: how long a month takes to settle. 15 days where it has no
        curve of a channel.
    data_from, min_customers
        As for `retention`.

    Returns
    -------
    CohortMoney or NotEnoughData
    """
    if missing := NEEDED - set(cells.columns):
        raise MissingColumns("cells", missing, cells.columns)
    frame = cells.astype(dict.fromkeys(_SUMS[1:], float))
    check = _reconciled(frame, months)
    mine = frame[frame["cohort_on"].notna()].copy()
    if mine.empty:
        return nobody_known(_TITLE, {"as_of": as_of})
    settle = settle_days(refunds)
    mine["cohort"] = pd.to_datetime(mine["cohort_on"]).dt.strftime("%Y-%m")
    start = f"{data_from:%Y-%m}" if data_from else None
    mine["panel_start"] = mine["cohort"] == start
    table = _cells(mine, as_of, settle, min_customers)
    later = table[~table["panel_start"] & table["settled"]] if len(table) else table
    if later.empty:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "No month with at least {min_customers:count} new customers is over and settled "
                "by {as_of:day}: refunds take {settle_days:days}."
            ),
            needs=_("Needed: a whole month with at least {min_customers:count} first purchases."),
            facts={"min_customers": min_customers, "as_of": as_of, "settle_days": settle},
        )
    age, by_channel = _by_channel(mine[~mine["panel_start"]], as_of, settle, min_customers)
    facts = _facts(table, later, by_channel, age)
    facts |= {"as_of": as_of, "settle_days": settle, "confidence": CONFIDENCE}
    return CohortMoney(
        table=table,
        by_channel=by_channel,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=(
            _(
                "Months younger than {settle_days:days} are not settled: refunds will still take "
                "from them, and they enter no comparison."
            ),
        ),
        checks=(check,),
        title=_TITLE,
        subtitle=_(
            "Net sales per customer {age:months} after the first purchase, by where it was made; "
            "settled months, {confidence:percent} intervals"
        ),
        meaning=_(
            "Where customers stay apart once refunds are off, winning them is worth different sums."
        ),
        alt=_("Dots of net sales per customer by channel of the first purchase."),
    )


def _over(cohorts: Iterable[str], as_of: date, settle: int) -> pd.DataFrame:
    """One row per cohort and age whose month is over, and whether its orders have settled."""
    first = np.array(sorted(cohorts), dtype="datetime64[M]")
    months = np.datetime64(as_of + timedelta(days=1), "M") - first
    count = np.maximum(months.astype(int), 0)
    cohort = np.repeat(first, count)
    age = np.arange(cohort.size) - np.repeat(count.cumsum() - count, count)
    ends = (cohort + age + 1).astype("datetime64[D]") - 1
    settled = ends + settle <= np.datetime64(as_of)
    return pd.DataFrame({"cohort": cohort.astype(str), "age_months": age, "settled": settled})


def _cells(mine: pd.DataFrame, as_of: date, settle: int, min_customers: int) -> pd.DataFrame:
    """Lay out each cohort's cells by age, months without a purchase included, with running sums."""
    keys = ["cohort", "panel_start"]
    sizes = mine.groupby([*keys, "first_channel"])["customers"].max().groupby(keys).sum()
    sizes = sizes[sizes >= min_customers].astype(int).reset_index()
    ages = _over(sizes["cohort"], as_of, settle)
    if ages.empty:
        return pd.DataFrame()
    sums = mine.groupby(["cohort", "age_months"], as_index=False)[_SUMS].sum()
    cells = ages.merge(sizes, on="cohort").merge(sums, on=["cohort", "age_months"], how="left")
    cells[_SUMS] = cells[_SUMS].astype(float).fillna(0.0)
    so_far = cells.groupby("cohort")[["net_amount", "net_square", "net_cube"]].cumsum()
    people = cells["customers"].to_numpy()
    low, high = mean_intervals_of_sums(people, *so_far.to_numpy().T, confidence=CONFIDENCE)
    return cells.drop(columns=["net_square", "net_cube"]).assign(
        net_so_far=so_far["net_amount"] / people, low=low, high=high
    )


def _by_channel(
    mine: pd.DataFrame, as_of: date, settle: int, min_customers: int
) -> tuple[int, pd.DataFrame]:
    """Pool the cohorts that have settled at one age, by the channel of the first purchase.

    The age is the greatest of a few that at least half of the customers have reached.
    """
    ages = _over(mine["cohort"].unique(), as_of, settle)
    oldest = ages[ages["settled"]].groupby("cohort")["age_months"].max()
    reach = mine["cohort"].map(oldest).fillna(-1)
    sizes = mine.assign(reach=reach).groupby(["cohort", "first_channel"])
    sizes = sizes.agg(customers=("customers", "max"), reach=("reach", "max")).reset_index()
    every = sizes["customers"].sum()
    most = [
        age
        for age in AGES_MONTHS
        if sizes.loc[sizes["reach"] >= age, "customers"].sum() * 2 >= every
    ]
    age = max(most, default=0)
    inside = mine[(reach >= age) & (mine["age_months"] <= age)]
    kept = sizes[sizes["reach"] >= age].groupby("first_channel")["customers"].sum()
    rows = []
    for channel, part in inside.groupby("first_channel"):
        size = int(kept.get(channel, 0))
        if size < min_customers:
            continue
        sums = part[["net_amount", "net_square", "net_cube"]].sum()
        low, high = mean_interval_of_sums(size, *sums, confidence=CONFIDENCE)
        mean = sums["net_amount"] / size
        spread = max(sums["net_square"] / size - mean**2, 0.0)
        rows.append(
            {
                "first_channel": channel,
                "label": channel_label(channel),
                "customers": size,
                "net_per_customer": mean,
                "low": low,
                "high": high,
                "error": float(np.sqrt(spread / max(size - 1, 1))),
                "refund_share": part["refund_amount"].sum() / max(part["gross_amount"].sum(), CENT),
            }
        )
    columns = ["first_channel", "label", "customers", "net_per_customer", "low", "high", "error"]
    found = pd.DataFrame(rows, columns=[*columns, "refund_share"])
    return age, found.sort_values("net_per_customer", ascending=False, ignore_index=True)


def _facts(
    table: pd.DataFrame, later: pd.DataFrame, by_channel: pd.DataFrame, age: int
) -> dict[str, Any]:
    young = table[~table["settled"]]
    facts: dict[str, Any] = {
        "age": age,
        "first": later["cohort"].min(),
        "last": later["cohort"].max(),
        "gross": float(later["gross_amount"].sum()),
        "refund_share": float(
            later["refund_amount"].sum() / max(later["gross_amount"].sum(), CENT)
        ),
        "young_share": (
            float(young["refund_amount"].sum() / young["gross_amount"].sum())
            if young["gross_amount"].sum()
            else None
        ),
        "channels": len(by_channel),
        "apart": 0,
    }
    if len(by_channel) < 2:
        return facts
    pairs = list(combinations(range(len(by_channel)), 2))
    z = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / 2 / len(pairs))  # Bonferroni
    net, error = by_channel["net_per_customer"], by_channel["error"]
    apart = [(a, b) for a, b in pairs if abs(net[a] - net[b]) > z * np.hypot(error[a], error[b])]
    best, worst = by_channel.iloc[0], by_channel.iloc[-1]
    return facts | {
        "apart": len(apart),
        "pairs": len(pairs),
        "ends_apart": (0, len(by_channel) - 1) in apart,
        "best": best["label"],
        "best_net": best["net_per_customer"],
        "best_low": best["low"],
        "best_high": best["high"],
        "worst": worst["label"],
        "worst_net": worst["net_per_customer"],
        "worst_low": worst["low"],
        "worst_high": worst["high"],
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    claims = []
    if facts["channels"] > 1 and facts["ends_apart"]:
        claims.append(
            Claim(
                key="net_by_first_channel",
                message=_(
                    "First bought at {best:said}: {best_net:money} "
                    "({best_low:money}–{best_high:money}) net a customer after {age:months}; "
                    "at {worst:said}: {worst_net:money} ({worst_low:money}–{worst_high:money})."
                ),
                holds=[
                    Holds(
                        "the two differ beyond chance, counting all pairs compared",
                        facts["ends_apart"],
                    )
                ],
            )
        )
    elif facts["channels"] > 1:
        claims.append(
            Claim(
                key="no_first_channel",
                undecided=True,
                topic="net_by_first_channel",
                place="evidence",
                message=_(
                    "Net sales a customer after {age:months} are not distinguishable between the "
                    "{channels:count} channels of the first purchase."
                ),
                holds=[Holds("the ends do not differ beyond chance", not facts["ends_apart"])],
            )
        )
    claims.append(
        Claim(
            key="cohort_refunds",
            place="evidence",
            message=_(
                "Of {gross:money} that customers won from {first:month} to {last:month} paid in "
                "settled months, {refund_share:percent} went back."
            ),
        )
    )
    return tuple(claims)


def _reconciled(frame: pd.DataFrame, months: pd.DataFrame) -> Check:
    given = float(months["net_amount"].astype(float).sum())
    shown = float(frame["net_amount"].sum())
    return Check(
        key="cohort_money_reconciles",
        message=_("All cohorts and the buyers of no cohort add up to the ledger's net."),
        passed=abs(given - shown) <= CENT,
        evidence=_("{shown:money} in the cells, {given:money} in the ledger"),
        facts={"shown": shown, "given": given},
    )
