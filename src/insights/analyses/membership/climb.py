"""Climb: how fast do members step up from one sum that earns a gift to the next?

Who has not come there yet is still on the way, so the time is Kaplan-Meier's: an average over those
who have arrived would call every climb fast.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from insights.errors import MissingColumns, ParameterError
from insights.models.survival import kaplan_meier
from insights.results import Claim, Column, NotEnoughData, Result
from insights.wording import _

CONFIDENCE = 0.95
YEAR_DAYS = 365
FEWEST = 30  # Members who set out from a line.
TITLE = _("How fast do members step up?")


@dataclass(frozen=True, eq=False, kw_only=True)
class Climb(Result):
    """Time from one line of cumulative spend to the next. One row per line that is set out from.

    `share` with `low` and `high` of those who reach the next within a year, `days` the time by
    which half have; missing where it was not watched so long, or half have not.
    """

    name = "climb"
    columns = {
        "line": Column(_("From"), "money"),
        "next_line": Column(_("To"), "money"),
        "members": Column(_("Have reached the first"), "count", people=True),
        "reached": Column(_("Of these the next"), "count"),
        "share": Column(_("Within a year"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
        "days": Column(_("Half by, days"), "count"),
    }

    as_of: date


def climb(
    purchases: pd.DataFrame, members: pd.DataFrame, *, as_of: date, lines: Sequence[float]
) -> Climb | NotEnoughData:
    """Measure how long members take from each line to the next.

    Parameters
    ----------
    purchases : DataFrame, one row per customer and day
        The mart `purchases`; net of refunds.
    members : DataFrame, one row per member
        The mart `members`.
    as_of : date
        Last day of complete data.
    lines : sequence of amounts > 0
        At least two sums of cumulative spend that earn a gift.

    Returns
    -------
    Climb or NotEnoughData

    Raises
    ------
    ParameterError
        If there are fewer than two lines, or one is not above 0.
    """
    steps = sorted(set(lines))
    if len(steps) < 2 or steps[0] <= 0:
        raise ParameterError(f"Give two lines or more, each above 0; found {list(lines)}.")
    if missing := {"customer_id", "paid_at", "net_amount"} - set(purchases.columns):
        raise MissingColumns("purchases", missing, purchases.columns)
    days = _days(purchases[purchases["customer_id"].isin(members["customer_id"])], as_of)
    crossed = {line: _crossing(days, line) for line in steps}
    pairs = [(line, reach) for line, reach in pairwise(steps) if len(crossed[line]) >= FEWEST]
    facts: dict[str, Any] = {
        "as_of": as_of,
        "members": len(members),
        "first_line": steps[0],
        "reached_first": len(crossed[steps[0]]),
        "year": YEAR_DAYS,
        "fewest": FEWEST,
        "confidence": CONFIDENCE,
        "left_out": len(steps) - 1 - len(pairs),
    }
    if not pairs:
        return _refusal(facts)
    table = pd.DataFrame([_row(*pair, crossed) for pair in pairs])
    shown = table.dropna(subset=["share", "low"])
    if len(shown):
        first = shown.iloc[0]
        facts |= {name: first[name] for name in ("line", "next_line", "share", "low", "high")}
    return Climb(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(facts),
        title=TITLE,
        subtitle=_(
            "Members from the day on which their cumulative net spend came to a line; "
            "{confidence:percent} intervals"
        ),
        meaning=_(
            "Members who reach a high line are those who buy much: the lines are not what makes "
            "them fast."
        ),
    )


def _days(purchases: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return each purchase with the spend so far and the days that were watched after it."""
    day = pd.to_datetime(purchases["paid_at"]).dt.normalize()
    frame = pd.DataFrame(
        {
            "customer_id": purchases["customer_id"],
            "ago": (pd.Timestamp(as_of) - day).dt.days,
            "net": purchases["net_amount"].astype(float),
        }
    ).sort_values(["customer_id", "ago"], ascending=[True, False])
    return frame.assign(spend=frame.groupby("customer_id")["net"].cumsum())


def _crossing(days: pd.DataFrame, line: float) -> pd.Series:
    """Return how many days ago each member's spend came to the line, by customer."""
    # Sums of cents as floats may lie a hair below a round line.
    return days[days["spend"] >= line - 0.005].groupby("customer_id")["ago"].max()


def _row(line: float, reach: float, crossed: dict[float, pd.Series]) -> dict[str, Any]:
    start = crossed[line].astype(float)
    there = crossed[reach].reindex(start.index)
    arrived = there.notna()
    curve = kaplan_meier((start - there).where(arrived, start), arrived, confidence=CONFIDENCE)
    staying, low, high = curve.at(YEAR_DAYS)
    return {
        "line": float(line),
        "next_line": float(reach),
        "members": len(start),
        "reached": int(arrived.sum()),
        "share": 1 - staying,
        "low": 1 - high,
        "high": 1 - low,
        "days": np.nan if curve.median is None else curve.median,
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if "share" not in facts:
        return ()
    return (
        Claim(
            key="step_up",
            message=_(
                "Of members who have spent {line:money}, {share:percent} "
                "({low:percent}–{high:percent}) come to {next_line:money} within {year:days}."
            ),
            place="evidence",
        ),
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    if not facts["left_out"]:
        return ()
    return (
        _("From {left_out:count} lines fewer than {fewest:count} members have set out: left out."),
    )


def _refusal(facts: dict[str, Any]) -> NotEnoughData:
    return NotEnoughData(
        title=TITLE,
        because=_(
            "Of {members:count} members {reached_first:count} have spent {first_line:money} in "
            "orders that can be linked."
        ),
        needs=_("Needed: {fewest:count} members who have come to a line."),
        facts=facts,
    )
