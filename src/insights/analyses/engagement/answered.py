"""Answered: what did they buy who answered a post, article, live or note, for a thousand reached?

Of contents that are shown and not sent nobody is told person by person whom they reached. What can
be told is what was bought after an answer by name (a like, a read), or by an order that names the
content it was placed from. Each yuan belongs to the last touch alone, as everywhere (`overlap`).
Where no path leads from a channel to an order, that is said, and what would make one.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.channels import KINDS
from insights.analyses.engagement.money import MARGIN_NEEDED, margin_facts
from insights.analyses.engagement.overlap import NEEDED as CLAIMS_NEEDED
from insights.analyses.engagement.overlap import window_of
from insights.analyses.engagement.ratios import ratio_over_weeks
from insights.charts import marks
from insights.errors import MissingColumns
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.90
THOUSAND = 1_000
MIN_WEEKS, MIN_ORDERS = 4, 10
NEEDED = {"content_id", "kind", "published_on", "reached"}
# Who claims for each kind of content that is shown, and what would lead from it to an order.
SHOWN = {
    "moment": "moments",
    "article": "article",
    "group_post": "group_chat",
    "live": "live",
    "short_video": "short_video",
    "note": "note",
}
PATHS = {
    "moment": _("no friend's like or comment came before a purchase (get_moment_comments)"),
    "article": _("readers come as totals, and no order names its article: a link of its own would"),
    "group_post": _("no answer in a group came before a purchase of somebody known"),
    "live": _("viewers come as totals, and no order names its session (the room in the orders)"),
    "short_video": _(
        "viewers come as totals, and no order names its video (its number in the orders)"
    ),
    "note": _(
        "viewers come as totals, and no order names its note (a code or link of its own would)"
    ),
}
_UNSEEN = _("whom it reached is not told, so that nothing can be divided by")
_FEW = _("fewer than ten purchases, or four weeks with them: too few for a figure")
_KNOWN = "–"
_LACKING = _("Without money: {lacking}.")
_TITLE = _("What was bought after an answer")


@dataclass(frozen=True, eq=False, kw_only=True)
class Answered(Result):
    """Money after answers, by channel. One row per kind of content that is shown and not sent.

    `money` is what was bought after an answer for 1,000 reached, with its 90% interval over weeks;
    NaN where `why` says why there is none.
    """

    name = "answered"
    columns = {
        "channel": Column(_("Channel"), "said"),
        "pieces": Column(_("Pieces"), "count"),
        "reached": Column(_("Reached, all pieces added up"), "count"),
        "orders": Column(_("Purchases, each once"), "count"),
        "money": Column(_("For a thousand reached"), "money"),
        "low": Column(_("Low"), "money"),
        "high": Column(_("High"), "money"),
        "why": Column(_("Why there is none"), "said"),
    }

    def plot(self) -> "Axes":
        """Draw money after answers of the channels that have it, with its interval."""
        return marks.dots(
            self.table[self.table["money"].notna()],
            name="channel",
            value="money",
            low="low",
            high="high",
            kind="money",
            xlabel=_("after an answer, for a thousand reached"),
            reference=0.0,
        )


def answered(
    claims: pd.DataFrame, reach: pd.DataFrame, margins: pd.DataFrame, *, as_of: date
) -> Answered | NotEnoughData:
    """Work out what was bought after answers to contents that are shown, channel by channel.

    Parameters
    ----------
    claims : DataFrame, one row per week, set of claiming channels and last of them
        The mart `order_claims`.
    reach : DataFrame, one row per content
        The mart `content_reach`.
    margins : DataFrame, one row per sales channel
        The mart `line_margin`.
    as_of : date
        Last day of complete data.

    Returns
    -------
    Answered or NotEnoughData
        The latter where no such content went out, or none of it has money; the reasons by channel
        are said there, too.

    Raises
    ------
    MissingColumns
    """
    for name, frame, columns in (
        ("order_claims", claims, CLAIMS_NEEDED),
        ("content_reach", reach, NEEDED),
        ("line_margin", margins, MARGIN_NEEDED),
    ):
        if missing := columns - set(frame.columns):
            raise MissingColumns(name, missing, frame.columns)
    weeks = pd.DatetimeIndex(sorted(pd.to_datetime(claims["week_on"]).unique()))
    facts: dict[str, Any] = {
        "as_of": as_of,
        "window": window_of(claims),
        "weeks": len(weeks),
        "confidence": CONFIDENCE,
        "thousand": THOUSAND,
        **margin_facts(margins),
    }
    share = facts["margin"] if facts["has_margin"] else 1.0
    went_out = _by_week(reach, weeks)
    rows = [
        _row(kind, went_out[went_out["kind"] == kind], claims, weeks, share)
        for kind in SHOWN
        if kind in set(went_out["kind"])
    ]
    table = pd.DataFrame(rows, columns=[*Answered.columns, "kind"])
    without = table[table["money"].isna()]
    facts |= {"channels": len(table), "without": len(without), "known": len(table) - len(without)}
    facts["lacking"] = "; ".join(
        say(channel) + " – " + say(why)
        for channel, why in zip(without["channel"], without["why"], strict=True)
    )
    if not facts["known"]:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "None of {channels:count} channels that show content leads to purchases that can "
                "be counted, so no money of them is known."
            )
            if len(without)
            else _(
                "No article, post of Moments, livestream or note went out in the {weeks:count} "
                "weeks of which purchases are known."
            ),
            needs=_LACKING
            if len(without)
            else _("Needed: articles, posts of Moments, livestreams or notes."),
            facts=facts,
        )
    table = table.sort_values("money", ascending=False, kind="stable", ignore_index=True)
    facts |= _facts(table)
    return Answered(
        table=table,
        facts=facts,
        claims=(_claim(facts, table),),
        caveats=_caveats(facts),
        checks=(
            Check(
                key="money_or_a_reason",
                message=_("Each channel has money or the reason why it has none."),
                passed=bool((table["money"].notna() == (table["why"] == _KNOWN)).all()),
                evidence=_("{known:count} with money, {without:count} without"),
                facts={"known": facts["known"], "without": facts["without"]},
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "{money_is:said} of purchases within {window:days} after an answer by name, or by "
            "orders that name the content, each yuan once; {weeks:count} weeks up to "
            "{as_of:day}, {confidence:percent} intervals"
        ),
        meaning=_(
            "Only those who answer by name count here, of sent messages everybody who was sent "
            "one: the two are never held against each other."
        ),
        alt=_("Dot chart of {known:count} channels by what was bought after answers to them."),
    )


def _by_week(reach: pd.DataFrame, weeks: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the contents that went out in the weeks of the claims, with the Monday of theirs."""
    on = pd.to_datetime(reach["published_on"])
    monday = on - pd.to_timedelta(on.dt.day_of_week, unit="D")
    found = reach.assign(week_on=monday)
    return found[found["week_on"].isin(weeks) & found["kind"].isin(list(SHOWN))]


def _row(
    kind: str, pieces: pd.DataFrame, claims: pd.DataFrame, weeks: pd.DatetimeIndex, share: float
) -> dict[str, Any]:
    claimant = SHOWN[kind]
    mine = claims[claims["last_by"].eq(claimant).fillna(False).astype(bool)]
    reached = pieces.groupby("week_on")["reached"].sum(min_count=1).reindex(weeks).fillna(0.0)
    orders = int(mine["orders"].sum())
    row: dict[str, Any] = {
        "kind": kind,
        "channel": KINDS[kind],
        "pieces": len(pieces),
        "reached": float(reached.sum()) if reached.sum() > 0 else np.nan,
        "orders": orders if not 0 < orders < MIN_ORDERS else np.nan,
        "money": np.nan,
        "low": np.nan,
        "high": np.nan,
    }
    paid = mine.assign(week_on=pd.to_datetime(mine["week_on"])).groupby("week_on")["net_amount"]
    money = paid.sum().astype(float).reindex(weeks).fillna(0.0) * share
    if not claims[claimant].astype(bool).any():
        return row | {"why": PATHS[kind]}
    if not reached.sum():
        return row | {"why": _UNSEEN}
    if orders < MIN_ORDERS or (reached > 0).sum() < MIN_WEEKS or (money > 0).sum() < MIN_WEEKS:
        return row | {"why": _FEW}
    rate, low, high = ratio_over_weeks(money.to_numpy(), reached.to_numpy(float), CONFIDENCE)
    return row | {
        "money": rate * THOUSAND, "low": low * THOUSAND, "high": high * THOUSAND, "why": _KNOWN,
    }  # fmt: skip


def _facts(table: pd.DataFrame) -> dict[str, Any]:
    first = table.iloc[0]
    return {
        "first": first["channel"],
        "first_money": float(first["money"]),
        "first_low": float(first["low"]),
        "first_high": float(first["high"]),
        "first_orders": int(first["orders"]),
    }


def _claim(facts: dict[str, Any], table: pd.DataFrame) -> Claim:
    return Claim(
        key="money_after_answers",
        place="evidence",
        message=_(
            "{first:said}: {first_orders:count} purchases had an answer to them as their last "
            "touch, {first_money:money} ({first_low:money}–{first_high:money}) of "
            "{money_is:said} for {thousand:count} reached; who likes a brand answers and buys, so "
            "it is no effect."
        ),
        holds=[
            Holds("no other channel has more", facts["first_money"] >= table["money"].max()),
            Holds("its purchases are enough for a figure", facts["first_orders"] >= MIN_ORDERS),
        ],
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    said = (
        _(
            "An answer before a purchase is not its cause: whoever was about to buy answers more. "
            "Only content that some friends are not shown, by lot, would tell."
        ),
    )
    if not facts["without"]:
        return said
    return (*said, _LACKING)
