"""Panel: an audience's weeks, from which doses, answers and losses are read.

One row per account and week, as the mart gives it. Audiences are the friends of a region's guides;
accounts of the head office have friends everywhere and are an audience of their own. A dose is what
a friend was sent on average: in the week itself, and in the four weeks up to it.
"""

import pandas as pd

from insights.errors import MissingColumns
from insights.wording import _, say

NEEDED = {
    "staff_id", "role", "region", "week_on", "week_no", "friends", "sent", "posts", "liked",
    "deleted", "orders", "net_amount", "whole",
}  # fmt: skip
HEAD_OFFICE = _("Head office")
NO_FRIENDS = _("Friends, messages to them and their answers are not in the data.")
LONG_WEEKS = 4
SMALLEST = 10  # Friends of an account: of fewer, a week says nothing.


def read_weeks(weeks: pd.DataFrame) -> pd.DataFrame:
    """Return whole weeks of accounts with enough friends, with their doses.

    Adds ``dose`` (messages a friend in the week) and ``dose_28`` (in the four weeks up to its
    end); ``region`` becomes the audience.

    Raises
    ------
    MissingColumns
        If the frame lacks a column of the mart `staff_week`.
    """
    if missing := NEEDED - set(weeks.columns):
        raise MissingColumns("staff_week", missing, weeks.columns)
    found = weeks.sort_values(["staff_id", "week_no"], kind="stable").copy()
    guides = found["role"].isna() | (found["role"] == "guide")
    named = found["region"].astype(object).where(found["region"].notna(), "–")
    found["region"] = named.where(guides, say(HEAD_OFFICE))
    for column in ("friends", "sent", "liked", "deleted", "orders", "net_amount", "posts"):
        found[column] = found[column].astype(float)
    found = found[found["friends"] >= SMALLEST]
    found["dose"] = found["sent"] / found["friends"]
    found["dose_28"] = (
        found.groupby("staff_id")["dose"]
        .rolling(LONG_WEEKS, min_periods=1)
        .sum()
        .reset_index(level=0, drop=True)
    )
    found = found[found["whole"] == 1]
    return found.reset_index(drop=True)


def by_audience(found: pd.DataFrame) -> pd.DataFrame:
    """Add accounts up: one row per audience and week, with the dose of an average friend.

    ``shown`` is friends times posts: how often anybody could have liked something.
    """
    found = found.assign(shown=found["friends"] * found["posts"])
    summed = found.groupby(["region", "week_no"], as_index=False).agg(
        week_on=("week_on", "first"),
        friends=("friends", "sum"),
        sent=("sent", "sum"),
        shown=("shown", "sum"),
        liked=("liked", "sum"),
        deleted=("deleted", "sum"),
        orders=("orders", "sum"),
        net_amount=("net_amount", "sum"),
    )
    return summed.assign(dose=summed["sent"] / summed["friends"])
