"""Sales: what was paid, what went back, and how much of the rest belongs to somebody we know?

It stands on orders alone, so that a page can be made where no order names its buyer.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.analyses.cohorts.comparable import settle_days, unsettled
from insights.charts import marks
from insights.errors import MissingColumns
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CENT = 0.005
NEEDED = {
    "month_on", "orders", "gross_amount", "refund_amount", "net_amount", "known_amount"
}  # fmt: skip
_TITLE = _("Sales by month")


@dataclass(frozen=True, eq=False, kw_only=True)
class Sales(Result):
    """Paid, refunded and net by month of payment. One row per month; `partial` if not over."""

    name = "sales"
    columns = {
        "month": Column(_("Month"), "month"),
        "orders": Column(_("Paid orders"), "count"),
        "gross_amount": Column(_("Paid"), "money"),
        "refund_amount": Column(_("Refunded so far"), "money"),
        "net_amount": Column(_("Net"), "money"),
        "refund_share": Column(_("Refunded share"), "percent"),
        "known_share": Column(_("Of known customers"), "percent"),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw what was paid and what stayed, by month."""
        melted = self.table.melt(
            "month", ["gross_amount", "net_amount"], var_name="what", value_name="amount"
        )
        return marks.line(
            melted.assign(what=melted["what"].map({"gross_amount": _PAID, "net_amount": _NET})),
            x="month",
            y="amount",
            by="what",
            y_kind="money",
            xlabel=_("month of payment"),
            ylabel=_("sales"),
        )


_PAID = _("paid")
_NET = _("net of refunds")


def sales(
    months: pd.DataFrame, *, as_of: date, refunds: Result | None = None
) -> Sales | NotEnoughData:
    """Add up what was paid, what went back, and what belongs to known customers.

    Parameters
    ----------
    months : DataFrame, one row per month and channel
        The mart `sales_month`.
    as_of : date
        Last day of complete data; refunds after it are not known, so young months look richer.
    refunds : Result, optional
        What `refund_curve` handed back: a month that has not settled is held against none.

    Returns
    -------
    Sales or NotEnoughData
    """
    if missing := NEEDED - set(months.columns):
        raise MissingColumns("months", missing, months.columns)
    if months.empty or not float(months["gross_amount"].sum()):
        return NotEnoughData(
            title=_TITLE,
            because=_("Not a single paid order is known up to {as_of:day}."),
            needs=_("Needed: an export of orders with their time of payment."),
            facts={"as_of": as_of},
        )
    table = _by_month(months)
    facts = _facts(table, as_of, refunds)
    return Sales(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(facts),
        checks=(_reconciled(months, table),),
        tiles=_tiles(facts, table),
        title=_TITLE,
        subtitle=_(
            "Paid orders by month of payment, {first:month} to {last:month}: what was paid, and "
            "what is left after the refunds known on {as_of:day}"
        ),
        meaning=_(
            "Plan with the net line: what lies between the two has gone back to the customers."
        ),
        alt=_(
            "Line chart of sales paid and net of refunds by month, {gross:money} and {net:money} "
            "in all."
        ),
    )


def _by_month(months: pd.DataFrame) -> pd.DataFrame:
    amounts = ["orders", "gross_amount", "refund_amount", "net_amount", "known_amount"]
    table = (
        months.assign(month=pd.to_datetime(months["month_on"]).dt.strftime("%Y-%m"))
        .groupby("month")[amounts]
        .sum()
        .astype(float)
        .reset_index()
    )
    table["orders"] = table["orders"].astype(int)
    table["refund_share"] = table["refund_amount"] / table["gross_amount"]
    table["known_share"] = table["known_amount"] / table["net_amount"].where(
        table["net_amount"] > 0
    )
    return table


def _facts(table: pd.DataFrame, as_of: date, refunds: Result | None) -> dict[str, Any]:
    ends = pd.PeriodIndex(table["month"], freq="M").end_time.normalize()
    over = table[ends <= pd.Timestamp(as_of)]
    newest = (over if len(over) else table).iloc[-1]
    net, known = float(table["net_amount"].sum()), float(table["known_amount"].sum())
    facts: dict[str, Any] = {
        "as_of": as_of,
        "first": table["month"].iloc[0],
        "last": table["month"].iloc[-1],
        "gross": float(table["gross_amount"].sum()),
        "net": net,
        "known": known,
        "known_share": known / net if net > 0 else None,
        "month": newest["month"],
        "orders": int(newest["orders"]),
        "month_gross": float(newest["gross_amount"]),
        "month_net": float(newest["net_amount"]),
        "refund_share": float(newest["refund_share"]),
        "refunds_known": bool(table["refund_amount"].sum() > 0),
        "running": int(len(table) - len(over)),
        "unsettled": unsettled(pd.Period(newest["month"]).end_time.date(), as_of, refunds),
        "settle_days": settle_days(refunds),
    }
    if len(over) > 1:
        facts |= {
            "before_month": over["month"].iloc[-2],
            "before_net": float(over["net_amount"].iloc[-2]),
        }
    return facts


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    claims = [
        Claim(
            key="month_net",
            message=_(
                "In {month:month} {orders:count} orders brought {month_gross:money}; "
                "{refund_share:percent} went back by {as_of:day}, {month_net:money} stayed."
            )
            if facts["refunds_known"]
            # What no export tells of is not said to be none.
            else _(
                "In {month:month} {orders:count} orders brought {month_gross:money}; no refund is "
                "known."
            ),
        )
    ]
    if facts["known_share"] is None:
        return tuple(claims)
    if not facts["known"]:
        claims.append(
            Claim(
                key="nobody_known",
                topic="known_share",
                message=_(
                    "Not one of the orders up to {as_of:day} can be linked to a customer: whether "
                    "customers come back cannot be told."
                ),
                holds=[Holds("the sales of known customers are zero", facts["known"] == 0)],
            )
        )
    else:
        claims.append(
            Claim(
                key="known_share",
                place="data",
                message=_(
                    "{known_share:percent} of the net sales since {first:month} belong to a "
                    "known customer; the figures on customers stand on these."
                ),
            )
        )
    return tuple(claims)


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    if not facts["running"]:
        return (_("Refunds come late: what went back from the last months will still grow."),)
    return (
        _("Refunds come late: what went back from the last months will still grow."),
        _("{last:month} is not over: its point is lower than the month will be."),
    )


def _tiles(facts: dict[str, Any], table: pd.DataFrame) -> tuple[Tile, ...]:
    compared = "before_net" in facts and not facts["unsettled"]
    tiles = [
        Tile(
            key="month_net",
            label=_("Net sales of {month:month}"),
            fact="month_net",
            kind="money",
            good="up",
            before="before_net" if compared else None,
            against=_("{before_month:month}") if compared else None,
            note=_("refunds still come for {settle_days:days}: held against no other month yet")
            if facts["unsettled"]
            else "",
            trend=tuple(table.loc[table["month"] <= facts["month"], "net_amount"]),
        )
    ]
    if facts["known_share"] is not None:
        tiles.append(
            Tile(
                key="known_share",
                label=_("Net sales of known customers"),
                fact="known_share",
                kind="percent",
                good="up",
                note=_("since {first:month}"),
            )
        )
    return tuple(tiles)


def _reconciled(months: pd.DataFrame, table: pd.DataFrame) -> Check:
    given = float(months["gross_amount"].sum()) - float(months["refund_amount"].sum())
    shown = float(table["net_amount"].sum())
    return Check(
        key="sales_reconcile",
        message=_("What was paid less what went back is what is shown as net."),
        passed=abs(given - shown) <= CENT,
        evidence=_("{shown:money} shown, {given:money} paid less refunded"),
        facts={"shown": shown, "given": given},
    )
