# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Fates: is each row of a file used, skipped or refused?

A row that cannot be read is refused, and with it its whole order: an order without one of its
lines has a wrong total. Of rows with one key the last one counts: those before it that say the same
are `repeated`, those that say anything else are `superseded`. Rows without a number: see `copies`.
"""

import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from insights.intake.translating import copies, tables
from insights.sources.adapter import Adapter, Block
from insights.sources.values import Aggregate, OfOrder
from insights.store.engine import identifier, quoted

# Tables of which a wrong row takes its whole order with it.
WHOLE = ("orders", "order_lines")
RAGGED = "ragged_orders"  # The orders of rows that the reader refused, as far as they tell.
UNKNOWN = "order_unknown"  # The reason of lines whose order is neither in this load nor the lake.
Part = tuple[str, Path, Block | None]


class Fates:
    """What becomes of the rows of one file.

    Of rows that the reader refused, the table `ragged_orders` may have the orders (_order). Makes
    the view `file_rows`, the tables `refused` (_row, reasons) and `repeated` (_row, _why), and the
    view `good` of the rows to be used. `alike` rows count, though another says the same.
    """

    def __init__(self, connection: Any, adapter: Adapter, file: Path, orders: str = "") -> None:
        self._connection = connection
        self._adapter = adapter
        self._orders = _block(adapter, "orders")
        order = tables.order(adapter)
        self._order = tables.of_row(order) if order else ""
        rows = f"(SELECT *, '' AS _unknown FROM read_parquet({quoted(str(file))}))"
        if adapter.of_order:
            rows = self._beside_orders(rows, orders)
        self.ask(f"CREATE TEMP VIEW file_rows AS SELECT * FROM {rows}")
        self.ask("CREATE TEMP TABLE refused (_row BIGINT, reasons VARCHAR)")
        self.ask("CREATE TEMP TABLE repeated (_row BIGINT, _why VARCHAR)")
        self.ask(f"CREATE TEMP TABLE IF NOT EXISTS {RAGGED} (_order VARCHAR)")
        self.ask(
            "INSERT INTO refused "
            "SELECT _row, concat_ws(', ', nullif(_reasons, ''), nullif(_unknown, '')) AS reasons "
            "FROM file_rows WHERE reasons <> '' AND _skip IS NULL"
        )
        self._find_repeated()
        self.alike = copies.found(self.ask, adapter)
        self.ask("DELETE FROM refused WHERE _row IN (SELECT _row FROM repeated)")
        self._take_their_orders()
        self._see_good()

    def judge(self, parts: list[Part]) -> bool:
        """Refuse orders of which a row would not be fit for its table; return whether there are."""
        if not self._order:
            return False
        key, found = self._order, 0
        for table, path, block in parts:
            if table not in WHOLE or block is None:
                continue
            names = set(pq.read_schema(path).names)
            verdicts = ", ".join(
                f"CASE WHEN NOT ({sql}) THEN {quoted(reason)} END"
                for reason, sql in tables.judged(table)
                if "$now" not in sql and set(re.findall(r'"([^"]+)"', sql)) <= names
            )
            source = (
                f"SELECT order_id AS _order, concat_ws(', ', {verdicts}) AS _why "
                f"FROM read_parquet({quoted(str(path))})"
            )
            if differing := _differing(block):
                source += f" UNION ALL SELECT {key} AS _order, {differing} FROM good GROUP BY 1"
            # Names that no header has: the key below is made of headers.
            self.ask(
                "CREATE OR REPLACE TEMP TABLE unfit AS SELECT _order, "
                f"string_agg(DISTINCT _why, ', ') AS _why FROM ({source}) "
                "WHERE _why <> '' GROUP BY 1"
            )
            if unfit := self.count("unfit"):
                found += unfit
                self.ask(
                    f"""INSERT INTO refused SELECT f._row, u._why FROM good f
                    JOIN unfit u ON {key} IS NOT DISTINCT FROM u._order"""
                )
                self._see_good()
        return found > 0

    def skipped(self) -> dict[str, int]:
        """Return how many rows are no records, by reason."""
        found: dict[str, int] = dict(
            self.ask(
                "SELECT _skip, count(*) FROM file_rows WHERE _skip IS NOT NULL GROUP BY 1 "
                "ORDER BY 1"
            )
        )
        again = self.ask("SELECT _why, count(*) FROM repeated GROUP BY 1 ORDER BY 1")
        return {**found, **dict(again)}

    def reasons(self) -> dict[str, int]:
        """Return how many rows were refused, by reason; a row may have several."""
        return dict(
            self.ask(
                "SELECT reason, count(*) FROM (SELECT unnest(string_split(reasons, ', ')) "
                "AS reason FROM refused) GROUP BY 1 ORDER BY 2 DESC, 1"
            )
        )

    def forget(self) -> None:
        """Free what was made."""
        self.ask("DROP VIEW good; DROP VIEW file_rows; DROP TABLE refused; DROP TABLE repeated")
        self.ask(f"DROP TABLE {RAGGED}")

    def count(self, relation: str) -> int:
        """Return how many rows a relation has."""
        found: int = self.ask(f"SELECT count(*) FROM {relation}")[0][0]
        return found

    def ragged_of_orders(self) -> int:
        """Return how many rows that the reader refused are of an order that other rows have."""
        found = self.ask(
            f"SELECT count(*) FROM {RAGGED} "
            f"WHERE _order IN (SELECT {self._order} FROM file_rows WHERE _skip IS NULL)"
        )
        return int(found[0][0])

    def any(self, condition: str) -> bool:
        """Whether a condition holds in some row that is a record."""
        found = self.ask(f"SELECT bool_or({condition}) FROM file_rows WHERE _skip IS NULL")
        return bool(found[0][0])

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the answer: all of it, for an unfinished one would be in the way of the next."""
        found: list[tuple[Any, ...]] = self._connection.execute(sql).fetchall()
        return found

    def _beside_orders(self, rows: str, orders: str) -> str:
        """Return the rows with what they take from their orders; without one they are `_unknown`.

        Those orders alone are held, whatever the lake has.
        """
        names = ", ".join(("order_id", *self._adapter.of_order))
        self.ask(
            f"""CREATE OR REPLACE TEMP TABLE known_orders AS SELECT {names} FROM ({orders})
            WHERE order_id IN (SELECT {self._order} FROM {rows})"""
        )
        taken = ", ".join(
            f"o.{identifier(name)} AS {identifier(OfOrder(name).column)}"
            for name in self._adapter.of_order
        )
        return f"""(SELECT r.* EXCLUDE (_unknown, _order), {taken},
            CASE WHEN o.order_id IS NULL THEN '{UNKNOWN}' ELSE '' END AS _unknown
            FROM (SELECT *, {self._order} AS _order FROM {rows}) r
            LEFT JOIN known_orders o ON o.order_id = r._order)"""

    def _find_repeated(self) -> None:
        block = _block(self._adapter, "order_lines") or self._orders
        if block is None or self._orders is None:
            return
        if block is self._orders and block.grouped:
            return  # Each row of such an order is a line of it.
        if any(tables.has_position(block.values[k]) for k in block.key if k in block.values):
            return  # Such lines have no number of their own by which one could come twice.
        columns = tables.key_columns(self._adapter, block)
        of = ", ".join(columns)
        there = " AND ".join(f"{column} IS NOT NULL" for column in columns)
        kinds = self._adapter.kinds.items()
        read = [identifier(name) for name, kind in kinds if kind != "private"]
        row = ", ".join((*read, *map(identifier, self._adapter.derive), "_reasons"))
        self.ask(
            f"""INSERT INTO repeated SELECT _row,
                CASE WHEN _said IS NOT DISTINCT FROM _last THEN 'repeated' ELSE 'superseded' END
            FROM (
                SELECT _row, max(_row) OVER of_key AS _newest, row({row}) AS _said,
                    last_value(row({row})) OVER of_key AS _last
                FROM file_rows WHERE _skip IS NULL AND {there} AND ({of}) IN (
                    SELECT ({of}) FROM file_rows WHERE _skip IS NULL AND {there}
                    GROUP BY {of} HAVING count(*) > 1
                )
                WINDOW of_key AS (PARTITION BY {of} ORDER BY _row
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
            ) WHERE _row < _newest"""
        )

    def _take_their_orders(self) -> None:
        """Refuse what else belongs to an order of which a row is refused."""
        if not self._order or not (self.count("refused") or self.count(RAGGED)):
            return
        key = self._order
        self.ask(
            f"""INSERT INTO refused SELECT _row, 'other_line_refused' FROM file_rows
            WHERE _skip IS NULL AND _row NOT IN (SELECT _row FROM refused)
            AND _row NOT IN (SELECT _row FROM repeated)
            AND {key} IN (
                SELECT {key} FROM file_rows WHERE _row IN (SELECT _row FROM refused)
                UNION ALL SELECT _order FROM {RAGGED} WHERE _order IS NOT NULL
            )"""
        )

    def _see_good(self) -> None:
        left_out = "".join(
            f" AND _row NOT IN (SELECT _row FROM {name})"
            for name in ("refused", "repeated")
            if self.count(name)
        )
        self.ask(
            f"CREATE OR REPLACE TEMP VIEW good AS SELECT * FROM file_rows "
            f"WHERE _skip IS NULL{left_out}"
        )


def _differing(block: Block) -> str:
    """Return the SQL of the amounts that differ between the rows of an order and should not."""
    once = [
        (name, tables.of_row(value.operand))
        for name, value in block.values.items()
        if isinstance(value, Aggregate) and value.how == "once"
    ]
    cases = (
        f"CASE WHEN min({one}) <> max({one}) THEN {quoted(f'{block.table}.{name}_differs')} END"
        for name, one in once
    )
    return f"concat_ws(', ', {', '.join(cases)})" if once else ""


def _block(adapter: Adapter, table: str) -> Block | None:
    return next((block for block in adapter.blocks if block.table == table), None)
