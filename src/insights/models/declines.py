"""Declines: does a series of weekly rates fall against its peers, since when, and how surely?

The peers take out what happens to everybody in a week (a holiday, a poor post), and the noise is
measured, not assumed, because people's answers come in bunches. Two questions: an alarm that
watches week by week, with its false alarms counted beforehand, and a change looked for afterwards,
with the weeks in which it may have begun.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from insights.errors import DataError

Floats = NDArray[np.float64]
SLACK = 0.5  # In standard deviations: half of the fall that the alarm is tuned to see soonest.
EDGE = 4  # Weeks on each side of a change that it takes to see one.
TRIALS = 4000
SEED = 20_240_601
WITHIN = 5.991  # Of the doubled log-likelihood: what a change's week may be (Siegmund 1988), 95%.


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Week by week: how far below its own past, against the peers, and did that raise an alarm?

    Attributes
    ----------
    score : array, one entry a week
        Accumulated shortfall in standard deviations; NaN within the baseline.
    limit : float
        Beyond it is an alarm.
    alarm : int or None
        First week beyond the limit.
    began : int or None
        Week in which the shortfall that raised the alarm began to add up.
    """

    score: Floats
    limit: float
    alarm: int | None
    began: int | None


@dataclass(frozen=True, kw_only=True)
class Decline:
    """The likeliest fall of a series, by one step.

    Attributes
    ----------
    week, first, last : int
        The likeliest first week after the fall, and the weeks between which it lies.
    change, low, high : float
        Relative change at the step, such as -0.25, and its interval.
    p : float in [0, 1]
        Chance of a fall as clear somewhere in a series that has none.
    """

    week: int
    first: int
    last: int
    change: float
    low: float
    high: float
    p: float


def watch(log_ratio: ArrayLike, variance: ArrayLike, *, baseline: int, series: int = 1,
          level: float = 0.05) -> Watch:  # fmt: skip
    """Watch a series for a lasting fall (CUSUM), at a stated chance of any false alarm.

    Parameters
    ----------
    log_ratio, variance : arrays, one entry a week, oldest first
        Logarithm of the rate over the peers' rate, and its variance up to a common factor.
    baseline : int
        Weeks from which the level and the noise are learnt; nothing is said of them.
    series : int, default 1
        Series watched together: the chance of a false alarm is that of any of them.
    level : float in (0, 1), default 0.05
        Chance of a false alarm over all weeks watched.

    Notes
    -----
    Page (1954). The limit is simulated, the baseline's own noise included, because a level learnt
    from few weeks raises more alarms than textbooks' limits promise.

    Raises
    ------
    DataError
        If the baseline has fewer than 8 weeks or nothing follows it.
    """
    z, v = _read(log_ratio, variance)
    if baseline < 2 * EDGE or baseline >= z.size:
        raise DataError(
            f"A watch needs {2 * EDGE} weeks to learn from and one to watch; found {baseline} of "
            f"{z.size}."
        )
    u = _standardised(z[None], v[None], baseline)[0]
    score = np.full(z.size, np.nan)
    total, began, start = 0.0, None, baseline
    limit = _limit(baseline, z.size, series, level)
    alarm = None
    for week in range(baseline, z.size):
        if total <= 0:
            start = week
        total = max(0.0, total - u[week] - SLACK)
        score[week] = total
        if alarm is None and total > limit:
            alarm, began = week, start
    return Watch(score=score, limit=limit, alarm=alarm, began=began)


def decline(log_ratio: ArrayLike, variance: ArrayLike) -> Decline:
    """Look for the likeliest single fall in a series, and for the weeks in which it may lie.

    Parameters
    ----------
    log_ratio, variance
        As for `watch`.

    Raises
    ------
    DataError
        If there are fewer than 16 weeks.
    """
    z, v = _read(log_ratio, variance)
    if z.size < 4 * EDGE:
        raise DataError(f"A change needs {4 * EDGE} weeks to be looked for; found {z.size}.")
    gain, step, error, scatter = _steps(z[None], v[None])
    best = int(gain[0].argmax())
    may = np.flatnonzero(gain[0] >= gain[0, best] - WITHIN)
    null = _null_gains(z.size)
    change, spread = float(step[0, best]), float(error[0, best] * scatter[0])
    return Decline(
        week=best + EDGE,
        first=int(may.min()) + EDGE,
        last=int(may.max()) + EDGE,
        change=float(np.expm1(change)),
        low=float(np.expm1(change - 1.96 * spread)),
        high=float(np.expm1(change + 1.96 * spread)),
        p=float((null >= gain[0, best]).mean()),
    )


def _steps(z: Floats, v: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return, for each place of a step, by how much it helps, its size and error; and the noise.

    Only falls help. The noise is that of the best step's residuals, so that the step itself does
    not count as noise.
    """
    weight = 1 / v
    total, mass = (weight * z).sum(axis=1, keepdims=True), weight.sum(axis=1, keepdims=True)
    before_mass = weight.cumsum(axis=1)[:, EDGE - 1 : -EDGE]
    before = (weight * z).cumsum(axis=1)[:, EDGE - 1 : -EDGE] / before_mass
    after_mass = mass - before_mass
    after = (total - before * before_mass) / after_mass
    step, error = after - before, np.sqrt(1 / before_mass + 1 / after_mass)
    squares = (weight * (z - total / mass) ** 2).sum(axis=1)
    raw = np.where(step < 0, (step / error) ** 2, 0.0)
    left = np.maximum(squares - raw.max(axis=1), 1e-12) / (z.shape[1] - 2)
    return raw / left[:, None], step, error, np.sqrt(left)


def _standardised(z: Floats, v: Floats, baseline: int) -> Floats:
    weight = 1 / v[:, :baseline]
    mass = weight.sum(axis=1, keepdims=True)
    level = (weight * z[:, :baseline]).sum(axis=1, keepdims=True) / mass
    noise = (weight * (z[:, :baseline] - level) ** 2).sum(axis=1, keepdims=True) / (baseline - 1)
    return np.asarray((z - level) / np.sqrt(np.maximum(noise, 1e-12) * (v + 1 / mass)))


@cache
def _limit(baseline: int, weeks: int, series: int, level: float) -> float:
    rng = np.random.default_rng(SEED)
    z = rng.standard_normal((TRIALS * series, weeks))
    u = _standardised(z, np.ones_like(z), baseline)
    total, highest = np.zeros(len(u)), np.zeros(len(u))
    for week in range(baseline, weeks):
        total = np.maximum(0.0, total - u[:, week] - SLACK)
        highest = np.maximum(highest, total)
    return float(np.quantile(highest.reshape(TRIALS, series).max(axis=1), 1 - level))


@cache
def _null_gains(weeks: int) -> Floats:
    z = np.random.default_rng(SEED).standard_normal((TRIALS, weeks))
    return np.asarray(_steps(z, np.ones_like(z))[0].max(axis=1))


def _read(log_ratio: ArrayLike, variance: ArrayLike) -> tuple[Floats, Floats]:
    z, v = np.asarray(log_ratio, float).ravel(), np.asarray(variance, float).ravel()
    if z.size != v.size or not (np.isfinite(z) & np.isfinite(v) & (v > 0)).all():
        raise DataError("A weekly series needs one finite value and one variance a week.")
    return z, v
