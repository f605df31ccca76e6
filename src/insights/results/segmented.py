"""Segmented: by what may customers be told apart? A column of theirs, or a segment that was saved.

Every analysis that splits asks here, so that `by=` takes the same everywhere. Analyses open no
file: whoever keeps segments says with `keep` how they are found, as `wording.speak` says in which
language (`insights.store.segments` does; opening a lake is enough).
"""

from collections.abc import Callable, Collection

import pandas as pd

from insights.errors import DataError, MissingColumns, did_you_mean

COLUMN = "segment"
OTHERS = "others"  # Who is in no segment.


class _Kept:
    """Where segments are kept; nowhere, until a room says so."""

    names: Callable[[], Collection[str]] = tuple
    load: Callable[[str], pd.DataFrame]


def keep(names: Callable[[], Collection[str]], load: Callable[[str], pd.DataFrame]) -> None:
    """Say which segments there are, and how one is read: `customer_id`, `segment`."""
    _Kept.names, _Kept.load = staticmethod(names), staticmethod(load)


def saved(name: str) -> pd.DataFrame | None:
    """Return a segment that was saved under this name; None where there is none."""
    return _Kept.load(name) if name in _Kept.names() else None


def in_segments(customers: pd.Series, segment: pd.DataFrame) -> pd.Series:
    """Return the segment of each customer; who is in none is one of the others.

    Raises
    ------
    MissingColumns
        If the segment is not one row per customer with `customer_id` and `segment`.

    Examples
    --------
    >>> live = pd.DataFrame({"customer_id": ["a"], "segment": ["live-first"]})
    >>> in_segments(pd.Series(["a", "b"]), live).tolist()
    ['live-first', 'others']
    """
    if missing := {"customer_id", COLUMN} - set(segment.columns):
        raise MissingColumns("by", missing, segment.columns)
    known = segment.drop_duplicates("customer_id").set_index("customer_id")[COLUMN]
    return customers.map(known).fillna(OTHERS)


def told_apart(
    customers: pd.DataFrame, by: "str | pd.DataFrame", known: Collection[str] = ()
) -> tuple[pd.DataFrame, str]:
    """Return customers with the group that each belongs to, and the name of its column.

    Parameters
    ----------
    customers : DataFrame, one row per customer
    by : str or DataFrame
        A column of `customers`; the name of a segment that was saved, where there is no such
        column; or a segment as ``ins.segments.load`` gives it.
    known : collection of str
        What else the caller would have taken, for the hint.

    Raises
    ------
    DataError
        If there is nothing of this name; the message has the nearest.

    Examples
    --------
    >>> frame, column = told_apart(pd.DataFrame({"customer_id": ["a"], "city": ["x"]}), "city")
    >>> frame[column].tolist()
    ['x']
    """
    if isinstance(by, str) and by in customers.columns:
        return customers, by
    segment = by if isinstance(by, pd.DataFrame) else saved(by)
    if segment is None:
        names = [*known, *(c for c in customers.columns if c != "customer_id"), *_Kept.names()]
        raise DataError(
            f"Customers have no '{by}' to be told apart by, and no segment is called so."
            f"{did_you_mean(str(by), names)}"
        )
    if "customer_id" not in customers.columns:
        raise MissingColumns("customers", {"customer_id"}, customers.columns)
    return customers.assign(**{COLUMN: in_segments(customers["customer_id"], segment)}), COLUMN
