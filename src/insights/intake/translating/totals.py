# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Totals: is the money of a file all in the rows that it became?"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from insights import schema
from insights.intake.translating import remarks, stops, tables
from insights.intake.translating.fates import WHOLE, Fates, Part
from insights.intake.translating.remarks import Remark
from insights.intake.translating.tables import of_row
from insights.sources.adapter import MONEY, Adapter, Block
from insights.sources.values import Aggregate, First, Header, Plain, Share, Sql, columns_of
from insights.store.engine import identifier, quoted

CENT = Decimal("0.01")
_AMOUNT = re.compile(r"-?\d[\d,]*(\.\d+)?")
_FATE = (
    "_row IN (SELECT _row FROM refused) AS _refused, _row IN (SELECT _row FROM repeated) AS _again"
)


@dataclass(frozen=True)
class Totals:
    """What the money of a file adds up to, in the file and in the rows of the tables.

    `checked` has for each column of money its sum in the file and in the rows; `held` and `unheld`
    the sums of the tables' own columns (`orders.paid_amount`), by whether a total was held.
    """

    checked: dict[str, tuple[Decimal, Decimal]]
    held: dict[str, Decimal]
    unheld: dict[str, Decimal]


def held_against(
    fates: Fates, adapter: Adapter, parts: list[Part], name: str, *, is_whole: bool
) -> Totals:
    """Hold the money of the tables against that of the file.

    The sum in the file is the one that its own footer gives, where it has one and all rows could
    be read (`is_whole`); rows that were refused or skipped are added to the tables', and what came
    again later in the file counts once. An amount that each row of an order repeats counts once an
    order. What only some rows give is held against those rows, and named after the block that takes
    them, as what two blocks take is. No total is held of what is said otherwise: the least, the
    last, or an amount of the order that another file has.

    Raises
    ------
    FileRefused
        If the two differ by more than a cent.
    """
    found = Totals({}, {}, {})
    for table, path, block in parts:
        if block is None:
            continue
        money = [c for c in block.values if _is_money(adapter, block, c)]
        if not money:
            continue
        sums = _in_rows(fates, path, money)
        added = {c: v for c in money if (v := _added_up(block, c)) is not None}
        once = {c: v for c in money if c not in added and (v := _once(block, c)) is not None}
        in_file = _added(fates, adapter, block, added, is_whole=is_whole)
        in_file |= _once_an_order(fates, adapter, block, once)
        for column, total in sums.items():
            place = f"{table}.{column}"
            if column not in in_file:
                found.unheld[place] = found.unheld.get(place, Decimal()) + total
                continue
            found.held[place] = found.held.get(place, Decimal()) + total
            header = _called(block, column)
            if header in found.checked:
                header = f"{header} ({block.place}.{column})"
            said, left_out = in_file[column]
            found.checked[header] = (said, total + left_out)
    for header, (said, in_rows) in found.checked.items():
        if abs(said - in_rows) > CENT:
            raise stops.totals_off(name, found.checked, header)
    return found


def held_against_bill(
    fates: Fates,
    adapter: Adapter,
    below: Sequence[Sequence[str]],
    name: str,
    *,
    is_whole: bool,
) -> None:
    """Hold the columns of a file against the totals that stand below its table.

    A column of which a cell could not be read is not compared.

    Raises
    ------
    FileRefused
        If one differs by more than a cent, or the totals are not there: a bill that was cut.
    """
    said = {
        (header, column): Decimal(total.replace(",", ""))
        for heads, values in pairwise(below)
        for header, total in zip(heads, values, strict=False)
        if (column := adapter.rows.totals.get(header)) and _AMOUNT.fullmatch(total)
    }
    if adapter.rows.totals and not said:
        raise stops.totals_missing(name, adapter.rows.ends)
    if not is_whole:
        return
    for (header, column), total in said.items():
        unread = f"contains(_reasons, {quoted(column)})"
        ((found, lost),) = fates.ask(
            f"SELECT coalesce(sum({identifier(column)}), 0), count(*) FILTER ({unread}) "
            "FROM file_rows WHERE _skip IS NULL"
        )
        if not lost and abs(total - _amount(found)) > CENT:
            raise stops.totals_off(name, {header: (total, _amount(found))}, header)


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


def untimed(fates: Fates, parts: list[Part]) -> Iterator[Remark]:
    """Yield how many orders are paid by their status and have no time of payment, if any."""
    words = "('paid', 'shipped', 'done', 'part_refunded', 'closed_refunded')"
    for table, path, _ in parts:
        names = pq.read_schema(path).names
        if table != "orders" or not {"status", "paid_at"} <= {*names}:
            continue
        ((orders,),) = fates.ask(
            f"SELECT count(*) FROM read_parquet({quoted(str(path))}) "
            f"WHERE paid_at IS NULL AND status IN {words}"
        )
        if orders:
            yield remarks.untimed(orders)


def gave_way(fates: Fates, parts: list[Part]) -> Iterator[Remark]:
    """Yield what has to be said of rows whose key a later row of the same block has, too.

    Rows that differ in nothing but their place are one row twice, of which nothing is lost. Of
    orders and their lines `Fates` has found them before, and rows that were put together have none.
    """
    for table, path, block in parts:
        if block is None or block.grouped or table in WHOLE:
            continue
        names, keys = pq.read_schema(path).names, block.key
        if not keys or not {*keys} <= {*names}:
            continue
        key = ", ".join(map(identifier, keys))
        says = ", ".join(identifier(name) for name in names if name not in {"_row", "_told_at"})
        ((gone,),) = fates.ask(
            f"""SELECT coalesce(sum(n - 1), 0) FROM (
                SELECT count(DISTINCT hash({says})) AS n
                FROM read_parquet({quoted(str(path))}) GROUP BY {key}
            ) WHERE n > 1"""
        )
        if gone:
            yield remarks.same_key(table, int(gone))


def rows_by_table(parts: list[Part]) -> dict[str, int]:
    """Return how many rows each table was given."""
    counts: dict[str, int] = {}
    for table, path, _ in parts:
        counts[table] = counts.get(table, 0) + pq.read_metadata(path).num_rows
    return counts


def _is_money(adapter: Adapter, block: Block, column: str) -> bool:
    value = block.values[column]
    kinds = {adapter.kinds.get(name) for name in columns_of(value)}
    plain = isinstance(value, Header | First) and kinds and kinds <= set(MONEY)
    return schema.get(block.table).column(column).type == "money" or bool(plain)


def _added_up(block: Block, column: str) -> Plain | None:
    """Return what of each row adds up to a column, if that is how it is made."""
    value = block.values[column]
    if isinstance(value, Aggregate):
        value = value.operand if value.how == "sum" else None
    elif block.grouped:
        value = None
    return value if isinstance(value, Header | First | Sql) else None


def _once(block: Block, column: str) -> Plain | None:
    """Return what each row of an order repeats, if a column is made of that."""
    value = block.values[column]
    if isinstance(value, Aggregate) and value.how == "once":
        return value.operand
    if isinstance(value, Share) and not block.where:
        return value.of
    return None


def _called(block: Block, column: str) -> str:
    """Return what a total is called: the file's own words, where it has some for it."""
    value = block.values[column]
    value = value.operand if isinstance(value, Aggregate) else value
    value = value.of if isinstance(value, Share) else value
    if not isinstance(value, Header | First):
        return f"{block.place}.{column}"
    return " / ".join(columns_of(value)) + (f" ({block.place})" if block.where else "")


def _in_rows(fates: Fates, path: Path, columns: Iterable[str]) -> dict[str, Decimal]:
    names = list(columns)
    sums = ", ".join(f"coalesce(sum({identifier(name)}), 0)" for name in names)
    (found,) = fates.ask(f"SELECT {sums} FROM read_parquet({quoted(str(path))})")
    return {name: _amount(total) for name, total in zip(names, found, strict=True)}


def _added(
    fates: Fates, adapter: Adapter, block: Block, values: dict[str, Plain], *, is_whole: bool
) -> dict[str, tuple[Decimal, Decimal]]:
    """Return the sum of each in the file, and what of it is not in the table's rows."""
    if not values:
        return {}
    # A block may take some rows only; a rule may not be for rows that could not be read.
    taken = f"coalesce(TRY(({block.where})), false)" if block.where else "true"
    amounts = ", ".join(f"TRY({of_row(v)}) AS _m{n}" for n, v in enumerate(values.values()))
    sums = ", ".join(
        f"""coalesce(sum(_m{n}) FILTER (_skip IS DISTINCT FROM 'footer'), 0),
        max(_m{n}) FILTER (_skip = 'footer'), count(_m{n}) FILTER (_skip = 'footer'),
        count(*) FILTER (_m{n} IS NULL AND _refused),
        coalesce(sum(_m{n}) FILTER (_skip <> 'footer' OR _refused), 0),
        coalesce(sum(_m{n}) FILTER (_again), 0)"""
        for n in range(len(values))
    )
    (found,) = fates.ask(
        f"SELECT {sums} FROM (SELECT _skip, {amounts}, {_FATE} FROM file_rows "
        f"WHERE {taken} OR _skip = 'footer')"
    )
    totals = {}
    for n, (column, value) in enumerate(values.items()):
        in_file, footer, footers, unread, left_out, again = found[6 * n : 6 * n + 6]
        # What could not be read is in the file's own total, and in no sum of ours.
        is_said = footers == 1 and is_whole and not unread and not block.where
        is_said = is_said and set(columns_of(value)) <= set(adapter.kinds)
        said = _amount(footer if is_said else in_file) - _amount(again)
        totals[column] = (said, _amount(left_out))
    return totals


def _once_an_order(
    fates: Fates, adapter: Adapter, block: Block, values: dict[str, Plain]
) -> dict[str, tuple[Decimal, Decimal]]:
    """Return the same of what each row of an order repeats."""
    order = tables.order(adapter)
    if not values or order is None:
        return {}
    taken = f"coalesce(TRY(({block.where})), false)" if block.where else "true"
    amounts = ", ".join(f"max(TRY({of_row(v)})) AS _m{n}" for n, v in enumerate(values.values()))
    sums = ", ".join(
        f"coalesce(sum(_m{n}), 0), coalesce(sum(_m{n}) FILTER (_refused), 0)"
        for n in range(len(values))
    )
    (found,) = fates.ask(
        f"""SELECT {sums} FROM (
            SELECT {amounts}, bool_or(_refused) AS _refused FROM (SELECT *, {_FATE} FROM file_rows)
            WHERE _skip IS NULL AND NOT _again AND {taken} GROUP BY {of_row(order)}
        )"""
    )
    return {
        column: (_amount(found[2 * n]), _amount(found[2 * n + 1]))
        for n, column in enumerate(values)
    }


def _amount(found: Any) -> Decimal:
    return Decimal(found) if isinstance(found, Decimal | int) else Decimal(str(round(found, 4)))
