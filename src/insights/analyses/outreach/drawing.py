"""Drawing: which lots were drawn for this week's list, and who is watched from earlier ones?"""

from datetime import date

import pandas as pd

from insights.analyses.outreach.listing import week_of

PREFIX = "contact-"


def campaign_of(week: str) -> str:
    """Return the experiment of a week's list.

    Examples
    --------
    >>> campaign_of("2026-W27")
    'contact-2026-W27'
    """
    return PREFIX + week


def lots_of(drawn: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Return the lots of the list that `as_of` is the eve of, one row a person.

    Parameters
    ----------
    drawn : DataFrame, one row per person and experiment
        The mart `assignment_outcomes`.
    as_of : date
        Last day of complete data.

    Returns
    -------
    DataFrame
        `customer_id`, `arm`, `probability`; empty where none were drawn.
    """
    mine = drawn[drawn["campaign_id"] == campaign_of(week_of(as_of)[0])]
    mine = mine[mine["customer_id"].notna()].drop_duplicates("customer_id")
    return mine[["customer_id", "arm", "probability"]].reset_index(drop=True)


def watched(drawn: pd.DataFrame, *, as_of: date, window_days: int) -> pd.Series:
    """Return the customers who were drawn for another week's list less than a window ago.

    Parameters
    ----------
    drawn, as_of
        As for `lots_of`.
    window_days : int
        Days after the lot in which a purchase counts.
    """
    own = campaign_of(week_of(as_of)[0])
    ours = drawn["campaign_id"].astype(str).str.startswith(PREFIX) & (drawn["campaign_id"] != own)
    return drawn.loc[ours & (drawn["days_seen"] < window_days), "customer_id"].dropna()
