"""Features: what is known of a customer at the end of a day, worked out from purchases alone.

The mart `customer_features` gives the same for all customers of a lake. This is its second writing,
by another hand and in another language: the audit holds the one against the other, and whoever has
purchases but no lake can forecast with it.
"""

from datetime import date

import numpy as np
import pandas as pd

WINDOWS = (14, 28, 56, 91, 182)  # Days in which purchases are counted.
MEMORIES = (7, 28, 91, 182)  # Days after which a purchase counts 1 / e.
RECENT = 91  # Days in which money is counted.

COUNTS = ("frequency", *(f"occasions_{days}" for days in WINDOWS))
TIMES = ("recency_days", "age_days", "days_since")
PACES = tuple(f"pace_{days}" for days in MEMORIES)
GAPS = ("gap_log_mean", "gap_log_sd", "longest_gap")
MONEY = ("mean_amount", "total_amount", "amount_91")
FEATURES = (*COUNTS, *TIMES, *PACES, *GAPS, *MONEY)


def describe(purchases: pd.DataFrame, day: date | pd.Timestamp) -> pd.DataFrame:
    """Describe every customer who bought by the end of a day.

    Parameters
    ----------
    purchases : DataFrame, one row per customer and day of purchase
        `customer_id`, `day` (midnight) and `net_amount`; what came after `day` is left out.
    day : date

    Returns
    -------
    DataFrame, one row per customer, indexed by `customer_id`
        The columns of the mart `customer_features` but for its dates: counts, days, money, and
        logarithms of the gaps between purchases (NaN where there is none).
    """
    end = pd.Timestamp(day)
    seen = purchases[purchases["day"] <= end].sort_values(["customer_id", "day"], kind="stable")
    who, customers = pd.factorize(seen["customer_id"])
    size = len(customers)
    ago = (end - seen["day"]).dt.days.to_numpy()
    money = seen["net_amount"].to_numpy(float)

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(who, weights=values, minlength=size)

    bought = summed(np.ones(len(seen)))
    found = {"frequency": bought - 1}
    found |= {f"occasions_{days}": summed(ago < days) for days in WINDOWS}
    # Rows are in order of customer and day, so the first and last of each are next to a change.
    starts = np.flatnonzero(np.diff(who, prepend=-1))
    ends = np.append(starts[1:], len(who)) - 1
    age, since = (ago[starts], ago[ends]) if size else (ago, ago)
    found |= {"recency_days": age - since, "age_days": age, "days_since": since}
    found |= {f"pace_{days}": summed(np.exp(-ago / days)) for days in MEMORIES}
    found |= _gaps(who, ago, size)
    total = summed(money)
    found |= {
        "mean_amount": total / np.maximum(bought, 1),
        "total_amount": total,
        "amount_91": summed(money * (ago < RECENT)),
    }
    return pd.DataFrame(found, index=pd.Index(customers, name="customer_id"))


def _gaps(who: np.ndarray, ago: np.ndarray, size: int) -> dict[str, np.ndarray]:
    """Return mean and spread of the logarithm of the gaps, and the longest of them."""
    same = who[1:] == who[:-1]
    gap = (ago[:-1] - ago[1:])[same].astype(float)
    owner = who[1:][same]
    number = np.bincount(owner, minlength=size)
    logs = np.log(np.maximum(gap, 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(owner, weights=logs, minlength=size) / number
        square = np.bincount(owner, weights=(logs - mean[owner]) ** 2, minlength=size) / number
    longest = np.full(size, np.nan)
    np.fmax.at(longest, owner, gap)
    return {
        "gap_log_mean": mean,
        "gap_log_sd": np.where(number > 1, np.sqrt(square), np.nan),
        "longest_gap": longest,
    }
