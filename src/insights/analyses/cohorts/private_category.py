"""Private category: sold the same goods in the private shop, or others, who buys again more often?

Of customers won on a public channel: those whose first purchase in a private shop was of the
category that they had first bought, beside those who bought another one there. They are compared
within the quarter and the price of that purchase and within the first category. Nothing else is
held fixed: who tries other goods is another person.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from insights.analyses.cohorts.definition import CONFIDENCE
from insights.analyses.cohorts.drawing import shares
from insights.analyses.cohorts.occasions import needed
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WITHIN_DAYS = 90  # Counted so by the mart.
FEWEST = 5  # Of a side, who bought again or who did not: below, no normal interval holds.
SAME, OTHER = _("the category first bought"), _("another category")
_STRATA = ["quarter", "price_band", "category"]
_TITLE = _("The first category again in a private shop, or another")


@dataclass(frozen=True, eq=False, kw_only=True)
class PrivateCategory(Result):
    """Share who bought again after the first private purchase. One row per side, same and other.

    Customers of strata that have both sides. `share`, `low`, `high` in [0, 1], of the two sides as
    if they had bought in the same quarters, at the same prices and from the same first categories;
    `crude` as they are. `change`, `change_low`, `change_high`: the difference, on the first row.
    """

    name = "private_category"
    columns = {
        "side": Column(_("Bought in the private shop"), "said"),
        "customers": Column(_("Customers"), "count", people=True),
        "returned": Column(_("Of them bought again"), "count"),
        "crude": Column(_("Share as it is"), "percent"),
        "share": Column(_("Matched share"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
        "change": Column(_("Matched difference"), "points"),
        "change_low": Column(_("Difference, low"), "points", shown=False),
        "change_high": Column(_("Difference, high"), "points", shown=False),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw the matched shares with their intervals; filled where told apart."""
        apart = self.facts["change_low"] > 0 or self.facts["change_high"] < 0
        return shares(
            self.table.assign(apart=apart),
            name="side",
            emphasis="apart",
            xlabel=_("bought again, matched"),
        )


def private_category(
    moves: pd.DataFrame, *, as_of: date, data_from: date | None = None, min_customers: int = 30
) -> PrivateCategory | NotEnoughData:
    """Compare who bought again, by whether the first private purchase kept the first category.

    Parameters
    ----------
    moves : DataFrame, one row per month, category, price band and side
        The mart `private_category`.
    as_of : date
        Last day of complete data; months of which a window of 90 days is open are left out.
    data_from : date, optional
        First day of data: of customers seen in that month nobody knows what they bought first.
    min_customers : int, default 30
        Fewer customers than this on either side, of strata with both sides, are not enough.

    Returns
    -------
    PrivateCategory or NotEnoughData

    Notes
    -----
    Strata are quarter and price band (from a power of two to the next) of the first private
    purchase, and first category. Of each, the difference of the two shares has Mantel and
    Haenszel's weight n m / (n + m); a stratum with one side has none. The variance of the pooled
    difference is Sato's (1989, Biometrics 45, 1323-1324), which holds in few large strata as in
    many small ones, where that of Greenland and Robins (1985) does not. The interval of each share
    is that side's part of it.

    Examples
    --------
    >>> moves = pd.DataFrame({"first_on": "2025-02-01", "private_on": "2025-04-01",
    ...     "category": "Coats", "price_band": 8, "same": [1, 0], "customers": [200, 100],
    ...     "returned": [60, 20]})
    >>> found = private_category(moves, as_of=date(2025, 12, 31))
    >>> found.table["share"].round(2).tolist(), round(found.facts["change"], 2)
    ([0.3, 0.2], 0.1)
    """
    needed(moves, "private_category", "first_on", "private_on", "price_band", "category", "same",
           "customers", "returned")  # fmt: skip
    bought = pd.to_datetime(moves["private_on"])
    counts = {"customers": int, "returned": int}
    moves = moves.astype(counts).assign(quarter=bought.dt.to_period("Q"))
    month = pd.to_datetime(moves["first_on"]).dt.strftime("%Y-%m")
    old = month == (f"{data_from:%Y-%m}" if data_from else None)
    watched = bought + pd.offsets.MonthEnd(0) <= pd.Timestamp(as_of - timedelta(WITHIN_DAYS))
    known = moves["same"].notna()
    strata = _strata(moves[~old & watched & known])
    both = strata[(strata[["customers_1", "customers_0"]] > 0).all(axis=1)]
    facts: dict[str, Any] = {
        "as_of": as_of,
        "within": WITHIN_DAYS,
        "confidence": CONFIDENCE,
        "min_customers": min_customers,
        "data_from": data_from,
        "moved": int(moves["customers"].sum()),
        "old": int(moves.loc[old, "customers"].sum()),
        "open": int(moves.loc[~old & ~watched, "customers"].sum()),
        "unknown": int(moves.loc[~old & watched & ~known, "customers"].sum()),
        "known": int(strata[["customers_1", "customers_0"]].to_numpy().sum()),
        "strata": len(both),
        "same": int(both["customers_1"].sum()),
        "other": int(both["customers_0"].sum()),
    }
    facts["customers"] = facts["same"] + facts["other"]
    facts["alone"] = facts["known"] - facts["customers"]
    back = both[["returned_1", "returned_0"]].sum().to_numpy()
    not_back = np.array([facts["same"], facts["other"]]) - back
    facts |= {"fewest": FEWEST, "back": int(back.sum())}
    few = min(facts["same"], facts["other"]) < min_customers
    if few or min(back.min(), not_back.min()) < FEWEST:
        return _not_enough(facts)
    found = _pooled(both, CONFIDENCE)
    table = _table(both, found)
    facts |= found._asdict() | {"compared": facts["customers"] / facts["known"]}
    return PrivateCategory(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=(_claim(facts),),
        caveats=_caveats(facts),
        checks=(_accounted(facts),),
        title=_TITLE,
        subtitle=_(
            "Customers won on a public channel: share who bought again anywhere within "
            "{within:days} of their first purchase in a private shop, within quarter, price band "
            "and first category; {confidence:percent} intervals, filled where told apart"
        ),
        meaning=_(
            "A difference that is told apart is a reason to test by lot which goods to offer first "
            "in the private shop, and not yet one to change the assortment."
        ),
        alt=_(
            "Dot chart of the share who bought again: {same_share:percent} after the category "
            "first bought, {other_share:percent} after another one."
        ),
    )


class Pooled(NamedTuple):
    """Shares of the two sides in the same strata, and their difference; each with its interval."""

    same_share: float
    same_low: float
    same_high: float
    other_share: float
    other_low: float
    other_high: float
    change: float
    change_low: float
    change_high: float


def _strata(moves: pd.DataFrame) -> pd.DataFrame:
    """One row per stratum: customers and returned of the same side (1) and of the other (0)."""
    wanted = pd.MultiIndex.from_product([["customers", "returned"], [1, 0]])
    grouped = moves.astype({"same": int}).pivot_table(
        index=_STRATA, columns="same", values=["customers", "returned"], aggfunc="sum"
    )
    wide = grouped.reindex(columns=wanted).fillna(0).astype(int)
    return wide.set_axis([f"{count}_{side}" for count, side in wanted], axis=1)


def _pooled(strata: pd.DataFrame, confidence: float) -> Pooled:
    """Pool strata by the weights of Mantel and Haenszel, with Sato's variance.

    Where the difference d is the same in all strata, a (m - b) of a stratum has the expectation
    n m p (1 - q), and p (1 - q) = p (1 - p) + p d: so p (1 - p) is known without bias from strata
    of one customer a side, and the variances of the two sides add up to Sato's.
    """
    a, n = (strata[f"{name}_1"].to_numpy(float) for name in ("returned", "customers"))
    b, m = (strata[f"{name}_0"].to_numpy(float) for name in ("returned", "customers"))
    whole = n + m
    weight = float((n * m / whole).sum())
    same, other = float((a * m / whole).sum()) / weight, float((b * n / whole).sum()) / weight
    gap = same - other
    crossed = (a * (m - b) + b * (n - a)) / 2
    of_same = m * (crossed + gap * n * m / 2) - gap * m**2 * a
    of_other = n * (crossed - gap * n * m / 2) + gap * n**2 * b
    parts = [max(float((part / whole**2).sum()), 0.0) / weight**2 for part in (of_same, of_other)]
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    first, second, error = (z * float(np.sqrt(part)) for part in (*parts, sum(parts)))
    return Pooled(
        same, max(same - first, 0.0), min(same + first, 1.0),
        other, max(other - second, 0.0), min(other + second, 1.0),
        gap, max(gap - error, -1.0), min(gap + error, 1.0),
    )  # fmt: skip


def _table(both: pd.DataFrame, found: Pooled) -> pd.DataFrame:
    sums = both.sum()
    table = pd.DataFrame(
        {
            "side": [SAME, OTHER],
            "customers": [int(sums["customers_1"]), int(sums["customers_0"])],
            "returned": [int(sums["returned_1"]), int(sums["returned_0"])],
            "share": [found.same_share, found.other_share],
            "low": [found.same_low, found.other_low],
            "high": [found.same_high, found.other_high],
            "change": [found.change, np.nan],
            "change_low": [found.change_low, np.nan],
            "change_high": [found.change_high, np.nan],
        }
    )
    return table.assign(crude=table["returned"] / table["customers"])


def _not_enough(facts: dict[str, Any]) -> NotEnoughData:
    if not facts["moved"]:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "Up to {as_of:day} no known customer bought first on a public channel and later "
                "in a private shop."
            ),
            needs=_(
                "Needed: orders of a private shop (Youzan, WeChat store, own mall, WeChat "
                "transfers) and of a public channel that name the same people by phone or open id."
            ),
            facts=facts,
        )
    return NotEnoughData(
        title=_TITLE,
        because=_(
            "{moved:count} customers went from a public channel to a private shop; of those "
            "watched for {within:days}, {same:count} who stayed in their category and "
            "{other:count} who changed it are alike enough to be compared, and {back:count} of "
            "them bought again."
        ),
        needs=_(
            "Needed: at least {min_customers:count} customers on either side who bought in the "
            "same quarter, at a like price and from the same first category, {fewest:count} of "
            "whom bought again and as many did not; order lines with products, and the product "
            "list with categories."
        ),
        facts=facts,
    )


def _claim(facts: dict[str, Any]) -> Claim:
    more, less = facts["change_low"] > 0, facts["change_high"] < 0
    if more or less:
        return Claim(
            key="private_category_same" if more else "private_category_other",
            topic="private_category",
            message=_(
                "Won on a public channel and then in a private shop: of those who bought their "
                "first category again there, {same_share:percent} bought again within "
                "{within:days}, of those who bought another, {other_share:percent} "
                "({change:points}, {change_low:points} to {change_high:points}; matched on season, "
                "price and first category)."
            ),
            holds=[Holds("the interval of the difference leaves out zero", more or less)],
        )
    return Claim(
        key="private_category_alike",
        topic="private_category",
        undecided=True,
        message=_(
            "Won on a public channel and then in a private shop: customers who bought their first "
            "category again there and those who bought another are not distinguishable: "
            "{same_share:percent} and {other_share:percent} bought again within {within:days} "
            "({change_low:points} to {change_high:points}; matched on season, price and first "
            "category)."
        ),
        holds=[Holds("the interval of the difference holds zero", not more and not less)],
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = [
        _(
            "Association only: who chooses another kind of goods is not the same person, so the "
            "difference is not what an offer would change."
        ),
        _(
            "Public is every channel that is no private shop, stores included. Seen are customers "
            "whose orders on both sides are linked; the others look new in the private shop."
        ),
    ]
    if facts["alone"]:
        caveats.append(
            _(
                "{compared:percent} of customers are compared: {alone:count} have nobody on the "
                "other side in their quarter, price band and first category."
            )
        )
    if facts["unknown"]:
        caveats.append(
            _("{unknown:count} customers are left out: a category of theirs is not known.")
        )
    if facts["old"]:
        caveats.append(
            _(
                "{old:count} customers were first seen in the month in which the data begin: what "
                "they had bought before is not known, and they are left out."
            )
        )
    return tuple(caveats)


def _accounted(facts: dict[str, Any]) -> Check:
    parts = ("customers", "alone", "unknown", "open", "old")
    return Check(
        key="private_category_accounted",
        message=_(
            "Every customer who went from a public channel to a private shop is compared or left "
            "out for a reason."
        ),
        passed=sum(facts[part] for part in parts) == facts["moved"],
        evidence=_(
            "{moved:count} customers: {customers:count} compared, {alone:count} without a like "
            "one, {unknown:count} without a category, {open:count} not watched long enough, "
            "{old:count} from before the data begin"
        ),
        facts={name: facts[name] for name in (*parts, "moved")},
    )
