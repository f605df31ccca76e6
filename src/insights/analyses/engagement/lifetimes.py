"""Lifetimes: when do the answers to a piece come?

By the hour where each answer has its moment, by the day where a platform gives totals a day. Pieces
of which answers are still to come are left out.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.ages import (
    MIN_GROWN,
    NEEDED,
    counts_by_age,
    curve,
    judged_by,
)  # fmt: skip
from insights.analyses.engagement.channels import KINDS
from insights.analyses.engagement.counting import counted_alike
from insights.charts import marks
from insights.errors import MissingColumns
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HORIZON = 30  # days
CONFIDENCE = 0.90
RESAMPLES = 500
SEED = 7
HOURLY = {"content_id", "kind", "published_on", "hour_no"}
BY_HOUR = _("to the hour")
BY_DAY = _("to the day")
_TITLE = _("How long a piece lives")


@dataclass(frozen=True, eq=False, kw_only=True)
class Lifetimes(Result):
    """When answers come, by kind of content. One row per kind.

    `half_life` in hours with its 90% interval `low`, `high`: from publication where answers are
    dated to the hour (`told`), else from the midnight before it; `by_day`, `by_week` shares in
    [0, 1] of the answers of thirty days (to the day: by the end of the day after publication, and
    of the seventh); `held` the share of grown pieces whose answers of thirty days lay in the 90%
    band projected from their first day.
    """

    name = "lifetimes"
    columns = {
        "kind": Column(_("Channel"), "said"),
        "pieces": Column(_("Pieces"), "count"),
        "half_life": Column(_("Half of its answers within, hours"), "number"),
        "low": Column(_("Low"), "number"),
        "high": Column(_("High"), "number"),
        "told": Column(_("Known"), "said"),
        "by_day": Column(_("After a day"), "percent"),
        "by_week": Column(_("After a week"), "percent"),
        "held": Column(_("Projections that held"), "percent"),
    }

    def plot(self) -> "Axes":
        """Draw the half-life of each kind."""
        return marks.dots(
            self.table, name="kind", value="half_life", low="low", high="high", kind="number",
            xlabel=_("hours until half of the answers"),
        )  # fmt: skip


def lifetimes(
    looks: pd.DataFrame, hours: pd.DataFrame | None = None, *, as_of: date
) -> Lifetimes | NotEnoughData:
    """Say when the answers to each kind of content come.

    Parameters
    ----------
    looks : DataFrame, one row per content, audience and day of age
        The mart `content_looks`; of each kind the answer that it is judged by, see `ANSWERS`.
    hours : DataFrame, one row per content and hour of age, optional
        The mart `content_hours`: kinds that are in it are told to the hour.
    as_of : date
        Last day of complete data.

    Raises
    ------
    MissingColumns
        If a mart lacks a column.
    """
    if missing := NEEDED - {"answered"} - set(looks.columns):
        raise MissingColumns("content_looks", missing, looks.columns)
    if hours is not None and (missing := HOURLY - set(hours.columns)):
        raise MissingColumns("content_hours", missing, hours.columns)
    days, _older = counted_alike(looks, "source")
    old = _grown(days, as_of)
    by_hour = _grown(hours, as_of) if hours is not None else old.iloc[:0].assign(hour_no=[])
    rows = []
    for kind in [name for name in KINDS if name in set(old["kind"]) | set(by_hour["kind"])]:
        row = _by_hour(KINDS[kind], by_hour[by_hour["kind"] == kind])
        rows.append(row or _by_day(KINDS[kind], old[old["kind"] == kind]))
    table = pd.DataFrame([row for row in rows if row])
    facts: dict[str, Any] = {
        "as_of": as_of, "horizon": HORIZON, "min_grown": MIN_GROWN, "confidence": CONFIDENCE,
        "pieces": int(old["content_id"].nunique()),
    }  # fmt: skip
    if table.empty:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{pieces:count} pieces with answers are older than {horizon:days}: too few to say "
                "when answers come."
            ),
            needs=_("Needed: {min_grown:count} such pieces of one channel, with dated answers."),
            facts=facts,
        )
    # What is known to the hour is worth saying first.
    exact = table[table["told"] == BY_HOUR]
    longest = (exact if len(exact) else table).sort_values("pieces").iloc[-1]
    facts |= {
        "kind": longest["kind"], "half_life": float(longest["half_life"]),
        "half_low": float(longest["low"]), "half_high": float(longest["high"]),
        "by_day": float(longest["by_day"]), "by_week": float(longest["by_week"]),
        "held": float(longest["held"]),
    }  # fmt: skip
    caveats = [
        _(
            "Young pieces are measured against what older ones had at their age; projected "
            "from the first day, {held:percent} of older pieces ended in their band."
        ),
    ]
    if (table["told"] == BY_DAY).any():
        caveats.append(
            _(
                "Where a platform gives totals a day, hours count from the midnight before "
                "publication: a piece of the evening lives less long than it seems."
            )
        )
    return Lifetimes(
        table=table,
        facts=facts,
        claims=(
            Claim(
                key="half_life",
                place="evidence",
                message=_(
                    "{kind:said}: half of the answers of {horizon:days} come within "
                    "{half_life:number} hours ({half_low:number}–{half_high:number}); after a day "
                    "{by_day:percent} of them are in."
                ),
                holds=[Holds("half lies within its interval", _ordered(facts))],
            ),
        ),
        caveats=tuple(caveats),
        title=_TITLE,
        subtitle=_(
            "Hours from publication until half of the answers of {horizon:days}; lines are "
            "{confidence:percent} intervals over pieces"
        ),
        meaning=_("After a few half-lives a piece is what it is: compare pieces of one age only."),
        alt=_("Dot chart of half-lives by channel."),
    )


def half_life(share: np.ndarray) -> float:
    """Return ages until half of the answers, evenly within one: days of days, hours of hours.

    Examples
    --------
    >>> half_life(np.array([0.25, 0.75, 1.0]))
    1.5
    """
    step = int(np.argmax(share >= 0.5))
    before = float(share[step - 1]) if step else 0.0
    return step + (0.5 - before) / (float(share[step]) - before)


def _grown(frame: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return the rows of pieces that are thirty days old, with the answers they are judged by."""
    age = (pd.Timestamp(as_of) - pd.to_datetime(frame["published_on"])).dt.days
    return frame.assign(answered=judged_by(frame))[age >= HORIZON]


def _by_hour(kind: str, mine: pd.DataFrame) -> dict[str, Any] | None:
    counts = counts_by_age(mine, _pieces(mine), HORIZON * 24 - 1, age="hour_no")
    counts = counts[counts.sum(axis=1) > 0]
    if len(counts) < MIN_GROWN:
        return None
    daily = counts.reshape(len(counts), HORIZON, 24).sum(axis=2)
    found, low, high = _half(counts)
    share = curve(daily).share
    return {
        "kind": kind, "pieces": len(counts), "half_life": found, "low": low, "high": high,
        "told": BY_HOUR, "by_day": float(share[0]), "by_week": float(share[6]),
        "held": _held(daily),
    }  # fmt: skip


def _by_day(kind: str, mine: pd.DataFrame) -> dict[str, Any] | None:
    counts = counts_by_age(mine, _pieces(mine), HORIZON)
    counts = counts[counts.sum(axis=1) > 0]
    if len(counts) < MIN_GROWN:
        return None
    found, low, high = (24 * value for value in _half(counts))
    if found < 24:
        # Within the first day, totals a day say nothing of the hour.
        low, high = 0.0, 24.0
    share = curve(counts).share
    return {
        "kind": kind, "pieces": len(counts), "half_life": found, "low": low, "high": high,
        "told": BY_DAY, "by_day": float(share[1]), "by_week": float(share[7]),
        "held": _held(counts),
    }  # fmt: skip


def _pieces(frame: pd.DataFrame) -> pd.Index:
    """Return the pieces in an order of their own: resampling must not go by the engine's."""
    return pd.Index(frame["content_id"]).unique().sort_values()


def _half(counts: np.ndarray) -> tuple[float, float, float]:
    """Return the age by which half of the answers had come, and its interval over pieces."""
    random = np.random.default_rng(SEED)
    halves = []
    for _draw in range(RESAMPLES):
        again = counts[random.integers(len(counts), size=len(counts))].sum(axis=0)
        halves.append(half_life(again.cumsum() / again.sum()))
    low, high = np.quantile(halves, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    total = counts.sum(axis=0)
    found = half_life(total.cumsum() / total.sum())
    return found, min(float(low), found), max(float(high), found)


def _held(counts: np.ndarray) -> float:
    """Project each piece from its first day by the others' curve; return how often that held."""
    random = np.random.default_rng(SEED)
    within = []
    folds = np.arange(len(counts)) % 5
    for fold in range(5):
        known = curve(counts[folds != fold]) if (folds != fold).sum() >= MIN_GROWN else None
        if known is None or known.share[0] <= 0:
            continue
        for mine in counts[folds == fold]:
            share = known.share[0] * np.exp(known.spread[0] * random.standard_normal(400))
            # What came on the first day was itself drawn: allow for both.
            rate = random.gamma(mine[0] + 0.5, 1.0, 400) / np.clip(share, 1e-6, 1.0)
            total = mine[0] + random.poisson(rate * np.clip(1 - share, 0, 1))
            low, high = np.quantile(total, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
            within.append(low <= mine.sum() <= high)
    return float(np.mean(within)) if within else float("nan")


def _ordered(facts: dict[str, Any]) -> bool:
    return bool(facts["half_low"] <= facts["half_life"] <= facts["half_high"])
