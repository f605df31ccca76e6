"""Alarms: in which audience do answers fall, since when, once doses and posts are allowed for?

Likes of each audience's friends on Moments, week by week, against what the other audiences gave the
same posts, after the dose of the week: a raw rate falls with every campaign burst and every poor
post. The shortfall adds up (CUSUM, Page 1954); the limit is simulated for a stated chance of any
false alarm, and the noise is measured on the audience's own past.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.panel import NO_FRIENDS, by_audience, read_weeks
from insights.charts import marks
from insights.models.declines import watch
from insights.models.peers import against_peers, wander
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WATCHED_WEEKS = 40
MIN_BASELINE = 16
MIN_LIKES = 5  # A week of an audience with fewer expected says too little to be one observation.
LEVEL = 0.04  # Chance of any false alarm over the weeks watched, all audiences together.
FALLEN, QUIET = _("answers have fallen"), _("no alarm")
_TITLE = _("Is an audience tiring?")


@dataclass(frozen=True, eq=False, kw_only=True)
class Alarms(Result):
    """Shortfall of each audience, week by week. One row per (audience, week watched).

    `shortfall` adds up how far answers stayed below expectation, in standard deviations; beyond
    `limit` is an alarm. `ratio` is answers over expected ones.
    """

    name = "alarms"
    columns = {
        "audience": Column(_("Audience"), "text"),
        "week_on": Column(_("Week of"), "day"),
        "liked": Column(_("Likes"), "count"),
        "expected": Column(_("Expected"), "count"),
        "ratio": Column(_("Of expected"), "percent"),
        "shortfall": Column(_("Shortfall added up"), "number"),
        "limit": Column(_("Alarm beyond"), "number"),
        "state": Column(_("State"), "said"),
    }

    def plot(self) -> "Axes":
        """Draw how each audience's shortfall adds up, with the limit."""
        return marks.line(
            self.table.assign(week=self.table["week_on"].astype(str)),
            x="week",
            y="shortfall",
            by="audience",
            y_kind="number",
            xlabel=_("week"),
            ylabel=_("shortfall in standard deviations"),
            reference=float(self.facts["limit"]),
            reference_label=_("alarm"),
        )


def alarms(
    weeks: pd.DataFrame, *, as_of: date, watched: int = WATCHED_WEEKS, level: float = LEVEL
) -> Alarms | NotEnoughData:
    """Watch each audience's answers for a lasting fall.

    Parameters
    ----------
    weeks : DataFrame, one row per account and week
        The mart `staff_week`.
    as_of : date
        Last day of complete data.
    watched : int, default 40
        The last so many weeks are watched; what lies before is what is normal.
    level : float in (0, 1), default 0.04
        Chance of any false alarm over all audiences and weeks watched.

    Returns
    -------
    Alarms or NotEnoughData

    Notes
    -----
    The bars (`tests/truth/test_fatigue.py`, 40 made brands): any false alarm in 26 weeks in fewer
    than 10% of them, a fall of 40% found in at least 90%, with a median delay of six weeks at most.
    """
    series = _series(by_audience(read_weeks(weeks)))
    baseline = len(series.weeks) - watched
    facts: dict[str, Any] = {
        "as_of": as_of,
        "audiences": len(series.names),
        "weeks": len(series.weeks),
        "watched": watched,
        "min_baseline": MIN_BASELINE,
        "needed": MIN_BASELINE + watched,
        "min_likes": MIN_LIKES,
        "level": level,
        "thin": " / ".join(series.thin),
        "thin_count": len(series.thin),
    }
    if len(series.names) < 2 or baseline < MIN_BASELINE:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{audiences:count} audiences have {min_likes:count} likes a week or more for "
                "{weeks:count} weeks: too little to know what is normal."
            )
            if len(weeks)
            else NO_FRIENDS,
            needs=_(
                "Needed: likes of Moments (get_moment_comments of WeCom) of two audiences over "
                "{needed:count} weeks, and the list of staff with their regions."
            ),
            facts=facts,
        )
    beta = _dose_effect(series, baseline)
    rows, found = [], []
    against = against_peers(series.liked, series.shown * np.exp(beta * series.dose))
    strays = wander([ratio[:baseline] for ratio, _variance in against])
    for place, audience in enumerate(series.names):
        ratio, variance = against[place]
        normal = float(np.average(ratio[:baseline], weights=1 / variance[:baseline]))
        # Weeks that hang together pass a limit made for weeks that do not: they count for less.
        calmed = np.where(
            np.arange(ratio.size) < baseline, ratio, normal + (ratio - normal) / strays
        )
        seen = watch(calmed, variance, baseline=baseline, series=len(series.names), level=level)
        fell = np.exp(ratio - normal)
        liked = series.liked[place]
        beyond = np.nan_to_num(seen.score) > seen.limit
        if seen.alarm is not None and seen.began is not None:
            # Weights as the alarm has them, so that what raised it is a fall by this measure, too.
            span = slice(seen.began, seen.alarm + 1)
            weight = 1 / np.sqrt(variance[span] + 1 / (1 / variance[:baseline]).sum())
            found.append(
                {
                    "audience": audience,
                    "alarm": seen.alarm,
                    "began": seen.began,
                    "fallen": 1 - float(np.exp(np.average(ratio[span] - normal, weights=weight))),
                    "lasts": bool(beyond[-1]),
                }
            )
        rows.append(
            pd.DataFrame(
                {
                    "audience": audience,
                    "week_on": series.days,
                    "liked": liked.astype(int),
                    "expected": np.where(fell > 0, liked / np.maximum(fell, 1e-12), np.nan),
                    "ratio": fell,
                    "shortfall": seen.score,
                    "limit": seen.limit,
                    "state": np.where(beyond, FALLEN, QUIET),
                }
            ).iloc[baseline:]
        )
    table = pd.concat(rows, ignore_index=True)
    facts |= {
        "dose_effect": float(np.expm1(beta)),
        "wander": strays,
        "limit": float(table["limit"].iloc[0]),
    }
    facts |= _alarm_facts(found, series)
    return Alarms(
        table=table,
        facts=facts,
        claims=_claims(facts, table),
        caveats=_caveats(facts),
        checks=(
            Check(
                key="enough_to_learn_from",
                message=_("What is normal was learnt from weeks before those watched."),
                passed=bool(baseline >= MIN_BASELINE),
                evidence=_("{baseline:count} weeks"),
                facts={"baseline": baseline},
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "Likes on Moments of each audience against the others', after the dose of the week, "
            "added up over {watched:count} weeks; any false alarm has a chance of {level:percent}"
        ),
        meaning=_(
            "A line that stays near zero is well. One that climbs beyond the dashed line is an "
            "audience whose answers fell and stayed low: look at what it is sent before its sales "
            "are asked about."
        ),
        alt=_("Line chart of {audiences:count} audiences' shortfalls over {watched:count} weeks."),
    )


@dataclass(frozen=True, kw_only=True)
class _Series:
    names: list[str]
    weeks: list[int]
    days: list[Any]
    liked: np.ndarray
    shown: np.ndarray
    dose: np.ndarray
    thin: list[str]


def _series(panel: pd.DataFrame) -> _Series:
    """Arrange audiences by weeks; weeks in which one has nothing shown are left out for all."""
    if panel.empty:
        empty = np.zeros((0, 0))
        return _Series(names=[], weeks=[], days=[], liked=empty, shown=empty, dose=empty, thin=[])
    grids = {
        name: panel.pivot_table(index="region", columns="week_no", values=name, aggfunc="sum")
        for name in ("liked", "shown", "dose")
    }
    typical = grids["liked"].fillna(0).median(axis=1)
    strong = typical.index[typical >= MIN_LIKES]
    thin = [str(name) for name in typical.index.difference(strong)]
    shown = grids["shown"].loc[strong]
    whole = shown.columns[(shown.fillna(0) > 0).all()] if len(strong) else shown.columns[:0]
    days = panel.drop_duplicates("week_no").set_index("week_no")["week_on"]
    return _Series(
        names=[str(name) for name in strong],
        weeks=[int(week) for week in whole],
        days=[days[week] for week in whole],
        liked=grids["liked"].loc[strong, whole].fillna(0).to_numpy(float),
        shown=shown[whole].to_numpy(float),
        dose=grids["dose"].loc[strong, whole].fillna(0).to_numpy(float),
        thin=thin,
    )


def _log_rate(liked: np.ndarray, shown: np.ndarray) -> np.ndarray:
    # Half an event (Anscombe) so that a week without a like is low, and not minus infinity.
    return np.asarray(np.log((liked + 0.5) / (shown + 1.0)))


def _dose_effect(series: _Series, baseline: int) -> float:
    """Effect of one message a friend on the logarithm of the rate, within weeks and audiences."""
    z = _log_rate(series.liked, series.shown)[:, :baseline]
    d = series.dose[:, :baseline]
    w = series.liked[:, :baseline] + 0.5
    z, d = _two_way(z, w), _two_way(d, w)
    spread = float((w * d * d).sum())
    if spread <= 1e-9 * w.sum():
        return 0.0  # All were sent alike in every week: nothing to adjust for, nothing to learn.
    beta = float((w * d * z).sum() / spread)
    residual = z - beta * d
    rows, columns = z.shape
    freedom = max((rows - 1) * (columns - 1) - 1, 1)
    error = float(np.sqrt((w * residual**2).sum() / freedom / spread))
    # Shrunk by its own noise, so that a slope learnt from nothing adjusts nothing.
    return beta * beta**2 / (beta**2 + error**2)


def _two_way(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    for _round in range(30):
        values = values - np.average(values, axis=1, weights=weight, keepdims=True)
        values = values - np.average(values, axis=0, weights=weight, keepdims=True)
    return values


def _alarm_facts(found: list[dict[str, Any]], series: _Series) -> dict[str, Any]:
    lasting = [f for f in found if f["lasts"]]
    facts: dict[str, Any] = {"alarms": len(lasting), "recovered": len(found) - len(lasting)}
    facts["recovered_name"] = " / ".join(f["audience"] for f in found if not f["lasts"])
    if lasting:
        first = min(lasting, key=lambda f: f["alarm"])
        facts |= {
            "first": first["audience"],
            "first_week": series.days[first["alarm"]],
            "began_week": series.days[first["began"]],
            "fallen": first["fallen"],
        }
    return facts


def _claims(facts: dict[str, Any], table: pd.DataFrame) -> tuple[Claim, ...]:
    now = table[table["week_on"] == table["week_on"].max()]
    if not facts["alarms"]:
        return (
            Claim(
                key="no_audience_tires",
                undecided=True,
                topic="tiring",
                place="evidence",
                message=_(
                    "No audience's answers stay below what the others' past would have them; those "
                    "of {recovered_name} did, and have come back."
                )
                if facts["recovered"]
                else _(
                    "In {watched:count} weeks no audience's answers fell lastingly against the "
                    "others'."
                ),
                holds=[
                    Holds("no shortfall is beyond the limit", not (now["state"] == FALLEN).any())
                ],
            ),
        )
    message = (
        _(
            "{first}: since the week of {began_week:day} friends like {fallen:percent} less than "
            "other audiences' past would have them; the alarm went off in the week of "
            "{first_week:day}."
        )
        if facts["alarms"] == 1
        else _(
            "{alarms:count} audiences answer less than they did; first {first}, since the week of "
            "{began_week:day}, by {fallen:percent}."
        )
    )
    return (
        Claim(
            key="audience_tires",
            topic="tiring",
            message=message,
            holds=[
                Holds("its shortfall is beyond the limit", bool((now["state"] == FALLEN).any())),
                Holds("its answers are below expectation", facts["fallen"] > 0),
            ],
        ),
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = [
        _(
            "Audiences are compared with one another: a fall that all of them share is not seen "
            "here, and it may be the posts."
        ),
        _("Answers are likes of Moments: WeCom does not tell what customers wrote or read."),
    ]
    if facts["thin_count"]:
        caveats.append(
            _("{thin} have fewer than {min_likes:count} likes in a usual week and are not watched.")
        )
    return tuple(caveats)
