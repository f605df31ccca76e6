"""Small groups: fewer than ten people are not shown, because they could be told who they are.

What is left out must not be worked out from a total either, and a total always stands somewhere:
the people left out are at least ten together, and more than one each. Where they would not be, the
next smallest groups go with them.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from insights.results.result import Column

SMALLEST_GROUP = 10  # People; the usual limit of published statistics.


def shown_groups(table: pd.DataFrame, columns: Mapping[str, "Column"]) -> tuple[pd.DataFrame, int]:
    """Return the rows that may be shown, and how many groups were left out.

    A group is what the first declared column names; its size stands in the columns marked `people`.
    Nobody is no group, so a row of zero people stays.

    Parameters
    ----------
    table : DataFrame
    columns : mapping
        The declared columns of the result.

    Notes
    -----
    Whoever knows the total of such a column and the groups shown knows how many people the groups
    left out have together, and that each has somebody. So that this tells no single size below
    ten, they have at least ten together, and are not one person each.

    Examples
    --------
    >>> from insights.results import Column
    >>> columns = {"town": Column("Town"), "people": Column("People", "count", people=True)}
    >>> towns = pd.DataFrame({"town": ["a", "b", "c", "d"], "people": [3, 2, 60, 100]})
    >>> shown_groups(towns, columns)[0]["town"].tolist()
    ['d']
    """
    marked = [name for name, column in columns.items() if column.people and name in table.columns]
    if not marked or table.empty:
        return table, 0
    people = table[marked].apply(pd.to_numeric).astype(float)
    if not ((people > 0) & (people < SMALLEST_GROUP)).to_numpy().any():
        return table, 0
    group = table[next(name for name in columns if name in table.columns)]
    # Of a group with several rows the smallest counts, and nobody is not the smallest of anything.
    sizes = people.where(people > 0).groupby(group, dropna=False).min()
    small = sizes.min(axis="columns") < SMALLEST_GROUP
    hidden, others = sizes[small], sizes[~small].dropna(how="all")
    while told := _told(hidden):
        # Only a group that has people where too much is told helps.
        helpful = others[told].dropna(how="all")
        if helpful.empty:
            break
        smallest = helpful.min(axis="columns").idxmin()
        hidden, others = (
            pd.concat([hidden, others.loc[[smallest]]]),
            others.drop(index=smallest),
        )
    return table[~group.isin(hidden.index)], len(hidden)


def _told(hidden: pd.DataFrame) -> list[str]:
    """Return the columns in which a total tells too much of the groups that are left out."""
    people, groups = hidden.sum(), hidden.count()
    return list(hidden.columns[(people > 0) & ((people < SMALLEST_GROUP) | (people <= groups))])
