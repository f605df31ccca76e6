"""Coupon uplift: who buys only with a coupon, who buys anyway, and who never does?

Friends who were sent a coupon against friends of the same segment and campaign who were not. Where
a lot decided who should be sent one, everybody stays in the arm of the lot (intention to treat) and
the difference is what sending caused; where none did, it is an association, and says so. The two
kinds of campaigns are never added up.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.charts import marks
from insights.errors import MissingColumns
from insights.models.arms import left_alone, share_difference
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.98  # Of three segments the best is spoken of: each interval is so much wider.
MIN_PEOPLE = 200
SEGMENTS = {
    "none": _("friends without a purchase in the year before"),
    "one": _("friends with one purchase"),
    "several": _("friends with several purchases"),
}
NEEDED = {"campaign_id", "segment", "arm", "sent", "people", "redeemers", "buyers", "whole"}
BY_LOT, ASSOCIATED = _("decided by lot"), _("not by lot: an association")
_TITLE = _("Whom a coupon moves")


@dataclass(frozen=True, eq=False, kw_only=True)
class CouponUplift(Result):
    """Buying with and without a coupon. One row per segment, campaigns of one kind pooled.

    Campaigns in which a lot decided are read where there are enough of them, else the others; `of`
    says of each campaign which of the two it is. `anyway` is the share that bought without one,
    `uplift` the difference with its 98% interval, `never` the share that does not buy even with
    one.
    """

    name = "coupon_uplift"
    columns = {
        "segment": Column(_("Segment"), "said"),
        "people": Column(_("Sent a coupon"), "count", people=True),
        "others": Column(_("Not sent one"), "count"),
        "redeemed": Column(_("Used a coupon"), "percent"),
        "anyway": Column(_("Bought without"), "percent"),
        "with_one": Column(_("Bought with"), "percent"),
        "uplift": Column(_("Difference"), "points"),
        "low": Column(_("Low"), "points"),
        "high": Column(_("High"), "points"),
        "never": Column(_("Bought in neither case"), "percent"),
        "evidence": Column(_("Who got one"), "said"),
    }

    of: pd.DataFrame

    def plot(self) -> "Axes":
        """Draw the difference by segment with its interval."""
        return marks.dots(
            self.table,
            name="segment",
            value="uplift",
            low="low",
            high="high",
            kind="percent",
            xlabel=_("bought with a coupon less without"),
            reference=0.0,
        )


def coupon_uplift(segments: pd.DataFrame, *, as_of: date) -> CouponUplift | NotEnoughData:
    """Compare friends who were sent a coupon with those who were not, by segment.

    Parameters
    ----------
    segments : DataFrame, one row per campaign, segment, arm and whether a coupon was sent
        The mart `coupon_segments`.
    as_of : date
        Last day of complete data.

    Returns
    -------
    CouponUplift or NotEnoughData

    Notes
    -----
    Differences are taken within campaigns and pooled with the weights of Mantel and Haenszel;
    intervals are Newcombe's.
    """
    if missing := NEEDED - set(segments.columns):
        raise MissingColumns("coupon_segments", missing, segments.columns)
    over, of, unclear = _arms(segments[segments["whole"] == 1])
    facts: dict[str, Any] = {
        "as_of": as_of,
        "confidence": CONFIDENCE,
        "min_people": MIN_PEOPLE,
        "ended": len(of) + unclear,
        "by_lot": int((of["evidence"] == BY_LOT).sum()),
        "unclear": unclear,
    }
    rows: list[dict[str, Any]] = []
    for evidence in (BY_LOT, ASSOCIATED):
        mine = over[over["evidence"] == evidence]
        rows = [row for key in SEGMENTS if (row := _segment(mine, key)) is not None]
        facts |= {
            "randomised": evidence == BY_LOT,
            "campaigns": int(mine["campaign_id"].nunique()),
            "unread": len(of) - int(mine["campaign_id"].nunique()),
        }
        if rows:
            rows = [row | {"evidence": evidence} for row in rows]
            break
    if not rows:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{ended:count} campaigns of coupons have ended, and no segment has "
                "{min_people:count} friends with a coupon and as many without."
            ),
            needs=_(
                "Needed: the list of whom each coupon was issued to, friends who got none, and "
                "orders of both; best with a lot that decides (insights load assignments)."
            ),
            facts=facts,
        )
    table = pd.DataFrame(rows)
    best = table.loc[table["uplift"].idxmax()]
    facts |= {
        "segments": len(table),
        "best": best["segment"],
        **{f"best_{name}": float(best[name]) for name in ("uplift", "low", "high", "redeemed")},
        "told": int(((table["low"] > 0) | (table["high"] < 0)).sum()),
    }
    return CouponUplift(
        table=table,
        of=of,
        facts=facts,
        claims=_claims(facts, table),
        caveats=_caveats(facts),
        title=_TITLE,
        subtitle=_(
            "Friends who bought anywhere while the campaign ran, those whom a lot chose to be sent "
            "a coupon less those left out, {campaigns:count} campaigns up to {as_of:day}; "
            "{confidence:percent} intervals"
        )
        if facts["randomised"]
        else _(
            "Friends who bought anywhere while the campaign ran, those sent a coupon less those "
            "not, {campaigns:count} campaigns up to {as_of:day}; {confidence:percent} intervals"
        ),
        meaning=_(
            "Give coupons where the line lies right of zero. A segment that uses coupons and "
            "buys no more than without them costs the discount and brings nothing."
        ),
        alt=_("Dot chart of {segments:count} segments by what a coupon adds."),
    )


def _arms(over: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Put people into the arm that counts, and say of each campaign who decided.

    Returns the rows, one row per campaign with its `evidence`, and how many campaigns had a lot of
    which no arm, or every arm, is known as the one that was left alone.
    """
    lot = over["arm"].notna()
    control = over["arm"].map(left_alone)
    # Whoever was meant to be sent one stays with those who were, sent or not.
    arms = over.assign(
        sent=over["sent"].where(~lot, (~control).astype(int)),
        evidence=pd.Series(ASSOCIATED, over.index, dtype=object).where(~lot, BY_LOT),
    )
    several = arms.groupby("campaign_id")["sent"].transform("nunique") > 1
    unclear = int(arms.loc[lot & ~several, "campaign_id"].nunique())
    arms = arms[several | ~lot]
    of = arms.drop_duplicates("campaign_id")
    named = [name for name in ("campaign_id", "title", "evidence") if name in of]
    return arms, of[named].reset_index(drop=True), unclear


def _segment(over: pd.DataFrame, key: str) -> dict[str, Any] | None:
    mine = over[over["segment"] == key]
    both = mine.pivot_table(
        index="campaign_id", columns="sent", values=["people", "buyers", "redeemers"], aggfunc="sum"
    ).fillna(0)
    if both.empty or {0, 1} - set(both["people"].columns):
        return None
    people, buyers = both["people"], both["buyers"]
    usable = (people[0] > 0) & (people[1] > 0)
    people, buyers = people[usable], buyers[usable]
    if people.empty or people.sum().min() < MIN_PEOPLE:
        return None
    found = share_difference(buyers[1], people[1], buyers[0], people[0], confidence=CONFIDENCE)
    return {
        "segment": SEGMENTS[key],
        "people": int(people[1].sum()),
        "others": int(people[0].sum()),
        "redeemed": float(both["redeemers"][usable][1].sum() / people[1].sum()),
        "anyway": found.control,
        "with_one": found.treated,
        "uplift": found.difference,
        "low": found.low,
        "high": found.high,
        "never": 1 - max(found.treated, found.control),
    }


def _claims(facts: dict[str, Any], table: pd.DataFrame) -> tuple[Claim, ...]:
    largest = Holds("no segment differs more", facts["best_uplift"] >= table["uplift"].max())
    told = facts["best_low"] > 0
    how = Holds("whether the interval holds zero is what is said", told == (facts["best_low"] > 0))
    if not told:
        message = _(
            "That coupons make anybody buy cannot be told: of {best:said}, {best_redeemed:percent} "
            "used one, and buying differs by {best_uplift:points} "
            "({best_low:points} – {best_high:points})."
        )
    elif facts["randomised"]:
        message = _(
            "Coupons move {best:said}: by lot, {best_uplift:points} "
            "({best_low:points} – {best_high:points}) more of them buy, the most of all segments."
        )
    else:
        message = _(
            "Of {best:said}, those sent a coupon bought more often by {best_uplift:points} "
            "({best_low:points} – {best_high:points}); who got one was not decided by lot, so the "
            "coupon need not be why."
        )
    return (
        Claim(
            key="coupons_move" if told else "coupons_move_nobody",
            undecided=not told,
            topic="coupon_uplift",
            place="evidence",
            message=message,
            holds=[largest, how],
        ),
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = [_("Purchases of people whom no order names are not seen, in either group.")]
    if facts["unclear"]:
        caveats.append(
            _(
                "Of {unclear:count} campaigns with a lot it is not clear which arm was left "
                "without a coupon; they are not read."
            )
        )
    if facts["randomised"]:
        if facts["unread"]:
            caveats.append(
                _(
                    "{unread:count} campaigns in which no lot decided are left out: their "
                    "difference would be an association."
                )
            )
        caveats.append(
            _(
                "Everybody counts in the arm that the lot drew, whether the coupon arrived or not: "
                "the difference is that of sending, at most that of receiving."
            )
        )
        return tuple(caveats)
    return (
        _(
            "Who was sent a coupon was not decided by lot, so the difference is an association: "
            "friends without one may be new, bought, or badly known. Leave some out by lot."
        ),
        *caveats,
    )
