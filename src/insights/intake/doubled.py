# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Rows of one key within one load become one row: the newer export's counts, or else the later one.

They merge as a later export merges with the lake. Only the rows of keys that come twice are
touched, and of those so many at a time that memory holds them.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from insights import schema
from insights.store import ages
from insights.store.engine import identifier, quoted
from insights.store.merging import place_sql
from insights.store.views import MONTH, month_sql

ROWS_AT_ONCE = 200_000  # Some 300 MB of a wide table.
_MOST_PARTS = 100  # So many files can be open at once.
_ROWS_HELD = 20_000  # Of each part, before they are written.


@dataclass(frozen=True)
class Merged:
    """What became of the doubled keys: `gone` rows gave way, `parts` have one row a key.

    The temporary table `doubled_<table>` has the place of every row of such a key, as `_batch` and
    `_place`: the parts stand in for all of them.
    """

    gone: int
    parts: tuple[Path, ...]


def merge(connection: Any, table: schema.Table, rows: str, folder: Path) -> Merged:
    """Merge the fit rows of each key that comes more than once.

    Parameters
    ----------
    connection : DuckDBPyConnection
    table : Table
    rows : str
        The table function over all rows taken, with `_batch`, `_row`, `_reasons` and
        `file_row_number`.
    folder : Path
        Where the merged rows are written.
    """
    keys = ", ".join(identifier(key) for key in table.key)
    places = f"doubled_{table.name}"
    connection.execute(
        f"""CREATE TEMP TABLE {places} AS
        WITH fit AS (
            SELECT {keys}, {ages.AGE}, _batch, _row, file_row_number FROM {rows}
            WHERE _reasons = ''
        ),
        doubled AS (SELECT {keys} FROM fit GROUP BY {keys} HAVING count(*) > 1)
        SELECT _batch, file_row_number AS _place, hash({keys}) AS _bucket, row_number() OVER (
            PARTITION BY {keys}
            ORDER BY {ages.AGE} NULLS FIRST, _batch, _row NULLS FIRST, file_row_number
        ) AS _nth
        FROM fit SEMI JOIN doubled USING ({keys})"""
    )
    count, kept = connection.execute(
        f"SELECT count(*), count(*) FILTER (_nth = 1) FROM {places}"
    ).fetchall()[0]
    buckets = min(-(-count // ROWS_AT_ONCE), _MOST_PARTS)
    apart = folder / f"{table.name}-doubled"
    held = f"""SELECT r.*, d._nth, d._bucket % {buckets} AS _part FROM {rows} r
        JOIN {places} d ON d._batch = r._batch AND d._place = r.file_row_number"""
    if buckets > 1:
        # Parted in one pass, so that the work grows as the rows do.
        connection.execute(f"SET partitioned_write_flush_threshold = {_ROWS_HELD}")
        connection.execute(
            f"COPY ({held}) TO {quoted(str(apart))} "
            "(FORMAT parquet, COMPRESSION lz4_raw, PARTITION_BY (_part))"
        )
    parts = []
    values = ", ".join(_folded(table, column) for column in schema.all_columns(table))
    for bucket in range(buckets):
        if buckets > 1:
            own = apart / f"_part={bucket}"
            if not own.exists():
                continue
            held = f"SELECT * FROM read_parquet({quoted(str(own / '*.parquet'))})"
        part = folder / f"{table.name}-merged-{bucket:06}.parquet"
        connection.execute(
            f"""COPY (
                SELECT *, {month_sql(table)} AS {MONTH} FROM (
                    SELECT {values} FROM ({held}) r
                    GROUP BY {", ".join(f"r.{identifier(key)}" for key in table.key)}
                )
            ) TO {quoted(str(part))} (FORMAT parquet, COMPRESSION lz4_raw)"""
        )
        parts.append(part)
    shutil.rmtree(apart, ignore_errors=True)
    return Merged(count - kept, tuple(parts))


def _folded(table: schema.Table, column: schema.Column) -> str:
    """Return the SQL of a column's value over all rows of a key; see `merging.merge_sql`."""
    name = identifier(column.name)
    value = f"r.{name}"
    if column.name in table.key:
        return f"{value} AS {name}"
    if column.name == ages.EARLIER:
        return f"{ages.folded_earlier(table, 'r')} AS {name}"
    if column.merge == "least":
        return f"min({value}) AS {name}"
    if column.merge == "greatest":
        return f"max({value}) AS {name}"
    if column.merge == "furthest":
        # An enum's values are few: the place, and among equals it does not matter which.
        return f"arg_max({value}, {place_sql(column, value)}) AS {name}"
    return f"arg_max({value}, r._nth) FILTER ({value} IS NOT NULL) AS {name}"
