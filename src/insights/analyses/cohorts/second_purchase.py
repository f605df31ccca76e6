"""Second purchase: how long after the first does a customer buy again?

Kaplan-Meier over purchase days: a customer who has not come back yet counts as waiting up to
`as_of`, so that young customers neither flatter nor spoil the curve. Each month's new customers are
held against those of all other months by log-rank, corrected by Holm's method.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.analyses.cohorts.drawing import curves
from insights.analyses.cohorts.occasions import needed
from insights.models.gaps import gap_facts, gaps
from insights.models.multiplicity import holm
from insights.models.survival import kaplan_meier, logrank
from insights.results import (
    SMALLEST_GROUP,
    Check,
    Claim,
    Column,
    Holds,
    NotEnoughData,
    Result,
    Tile,
    nobody_known,
)
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.95
SIGNIFICANCE = 0.05
MILESTONES_DAYS = (30, 60, 90, 180, 365)


@dataclass(frozen=True, eq=False, kw_only=True)
class SecondPurchase(Result):
    """Share of customers who bought a second time, by days since the first purchase.

    One row per (group, days) of the milestones 30, 60, 90, 180, 365 days; `share`, `low`, `high` in
    [0, 1], missing where the data do not reach. `curve` has the whole curves.
    """

    name = "second_purchase"
    columns = {
        "group": Column(_("Customers"), "said"),
        "customers": Column(_("Number"), "count", people=True),
        "days": Column(_("Days since the first purchase"), "count"),
        "share": Column(_("Bought a second time"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
    }

    as_of: date
    curve: pd.DataFrame

    def plot(self) -> "Axes":
        """Draw the share who came back, by days since the first purchase."""
        return curves(
            self.curve,
            by="group",
            xlabel=_("days since the first purchase"),
            ylabel=_("bought a second time"),
        )


_IN_FIRST_MONTH = _("first month of data")
_LATER = _("won later")
_ALL = _("all customers")
_TITLE = _("How soon customers buy a second time")


def second_purchase(
    purchases: pd.DataFrame,
    *,
    as_of: date,
    data_from: date | None = None,
    min_customers: int = 30,
) -> SecondPurchase | NotEnoughData:
    """Measure the time from the first to the second purchase day.

    Parameters
    ----------
    purchases : DataFrame, one row per paid order, or per customer and day
        Needs ``customer_id`` and ``paid_at``. Purchases of one day are one occasion.
    as_of : date
        Last day of complete data.
    data_from : date, optional
        First day of data: customers first seen in that month form a group of their own, because
        for most of them the first purchase seen is not the first made.
    min_customers : int, default 30
        Fewer customers than this are not enough for a curve.

    Returns
    -------
    SecondPurchase or NotEnoughData
    """
    needed(purchases, "purchases", "customer_id", "paid_at")
    waits = _waits(purchases, as_of)
    start = pd.Timestamp(data_from).to_period("M").end_time if data_from else None
    waits["group"] = _ALL if start is None else _LATER
    if start is not None:
        waits.loc[waits["first_on"] <= start, "group"] = _IN_FIRST_MONTH
    named = _ALL if start is None else _LATER
    asked = waits[waits["group"] == named]
    facts: dict[str, Any] = {
        "as_of": as_of,
        "data_from": data_from,
        "confidence": CONFIDENCE,
        "min_customers": min_customers,
        "customers": len(asked),
        "returned": int(asked["returned"].sum()),
        **gap_facts(gaps(purchases["paid_at"], as_of=as_of)),
    }
    if waits.empty:
        return nobody_known(_TITLE, facts)
    if len(asked) < min_customers:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "Only {customers:count} customers were won after the first month of data; a curve "
                "needs at least {min_customers:count}."
            )
            if start is not None
            else _(
                "Only {customers:count} customers are known; a curve needs at least "
                "{min_customers:count}."
            ),
            needs=_("Needed: more customers with a first purchase, or a longer history."),
            facts=facts,
        )
    curves, table = [], []
    for group, members in waits.groupby("group", sort=False):
        if len(members) >= min_customers:
            estimate = kaplan_meier(members["days"], members["returned"], confidence=CONFIDENCE)
            curves.append(estimate.risen(at_risk=SMALLEST_GROUP).assign(group=str(group)))
            table += _milestones(estimate, str(group), len(members))
            if group == named:
                facts |= _median(estimate)
    curve = pd.concat(curves, ignore_index=True)
    curve = curve.sort_values("group", key=lambda g: g != named, kind="stable")
    shown = pd.DataFrame(table).sort_values("group", key=lambda g: g != named, kind="stable")
    milestone = shown[(shown["group"] == named) & shown["share"].notna()].tail(1).iloc[0]
    facts |= {
        "milestone": int(milestone["days"]),
        "share": float(milestone["share"]),
        "low": float(milestone["low"]),
        "high": float(milestone["high"]),
    }
    facts |= _by_month(waits[waits["group"] == named], max(min_customers, SMALLEST_GROUP))
    if len(curves) > 1:
        facts |= {"p": logrank(waits["days"], waits["returned"], waits["group"]).p}
        old = kaplan_meier(*_columns(waits[waits["group"] == _IN_FIRST_MONTH]))
        facts |= {"old_median": old.median}
    return SecondPurchase(
        table=shown.reset_index(drop=True),
        curve=curve,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(facts),
        checks=(_counted(waits, purchases, as_of),),
        tiles=(_tile(facts),),
        title=_TITLE,
        subtitle=_(
            "Share who have bought on a second day, by days since the first; Kaplan-Meier with "
            "{confidence:percent} intervals, customers still waiting counted up to {as_of:day}"
        ),
        meaning=_(
            "The curve says by when a reminder would be early and by when it would be late: most "
            "second purchases happen where it is steep."
        ),
        alt=_(
            "Step chart of the share of customers who bought a second time, reaching "
            "{share:percent} {milestone:days} after the first purchase."
        ),
    )


def _waits(purchases: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """One row per customer: first day, days until the second day or until `as_of`."""
    known = purchases[purchases["customer_id"].notna() & purchases["paid_at"].notna()]
    days = known.assign(day=known["paid_at"].dt.normalize())[["customer_id", "day"]]
    days = days[days["day"] <= pd.Timestamp(as_of)].drop_duplicates().sort_values("day")
    order = days.groupby("customer_id").cumcount()
    first = days[order == 0].set_index("customer_id")["day"]
    second = days[order == 1].set_index("customer_id")["day"].reindex(first.index)
    until = second.fillna(pd.Timestamp(as_of))
    return pd.DataFrame(
        {
            "first_on": first,
            "days": (until - first).dt.days,
            "returned": second.notna(),
        }
    ).reset_index()


def _columns(waits: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    return waits["days"], waits["returned"]


def _milestones(estimate: Any, group: str, customers: int) -> list[dict[str, Any]]:
    rows = []
    last = int(estimate.table["time"].iloc[-1])
    # A history shorter than the first milestone is told as far as it goes.
    for days in MILESTONES_DAYS if last >= MILESTONES_DAYS[0] else (last,):
        survival, low, high = estimate.at(days)
        rows.append(
            {
                "group": group,
                "customers": customers,
                "days": days,
                "share": 1 - survival,
                "low": 1 - high,
                "high": 1 - low,
            }
        )
    return rows


def _median(estimate: Any) -> dict[str, Any]:
    return {
        "median": estimate.median,
        "median_low": estimate.median_low,
        "median_high": estimate.median_high,
    }


def _by_month(waits: pd.DataFrame, min_customers: int) -> dict[str, Any]:
    """Hold each month's customers against those of all others; nothing with fewer than two."""
    month = waits["first_on"].dt.strftime("%Y-%m")
    sizes = month.value_counts()
    large = sorted(sizes.index[sizes >= min_customers])
    kept = month.isin(large)
    waits, month = waits[kept], month[kept]
    if len(large) < 2 or not waits["returned"].any():
        return {}
    p = holm([logrank(*_columns(waits), (month == one).to_numpy()).p for one in large])
    return {
        "months": len(large),
        "months_apart": int((p < SIGNIFICANCE).sum()),
        "clearest": large[int(p.argmin())],
        "months_p": float(p.min()),
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    claims = []
    if facts["returned"] == 0:
        claims.append(
            Claim(
                key="second_purchase",
                message=_(
                    "None of the {customers:count} new customers has bought a second time by "
                    "{as_of:day}."
                ),
                holds=[Holds("nobody returned", facts["returned"] == 0)],
            )
        )
    elif facts["median"] is None:
        claims.append(
            Claim(
                key="second_purchase",
                message=_(
                    "The median wait of the {customers:count} new customers for a second purchase "
                    "is not reached: {share:percent} ({low:percent}–{high:percent}) made one "
                    "within {milestone:days}."
                ),
            )
        )
    elif facts["median_low"] is None or facts["median_high"] is None:
        claims.append(
            Claim(
                key="second_purchase",
                message=_(
                    "Half of the {customers:count} new customers buy a second time within "
                    "{median:days}; the data do not reach far enough for an interval."
                ),
            )
        )
    else:
        claims.append(
            Claim(
                key="second_purchase",
                message=_(
                    "Half of the {customers:count} new customers buy a second time within "
                    "{median:days} ({median_low:count}–{median_high:days})."
                ),
            )
        )
    if facts.get("old_median") and facts["p"] < SIGNIFICANCE:
        claims.append(
            Claim(
                key="old_customers_sooner",
                place="data",
                message=_(
                    "Customers seen in the first month of data come back after {old_median:days}: "
                    "for them the first purchase seen is rarely the first one made."
                ),
                holds=[Holds("log-rank p below 5%", facts["p"] < SIGNIFICANCE)],
                rows=f"group == '{_IN_FIRST_MONTH}'",
            )
        )
    if "months" in facts:
        claims.append(_of_months(facts))
    return tuple(claims)


def _of_months(facts: dict[str, Any]) -> Claim:
    if facts["months_p"] < SIGNIFICANCE:
        return Claim(
            key="months_apart",
            topic="second_purchase_months",
            place="evidence",
            message=_(
                "By how soon they buy a second time, customers of {months_apart:count} of "
                "{months:count} months are told apart from those of all other months, most "
                "clearly {clearest:month} (log-rank, corrected); season and better linking show "
                "here as well."
            ),
            holds=[Holds("a corrected log-rank p is below 5%", facts["months_p"] < SIGNIFICANCE)],
        )
    return Claim(
        key="months_alike",
        topic="second_purchase_months",
        place="evidence",
        undecided=True,
        message=_(
            "By how soon they buy a second time, the customers of {months:count} months are not "
            "distinguishable (log-rank, each month against all others, corrected)."
        ),
        holds=[Holds("no corrected log-rank p is below 5%", facts["months_p"] >= SIGNIFICANCE)],
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    if not facts["gap_days"]:
        return ()
    return (
        _(
            "Not a single purchase is known on {gap_days:days}, among them {gap_first:day} to "
            "{gap_last:day}: these data are missing, and customers look more silent than they were."
        ),
    )


def _tile(facts: dict[str, Any]) -> Tile:
    if facts["median"] is None:
        return Tile(
            key="second_purchase_share",
            label=_("Bought a second time"),
            fact="share",
            low="low",
            high="high",
            kind="percent",
            good="up",
            note=_("within {milestone:days}"),
        )
    return Tile(
        key="second_purchase_median",
        label=_("Half bought again within"),
        fact="median",
        low="median_low",
        high="median_high",
        kind="days",
        good="down",
        note=_("{customers:count} new customers"),
    )


def _counted(waits: pd.DataFrame, purchases: pd.DataFrame, as_of: date) -> Check:
    seen = purchases[purchases["paid_at"] < pd.Timestamp(as_of) + pd.Timedelta(days=1)]
    known = int(seen["customer_id"].nunique())
    return Check(
        key="second_purchase_counts_everyone",
        message=_("Every known customer waits once, as returned or as still waiting."),
        passed=len(waits) == known,
        evidence=_("{waiting:count} waits, {known:count} known customers"),
        facts={"waiting": len(waits), "known": known},
    )
