"""The query engine: DuckDB in memory, with a memory limit and a folder to spill into."""

import tempfile
from typing import Any

import duckdb

from insights.settings import Settings

# Day 0 of `calendar`: 1970-01-01, so that two day numbers subtract to days in every SQL dialect.
CALENDAR = """
CREATE VIEW calendar AS
SELECT CAST(DATE '1970-01-01' + CAST(i AS INTEGER) AS DATE) AS on_date, i AS day_no
FROM range(0, 60000) AS days(i)
"""


def connect(settings: Settings) -> Any:
    """Return a DuckDB connection of its own, with the limits of the settings.

    It has one view, ``calendar`` (on_date, day_no): marts join it to count days, because date
    arithmetic is where SQL dialects differ most.
    """
    connection = duckdb.connect()
    connection.execute(f"SET memory_limit = '{settings.engine.memory_limit}'")
    connection.execute(f"SET threads = {settings.engine.threads}")
    connection.execute(f"SET temp_directory = '{tempfile.gettempdir()}/insights-spill'")
    connection.execute("SET TimeZone = 'UTC'")  # Times in the lake are naive; nothing may shift.
    connection.execute("SET enable_progress_bar = false")
    connection.execute(CALENDAR)
    return connection


def quoted(text: str) -> str:
    """Return the text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return the name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
