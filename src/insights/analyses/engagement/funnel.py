"""Funnel: of the people whom each channel reached, how many read, answered, clicked, redeemed?

Each channel has its own declared denominator, so that a rate above 100% cannot come up; pieces
that would give one are left out and counted. Intervals let pieces of a channel differ.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.channels import BASES, EXPORTS, KINDS
from insights.analyses.engagement.counting import counted_alike
from insights.analyses.engagement.ratios import ratio_of_sums
from insights.charts import marks
from insights.errors import MissingColumns
from insights.results import Check, Claim, Column, NotEnoughData, Result, Tile
from insights.wording import _, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.90
DAYS = 180
NEEDED = {
    "content_id", "kind", "published_on", "basis", "addressed", "reached", "opened",
    "responded", "clicked", "redeemed", "strangers", "complete",
}  # fmt: skip
GROUP_NEEDED = {"on_date", "entity_kind", "metric", "value"}
_TITLE = _("From reached to answered, channel by channel")

# Stage, the column that counts it, and the column it is a part of; order is that of a funnel.
STAGES = (
    ("received", _("received, of those it was meant for"), "reached", "addressed"),
    ("opened", _("read or watched"), "opened", "reached"),
    ("responded", _("liked, shared or replied"), "responded", "reached"),
    ("clicked", _("clicked"), "clicked", "reached"),
    ("redeemed", _("used a coupon"), "redeemed", "reached"),
)
_SPOKE = _("spoke on the day")


@dataclass(frozen=True, eq=False, kw_only=True)
class Funnel(Result):
    """Stages of each channel's funnel. One row per (channel, stage).

    `rate` is `count` over `base`, a share in [0, 1], with its 90% interval over pieces.
    """

    name = "funnel"
    columns = {
        "step": Column(_("Channel and step"), "text"),
        "channel": Column(_("Channel"), "said", shown=False),
        "stage": Column(_("Step"), "said", shown=False),
        "denominator": Column(_("Divided by"), "said"),
        "pieces": Column(_("Pieces"), "count"),
        "base": Column(_("Reached"), "count", people=True),
        "count": Column(_("Did it"), "count"),
        "rate": Column(_("Rate"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
    }

    def plot(self) -> "Axes":
        """Draw the rate of each step with its interval, steps after delivery only."""
        return marks.dots(
            self.table[self.table["stage"] != STAGES[0][1]],
            name="step",
            value="rate",
            low="low",
            high="high",
            kind="percent",
            xlabel=_("of those reached"),
        )


def funnel(
    reach: pd.DataFrame,
    groups: pd.DataFrame | None = None,
    *,
    as_of: date,
    days: int = DAYS,
) -> Funnel | NotEnoughData:
    """Count each channel's funnel over the pieces of the last days.

    Parameters
    ----------
    reach : DataFrame, one row per content
        The mart `content_reach`.
    groups : DataFrame, one row per day and metric, optional
        The table `daily_metrics`; of it ``member_total`` and ``member_has_msg`` are read.
    as_of : date
        Last day of complete data.
    days : int, default 180
        Pieces published in so many days up to `as_of` count.

    Returns
    -------
    Funnel or NotEnoughData
    """
    if missing := NEEDED - set(reach.columns):
        raise MissingColumns("content_reach", missing, reach.columns)
    since = pd.Timestamp(as_of) - pd.Timedelta(days=days)
    recent = reach[pd.to_datetime(reach["published_on"]) > since]
    recent, older = counted_alike(recent, "counted_by")
    rows, left_out = _content_rows(recent)
    rows += _group_rows(groups, since, as_of)
    facts: dict[str, Any] = {
        "as_of": as_of,
        "days": days,
        "confidence": CONFIDENCE,
        "pieces": len(recent),
        "impossible": left_out["impossible"],
        "without_base": left_out["without_base"],
        "strangers": int(recent["strangers"].sum()),
        "young": int((recent["complete"] == 0).sum()),
        "estimated_base": int((recent["basis"] == "friendships").sum()),
        "worked_out": int((recent["basis"] == "worked_out").sum()),
        "older": older,
        "elsewhere": int(recent["elsewhere"].sum()) if "elsewhere" in recent else 0,
    }
    facts |= _absent(rows)
    if not rows:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "No content of the {days:days} up to {as_of:day} says both whom it reached and who "
                "answered: {pieces:count} pieces are known."
            ),
            needs=_("Needed, whichever the brand uses: {exports}."),
            facts=facts,
        )
    table = pd.DataFrame(rows)
    facts |= _facts(table)
    within = bool(table["rate"].between(0, 1).all())
    return Funnel(
        table=table,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(facts),
        tiles=_tiles(facts),
        checks=(
            Check(
                key="no_rate_above_whole",
                message=_("No rate lies below nothing or above the whole."),
                passed=within,
                evidence=_("{steps:count} steps, {impossible:count} pieces left out"),
                facts={"steps": len(table), "impossible": facts["impossible"]},
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "Pieces of the {days:days} up to {as_of:day}, each channel by its own denominator; "
            "lines are {confidence:percent} intervals that let pieces differ"
        ),
        meaning=_(
            "Read down a channel, not across: a like of a friend and a read of a fan are "
            "divided by different people. Channels are compared on money alone, below."
        ),
        alt=_("Dot chart of {steps:count} steps of {channels:count} channels' funnels."),
    )


def _content_rows(recent: pd.DataFrame) -> tuple[list[dict[str, Any]], dict[str, int]]:
    rows: list[dict[str, Any]] = []
    impossible: set[Any] = set()
    without = recent["reached"].isna() | (recent["reached"] <= 0)
    for kind in [name for name in KINDS if name in set(recent["kind"])]:
        mine = recent[(recent["kind"] == kind) & ~without]
        for basis, part in mine.groupby("basis", sort=True):
            for _key, stage, column, of in STAGES:
                counted = part[part[column].notna() & part[of].notna() & (part[of] > 0)]
                # A step that no piece has ever shown is one the platform does not tell.
                if counted.empty or not counted[column].sum():
                    continue
                wrong = (counted[column] > counted[of]) | _unread(counted, column)
                impossible |= set(counted.loc[wrong, "content_id"])
                counted = counted[~wrong]
                if len(counted):
                    base = BASES["meant" if of == "addressed" else str(basis)]
                    rows.append(_row(KINDS[kind], stage, base, counted[column], counted[of]))
    return rows, {"impossible": len(impossible), "without_base": int(without.sum())}


def _unread(counted: pd.DataFrame, column: str) -> pd.Series:
    """Return where more people clicked than had read: not those whom it was delivered to."""
    if column != "clicked":
        return pd.Series(False, index=counted.index)
    readers = counted["opened"].astype(float)
    if "elsewhere" in counted:
        readers = readers + counted["elsewhere"].astype(float).fillna(0)
    return counted["clicked"].astype(float) > readers  # What nobody counted compares as false.


def _group_rows(
    groups: pd.DataFrame | None, since: pd.Timestamp, as_of: date
) -> list[dict[str, Any]]:
    if groups is None:
        return []
    if missing := GROUP_NEEDED - set(groups.columns):
        raise MissingColumns("daily_metrics", missing, groups.columns)
    mine = groups[groups["metric"].isin(("member_total", "member_has_msg"))]
    on = pd.to_datetime(mine["on_date"])
    mine = mine[(on > since) & (on <= pd.Timestamp(as_of))]
    if mine.empty:
        return []
    by_day = mine.pivot_table(index="on_date", columns="metric", values="value", aggfunc="sum")
    if not {"member_total", "member_has_msg"} <= set(by_day.columns):
        return []
    by_day = by_day[(by_day["member_total"] > 0) & by_day["member_has_msg"].notna()]
    by_day = by_day[by_day["member_has_msg"] <= by_day["member_total"]]
    if by_day.empty:
        return []
    return [
        _row(
            KINDS["group"], _SPOKE, BASES["members"],
            by_day["member_has_msg"], by_day["member_total"],
        )
    ]  # fmt: skip


def _row(
    channel: str, stage: str, denominator: str, counts: pd.Series, bases: pd.Series
) -> dict[str, Any]:
    rate, low, high = ratio_of_sums(counts, bases, confidence=CONFIDENCE, most=1.0)
    return {
        # Both words are the catalogs'; one label is what a chart has room for.
        "step": f"{say(channel)} · {say(stage)}",
        "channel": channel,
        "stage": stage,
        "denominator": denominator,
        "pieces": len(counts),
        "base": int(bases.sum()),
        "count": int(counts.sum()),
        "rate": rate,
        "low": low,
        "high": high,
    }


def _absent(rows: list[dict[str, Any]]) -> dict[str, Any]:
    present = {row["channel"] for row in rows}
    lacking = [say(export) for kind, export in EXPORTS.items() if KINDS[kind] not in present]
    return {"exports": "; ".join(lacking), "absent": len(lacking)}


def _facts(table: pd.DataFrame) -> dict[str, Any]:
    answers = table[table["stage"] != STAGES[0][1]]
    shown = answers if len(answers) else table
    largest = shown.loc[shown["base"].idxmax()]
    return {
        "steps": len(table),
        "channels": int(table["channel"].nunique()),
        "main": largest["channel"],
        "main_step": largest["stage"],
        "main_of": largest["denominator"],
        "main_rate": float(largest["rate"]),
        "main_low": float(largest["low"]),
        "main_high": float(largest["high"]),
        "main_pieces": int(largest["pieces"]),
        "readers": 1000 * float(largest["rate"]),
        "readers_low": 1000 * float(largest["low"]),
        "readers_high": 1000 * float(largest["high"]),
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if np.isnan(facts["main_low"]):
        message = _(
            "{main:said}: {main_rate:percent} {main_step:said} ({main_of:said}). A single piece "
            "says nothing of how much pieces scatter."
        )
    else:
        message = _(
            "{main:said}: {main_rate:percent} ({main_low:percent}–{main_high:percent}) "
            "{main_step:said}, over {main_pieces:count} pieces ({main_of:said})."
        )
    return (Claim(key="main_channel", place="evidence", message=message),)


def _tiles(facts: dict[str, Any]) -> tuple[Tile, ...]:
    if facts["main"] != KINDS["article"] or facts["main_step"] != STAGES[1][1]:
        return ()
    known = not np.isnan(facts["main_low"])
    return (
        Tile(
            key="readers",
            # Some per mille: of a percentage its one decimal would say too little.
            label=_("Readers of a thousand fans"),
            fact="readers",
            kind="number",
            low="readers_low" if known else None,
            high="readers_high" if known else None,
            confidence=CONFIDENCE,
            good="up",
            note=_("of those an article was delivered to, {main_pieces:count} articles"),
        ),
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = []
    if facts["absent"]:
        caveats.append(
            _("Channels without an export are not in the funnel. To see them: {exports}.")
        )
    if facts["impossible"]:
        caveats.append(
            _(
                "{impossible:count} pieces are left out, because more people answered than they "
                "reached, or clicked than read: forwards, or an export that lacks somebody."
            )
        )
    if facts["without_base"]:
        caveats.append(
            _(
                "{without_base:count} pieces say nothing of whom they reached and have no rate: "
                "articles that were not pushed are read, but delivered to nobody."
            )
        )
    if facts["strangers"]:
        caveats.append(
            _("{strangers:count} answers came from people who had not been reached; none counts.")
        )
    if facts["estimated_base"]:
        caveats.append(
            _(
                "Moments are divided by all friendships at the time, because nothing says who "
                "could see each post (get_moment_send_result would); rates are too low where a "
                "post was for some friends only."
            )
        )
    if facts["older"]:
        caveats.append(
            _(
                "{older:count} pieces were counted by the platform's former interface, which "
                "counts otherwise: they are left out, because figures of both are never spliced."
            )
        )
    if facts["elsewhere"]:
        caveats.append(
            _(
                "{elsewhere:count} more people read articles that were forwarded or found: they "
                "belong to nobody it was delivered to, and are in no rate."
            )
        )
    if facts["worked_out"]:
        caveats.append(
            _(
                "The platform does not say how many {worked_out:count} articles were delivered to; "
                "that is worked out from the share of them who read. The list of notified contents "
                "says it exactly."
            )
        )
    if facts["young"]:
        caveats.append(
            _("{young:count} pieces are younger than thirty days and can still gain answers.")
        )
    return tuple(caveats)
