# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Moments: of when is a list of friends or members, where its file was written later?

A list does not say when it was made, and the file's own time is that of the last copy. What the
list holds tells the earliest moment that it can be of: its newest friend's. And it tells when the
file's time cannot be right: where enough people are known to have been added to the same accounts
after that friend and long before the file was written, and the list has none of them, it was made
before they came. It is then taken to be of its newest friend's moment.

Too few are no proof: the newest friends of a quiet account may all have left.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow as pa

from insights import schema
from insights.intake.lost import ENOUGH, ONE_EXPORT
from insights.sources import Adapter
from insights.store.engine import quoted
from insights.store.loads import read_current
from insights.store.views import select_declared

_ROWS, _FILES = "_moments_rows", "_moments_files"
_SAMPLE = 400_000  # So many rows tell well enough which files repeat each other.
# Of each table that has lists: a row's key, the list that it is on, when it began, and which rows.
_LISTS = {
    "contacts": ("contact_id", "corp || ':' || staff_id", "added_at", "true"),
    "touches": (
        "touch_id",
        "array_to_string(string_split(touch_id, ':')[1:4], ':')",
        '"at"',
        "channel = 'group' AND kind = 'join'",
    ),
}
# A row whose end is known by now says nothing of a list that lacks it.
_OVER = {
    "contacts": "r.deleted_at IS NOT NULL",
    "touches": """r.touch_id IN (
        SELECT replace(touch_id, ':leave:', ':join:') FROM ({rows}) WHERE kind = 'leave')""",
}


@dataclass(frozen=True)
class Listed:
    """One file of a list: its rows of `table` in a parquet file, and when it was written.

    `is_part` is whether it is known not to have the last page.
    """

    number: int
    table: str
    path: Path
    source: str
    written: datetime
    is_part: bool = False


def list_table(adapter: Adapter) -> str:
    """Return the table into which an adapter puts a list of everybody; '' if it has none.

    Examples
    --------
    >>> from insights import sources
    >>> by_name = {adapter.name: adapter for adapter in sources.adapters()}
    >>> [list_table(by_name[f"wecom.{kind}"]) for kind in ("contacts", "group_members", "moments")]
    ['contacts', 'touches', '']
    """
    found = (b.table for b in adapter.blocks if "listed_at" in b.values and b.table in _LISTS)
    return next(found, "")


def dated(connection: Any, folder: Path, lists: Sequence[Listed]) -> dict[int, datetime]:
    """Return, by number, of when the files are whose own time cannot be right.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Gets temporary tables, which it is rid of again.
    folder : Path
        The lake: who is known from earlier loads.
    lists : sequence of Listed
        The lists of this load, of which nobody said when they were made.
    """
    if not lists:
        return {}
    _take(connection, lists)
    try:
        exports = _exports(connection, lists)
        _name_exports(connection, exports)
        found = _contradicted(connection, folder, {one.table: one.source for one in lists})
    finally:
        with suppress(Exception):  # The connection may be broken already.
            for table in (_ROWS, _FILES):
                connection.execute(f"DROP TABLE IF EXISTS {table}")
    return {number: found[export] for number, export in exports.items() if export in found}


def _take(connection: Any, lists: Sequence[Listed]) -> None:
    each = []
    for one in lists:
        key, place, began, which = _LISTS[one.table]
        each.append(
            f"SELECT {one.number} AS number, {quoted(one.table)} AS name, {key} AS key, "
            f"{place} AS list, {began} AS began FROM read_parquet({quoted(str(one.path))}) "
            f"WHERE {which}"
        )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {_ROWS} AS {' UNION ALL '.join(each)}")
    connection.register(
        "_moments_given",
        pa.table(
            {
                "number": pa.array([one.number for one in lists], pa.int64()),
                "name": [one.table for one in lists],
                "written": pa.array([one.written for one in lists], pa.timestamp("us")),
                "is_part": [one.is_part for one in lists],
            }
        ),
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {_FILES} AS SELECT * FROM _moments_given")
    connection.unregister("_moments_given")


def _exports(connection: Any, lists: Sequence[Listed]) -> dict[int, int]:
    """Put files together that are pages of one export: written together, of other people each."""
    size = dict(connection.execute(f"SELECT number, count(*) FROM {_ROWS} GROUP BY 1").fetchall())
    every = sum(size.values()) // _SAMPLE + 1
    shared: defaultdict[frozenset[int], int] = defaultdict(int)
    for a, b, rows in connection.execute(
        f"""SELECT a.number, b.number, count(*) FROM {_ROWS} a JOIN {_ROWS} b
        ON a.key = b.key AND a.name = b.name AND a.number < b.number
        WHERE hash(a.key) % {every} = 0 GROUP BY ALL"""
    ).fetchall():
        shared[frozenset((a, b))] = rows * every
    together = _together(connection)
    export = {one.number: one.number for one in lists}
    for a, b in combinations(export, 2):
        least = min(size.get(a, 0), size.get(b, 0))
        if frozenset((a, b)) in together and 2 * shared[frozenset((a, b))] < max(least, 1):
            one, other = export[a], export[b]
            export = {n: one if e == other else e for n, e in export.items()}
    return export


def _together(connection: Any) -> set[frozenset[int]]:
    pairs = connection.execute(
        f"""SELECT a.number, b.number FROM {_FILES} a JOIN {_FILES} b
        ON a.name = b.name AND a.number < b.number
        AND abs(epoch(a.written) - epoch(b.written)) <= epoch({ONE_EXPORT})"""
    ).fetchall()
    return {frozenset(pair) for pair in pairs}


def _name_exports(connection: Any, exports: dict[int, int]) -> None:
    connection.register(
        "_moments_exports",
        pa.table({"number": list(exports.keys()), "export": list(exports.values())}),
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {_FILES} AS
        SELECT f.*, e.export FROM {_FILES} f JOIN _moments_exports e USING (number)"""
    )
    connection.unregister("_moments_exports")


def _contradicted(connection: Any, folder: Path, sources: dict[str, str]) -> dict[int, datetime]:
    """Return the exports that lack too many who were there before, and of when they are."""
    # Who is missing in a part of a list may be on its other pages.
    exports = f"""SELECT f.export, f.name, min(f.written) AS written, max(r.began) AS newest
        FROM {_FILES} f JOIN {_ROWS} r USING (number, name) GROUP BY ALL
        HAVING NOT bool_and(f.is_part)"""
    lists = f"SELECT DISTINCT f.export, r.list FROM {_FILES} f JOIN {_ROWS} r USING (number, name)"
    known = [
        f"""SELECT f.export, f.name, r.key, r.list, r.began, CAST(NULL AS TIMESTAMP) AS listed_at
        FROM {_FILES} f JOIN {_ROWS} r USING (number, name)"""
    ]
    known += _held(connection, folder, sources)
    found = connection.execute(
        f"""WITH exports AS ({exports}), lists AS ({lists}),
            known AS ({" UNION ALL ".join(known)})
        SELECT e.export, e.newest
        FROM exports e JOIN lists l USING (export)
        JOIN known k ON k.name = e.name AND k.list = l.list AND k.export IS DISTINCT FROM e.export
            AND k.began > e.newest AND k.began + {ONE_EXPORT} < e.written
            AND (k.listed_at IS NULL OR k.listed_at + {ONE_EXPORT} < e.written)
        GROUP BY ALL HAVING count(DISTINCT k.key) >= {ENOUGH}"""
    ).fetchall()
    return dict(found)


def _held(connection: Any, folder: Path, sources: dict[str, str]) -> Collection[str]:
    """Return the SELECTs of who is on the lists of the lake, and not known to be gone."""
    current = read_current(folder)
    found = []
    for name, source in sources.items():
        if current is None or name not in current.tables:
            continue
        files = current.tables[name].files
        rows = select_declared(folder / name, files, schema.get(name), connection)
        key, place, began, which = _LISTS[name]
        found.append(
            f"""SELECT NULL AS export, {quoted(name)} AS name, {key} AS key, {place} AS list,
            {began} AS began, listed_at FROM ({rows}) r
            WHERE {which} AND source = {quoted(source)} AND NOT ({_OVER[name].format(rows=rows)})"""
        )
    return found
