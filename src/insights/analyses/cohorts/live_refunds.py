"""Live refunds: of which host's or session's sales does more money go back than of the others?

Only orders whose refunds are over are counted, so that no group looks better for being younger. The
share of the money has the interval of a ratio, an order being one draw. Each group is held against
all else that was sold on its channel; p are corrected by Holm's method.
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
from insights.results.channels import channel_label
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NO_HOST = _("without a host")
HOST, SESSION = _("Host"), _("Livestream")
_TITLE = _("Money back by host and livestream")
_NEEDED = _(
    "Needed: orders that name the host (the author's number) or the livestream they came from; the "
    "shop system's order interface gives both, its exports of orders the host at most."
)


@dataclass(frozen=True, eq=False, kw_only=True)
class LiveRefunds(Result):
    """Share of the money that went back, by host and by session. One row per group.

    `share`, `low`, `high` of the group and `rest` of all else on its channel, in [0, 1]; `p` of
    their difference, corrected.
    """

    name = "live_refunds"
    columns = {
        "of": Column(_("By"), "said"),
        "group": Column(_("Group"), "said"),
        "channel_label": Column(_("Channel"), "said"),
        "orders": Column(_("Orders"), "count"),
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


def live_refunds(sold: pd.DataFrame, *, as_of: date) -> LiveRefunds | NotEnoughData:
    """Compare the money that went back by host and by livestream session.

    Parameters
    ----------
    sold : DataFrame, one row per channel, host and session
        The mart `live_refunds`.
    as_of : date
        Last day of complete data.

    Returns
    -------
    LiveRefunds or NotEnoughData
        Groups of fewer than 100 orders are counted, not shown; the rest of the channel holds them.

    Notes
    -----
    See `refund_shares`; an order is one draw.

    Examples
    --------
    >>> names = ["channel", "host", "session", "session_on", *SUMS]
    >>> rows = [["douyin", "h1", None, None, 200, 2e4, 8e3, 2e6, 8e5, 8e5],
    ...         ["douyin", None, None, None, 300, 3e4, 3e3, 3e6, 3e5, 3e5]]
    >>> found = live_refunds(pd.DataFrame(rows, columns=names), as_of=date(2026, 6, 30))
    >>> found.table["share"].round(2).tolist()
    [0.4, 0.1]
    """
    needed(sold, "live_refunds", "channel", "host", "session", *SUMS)
    sold = sold.astype(dict.fromkeys(SUMS, float))
    facts: dict[str, Any] = {
        "as_of": as_of,
        "watched": WATCHED_DAYS,
        "confidence": CONFIDENCE,
        "min_orders": MIN_ORDERS,
        "unnamed_session": float(sold.loc[sold["session"].isna(), "gross_amount"].sum()),
        "paid": float(sold["gross_amount"].sum()),
    }
    rows, small = [], 0
    for channel, part in sold.groupby("channel"):
        hosts = part.assign(group=part["host"].fillna(NO_HOST))
        sessions = part[part["session"].notna()].assign(group=_said)
        for of, grouped in ((HOST, hosts), (SESSION, sessions)):
            sums = grouped.groupby("group")[list(SUMS)].sum()
            # Sales without a host are what hosts are held against, and nobody's to answer for.
            found, left = against_rest(sums, part[list(SUMS)].sum(), untested={NO_HOST})
            channels = {"channel": str(channel), "channel_label": channel_label(channel)}
            rows += [{"of": of, **row, **channels} for row in found]
            small += left
    if not any(row["group"] != NO_HOST for row in rows):
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "No two hosts or livestreams have sold {min_orders:count} orders each of which all "
                "refunds are over."
            ),
            needs=_NEEDED,
            facts=facts,
        )
    table = pd.DataFrame(rows)
    table["p"] = holm(table["p"].to_numpy(float))
    order = ["of", "share", "group"]
    table = table.sort_values(order, ascending=[True, False, True], ignore_index=True)
    facts |= _facts(table) | {"small": small}
    return LiveRefunds(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=(_claim(facts),),
        caveats=_caveats(facts),
        checks=(_reconciled(sold, table),),
        title=_TITLE,
        subtitle=_(
            "Share of the money paid that went back, orders at least {watched:days} old, "
            "{confidence:percent} intervals; filled: told apart from the rest of the channel "
            "({tests:count} tests, corrected)"
        ),
        meaning=_(
            "Look at what was promised where most goes back. Goods, hours and buyers differ from "
            "host to host: the figures do not say that the host is the reason."
        ),
        alt=_("Dot chart of the share of money that went back, by host and livestream."),
    )


def _said(part: pd.DataFrame) -> pd.Series:
    """Name a session by its number, with its day where that is known."""
    day = pd.to_datetime(part["session_on"]).dt.strftime("%Y-%m-%d ").fillna("")
    return day + part["session"].astype(str)


def _facts(table: pd.DataFrame) -> dict[str, Any]:
    named = table[table["p"] < SIGNIFICANCE]
    top = (named if len(named) else table).nlargest(1, "share").iloc[0]
    return {
        "tests": int(table["p"].notna().sum()),
        "apart": len(named),
        "p": float(table["p"].min()),
        "top": top["group"],
        "channel": top["channel_label"],
        "share": float(top["share"]),
        "low": float(top["low"]),
        "high": float(top["high"]),
        "rest": float(top["rest"]),
        "lowest": float(table["share"].min()),
        "highest": float(table["share"].max()),
    }


def _claim(facts: dict[str, Any]) -> Claim:
    if facts["apart"]:
        return Claim(
            key="live_refunds_apart",
            topic="live_refunds",
            place="evidence",
            message=_(
                "{channel:said}: of what “{top:said}” sold, {share:percent} "
                "({low:percent}–{high:percent}) of the money went back, of all else {rest:percent}."
            ),
            holds=[Holds("a corrected p is below 5%", facts["p"] < SIGNIFICANCE)],
        )
    return Claim(
        key="live_refunds_same",
        topic="live_refunds",
        place="evidence",
        undecided=True,
        message=_(
            "No host and no livestream is told apart by the money that goes back: "
            "{lowest:percent} to {highest:percent}, {tests:count} groups."
        ),
        holds=[Holds("no group with a name has a corrected p below 5%", not facts["apart"])],
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = []
    if facts["small"]:
        caveats.append(
            _("{small:count} groups have fewer than {min_orders:count} orders and are not shown.")
        )
    if facts["unnamed_session"] >= facts["paid"] - CENT:
        caveats.append(
            _(
                "No order names its livestream, so single sessions cannot be told apart; the shop "
                "system's order interface has their numbers."
            )
        )
    return tuple(caveats)


def _reconciled(sold: pd.DataFrame, table: pd.DataFrame) -> Check:
    """Each host's sales and the rest are the channel's: checked on what is shown."""
    shown = float(table.loc[table["of"] == HOST, "gross_amount"].sum())
    given = float(sold["gross_amount"].sum())
    return Check(
        key="live_refunds_reconcile",
        message=_("Hosts do not sell more than was paid on their channels."),
        passed=shown <= given + CENT,
        evidence=_("{shown:money} of hosts, {given:money} paid"),
        facts={"shown": shown, "given": given},
    )
