"""Scorecard: how do this week's joiners start, beside those whose outcome is known?

Leading indicators by week of joining: wrote to us, first order within 7 and within 30 days. Only
people who had not bought before count. A week's figure appears once the window of its last member
is over. Padding adds contacts who never order: the share of those with a sign of life stands
beside, and a start is called another one only where both shares moved.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.cohorts.comparable import (
    identity,
    identity_claim,
    settle_days,
    span_before,
)
from insights.analyses.cohorts.definition import CONFIDENCE
from insights.analyses.cohorts.drawing import curves
from insights.analyses.cohorts.joining import BEFORE, NO_CONTACTS, SILENT, kinds
from insights.analyses.cohorts.occasions import (
    day_number,
    day_numbers,
    last_complete,
    period_last,
    period_name,
    period_numbers,
)
from insights.analyses.cohorts.refunds import RefundCurve
from insights.models.arms import share_difference
from insights.models.intervals import wilson
from insights.models.survival import kaplan_meier
from insights.results import SMALLEST_GROUP, Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Heard = tuple[pd.Timestamp, pd.Timestamp]  # The first and the last message known of anybody.

SOON_DAYS, LATER_DAYS = 7, 30
SOON, LATER, REPLIED = "soon", "later", "replied"
WINDOWS = {SOON: SOON_DAYS, LATER: LATER_DAYS, REPLIED: SOON_DAYS}  # Days after joining.
NEWEST_WEEKS = 4
CURVE_DAYS = 90
_TITLE = _("How new contacts start, week by week")
_NEWEST = _("last four weeks")
_MATURE = _("joined before")


@dataclass(frozen=True, eq=False, kw_only=True)
class Scorecard(Result):
    """Leading indicators of people who joined without having bought. One row per week.

    Shares in [0, 1] of the week's people, missing while the last member's window is open; `replied`
    is missing for whoever joined before the first message that is known, or had days of the window
    left when the last one was sent; `soon_alive` is the share
    of those with a sign of life within the same days, missing where only orders are one. `by_month`
    has the same by calendar month of joining, for targets; `<figure>_settled` says whether first
    orders can no longer be refunded away.
    """

    name = "scorecard"
    columns = {
        "week": Column(_("Week of joining"), "day"),
        "people": Column(_("New people"), "count", people=True),
        "silent": Column(_("No sign of life"), "percent"),
        "replied": Column(_("Wrote to us"), "percent"),
        "soon": Column(_("Ordered within a week"), "percent"),
        "soon_low": Column(_("Low"), "percent"),
        "soon_high": Column(_("High"), "percent"),
        "soon_alive": Column(_("Of those with a sign of life"), "percent"),
        "later": Column(_("Ordered within a month"), "percent"),
        "later_low": Column(_("Month, low"), "percent"),
        "later_high": Column(_("Month, high"), "percent"),
    }

    as_of: date
    curve: pd.DataFrame
    by_month: pd.DataFrame

    def plot(self) -> "Axes":
        """Draw who has ordered by days since joining, the newest weeks beside those before."""
        return curves(
            self.curve,
            by="group",
            xlabel=_("days since joining"),
            ylabel=_("have ordered"),
        )


def scorecard(
    people: pd.DataFrame,
    *,
    as_of: date,
    weeks: int = 12,
    min_customers: int = 30,
    months: pd.DataFrame | None = None,
    refunds: Result | None = None,
) -> Scorecard | NotEnoughData:
    """Measure how the people of each week start, and hold the newest against those before.

    Parameters
    ----------
    people : DataFrame, one row per person
        The mart `joiners`.
    as_of : date
        Last day of complete data.
    weeks : int, default 12
        Weeks in the table; comparisons use all.
    min_customers : int, default 30
        Fewer people who joined without having bought are not enough.
    months : DataFrame, one row per month and channel, optional
        The mart `sales_month`: weeks are held against those before only where the share of sales
        whose buyer is known did not move by more than two points.
    refunds : Result, optional
        What `refund_curve` handed back: weeks whose first orders may still be refunded in full are
        shown, and held against none.

    Returns
    -------
    Scorecard or NotEnoughData
    """
    told = kinds(people, as_of=as_of, within_days=LATER_DAYS)
    early = kinds(people, as_of=as_of, within_days=SOON_DAYS)
    # When the messages that are known begin and end.
    heard = told["replied_at"].min(), told["replied_at"].max()
    alive = early["watched"] & (early["kind"] != SILENT)
    new = told.assign(alive=alive)[told["kind"] != BEFORE]
    facts: dict[str, Any] = {
        "as_of": as_of,
        "soon_days": SOON_DAYS,
        "later_days": LATER_DAYS,
        "confidence": CONFIDENCE,
        "min_customers": min_customers,
        "people": len(new),
    }
    joined = day_numbers(new["joined_at"].to_numpy())
    new["number"] = period_numbers(joined, "week")
    end = day_number(as_of)
    settle = settle_days(refunds) if isinstance(refunds, RefundCurve) else 0
    by_month = _by_month(new.assign(number=period_numbers(joined, "month")), end, settle, heard)
    new = new[new["number"] <= last_complete(end, "week")]
    table = _by_period(new, end, "week", heard).rename(columns={"period": "week"})
    done = table[table["soon"].notna()]
    if len(new) < min_customers or done.empty:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{people:count} people who joined without having bought are known, too few of them "
                "in weeks that have been watched for {soon_days:days}."
            ),
            needs=NO_CONTACTS,
            facts=facts,
        )
    over = period_last(done["number"].to_numpy(), "week") + SOON_DAYS + settle <= end
    facts |= {"unsettled_weeks": int((~over).sum()), "settle_days": settle}
    # With nothing settled yet the newest weeks are shown, and held against none.
    held = done[over] if over.any() else done.tail(NEWEST_WEEKS)
    facts |= _compared(held, months)
    facts |= _heard(new, table, heard)
    return Scorecard(
        table=table.tail(weeks).reset_index(drop=True),
        curve=_curves(new, end),
        by_month=by_month,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(facts, known=pd.notna(heard[0])),
        tiles=(_tile(facts, held),),
        title=_TITLE,
        subtitle=_(
            "People who joined without having bought before, by days until their first order; "
            "Kaplan-Meier with {confidence:percent} intervals, those still waiting counted up to "
            "{as_of:day}"
        ),
        meaning=_(
            "The newest weeks cannot show yet what they are worth; whether they start like those "
            "before them, they can."
        ),
        alt=_("Step chart of the share who have ordered by days since joining, newest and before."),
    )


def _heard(new: pd.DataFrame, table: pd.DataFrame, heard: Heard) -> dict[str, Any]:
    """Say when the messages that are known begin and end, where they leave people out."""
    begin, last = heard
    if pd.isna(begin):
        return {}
    facts: dict[str, Any] = {}
    if new["joined_at"].min() < begin.floor("D"):
        facts["spoken_from"] = begin.date()
    if _ended(table[table["soon"].notna()].tail(1)["number"].to_numpy(), "week", last).any():
        facts["spoken_to"] = last.date()
    return facts


def _ended(numbers: np.ndarray, every: str, last: pd.Timestamp) -> np.ndarray:
    """Return which periods' windows reach beyond the last message that is known of anybody.

    A day without a message ends nothing: the last day of a window may be one.
    """
    if pd.isna(last):
        return np.ones(len(numbers), dtype=bool)
    ended: np.ndarray = period_last(numbers, every) + SOON_DAYS - 1 > day_number(last.date()) + 1
    return ended


def _by_period(new: pd.DataFrame, end: int, every: str, heard: Heard) -> pd.DataFrame:
    """Return shares of the people of each period, missing while the last one's window is open.

    Whether they wrote to us is not known of a period whose first one joined before the first
    message that is known, or whose window was open after the last.
    """
    days = new["days"].where(new["came"])
    answered = new["replied_at"] - new["joined_at"] < pd.Timedelta(days=SOON_DAYS)
    table = (
        new.assign(
            ordered_soon=days < SOON_DAYS,
            ordered_later=days < LATER_DAYS,
            answered=answered,
            none=new["kind"] == SILENT,
        )
        .groupby("number")
        .agg(
            people=("person", "size"),
            first=("joined_at", "min"),
            alive=("alive", "sum"),
            silent=("none", "mean"),
            replied_count=("answered", "sum"),
            soon_count=("ordered_soon", "sum"),
            later_count=("ordered_later", "sum"),
        )
        .reset_index()
    )
    last = period_last(table["number"].to_numpy(), every) if len(table) else np.array([])
    table["period"] = [period_name(int(n), every) for n in table["number"]]
    unknown = ~(table["first"].dt.floor("D") >= heard[0].floor("D"))
    unknown |= _ended(table["number"].to_numpy(), every, heard[1])
    for name, length in WINDOWS.items():
        low, high = wilson(table[f"{name}_count"], table["people"], confidence=CONFIDENCE)
        share = table[f"{name}_count"] / table["people"]
        found = {name: share, f"{name}_low": low, f"{name}_high": high}
        table = table.assign(**found)
        table.loc[last + length > end, list(found)] = np.nan
        if name == REPLIED:
            table.loc[unknown, list(found)] = np.nan
    signs = bool((new["alive"] & ~(days < SOON_DAYS)).any())  # Any other than an order?
    told = table["soon"].notna() & (table["alive"] >= SMALLEST_GROUP) & signs
    table["soon_alive"] = (table["soon_count"] / table["alive"]).where(told)
    table.loc[last + LATER_DAYS > end, "silent"] = np.nan
    return table.drop(columns="first")


def _by_month(new: pd.DataFrame, end: int, settle: int, heard: Heard) -> pd.DataFrame:
    """Return the same by calendar month; a share is settled once no refund takes an order away."""
    table = _by_period(new, end, "month", heard).rename(columns={"period": "month"})
    last = period_last(table["number"].to_numpy(), "month")
    for name, length in WINDOWS.items():
        table[f"{name}_settled"] = last + length + (0 if name == REPLIED else settle) <= end
    return table


def _compared(done: pd.DataFrame, months: pd.DataFrame | None) -> dict[str, Any]:
    newest, before = done.tail(NEWEST_WEEKS), done.iloc[:-NEWEST_WEEKS]
    customers, ordered = int(newest["people"].sum()), int(newest["soon_count"].sum())
    low, high = wilson([ordered], [customers], confidence=CONFIDENCE)
    facts: dict[str, Any] = {
        "newest_people": customers,
        "week": newest["week"].iloc[0],
        "last_week": newest["week"].iloc[-1],
        "share": ordered / customers,
        "low": float(low[0]),
        "high": float(high[0]),
    }
    if before.empty:
        return facts
    facts |= identity(newest["week"].str[:7], before["week"].str[:7], months)
    people, came = int(before["people"].sum()), int(before["soon_count"].sum())
    gap = share_difference(ordered, customers, came, people, confidence=CONFIDENCE)
    b_low, b_high = wilson([came], [people], confidence=CONFIDENCE)
    return facts | {
        "before_share": came / people,
        "before_low": float(b_low[0]),
        "before_high": float(b_high[0]),
        "change": gap.difference,
        "change_low": gap.low,
        "change_high": gap.high,
        **_alive(newest, before),
    }


def _alive(newest: pd.DataFrame, before: pd.DataFrame) -> dict[str, Any]:
    """Compare those with a sign of life, which padding cannot dilute; nothing where none is known.

    An order is a sign of life itself, so this is no rate at which anybody comes to order.
    """
    if newest["soon_alive"].isna().all() or before["soon_alive"].isna().all():
        return {}
    columns = ["soon_count", "alive", "people"]
    (came, alive, people), (b_came, b_alive, b_people) = (
        span[columns].sum().astype(float) for span in (newest, before)
    )
    gap = share_difference(came, alive, b_came, b_alive, confidence=CONFIDENCE)
    return {
        "alive_share": gap.treated,
        "before_alive_share": gap.control,
        "alive_low": gap.low,
        "alive_high": gap.high,
        "silent_share": 1 - alive / people,
        "before_silent_share": 1 - b_alive / b_people,
    }


def _moved(low: float, high: float) -> int:
    """Return which way a difference surely went: 1, -1, or 0 where its interval holds zero."""
    return int(low > 0) - int(high < 0)


def _curves(new: pd.DataFrame, end: int) -> pd.DataFrame:
    newest = new["number"] > int(new["number"].max()) - NEWEST_WEEKS
    came = new["came"].to_numpy(bool)
    parts = []
    for name, mine in ((_NEWEST, newest), (_MATURE, ~newest)):
        if not mine.any():
            continue
        days = np.ceil(new.loc[mine, "days"].to_numpy(float))
        found = kaplan_meier(np.minimum(days, CURVE_DAYS), came[mine] & (days <= CURVE_DAYS))
        parts.append(found.risen(at_risk=SMALLEST_GROUP).assign(group=name))
    return pd.concat(parts, ignore_index=True)


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if "change" not in facts or not facts["like_for_like"]:
        return (
            Claim(
                key="newest_weeks",
                topic="scorecard",
                message=_(
                    "Of {newest_people:count} new people who joined from {week:day} on, "
                    "{share:percent} ({low:percent}–{high:percent}) ordered within "
                    "{soon_days:days}."
                ),
            ),
            *identity_claim(
                facts,
                key="scorecard_identity",
                what=_("How new contacts start, week by week"),
                topic="scorecard_change",
            ),
        )
    moved = _moved(facts["change_low"], facts["change_high"])
    alive = _moved(facts["alive_low"], facts["alive_high"]) if "alive_low" in facts else moved
    if moved != alive:
        message = _(
            "Of {newest_people:count} new people of the newest weeks (from {week:day}), "
            "{share:percent} ordered within {soon_days:days}, before {before_share:percent} "
            "({change_low:points} to {change_high:points}); of those with a sign of life by then "
            "{alive_share:percent}, before {before_alive_share:percent} ({alive_low:points} to "
            "{alive_high:points}). {silent_share:percent} show none, before "
            "{before_silent_share:percent}: whether they start differently is not clear."
        )
        reason = Holds("the two differences do not go the same way", moved != alive)
        return (
            Claim(
                key="weeks_unclear",
                topic="scorecard",
                undecided=True,
                message=message,
                holds=[reason],
            ),
        )
    apart = moved != 0
    if apart:
        message = _(
            "Of {newest_people:count} new people of the newest weeks (from {week:day}), "
            "{share:percent} ordered within {soon_days:days}: {change:points} against those before "
            "({before_share:percent})."
        )
        reason = Holds("the interval of the difference leaves out zero", apart)
        return (
            Claim(key="weeks_moved", topic="scorecard", message=message, holds=[reason]),
        )  # fmt: skip
    message = _(
        "Of {newest_people:count} new people of the newest weeks (from {week:day}), "
        "{share:percent} ({low:percent}–{high:percent}) ordered within {soon_days:days}: not "
        "distinguishable from those before ({before_share:percent})."
    )
    reason = Holds("the interval of the difference holds zero", not apart)
    return (
        Claim(
            key="weeks_same",
            topic="scorecard",
            undecided=True,
            message=message,
            holds=[reason],
        ),
    )


def _caveats(facts: dict[str, Any], *, known: bool) -> tuple[str, ...]:
    caveats = []
    if "spoken_from" in facts:
        caveats.append(
            _(
                "Messages are known from {spoken_from:day} on: whether those who joined before "
                "wrote to us is not."
            )
        )
    if "spoken_to" in facts:
        caveats.append(
            _(
                "No message after {spoken_to:day} is known: whether those who joined in the days "
                "before it or later wrote to us is not."
            )
        )
    if facts.get("silent_share") or facts.get("before_silent_share"):
        caveats.append(
            _(
                "An order is a sign of life itself, so the share of those with one is no chance of "
                "ordering: it shows what contacts without one do not change."
            )
        )
    if facts["unsettled_weeks"]:
        caveats.append(
            _(
                "The newest {unsettled_weeks:count} weeks of the table are not settled: an order "
                "refunded in full within {settle_days:days} will count as none. They are held "
                "against no others."
            )
        )
    if known:
        return tuple(caveats)
    return (
        *caveats,
        _(
            "Whether new contacts write to us is not known here: it needs acquisition-link data or "
            "the message archive of WeCom."
        ),
    )


def _tile(facts: dict[str, Any], done: pd.DataFrame) -> Tile:
    return Tile(
        key="scorecard_soon",
        label=_("New contacts: first order within {soon_days:days}"),
        fact="share",
        low="low",
        high="high",
        kind="percent",
        good="up",
        **span_before(facts, "before", _("those who joined before")),
        trend=tuple(done["soon"].tail(12)),
        note=_("{newest_people:count} people, weeks from {week:day} to {last_week:day}"),
    )
