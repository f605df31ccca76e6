"""One load = one transaction over several Delta tables.

Each table's changed partitions are rewritten and committed by Delta; the load becomes visible when
`current.json` is renamed. A load that dies before that leaves Delta versions that no reader sees;
`recover` puts them back before the next load begins.

deltalake is imported here and nowhere else: its runtime panics in a forked child.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deltalake import DeltaTable, write_deltalake
from filelock import FileLock

from insights import schema
from insights.store import loads as visible
from insights.store.loads import Current, TableFiles
from insights.store.engine import identifier, quoted
from insights.store.views import MONTH, files_of_months, read_parquet, select_declared

NO_MONTH = "none"


@dataclass(frozen=True)
class Written:
    """What became of a batch in one table; rows = new + changed + same."""

    table: str
    new: int
    changed: int
    same: int


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lake for one load; a second load waits. The lock dies with its process."""
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        yield


def new_load_id(current: Current | None) -> str:
    """Return an id that sorts after every earlier load, whatever the clock says."""
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z"
    if current and stamp <= current.load_id:
        return f"{current.load_id}+"
    return stamp


def recover(folder: Path, quarantine: Path) -> None:
    """Undo what a load that died left behind: Delta versions, its log and its quarantine."""
    current = visible.read_current(folder)
    for path in sorted(p for p in folder.iterdir() if p.is_dir() and p.name in schema.names()):
        known = current.tables.get(path.name) if current else None
        if known is None:
            shutil.rmtree(path)
            continue
        table = DeltaTable(path)
        if _files(table, path) != set(known.files):
            table.restore(known.version)
    last = current.load_id if current else ""
    for left in [*(folder / "loads").glob("*.json"), *quarantine.glob("*")]:
        if left.stem > last:
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    for draft in folder.glob(".*.draft"):
        draft.unlink()


def write_table(
    folder: Path, known: TableFiles | None, name: str, connection: Any, staged: str
) -> tuple[TableFiles, Written]:
    """Merge a staged batch into one table by its key; the staged row wins.

    Parameters
    ----------
    folder : Path
        The lake.
    known : TableFiles or None
        The table in the visible load.
    name : str
        A canonical table.
    connection : DuckDBPyConnection
    staged : str
        Relation with all columns of the table, typed, one row a key.

    Returns
    -------
    TableFiles, Written
        The table after the load, and how many rows were new, changed or there already.
    """
    table = schema.get(name)
    month = month_sql(table)
    columns = [column.name for column in schema.all_columns(table)]
    touched = [
        m
        for (m,) in connection.execute(
            f"SELECT DISTINCT {month} AS m FROM {staged} ORDER BY m"  # noqa: S608
        ).fetchall()
    ]
    there = files_of_months(known.files, touched) if known else ()
    old = select_declared(folder / name, there, table, connection)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE _fate AS {_fate_sql(table, staged, old)}")
    counts = dict(connection.execute("SELECT fate, count(*) FROM _fate GROUP BY 1").fetchall())
    written = Written(name, counts.get("new", 0), counts.get("changed", 0), counts.get("same", 0))
    months = [
        m
        for (m,) in connection.execute(
            f"SELECT DISTINCT {MONTH} FROM _fate WHERE fate <> 'same' ORDER BY 1"  # noqa: S608
        ).fetchall()
    ]
    if known is not None and not months:
        return known, written
    inside = ", ".join(quoted(m) for m in months) or quoted(NO_MONTH)
    keys = " AND ".join(f"o.{identifier(k)} = f.{identifier(k)}" for k in table.key)
    listed = ", ".join(identifier(c) for c in columns)
    rows = connection.sql(
        f"""SELECT {listed}, {MONTH} FROM _fate WHERE {MONTH} IN ({inside})
        UNION ALL
        SELECT {listed}, {MONTH} FROM (SELECT *, {month} AS {MONTH} FROM ({old})) o
        WHERE {MONTH} IN ({inside}) AND NOT EXISTS (SELECT 1 FROM _fate f WHERE {keys})"""  # noqa: S608
    )
    write_deltalake(
        folder / name,
        rows.to_arrow_reader(100_000),
        partition_by=[MONTH],
        mode="overwrite",
        predicate=f"{MONTH} IN ({inside})" if known is not None else None,
    )
    connection.execute("DROP TABLE _fate")
    return table_files(folder / name, name, connection), written


def _fate_sql(table: schema.Table, staged: str, old: str) -> str:
    """SQL of the batch beside what is there: its rows, their month, and new, changed or same.

    A row that did not change keeps its `loaded_at` and file, which say when it came to be.
    """
    origin = {"loaded_at", "file_sha256"}
    columns = [column.name for column in schema.all_columns(table)]
    keys = " AND ".join(f"o.{identifier(k)} = s.{identifier(k)}" for k in table.key)
    is_new = f"o.{identifier(table.key[0])} IS NULL"
    differs = " OR ".join(
        f"o.{identifier(c)} IS DISTINCT FROM s.{identifier(c)}" for c in columns if c not in origin
    )
    same = f"NOT ({is_new}) AND NOT ({differs})"
    chosen = ", ".join(
        f"CASE WHEN {same} THEN o.{identifier(c)} ELSE s.{identifier(c)} END AS {identifier(c)}"
        if c in origin
        else f"s.{identifier(c)}"
        for c in columns
    )
    return f"""SELECT *, {month_sql(table)} AS {MONTH} FROM (
        SELECT {chosen}, CASE WHEN {is_new} THEN 'new' WHEN {differs} THEN 'changed'
               ELSE 'same' END AS fate
        FROM {staged} s LEFT JOIN ({old}) o ON {keys})"""  # noqa: S608


def table_files(path: Path, name: str, connection: Any) -> TableFiles:
    """Describe the newest Delta version of a table: files, rows, first and last event."""
    delta = DeltaTable(path)
    files = tuple(sorted(_files(delta, path)))
    table = schema.get(name)
    when = identifier(table.event_time) if table.event_time else "NULL"
    if not files:
        return TableFiles(version=delta.version(), rows=0, files=())
    rows, first, last = connection.execute(
        f"SELECT count(*), min({when}), max({when}) FROM {read_parquet(path, files)}"  # noqa: S608
    ).fetchone()
    return TableFiles(
        version=delta.version(), rows=rows, files=files, first_at=first, last_at=last
    )


def write_load(folder: Path, after: Current, log: Mapping[str, Any]) -> None:
    """Write a load's accounting and its list of files; it counts once the load is visible."""
    loads = folder / "loads"
    loads.mkdir(exist_ok=True)
    text = json.dumps({"current": after.model_dump(mode="json"), "log": log}, ensure_ascii=False)
    visible.replace_text(loads / f"{after.load_id}.json", text)


def month_sql(table: schema.Table) -> str:
    """Return the SQL of a row's partition."""
    if table.partition is None:
        return quoted(NO_MONTH)
    return f"coalesce(strftime({identifier(table.partition)}, '%Y-%m'), {quoted(NO_MONTH)})"


def _files(table: DeltaTable, path: Path) -> set[str]:
    root = str(path.resolve())
    return {uri.removeprefix("file://").removeprefix(root).lstrip("/") for uri in table.file_uris()}
