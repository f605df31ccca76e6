# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""One load = one transaction over several Delta tables.

The engine writes each changed month of a table into a file of its own, and Delta commits those of
a table at once; the load becomes visible when `current.json` is renamed. Everything that it names
is flushed to disk before. What a load leaves that dies before that is put away by `recovery`.

Delta's own writer is not used: it holds what is written to all months until the last row, some
500 MB of five million orders and their lines.

A key is once in a table. Its partition date is not supposed to change; where a source does change
it, the row moves: the new month gets it and the old month is rewritten without it. To notice, the
keys that a batch brings anew to a month (and only those) are looked for in the table's other
months. That reads key and partition date there, less what min and max of the files rule out;
re-exports of known rows, and the first load of a table, cost nothing.

deltalake is imported here and nowhere else: its runtime panics in a forked child.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
from deltalake import DeltaTable, PostCommitHookProperties, Schema
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, create_table_with_add_actions
from filelock import FileLock, Timeout

from insights import schema
from insights.errors import LakeError
from insights.store.disk import flush_files, flush_folders, replace_text
from insights.store.engine import identifier, quoted
from insights.store.loads import FILE_NAME, LOADS, Current, TableFiles, erase_load, read_current
from insights.store.merging import Merge, Written
from insights.store.recovery import DELTA_LOG
from insights.store.views import MONTH, files_of_months, read_parquet, select_declared

# A checkpoint of a version that its load never made visible could not be taken back, so none is
# written within a load.
NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
_UNFIT_FOR_DELTA = re.compile(r"[\[\]|^]|%[0-9A-Fa-f]{2}")


@contextmanager
def locked(folder: Path, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the lake for one load; a second load waits. The lock dies with its process.

    Raises
    ------
    LakeError
        If the folder's name has characters that Delta cannot write under.
    """
    if found := _UNFIT_FOR_DELTA.search(folder.resolve().as_posix()):
        raise LakeError(
            f"The lake cannot be written in a folder whose path has '{found[0]}'. Rename the "
            "folder of the workspace."
        )
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        flush_folders(list(folder.parents)[:3])
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if waiting:
            waiting()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def write_table(
    folder: Path,
    known: TableFiles | None,
    name: str,
    connection: Any,
    staged: str,
    *,
    owned: str = "",
) -> tuple[TableFiles | None, Written]:
    """Merge a staged batch into one table by its key, column by column as each declares it.

    Months are compared and rewritten one by one, so that memory holds one month at most. A row
    that did not change keeps its source, `loaded_at` and file; a month without a change keeps its
    files.

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
        Relation with all columns of the table, typed, one row a key, and `_month`.
    owned : str, optional
        SQL of the rows of the lake (alias `o`) that the batch is the whole truth about: it
        replaces them rather than merging, and those that it leaves out are removed.

    Returns
    -------
    TableFiles or None, Written
        The table after the load (`known` itself if nothing changed, None if it still has no row),
        and how many rows were new, changed or there already.

    Raises
    ------
    LakeError
        If the table on disk is not what the visible load says.
    """
    merge = Merge(connection, schema.get(name), folder / name, known, staged, owned=owned)
    delta = _opened(folder / name, known)
    written = merge.compare()
    if not merge.dirty:
        return known, written
    files = _replace_months(folder, known, delta, merge.table, merge.queries(), connection)
    return files, written


def redact_table(
    folder: Path,
    known: TableFiles,
    name: str,
    connection: Any,
    *,
    where: str,
    emptied: Sequence[str] = (),
) -> tuple[TableFiles, int]:
    """Remove rows from one table, or empty some of their columns; return the table and how many.

    Parameters
    ----------
    folder, known, name, connection
        As for `write_table`.
    where : str
        SQL of the rows.
    emptied : sequence of str, optional
        Columns that become NULL; without any the rows are removed.
    """
    table = schema.get(name)
    delta = _opened(folder / name, known)
    listed = ", ".join(
        f"CASE WHEN NOT coalesce({where}, false) THEN {c} END AS {c}"
        if column.name in emptied
        else c
        for column in schema.all_columns(table)
        for c in [identifier(column.name)]
    )
    kept = "" if emptied else f"WHERE NOT coalesce({where}, false)"
    queries, found = {}, 0
    for month in sorted({file.partition("/")[0].partition("=")[2] for file in known.files}):
        rows = select_declared(
            folder / name, files_of_months(known.files, [month]), table, connection
        )
        ((count,),) = connection.execute(f"SELECT count(*) FROM ({rows}) WHERE {where}").fetchall()
        if count:
            found += count
            queries[month] = f"SELECT {listed} FROM ({rows}) {kept}"
    if not found:
        return known, 0
    return _replace_months(folder, known, delta, table, queries, connection), found


def write_load(folder: Path, after: Current, log: Mapping[str, Any]) -> None:
    """Write a load's accounting and its list of files; it counts once the load is visible."""
    (folder / LOADS).mkdir(exist_ok=True)
    text = json.dumps({"current": after.model_dump(mode="json"), "log": log}, ensure_ascii=False)
    replace_text(folder / LOADS / f"{after.load_id}.json", text)


def _replace_months(  # noqa: PLR0917 - two callers, just above
    folder: Path,
    known: TableFiles | None,
    delta: DeltaTable | None,
    table: schema.Table,
    queries: Mapping[str, str],
    connection: Any,
) -> TableFiles:
    """Write months as `queries` say, and commit all of them in the place of what they were."""
    path = folder / table.name
    try:
        added = [
            written
            for month, query in queries.items()
            if (written := _write_month(path, month, query, connection))
        ]
        _commit(path, delta, table, list(queries), added, connection)
    except (DeltaError, OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise LakeError(
            f"The table '{table.name}' could not be written: {error} The load before is as it was. "
            "Make room or put right what is named, and try again."
        ) from error
    return _committed(path, table.name, known, connection)


def _write_month(path: Path, month: str, query: str, connection: Any) -> AddAction | None:
    """Write one month into a new file, which nothing names yet; None if it has no row left."""
    file = path / f"{MONTH}={month}" / f"{uuid4()}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    ((rows,),) = connection.execute(
        f"COPY ({query}) TO {quoted(str(file))} (FORMAT parquet, COMPRESSION snappy)"
    ).fetchall()
    if not rows:
        file.unlink()
        return None
    made = file.stat()
    return AddAction(
        path=file.relative_to(path).as_posix(),
        size=made.st_size,
        partition_values={MONTH: month},
        modification_time=int(made.st_mtime * 1000),
        data_change=True,
        stats=json.dumps({"numRecords": rows}),  # The rest stands in the file itself.
    )


def _commit(  # noqa: PLR0917 - one caller, just above
    path: Path,
    delta: DeltaTable | None,
    table: schema.Table,
    months: list[str],
    added: list[AddAction],
    connection: Any,
) -> None:
    declared = select_declared(path, (), table, connection)
    columns = connection.sql(f"SELECT *, '' AS {MONTH} FROM ({declared})").to_arrow_reader().schema
    if delta is None:
        create_table_with_add_actions(
            str(path),
            Schema.from_arrow(columns),
            added,
            partition_by=[MONTH],
            post_commithook_properties=NO_HOOKS,
        )
        return
    delta.create_write_transaction(
        added,
        "overwrite",
        Schema.from_arrow(columns),  # A column declared since then is added.
        partition_by=[MONTH],
        partition_filters=[(MONTH, "in", months)],
        post_commithook_properties=NO_HOOKS,
    )


def _opened(path: Path, known: TableFiles | None) -> DeltaTable | None:
    """Open a table to be written to, if its files are those of the visible load."""
    if known is None:
        return None
    try:
        delta = DeltaTable(path)
        files = _files(delta)
    except (DeltaError, OSError) as error:
        raise LakeError(f"The Delta log of '{path.name}' cannot be read: {error}") from error
    if set(files) != set(known.files):
        raise LakeError(
            f"The Delta log of '{path.name}' names {len(files)} files that are not the "
            f"{len(known.files)} of {FILE_NAME}: one of the two was put back from a copy. Put back "
            "both, or move the lake folder away and load the exports again."
        )
    return delta


def _committed(path: Path, name: str, known: TableFiles | None, connection: Any) -> TableFiles:
    """Flush what a commit wrote, and describe the table: files, rows, first and last event."""
    delta = DeltaTable(path)
    files = tuple(sorted(_files(delta)))
    version = delta.version()
    written = [path / file for file in set(files) - set(known.files if known else ())]
    log = path / DELTA_LOG
    flush_files([*written, log / f"{version:020}.json"])
    flush_folders({log, path, *(file.parent for file in written)})
    if not files:
        return TableFiles(version=version, rows=0, files=())
    table = schema.get(name)
    when = identifier(table.event_time) if table.event_time else "NULL"
    ((rows, first, last),) = connection.execute(
        f"SELECT count(*), min({when}), max({when}) FROM {read_parquet(path, files)}"
    ).fetchall()
    return TableFiles(version=version, rows=rows, files=files, first_at=first, last_at=last)


def _files(delta: DeltaTable) -> list[str]:
    """Return a table's files relative to its folder, so that the folder may move."""
    return [str(path) for path in delta.get_add_actions(flatten=True)["path"].to_pylist()]


def erase_history(folder: Path) -> None:
    """Remove what tables were before the visible load: old rows, and the log that tells of them.

    Earlier loads cannot be opened any more; their logs keep what became of how many rows. It may
    be done again after a crash at any point.
    """
    current = read_current(folder)
    if current is None:
        return
    for name, held in current.tables.items():
        path, log = folder / name, folder / name / DELTA_LOG
        checkpoint = log / f"{held.version:020}.checkpoint.parquet"
        if not checkpoint.exists():
            # What the log says up to here, so that what comes before may go.
            DeltaTable(path).create_checkpoint()
            flush_files([checkpoint, log / "_last_checkpoint"])
        for entry in sorted(log.iterdir()):
            if entry.name[:20].isdigit() and int(entry.name[:20]) < held.version:
                entry.unlink()
        for file in sorted(path.rglob("*.parquet")):
            if log not in file.parents and file.relative_to(path).as_posix() not in held.files:
                file.unlink()
        flush_folders([log, path])
    for load in (folder / LOADS).glob("*.json"):
        if load.stem != current.load_id:
            erase_load(load)
    flush_folders([folder / LOADS])
