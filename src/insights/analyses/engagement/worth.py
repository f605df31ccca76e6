"""Worth: what do a thousand messages, coupons, calls or mailers bring, less the friends they cost?

Money is the one thing that channels can be compared on. Brought in is the margin of purchases
whose last touch within the declared days was the channel's, each yuan once; taken off is what the
friends are worth whom a message more drives away. Attributed, not caused: `readout` has what is.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.channels import KINDS
from insights.analyses.engagement.fatigue import Fatigue
from insights.analyses.engagement.money import MARGIN_NEEDED, margin_facts
from insights.analyses.engagement.overlap import CLAIMANTS, window_of
from insights.analyses.engagement.overlap import NEEDED as CLAIMS_NEEDED
from insights.analyses.engagement.ratios import ratio_over_weeks
from insights.charts import marks
from insights.errors import MissingColumns
from insights.results import Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.90
THOUSAND = 1_000
MIN_WEEKS = 4
FRIEND_WEEKS = 52  # A friend lost is charged with so many weeks of a friend's margin.
SENT_BY_US = ("mass_msg", "coupon", "phone", "mail")
# Of other kinds of content nobody tells person by person who saw them: what would.
NEEDS = {
    "article": _("who read it (an article's readers come as totals)"),
    "moment": _("who received each post (get_moment_customer_list)"),
    "group_post": _("who was in the group when it was posted"),
    "live": _("who watched, with the buyer's key"),
    "short_video": _("who watched, with the buyer's key"),
    "note": _("who saw it, with the buyer's key"),
}
_TITLE = _("What a thousand deliveries are worth")


@dataclass(frozen=True, eq=False, kw_only=True)
class Worth(Result):
    """Money a thousand delivered bring, by channel. One row per channel, dearest first.

    `brought` is attributed money per 1,000, `lost` what the friends driven away were worth,
    `worth` the difference with its 90% interval over weeks.
    """

    name = "worth"
    columns = {
        "channel": Column(_("Channel"), "said"),
        "delivered": Column(_("Delivered"), "count"),
        "weeks": Column(_("Weeks"), "count"),
        "brought": Column(_("Brought in"), "money"),
        "lost": Column(_("Friends lost"), "money"),
        "worth": Column(_("Worth of a thousand"), "money"),
        "low": Column(_("Low"), "money"),
        "high": Column(_("High"), "money"),
    }

    def plot(self) -> "Axes":
        """Draw each channel's worth with its interval."""
        return marks.dots(
            self.table,
            name="channel",
            value="worth",
            low="low",
            high="high",
            kind="money",
            xlabel=_("per thousand delivered"),
            reference=0.0,
        )


def worth(
    claims: pd.DataFrame,
    delivered: pd.DataFrame,
    margins: pd.DataFrame,
    fatigue: "Fatigue | NotEnoughData | None" = None,
    *,
    as_of: date,
    reach: pd.DataFrame | None = None,
) -> Worth | NotEnoughData:
    """Work out what a thousand deliveries of each channel are worth.

    Parameters
    ----------
    claims : DataFrame, one row per week, set of claiming channels and last of them
        The mart `order_claims`.
    delivered : DataFrame, one row per week and channel
        The mart `touched_week`: ``week_on``, ``channel``, ``delivered``.
    margins : DataFrame, one row per sales channel
        The mart `line_margin`: ``net_amount``, ``costed_amount``, ``cost_amount``.
    fatigue : Fatigue, optional
        What a message more drives away; without it nothing is taken off, and the page says so.
    as_of : date
        Last day of complete data.
    reach : DataFrame, one row per content, optional
        The mart `content_reach`; of the kinds of content in it that have no money, the page says
        what would tell.

    Returns
    -------
    Worth or NotEnoughData

    Raises
    ------
    MissingColumns
    """
    for name, frame, columns in (
        ("order_claims", claims, CLAIMS_NEEDED),
        ("touched_week", delivered, {"week_on", "channel", "delivered"}),
        ("line_margin", margins, MARGIN_NEEDED),
    ):
        if missing := columns - set(frame.columns):
            raise MissingColumns(name, missing, frame.columns)
    claims, delivered = (
        frame.assign(week_on=pd.to_datetime(frame["week_on"])) for frame in (claims, delivered)
    )
    weeks = sorted(set(claims["week_on"]) & set(delivered["week_on"]))
    facts: dict[str, Any] = {
        "as_of": as_of,
        "window": window_of(claims),
        "weeks": len(weeks),
        "min_weeks": MIN_WEEKS,
        "confidence": CONFIDENCE,
        "thousand": THOUSAND,
        **margin_facts(margins),
    }
    if reach is not None:
        if "kind" not in reach.columns:
            raise MissingColumns("content_reach", {"kind"}, reach.columns)
        there = set(reach["kind"])
        lacking = [kind for kind in NEEDS if kind in there]
        facts["lacking"] = " / ".join(
            say(KINDS[kind]) + " – " + say(NEEDS[kind]) for kind in lacking
        )
    share = facts["margin"] if facts["has_margin"] else 1.0
    charge = _charge(fatigue, share, facts)
    table = _table(claims, delivered, share, charge, weeks)
    if table.empty or len(weeks) < MIN_WEEKS:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{weeks:count} weeks have both deliveries to known people and purchases of known "
                "customers."
            ),
            needs=_(
                "Needed: {min_weeks:count} weeks of touches with the customer in them (WeCom's "
                "get_groupmsg_send_result, the list of coupons, calls or mailers) beside orders."
            ),
            facts=facts,
        )
    best = table.iloc[0]
    facts |= {
        "channels": len(table),
        "best": best["channel"],
        "best_worth": float(best["worth"]),
        "best_low": float(best["low"]),
        "best_high": float(best["high"]),
        "delivered": int(table["delivered"].sum()),
        "largest": table.loc[table["delivered"].idxmax(), "channel"],
        **{
            name: float(table.loc[table["delivered"].idxmax(), column])
            for name, column in (
                ("main_worth", "worth"), ("main_low", "low"), ("main_high", "high"),
                ("main_brought", "brought"), ("main_lost", "lost"),
            )
        },
    }  # fmt: skip
    return Worth(
        table=table,
        facts=facts,
        claims=_claims(facts, table),
        caveats=_caveats(facts),
        tiles=_tiles(facts),
        title=_TITLE,
        subtitle=_(
            "{money_is:said} of purchases within {window:days} after the touch, each yuan once, "
            "less friends lost; {weeks:count} weeks up to {as_of:day}, {confidence:percent} "
            "intervals"
        ),
        meaning=_(
            "Compare channels on this and on nothing else. It is what went with a delivery, so "
            "it is the most that a delivery can have brought."
        ),
        alt=_("Dot chart of {channels:count} channels by the worth of a thousand deliveries."),
    )


def _charge(
    fatigue: "Fatigue | NotEnoughData | None", share: float, facts: dict[str, Any]
) -> tuple[float, float, float]:
    """Money that a delivered message costs in friends: extra leavings times a friend's year."""
    facts["has_loss"] = isinstance(fatigue, Fatigue)
    if not isinstance(fatigue, Fatigue):
        return 0.0, 0.0, 0.0
    given = fatigue.facts
    a_friend = max(float(given["friend_week"]), 0.0) * share * FRIEND_WEEKS
    facts |= {
        "a_friend": a_friend,
        "friend_weeks": FRIEND_WEEKS,
        "ordinary": float(given["friend_week"]) * share * THOUSAND,
        "beyond": float(given["beyond"]),
    }
    # A message never brings friends back: a slope that reaches below zero costs nothing there.
    low, value, high = (max(float(given[n]), 0.0) for n in ("slope_low", "slope", "slope_high"))
    # Only messages beyond the first of a week drive friends away; the charge is spread over all.
    each = a_friend * float(given["beyond"])
    return value * each, low * each, high * each


def _table(
    claims: pd.DataFrame,
    delivered: pd.DataFrame,
    share: float,
    charge: tuple[float, float, float],
    weeks: list[Any],
) -> pd.DataFrame:
    rows = []
    for channel in SENT_BY_US:
        sent = delivered[delivered["channel"] == channel].set_index("week_on")["delivered"]
        sent = sent.reindex(weeks).fillna(0).astype(float)
        if not sent.sum():
            continue
        mine = claims[claims["last_by"] == channel]
        money = mine.groupby("week_on")["net_amount"].sum().astype(float) * share
        money = money.reindex(weeks).fillna(0.0)
        if (sent > 0).sum() < MIN_WEEKS:
            continue
        # A week's purchases may follow the week before's message: whole weeks are the units, and
        # those without a delivery add their money to the sum and their scatter to the error.
        rate, low, high = ratio_over_weeks(money.to_numpy(), sent.to_numpy(), CONFIDENCE)
        loss, loss_low, loss_high = charge if channel == "mass_msg" else (0.0, 0.0, 0.0)
        worth_of = rate - loss
        # Independent errors add as squares.
        down = float(np.hypot(rate - low, loss_high - loss))
        up = float(np.hypot(high - rate, loss - loss_low))
        rows.append(
            {
                "channel": CLAIMANTS[channel],
                "delivered": int(sent.sum()),
                "weeks": int((sent > 0).sum()),
                "brought": rate * THOUSAND,
                "lost": loss * THOUSAND,
                "worth": worth_of * THOUSAND,
                "low": (worth_of - down) * THOUSAND,
                "high": (worth_of + up) * THOUSAND,
            }
        )
    if not rows:
        return pd.DataFrame(columns=["channel"])
    return pd.DataFrame(rows).sort_values("worth", ascending=False, ignore_index=True)


def _claims(facts: dict[str, Any], table: pd.DataFrame) -> tuple[Claim, ...]:
    if facts["has_loss"] and facts["largest"] == KINDS["mass_msg"]:
        first = _(
            "{largest:said}: {thousand:count} delivered are worth {main_worth:money} "
            "({main_low:money}–{main_high:money}) of {money_is:said}, {main_lost:money} for "
            "friends driven away taken off; attributed by last touch, not proven."
        )
    else:
        first = _(
            "{largest:said}: {thousand:count} delivered went with {main_worth:money} "
            "({main_low:money}–{main_high:money}) of {money_is:said}; attributed by last touch, "
            "not proven."
        )
    claims = [Claim(key="worth_of_a_thousand", message=first)]
    if len(table) > 1:
        rest = table.iloc[1:]
        apart = bool(facts["best_low"] > rest["high"].max())
        claims.append(
            Claim(
                key="best_channel" if apart else "channels_not_told_apart",
                topic="channels_on_money",
                place="evidence",
                message=_(
                    "{best:said} are worth more for {thousand:count} delivered than any other "
                    "channel: {best_worth:money} ({best_low:money}–{best_high:money})."
                )
                if apart
                else _(
                    "On money the channels cannot be told apart: the interval of the first, "
                    "{best:said} with {best_worth:money} ({best_low:money}–{best_high:money}), "
                    "reaches into that of another."
                ),
                holds=[
                    Holds(
                        "whether its interval lies above all others is what is said",
                        apart == bool((facts["best_low"] > rest["high"]).all()),
                    )
                ],
            )
        )
    return tuple(claims)


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = [
        _(
            "Worth is what was bought within {window:days} after a delivery, by the last touch: "
            "nobody was left alone, so what would have been bought anyway is in it."
        )
    ]
    if facts.get("lacking"):
        caveats.append(
            _(
                "What a thousand reached by other contents are worth is not known, because nobody "
                "tells person by person whom they reached; what was bought after an answer is "
                "among the claims. Needed: {lacking}."
            )
        )
    if facts["has_margin"]:
        caveats.append(
            _(
                "The margin is {margin:percent} of net sales, from the unit cost of the goods; "
                "wages, gifts, freight and fees are not taken off."
            )
        )
    else:
        caveats.append(
            _(
                "Worth is in net sales: unit costs are known for {costed:percent} of what was "
                "sold. The list of products with their unit cost would give the margin."
            )
        )
    if facts["has_loss"]:
        caveats.append(
            _(
                "A friend driven away is charged with {friend_weeks:count} weeks of an average "
                "friend's money, {a_friend:money}: as if whoever deletes us stopped buying, which "
                "is the most it can cost. It is charged on the {beyond:percent} of messages that "
                "were not the first of their week."
            )
        )
        caveats.append(
            _(
                "For scale: {thousand:count} friends bring {ordinary:money} of {money_is:said} "
                "in an average week, whatever they are sent. Worth that is not above it may be "
                "their ordinary shopping."
            )
        )
        caveats.append(
            _(
                "Only friends lost to mass messages are charged: who left a group or unfollowed "
                "the official account is counted a day, and nothing ties it to a piece."
            )
        )
    else:
        caveats.append(
            _(
                "Friends that messages drive away are not taken off: who left after which "
                "message is not known (WeCom's contact list and get_groupmsg_send_result would "
                "tell)."
            )
        )
    return tuple(caveats)


def _tiles(facts: dict[str, Any]) -> tuple[Tile, ...]:
    return (
        Tile(
            key="worth_of_a_thousand",
            label=_("Worth of a thousand delivered"),
            fact="main_worth",
            low="main_low",
            high="main_high",
            confidence=CONFIDENCE,
            kind="money",
            good="up",
            note=_("{largest:said}, {money_is:said}, attributed"),
        ),
        Tile(
            key="delivered",
            label=_("Delivered"),
            fact="delivered",
            kind="count",
            note=_("messages, coupons, calls and mailers in {weeks:count} weeks"),
        ),
    )
