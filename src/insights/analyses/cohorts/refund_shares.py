"""Refund shares: of which groups' sales does more money go back than of all else that was sold?

From sums alone, so that marts of any size are a few rows here. The share is a ratio of sums, R =
back / paid; its variance over what was drawn (orders, or their lines) is
(sum back^2 - 2 R sum back paid + R^2 sum paid^2) / (sum paid)^2 (Cochran 1977, section 2.11).
"""

from collections.abc import Collection
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from insights.analyses.cohorts.definition import CONFIDENCE

MIN_ORDERS = 100  # Fewer have no interval that can be trusted: a few dear ones decide.
SUMS = (
    "orders", "gross_amount", "refund_amount", "gross_square", "refund_square", "gross_refund",
)  # fmt: skip


def against_rest(
    groups: pd.DataFrame, whole: "pd.Series[float]", *, untested: Collection[str] = ()
) -> tuple[list[dict[str, Any]], int]:
    """Hold each group against all else.

    Parameters
    ----------
    groups : DataFrame, one row per group
        Its name as the index, and `SUMS`.
    whole : Series
        `SUMS` of the groups and of what belongs to none.
    untested : collection of str
        Names of groups that are nobody's to answer for: shown, and not on trial.

    Returns
    -------
    rows, small
        One row per group with `share`, `low`, `high`, `rest` in [0, 1] and `p`, not yet corrected;
        and how many groups have too few orders, or leave too few to be held against.
    """
    rows = []
    for group, mine in groups.iterrows():
        others = whole - mine
        if mine["orders"] < MIN_ORDERS or others["orders"] < MIN_ORDERS:
            continue
        share, error = _ratio(mine)
        rest, rest_error = _ratio(others)
        half = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * error
        rows.append(
            {
                "group": str(group),
                "orders": int(mine["orders"]),
                "gross_amount": float(mine["gross_amount"]),
                "share": share,
                "low": max(share - half, 0.0),
                "high": min(share + half, 1.0),
                "rest": rest,
                "p": np.nan
                if group in untested
                else _apart(share - rest, float(np.hypot(error, rest_error))),
            }
        )
    return rows, len(groups) - len(rows)


def _apart(difference: float, error: float) -> float:
    """Return the two-sided p of a difference; without any spread it is none or beyond doubt."""
    if error <= 0:
        return float(difference == 0)
    return 2 * NormalDist().cdf(-abs(difference) / error)


def _ratio(sums: "pd.Series[float]") -> tuple[float, float]:
    """Return the share of the money that went back, and its standard error."""
    paid = float(sums["gross_amount"])
    share = float(sums["refund_amount"]) / paid
    squares = sums["refund_square"] + share**2 * sums["gross_square"]
    spread = squares - 2 * share * sums["gross_refund"]
    return share, float(np.sqrt(max(float(spread), 0.0))) / paid
