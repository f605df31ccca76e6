"""Which exports fill a column? Those whose adapters declare it."""

import pandas as pd

from insights import schema, sources
from insights.store.describe import describe


def described(name: str) -> pd.DataFrame:
    """Describe a table, a mart or a column, and say of a table's columns which systems fill them.

    Returns
    -------
    DataFrame, one row per column
        As `store.describe` has it; of a canonical table also ``filled_by``, the systems whose
        exports hold it. A table of a warehouse (`ins.load_table`) may fill any.
    """
    frame = describe(name)
    table = name.partition(".")[0]
    if table not in schema.names():
        return frame
    fills: dict[str, set[str]] = {}
    for adapter in sources.adapters():
        for block in adapter.blocks:
            if block.table == table:
                for column in block.values:  # noqa: PD011 - a mapping, no frame
                    fills.setdefault(column, set()).add(adapter.source.name)
    filled = [", ".join(sorted(fills.get(column, ()))) for column in frame["column"]]
    return frame.assign(filled_by=filled)
