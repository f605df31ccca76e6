"""Three forecasts of "no purchase within the horizon", from the simplest to the best.

`recency` is the rule that every shop has: the longer silent, the likelier gone, calibrated on past
cut-offs. `bgnbd` is the BG/NBD model, which needs no labels. `logistic` is a logistic regression on
logarithms of what is known of a customer, the BG/NBD's own answers among it. Each learns only from
windows that had closed before the cut-off it forecasts.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from insights.models.lifetime import BetaGeoNBD

Forecast = Callable[[pd.DataFrame, pd.DataFrame, int], np.ndarray]

NEVER, CERTAIN = 0.001, 0.999  # No forecast is surer than the panel is large.


def with_lifetime(panel: pd.DataFrame, *, horizon_days: int) -> pd.DataFrame:
    """Add what BG/NBD says of each customer, fitted at each cut-off on what was known then.

    Columns `bg_alive`, `bg_buys` (probability of a purchase within the horizon) and `bg_expected`
    (purchases within the horizon).
    """
    parts = []
    for _cutoff, rows in panel.groupby("cutoff", sort=True):
        known = (
            rows["frequency"].to_numpy(),
            rows["recency_days"].to_numpy(),
            rows["age_days"].to_numpy(),
        )
        model = BetaGeoNBD().fit(*known)
        parts.append(
            rows.assign(
                bg_alive=model.p_alive(*known),
                bg_buys=model.p_buy(*known, horizon=horizon_days),
                bg_expected=model.expected_purchases(*known, horizon=horizon_days),
            )
        )
    return pd.concat(parts)


def recency(train: pd.DataFrame, test: pd.DataFrame, horizon_days: int) -> np.ndarray:
    """Forecast from the days since the last purchase alone."""
    rule = IsotonicRegression(y_min=NEVER, y_max=CERTAIN, out_of_bounds="clip")
    rule.fit(train["days_since"], train["churned"].astype(float))
    return np.asarray(rule.predict(test["days_since"]), dtype=float)


def bgnbd(train: pd.DataFrame, test: pd.DataFrame, horizon_days: int) -> np.ndarray:
    """Forecast from BG/NBD, which is fitted on the customers of the cut-off itself."""
    return np.asarray(1 - test["bg_buys"].to_numpy(float))


def logistic(train: pd.DataFrame, test: pd.DataFrame, horizon_days: int) -> np.ndarray:
    """Forecast from a logistic regression on 14 features of the customer."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=2000))
    model.fit(design(train), train["churned"].astype(bool))
    return np.asarray(model.predict_proba(design(test))[:, 1])


def design(panel: pd.DataFrame) -> np.ndarray:
    """Return the 14 features as logarithms: differences of ratios are what habits differ by."""
    gap = usual_gap_days(panel)
    columns = [
        panel["days_since"],
        panel["frequency"],
        panel["age_days"],
        panel["mean_amount"].clip(lower=0),
        panel["total_amount"].clip(lower=0),
        panel["occasions_28"],
        panel["occasions_91"],
        panel["pace_28"],
        panel["pace_91"],
        gap,
        panel["days_since"] / gap,
        panel["bg_expected"],
    ]
    logs = [np.log1p(np.asarray(column, dtype=float)) for column in columns]
    odds = [_log_odds(panel["bg_alive"]), _log_odds(panel["bg_buys"])]
    return np.column_stack([*logs, *odds])


def usual_gap_days(panel: pd.DataFrame) -> pd.Series:
    """Mean days between a customer's purchases; for one-time buyers, their age so far."""
    between = panel["recency_days"] / panel["frequency"].where(panel["frequency"] > 0)
    return between.fillna(panel["age_days"]).clip(lower=1)


def _log_odds(probability: pd.Series) -> np.ndarray:
    p = np.clip(np.asarray(probability, dtype=float), 1e-4, 1 - 1e-4)
    odds: np.ndarray = np.log(p / (1 - p))
    return odds


RECIPES: dict[str, Forecast] = {"recency": recency, "bgnbd": bgnbd, "logistic": logistic}
BEST = "logistic"  # Chosen inside training periods; see docs/methods.md.
