"""What a table, a mart or a column means, in which unit."""

import pandas as pd

from insights import schema
from insights.errors import DataError, UnknownTable, did_you_mean
from insights.store import marts


def describe(name: str) -> pd.DataFrame:
    """Describe a table, a mart, or one column as `orders.paid_amount`.

    Raises
    ------
    UnknownTable, DataError
        If there is none of this name; the message has the nearest.
    """
    head, _, column = name.partition(".")
    if head in marts.names():
        frame = pd.DataFrame(
            [
                {"column": c.name, "unit": c.unit, "meaning": c.meaning}
                for c in marts.get(head).columns
            ]
        )
    elif head in schema.names():
        frame = pd.DataFrame(
            [
                {
                    "column": c.name,
                    "unit": c.unit or c.type,
                    "meaning": c.en,
                    "含义": c.zh,
                    "values": ", ".join(c.values),
                }
                for c in schema.all_columns(schema.get(head))
            ]
        )
    else:
        known = [*schema.names(), *marts.names()]
        raise UnknownTable(f"There is no table called '{head}'.{did_you_mean(head, known)}")
    if not column:
        return frame
    if column not in set(frame["column"]):
        raise DataError(
            f"'{head}' has no column '{column}'.{did_you_mean(column, list(frame['column']))}"
        )
    return frame[frame["column"] == column].reset_index(drop=True)
