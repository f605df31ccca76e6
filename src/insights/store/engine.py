"""The query engine: DuckDB in memory, with a memory limit and a folder to spill into."""

import tempfile
from contextlib import suppress
from typing import Any

import duckdb

from insights.settings import Brand, Settings

# Day 0 of `calendar`: 1970-01-01, so that two day numbers subtract to days in every SQL dialect.
CALENDAR = """
CREATE VIEW calendar AS
SELECT CAST(DATE '1970-01-01' + CAST(i AS INTEGER) AS DATE) AS on_date, i AS day_no
FROM range(0, 60000) AS days(i)
"""


def connect(settings: Settings, brand: Brand) -> Any:
    """Return a DuckDB connection of its own, with the limits of the settings.

    It has two views: ``calendar`` (on_date, day_no), which marts join to count days, because date
    arithmetic is where SQL dialects differ most; and ``rules``, one row with what the brand's
    settings say of its trade (trifle_amount).
    """
    connection = duckdb.connect()
    connection.execute(f"SET memory_limit = '{settings.engine.memory_limit}'")
    connection.execute(f"SET threads = {settings.engine.threads}")
    connection.execute(f"SET temp_directory = '{tempfile.gettempdir()}/insights-spill'")
    connection.execute("SET TimeZone = 'UTC'")  # Times in the lake are naive; nothing may shift.
    # In a kernel without ipywidgets DuckDB refuses to touch its progress bar; then it has none.
    with suppress(duckdb.InvalidInputException):
        connection.execute("SET enable_progress_bar = false")
    connection.execute(CALENDAR)
    connection.execute(
        f"CREATE VIEW rules AS SELECT CAST({brand.trifle_amount} AS DECIMAL(18,2)) AS trifle_amount"
    )
    return connection


VIEWS = ("calendar", "rules")  # What a query may read besides tables and marts.


def quoted(text: str) -> str:
    """Return the text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return the name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
