"""Counting: who counted the answers, and which pieces may stand side by side?

A platform that replaces its interface counts otherwise from then on. Figures of both are never
spliced: where pieces of several ways of counting come together, the newest way is kept, and the
pieces of the others are counted and left out.
"""

import pandas as pd


def counted_alike(frame: pd.DataFrame, column: str) -> tuple[pd.DataFrame, int]:
    """Keep, of each kind of content, the pieces that are counted as the newest one is.

    Parameters
    ----------
    frame : DataFrame
        Needs ``content_id``, ``kind`` and ``published_on``; of a frame without the column that
        says who counted, everything is kept.
    column : str
        The column that says who counted; empty where there is but one way.

    Returns
    -------
    tuple of DataFrame and int
        The rows kept, and how many contents are left out.

    Examples
    --------
    >>> on = pd.to_datetime(["2025-10-01", "2025-11-06", "2025-12-01"])
    >>> pieces = pd.DataFrame({"content_id": ["a", "b", "c"], "published_on": on})
    >>> pieces = pieces.assign(kind="article", counted_by=["totals", "details", ""])
    >>> kept, older = counted_alike(pieces, "counted_by")
    >>> kept["content_id"].tolist(), older
    (['b', 'c'], 1)
    """
    if column not in frame or not frame[column].notna().any():
        return frame, 0
    by = frame[column].fillna("").astype(str)
    named = frame.assign(_by=by)[by != ""].sort_values("published_on", kind="stable")
    newest = named.groupby("kind")["_by"].last()
    other = (by != "") & (by != frame["kind"].map(newest).fillna(""))
    return frame[~other], int(frame.loc[other, "content_id"].nunique())
