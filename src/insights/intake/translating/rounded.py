# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Rounded: has a spreadsheet kept fifteen digits of longer ids, and made zeros of the others?"""

from collections.abc import Callable
from typing import Any

from insights.sources.adapter import Adapter
from insights.store.engine import identifier

_BY_CHANCE = 2  # So many zeros over different ids are there by chance once in a hundred files.


def found(ask: Callable[[str], list[tuple[Any, ...]]], adapter: Adapter, rows: str) -> list[str]:
    """Return the columns of ids of which all long ones end in zeros, more than by chance.

    Parameters
    ----------
    ask : callable
        Answers SQL.
    adapter : Adapter
    rows : str
        The relation of the file's rows, with `_skip`.
    """
    names = []
    for header in (name for name, kind in adapter.kinds.items() if kind in {"id", "card"}):
        one = identifier(header)
        long = f"FROM {rows} WHERE _skip IS NULL AND {_is_long(one)}"
        # The first that is whole ends the search: mostly a look at a few thousand rows.
        whole = f"NOT ends_with({one}, repeat('0', length({one}) - 15))"
        if ask(f"SELECT 1 {long} AND {whole} LIMIT 1"):
            continue
        ((zeros,),) = ask(
            f"SELECT coalesce(sum(length(id) - 15), 0) FROM (SELECT DISTINCT {one} AS id {long})"
        )
        if zeros >= _BY_CHANCE:
            names.append(header)
    return names


def _is_long(one: str) -> str:
    return f"(length({one}) > 15 AND regexp_full_match({one}, '\\d+'))"
