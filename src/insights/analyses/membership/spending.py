"""Spending: what has each member spent by a day, and did they buy in the window after it?"""

from datetime import date, timedelta

import pandas as pd

from insights.errors import MissingColumns


def of_members(
    features: pd.DataFrame,
    members: pd.DataFrame,
    *,
    as_of: date,
    purchases: pd.DataFrame | None = None,
    window_days: int = 180,
) -> pd.DataFrame:
    """Return cumulative spend of those who were members on a day, one row each.

    Parameters
    ----------
    features : DataFrame, one row per customer
        The mart `customer_features` at the day.
    members : DataFrame, one row per member
        The mart `members`.
    as_of : date
        The day.
    purchases : DataFrame, optional
        The mart `purchases`; gives `bought`, whether one followed within the window.
    window_days : int, default 180

    Returns
    -------
    DataFrame
        `customer_id`, `total_amount`, and `bought` where purchases are given.
    """
    if missing := {"customer_id", "total_amount"} - set(features.columns):
        raise MissingColumns("features", missing, features.columns)
    end = pd.Timestamp(as_of) + pd.Timedelta(days=1)
    there = members.loc[members["registered_at"] < end, "customer_id"]
    frame = features.loc[
        features["customer_id"].isin(there), ["customer_id", "total_amount"]
    ].reset_index(drop=True)
    if purchases is None:
        return frame
    day = pd.to_datetime(purchases["paid_at"])
    until = pd.Timestamp(as_of + timedelta(days=window_days + 1))
    after = purchases.loc[(day >= end) & (day < until), "customer_id"]
    return frame.assign(bought=frame["customer_id"].isin(after))
