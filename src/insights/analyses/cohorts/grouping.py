"""Grouping: by what can customers be told apart who are only seen buying?

By what stood on their first purchase, by a column of their own, or by a segment that was saved.
"""

from collections.abc import Callable
from datetime import date

import pandas as pd

from insights.analyses.cohorts.occasions import Occasions, needed
from insights.analyses.cohorts.split import Split, split
from insights.errors import DataError
from insights.results import NotEnoughData
from insights.results.channels import channel_label
from insights.results.segmented import saved, told_apart

FIRST = "first_"
_SAID: dict[str, Callable[[str], str]] = {"channel": channel_label}


def split_by(
    purchases: "pd.DataFrame | Occasions",
    by: "str | pd.DataFrame",
    customers: pd.DataFrame | None = None,
    *,
    as_of: date,
    data_from: date | None = None,
    min_customers: int = 30,
) -> Split | NotEnoughData:
    """Split customers by what `grouped` finds; the rest as for `split`.

    Of the mart `order_net` only what counts is taken: nothing that is `left_out`, no unknown buyer.
    """
    if isinstance(purchases, Occasions):
        raise DataError("Groups are told apart by orders: give their frame, not the occasions.")
    purchases = counting(purchases)
    frame, column = grouped(purchases, by, customers)
    return split(
        purchases, frame, by=column, as_of=as_of, data_from=data_from, min_customers=min_customers
    )


def counting(orders: pd.DataFrame) -> pd.DataFrame:
    """Of orders, such as the mart `order_net`, those that count: not left out, the buyer known."""
    needed(orders, "purchases", "customer_id")
    if "left_out" in orders.columns:
        orders = orders[orders["left_out"].isna()]
    return orders.dropna(subset=["customer_id"])


def grouped(
    purchases: "pd.DataFrame | Occasions",
    by: "str | pd.DataFrame",
    customers: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, str]:
    """Return a frame with each customer's group, and the name of its column.

    Parameters
    ----------
    purchases : DataFrame, one row per paid order
        Needs ``customer_id`` and ``paid_at``. Occasions will do where no group is read from orders.
    by : str or DataFrame
        ``'first_channel'`` is the `channel` of a customer's first purchase, and so is ``first_``
        before any other column of `purchases`; else a column of `customers`. Or a segment: the
        name it was saved under, or as ``ins.segments.load`` gives it; who is in none of it is one
        of the others.
    customers : DataFrame, one row per customer, optional

    Raises
    ------
    DataError
        If there is nothing of this name; the message has the nearest.

    Examples
    --------
    >>> days = pd.to_datetime(["2026-01-05", "2026-02-07", "2026-01-20"])
    >>> orders = pd.DataFrame({"customer_id": list("aab"), "paid_at": days, "shop": list("xyz")})
    >>> frame, column = grouped(orders, "first_shop")
    >>> dict(zip(frame["customer_id"], frame[column]))
    {'a': 'x', 'b': 'z'}
    """
    if isinstance(by, str) and customers is not None and by in customers.columns:
        return customers, by
    if isinstance(by, str) and not isinstance(purchases, Occasions):
        needed(purchases, "purchases", "customer_id", "paid_at")
        column = by.removeprefix(FIRST)
        if by.startswith(FIRST) and column in purchases.columns:
            firsts = purchases.sort_values("paid_at", kind="stable").drop_duplicates("customer_id")
            groups = firsts[column]
            if column in _SAID:
                groups = groups.map(_SAID[column], na_action="ignore")
            return pd.DataFrame({"customer_id": firsts["customer_id"], column: groups}), column
    if isinstance(by, str) and isinstance(purchases, Occasions) and saved(by) is None:
        raise DataError(
            f"Customers have no '{by}', and occasions do not tell of orders: give the orders' "
            "frame."
        )
    known = [c for c in (customers.columns if customers is not None else ()) if c not in _KEYS]
    if not isinstance(purchases, Occasions):
        known += [f"{FIRST}{name}" for name in purchases.columns if name not in _KEYS]
    everyone = pd.DataFrame({"customer_id": _everyone(purchases, customers)})
    return told_apart(everyone, by, known)


_KEYS = ("customer_id", "paid_at", "started_on")


def _everyone(purchases: "pd.DataFrame | Occasions", customers: pd.DataFrame | None) -> pd.Series:
    """Everybody who bought, or entered without having bought."""
    if isinstance(purchases, Occasions):
        bought = pd.Series(purchases.ids)
    else:
        needed(purchases, "purchases", "customer_id", "paid_at")
        bought = purchases["customer_id"]
    if customers is not None and "started_on" in customers.columns:
        bought = pd.concat([bought, customers["customer_id"]])
    return pd.Series(bought.dropna().unique(), name="customer_id")
