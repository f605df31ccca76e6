# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Totals: is the money of a file all in the rows that it became?"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow.parquet as pq

from insights import schema
from insights.intake.translating.account import FileRefused
from insights.intake.translating.fates import Fates, Part
from insights.sources.adapter import MONEY, Adapter
from insights.sources.values import Aggregate, First, Header
from insights.store.engine import identifier, quoted

CENT = Decimal("0.01")


def held_against(
    fates: Fates, adapter: Adapter, parts: list[Part], name: str, *, is_whole: bool
) -> dict[str, tuple[Decimal, Decimal]]:
    """Return for each column of money its sum in the file, and in the rows of the tables.

    The sum in the file is the one that its own footer gives, where it has one and all rows could
    be read (`is_whole`); rows that were refused or skipped are added to the tables', and what came
    again later in the file counts once. What only some rows give is held against those rows, and
    named after the block that takes them.

    Raises
    ------
    FileRefused
        If the two differ by more than a cent.
    """
    totals: dict[str, tuple[Decimal, Decimal]] = {}
    for _, path, block in parts:
        if block is None:
            continue
        # A block may take some rows only; a rule may not be for rows that could not be read.
        taken = f"coalesce(TRY(({block.where})), false)" if block.where else "true"
        for column, value in block.values.items():
            names = _added_up(value, adapter, grouped=block.grouped)
            if not names:
                continue
            header = " / ".join(names) + (f" ({block.place})" if block.where else "")
            if header in totals:
                continue
            one = f"coalesce({', '.join(identifier(name) for name in names)})"
            in_file, footer, footers, unread, left_out, again = fates.ask(
                f"""SELECT coalesce(sum({one}) FILTER (_skip IS DISTINCT FROM 'footer'), 0),
                max({one}) FILTER (_skip = 'footer'), count({one}) FILTER (_skip = 'footer'),
                count(*) FILTER ({one} IS NULL AND _row IN (SELECT _row FROM refused)),
                coalesce(sum({one}) FILTER (_skip <> 'footer'
                    OR _row IN (SELECT _row FROM refused)), 0),
                coalesce(sum({one}) FILTER (_row IN (SELECT _row FROM repeated)), 0)
                FROM file_rows WHERE {taken} OR _skip = 'footer'"""
            )[0]
            in_rows = fates.ask(
                f"SELECT coalesce(sum({identifier(column)}), 0) "
                f"FROM read_parquet({quoted(str(path))})"
            )[0][0]
            # What could not be read is in the file's own total, and in no sum of ours.
            is_said = footers == 1 and is_whole and not unread and not block.where
            said = footer if is_said else in_file
            totals[header] = (Decimal(said - again), Decimal(in_rows + left_out))
    for header, (in_file, in_rows) in totals.items():
        if abs(in_file - in_rows) > CENT:
            raise FileRefused(
                "total_off",
                f"{name}: '{header}' adds up to {in_file} in the file and to {in_rows} in its "
                "rows. Rows are missing, or come twice: export it again.",
            )
    return totals


def time_range(fates: Fates, parts: list[Part]) -> tuple[datetime | None, datetime | None]:
    """Return the first and the last moment of which the rows tell."""
    moments: list[datetime | None] = []
    for table, path, _ in parts:
        time = schema.get(table).event_time
        if time and time in pq.read_schema(path).names:
            one = f"TRY_CAST({identifier(time)} AS TIMESTAMP)"
            moments += fates.ask(
                f"SELECT min({one}), max({one}) FROM read_parquet({quoted(str(path))})"
            )[0]
    known = [moment for moment in moments if moment is not None]
    return (min(known), max(known)) if known else (None, None)


def rows_by_table(parts: list[Part]) -> dict[str, int]:
    """Return how many rows each table was given."""
    counts: dict[str, int] = {}
    for table, path, _ in parts:
        counts[table] = counts.get(table, 0) + pq.read_metadata(path).num_rows
    return counts


def _added_up(value: Any, adapter: Adapter, *, grouped: bool) -> tuple[str, ...]:
    """Return the headers of which the first with money adds up to a column, if they do."""
    if isinstance(value, Aggregate):
        value = value.operand if value.how == "sum" else None
    elif grouped:
        return ()
    names = value.names if isinstance(value, First) else ()
    names = (value.name,) if isinstance(value, Header) else names
    return names if all(adapter.kinds.get(name) in MONEY for name in names) else ()
