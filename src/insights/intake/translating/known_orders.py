# ruff: noqa: S608 - SQL is composed of declared names and quoted paths only
"""Known orders: what do lines that stand without their order take from it?

Some exports have the lines of orders in one file, and their times and payments in another, which
may be of the same load or of an earlier one.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from insights import schema
from insights.store import ages
from insights.store.engine import quoted
from insights.store.loads import read_current
from insights.store.views import select_declared


def known_orders(
    connection: Any,
    folder: Path,
    loaded: Iterable[tuple[Path, datetime | None]],
    columns: Iterable[str],
) -> str:
    """Return the SELECT of all orders that are known: `order_id` and some of their columns.

    Parameters
    ----------
    connection : DuckDBPyConnection
    folder : Path
        The lake.
    loaded : iterable of (Path, datetime or None)
        Parquet files of orders of this load, the newest last, and how new each is. What the newest
        of all tells counts, and of equally new ones what comes with this load.
    columns : iterable of str
    """
    table = schema.get("orders")
    current = read_current(folder)
    held = current.tables.get("orders") if current else None
    files = held.files if held else ()
    held_rows = select_declared(folder / "orders", files, table, connection)
    known = [f"SELECT * RENAME ({ages.AGE} AS _told_at) FROM ({held_rows})"]
    for path, told_at in loaded:
        told = f"TIMESTAMP {quoted(str(told_at))}" if told_at else "CAST(NULL AS TIMESTAMP)"
        has_own = "_told_at" in pq.read_schema(path).names
        own = f"* REPLACE (coalesce(_told_at, {told}) AS _told_at)" if has_own else "*"
        also = "" if has_own else f", {told} AS _told_at"
        known.append(f"SELECT {own}{also} FROM read_parquet({quoted(str(path))})")
    each = " UNION ALL BY NAME ".join(
        f"SELECT {{'told': coalesce(_told_at, TIMESTAMP '0001-01-01'), 'load': {number}}} AS _age, "
        f"* FROM ({orders})"
        for number, orders in enumerate(known)
    )
    newest = ", ".join(
        f"arg_max(CAST({name} AS {table.column(name).sql_type}), _age) AS {name}"
        for name in columns
    )
    return f"SELECT order_id, {newest} FROM ({each}) GROUP BY order_id"
