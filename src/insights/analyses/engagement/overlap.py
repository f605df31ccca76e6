"""Overlap: channels claim the same yuan; what do the claims add up to, and what is each once?

Declared: a channel claims a purchase when it touched the buyer within so many days before the
payment (`claim_days` of the brand in insights.toml, seven if it says nothing). Counted once, a
purchase belongs to the channel of the last touch. It is accounting, not cause: a customer who would
have bought anyway is touched, too.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.analyses.engagement.channels import KINDS
from insights.charts import marks
from insights.errors import DataError, MissingColumns
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CLAIMANTS = {
    "mass_msg": KINDS["mass_msg"],
    "moments": KINDS["moment"],
    "group_chat": KINDS["group_chat"],
    "article": KINDS["article"],
    "live": KINDS["live"],
    "short_video": KINDS["short_video"],
    "note": KINDS["note"],
    "coupon": KINDS["coupon"],
    "phone": KINDS["phone"],
    "mail": KINDS["mail"],
}
NEEDED = {"week_on", "window_days", "known", "last_by", "orders", "net_amount", *CLAIMANTS}
CENT = 0.005
USUAL_DAYS = 7
_TITLE = _("What channels claim, and each yuan once")


@dataclass(frozen=True, eq=False, kw_only=True)
class Overlap(Result):
    """Net sales that each channel claims, and what is its own. One row per channel.

    `claimed` counts a purchase for every channel that touched the buyer, `once` for the last one;
    `alone` is what no other channel claims. Shares are of the net sales that anybody claims.
    """

    name = "overlap"
    columns = {
        "channel": Column(_("Channel"), "said"),
        "orders": Column(_("Orders claimed"), "count"),
        "claimed": Column(_("Claimed"), "money"),
        "claimed_share": Column(_("Of what is claimed by anybody"), "percent"),
        "once": Column(_("Each yuan once"), "money"),
        "once_share": Column(_("Share, each yuan once"), "percent"),
        "alone": Column(_("Claimed by nobody else"), "money"),
    }

    pairs: pd.DataFrame

    def plot(self) -> "Axes":
        """Draw what each channel claims, with its share after each yuan counts once."""
        return marks.bars(
            self.table,
            name="channel",
            value="claimed_share",
            kind="percent",
            xlabel=_("of net sales claimed by anybody"),
        )


def overlap(claims: pd.DataFrame, *, as_of: date) -> Overlap | NotEnoughData:
    """Add up what channels claim, and count each yuan once.

    Parameters
    ----------
    claims : DataFrame, one row per week, set of claiming channels and last of them
        The mart `order_claims`.
    as_of : date
        Last day of complete data.

    Returns
    -------
    Overlap or NotEnoughData
        `pairs` has the net sales that two channels claim both: one row per ordered pair.

    Raises
    ------
    MissingColumns
    """
    if missing := NEEDED - set(claims.columns):
        raise MissingColumns("order_claims", missing, claims.columns)
    # What unknown buyers bought from a content that their order names is claimed by nobody else.
    claims = claims[claims["known"].astype(bool)]
    flags = claims[list(CLAIMANTS)].astype(bool)
    touched = flags.any(axis=1)
    net = claims["net_amount"].astype(float)
    total = float(net[touched].sum())
    facts: dict[str, Any] = {
        "as_of": as_of,
        "window": window_of(claims),
        "weeks": int(claims["week_on"].nunique()),
        "orders": int(claims["orders"].sum()),
        "touched_orders": int(claims.loc[touched, "orders"].sum()),
        "net": float(net.sum()),
        "touched_net": total,
    }
    if total <= 0:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "No purchase of a known customer up to {as_of:day} came within {window:days} of a "
                "message, a call, a coupon or an answer: {orders:count} orders were looked at."
            ),
            needs=_(
                "Needed: touches with the customer in them (WeCom's get_groupmsg_send_result, the "
                "list of coupons, the calls), and orders of customers who are known in both."
            ),
            facts=facts,
        )
    table = _table(claims, flags, net, total)
    facts |= _facts(table, facts)
    return Overlap(
        table=table,
        pairs=_pairs(flags, net),
        facts=facts,
        claims=_claims(facts, table),
        caveats=(
            _(
                "A claim is a touch within {window:days} before the payment, not a cause: who "
                "would have bought anyway is touched, too. Only a group that is left alone "
                "tells them apart."
            ),
            _("What is read, seen or heard by nobody who is known by name claims nothing here."),
        ),
        checks=(
            Check(
                key="each_yuan_once",
                message=_("Counted once, the channels' net sales add up to what was claimed."),
                passed=bool(abs(table["once"].sum() - total) <= CENT * max(len(claims), 1)),
                evidence=_("{once:money} of {touched_net:money}"),
                facts={"once": float(table["once"].sum()), "touched_net": total},
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "Net sales of known customers who were touched within {window:days} before they paid, "
            "{weeks:count} weeks up to {as_of:day}"
        ),
        meaning=_(
            "Add the claims up and they are more than there was. Pay and plan by the column that "
            "counts each yuan once, and give nobody the sum."
        )
        if facts["sum_share"] > 1
        else _("No two channels claim the same purchase here: the claims can be added."),
        alt=_(
            "Bar chart of {channels:count} channels by the share of touched net sales that each "
            "claims; together {sum_share:percent}."
        ),
    )


def window_of(claims: pd.DataFrame) -> int:
    """Return the declared days within which a touch claims a purchase; 7 where nothing was bought.

    Raises
    ------
    DataError
        If the claims were made with several.
    """
    declared = sorted({int(days) for days in claims["window_days"].dropna()})
    if len(declared) > 1:
        raise DataError(
            f"The claims were made within {declared} days of a touch. Read them with one window: "
            "claim_days of the brand in insights.toml."
        )
    return declared[0] if declared else USUAL_DAYS


def _table(claims: pd.DataFrame, flags: pd.DataFrame, net: pd.Series, total: float) -> pd.DataFrame:
    rows = []
    for claimant, label in CLAIMANTS.items():
        mine = flags[claimant]
        if not mine.any():
            continue
        last = claims["last_by"].eq(claimant).fillna(False).to_numpy(bool)
        alone = mine & (flags.sum(axis=1) == 1)
        rows.append(
            {
                "channel": label,
                "claimant": claimant,
                "orders": int(claims.loc[mine, "orders"].sum()),
                "claimed": float(net[mine].sum()),
                "claimed_share": float(net[mine].sum() / total),
                "once": float(net[last].sum()),
                "once_share": float(net[last].sum() / total),
                "alone": float(net[alone].sum()),
            }
        )
    table = pd.DataFrame(rows)
    return table.sort_values(["claimed", "claimant"], ascending=[False, True], ignore_index=True)


def _pairs(flags: pd.DataFrame, net: pd.Series) -> pd.DataFrame:
    present = [name for name in CLAIMANTS if flags[name].any()]
    return pd.DataFrame(
        [
            {"claimant": a, "also": b, "net_amount": float(net[flags[a] & flags[b]].sum())}
            for a in present
            for b in present
            if a != b
        ],
        columns=["claimant", "also", "net_amount"],
    )


def _facts(table: pd.DataFrame, facts: dict[str, Any]) -> dict[str, Any]:
    first = table.iloc[0]
    return {
        "channels": len(table),
        "sum_share": float(table["claimed"].sum() / facts["touched_net"]),
        "claimed": float(table["claimed"].sum()),
        "touched_of_all": facts["touched_net"] / facts["net"],
        "first": first["channel"],
        "first_claims": float(first["claimed_share"]),
        "first_once": float(first["once_share"]),
    }


def _claims(facts: dict[str, Any], table: pd.DataFrame) -> tuple[Claim, ...]:
    if facts["channels"] == 1:
        return (
            Claim(
                key="one_claimant",
                place="evidence",
                message=_(
                    "{first:said} touched the buyers of {touched_net:money} of net sales within "
                    "{window:days} before they paid, {touched_of_all:percent} of what known "
                    "customers bought; no other channel is known to have."
                ),
                holds=[Holds("one channel claims anything", len(table) == 1)],
            ),
        )
    double = facts["sum_share"] > 1
    if not double:
        return (
            Claim(
                key="claims_apart",
                topic="claims_overlap",
                place="evidence",
                message=_(
                    "Channels claim {touched_net:money} of net sales, and none claims what "
                    "another does."
                ),
                holds=[Holds("the claims add up to what was touched", not double)],
            ),
        )
    return (
        Claim(
            key="claims_overlap",
            topic="claims_overlap",
            message=_(
                "Channels claim {sum_share:percent} of the {touched_net:money} that customers "
                "bought within {window:days} of being touched; counted once, {first:said} keep "
                "{first_once:percent} of it instead of {first_claims:percent}."
            ),
            holds=[
                Holds(
                    "the claims add up to more than there was",
                    facts["claimed"] > facts["touched_net"],
                ),
                Holds(
                    "no other channel claims more",
                    facts["first_claims"] >= table["claimed_share"].max(),
                ),
            ],
        ),
    )
