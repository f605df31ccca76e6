"""The model of leaving: a logistic regression on logarithms, kept as plain numbers.

One class serves the forecast and the rule beside it: the rule knows one number, how long the
friendship or membership has lasted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from insights.analyses.churn.leaving_panel import BOUGHT

NEVER = "never_bought"
KNOWN = ("age", "newest", "held", "ended_before", *BOUGHT, NEVER)
RULE = ("age",)
TIGHT, LOOSE = 0.1, 1.0  # Inverse penalties (scikit-learn's C), of the forecast and of the rule.


@dataclass(frozen=True, eq=False)
class LeavingModel:
    """Chance of leaving from `features`: logarithms of one more than each, centred and scaled."""

    features: tuple[str, ...]
    center: np.ndarray
    scale: np.ndarray
    coefficients: np.ndarray
    intercept: float

    @classmethod
    def fitted(cls, panel: pd.DataFrame, features: Sequence[str] = KNOWN) -> Self:
        """Learn from past cut-offs: one row per person and cut-off, with `left`."""
        scaler = StandardScaler()
        columns = scaler.fit_transform(_logs(panel, features))
        model = LogisticRegression(C=TIGHT if tuple(features) == KNOWN else LOOSE, max_iter=2000)
        model.fit(columns, panel["left"].to_numpy(bool))
        return cls(
            features=tuple(features),
            center=scaler.mean_,
            scale=scaler.scale_,
            coefficients=model.coef_[0],
            intercept=float(model.intercept_[0]),
        )

    def chances(self, panel: pd.DataFrame) -> np.ndarray:
        """Return the chance of leaving of each row, in [0, 1]."""
        columns = (_logs(panel, self.features) - self.center) / self.scale
        return np.asarray(expit(self.intercept + columns @ self.coefficients))

    def to_plain(self) -> dict[str, Any]:
        """Return everything that scoring needs as numbers, words and lists."""
        return {
            "features": list(self.features),
            "center": self.center.tolist(),
            "scale": self.scale.tolist(),
            "coefficients": self.coefficients.tolist(),
            "intercept": self.intercept,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """Make a model of what `to_plain` gave."""
        numbers = {name: np.array(plain[name]) for name in ("center", "scale", "coefficients")}
        return cls(
            features=tuple(plain["features"]), intercept=float(plain["intercept"]), **numbers
        )


def _logs(panel: pd.DataFrame, features: Sequence[str]) -> np.ndarray:
    whole = panel.assign(**{NEVER: panel["frequency"].isna()})
    known = whole[list(features)].astype(float).fillna(0)
    return np.asarray(np.log1p(np.maximum(known.to_numpy(), 0)))
