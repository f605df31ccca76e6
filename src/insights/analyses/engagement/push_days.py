"""Push days: the days on which articles went out, as a slot of the calendar like any other.

What a push adds to visits and orders is measured as `slot_days` measures a member day: against
weekday and month, less what the days around it lack. A push of every Thursday is what Thursdays
bring, and is named instead of measured.
"""

import pandas as pd

from insights.errors import MissingColumns
from insights.wording import _, say

NEEDED = {"kind", "published_on", "day_no"}


def with_pushes(calendar: pd.DataFrame, reach: pd.DataFrame) -> pd.DataFrame:
    """Return the calendar with a run of a slot for each day on which articles were pushed.

    Parameters
    ----------
    calendar : DataFrame, one row per campaign
        The mart `marketing_calendar`.
    reach : DataFrame, one row per content
        The mart `content_reach`; articles that were delivered to nobody are no push.

    Raises
    ------
    MissingColumns

    Examples
    --------
    >>> reach = pd.DataFrame(
    ...     {"kind": ["article"] * 2, "published_on": ["2026-06-02"] * 2, "day_no": [20606] * 2,
    ...      "reached": [900, 900]}
    ... )
    >>> empty = pd.DataFrame(columns=["slot", "first_no", "last_no"])
    >>> with_pushes(empty, reach)[["slot", "first_no", "last_no"]].values.tolist()
    [['Article push', 20606, 20606]]
    """
    if missing := {*NEEDED, "reached"} - set(reach.columns):
        raise MissingColumns("content_reach", missing, reach.columns)
    sent = reach[(reach["kind"] == "article") & (reach["reached"].fillna(0) > 0)]
    days = sorted(sent["day_no"].unique())
    pushes = pd.DataFrame({"slot": say(_("Article push")), "first_no": days, "last_no": days})
    return pd.concat([calendar, pushes], ignore_index=True) if days else calendar
