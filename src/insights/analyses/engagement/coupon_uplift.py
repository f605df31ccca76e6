"""Coupon uplift: who buys only with a coupon, who buys anyway, and who never does?

Friends who were sent a coupon against friends of the same segment and campaign who were not. Where
the lot decided who was sent one, the difference is what the coupon caused; where it did not, it is
an association, and says so.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.charts import marks
from insights.errors import MissingColumns
from insights.models.arms import share_difference
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
NEEDED = {"campaign_id", "segment", "sent", "people", "redeemers", "buyers", "whole"}
_TITLE = _("Whom a coupon moves")


@dataclass(frozen=True, eq=False, kw_only=True)
class CouponUplift(Result):
    """Buying with and without a coupon. One row per segment, campaigns pooled.

    `anyway` is the share that bought without one, `uplift` the difference with its 98% interval,
    `never` the share that does not buy even with one.
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
    }

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


def coupon_uplift(
    segments: pd.DataFrame, *, as_of: date, randomised: bool = False
) -> CouponUplift | NotEnoughData:
    """Compare friends who were sent a coupon with those who were not, by segment.

    Parameters
    ----------
    segments : DataFrame, one row per campaign, segment and whether a coupon was sent
        The mart `coupon_segments`.
    as_of : date
        Last day of complete data.
    randomised : bool, default False
        Whether a lot decided who was sent a coupon (the campaigns are in `assignments`).

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
    over = segments[segments["whole"] == 1]
    facts: dict[str, Any] = {
        "as_of": as_of,
        "confidence": CONFIDENCE,
        "campaigns": int(over["campaign_id"].nunique()),
        "min_people": MIN_PEOPLE,
        "randomised": randomised,
    }
    rows = [row for key in SEGMENTS if (row := _segment(over, key)) is not None]
    if not rows:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{campaigns:count} campaigns of coupons have ended, and no segment has "
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
        facts=facts,
        claims=_claims(facts, table),
        caveats=_caveats(facts),
        title=_TITLE,
        subtitle=_(
            "Friends who bought anywhere while the campaign ran, those sent a coupon less those "
            "not, {campaigns:count} campaigns up to {as_of:day}; {confidence:percent} intervals"
        ),
        meaning=_(
            "Give coupons where the line lies right of zero. A segment that uses coupons and "
            "buys no more than without them costs the discount and brings nothing."
        ),
        alt=_("Dot chart of {segments:count} segments by what a coupon adds."),
    )


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
    if facts["randomised"]:
        return (_("Purchases of people whom no order names are not seen, in either group."),)
    return (
        _(
            "Who was sent a coupon was not decided by lot, so the difference is an association: "
            "friends without one may be new, bought, or badly known. Leave some out by lot."
        ),
        _("Purchases of people whom no order names are not seen, in either group."),
    )
