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
    ids = [header for header, kind in adapter.kinds.items() if kind in {"id", "card"}]
    if not ids:
        return []
    asked = ", ".join(
        f"coalesce(bool_and(ends_with({one}, repeat('0', length({one}) - 15))) "
        f"FILTER ({_is_long(one)}), false)"
        for one in map(identifier, ids)
    )
    (are_round,) = ask(f"SELECT {asked} FROM {rows} WHERE _skip IS NULL")
    names = []
    for name in (name for name, is_round in zip(ids, are_round, strict=True) if is_round):
        one = identifier(name)
        ((zeros,),) = ask(
            f"SELECT sum(length(id) - 15) FROM (SELECT DISTINCT {one} AS id FROM {rows} "
            f"WHERE _skip IS NULL AND {_is_long(one)})"
        )
        if zeros >= _BY_CHANCE:
            names.append(name)
    return names


def _is_long(one: str) -> str:
    return f"(length({one}) > 15 AND regexp_full_match({one}, '\\d+'))"
