"""Unlinked: which channels sell to people we do not know, and which export would tell us?"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.analyses.health.identified import STEPS, recent_sales
from insights.charts import marks
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.results.channels import CHANNELS
from insights.wording import _, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST_SHARE = 0.01  # Of a channel's sales; below it nothing has to be done about a step.
NO_KEY = _("sales name no buyer")
NO_CUSTOMER = _("buyers are named, but nobody we know")
NO_CONTACT = _("customers are known, but are no contacts")
LINKED = _("all linked")

_NO_EXPORT = _(
    "No export of this channel can be read yet: load its orders as a table, with the buyer's "
    "number, by `insights load orders`."
)
# What would tell who bought, by channel, as far as `insights sources` has it; for what is named but
# not known, one answer for all.
_EXPORTS = {
    "store": _("Scan the member code at the till, and export receipts with the member number."),
    "youzan": _("Youzan order export with the buyer's phone, or its trade API."),
    "wx_store": _("WeChat store order API (union id), or the export with the WeCom columns."),
    "tmall": _("Tmall member centre: bind members; the trade API names the buyer per shop."),
    "taobao": _("Taobao trade API: it names the buyer per shop; the order list does not."),
    "jd": _("JD order export with the account that ordered: it names the buyer per shop."),
    "douyin": _("Douyin order API with the buyer's open id; exports mask the phone."),
    "kuaishou": _(
        "Kuaishou masks the phone and names no buyer in its export: a parcel card with a WeCom "
        "code can win them."
    ),
    "xhs": _("Xiaohongshu order export with the user's number: it names the buyer per shop."),
    "pdd": _("None: Pinduoduo gives no buyer. A parcel card with a WeCom code can win them."),
}
_BIND = _("Member list with phone and platform ids, so that these buyers meet their other records.")
_FRIENDS = _("WeCom contact list with union ids, and an invitation to those who are no contacts.")
_NOTHING = _("Nothing is needed.")
_TITLE = _("Where we do not know who bought")


@dataclass(frozen=True, eq=False, kw_only=True)
class Unlinked(Result):
    """Sales of nobody we know. One row per channel, the most unlinked money first."""

    name = "unlinked"
    columns = {
        "channel": Column(_("Channel"), "said"),
        "unlinked_amount": Column(_("Of nobody we know"), "money"),
        "known": Column(_("Of known customers"), "percent"),
        "export": Column(_("What would tell"), "said"),
        "gap": Column(_("What is missing"), "said"),
        "net_amount": Column(_("Net sales"), "money"),
        "keyed": Column(_("Naming their buyer"), "percent"),
        "contact": Column(_("Of private-domain contacts"), "percent"),
        "orders": Column(_("Orders"), "count"),
    }

    def plot(self) -> "Axes | None":
        """Draw the share of known customers by channel; None for a single channel."""
        if len(self.table) < 2:
            return None
        return marks.bars(
            self.table.assign(name=[say(text) for text in self.table["channel"]]),
            name="name",
            value="known",
            kind="percent",
            xlabel=_("net sales that belong to a known customer"),
        )


def unlinked(sales: pd.DataFrame, *, as_of: date) -> Unlinked | NotEnoughData:
    """Rank channels by the sales that belong to nobody we know.

    Parameters
    ----------
    sales, as_of
        As for `identified`.
    """
    recent = recent_sales(sales, as_of=as_of)
    by = recent.groupby("channel")[["orders", *STEPS]].sum()
    by = by[by["net_amount"] > 0]
    if by.empty:
        return NotEnoughData(
            title=_TITLE,
            because=_("No channel has net sales in the months up to {as_of:day}."),
            needs=_("Needed: one export of orders with amounts and times of payment."),
            facts={"as_of": as_of},
        )
    has_contacts = bool(float(sales["contact_amount"].sum()) > 0)
    table = _table(by, has_contacts=has_contacts)
    top = table.iloc[0]
    total = float(table["unlinked_amount"].sum())
    facts: dict[str, Any] = {
        "as_of": as_of,
        "channels": len(table),
        "unlinked": total,
        "top": top["channel"],
        "top_amount": float(top["unlinked_amount"]),
        "top_share": float(top["unlinked_amount"]) / total if total > 0 else None,
        "top_export": top["export"],
        "top_gap": top["gap"],
    }
    return Unlinked(
        table=table,
        facts=facts,
        claims=_claims(facts, table),
        title=_TITLE,
        subtitle=_(
            "Net sales of twelve months by channel, and the share that belongs to known customers; "
            "the channel with the most unlinked sales first"
        ),
        meaning=_(
            "Begin with the first line: its export would add the most sales to what can be told "
            "of customers."
        )
        if facts["top_share"] and facts["channels"] > 1
        else "",
        alt=_(
            "Bar chart of the share of known customers in the net sales of {channels:count} "
            "channels."
        ),
    )


def _table(by: pd.DataFrame, *, has_contacts: bool) -> pd.DataFrame:
    rows = []
    for channel, found in by.iterrows():
        net = float(found["net_amount"])
        keyed, known, contact = (
            float(found[name]) / net for name in ("keyed_amount", "known_amount", "contact_amount")
        )
        gap, export = _advice(str(channel), keyed, known, contact if has_contacts else None)
        rows.append(
            {
                "channel": CHANNELS.get(str(channel), str(channel)),
                "orders": int(found["orders"]),
                "net_amount": net,
                "known": known,
                "keyed": keyed,
                "contact": contact if has_contacts else None,
                "unlinked_amount": max(0.0, net - float(found["known_amount"])),
                "gap": gap,
                "export": export,
            }
        )
    return pd.DataFrame(rows).sort_values(
        ["unlinked_amount", "net_amount", "channel"],
        ascending=[False, False, True],
        ignore_index=True,
    )


def _advice(channel: str, keyed: float, known: float, contact: float | None) -> tuple[str, str]:
    """Return the step at which the most is lost, and what would mend it."""
    losses = {NO_KEY: 1 - keyed, NO_CUSTOMER: keyed - known}
    gap = max(losses, key=lambda name: losses[name])
    if losses[gap] < LEAST_SHARE:
        if contact is not None and known - contact >= LEAST_SHARE:
            return NO_CONTACT, _FRIENDS
        return LINKED, _NOTHING
    return gap, _EXPORTS.get(channel, _NO_EXPORT) if gap == NO_KEY else _BIND


def _claims(facts: dict[str, Any], table: pd.DataFrame) -> tuple[Claim, ...]:
    if not facts["top_share"]:
        return (
            Claim(
                key="all_linked",
                topic="unlinked",
                place="evidence",
                message=_("Every sale of these months belongs to a known customer."),
                holds=[Holds("nothing is unlinked", not table["unlinked_amount"].any())],
            ),
        )
    if facts["channels"] == 1:
        return (
            Claim(
                key="one_channel_unlinked",
                topic="unlinked",
                message=_(
                    "{top_amount:money} of net sales belong to nobody we know. What would tell: "
                    "{top_export:said}"
                ),
                holds=[Holds("something is unlinked", facts["top_amount"] > 0)],
            ),
        )
    return (
        Claim(
            key="most_unlinked",
            topic="unlinked",
            message=_(
                "Most of what belongs to nobody we know was sold through {top:said}: "
                "{top_amount:money}, {top_share:percent} of it. What would tell: {top_export:said}"
            )
            if facts["top_share"] > 0.5
            else _(
                "Of what belongs to nobody we know, the largest part was sold through {top:said}: "
                "{top_amount:money}, {top_share:percent} of it. What would tell: {top_export:said}"
            ),
            holds=[
                Holds(
                    "no channel has more unlinked sales",
                    facts["top_amount"] >= float(table["unlinked_amount"].max()),
                )
            ],
        ),
    )
