"""Four forecasts of "no purchase within the horizon", from the simplest to the best.

`recency` is the rule that every shop has: the longer silent, the likelier gone, calibrated on past
cut-offs. `bgnbd` is the BG/NBD model, which needs no labels. `rfm` is a logistic regression on
recency, frequency and money. `ensemble` is the forecaster that reports stand on. Each learns only
from windows that had closed before the cut-off it forecasts. Any other estimator of scikit-learn's
kind can be set beside them.
"""

import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from insights.analyses.churn.design import Rhythm, design
from insights.analyses.churn.forecaster import SilenceForecaster
from insights.analyses.churn.level import Level, level
from insights.errors import DataError, ParameterError
from insights.models.lifetime import BetaGeoNBD, ModifiedBetaGeoNBD

Forecast = Callable[[pd.DataFrame, pd.DataFrame, int], np.ndarray]

NEVER, CERTAIN = 0.001, 0.999  # No forecast is surer than the panel is large.
MOST_ROWS = 150_000  # Beyond, more rows no longer change a coefficient that a report could tell.


def purchase_models(rows: pd.DataFrame) -> dict[str, BetaGeoNBD]:
    """Fit the purchase-count models on what was known of the customers of one cut-off.

    Returns
    -------
    dict by the prefix of their columns: `bg` (BG/NBD) and `mbg` (MBG/NBD)
    """
    known = _histories(rows)
    return {
        "bg": _fitted_or_loyal(BetaGeoNBD(), known),
        "mbg": _fitted_or_loyal(ModifiedBetaGeoNBD(), known),
    }


def with_models(
    rows: pd.DataFrame, models: Mapping[str, BetaGeoNBD], *, horizon_days: int
) -> pd.DataFrame:
    """Add what fitted purchase models say of each customer.

    For each prefix, columns `_alive`, `_buys` (probability of a purchase within the horizon) and
    `_expected` (purchases within the horizon).
    """
    known = _histories(rows)
    added = {}
    for prefix, model in models.items():
        added[f"{prefix}_alive"] = model.p_alive(*known)
        added[f"{prefix}_buys"] = model.p_buy(*known, horizon=horizon_days)
        added[f"{prefix}_expected"] = model.expected_purchases(*known, horizon=horizon_days)
    return rows.assign(**added)


def with_lifetime(panel: pd.DataFrame, *, horizon_days: int) -> pd.DataFrame:
    """Add what BG/NBD and MBG/NBD say, fitted at each cut-off on what was known then.

    Cut-offs at which nobody had bought twice yet teach nothing and are left out.
    """
    parts = [
        with_models(rows, purchase_models(rows), horizon_days=horizon_days)
        for _cutoff, rows in panel.groupby("cutoff", sort=True)
        if (rows["frequency"] > 0).any() and (rows["age_days"] > 0).any()
    ]
    if not parts:
        raise DataError(
            f"At none of {panel['cutoff'].nunique()} cut-offs had anybody bought twice: there is "
            "no habit to learn from. Wait, or check that orders of one buyer carry one key."
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


def rfm(train: pd.DataFrame, test: pd.DataFrame, horizon_days: int) -> np.ndarray:
    """Forecast from a logistic regression on recency, frequency and money."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    model.fit(_rfm(train), train["churned"].astype(bool))
    return np.asarray(model.predict_proba(_rfm(test))[:, 1])


def ensemble(train: pd.DataFrame, test: pd.DataFrame, horizon_days: int) -> np.ndarray:
    """Forecast from the forecaster, moved to the level of the season; see `fitted`."""
    model, _level = fitted(train, test["cutoff"].iloc[0], horizon_days, counts=False)
    return np.asarray(model.predict_proba(test)[:, 1])


def fitted(
    train: pd.DataFrame, cutoff: pd.Timestamp, horizon_days: int, *, counts: bool = True
) -> tuple[SilenceForecaster, Level]:
    """Fit the forecaster that reports stand on, for one cut-off.

    Parameters
    ----------
    train : DataFrame, one row per customer and cut-off
        Rows whose windows had closed by `cutoff`.
    cutoff : Timestamp
    horizon_days : int
    counts : bool, default True
        Whether numbers of purchases are to be forecast, too.
    """
    silent = train["churned"].astype(bool)
    bought = train["purchases"].astype(float) if counts else None
    moved = level(train, cutoff, horizon_days)
    model = SilenceForecaster().fit(train, silent, purchases=bought)
    return model.moved(moved.shift), moved


def of_estimator(name: str, estimator: Any) -> Forecast:
    """Make a forecast of any estimator of scikit-learn's kind, cloned for each cut-off.

    It gets the design as a frame (see `insights.analyses.churn.design`), and True where no purchase
    followed.

    Raises
    ------
    ParameterError
        If it has no `predict_proba`, or its chances are none.
    """
    if not hasattr(estimator, "predict_proba") or not hasattr(estimator, "fit"):
        raise ParameterError(
            f"The model '{name}' has no fit and predict_proba; found a "
            f"{type(estimator).__name__}. Give a classifier of scikit-learn's kind."
        )

    def forecast(train: pd.DataFrame, test: pd.DataFrame, horizon_days: int) -> np.ndarray:
        rhythm = Rhythm.of(train)
        fitted = clone(estimator).fit(design(train, rhythm), train["churned"].astype(bool))
        known = list(getattr(fitted, "classes_", [False, True]))
        chances = np.asarray(fitted.predict_proba(design(test, rhythm)), dtype=float)
        silent: np.ndarray = chances[:, known.index(True)] if chances.ndim == 2 else chances
        if silent.shape != (len(test),) or not ((silent >= 0) & (silent <= 1)).all():
            raise ParameterError(
                f"The model '{name}' gave something that is no chance between 0 and 1 for each of "
                f"{len(test)} customers."
            )
        return silent

    return forecast


def thinned(train: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of so many customers, by lot, that a model can be fitted in good time.

    A customer is in with all cut-offs or with none, and always the same ones: the lot is a checksum
    of the id.
    """
    if len(train) <= MOST_ROWS:
        return train
    share = MOST_ROWS / len(train)
    lots = {who: zlib.crc32(str(who).encode()) / 2**32 for who in train["customer_id"].unique()}
    return train[train["customer_id"].map(lots) < share]


def _fitted_or_loyal(model: BetaGeoNBD, known: Sequence[np.ndarray]) -> BetaGeoNBD:
    """Fit a purchase model; where its likelihood has no top, take one in which nobody leaves.

    That happens where all buy like clockwork, which the model cannot be: then the mean rate, with
    the spread of an exponential, is all that it would have to say.
    """
    try:
        return model.fit(*known)
    except DataError:
        model.r_, model.alpha_ = 1.0, float(known[2].sum() / max(known[0].sum(), 1.0))
        model.a_, model.b_ = 1e-6, 1.0
        return model


def _histories(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    columns = ("frequency", "recency_days", "age_days")
    known = tuple(rows[name].to_numpy(float) for name in columns)
    return known[0], known[1], known[2]


def _rfm(panel: pd.DataFrame) -> np.ndarray:
    columns = [panel["days_since"], panel["frequency"], panel["total_amount"].clip(lower=0)]
    stacked = np.column_stack([np.asarray(column, dtype=float) for column in columns])
    return np.asarray(np.log1p(stacked))


RECIPES: dict[str, Forecast] = {
    "recency": recency,
    "bgnbd": bgnbd,
    "rfm": rfm,
    "ensemble": ensemble,
}
BEST = "ensemble"  # Chosen inside training periods; see docs/methods.md.
