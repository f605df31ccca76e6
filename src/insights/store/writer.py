# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""One load = one transaction over several Delta tables.

Each table's changed partitions are rewritten and committed by Delta; the load becomes visible when
`current.json` is renamed. Everything that it names is flushed to disk before. What a load leaves
that dies before that is put away by `recovery`.

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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, PostCommitHookProperties, write_deltalake
from deltalake.exceptions import DeltaError
from filelock import FileLock, Timeout

from insights import schema
from insights.errors import LakeError
from insights.store.disk import flush_files, flush_folders, replace_text
from insights.store.engine import identifier, quoted
from insights.store.loads import FILE_NAME, LOADS, Current, TableFiles
from insights.store.recovery import DELTA_LOG
from insights.store.views import MONTH, files_of_months, month_sql, read_parquet, select_declared

ROWS_A_BATCH = 50_000  # Of the streams to Delta; more takes memory and saves no time.
# A checkpoint of a version that its load never made visible could not be taken back, so none is
# written within a load.
NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
_ORIGIN = ("loaded_at", "file_sha256")  # When a row came to be and from where.
_UNFIT_FOR_DELTA = re.compile(r"[\[\]|^]|%[0-9A-Fa-f]{2}")


@dataclass(frozen=True)
class Written:
    """What became of a batch in one table; rows = new + changed + same."""

    table: str
    new: int
    changed: int
    same: int


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
    folder: Path, known: TableFiles | None, name: str, connection: Any, staged: str
) -> tuple[TableFiles | None, Written]:
    """Merge a staged batch into one table by its key; the staged row wins.

    Months are compared and rewritten one by one, so that memory holds one month at most. A row
    that did not change keeps its `loaded_at` and file; a month without a change keeps its files.

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
    merge = _Merge(connection, schema.get(name), folder / name, known, staged)
    delta = _opened(folder / name, known)
    written = merge.compare()
    if not merge.dirty:
        return known, written
    rows = _Stream(connection, merge.queries())
    listed = ", ".join(quoted(month) for month in sorted(merge.dirty))
    try:
        write_deltalake(
            delta or folder / name,
            rows.reader,
            partition_by=[MONTH],
            mode="overwrite",
            predicate=f"{MONTH} IN ({listed})" if delta else None,
            schema_mode="merge" if delta else None,  # A column declared since then is added.
            post_commithook_properties=NO_HOOKS,
        )
    except DeltaError as error:
        # Delta wraps what failed in reading the rows into words of its own.
        cause = rows.failure or error
        raise LakeError(
            f"The table '{name}' could not be written: {cause} The load before is as it was."
        ) from cause
    return _committed(folder / name, name, known, connection), written


def write_load(folder: Path, after: Current, log: Mapping[str, Any]) -> None:
    """Write a load's accounting and its list of files; it counts once the load is visible."""
    (folder / LOADS).mkdir(exist_ok=True)
    text = json.dumps({"current": after.model_dump(mode="json"), "log": log}, ensure_ascii=False)
    replace_text(folder / LOADS / f"{after.load_id}.json", text)


class _Merge:
    """A staged batch beside one table: what is new or changed, and each month as it shall be."""

    def __init__(
        self,
        connection: Any,
        table: schema.Table,
        path: Path,
        known: TableFiles | None,
        staged: str,
    ) -> None:
        self.connection = connection
        self.table = table
        self.path = path
        self.files = known.files if known else ()
        self.staged = staged
        self.columns = [column.name for column in schema.all_columns(table)]
        self.keys = ", ".join(identifier(key) for key in table.key)
        self.differs = " OR ".join(
            f"o.{identifier(c)} IS DISTINCT FROM s.{identifier(c)}"
            for c in self.columns
            if c not in _ORIGIN
        )
        self.is_new = f"o.{identifier(table.key[0])} IS NULL"  # A key is never NULL.
        self.dirty: set[str] = set()
        self.has_moved = False

    def compare(self) -> Written:
        """Count what is new, changed and the same, and find the months to be rewritten."""
        self._do(f"CREATE OR REPLACE TEMP TABLE _newcomers AS {self._select('LIMIT 0')}")
        new = changed = same = 0
        per_month = self._do(f"SELECT {MONTH}, count(*) FROM {self.staged} GROUP BY 1 ORDER BY 1")
        for month, rows in per_month.fetchall():
            here = quoted(month)
            if not self._files_of(month):
                found = (rows, 0)
                news = self._select(f"WHERE {MONTH} = {here}")
            else:
                beside = (
                    f"(SELECT * FROM {self.staged} WHERE {MONTH} = {here}) s "
                    f"LEFT JOIN ({self._old(month)}) o ON {self._on('o', 's')}"
                )
                found = self._do(
                    f"""SELECT count(*) FILTER ({self.is_new}),
                    count(*) FILTER (NOT ({self.is_new}) AND ({self.differs})) FROM {beside}"""
                ).fetchone()
                keys = ", ".join(f"s.{identifier(key)}" for key in self.table.key)
                news = f"SELECT {keys} FROM {beside} WHERE {self.is_new}"
            if found[0] and self.files:
                self._do(f"INSERT INTO _newcomers {news}")
            if any(found):
                self.dirty.add(month)
            new, changed, same = new + found[0], changed + found[1], same + rows - sum(found)
        moved = self._find_moved() if self.files else 0
        return Written(self.table.name, new - moved, changed + moved, same)

    def queries(self) -> list[str]:
        """Return the SQL of the dirty months as they shall be."""
        listed = ", ".join(identifier(column) for column in self.columns)
        fresh = [month for month in sorted(self.dirty) if not self._files_of(month)]
        inside = ", ".join(map(quoted, fresh))
        queries = [
            f"SELECT {listed}, {MONTH} FROM {self.staged} WHERE {MONTH} IN ({inside})"
        ] * bool(fresh)
        return queries + [self._merged(month) for month in sorted(self.dirty - set(fresh))]

    def _merged(self, month: str) -> str:
        same = f"NOT ({self.is_new}) AND NOT ({self.differs})"
        chosen = ", ".join(
            f"CASE WHEN {same} THEN o.{identifier(c)} ELSE s.{identifier(c)} END AS {identifier(c)}"
            if c in _ORIGIN
            else f"s.{identifier(c)}"
            for c in self.columns
        )
        kept = ", ".join(f"o.{identifier(column)}" for column in self.columns)
        here = quoted(month)
        staged = f"(SELECT * FROM {self.staged} WHERE {MONTH} = {here})"
        left = f"AND NOT EXISTS (SELECT 1 FROM _moved m WHERE {self._on('m', 'o')})"
        return f"""SELECT {chosen}, {here} AS {MONTH}
            FROM {staged} s LEFT JOIN ({self._old(month)}) o ON {self._on("o", "s")}
            UNION ALL
            SELECT {kept}, {here} AS {MONTH} FROM ({self._old(month)}) o
            WHERE NOT EXISTS (SELECT 1 FROM {staged} s WHERE {self._on("s", "o")})
            {left * self.has_moved}"""

    def _find_moved(self) -> int:
        """Find staged keys that the table has in another month, which then loses them."""
        months = {file.partition("/")[0] for file in self.files}
        if not self._do("SELECT count(*) FROM _newcomers").fetchone()[0]:
            return 0
        if self.table.partition is None or not months:
            return 0
        old = select_declared(self.path, self.files, self.table, self.connection)
        self._do(
            f"""CREATE OR REPLACE TEMP TABLE _moved AS
            SELECT {self.keys}, {month_sql(self.table)} AS {MONTH} FROM ({old}) o
            SEMI JOIN _newcomers n USING ({self.keys})"""
        )
        lost = self._do(f"SELECT {MONTH}, count(*) FROM _moved GROUP BY 1").fetchall()
        self.has_moved = bool(lost)
        self.dirty.update(month for month, _ in lost)
        return sum(rows for _, rows in lost)

    def _select(self, rest: str) -> str:
        return f"SELECT {self.keys} FROM {self.staged} {rest}"

    def _old(self, month: str) -> str:
        return select_declared(self.path, self._files_of(month), self.table, self.connection)

    def _files_of(self, month: str) -> tuple[str, ...]:
        return files_of_months(self.files, [month])

    def _on(self, left: str, right: str) -> str:
        return " AND ".join(
            f"{left}.{identifier(key)} = {right}.{identifier(key)}" for key in self.table.key
        )

    def _do(self, sql: str) -> Any:
        return self.connection.execute(sql)


class _Stream:
    """The rows of several queries as one Arrow stream, a batch at a time."""

    def __init__(self, connection: Any, queries: Sequence[str]) -> None:
        self.failure: Exception | None = None
        first = connection.sql(queries[0]).to_arrow_reader(ROWS_A_BATCH)

        def batches() -> Iterator[Any]:
            try:
                yield from first
                for query in queries[1:]:
                    yield from connection.sql(query).to_arrow_reader(ROWS_A_BATCH)
            except Exception as error:
                self.failure = error
                raise

        self.reader = pa.RecordBatchReader.from_batches(first.schema, batches())


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
    rows, first, last = connection.execute(
        f"SELECT count(*), min({when}), max({when}) FROM {read_parquet(path, files)}"
    ).fetchone()
    return TableFiles(version=version, rows=rows, files=files, first_at=first, last_at=last)


def _files(delta: DeltaTable) -> list[str]:
    """Return a table's files relative to its folder, so that the folder may move."""
    return [str(path) for path in delta.get_add_actions(flatten=True)["path"].to_pylist()]
