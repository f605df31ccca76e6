"""Blocks: how do treatments differ that a lot has dealt out within each block?

Randomised blocks, read by least squares with a level for each block and each treatment: what blocks
have in common is taken off, and the interval is Student's on what is left over (Fisher 1935). It
needs no prior and no model of the units, because the lot has made them alike; blocks may lack
treatments.
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
    """What each treatment does against the first, in the unit of the values.

    Attributes
    ----------
    effect, low, high : array, one entry a treatment
        The first is 0 with an interval of no length.
    spread : float
        Standard deviation of one value beyond block and treatment.
    blocks : int
        Blocks with two treatments or more.
    """

    effect: Floats
    low: Floats
    high: Floats
    spread: float
    blocks: int


def blocked(
    values: ArrayLike, block: ArrayLike, treatment: ArrayLike, *, confidence: float = 0.90
) -> Blocked:
    """Compare treatments within blocks.

    Parameters
    ----------
    values : array of floats
        One a unit.
    block, treatment : arrays of int
        Number of the unit's block and treatment, from 0; treatment 0 is the one to compare with.
    confidence : float in (0, 1)
        Of the interval of each difference.

    Raises
    ------
    DataError
        If fewer than three blocks have two treatments, or a treatment never met another.

    Examples
    --------
    >>> found = blocked([1.0, 2.1, 3.0, 4.0, 5.0, 5.9], [0, 0, 1, 1, 2, 2], [0, 1] * 3)
    >>> found.effect.round(2).tolist(), found.low.round(2).tolist(), found.high.round(2).tolist()
    ([0.0, 1.0], [0.0, 0.83], [0.0, 1.17])
    """
    value, unit = np.asarray(values, float), np.asarray(treatment, np.int64)
    number = np.unique(np.asarray(block), return_inverse=True)[1]
    count = int(number.max()) + 1 if number.size else 0
    several = np.array([np.unique(unit[number == b]).size > 1 for b in range(count)], bool)
    kept = several[number]
    if several.sum() < FEWEST:
        raise DataError(
            f"{int(several.sum())} blocks have two treatments or more; {FEWEST} are needed. Draw "
            "lots in more of them."
        )
    value, unit = value[kept], unit[kept]
    number = np.unique(number[kept], return_inverse=True)[1]
    blocks, treatments = number.max() + 1, int(np.asarray(treatment).max()) + 1
    design = np.zeros((value.size, blocks + treatments - 1))
    design[np.arange(value.size), number] = 1.0
    later = unit > 0
    design[np.flatnonzero(later), blocks + unit[later] - 1] = 1.0
    free = value.size - design.shape[1]
    if np.linalg.matrix_rank(design) < design.shape[1] or free < 1:
        raise DataError(
            "Treatments that never stood beside another one in a block cannot be compared. Leave "
            "them out, or draw lots in more blocks."
        )
    inverse = np.linalg.inv(design.T @ design)
    found = inverse @ design.T @ value
    left = value - design @ found
    spread = float(np.sqrt(left @ left / free))
    effect = np.concatenate([[0.0], found[blocks:]])
    error = spread * np.sqrt(np.concatenate([[0.0], np.diag(inverse)[blocks:]]))
    reach = float(student.ppf((1 + confidence) / 2, free)) * error
    return Blocked(effect, effect - reach, effect + reach, spread, int(blocks))
