"""Multiplicity: how sure is a finding that was looked for in several places?

Of twenty tests of nothing one is below 5%. Corrected, the chance of any false finding among all of
them is what a single one claims.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def holm(p: ArrayLike) -> NDArray[np.float64]:
    """Correct p of several tests by Holm's step-down method; missing ones stay missing.

    Parameters
    ----------
    p : array of floats in [0, 1], or NaN

    Returns
    -------
    array
        Compared with a level, the chance of any false finding is at most that level.

    Notes
    -----
    Source: Holm (1979), Scandinavian Journal of Statistics 6.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p, float)
    corrected = np.full(p.size, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    steps = p[order] * (known.size - np.arange(known.size))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return corrected
