"""The forecaster: one linear model of the odds of silence, averaged of three that err differently.

Three forecasts are averaged on the scale of the log odds: a logistic regression on everything known
of a customer, held tight; one on fewer numbers that may bend; and, with half their weight, the
MBG/NBD model of purchases, which needs no labels and is right where habits never change. All three
are linear in the same columns, so their average is one row of coefficients: it is kept as plain
numbers, scores millions in a stream, and each forecast is the sum of its parts.
"""

from copy import copy
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.optimize import nnls
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.utils.validation import check_is_fitted

from insights.analyses.churn.design import BENT, CORE, NAMES, Rhythm, design
from insights.errors import DataError

Floats = np.ndarray

LEAST_SPREAD = 1e-3  # On the scale of logarithms: a tenth of a percent.
FARTHEST = 8.0  # Standard deviations of the training panel.
FORMAT = 1  # Of the plain parameters; a reader refuses what it does not know.
COUNTED = ("bg_expected", "mbg_expected", "pace_28", "pace_91", "occasions_91", "pace_182")


class SilenceForecaster(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # no stubs
    """Forecast of "no purchase within the horizon" from a panel of features.

    Parameters
    ----------
    tight : float, default 0.003
        Inverse of the penalty of the regression on everything (scikit-learn's ``C``).
    bending : float, default 0.05
        The same of the regression whose numbers may bend.
    knots : int, default 4
        Places at which a number's slope may change: quantiles of the training panel.
    purchase_weight : float in [0, 1], default 0.2
        Weight of the MBG/NBD model in the average; the regressions share the rest.

    Attributes
    ----------
    classes_ : array of False and True
    intercept_, coefficients_ : float, array
        Of the columns `columns_`, which are those of the design less `center_`, over `scale_`.
    knots_ : dict of arrays by name
    rhythm_ : Rhythm
    counts_ : dict of float
        Weights of the forecast of the number of purchases; see `expected_purchases`.
    """

    def __init__(
        self,
        *,
        tight: float = 0.003,
        bending: float = 0.05,
        knots: int = 4,
        purchase_weight: float = 0.2,
    ) -> None:
        self.tight = tight
        self.bending = bending
        self.knots = knots
        self.purchase_weight = purchase_weight

    def fit(self, panel: pd.DataFrame, churned: Any, *, purchases: Any = None) -> Self:
        """Learn from past cut-offs.

        Parameters
        ----------
        panel : DataFrame, one row per customer and cut-off
            The features, with what the purchase models say (`recipe.with_lifetime`).
        churned : array of bool
            Whether no purchase followed.
        purchases : array of counts, optional
            How many followed; without them numbers of purchases are not forecast.

        Raises
        ------
        DataError
            If everybody bought or nobody did: there is nothing to tell apart.
        """
        churned = np.asarray(churned).astype(bool)
        if churned.all() or not churned.any():
            raise DataError(
                f"{'All' if churned.all() else 'None'} of {len(churned)} customers in the training "
                "panel stayed away: there is nothing to tell apart. Ask for another horizon."
            )
        self.classes_ = np.array([False, True])
        self.rhythm_ = Rhythm.of(panel)
        raw = design(panel, self.rhythm_)
        self.center_ = raw.mean().to_numpy()
        spread = raw.std(ddof=0).to_numpy()
        # What was the same for all in training tells nothing, whatever rounding makes of it: where
        # nobody had left yet, P(alive) is 1 for everyone, and it must not be stretched to a scale.
        self.scale_ = np.where(spread > LEAST_SPREAD, spread, 1.0)
        plain = self._plain(raw)
        self.knots_ = _knots(plain, self.knots)
        bent = _bends(plain, self.knots_)
        core = plain[:, : len(CORE)]
        self.columns_ = [*NAMES, *(f"{n}>{k}" for n, at in self.knots_.items() for k in at)]
        tight = LogisticRegression(C=self.tight, max_iter=2000).fit(plain, churned)
        loose = LogisticRegression(C=self.bending, max_iter=2000)
        loose.fit(np.column_stack([core, bent]), churned)
        learned = (1 - self.purchase_weight) / 2
        coefficients = np.zeros(len(self.columns_))
        coefficients[: len(NAMES)] += learned * tight.coef_[0]
        coefficients[: len(CORE)] += learned * loose.coef_[0][: len(CORE)]
        coefficients[len(NAMES) :] += learned * loose.coef_[0][len(CORE) :]
        # The purchase model's own forecast is a column of the design: its log odds of buying.
        at = NAMES.index("mbg_buys")
        coefficients[at] -= self.purchase_weight * self.scale_[at]
        self.intercept_ = float(
            learned * (tight.intercept_[0] + loose.intercept_[0])
            - self.purchase_weight * self.center_[at]
        )
        self.coefficients_ = coefficients
        self.counts_: dict[str, Any] = {}
        if purchases is not None:
            self._fit_counts(panel, plain, np.asarray(purchases, dtype=float))
        return self

    def moved(self, shift: float) -> Self:
        """Return the same fit with all log odds moved; ranks stay, totals follow."""
        check_is_fitted(self)
        other = copy(self)
        other.intercept_ = self.intercept_ + shift
        return other

    def decision_function(self, panel: pd.DataFrame) -> Floats:
        """Return the log odds of no purchase."""
        return np.asarray(self.intercept_ + self._columns(panel) @ self.coefficients_)

    def predict_proba(self, panel: pd.DataFrame) -> Floats:
        """Return the chances of a purchase and of none, one row a customer."""
        silent = expit(self.decision_function(panel))
        return np.column_stack([1 - silent, silent])

    def predict(self, panel: pd.DataFrame) -> Floats:
        """Return whether no purchase is more likely than one."""
        return np.asarray(self.decision_function(panel) > 0)

    def contributions(self, panel: pd.DataFrame) -> pd.DataFrame:
        """Return what each number adds to the log odds, against the average of the training.

        Returns
        -------
        DataFrame, one row a customer, one column a number of the design
            With the intercept and the constant that centring leaves, rows add up to the log odds.
        """
        parts = self._columns(panel) * self.coefficients_
        whole = pd.DataFrame(parts[:, : len(NAMES)], columns=list(NAMES), index=panel.index)
        place = len(NAMES)
        for name, at in self.knots_.items():
            whole[name] += parts[:, place : place + len(at)].sum(axis=1)
            place += len(at)
        return whole

    def expected_purchases(self, panel: pd.DataFrame) -> Floats:
        """Return the expected number of purchases within the horizon.

        The mean of two: a Poisson regression on the design; and a sum of paces and of what the
        purchase models expect, with weights that are not negative.
        """
        check_is_fitted(self, "counts_")
        if not self.counts_:
            raise DataError("This forecaster was fitted without numbers of purchases.")
        plain = self._columns(panel)[:, : len(NAMES)]
        rate = self.counts_["intercept"] + plain @ np.array(self.counts_["coefficients"])
        paces = panel[list(COUNTED)].to_numpy(float) @ np.array(self.counts_["weights"])
        return np.asarray((np.exp(rate) + self.counts_["constant"] + paces) / 2)

    def to_plain(self) -> dict[str, Any]:
        """Return everything that scoring needs as numbers, words, lists and dicts (JSON)."""
        check_is_fitted(self)
        return {
            "format": FORMAT,
            "settings": self.get_params(),
            "rhythm": {"mean": self.rhythm_.mean, "variance": self.rhythm_.variance},
            "design": list(NAMES),
            "center": self.center_.tolist(),
            "scale": self.scale_.tolist(),
            "knots": {name: at.tolist() for name, at in self.knots_.items()},
            "intercept": self.intercept_,
            "coefficients": self.coefficients_.tolist(),
            "counts": self.counts_,
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Make a fitted forecaster of what `to_plain` gave.

        Raises
        ------
        DataError
            If it is of another format, or its numbers are not those of this design.
        """
        if plain.get("format") != FORMAT or plain.get("design") != list(NAMES):
            raise DataError(
                f"These parameters are of format {plain.get('format')}, this program reads "
                f"{FORMAT}, or they are of other features. Fit the model again."
            )
        model = cls(**plain["settings"])
        model.classes_ = np.array([False, True])
        model.rhythm_ = Rhythm(**plain["rhythm"])
        model.center_, model.scale_ = np.array(plain["center"]), np.array(plain["scale"])
        model.knots_ = {name: np.array(at) for name, at in plain["knots"].items()}
        model.columns_ = [*NAMES, *(f"{n}>{k}" for n, at in model.knots_.items() for k in at)]
        model.intercept_ = float(plain["intercept"])
        model.coefficients_ = np.array(plain["coefficients"])
        model.counts_ = dict(plain["counts"])
        return model

    def _columns(self, panel: pd.DataFrame) -> Floats:
        check_is_fitted(self)
        plain = self._plain(design(panel, self.rhythm_))
        return np.column_stack([plain, _bends(plain, self.knots_)])

    def _plain(self, raw: pd.DataFrame) -> Floats:
        """Return the design centred and scaled, no farther out than a line can be trusted."""
        far = (raw.to_numpy() - self.center_) / self.scale_
        return np.asarray(np.clip(far, -FARTHEST, FARTHEST))

    def _fit_counts(self, panel: pd.DataFrame, plain: Floats, purchases: Floats) -> None:
        poisson = PoissonRegressor(alpha=0.01, max_iter=1000).fit(plain, purchases)
        paces = panel[list(COUNTED)].to_numpy(float)
        weights, _residual = nnls(np.column_stack([paces, np.ones(len(paces))]), purchases)
        self.counts_ = {
            "intercept": float(poisson.intercept_),
            "coefficients": poisson.coef_.tolist(),
            "weights": weights[:-1].tolist(),
            "constant": float(weights[-1]),
        }


def _knots(plain: Floats, count: int) -> dict[str, Floats]:
    """Return where each bent number's slope may change, without repeats."""
    shares = np.linspace(0, 1, count + 2)[1:-1]
    found = {}
    for name in BENT:
        values = plain[:, NAMES.index(name)]
        at = np.unique(np.quantile(values, shares))
        found[name] = at[(at > values.min()) & (at < values.max())]
    return found


def _bends(plain: Floats, knots: dict[str, Floats]) -> Floats:
    columns = [
        np.maximum(plain[:, [NAMES.index(name)]] - at, 0) for name, at in knots.items() if len(at)
    ]
    return np.concatenate(columns, axis=1) if columns else np.empty((len(plain), 0))
