# ruff: noqa: S608 - SQL is composed of declared names and numbers only
"""Sampling: so many customers of a lake, by lot, with all that they ever bought.

A model of millions of customers learns nothing from the last million that it did not learn from
twenty thousand. A sample is a lake of its own: every mart of customers works on it as on the whole,
at any day, because whoever is drawn is there with all orders and refunds, and nobody else is.
"""

from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING, Any

from insights.errors import DataError
from insights.store import marts
from insights.store.engine import identifier

if TYPE_CHECKING:
    from insights.store.lake import Lake

MOST_CUSTOMERS = 20_000  # An AUC of so many is known to within half a point.
MOST_AT_ONCE = 1_500_000  # Customers whose marts are worked out in one pass: half a gigabyte.
MOST_MEMORY = "650MB"  # Of an engine that goes through everybody; the rest it spills.
HELD = ("orders", "refunds", "identities")  # Kept of the drawn customers alone.
_DIGITS = 8  # Of the digest, in base 16.


def share_of(customers: int, most: int = MOST_CUSTOMERS) -> float:
    """Return which share of the customers is to be drawn, in (0, 1].

    Examples
    --------
    >>> share_of(12_000), share_of(7_000_000, most=70_000)
    (1.0, 0.01)
    """
    if most < 1:
        raise DataError(f"A sample has 1 customer or more; asked for {most}.")
    return min(1.0, most / customers) if customers else 1.0


def drawn(share: float, column: str = "customer_id") -> str:
    """Return the SQL condition by which a customer is drawn: the same ones whenever it is asked.

    The lot is a digest of the id, which every dialect of SQL knows.

    Examples
    --------
    >>> drawn(0.5)
    "substr(md5(customer_id), 1, 8) < '80000000'"
    """
    bound = format(min(round(share * 16**_DIGITS), 16**_DIGITS - 1), f"0{_DIGITS}x")
    return f"substr(md5({column}), 1, {_DIGITS}) < '{bound}'"


def parts(customers: float, at_once: int = MOST_AT_ONCE) -> list[str]:
    """Return SQL conditions that part customers by lot into so many that each fits into memory.

    Examples
    --------
    >>> parts(100)
    ['true']
    >>> parts(2, at_once=1)  # doctest: +NORMALIZE_WHITESPACE
    ["substr(md5(customer_id), 1, 8) >= '00000000' AND substr(md5(customer_id), 1, 8) < '80000000'",
     "substr(md5(customer_id), 1, 8) >= '80000000'"]
    """
    count = max(1, ceil(customers / at_once))
    if count == 1:
        return ["true"]
    lot = f"substr(md5(customer_id), 1, {_DIGITS})"
    edges = [format(16**_DIGITS * n // count, f"0{_DIGITS}x") for n in range(count)]
    return [
        f"{lot} >= '{low}'" + (f" AND {lot} < '{edges[n + 1]}'" if n + 1 < count else "")
        for n, low in enumerate(edges)
    ]


def customers_about(lake: "Lake") -> int:
    """Return about how many customers have bought: buyers as shops know them, one pass over orders.

    Who buys under several keys counts several times, which makes a sample smaller, never larger.
    """
    counted = lake.sql("SELECT COUNT(DISTINCT COALESCE(buyer_ref, customer_id)) AS n FROM orders")
    return int(counted["n"].iloc[0])


def hold(connection: Any, share: float, end: datetime) -> dict[str, str]:
    """Copy what the drawn customers bought into tables of the connection's own.

    Parameters
    ----------
    connection
        With a view of every table that the mart `order_net` reads.
    share : float in (0, 1)
    end : datetime
        Last moment of the day of those views.

    Returns
    -------
    dict of str
        The copy of each table in `HELD`, to be read in its place.

    Raises
    ------
    DataError
        If nobody was drawn.
    """
    names = {name: f"sampled_{name}" for name in HELD}
    mine = marts.with_marts(f"SELECT order_id FROM order_net WHERE {drawn(share)}")
    kept = identifier(names["orders"])
    connection.execute(
        f"CREATE TEMP TABLE {kept} AS SELECT o.* FROM orders o "
        f"JOIN ({mine}) d ON d.order_id = o.order_id",
        {"as_of": end},
    )
    if not connection.execute(f"SELECT count(*) FROM {kept}").fetchone()[0]:
        raise DataError(
            f"A sample of {share:.4%} of the customers with orders by {end:%Y-%m-%d} holds nobody. "
            "Ask for more of them."
        )
    connection.execute(
        f"CREATE TEMP TABLE {identifier(names['refunds'])} AS SELECT r.* FROM refunds r "
        f"JOIN {kept} o ON o.order_id = r.order_id"
    )
    connection.execute(
        f"CREATE TEMP TABLE {identifier(names['identities'])} AS SELECT * FROM identities "
        f"WHERE {drawn(share)}"
    )
    return names


def of_the_drawn(name: str, share: float) -> str:
    """Return the query of a mart's rows of drawn customers.

    Raises
    ------
    DataError
        If its rows are not of customers.
    """
    if "customer_id" not in {column.name for column in marts.get(name).columns}:
        raise DataError(
            f"The mart '{name}' has no customer_id: a sample of customers cannot tell it. Ask the "
            "lake itself."
        )
    mine = drawn(share) if share < 1 else "true"
    return f"SELECT * FROM {identifier(name)} WHERE {mine}"
