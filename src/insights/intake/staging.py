# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Staging: rows of a source are typed, judged by the table's declaration, and told apart by key.

Each batch passes through DuckDB once, as a stream, into a parquet file of the load's scratch
folder, so that memory never holds a table. Every row read is then fit for the lake, or refused
with its reasons, or merged into a later row of the same key. Rows of somebody who was forgotten
are counted as refused and kept nowhere.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from insights import schema
from insights.errors import IntakeError, did_you_mean
from insights.intake import doubled
from insights.sources import Batch
from insights.store.engine import identifier, quoted
from insights.store.views import MONTH, month_sql

# Text that ends in Z or +08:00 after a time of day; casting would silently drop the zone.
_WITH_ZONE = r"\d:\d{2}.*([zZ]|[+-]\d{2}(:?\d{2})?)\s*$"


_TOLD = "_told_at"  # How new what a row tells is, where rows say it one by one.
FORGOTTEN = "forgotten"  # The reason of a row that must not come back.


class Filter(Protocol):
    """Who must not come back; see `forgetting.forgotten_filter`."""

    def dropped(self, table: schema.Table) -> str:
        """Return the SQL of a row that must not be loaded; '' if the table has none."""

    def emptied(self, table: schema.Table) -> dict[str, str]:
        """Return the SQL of the columns of a row that is loaded without saying who it was."""

    def prepare(self, connection: Any) -> None:
        """Make what the SQL stands on."""


@dataclass(frozen=True)
class Staged:
    """Accounting of one table's rows: read = fit + superseded + refused.

    `relation` has the fit rows, one a key, with all columns of the table and `_month`; `refusals`
    the refused ones, with `_reasons`, `_file` and `_row`, but for those of the forgotten.
    """

    table: str
    read: int
    fit: int
    superseded: int
    refused: int
    reasons: dict[str, int]
    relation: str
    refusals: str


class Staging:
    """The rows of one load on their way into the lake.

    Parameters
    ----------
    connection : DuckDBPyConnection
    folder : Path
        Scratch folder of the load.
    source : str
        Name of the source.
    loaded_at : datetime
        Now, on the brand's wall clock.
    forgotten : Filter, optional
        Who must not come back.
    """

    def __init__(
        self,
        connection: Any,
        folder: Path,
        *,
        source: str,
        loaded_at: datetime,
        forgotten: Filter | None = None,
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._source = source
        self._loaded_at = loaded_at
        self._forgotten = forgotten
        self._parts: dict[str, list[Path]] = {}
        if forgotten:
            forgotten.prepare(connection)

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that were offered so far, in that order."""
        return tuple(self._parts)

    def take(self, batch: Batch) -> None:
        """Type and judge a batch's rows.

        Raises
        ------
        IntakeError
            If a column is offered that the table does not declare or that can be no value of it,
            or the stream of rows breaks off: defects of the adapter, not of the data.
        """
        table = schema.get(batch.table)
        parts = self._parts.setdefault(table.name, [])
        path = self._folder / f"{table.name}-{len(parts):06}.parquet"
        import duckdb  # noqa: PLC0415 - see `engine.connect`

        self._connection.register("batch", batch.rows)
        try:
            offered = self._offered(table)
            typed = self._typed(table, offered, batch, len(parts))
            if self._forgotten:
                typed = _marked(table, typed, self._forgotten)
            judged = _judged(table, typed, self._loaded_at)
            if self._forgotten:
                judged = _without_marked(table, judged)
            self._connection.execute(
                f"COPY ({judged}) TO {quoted(str(path))} (FORMAT parquet, COMPRESSION lz4_raw)"
            )
        except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
            raise IntakeError(
                f"The source '{self._source}' could not give the rows of {batch.file} for "
                f"'{table.name}': {error}"
            ) from error
        finally:
            self._connection.unregister("batch")
        parts.append(path)

    def settle(self, name: str) -> Staged:
        """Account for a table's rows, once all of them were taken."""
        table = schema.get(name)
        listed = ", ".join(quoted(str(path)) for path in self._parts[name])
        rows = f"read_parquet([{listed}], file_row_number = true)"
        read, refused = self._do(
            f"SELECT count(*), count(*) FILTER (_reasons <> '') FROM {rows}"
        ).fetchall()[0]
        refusals, relation = f"refused_{name}", f"staged_{name}"
        self._do(
            f"""CREATE TEMP VIEW {refusals} AS
            SELECT * FROM {rows} WHERE _reasons NOT IN ('', '{FORGOTTEN}')"""
        )
        reasons = self._do(
            f"""SELECT reason, count(*) FROM (
                SELECT unnest(string_split(_reasons, ', ')) AS reason FROM {rows}
                WHERE _reasons <> ''
            ) GROUP BY 1 ORDER BY 2 DESC, 1"""
        ).fetchall()
        merged = doubled.merge(self._connection, table, rows, self._folder)
        self._parts[name] += merged.parts
        columns = ", ".join(identifier(column.name) for column in schema.all_columns(table))
        fit = f"SELECT {columns}, {MONTH} FROM {rows} r WHERE _reasons = ''"
        if merged.parts:
            listed = ", ".join(quoted(str(path)) for path in merged.parts)
            fit += f""" AND NOT EXISTS (SELECT 1 FROM doubled_{name} d
                WHERE d._batch = r._batch AND d._place = r.file_row_number)
                UNION ALL SELECT {columns}, {MONTH} FROM read_parquet([{listed}])"""
        self._do(f"CREATE TEMP VIEW {relation} AS {fit}")
        return Staged(
            table=name,
            read=read,
            fit=read - refused - merged.gone,
            superseded=merged.gone,
            refused=refused,
            reasons=dict(reasons),
            relation=relation,
            refusals=refusals,
        )

    def discard(self, name: str) -> None:
        """Free what a table's rows take: they are in the lake."""
        self._do(f"DROP VIEW staged_{name}; DROP VIEW refused_{name}; DROP TABLE doubled_{name}")
        for path in self._parts[name]:
            path.unlink()

    def _offered(self, table: schema.Table) -> dict[str, str]:
        """Return the columns of the batch with their types, if the table can take them."""
        offered = {row[0]: row[1] for row in self._do("DESCRIBE batch").fetchall()}
        if "_row" not in offered:
            raise IntakeError(
                f"The source '{self._source}' offers rows for '{table.name}' without '_row', the "
                "row number in the file, which a refused row is found again by."
            )
        known = {column.name: column for column in table.columns}
        for name, found in offered.items():
            if name in {"_row", _TOLD}:
                continue
            if name not in known:
                raise IntakeError(
                    f"The source '{self._source}' offers '{name}' for the table '{table.name}', "
                    f"which has no such column.{did_you_mean(name, known)}"
                )
            if known[name].type == "id" and found in {"DOUBLE", "FLOAT"}:
                raise IntakeError(
                    f"The source '{self._source}' offers '{table.name}.{name}' as numbers with a "
                    "fraction; an id is text: read it as text."
                )
            if "TIME ZONE" in found:
                raise IntakeError(
                    f"The source '{self._source}' offers '{table.name}.{name}' with a time zone; "
                    "a time is on the brand's wall clock, without a zone: convert it."
                )
        return offered

    def _typed(
        self, table: schema.Table, offered: dict[str, str], batch: Batch, number: int
    ) -> str:
        """Return the SELECT of a batch with every column, and what is no value of its type."""
        values, misread = [], []
        for column in table.columns:
            name = identifier(column.name)
            if column.name not in offered:
                values.append(f"CAST(NULL AS {column.sql_type}) AS {name}")
                continue
            value, fits = _read_as(column, offered[column.name])
            values.append(f"{value} AS {name}")
            if fits:
                reason = quoted(f"{column.name}_not_{column.type}")
                misread.append(f"CASE WHEN {name} IS NOT NULL AND NOT ({fits}) THEN {reason} END")
        wrong = f"concat_ws(', ', {', '.join(misread)})" if misread else "''"
        told = f"TIMESTAMP {quoted(str(batch.told_at))}" if batch.told_at else "NULL"
        told = f"CAST({f'coalesce({_TOLD}, {told})' if _TOLD in offered else told} AS TIMESTAMP)"
        return f"""SELECT {", ".join(values)}, {quoted(batch.source or self._source)} AS source,
            TIMESTAMP {quoted(str(self._loaded_at))} AS loaded_at,
            {quoted(batch.file_sha256)} AS file_sha256, {told} AS told_at,
            CAST(NULL AS VARCHAR) AS told_earlier, {number} AS _batch,
            {quoted(batch.file)} AS _file, CAST(_row AS BIGINT) AS _row, {wrong} AS _misread
            FROM batch"""

    def _do(self, sql: str) -> Any:
        return self._connection.execute(sql)


def _read_as(column: schema.Column, found: str) -> tuple[str, str]:
    """Return the SQL of a value in the column's type, and of whether it is one ('' if always)."""
    name = identifier(column.name)
    cast = name if found == column.sql_type else f"TRY_CAST({name} AS {column.sql_type})"
    fits = "" if cast == name else f"{cast} IS NOT NULL"
    if column.type == "integer" and fits and found not in {"TINYINT", "SMALLINT", "INTEGER"}:
        # A cast alone would round 1.5 to 2.
        fits += f" AND TRY_CAST({name} AS DOUBLE) = {cast}"
    if column.type in {"timestamp", "day"}:
        fits = f"isfinite({cast})" if not fits else f"{fits} AND isfinite({cast})"
        if found == "VARCHAR":
            fits += f" AND NOT regexp_matches({name}, {quoted(_WITH_ZONE)})"
        return f"CASE WHEN {fits} THEN {cast} END", f"coalesce({fits}, false)"
    return cast, fits


def _judged(table: schema.Table, typed: str, loaded_at: datetime) -> str:
    """Return the SELECT of typed rows with their month and the reasons against them.

    A refused row keeps no value that names a person: that a phone was not keyed is a reason to
    refuse a row, and must not be kept in the refusal.
    """
    now = f"TIMESTAMP {quoted(f'{loaded_at:%Y-%m-%d} 23:59:59.999999')}"
    verdicts = ", ".join(
        f"CASE WHEN NOT ({sql.replace('$now', now)}) THEN {quoted(reason)} END"
        for reason, sql in schema.reasons(table)
    )
    personal = ", ".join(
        f"CASE WHEN _reasons = '' THEN {name} END AS {name}"
        for name in (identifier(column.name) for column in table.columns if column.personal)
    )
    return f"""SELECT * EXCLUDE (_misread) {f"REPLACE ({personal})" if personal else ""} FROM (
        SELECT *, {month_sql(table)} AS {MONTH},
               concat_ws(', ', nullif(_misread, ''), {verdicts}) AS _reasons FROM ({typed})
    )"""


def _marked(table: schema.Table, typed: str, forgotten: Filter) -> str:
    """Return the SELECT of typed rows in which those that must not be loaded are marked.

    It comes before the judging, because a refused row does not tell any more whose it was.
    """
    emptied = forgotten.emptied(table).items()
    values = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in emptied)
    dropped = forgotten.dropped(table) or "false"
    return f"""SELECT * {f"REPLACE ({values})" if values else ""},
        coalesce({dropped}, false) AS _forgotten FROM ({typed})"""


def _without_marked(table: schema.Table, judged: str) -> str:
    """Return the SELECT of judged rows in which of a marked one nothing is left but its number."""
    values = ", ".join(
        f"CASE WHEN NOT _forgotten THEN {name} END AS {name}"
        for name in (identifier(column.name) for column in table.columns)
    )
    return f"""SELECT * EXCLUDE (_forgotten) REPLACE ({values},
        CASE WHEN _forgotten THEN '{FORGOTTEN}' ELSE _reasons END AS _reasons) FROM ({judged})"""
