"""Amounts: what does a customer pay in one purchase, of whom only a few have been seen?

Whoever paid most was lucky, too: the mean of two purchases says little of the third. Amounts are
drawn to what customers pay in general, the more so the fewer were seen (Gamma-Gamma).
"""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd

from insights.errors import DataError
from insights.models.lifetime import GammaGamma

LEAST = 0.01  # Money; the model knows no amount of nothing.


@dataclass(frozen=True, eq=False)
class UsualAmount:
    """What is expected of one purchase of a customer. Money, never negative.

    Attributes
    ----------
    model : GammaGamma or None
        None where amounts tell too little to fit it; then everybody is expected to pay `mean`.
    mean : float
        Mean amount of all purchases that it was learned from (money).
    """

    model: GammaGamma | None = field(repr=False)
    mean: float

    @classmethod
    def learned(cls, rows: pd.DataFrame) -> Self:
        """Learn from customers as they are described, one row each (`describe`)."""
        times, amounts = _seen(rows)
        mean = float((times * amounts).sum() / times.sum()) if len(rows) else 0.0
        try:
            model = GammaGamma().fit(times, amounts)
            model.expected_amount(times, amounts)  # Of some fits no mean exists.
        except DataError:
            return cls(model=None, mean=mean)
        return cls(model=model, mean=mean)

    def expected(self, rows: pd.DataFrame) -> np.ndarray:
        """Return the expected amount of one purchase of each customer (money)."""
        if self.model is None or not len(rows):
            return np.full(len(rows), self.mean)
        return self.model.expected_amount(*_seen(rows))


def _seen(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return how many purchases were seen of each customer, and what they came to on the mean."""
    times = rows["frequency"].to_numpy(float) + 1
    return times, rows["mean_amount"].to_numpy(float).clip(min=LEAST)
