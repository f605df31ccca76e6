# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Reading a table's parquet files with exactly the declared columns."""

from pathlib import Path
from typing import Any

from insights import schema
from insights.store.engine import identifier, quoted

MONTH = "_month"  # The partition column; it lives in the folder names, not in the files.
NO_MONTH = "none"  # The one partition of a table that has no partition date.


def read_parquet(path: Path, files: tuple[str, ...]) -> str:
    """Return the DuckDB table function over a table's files."""
    listed = ", ".join(quoted(str(path / file)) for file in files)
    return f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"


def select_declared(
    path: Path, files: tuple[str, ...], table: schema.Table, connection: Any
) -> str:
    """Return a SELECT of the declared columns, typed; a column newer than the files is NULL."""
    columns = schema.all_columns(table)
    if not files:
        typed = [f"CAST(NULL AS {c.sql_type}) AS {identifier(c.name)}" for c in columns]
        return f"SELECT {', '.join(typed)} WHERE false"
    source = read_parquet(path, files)
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    stored = {row[0] for row in described}
    typed = [
        f"CAST({identifier(c.name) if c.name in stored else 'NULL'} AS {c.sql_type}) "
        f"AS {identifier(c.name)}"
        for c in columns
    ]
    return f"SELECT {', '.join(typed)} FROM {source}"


def month_sql(table: schema.Table) -> str:
    """Return the SQL of a row's partition: the month of the table's partition date."""
    if table.partition is None:
        return quoted(NO_MONTH)
    return f"coalesce(strftime({identifier(table.partition)}, '%Y-%m'), {quoted(NO_MONTH)})"


def files_of_months(files: tuple[str, ...], months: list[str]) -> tuple[str, ...]:
    """Return the files of some partitions."""
    folders = tuple(f"{MONTH}={month}/" for month in months)
    return tuple(file for file in files if file.startswith(folders))
