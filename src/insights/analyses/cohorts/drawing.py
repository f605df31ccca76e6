"""Drawing: how do shares by group, and curves by days, look on every figure of this report?

One place, so that two figures of the same kind differ in what they show and not in how. The frames
are those of the results: a row a group with `share`, `low` and `high`, or a row a group and day.
"""

from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.charts import marks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIGNIFICANCE = 0.05  # A corrected p below it is called told apart, and its dot is filled.


def shares(table: pd.DataFrame, *, name: str, xlabel: str, **more: Any) -> "Axes":
    """Draw a share a group, with its interval; where there is a test, filled where told apart.

    Parameters
    ----------
    table : DataFrame, one row per group
        The column `name`, `share`, `low`, `high` in [0, 1], and `p` where groups were tested.
    name, xlabel
        Column of the group's name; what the share is of.
    **more
        Passed on to `charts.marks.dots`.
    """
    if "p" in table.columns:
        table, more = table.assign(apart=table["p"] < SIGNIFICANCE), {"emphasis": "apart", **more}
    return marks.dots(
        table, name=name, value="share", low="low", high="high", xlabel=xlabel, **more
    )


def curves(rows: pd.DataFrame, *, by: str, xlabel: str, ylabel: str, x: str = "days") -> "Axes":
    """Draw the share of a group to whom something has happened, by days.

    Parameters
    ----------
    rows : DataFrame, one row per group and day
        The columns `by` and `x`; `share`, `low`, `high` in [0, 1].
    by, xlabel, ylabel, x
        Column of the group; what days are counted from; what has happened; column of the days.
    """
    return marks.steps(
        rows,
        x=x,
        y="share",
        low="low",
        high="high",
        by=by,
        x_kind="count",
        xlabel=xlabel,
        ylabel=ylabel,
    )
