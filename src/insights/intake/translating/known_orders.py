# ruff: noqa: S608 - SQL is composed of declared names and quoted paths only
"""Known orders: what do lines that stand without their order take from it?

Some exports have the lines of orders in one file, and their times and payments in another, which
may be of the same load or of an earlier one.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from insights import schema
from insights.store.engine import quoted
from insights.store.loads import read_current
from insights.store.views import select_declared


def known_orders(
    connection: Any, folder: Path, loaded: Iterable[Path], columns: Iterable[str]
) -> str:
    """Return the SELECT of all orders that are known: `order_id` and some of their columns.

    Parameters
    ----------
    connection : DuckDBPyConnection
    folder : Path
        The lake.
    loaded : iterable of Path
        Parquet files of orders of this load, the newest last; they come before the lake's.
    columns : iterable of str
    """
    table = schema.get("orders")
    current = read_current(folder)
    held = current.tables.get("orders") if current else None
    files = held.files if held else ()
    known = [select_declared(folder / "orders", files, table, connection)]
    known += [f"FROM read_parquet({quoted(str(path))})" for path in loaded]
    each = " UNION ALL BY NAME ".join(
        f"SELECT {age} AS _age, * FROM ({orders})" for age, orders in enumerate(known)
    )
    newest = ", ".join(
        f"arg_max(CAST({name} AS {table.column(name).sql_type}), _age) AS {name}"
        for name in columns
    )
    return f"SELECT order_id, {newest} FROM ({each}) GROUP BY order_id"
