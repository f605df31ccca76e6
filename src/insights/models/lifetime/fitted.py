"""What every fitted model can say of its estimates: standard errors and intervals.

A model names its parameters; each becomes an attribute with a trailing underscore, as
scikit-learn has it, and each number computed from the model gets its error by the delta method.
"""

from collections.abc import Callable
from statistics import NormalDist
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from insights.errors import DataError
from insights.models.lifetime.optimum import Optimum, delta_error

Floats = NDArray[np.float64]


class Fitted(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no stubs
    """A model with positive parameters, fitted by maximum likelihood.

    Attributes
    ----------
    standard_errors_ : dict of float by parameter name
        From the observed information; NaN where the data do not identify the parameter.
    covariance_ : array, one row and column a parameter
    """

    _names: ClassVar[tuple[str, ...]]

    covariance_: Floats
    standard_errors_: dict[str, float]

    def standard_error_of(self, function: Callable[[Any], Any]) -> Any:
        """Return the standard error of a number, or of each of an array, computed from the model.

        Examples
        --------
        ``model.standard_error_of(lambda m: m.a_ / (m.a_ + m.b_))`` is that of the mean leaving
        probability of a BG/NBD.
        """
        check_is_fitted(self)

        def computed(parameters: Floats) -> Floats:
            return np.asarray(function(self._moved(parameters)), dtype=np.float64)

        errors = delta_error(computed, self._parameters, self.covariance_)
        return errors if errors.ndim else float(errors)

    def interval_of(
        self,
        function: Callable[[Any], Any],
        *,
        upper: float = np.inf,
        confidence: float = 0.95,
    ) -> tuple[Floats, Floats]:
        """Return the ends of intervals for numbers between 0 and `upper`, computed from the model.

        They hold how little is known of the parameters, not how differently customers of the same
        history will behave.

        Parameters
        ----------
        function : callable
            From a fitted model to a number or an array, each in [0, upper].
        upper : float, default infinity
            1 for probabilities. Errors are taken on the scale of the log (or of the log odds), so
            that no end leaves the range.
        confidence : float in (0, 1), default 0.95

        Examples
        --------
        ``model.interval_of(lambda m: m.p_alive(customers), upper=1)``
        """
        value = np.asarray(function(self), dtype=np.float64)
        error = np.asarray(self.standard_error_of(function))
        return bounded_interval(value, error, upper=upper, confidence=confidence)

    def to_plain(self) -> dict[str, Any]:
        """Return the parameters and their standard errors as plain numbers, with the model's name.

        What the data do not identify has no standard error (NaN).
        """
        check_is_fitted(self)
        return {
            "kind": type(self).__name__,
            "parameters": dict(zip(self._names, map(float, self._parameters), strict=True)),
            "standard_errors": dict(self.standard_errors_),
        }

    def _accept(self, found: Optimum, rescale: Floats) -> None:
        """Take over the estimates, each brought into the caller's unit by its factor."""
        for name, value in zip(self._names, found.parameters * rescale, strict=True):
            setattr(self, f"{name}_", float(value))
        self.covariance_ = found.covariance * np.outer(rescale, rescale)
        with np.errstate(invalid="ignore"):
            errors = np.sqrt(np.diag(self.covariance_))
        self.standard_errors_ = dict(zip(self._names, map(float, errors), strict=True))

    def _lost(self, ran_away: NDArray[np.bool_]) -> str:
        """Return a sentence naming the parameters that the data do not identify, or ''."""
        lost = [name for name, gone in zip(self._names, ran_away, strict=True) if gone]
        if lost:
            return f"The data do not identify {', '.join(lost)}: only its order of size is known."
        if np.isnan(self.covariance_).any():
            return (
                f"The data do not identify {', '.join(self._names)} apart from each other: "
                "other values fit as well, and no standard errors can be given."
            )
        return ""

    def _moved(self, parameters: Floats) -> Any:
        """Return the same model with other parameters."""
        moved = clone(self)
        for name, value in zip(self._names, parameters, strict=True):
            setattr(moved, f"{name}_", float(value))
        return moved

    @property
    def _parameters(self) -> Floats:
        return np.array([getattr(self, f"{name}_") for name in self._names])


def bounded_interval(
    value: Floats, error: Floats, *, upper: float, confidence: float
) -> tuple[Floats, Floats]:
    """Return interval ends for values in [0, upper], given their standard errors."""
    if not 0 < confidence < 1:
        raise DataError(f"A confidence lies between 0 and 1; found {confidence}.")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    inside = (value > 0) & (value < upper)
    safe = np.where(inside, value, 1.0 if np.isinf(upper) else upper / 2)
    if np.isinf(upper):
        at, spread = np.log(safe), z * error / safe  # d log(v) = dv / v
        # Beyond exp(700) there is nothing but an overflow.
        low, high = np.exp(at - spread), np.exp(np.minimum(at + spread, 700.0))
    else:
        share = safe / upper
        at, spread = logit(share), z * error / (safe * (1 - share))
        low, high = upper * expit(at - spread), upper * expit(at + spread)
    return np.where(inside, low, value), np.where(inside, high, value)
