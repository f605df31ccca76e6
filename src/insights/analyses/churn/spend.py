"""Spend: what does a customer spend in a window, if the customer buys in it at all?

What somebody spent lately is no answer: those who spent most were lucky, too, and spend less next
time (regression to the mean). So it is learned from windows that have closed: what customers who
came back did spend, by how much and how often they had bought before. The forecast is a Poisson
regression, whose total over what it learned from is the true one, whatever the amounts' spread.
"""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.linear_model import PoissonRegressor

from insights.analyses.churn.features import RECENT

FEWEST = 50  # Windows with a purchase; with fewer everybody is taken to spend the mean.
OWN_AMOUNT = 2.0  # Purchases with which the average customer's amount enters one's own.
LEAST = 1e-6  # Of a chance or a number of purchases.
FARTHEST = 4.0  # Standard deviations of those learned from.
VALUABLE_SHARE = 0.2  # Of the active customers, those who spend most.


@dataclass(frozen=True, eq=False)
class UsualSpend:
    """What is expected of a customer who buys in the window. Money, never negative.

    Attributes
    ----------
    mean : float
        Mean spend in a window with a purchase, of those learned from (money).
    windows : int
        Windows with a purchase that it was learned from.
    amount : float
        Mean of the logarithm of customers' mean amounts.
    """

    mean: float
    windows: int
    amount: float
    model: PoissonRegressor | None = field(default=None, repr=False)
    center: np.ndarray = field(default_factory=lambda: np.zeros(0), repr=False)
    scale: np.ndarray = field(default_factory=lambda: np.ones(0), repr=False)

    @classmethod
    def learned(cls, panel: pd.DataFrame) -> Self:
        """Learn from closed windows of customers who were active at the cut-off and bought.

        Parameters
        ----------
        panel : DataFrame, one row per customer and cut-off
            As `labelled` gives it, with what the purchase models say; only closed windows.
        """
        bought = panel[(panel["purchases"] > 0) & (panel["days_since"] < RECENT)]
        spent = bought["spent"].to_numpy(float).clip(min=0)
        mean = float(spent.mean()) if len(bought) else 0.0
        logs = np.log(_amount(bought))
        amount = float(logs.mean()) if len(bought) else 0.0
        plain = cls(mean=mean, windows=len(bought), amount=amount)
        if len(bought) < FEWEST or mean <= 0:
            return plain
        raw = plain._numbers(bought)
        center, spread = raw.mean(axis=0), raw.std(axis=0)
        scale = np.where(spread > LEAST, spread, 1.0)
        model = PoissonRegressor(alpha=1e-3, max_iter=1000).fit(
            (raw - center) / scale, spent / mean
        )
        return cls(
            mean=mean,
            windows=len(bought),
            amount=amount,
            model=model,
            center=center,
            scale=scale,
        )

    def expected(self, rows: pd.DataFrame) -> np.ndarray:
        """Return what each customer is expected to spend in the window, if anything (money)."""
        if self.model is None or not len(rows):
            return np.full(len(rows), self.mean)
        far = np.clip((self._numbers(rows) - self.center) / self.scale, -FARTHEST, FARTHEST)
        return np.asarray(self.mean * self.model.predict(far))

    def _numbers(self, rows: pd.DataFrame) -> np.ndarray:
        """Return what spend goes by: amounts drawn to the average, recent spend, and how often."""
        times = rows["frequency"].to_numpy(float) + 1
        own = (np.log(_amount(rows)) - self.amount) * times / (times + OWN_AMOUNT)
        buys = rows["mbg_buys"].to_numpy(float).clip(min=LEAST)
        number = rows["mbg_expected"].to_numpy(float).clip(min=LEAST) / buys
        recent = rows["amount_91"].to_numpy(float).clip(min=0)
        # A tenth of an average purchase, so that no recent spend is a number too.
        recent = np.log(recent + np.exp(self.amount) / 10)
        often = np.log1p(rows["occasions_91"].to_numpy(float))
        return np.column_stack([own, np.log(number), recent, often])


def spend_check(learned: pd.DataFrame, judged: pd.DataFrame) -> dict[str, Any]:
    """Hold what was expected of those who bought against what they spent, at a past cut-off.

    Parameters
    ----------
    learned : DataFrame
        Rows of the panel whose windows had closed by the cut-off.
    judged : DataFrame
        Rows of the cut-off itself.

    Returns
    -------
    dict
        `spend_people` active customers who bought, what was `spend_expected` of them and what was
        `spend_actual`, and the `spend_ratio` of the two; the same with `spend_top_` of those among
        the most valuable fifth of all active customers.
    """
    active = judged[judged["days_since"] < RECENT]
    expected = pd.Series(UsualSpend.learned(learned).expected(active), index=active.index)
    top = most_valuable(expected)
    back = (active["purchases"] > 0).astype(bool)
    spent = active["spent"].astype(float)
    found: dict[str, Any] = {}
    for name, who in (("spend", back), ("spend_top", back & top)):
        found |= {
            f"{name}_people": int(who.sum()),
            f"{name}_expected": float(expected[who].sum()),
            f"{name}_actual": float(spent[who].sum()),
        }
        whole = found[f"{name}_expected"]
        found[f"{name}_ratio"] = found[f"{name}_actual"] / whole if whole > 0 else None
    return found


def most_valuable(usual: pd.Series) -> pd.Series:
    """Return who is among the fifth that spends most; ties go by the order of the rows."""
    place = usual.rank(method="first", ascending=False)
    return place <= np.ceil(VALUABLE_SHARE * len(usual))


def _amount(rows: pd.DataFrame) -> np.ndarray:
    """Return the mean amount of a purchase, of a cent or more."""
    return np.asarray(rows["mean_amount"].to_numpy(float).clip(min=0.01))
