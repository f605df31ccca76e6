"""Identified: how much of our sales belongs to somebody we know, step by step?

All net sales; those that name their buyer by any key; those whose buyer is a known customer; those
whose customer was a contact of the private domain when paying. Each step holds the next.
"""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.analyses.health.labels import needed
from insights.charts import marks
from insights.periods import is_month_end, month_number
from insights.results import Check, Claim, Column, NotEnoughData, Result, Tile
from insights.results.channels import CHANNELS
from insights.wording import _, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MONTHS = 12
LARGE = 0.05  # Of net sales; the headline names no channel smaller than this.
CENT = 0.01
STEPS = {
    "net_amount": _("All net sales"),
    "keyed_amount": _("Naming their buyer"),
    "known_amount": _("Of known customers"),
    "contact_amount": _("Of private-domain contacts"),
}
NEEDED = {"month_on", "channel", "shop_id", "orders", *STEPS}
_TITLE = _("How much of our sales belongs to somebody we know")


@dataclass(frozen=True, eq=False, kw_only=True)
class Identified(Result):
    """The steps from all net sales to those of contacts. One row per step; `share` of all sales."""

    name = "identified"
    columns = {
        "step": Column(_("Net sales"), "said"),
        "net_amount": Column(_("Amount"), "money"),
        "share": Column(_("Share of all"), "percent"),
        "lost_amount": Column(_("Lost at this step"), "money"),
    }

    def plot(self) -> "Axes":
        """Draw the share that is left after each step."""
        return marks.bars(
            self.table.assign(name=[say(step) for step in self.table["step"]]),
            name="name",
            value="share",
            kind="percent",
            xlabel=_("share of net sales"),
        )


def identified(sales: pd.DataFrame, *, as_of: date) -> Identified | NotEnoughData:
    """Follow net sales of the last months from all of them to those of contacts.

    Parameters
    ----------
    sales : DataFrame, one row per month, channel and shop
        The mart `identified_sales`: `month_on`, `channel`, `shop_id`, `orders`, `net_amount`,
        `keyed_amount`, `known_amount`, `contact_amount`.
    as_of : date
        Last day of complete data. The twelve months up to its own count.

    Returns
    -------
    Identified or NotEnoughData
    """
    recent = recent_sales(sales, as_of=as_of)
    net = float(recent["net_amount"].sum())
    if net <= 0:
        return NotEnoughData(
            title=_TITLE,
            because=_("No net sales were found in the {months:months} up to {as_of:day}."),
            needs=_("Needed: one export of orders with amounts and times of payment."),
            facts={"months": MONTHS, "as_of": as_of},
        )
    has_contacts = bool(float(sales["contact_amount"].sum()) > 0)
    steps = [name for name in STEPS if has_contacts or name != "contact_amount"]
    amounts = [float(recent[name].sum()) for name in steps]
    table = pd.DataFrame(
        {
            "step": [STEPS[name] for name in steps],
            "net_amount": amounts,
            "share": [amount / net for amount in amounts],
            "lost_amount": [None, *(a - b for a, b in pairwise(amounts))],
        }
    )
    facts = _facts(recent, net, as_of, has_contacts=has_contacts)
    return Identified(
        table=table,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(facts),
        checks=_checks(recent),
        tiles=_tiles(facts, recent),
        title=_TITLE,
        subtitle=_(
            "Share of net sales from {first:month} to {last:month}, {orders:count} orders, that is "
            "left after each step"
        ),
        meaning=_(
            "Reports on customers speak of the sales of known customers alone; what is lost before "
            "that step, they cannot see."
        ),
        alt=_(
            "Bar chart of the share of net sales left after each step: {known:percent} belong to "
            "known customers."
        ),
    )


def recent_sales(sales: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Return the sales of the twelve months up to that of `as_of`.

    Raises
    ------
    MissingColumns
        If the frame lacks a column of the mart `identified_sales`.
    """
    needed(sales, "sales", NEEDED)
    month = pd.to_datetime(sales["month_on"])
    ago = month_number(as_of) - (month.dt.year * 12 + month.dt.month - 1)
    return sales.assign(month_on=month)[(ago >= 0) & (ago < MONTHS)]


def _facts(recent: pd.DataFrame, net: float, as_of: date, *, has_contacts: bool) -> dict[str, Any]:
    by = recent.groupby("channel")[list(STEPS)].sum()
    by = by[by["net_amount"] > 0]
    large = by[by["net_amount"] >= LARGE * by["net_amount"].sum()]
    shares = (large["known_amount"] / large["net_amount"]).sort_values(kind="stable")
    facts: dict[str, Any] = {
        "as_of": as_of,
        "first": recent["month_on"].min().date(),
        "last": recent["month_on"].max().date(),
        "whole": is_month_end(as_of),
        "orders": int(recent["orders"].sum()),
        "channels": len(by),
        "net": net,
        "has_contacts": has_contacts,
        "keyed": float(recent["keyed_amount"].sum()) / net,
        "known": float(recent["known_amount"].sum()) / net,
        "contact": float(recent["contact_amount"].sum()) / net if has_contacts else None,
        "unlinked": net - float(recent["known_amount"].sum()),
    }
    if len(shares) > 1 and shares.iloc[0] < facts["known"]:
        facts |= {
            "worst": CHANNELS.get(shares.index[0], shares.index[0]),
            "worst_share": float(shares.iloc[0]),
        }
    return facts


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    first = Claim(
        key="known_share",
        message=_(
            "{known:percent} of net sales belong to a known customer; of {worst:said}'s, "
            "{worst_share:percent}."
        )
        if "worst" in facts
        else _("{known:percent} of net sales belong to a known customer."),
    )
    claims = [first]
    if facts["has_contacts"]:
        claims.append(
            Claim(
                key="contact_share",
                message=_(
                    "{contact:percent} of net sales came from customers who were private-domain "
                    "contacts when they paid."
                ),
            )
        )
    return tuple(claims)


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = []
    if not facts["has_contacts"]:
        caveats.append(
            _(
                "Which customers are private-domain contacts is not known: no contact could be "
                "joined with a sale. The WeCom contact list would answer it."
            )
        )
    if not facts["whole"]:
        caveats.append(_("The month of {as_of:day} is not over: its sales are counted so far."))
    return tuple(caveats)


def _checks(recent: pd.DataFrame) -> tuple[Check, ...]:
    wrong = int(sum((recent[b] > recent[a] + CENT).sum() for a, b in pairwise(STEPS)))
    return (
        Check(
            key="steps_hold_each_other",
            message=_("No step has more sales than the one before it."),
            passed=wrong == 0,
            evidence=_("{wrong:count} exceptions in {rows:count} months and shops"),
            facts={"wrong": wrong, "rows": len(recent)},
        ),
    )


def _tiles(facts: dict[str, Any], recent: pd.DataFrame) -> tuple[Tile, ...]:
    by = recent.groupby("month_on")[["known_amount", "net_amount"]].sum()
    by = by[by["net_amount"] > 0]
    known = Tile(
        key="known_share",
        label=_("Net sales of known customers"),
        fact="known",
        kind="percent",
        good="up",
        trend=tuple((by["known_amount"] / by["net_amount"]).astype(float)),
        note=_("{unlinked:money} belong to nobody we know"),
    )
    if not facts["has_contacts"]:
        return (known,)
    return (
        known,
        Tile(
            key="contact_share",
            label=_("Net sales of private-domain contacts"),
            fact="contact",
            kind="percent",
            good="up",
        ),
    )
