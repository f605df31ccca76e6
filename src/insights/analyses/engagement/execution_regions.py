"""Regions of execution: does one carry out less or more than the others, beyond luck and choice?

Of many regions that are alike the first and the last differ, and by more the more regions there
are. So each is held against all others on the same pieces, and Holm's rule allows for how many were
looked at.
"""

import numpy as np
import pandas as pd

from insights.models.multiplicity import holm
from insights.wording import _

LESS, MORE, UNTOLD = (
    _("less than the other regions"),
    _("more than the other regions"),
    _("not told apart"),
)


def regions_apart(seen: pd.DataFrame, *, confidence: float, least: int) -> pd.DataFrame:
    """Hold each region against all others of one channel.

    Parameters
    ----------
    seen : DataFrame, one row per content and region
        ``content_id``, ``region``, ``asked`` (above 0), ``published`` (at most ``asked``).
    confidence : float in (0, 1)
        Chance that regions which are all alike are all said to be.
    least : int
        Pieces that a region and the others must share.

    Returns
    -------
    DataFrame, one row per region, by name
        ``rest``, the share carried out by all others on the region's pieces; ``gap``, the region's
        less that; ``verdict``. Regions with too few pieces or no others are left out.

    Notes
    -----
    The gap is a difference of ratios of sums over the same pieces (Cochran, Sampling Techniques,
    6.4), with Student's quantile and never surer than guides drawn one by one would make it;
    step-down rule of Holm (1979).
    """
    from scipy.stats import t as student  # noqa: PLC0415 - scipy loads when something is asked

    total = seen.groupby("content_id")[["asked", "published"]].sum()
    rows = []
    for region, mine in seen.groupby("region", sort=True):
        own = mine.groupby("content_id")[["asked", "published"]].sum()
        rest = total.loc[own.index] - own
        both = rest["asked"] > 0
        own, rest = own[both], rest[both]
        if len(own) < least:
            continue
        (rate, away, floor), (other, away_rest, floor_rest) = _share(own), _share(rest)
        spread = ((away - away_rest) ** 2).sum() * len(own) / (len(own) - 1)
        error = float(np.sqrt(max(spread, floor + floor_rest)))
        p = 2 * float(student.sf(abs(rate - other) / error, len(own) - 1))
        rows.append({"region": region, "rest": other, "gap": rate - other, "p": p})
    found = pd.DataFrame(rows, columns=["region", "rest", "gap", "p"]).set_index("region")
    # Of two regions either says what the other does: that is one test.
    p = found["p"].to_numpy(float)
    apart = (p if p.size == 2 else holm(p)) <= 1 - confidence
    found["verdict"] = np.select([apart & (found["gap"] < 0), apart], [LESS, MORE], default=UNTOLD)
    return found.drop(columns="p")


def _share(sums: pd.DataFrame) -> tuple[float, np.ndarray, float]:
    """Return the share, by how much each piece moves it, and the least variance it can have."""
    asked = float(sums["asked"].sum())
    rate = float(sums["published"].sum()) / asked
    away = (sums["published"] - rate * sums["asked"]).to_numpy(float) / asked
    drawn = (sums["published"].sum() + 0.5) / (asked + 1)
    return rate, away, float(drawn * (1 - drawn) / asked)
