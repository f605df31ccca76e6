"""Sufficient statistics: alike customers are one cell with a weight.

A likelihood needs each (frequency, recency, age) once, each of its logarithms once per distinct
time, and each of its gamma functions once per distinct frequency. On a grid of days a million
customers are some ten thousand to some hundred thousand cells, which is where the speed is from.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from insights.models.lifetime.customers import Customers
from insights.models.sums import weighted_sum

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

# Beyond this a table over every whole number would cost more than the distinct values alone.
_LONGEST_GRID = 1 << 20


@dataclass(frozen=True, eq=False)
class Cells:
    """Weighted cells, with tables to look times and frequencies up in.

    Times are divided by `unit`, so that an optimiser sees numbers near 1 whatever they are
    measured in.

    Attributes
    ----------
    frequency, recency, age : arrays, one entry per distinct history
        Positions in `frequencies` and in `times`. Histories without a repeat purchase are among
        them only where they were asked for.
    weight : array
        Customers of each such history.
    frequencies : array
        Distinct frequencies, ascending from 0.
    times : array
        Distinct times, ascending, in units of `unit`.
    weight_of_frequency : array
        Customers of each frequency, one-time buyers included.
    weight_of_age, purchases_of_age : arrays
        Customers, and their repeat purchases, by age (a position in `times`).
    customers : float
        Total weight.
    unit : float
        Mean age of the customers.
    """

    frequency: Codes
    recency: Codes
    age: Codes
    weight: Floats
    frequencies: Floats
    times: Floats
    weight_of_frequency: Floats
    weight_of_age: Floats
    purchases_of_age: Floats
    customers: float
    unit: float


def reduce(customers: Customers, *, one_time: bool = False, unit: float | None = None) -> Cells:
    """Reduce histories to weighted cells; nothing is rounded.

    Parameters
    ----------
    customers : Customers
    one_time : bool, default False
        Whether one-time buyers are cells too. To a model in which nobody can leave before the
        second purchase they are their ages and nothing else.
    unit : float, optional
        What times are divided by, instead of the mean age.
    """
    x, frequencies = codes(customers.frequency)
    stacked, times = codes(np.concatenate([customers.recency, customers.age]))
    recency, age = stacked[: x.size], stacked[x.size :]
    weights = customers.weights
    weight_of_age = np.bincount(age, weights, times.size).astype(np.float64)
    purchases = customers.frequency if weights is None else customers.frequency * weights
    key = (x * times.size + recency) * times.size + age
    if not one_time:
        repeats = customers.frequency > 0
        key, weights = key[repeats], None if weights is None else weights[repeats]
    distinct, weight = counted(key, weights)
    total = float(weight_of_age.sum())
    if unit is None:
        unit = weighted_sum(weight_of_age, times) / total if total > 0 else 1.0
        unit = unit or 1.0
    return Cells(
        frequency=distinct // times.size**2,
        recency=(distinct // times.size) % times.size,
        age=distinct % times.size,
        weight=weight,
        frequencies=frequencies,
        times=times / unit,
        weight_of_frequency=np.bincount(x, customers.weights, frequencies.size).astype(np.float64),
        weight_of_age=weight_of_age,
        purchases_of_age=np.bincount(age, purchases, times.size).astype(np.float64),
        customers=total,
        unit=unit,
    )


def distinct(customers: Customers) -> tuple[Codes, Codes]:
    """Return a row of each distinct history, and each customer's place among those rows."""
    x, _ = codes(customers.frequency)
    stacked, times = codes(np.concatenate([customers.recency, customers.age]))
    key = (x * times.size + stacked[: x.size]) * times.size + stacked[x.size :]
    _, row, place = np.unique(key, return_index=True, return_inverse=True)
    return row, place


def codes(values: Floats) -> tuple[Codes, Floats]:
    """Return each value's position in an ascending table that starts at 0, and the table."""
    whole = values.astype(np.int64) if values.max() < _LONGEST_GRID else None
    if whole is not None and np.array_equal(whole, values):
        return whole, np.arange(int(whole.max()) + 1, dtype=np.float64)
    table, codes = np.unique(np.append(values, 0.0), return_inverse=True)
    return codes[:-1].astype(np.int64), table


def counted(key: Codes, weights: Floats | None) -> tuple[Codes, Floats]:
    """Return the distinct keys with their total weights; those of no weight are dropped."""
    if weights is None:
        distinct, count = np.unique(key, return_counts=True)
        return distinct, count.astype(np.float64)
    order = np.argsort(key, kind="stable")
    distinct, start = np.unique(key[order], return_index=True)
    weight = np.add.reduceat(weights[order], start) if start.size else np.empty(0)
    return distinct[weight > 0], weight[weight > 0]
