"""Small groups: fewer than ten people are not shown, because they could be told who they are.

A single group left out could be worked out from a total, so the next smallest goes with it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from insights.results.result import Column

SMALLEST_GROUP = 10  # People; the usual limit of published statistics.


def shown_groups(table: pd.DataFrame, columns: Mapping[str, "Column"]) -> tuple[pd.DataFrame, int]:
    """Return the rows that may be shown, and how many groups were left out.

    A group is what the first declared column names; its size stands in the column marked `people`.
    Nobody is no group, so a row of zero people stays.

    Parameters
    ----------
    table : DataFrame
    columns : mapping
        The declared columns of the result.
    """
    marked = [name for name, column in columns.items() if column.people and name in table.columns]
    if not marked or table.empty:
        return table, 0
    group = table[next(name for name in columns if name in table.columns)]
    sizes = table[marked].min(axis="columns").groupby(group, dropna=False).min()
    small = sizes[(sizes > 0) & (sizes < SMALLEST_GROUP)]
    if small.empty:
        return table, 0
    hidden = set(small.index)
    others = sizes.drop(index=small.index)
    others = others[others > 0]
    if len(small) == 1 and len(others):
        hidden.add(others.idxmin())
    return table[~group.isin(hidden)], len(hidden)
