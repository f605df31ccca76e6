"""Growth: did sales move because of more customers, more purchases each, or bigger baskets?

Known customers of a quarter are new ones, kept ones and those who returned; those of the quarter
before who did not buy are lost. Their sales are customers times frequency times basket, and a
change is split into the three without a remainder. Where it is known which share of all sales has
a known buyer, a fourth part is what better or worse linking moved: it is no customer who came.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.cohorts.comparable import SAME_IDENTITY, identity, to_come, unsettled
from insights.charts import marks
from insights.errors import MissingColumns
from insights.models.gaps import Gap
from insights.results import (
    SMALLEST_GROUP,
    Check,
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

NEEDED = {
    "quarter_on", "customers", "new_customers", "kept_customers", "returned_customers",
    "lost_customers", "occasions", "net_amount", "occasion_square", "net_square", "occasion_net",
}  # fmt: skip
CONFIDENCE = 0.95
MIN_CUSTOMERS = 30
YEAR = 4  # Quarters: a season is compared with itself.
CENT = 0.005
_BY_PAST = ["new_customers", "kept_customers", "returned_customers", "lost_customers"]
_TITLE = _("What moved sales")
_PARTS = {
    "identity": _("Better or worse linking"),
    "customers": _("Customers"),
    "frequency": _("Purchases each"),
    "basket": _("Basket"),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Growth(Result):
    """Customers and sales by calendar quarter. One row per quarter that is over.

    `frequency` is purchase occasions a customer, `basket` net sales an occasion. A quarter that
    data do not cover from its first day to its last is blank, and so are `new_customers`, kept,
    returned and lost of the one after it, and where one of the four is of fewer than ten people.
    """

    name = "growth"
    columns = {
        "quarter": Column(_("Quarter"), "text"),
        "customers": Column(_("Customers"), "count", people=True),
        "new_customers": Column(_("New"), "count"),
        "kept_customers": Column(_("Kept"), "count"),
        "returned_customers": Column(_("Returned"), "count"),
        "lost_customers": Column(_("Lost"), "count"),
        "frequency": Column(_("Purchases each"), "number"),
        "basket": Column(_("Basket"), "money"),
        "net_amount": Column(_("Net"), "money"),
        "identified": Column(_("Sales of known customers"), "percent"),
    }

    as_of: date
    parts: pd.DataFrame

    def plot(self) -> "Axes":
        """Draw by how much each of the three moved sales, with intervals."""
        return marks.dots(
            self.parts, name="label", value="effect", low="low", high="high", kind="money",
            emphasis="sure", reference=0.0, xlabel=_("change in net sales"),
        )  # fmt: skip


def growth(
    quarters: pd.DataFrame,
    *,
    as_of: date,
    months: pd.DataFrame | None = None,
    data_from: date | None = None,
    gaps: Sequence[Gap] = (),
    refunds: Result | None = None,
) -> Growth | NotEnoughData:
    """Split the change in sales of known customers from one quarter to another into its parts.

    Parameters
    ----------
    quarters : DataFrame, one row per calendar quarter
        The mart `growth_quarters`.
    as_of : date
        Last day of complete data; a quarter that is not over is left out.
    months : DataFrame, one row per month and channel, optional
        The mart `sales_month`: the share of sales whose buyer is known, whose change is a part of
        its own.
    data_from : date, optional
        First day of data: whoever bought before looks new for a while.
    gaps : sequence of Gap, default none
        Spells for which data are missing, as `Occasions.gaps` has them.
    refunds : Result, optional
        What `refund_curve` handed back: what may still go back of a quarter that has not settled
        widens the interval of the basket.

    Returns
    -------
    Growth or NotEnoughData

    Notes
    -----
    The newest quarter is compared with the one a year before, which has the same season; with the
    quarter before it where there is no year yet. A quarter in which data begin or are missing is
    compared with none. Split: logarithmic mean Divisia index (Ang 2005,
    Energy Policy 33): the effect of a factor is L * ln(now / then), with L the logarithmic mean of
    both sales; the parts add up to the change. Intervals by the delta method, customers taken as a
    draw from those that might have come. Linking is taken off the customers: whom it made known may
    also be known buyers' further purchases, which nobody can tell, so the intervals of customers
    and of purchases each hold both cases.
    """
    if missing := NEEDED - set(quarters.columns):
        raise MissingColumns("quarters", missing, quarters.columns)
    facts: dict[str, Any] = {"as_of": as_of, "minimum": MIN_CUSTOMERS}
    if quarters.empty:
        return nobody_known(_TITLE, facts)
    periods = pd.PeriodIndex(pd.to_datetime(quarters["quarter_on"]), freq="Q")
    frame = quarters.assign(
        period=periods,
        quarter=[f"{p.year}-Q{p.quarter}" for p in periods],
        net_amount=quarters["net_amount"].astype(float),
    ).sort_values("period", ignore_index=True)
    frame["frequency"] = frame["occasions"] / frame["customers"]
    frame["basket"] = frame["net_amount"] / frame["occasions"]
    over = frame[frame["period"].dt.end_time.dt.normalize() <= pd.Timestamp(as_of)]
    over = over.reset_index(drop=True)
    over["identified"] = _identified(over["period"], months)
    whole = over["period"].map(lambda quarter: _covered(quarter, data_from, gaps)).astype(bool)
    large = over[whole & (over["customers"] >= MIN_CUSTOMERS)]
    if len(large) < 2:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "Fewer than two quarters with at least {minimum:count} known customers are over by "
                "{as_of:day} and covered by data from the first day to the last."
            ),
            needs=_("Needed: two whole quarters of orders that name their buyers."),
            facts=facts,
        )
    balances = _balances(over)
    followed = whole & (over["period"] - 1).map(lambda q: _covered(q, data_from, gaps)).astype(bool)
    over = _blank(over, whole, followed)
    large = over.loc[large.index]
    now = large.iloc[-1]
    earlier = large[large["period"] == now["period"] - YEAR]
    then = earlier.iloc[0] if len(earlier) else large.iloc[-2]
    last_day = now["period"].end_time.date()
    coming = to_come(refunds) if unsettled(last_day, as_of, refunds) else 0.0
    parts = _split(then, now, coming)
    facts |= _facts(then, now, parts) | {"to_come": coming, "data_from": data_from}
    facts["blank"] = ", ".join(over.loc[~whole, "quarter"])
    facts["smallest"] = SMALLEST_GROUP
    facts["few"] = bool((followed & over["lost_customers"].isna()).any())
    return Growth(
        table=over,
        parts=parts,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(facts),
        checks=(_adds_up(parts, then, now), balances),
        title=_TITLE,
        subtitle=_(
            "Change in net sales of known customers from {then:text} to {now:text}, by what moved "
            "it; intervals of {confidence:percent}"
        ),
        meaning=_("Filled dots moved sales beyond chance; hollow ones may be luck."),
        alt=_(
            "Dots of the change in net sales by customers, purchases each and basket, "
            "{change:money} together."
        ),
    )


def _covered(quarter: pd.Period, data_from: date | None, gaps: Sequence[Gap]) -> bool:
    first, last = quarter.start_time.date(), quarter.end_time.date()
    begun = data_from is None or data_from <= first
    return begun and not any(gap.first <= last and gap.last >= first for gap in gaps)


def _blank(over: pd.DataFrame, whole: pd.Series, followed: pd.Series) -> pd.DataFrame:
    """Blank what is not known, and who came and went where few did.

    The four go together: of three of them and the customers, the fourth can be worked out.
    """
    few = over[_BY_PAST].gt(0) & over[_BY_PAST].lt(SMALLEST_GROUP)
    told = over.copy(deep=False)
    told[_BY_PAST] = told[_BY_PAST].astype("Int64").where(followed & ~few.any(axis="columns"))
    rest = ["customers", "occasions", "frequency", "basket", "net_amount", "identified"]
    told[["customers", "occasions"]] = told[["customers", "occasions"]].astype("Int64")
    told[rest] = told[rest].where(whole)
    return told


def _identified(periods: pd.Series, months: pd.DataFrame | None) -> list[float]:
    """Share of each quarter's net sales whose buyer is known."""
    return [
        identity((f"{m}" for m in pd.period_range(p.start_time, p.end_time, freq="M")), (), months)[
            "identified"
        ]
        for p in periods
    ]


def _split(then: pd.Series, now: pd.Series, coming: float) -> pd.DataFrame:
    a, b = float(then["net_amount"]), float(now["net_amount"])
    scale = a if abs(a - b) < CENT else (b - a) / np.log(b / a)
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    linked = now["identified"] / then["identified"]
    linking = scale * float(np.log(linked)) if linked > 0 else None
    rows = []
    for part, label in _PARTS.items():
        if part == "identity":
            if linking is not None:
                rows.append((part, label, linking, linking, linking))
            continue
        effect = scale * float(np.log(now[part] / then[part]))
        error = z * abs(scale) * float(np.sqrt(_variance(then, part) + _variance(now, part)))
        ends = [effect - error, effect + error]
        if linking is not None and part != "basket":
            # Linking made more people known, or more purchases of the same people: both may be.
            ends = [min(ends[0], ends[0] - linking), max(ends[1], ends[1] - linking)]
            effect -= linking if part == "customers" else 0.0
        if part == "basket" and coming:
            # All that may still go back may go back from known customers.
            ends[0] += scale * float(np.log(max(b - coming, CENT) / b))
        rows.append((part, label, effect, *ends))
    table = pd.DataFrame(rows, columns=["part", "label", "effect", "low", "high"])
    return table.assign(sure=(table["low"] > 0) | (table["high"] < 0))


def _variance(quarter: pd.Series, part: str) -> float:
    """Return the variance of the logarithm of one factor of one quarter."""
    n = float(quarter["customers"])
    if part == "customers":
        return 1 / n  # Poisson
    mean_x, mean_y = quarter["occasions"] / n, float(quarter["net_amount"]) / n
    of_x = quarter["occasion_square"] / n / mean_x**2 - 1
    if part == "frequency":
        return float(of_x) / n
    of_y = quarter["net_square"] / n / mean_y**2 - 1
    both = quarter["occasion_net"] / n / (mean_x * mean_y) - 1
    return max(float(of_x + of_y - 2 * both), 0.0) / n


def _facts(then: pd.Series, now: pd.Series, parts: pd.DataFrame) -> dict[str, Any]:
    most = parts.loc[parts["effect"].abs().idxmax()]
    return {
        "confidence": CONFIDENCE,
        "then": then["quarter"],
        "now": now["quarter"],
        "change": float(now["net_amount"] - then["net_amount"]),
        "net": float(now["net_amount"]),
        "net_then": float(then["net_amount"]),
        "customers": int(now["customers"]),
        **{name: None if pd.isna(now[name]) else int(now[name]) for name in _BY_PAST},
        "most": most["label"],
        "effect": float(most["effect"]),
        "effect_low": float(most["low"]),
        "effect_high": float(most["high"]),
        "sure": int(parts["sure"].sum()),
        "most_sure": bool(most["sure"]),
        "a_year": bool(now["period"] - YEAR == then["period"]),
        "identified": float(now["identified"]),
        "before_identified": float(then["identified"]),
        "linking": float(parts.set_index("part")["effect"].get("identity", float("nan"))),
        "linking_moved": bool(abs(now["identified"] - then["identified"]) > SAME_IDENTITY),
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if facts["most_sure"]:
        first = Claim(
            key="what_moved_sales",
            topic="growth",
            place="evidence",
            message=_(
                "Net sales of known customers went from {net_then:money} in {then:text} to "
                "{net:money} in {now:text}; the part that moved most was {most:said}: "
                "{effect:money} ({effect_low:money}–{effect_high:money})."
            ),
            holds=[
                Holds("its effect is the greatest in size, and its interval leaves zero out",
                      facts["most_sure"])
            ],
        )  # fmt: skip
    else:
        first = Claim(
            key="nothing_moved_sales",
            undecided=True,
            topic="growth",
            place="evidence",
            message=_(
                "From {then:text} to {now:text} net sales of known customers went from "
                "{net_then:money} to {net:money}; the part that moved most, {most:said}, is "
                "not distinguishable from luck."
            ),
            holds=[Holds("the interval of the greatest effect holds zero", not facts["most_sure"])],
        )
    linking: tuple[Claim, ...] = ()
    if facts["linking_moved"]:
        linking = (
            Claim(
                key="growth_identity",
                topic="growth_identity",
                place="data",
                message=_(
                    "From {then:text} to {now:text} the share of sales whose buyer is known went "
                    "from {before_identified:percent} to {identified:percent}: {linking:money} of "
                    "the change in sales of known customers is linking, not trade."
                ),
                holds=[
                    Holds(
                        "the identified shares are further apart than two points",
                        facts["linking_moved"],
                    )
                ],
            ),
        )
    if facts["new_customers"] is None:
        return (first, *linking)
    return (
        first,
        *linking,
        Claim(
            key="growth_accounting",
            place="evidence",
            message=_(
                "{now:text}: {customers:count} customers = {new_customers:count} new + "
                "{kept_customers:count} kept + {returned_customers:count} returned; "
                "{lost_customers:count} of the quarter before did not buy."
            ),
        ),
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = [
        _(
            "Known customers only: where more orders can be linked to a customer, that looks like "
            "growth."
        )
        if facts["linking"] != facts["linking"]
        else _(
            "Known customers only. What linking moved is taken off the customers; it may have made "
            "known more purchases of the same people instead, so both intervals hold both cases."
        )
    ]
    if facts["data_from"] is not None:
        caveats.append(
            _(
                "The data start on {data_from:day}: whoever bought before looks new at the first "
                "purchase seen here, so that the new ones of the first quarters are too many and "
                "the returned ones too few."
            )
        )
    if facts["blank"]:
        caveats.append(
            _(
                "Not covered by data from the first day to the last, so left blank and compared "
                "with none: {blank:text}. Who was new, kept, returned or lost in the quarter after "
                "is not known either."
            )
        )
    if facts["few"]:
        caveats.append(
            _(
                "Where fewer than {smallest:count} people were new, kept, returned or lost, all "
                "four are left blank, because they could be told who they are."
            )
        )
    if facts["to_come"] > CENT:
        caveats.append(
            _(
                "{now:text} is not settled: up to {to_come:money} may still go back, which the "
                "interval of the basket holds."
            )
        )
    if not facts["a_year"]:
        caveats.append(
            _(
                "The same quarter a year before is not known: those that are compared differ in "
                "season."
            )
        )
    return tuple(caveats)


def _adds_up(parts: pd.DataFrame, then: pd.Series, now: pd.Series) -> Check:
    shown, given = float(parts["effect"].sum()), float(now["net_amount"] - then["net_amount"])
    return Check(
        key="growth_adds_up",
        message=_("Customers, purchases each and basket add up to the change in sales."),
        passed=abs(shown - given) <= max(CENT, 1e-9 * abs(float(now["net_amount"]))),
        evidence=_("{shown:money} in the parts, {given:money} in all"),
        facts={"shown": shown, "given": given},
    )


def _balances(over: pd.DataFrame) -> Check:
    """Check that whoever bought is new, kept or returned, and that nobody is lost twice."""
    split = over["new_customers"] + over["kept_customers"] + over["returned_customers"]
    before = over["customers"].shift()
    kept_or_lost = over["kept_customers"] + over["lost_customers"]
    running = over["period"].diff().map(lambda step: getattr(step, "n", None) == 1)
    wrong = int((split != over["customers"]).sum())
    wrong += int((kept_or_lost[running] != before[running]).sum())
    return Check(
        key="growth_balances",
        message=_("New, kept and returned are all customers; kept and lost all those before."),
        passed=wrong == 0,
        evidence=_("{wrong:count} cases in which they are not"),
        facts={"wrong": wrong},
    )
