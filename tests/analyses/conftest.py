"""Small worlds whose truth is known."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from insights.analyses.churn.features import describe


def purchases(*rows: tuple[str, str] | tuple[str, str, float]) -> pd.DataFrame:
    """Purchases by hand: customer, day, and money if it matters; nothing is given back."""
    return as_changes(
        {
            "customer_id": [row[0] for row in rows],
            "paid_at": pd.to_datetime([row[1] for row in rows], format="ISO8601"),
            "net_amount": [float(row[2]) if len(row) > 2 else 10.0 for row in rows],
        }
    )


def as_changes(purchases: Mapping[str, Any]) -> pd.DataFrame:
    """The mart `purchase_changes` where nothing is given back: one row per purchase."""
    frame = pd.DataFrame(purchases)
    return frame.assign(order_id=frame.index.astype(str), known_at=frame["paid_at"])


def refunded(changes: pd.DataFrame, row: int, day: str, amount: float) -> pd.DataFrame:
    """The same with a refund of one of its orders."""
    refund = changes.iloc[[row]].assign(known_at=pd.Timestamp(day), net_amount=-amount)
    return pd.concat([changes, refund], ignore_index=True)


def simulated_buyers(
    seed: int, *, customers: int, days: int, leaving: float = 0.0, first: str = "2025-01-01"
) -> tuple[pd.DataFrame, date]:
    """Customers who each buy at a rate of their own and, after any purchase, may leave for good."""
    rng = np.random.default_rng(seed)
    rates = rng.gamma(2.0, 0.02, customers)
    starts = rng.integers(0, days // 2, customers)
    rows = []
    for who, (rate, start) in enumerate(zip(rates, starts, strict=True)):
        day = float(start)
        while day < days:
            rows.append((f"c{who:05d}", int(day)))
            if rng.random() < leaving:
                break
            day += rng.exponential(1 / rate)
    table = pd.DataFrame(rows, columns=["customer_id", "day"]).drop_duplicates()
    paid_at = pd.Timestamp(first) + pd.to_timedelta(table["day"], unit="D") + pd.Timedelta("10h")
    money = np.round(rng.lognormal(3, 0.5, len(table)), 2)
    frame = as_changes(
        {"customer_id": table["customer_id"], "paid_at": paid_at, "net_amount": money}
    )
    return frame, (pd.Timestamp(first) + pd.Timedelta(days=days - 1)).date()


def features_at(bought: pd.DataFrame, cutoffs: list[date]) -> pd.DataFrame:
    """The mart `customer_features` for purchases by day."""
    parts = []
    days = bought.assign(day=bought["paid_at"].dt.normalize())
    for cutoff in cutoffs:
        end = pd.Timestamp(cutoff)
        seen = days[days["day"] <= end]
        found = describe(seen, end)
        found["last_event_at"] = seen.groupby("customer_id")["paid_at"].max()
        parts.append(found.reset_index().assign(as_of=end))
    return pd.concat(parts, ignore_index=True)


@pytest.fixture
def hand():
    """Purchases by hand."""
    return purchases
