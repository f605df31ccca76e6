"""Reading a table's parquet files with exactly the declared columns."""

from pathlib import Path
from typing import Any

from insights import schema
from insights.store.engine import identifier, quoted

MONTH = "_month"  # The partition column; it lives in the folder names, not in the files.


def read_parquet(path: Path, files: tuple[str, ...]) -> str:
    """Return the DuckDB table function over a table's files."""
    listed = ", ".join(quoted(str(path / file)) for file in files)
    return f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"


def select_declared(path: Path, files: tuple[str, ...], table: schema.Table, connection: Any) -> str:
    """Return a SELECT of the declared columns, typed; a column newer than the files is NULL."""
    columns = schema.all_columns(table)
    typed = [f"CAST(NULL AS {c.sql_type}) AS {identifier(c.name)}" for c in columns]
    if not files:
        return f"SELECT {', '.join(typed)} WHERE false"
    source = read_parquet(path, files)
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()  # noqa: S608
    stored = {row[0] for row in described}
    chosen = [
        identifier(c.name) if c.name in stored else null
        for c, null in zip(columns, typed, strict=True)
    ]
    return f"SELECT {', '.join(chosen)} FROM {source}"  # noqa: S608


def files_of_months(files: tuple[str, ...], months: list[str]) -> tuple[str, ...]:
    """Return the files of some partitions."""
    folders = tuple(f"{MONTH}={month}/" for month in months)
    return tuple(file for file in files if file.startswith(folders))
