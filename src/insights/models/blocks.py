"""Blocks: how do rates differ between treatments that a lot has dealt out within each block?

Randomised blocks (Fisher 1935): in every block the same treatments stand beside each other, and a
lot says which unit gets which, so that units are alike on average and no model of them is needed.
Compared are the odds of mean rates, which is what totals follow, and not the mean of logits, which
a few units with hardly any answer would drag down. Intervals are the jackknife's over blocks
(Tukey 1958) with Student's quantile.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from insights.errors import DataError

Floats = NDArray[np.float64]
FEWEST = 3  # blocks


@dataclass(frozen=True)
class Blocked:
    """What each treatment does against the first, as logarithms of odds ratios.

    Attributes
    ----------
    effect, low, high : array, one entry a treatment
        The first is 0 with an interval of no length.
    spread : float
        Standard deviation of one unit on the logit scale, as the differences show it.
    blocks : int
        The fewest blocks that any treatment shares with the first.
    """

    effect: Floats
    low: Floats
    high: Floats
    spread: float
    blocks: int


def blocked(
    rates: ArrayLike, block: ArrayLike, treatment: ArrayLike, *, confidence: float = 0.90
) -> Blocked:
    """Compare treatments within blocks.

    Parameters
    ----------
    rates : array of floats in [0, 1]
        One a unit; units of one block and treatment are averaged.
    block, treatment : arrays of int
        Number of the unit's block and treatment, from 0; treatment 0 is the one to compare with.
        Only blocks with both count for a treatment.
    confidence : float in (0, 1)
        Of the interval of each difference.

    Raises
    ------
    DataError
        If a treatment shares fewer than three blocks with the first, or a mean rate is 0 or 1.

    Examples
    --------
    >>> found = blocked([0.2, 0.1, 0.3, 0.15, 0.1, 0.06], [0, 0, 1, 1, 2, 2], [0, 1] * 3)
    >>> np.exp([found.effect[1], found.low[1], found.high[1]]).round(2).tolist()
    [0.46, 0.36, 0.59]
    """
    value, unit = np.asarray(rates, float), np.asarray(treatment, np.int64)
    number = np.unique(np.asarray(block), return_inverse=True)[1]
    treatments = int(unit.max()) + 1 if unit.size else 0
    shape = (int(number.max()) + 1 if number.size else 0, treatments)
    total, count = np.zeros(shape), np.zeros(shape)
    np.add.at(total, (number, unit), value)
    np.add.at(count, (number, unit), 1)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    shared = [int((~np.isnan(mean[:, 0]) & ~np.isnan(mean[:, k])).sum()) for k in range(treatments)]
    if treatments < 2 or min(shared) < FEWEST:
        raise DataError(
            f"A treatment shares {min(shared, default=0)} blocks with the first; {FEWEST} are "
            "needed. Draw lots in more of them."
        )
    found = np.zeros((3, treatments))
    spreads = []
    for k in range(1, treatments):
        pairs = mean[~np.isnan(mean[:, 0]) & ~np.isnan(mean[:, k])][:, [0, k]]
        middle, error = _jackknife(pairs)
        reach = float(student.ppf((1 + confidence) / 2, len(pairs) - 1)) * error
        found[:, k] = middle, middle - reach, middle + reach
        # Two units make a difference, whose variance falls with the number of blocks.
        spreads.append(error * np.sqrt(len(pairs) / 2))
    effect, low, high = found
    return Blocked(effect, low, high, float(np.mean(spreads)), min(shared))


def _jackknife(pairs: Floats) -> tuple[float, float]:
    """Return the logarithm of the odds ratio of the mean rates, and its standard error."""
    count, total = len(pairs), pairs.sum(axis=0)
    every = np.vstack([total / count, (total - pairs) / (count - 1)])
    if (every <= 0).any() or (every >= 1).any():
        raise DataError(
            "A treatment whose units all answered, or none of them, has no odds to compare. Wait "
            "for more answers, or draw lots in more blocks."
        )
    logit = np.log(every / (1 - every))
    apart = logit[:, 1] - logit[:, 0]
    rest = apart[1:]
    error = np.sqrt((count - 1) / count * ((rest - rest.mean()) ** 2).sum())
    return float(apart[0]), float(error)
