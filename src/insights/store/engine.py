"""The query engine: DuckDB in memory, with a memory limit and a folder to spill into."""

import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from insights.settings import Brand, Settings

# Day 0 of `calendar`: 1970-01-01, so that two day numbers subtract to days in every SQL dialect.
CALENDAR = """
CREATE VIEW calendar AS
SELECT CAST(DATE '1970-01-01' + CAST(i AS INTEGER) AS DATE) AS on_date, i AS day_no
FROM range(0, 60000) AS days(i)
"""
VIEWS = ("calendar", "rules")  # What a query may read besides tables and marts.


def connect(settings: Settings, brand: Brand, spill: Path | None = None) -> Any:
    """Return a DuckDB connection of its own, with the limits of the settings.

    It has two views: ``calendar`` (on_date, day_no), which marts join to count days, because date
    arithmetic is where SQL dialects differ most; and ``rules``, one row with what the brand's
    settings say of its trade (trifle_amount, claim_days).

    Parameters
    ----------
    settings, brand
        The workspace and the brand in it.
    spill : Path, optional
        Folder for what does not fit into memory; one in the system's temporary folder if not
        given. No two connections share one: the names of their files would clash.
    """
    import duckdb  # noqa: PLC0415 - who only asks which load is visible need not wait for it

    folder = spill or Path(tempfile.gettempdir(), f"insights-spill-{secrets.token_hex(8)}")
    connection = duckdb.connect()
    connection.execute(f"SET memory_limit = '{settings.engine.memory_limit}'")
    connection.execute(f"SET threads = {settings.engine.threads}")
    connection.execute(f"SET temp_directory = {quoted(str(folder))}")
    connection.execute("SET autoinstall_known_extensions = false")  # Nothing is ever downloaded.
    connection.execute("SET python_enable_replacements = false")  # A query sees the lake only.
    connection.execute("SET GLOBAL TimeZone = 'UTC'")  # Times are naive; nothing may shift.
    # In a kernel without ipywidgets DuckDB refuses to touch its progress bar; then it has none.
    with suppress(duckdb.InvalidInputException):
        connection.execute("SET enable_progress_bar = false")
    connection.execute(CALENDAR)
    connection.execute(
        f"CREATE VIEW rules AS SELECT CAST({brand.trifle_amount} AS DECIMAL(18,2)) "
        f"AS trifle_amount, CAST({brand.claim_days} AS BIGINT) AS claim_days"
    )
    return connection


def hold_at_most(connection: Any, limit: str, settings: Settings) -> None:
    """Let a connection hold less than the settings allow, if they allow more; the rest it spills.

    Parameters
    ----------
    connection : DuckDBPyConnection
    limit : str
        Such as `700MB`.
    settings : Settings
    """
    if _bytes(limit) < _bytes(settings.engine.memory_limit):
        connection.execute(f"SET memory_limit = '{limit}'")


def _bytes(size: str) -> float:
    """Return a size in bytes.

    Examples
    --------
    >>> _bytes("1.5 KiB"), _bytes("2GB")
    (1536.0, 2000000000.0)
    """
    number = size.rstrip("KMGTiB ")
    unit = size.removeprefix(number).strip()
    base = 1024.0 if unit.endswith("iB") else 1000.0
    return float(number) * float(base ** ("KMGT".index(unit[0]) + 1))


def quoted(text: str) -> str:
    """Return the text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return the name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
