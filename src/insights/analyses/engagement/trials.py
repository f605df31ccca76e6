"""Trials: what did one arm do more than the control, how sure is that, and how much of it is luck?

The arithmetic of a randomised comparison, of people or of whole periods: a switchback, in which the
treatment is on one week and off the next, and a week is one observation however many it has.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from insights.errors import DataError
from insights.models.arms import share_difference

# A lottery with honest arms fails the ratio check once in a thousand times.
RATIO_ALPHA = 0.001
# With fewer past trials than this their spread says little: the stated prior is used.
MIN_TRIALS = 4
PRIOR_SHARE = 0.25  # Before anything is seen, a lift is within a quarter of the control's mean.


@dataclass(frozen=True, kw_only=True)
class Lift:
    """One arm against the control. Amounts are in the unit of the outcome.

    `error` is the standard error of `raw`; `low`, `high` its interval.
    """

    mean: float
    control: float
    raw: float
    low: float
    high: float
    error: float
    units: int
    control_units: int


def ratio_check(counts: ArrayLike, shares: ArrayLike) -> float:
    """Return the chance that a fair lottery gives arms as unequal as these (chi-squared).

    Parameters
    ----------
    counts : array, people in each arm
    shares : array, what each arm was meant to get; scaled to add up to one

    Raises
    ------
    DataError
        If there are fewer than two arms, or an arm was meant to get nothing.

    Examples
    --------
    >>> round(ratio_check([5_000, 5_000], [0.5, 0.5]), 3)
    1.0
    >>> ratio_check([5_300, 4_700], [0.5, 0.5]) < 0.001
    True
    """
    from scipy.stats import chi2  # noqa: PLC0415 - scipy loads when something is asked

    seen, share = np.asarray(counts, float), np.asarray(shares, float)
    if seen.size < 2 or (share <= 0).any() or seen.sum() <= 0:
        raise DataError(
            f"A lottery has at least two arms, each with a chance above zero; found {seen.size} "
            f"arms with the chances {share.tolist()}."
        )
    expected = seen.sum() * share / share.sum()
    return float(chi2.sf(((seen - expected) ** 2 / expected).sum(), seen.size - 1))


def lift(
    treated: ArrayLike,
    control: ArrayLike,
    *,
    strata: tuple[ArrayLike, ArrayLike] | None = None,
    confidence: float = 0.95,
) -> Lift:
    """Compare the outcomes of two arms, one value a person (or a period).

    Parameters
    ----------
    treated, control : arrays
        Outcomes of either arm.
    strata : two arrays of int, optional
        In which lottery each of them was: arms are compared within, where people had one chance,
        and then pooled. People of a stratum that lacks an arm say nothing and are left out.
    confidence : float in (0, 1), default 0.95

    Notes
    -----
    Shares (all values 0 or 1) get Newcombe's interval, other outcomes Welch's, with Satterthwaite's
    degrees of freedom. Strata have the weights of Mantel and Haenszel, as in
    `insights.models.arms.share_difference`.

    Raises
    ------
    DataError
        If no stratum has two values in each arm (of shares: one, and two in each arm in all).
    """
    from scipy.stats import t as student  # noqa: PLC0415 - as above

    a, b = np.asarray(treated, float), np.asarray(control, float)
    of = strata or (np.zeros(a.size, int), np.zeros(b.size, int))
    codes = np.unique(np.concatenate([np.asarray(x) for x in of]), return_inverse=True)[1]
    shares = bool(np.isin(a, (0, 1)).all() and np.isin(b, (0, 1)).all())
    count, total, spread = _moments(
        (a, b), (codes[: a.size], codes[a.size :]), int(codes.max(initial=-1)) + 1
    )
    both = (count >= (1 if shares else 2)).all(axis=0)
    count, total, spread = count[:, both], total[:, both], spread[:, both]
    units = count.sum(axis=1)
    if not both.any() or units.min() < 2:
        raise DataError(
            f"A comparison needs two values in each arm that had one chance; found {a.size} and "
            f"{b.size} in {both.size} lotteries. Wait for more of them, or join arms."
        )
    weight = count.prod(axis=0) / count.sum(axis=0)
    weight /= weight.sum()
    mean, base = (total / count) @ weight
    parts = weight**2 * spread / count
    error, raw = float(np.sqrt(parts.sum())), float(mean - base)
    if shares:
        found = share_difference(total[0], count[0], total[1], count[1], confidence=confidence)
        low, high = found.low, found.high
        # Two arms in which nobody did it are not known to be alike: the interval says how far.
        error = max(error, (high - low) / (2 * float(student.ppf((1 + confidence) / 2, 1e6))))
    else:
        df = parts.sum() ** 2 / max(float((parts**2 / (count - 1)).sum()), 1e-300)
        reach = float(student.ppf((1 + confidence) / 2, max(df, 1.0))) * error
        low, high = raw - reach, raw + reach
    return Lift(
        mean=float(mean), control=float(base), raw=raw, low=low, high=high, error=error,
        units=int(units[0]), control_units=int(units[1]),
    )  # fmt: skip


def _moments(
    values: tuple[np.ndarray, np.ndarray], codes: tuple[np.ndarray, np.ndarray], strata: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return count, sum and variance of each arm (rows) in each stratum (columns)."""
    count, total, spread = (np.zeros((2, strata)) for _ in range(3))
    for arm, (value, code) in enumerate(zip(values, codes, strict=True)):
        count[arm] = np.bincount(code, minlength=strata)
        total[arm] = np.bincount(code, value, strata)
        away = value - (total[arm] / np.maximum(count[arm], 1))[code]
        spread[arm] = np.bincount(code, away**2, strata) / np.maximum(count[arm] - 1, 1)
    return count, total, spread


def shrunk(
    raw: ArrayLike,
    error: ArrayLike,
    control: ArrayLike,
    *,
    trials: int | None = None,
    confidence: float = 0.95,
) -> tuple[pd.DataFrame, float]:
    """Draw lifts towards none, by as much as lifts are found to differ from luck.

    Parameters
    ----------
    raw, error, control : arrays, one entry per comparison
        Lift, its standard error, and the control's mean, in the unit of the outcome: one outcome,
        because several of the same people are one piece of evidence told several times.
    trials : int, optional
        Lotteries that the comparisons come from, where arms share a control; all of them if not
        given.

    Returns
    -------
    DataFrame
        ``shrunk``, ``low``, ``high``, in the unit of the outcome.
    float
        Standard deviation of true relative lifts that was used.

    Notes
    -----
    Relative lifts are taken as normal around zero. Their spread comes from the comparisons
    themselves where they are of four trials (method of moments, as DerSimonian and Laird 1986),
    else it is the stated prior of a quarter.

    Examples
    --------
    >>> found, spread = shrunk([0.02], [0.01], [0.10])
    >>> spread, found["shrunk"].round(4).tolist()
    (0.25, [0.0172])
    """
    from scipy.stats import norm  # noqa: PLC0415 - as above

    y, se, base = (np.asarray(x, float) for x in (raw, error, control))
    scale = np.where(np.abs(base) > 0, np.abs(base), np.nan)
    relative, noise = y / scale, se / scale
    spread = PRIOR_SHARE
    usable = np.isfinite(relative) & np.isfinite(noise) & (noise > 0)
    if min(usable.sum(), trials or usable.size) >= MIN_TRIALS:
        w = 1 / noise[usable] ** 2
        excess = float(w @ relative[usable] ** 2) - usable.sum()
        # Luck may hide a spread altogether: a little is always left, or one comparison that stands
        # out of many would be drawn to nothing.
        spread = float(np.sqrt(max(excess / w.sum(), (PRIOR_SHARE / 10) ** 2)))
    weight = np.where(noise > 0, spread**2 / (spread**2 + noise**2), 1.0)
    reach = norm.ppf((1 + confidence) / 2) * np.sqrt(weight) * se
    frame = pd.DataFrame(
        {"shrunk": weight * y, "low": weight * y - reach, "high": weight * y + reach}
    )
    return frame, spread
