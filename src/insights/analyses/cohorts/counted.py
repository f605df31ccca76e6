"""Counted: which paid orders are purchases, which are not, and does it all add up to the ledger?

The purchase-occasion rule decides how large the cohorts are: orders of one customer on one day are
one occasion; tests, staff, gifts, trifles (samples, top-ups) and orders refunded in full are none.
What is left out stands here by reason, in orders and in money, and nothing is missing.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from insights.analyses.cohorts.occasions import needed
from insights.results import Check, Claim, Column, NotEnoughData, Result
from insights.wording import _

CENT = 0.005
WHY = {
    "counted": _("purchases of known customers"),
    "unknown": _("of no known customer"),
    "refunded": _("refunded in full"),
    "trifle": _("trifles: samples and top-ups"),
    "gift": _("gifts"),
    "staff": _("by staff"),
    "test": _("tests"),
}
_TITLE = _("Which orders are purchases")


@dataclass(frozen=True, eq=False, kw_only=True)
class Counted(Result):
    """Paid orders by what they are. One row per use; money in the brand's currency."""

    name = "counted"
    columns = {
        "why": Column(_("Orders"), "said"),
        "orders": Column(_("Paid orders"), "count"),
        "of_all": Column(_("Of all paid orders"), "percent"),
        "gross_amount": Column(_("Paid"), "money"),
        "refund_amount": Column(_("Refunded so far"), "money"),
        "net_amount": Column(_("Net"), "money"),
    }

    as_of: date


def counted(
    uses: pd.DataFrame,
    purchases: pd.DataFrame,
    months: pd.DataFrame,
    *,
    as_of: date,
    cells: pd.DataFrame | None = None,
) -> Counted | NotEnoughData:
    """Account for every paid order, and hold the purchases against the ledger.

    Parameters
    ----------
    uses : DataFrame, one row per use of orders
        The mart `order_uses`.
    purchases : DataFrame, one row per customer and day
        The mart `purchases`: what all cohorts stand on.
    months : DataFrame, one row per month and channel
        The mart `sales_month`: the ledger, without tests and gifts.
    as_of : date
        Last day of complete data.
    cells : DataFrame, one row per cohort, channel of the first purchase and age, optional
        The mart `cohort_money`: the triangle, whose occasions must add up to the purchases.

    Returns
    -------
    Counted or NotEnoughData
    """
    needed(uses, "uses", "why", "orders", "gross_amount", "refund_amount", "net_amount")
    if uses.empty:
        return NotEnoughData(
            title=_TITLE,
            because=_("Not a single paid order is known up to {as_of:day}."),
            needs=_("Needed: an export of orders with their time of payment."),
            facts={"as_of": as_of},
        )
    money = ["gross_amount", "refund_amount", "net_amount"]
    table = uses.assign(**{name: uses[name].astype(float) for name in money})
    table["of_all"] = table["orders"] / table["orders"].sum()
    table["word"] = table["why"]
    order = {word: place for place, word in enumerate(WHY)}
    table = table.sort_values("word", key=lambda w: w.map(order), ignore_index=True)
    table["why"] = table["word"].map(WHY)
    orders = table.set_index("word")["orders"]
    facts: dict[str, Any] = {
        "as_of": as_of,
        "orders": int(orders.sum()),
        "purchases": int(orders.get("counted", 0)),
        "occasions": len(purchases),
        "unknown": int(orders.get("unknown", 0)),
        "refunded": int(orders.get("refunded", 0)),
        "trifles": int(orders.get("trifle", 0)),
        "others": int(sum(orders.get(word, 0) for word in ("gift", "staff", "test"))),
    }
    return Counted(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=(
            Claim(
                key="counted",
                place="data",
                message=_(
                    "{purchases:count} of {orders:count} paid orders are purchases of known "
                    "customers, on {occasions:count} occasions (orders of one day are one); "
                    "{unknown:count} name no known customer, {refunded:count} went back in full, "
                    "{trifles:count} are trifles, {others:count} tests, gifts or by staff."
                ),
            ),
        ),
        checks=_checks(table, purchases, months, cells),
        title=_TITLE,
        subtitle=_("All orders paid up to {as_of:day}, each in one row"),
        meaning=_(
            "Cohorts stand on the first row alone. An order refunded in full opens no cohort: it "
            "was no purchase."
        ),
    )


def _checks(
    table: pd.DataFrame,
    purchases: pd.DataFrame,
    months: pd.DataFrame,
    cells: pd.DataFrame | None,
) -> tuple[Check, ...]:
    net = table.set_index("word")["net_amount"]
    counted_net = float(net.get("counted", 0.0))
    # Staff is in the ledger of sales; tests and gifts are not.
    ledger = float(months["net_amount"].astype(float).sum()) if len(months) else 0.0
    shown = float(net.drop(["test", "gift"], errors="ignore").sum())
    bought = float(purchases["net_amount"].astype(float).sum()) if len(purchases) else 0.0
    checks = [
        _equal(
            "uses_reconcile",
            _("Orders by use add up to the net sales of the ledger."),
            _("{given:money} by use, {ledger:money} in the ledger; apart by {apart:money}"),
            shown,
            ledger,
        ),
        _equal(
            "purchases_reconcile",
            _("The purchases that cohorts stand on are all orders that count."),
            _("{given:money} in purchases, {ledger:money} in orders; apart by {apart:money}"),
            bought,
            counted_net,
        ),
    ]
    if cells is not None:
        inside = cells.loc[cells["cohort_on"].notna(), "occasion_amount"]
        triangle = float(inside.astype(float).sum())
        checks.append(
            _equal(
                "triangle_reconciles",
                _("The cells of all cohorts add up to the purchases."),
                _("{given:money} in cells, {ledger:money} in purchases; apart by {apart:money}"),
                triangle,
                bought,
            )
        )
    return tuple(checks)


def _equal(key: str, message: str, evidence: str, given: float, ledger: float) -> Check:
    return Check(
        key=key,
        message=message,
        passed=abs(given - ledger) <= CENT,
        evidence=evidence,
        facts={"given": given, "ledger": ledger, "apart": abs(given - ledger)},
    )
