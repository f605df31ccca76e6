"""Staging: rows of a batch are typed, judged by the table's declaration, and told apart by key.

Everything happens in DuckDB, one pass a table: `staged_<table>` holds the rows that are fit for the
lake, `refused_<table>` the others with their reasons. Every row read is in exactly one of the two
or was superseded by a later row of the same key.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from insights import schema
from insights.errors import IntakeError, did_you_mean
from insights.store.engine import identifier, quoted


@dataclass(frozen=True)
class Staged:
    """Accounting of one table's batch: read = fit + superseded + refused."""

    table: str
    read: int
    fit: int
    superseded: int
    refused: int
    reasons: dict[str, int]

    @property
    def relation(self) -> str:
        """Name of the relation with the fit rows, one a key."""
        return f"staged_{self.table}"

    @property
    def refusals(self) -> str:
        """Name of the relation with the refused rows."""
        return f"refused_{self.table}"


def stage(
    connection: Any, name: str, batches: Iterable[Any], *, source: str, loaded_at: datetime
) -> Staged:
    """Bring all batches of one table into `staged_<table>` and `refused_<table>`.

    Raises
    ------
    IntakeError
        If a batch has a column that the table does not declare: a defect of its adapter.
    """
    table = schema.get(name)
    connection.execute(f"DROP TABLE IF EXISTS read_{name}")
    for number, batch in enumerate(batches):
        offered = {field.name for field in batch.rows.schema} - {"_row"}
        if strange := offered - {column.name for column in table.columns}:
            first = sorted(strange)[0]
            raise IntakeError(
                f"The source '{source}' offers '{first}' for the table '{name}', which has no such "
                f"column.{did_you_mean(first, [c.name for c in table.columns])}"
            )
        connection.register("batch", batch.rows)
        select = _typed(table, offered, batch.file, batch.file_sha256, source, loaded_at)
        verb = "INSERT INTO" if number else "CREATE TEMP TABLE"
        connection.execute(f"{verb} read_{name} {'' if number else 'AS '}{select}")
        connection.unregister("batch")
    return _judge(connection, table, loaded_at)


def _typed(
    table: schema.Table, offered: set[str], file: str, sha256: str, source: str, loaded_at: datetime
) -> str:
    """SELECT of the batch with every declared column, and the names of those that are no such type."""
    columns, misread = [], []
    for column in table.columns:
        name = identifier(column.name)
        if column.name not in offered:
            columns.append(f"CAST(NULL AS {column.sql_type}) AS {name}")
            continue
        columns.append(f"TRY_CAST({name} AS {column.sql_type}) AS {name}")
        misread.append(
            f"CASE WHEN {name} IS NOT NULL AND TRY_CAST({name} AS {column.sql_type}) IS NULL "
            f"THEN {quoted(f'{column.name}_not_{column.type}')} END"
        )
    wrong = f"concat_ws(', ', {', '.join(misread)})" if misread else "''"
    return f"""SELECT {", ".join(columns)}, {quoted(source)} AS source,
        TIMESTAMP {quoted(str(loaded_at))} AS loaded_at, {quoted(sha256)} AS file_sha256,
        {quoted(file)} AS _file, _row, {wrong} AS _misread FROM batch"""  # noqa: S608


def _judge(connection: Any, table: schema.Table, loaded_at: datetime) -> Staged:
    name = table.name
    now = f"TIMESTAMP {quoted(f'{loaded_at:%Y-%m-%d} 23:59:59.999999')}"
    verdicts = ", ".join(
        f"CASE WHEN NOT ({sql.replace('$now', now)}) THEN {quoted(reason)} "
        f"WHEN ({sql.replace('$now', now)}) IS NULL AND {quoted(reason)} LIKE '%\\_missing' "
        f"ESCAPE '\\' THEN {quoted(reason)} END"
        for reason, sql in schema.reasons(table)
    )
    keys = ", ".join(identifier(key) for key in table.key)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE judged_{name} AS
        SELECT *, concat_ws(', ', nullif(_misread, ''), {verdicts}) AS _reasons FROM read_{name}"""  # noqa: S608
    )
    connection.execute(f"DROP TABLE read_{name}")
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE refused_{name} AS
        SELECT * FROM judged_{name} WHERE _reasons <> ''"""  # noqa: S608
    )
    # The latest row of a key wins: a later file first, then a later row in the file.
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE staged_{name} AS
        SELECT * EXCLUDE (_file, _row, _misread, _reasons) FROM judged_{name} WHERE _reasons = ''
        QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY rowid DESC) = 1"""  # noqa: S608
    )

    def count(what: str) -> int:
        return int(connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0])  # noqa: S608

    read, refused, fit = (count(f"{kind}_{name}") for kind in ("judged", "refused", "staged"))
    connection.execute(f"DROP TABLE judged_{name}")
    reasons = connection.execute(
        f"""SELECT reason, count(*) FROM (
            SELECT unnest(string_split(_reasons, ', ')) AS reason FROM refused_{name}
        ) GROUP BY 1 ORDER BY 2 DESC, 1"""  # noqa: S608
    ).fetchall()
    return Staged(name, read, fit, read - refused - fit, refused, dict(reasons))
