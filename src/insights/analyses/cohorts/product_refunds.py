"""Product refunds: of which products' or categories' sales does more money go back than of others?

The counterpart of `live_refunds`: only order lines whose refunds are over. Products are chosen by
what was paid for them, not by what went back, so that looking for the worst is no test without end.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.analyses.cohorts.definition import CONFIDENCE
from insights.analyses.cohorts.drawing import SIGNIFICANCE, shares
from insights.analyses.cohorts.occasions import needed
from insights.analyses.cohorts.refund_shares import MIN_ORDERS, SUMS, against_rest
from insights.analyses.cohorts.refunds import CENT, WATCHED_DAYS
from insights.models.multiplicity import holm
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BEST_SELLING = 20  # Products that are held against the rest: those of which most was paid.
CATEGORY, PRODUCT = _("Category"), _("Product")
_TITLE = _("Money back by product")


@dataclass(frozen=True, eq=False, kw_only=True)
class ProductRefunds(Result):
    """Share of the money that went back, by category and by product. One row per group.

    `share`, `low`, `high` of the group and `rest` of all else that was sold, in [0, 1]; `p` of
    their difference, corrected.
    """

    name = "product_refunds"
    columns = {
        "of": Column(_("By"), "said"),
        "group": Column(_("Group"), "said"),
        "orders": Column(_("Order lines"), "count"),
        "gross_amount": Column(_("Paid"), "money"),
        "share": Column(_("Back in all"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
        "rest": Column(_("The others, back"), "percent"),
        "p": Column(_("p, corrected"), "number3", shown=False),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw the groups ranked, filled where told apart."""
        return shares(self.table, name="group", xlabel=_("share of the money paid"))


def product_refunds(sold: pd.DataFrame, *, as_of: date) -> ProductRefunds | NotEnoughData:
    """Compare the money that went back by category and by product.

    Parameters
    ----------
    sold : DataFrame, one row per product
        The mart `product_refunds`.
    as_of : date
        Last day of complete data.

    Returns
    -------
    ProductRefunds or NotEnoughData
        All categories and the 20 products of which most was paid; those of fewer than 100 order
        lines are counted, not shown. The rest of the sales holds them.

    Notes
    -----
    See `refund_shares`; an order line is one draw. p are corrected by Holm's method.

    Examples
    --------
    >>> names = ["product_id", "name", "category", "named_amount", "order_lines", *SUMS[1:]]
    >>> rows = [["a", "Tea", "Drinks", 8e3, 200, 2e4, 8e3, 2e6, 8e5, 8e5],
    ...         ["b", "Cup", "Ware", 3e3, 300, 3e4, 3e3, 3e6, 3e5, 3e5]]
    >>> found = product_refunds(pd.DataFrame(rows, columns=names), as_of=date(2026, 6, 30))
    >>> found.table.loc[found.table["of"] == "Product", "share"].round(2).tolist()
    [0.4, 0.1]
    """
    needed(sold, "product_refunds", "product_id", "order_lines", "named_amount", *SUMS[1:])
    sold = sold.rename(columns={"order_lines": "orders"})
    sold = sold.astype(dict.fromkeys((*SUMS, "named_amount"), float))
    whole = sold[list(SUMS)].sum()
    facts: dict[str, Any] = {
        "as_of": as_of,
        "watched": WATCHED_DAYS,
        "confidence": CONFIDENCE,
        "min_orders": MIN_ORDERS,
        "best_selling": BEST_SELLING,
        "paid": float(whole["gross_amount"]),
        "back": float(whole["refund_amount"]),
        "shared": float(whole["refund_amount"] - sold["named_amount"].sum()),
    }
    if facts["back"] < CENT:
        return NotEnoughData(
            title=_TITLE,
            because=_("No refund of an order line at least {watched:days} old is known."),
            needs=_("Needed: refunds, and the products of the orders that they belong to."),
            facts=facts,
        )
    facts["shared_share"] = facts["shared"] / facts["back"]
    rows, small = [], 0
    for of, groups in ((CATEGORY, _categories(sold)), (PRODUCT, _best_selling(sold))):
        found, left = against_rest(groups, whole)
        rows += [{"of": of, **row} for row in found]
        small += left
    if not rows:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "No two products or categories have sold {min_orders:count} order lines each of "
                "which all refunds are over."
            ),
            needs=_("Needed: more sales that are at least {watched:days} old."),
            facts=facts,
        )
    table = pd.DataFrame(rows)
    table["p"] = holm(table["p"].to_numpy(float))
    order = ["of", "share", "group"]
    table = table.sort_values(order, ascending=[True, False, True], ignore_index=True)
    facts |= _facts(table) | {"small": small}
    return ProductRefunds(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=(_claim(facts),),
        caveats=_caveats(facts),
        checks=(_reconciled(table, facts),),
        title=_TITLE,
        subtitle=_(
            "Share of the money paid that went back, order lines at least {watched:days} old, "
            "{confidence:percent} intervals; filled: told apart from all else that was sold "
            "({tests:count} tests, corrected)"
        ),
        meaning=_(
            "Where most goes back, compare the product with how it is shown and described. Who "
            "buys it, and where, differs too: the figures do not say that the product is the "
            "reason."
        ),
        alt=_("Dot chart of the share of money that went back, by category and product."),
    )


def _categories(sold: pd.DataFrame) -> pd.DataFrame:
    return sold.groupby("category")[list(SUMS)].sum()


def _best_selling(sold: pd.DataFrame) -> pd.DataFrame:
    """Sum up by product, those of which most was paid; two of one name are one."""
    named = sold.assign(product=sold["name"].fillna(sold["product_id"]))
    sums = named.groupby("product")[list(SUMS)].sum()
    return sums.nlargest(BEST_SELLING, "gross_amount")


def _facts(table: pd.DataFrame) -> dict[str, Any]:
    apart = table[table["p"] < SIGNIFICANCE]
    worse = apart[apart["share"] > apart["rest"]]
    facts: dict[str, Any] = {
        "tests": len(table),
        "apart": len(worse),
        "p": float(table["p"].min()),
        "lowest": float(table["share"].min()),
        "highest": float(table["share"].max()),
    }
    if worse.empty:
        return facts
    top = worse.nlargest(1, "share").iloc[0]
    return facts | {
        "top": top["group"],
        "top_p": float(top["p"]),
        **{name: float(top[name]) for name in ("share", "low", "high", "rest")},
    }


def _claim(facts: dict[str, Any]) -> Claim:
    if facts["apart"]:
        return Claim(
            key="product_refunds_apart",
            topic="product_refunds",
            place="evidence",
            message=_(
                "Of what “{top:said}” sold, {share:percent} ({low:percent}–{high:percent}) of the "
                "money went back, of all else {rest:percent}."
            ),
            holds=[
                Holds("its corrected p is below 5%", facts["top_p"] < SIGNIFICANCE),
                Holds("more of it went back than of the rest", facts["share"] > facts["rest"]),
            ],
        )
    return Claim(
        key="product_refunds_same",
        topic="product_refunds",
        place="evidence",
        undecided=True,
        message=_(
            "No product and no category is told apart by more money going back: "
            "{lowest:percent} to {highest:percent}, {tests:count} groups."
        ),
        holds=[Holds("none with more has a corrected p below 5%", not facts["apart"])],
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = []
    if facts["shared"] >= CENT:
        caveats.append(
            _(
                "Of the money that went back, {shared_share:percent} names no order line: it is "
                "taken off all lines of its order alike, so products bought together look more "
                "alike than they are."
            )
        )
    if facts["small"]:
        caveats.append(
            _("{small:count} groups have fewer than {min_orders:count} order lines, they or the "
              "rest, and are not shown.")
        )  # fmt: skip
    return tuple(caveats)


def _reconciled(table: pd.DataFrame, facts: dict[str, Any]) -> Check:
    """Check on what is shown: categories are parts of what was paid."""
    shown = float(table.loc[table["of"] == CATEGORY, "gross_amount"].sum())
    return Check(
        key="product_refunds_reconcile",
        message=_("Categories do not sell more than was paid."),
        passed=shown <= facts["paid"] + CENT,
        evidence=_("{shown:money} of categories, {paid:money} paid"),
        facts={"shown": shown, "paid": facts["paid"]},
    )
