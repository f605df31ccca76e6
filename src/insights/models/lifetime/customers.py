"""What a purchase-count model reads of a customer, and how it is made from orders.

- `frequency`: repeat purchase occasions, a whole number >= 0 (the first purchase is not counted)
- `recency`: time from the first to the last purchase, 0 for a one-time buyer
- `age`: time from the first purchase to the end of the data, >= recency

Times are in any unit, as long as it is one unit; the unit of `alpha` follows it.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from insights.errors import DataError, MissingColumns

COLUMNS = ("frequency", "recency", "age")


@dataclass(frozen=True, eq=False)
class Customers:
    """Checked histories, one entry a customer (or a group of alike customers with its weight)."""

    frequency: NDArray[np.float64]
    recency: NDArray[np.float64]
    age: NDArray[np.float64]
    weights: NDArray[np.float64] | None = None


def read_customers(
    frequency: ArrayLike | pd.DataFrame,
    recency: ArrayLike | None = None,
    age: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Customers:
    """Take three arrays, or one frame with these columns, and refuse what cannot be a history.

    Raises
    ------
    MissingColumns
        If a frame lacks one of the columns.
    DataError
        If a value is missing, infinite, negative or impossible; the message counts the rows.
    """
    if isinstance(frequency, pd.DataFrame):
        frame = frequency
        if missing := set(COLUMNS) - set(frame.columns):
            raise MissingColumns("customers", missing, frame.columns)
        frequency, recency, age = (frame[name].to_numpy() for name in COLUMNS)
    elif recency is None or age is None:
        raise DataError(
            "A purchase history needs frequency, recency and age; found "
            f"{'frequency and age' if recency is None and age is not None else 'less'}. "
            "Give three arrays, or one frame with these columns."
        )
    columns = {
        "frequency": np.atleast_1d(np.asarray(frequency, dtype=np.float64)),
        "recency": np.atleast_1d(np.asarray(recency, dtype=np.float64)),
        "age": np.atleast_1d(np.asarray(age, dtype=np.float64)),
    }
    if weights is not None:
        columns["weights"] = np.atleast_1d(np.asarray(weights, dtype=np.float64))
    _refuse_impossible(columns)
    return Customers(**columns)


def customer_days(
    customer_id: ArrayLike, day: ArrayLike, *, end: date, days_per_unit: float = 1.0
) -> pd.DataFrame:
    """Reduce orders to purchase histories, counting each customer's day once.

    The models are about occasions: two orders of one day are one decision to buy, and counting
    both would turn a basket that was split into loyalty.

    Parameters
    ----------
    customer_id : array, one entry an order
    day : array of dates or timestamps, one entry an order
        The time of day is dropped.
    end : date
        Last day of complete data; later orders are left out.
    days_per_unit : float, default 1
        Days in the unit of the result: 7 gives weeks.

    Returns
    -------
    DataFrame, one row per customer who bought by `end`
        Index ``customer_id``; ``frequency`` (repeat days), ``recency`` and ``age`` in units.
    """
    orders = pd.DataFrame(
        {"customer_id": np.asarray(customer_id), "day": np.asarray(day, dtype="datetime64[D]")}
    )
    if orders["day"].isna().any():
        raise DataError(
            f"{int(orders['day'].isna().sum())} of {len(orders)} orders have no day. "
            "Leave them out, and say on the page how many."
        )
    last = np.datetime64(end, "D")
    orders["day"] = (orders["day"].to_numpy().astype("datetime64[D]") - last).astype(np.int64)
    orders = orders[orders["day"] <= 0].drop_duplicates()
    grouped = orders.groupby("customer_id", sort=True)["day"]
    first, newest, days = grouped.min(), grouped.max(), grouped.size()
    return pd.DataFrame(
        {
            "frequency": days - 1,
            "recency": (newest - first) / days_per_unit,
            "age": -first / days_per_unit,
        }
    )


def _refuse_impossible(columns: dict[str, NDArray[np.float64]]) -> None:
    sizes = {name: values.size for name, values in columns.items()}
    if len(set(sizes.values())) != 1 or any(values.ndim != 1 for values in columns.values()):
        raise DataError(f"Histories need columns of one length; found {sizes}.")
    total = sizes["frequency"]
    if total == 0:
        raise DataError("There are no customers. Give at least one purchase history.")
    for name, values in columns.items():
        _refuse(~np.isfinite(values), f"a missing or infinite {name}", "Leave them out")
        _refuse(values < 0, f"a negative {name}", "Check how it was computed")
    frequency, recency, age = (columns[name] for name in COLUMNS)
    _refuse(frequency % 1 != 0, "a fractional frequency", "It counts repeat purchases")
    _refuse(
        recency > age,
        "a recency above their age",
        "Both run from the first purchase, to the last one and to the end of the data",
    )
    _refuse(
        (frequency == 0) & (recency > 0),
        "a recency above 0 without a repeat purchase",
        "A one-time buyer's last purchase is the first one",
    )


def _refuse(bad: NDArray[np.bool_], what: str, do: str) -> None:
    if bad.any():
        raise DataError(f"{int(bad.sum())} of {bad.size} customers have {what}. {do}.")
