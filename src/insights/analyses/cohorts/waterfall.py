"""Waterfall: of what was paid, how much went back before shipment, how much after, what is net?

Gross is no sales figure. The steps add up to the ledger's net to the cent, or no page is made.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.analyses.cohorts.comparable import to_come
from insights.analyses.cohorts.refunds import AFTER, BEFORE, KEPT, UNTOLD
from insights.charts import marks
from insights.errors import MissingColumns
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CENT = 0.005
NEEDED = {"month_on", "outcome", "amount"}
LEDGER = {"month_on", "gross_amount", "refund_amount", "net_amount"}
_TITLE = _("From paid to net")
_STEPS = {
    "paid": _("Paid"),
    BEFORE: _("Back before shipment"),
    AFTER: _("Back after shipment"),
    UNTOLD: _("Back, time not told"),
    "net": _("Net"),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Waterfall(Result):
    """Paid, what went back by phase, and net. One row per step; refunds are negative."""

    name = "waterfall"
    columns = {
        "label": Column(_("Step"), "said"),
        "amount": Column(_("Amount"), "money"),
        "share": Column(_("Share of what was paid"), "percent"),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw what is left after each step."""
        shown = self.table.assign(
            left=[*self.table["amount"].iloc[:-1].cumsum(), self.table["amount"].iloc[-1]],
            whole=self.table["step"].isin(["paid", "net"]),
        )
        return marks.bars(
            shown, name="label", value="left", kind="money", emphasis="whole",
            xlabel=_("left after this step"),
        )  # fmt: skip


def waterfall(
    hours: pd.DataFrame, months: pd.DataFrame, *, as_of: date, refunds: Result | None = None
) -> Waterfall | NotEnoughData:
    """Lead what was paid, step by step, to what is left of it.

    Parameters
    ----------
    hours : DataFrame, one row per channel, month of payment, outcome and hours
        The mart `refund_hours`.
    months : DataFrame, one row per month and channel
        The mart `sales_month`: the ledger that the steps must add up to.
    as_of : date
        Last day of complete data; refunds after it are not known.
    refunds : Result, optional
        What `refund_curve` handed back: how much of the net may still go back.

    Returns
    -------
    Waterfall or NotEnoughData
    """
    if missing := NEEDED - set(hours.columns):
        raise MissingColumns("hours", missing, hours.columns)
    if missing := LEDGER - set(months.columns):
        raise MissingColumns("months", missing, months.columns)
    gross = float(months["gross_amount"].sum())
    if not gross:
        return NotEnoughData(
            title=_TITLE,
            because=_("Not a single paid order is known up to {as_of:day}."),
            needs=_("Needed: an export of orders with their time of payment."),
            facts={"as_of": as_of},
        )
    by = hours.groupby("outcome")["amount"].sum().astype(float)
    net = float(months["net_amount"].sum())
    amounts = {
        "paid": gross,
        **{step: -float(by.get(step, 0.0)) for step in (BEFORE, AFTER, UNTOLD)},
        "net": net,
    }
    table = pd.DataFrame(
        [
            {"step": step, "label": _STEPS[step], "amount": amount, "share": amount / gross}
            for step, amount in amounts.items()
            if amount or step in {"paid", "net"}
        ]
    )
    facts = _facts(amounts, months, as_of) | {"to_come": to_come(refunds)}
    return Waterfall(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(facts),
        checks=(_reconciled(by, months),),
        tiles=_tiles(facts),
        title=_TITLE,
        subtitle=_("Paid orders from {first:month} to {last:month}, refunds by {as_of:day}"),
        meaning=_("Hold plans and streams to the last bar, never to the first."),
        alt=_("Bars from {paid:money} paid down to {net:money} net of refunds."),
    )


def _facts(amounts: dict[str, float], months: pd.DataFrame, as_of: date) -> dict[str, Any]:
    days = pd.to_datetime(months["month_on"])
    back = -(amounts[BEFORE] + amounts[AFTER] + amounts[UNTOLD])
    return {
        "as_of": as_of,
        "first": f"{days.min():%Y-%m}",
        "last": f"{days.max():%Y-%m}",
        "paid": amounts["paid"],
        "before": -amounts[BEFORE],
        "after": -amounts[AFTER],
        "untold": -amounts[UNTOLD],
        "back": back,
        "net": amounts["net"],
        "net_share": amounts["net"] / amounts["paid"],
        "back_share": back / amounts["paid"],
        "untold_share": -amounts[UNTOLD] / back if back else 0.0,
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if not facts["back"]:
        return (
            Claim(
                key="nothing_back",
                topic="waterfall",
                place="evidence",
                message=_("Of {paid:money} paid since {first:month}, no refund is known."),
                holds=[Holds("refunds add up to nothing", facts["back"] == 0)],
            ),
        )
    if not facts["untold"]:
        message = _(
            "{paid:money} paid → {before:money} back before shipment → {after:money} back after "
            "it → {net:money} net, since {first:month}."
        )
    elif facts["before"] or facts["after"]:
        message = _(
            "{paid:money} paid → {before:money} back before shipment → {after:money} back after "
            "it → {untold:money} back at a time not told → {net:money} net, since {first:month}."
        )
    else:
        message = _("{paid:money} paid → {back:money} back → {net:money} net, since {first:month}.")
    return (Claim(key="waterfall", message=message),)


def _tiles(facts: dict[str, Any]) -> tuple[Tile, ...]:
    if not facts["back"]:
        return ()
    return (
        Tile(
            key="refund_share",
            label=_("Went back of what was paid"),
            fact="back_share",
            kind="percent",
            good="down",
            note=_("since {first:month}; of the newest orders more may follow")
            if facts["to_come"] > CENT
            else _("since {first:month}"),
        ),
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = []
    if facts["to_come"] > CENT:
        caveats.append(
            _(
                "Net by {as_of:day} is not the last word: of the newest orders up to "
                "{to_come:money} may still go back."
            )
        )
    if not facts["untold"]:
        return tuple(caveats)
    return (
        *caveats,
        _(
            "Of {untold_share:percent} of the refunds the exports do not say when they happened: "
            "before or after shipment is not known of them."
        ),
    )


def _reconciled(by: pd.Series, months: pd.DataFrame) -> Check:
    """Check the steps against the ledger: refunds, and what stays."""
    kept = float(by.get(KEPT, 0.0))
    back = float(by.drop(KEPT, errors="ignore").sum())
    # An order of which more came back than was paid leaves less than nothing in the ledger.
    refunded, net = float(months["refund_amount"].sum()), float(months["net_amount"].sum())
    apart = abs(refunded - back)
    return Check(
        key="waterfall_reconciles",
        message=_("What went back, step by step, is what the ledger says went back."),
        passed=apart <= CENT,
        evidence=_("{back:money} in the steps, {refunded:money} in the ledger; net {net:money}"),
        facts={"back": back, "refunded": refunded, "net": net, "kept": kept},
    )
