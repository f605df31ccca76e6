"""BG/NBD: customers buy at their own rate, and after any purchase may leave for good.

Purchases while alive are Poisson with rates Gamma(r, alpha) over customers; after each purchase
a customer leaves with a probability that is Beta(a, b) over customers.

Source: Fader, Hardie, Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to the
Pareto/NBD Model, Marketing Science 24(2); the conditional expectation is computed as an integral
over the leaving probability, which has no singularity at a = 1.
"""

from collections.abc import Callable
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh_tridiagonal
from scipy.special import digamma, gammaln
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from insights.errors import DataError
from insights.models.lifetime.cells import Cells, reduce
from insights.models.lifetime.customers import read_customers
from insights.models.lifetime.optimum import delta_error, maximise
from insights.models.sums import weighted_sum

Floats = NDArray[np.float64]

NAMES = ("r", "alpha", "a", "b")
# Log-likelihood that leaving must add to "nobody ever leaves". Leaving costs two parameters, one
# of them at its edge and the other meaningless there; 3 is the 95% point of the harsher count
# (chi-square with two degrees of freedom, halved), so it errs on the side of saying nothing.
_EVIDENCE = 3.0
# Below this the leaving probability of an alive customer is no different from 0.
_NO_DROPOUT = 1e-5
_NODES = 64


class BetaGeoNBD(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no stubs
    """The BG/NBD model of repeat purchases, fitted by maximum likelihood.

    A customer without a repeat purchase has had no occasion to leave, so P(alive) = 1 for every
    one-time buyer, however long ago: never rank one-time buyers by it; use `p_buy`.

    Attributes
    ----------
    r_, alpha_ : float
        Shape and rate of the purchase rates; `alpha_` is in the unit of the times.
    a_, b_ : float
        Of the leaving probability after a purchase; its mean is a / (a + b).
    log_likelihood_ : float
        As in the source, without the terms that no parameter moves.
    standard_errors_ : dict of float by parameter name
        From the observed information; NaN where the data do not identify the parameter.
    covariance_ : array, 4 x 4
        Of r, alpha, a, b.
    dropout_identified_ : bool
        Whether the data show that customers leave. False: P(alive) says nothing, see `note_`.
    note_ : str
        What a reader must know of this fit, in a sentence; '' when nothing.
    n_customers_ : float
        Total weight; `n_cells_` is the number of distinct repeat histories behind it.

    Examples
    --------
    >>> model = BetaGeoNBD().fit([0, 2, 5, 0, 1], [0, 20, 35, 0, 4], [38, 38, 38, 30, 30])
    >>> model.p_alive([0], [0], [38]).tolist()
    [1.0]
    """

    r_: float
    alpha_: float
    a_: float
    b_: float

    def fit(
        self,
        frequency: ArrayLike | pd.DataFrame,
        recency: ArrayLike | None = None,
        age: ArrayLike | None = None,
        *,
        weights: ArrayLike | None = None,
    ) -> Self:
        """Fit the model to purchase histories.

        Parameters
        ----------
        frequency, recency, age : arrays, or one DataFrame with these columns
            See `insights.models.lifetime.customers`.
        weights : array, optional
            Customers of each history; a weight of 3 is the same as the row three times.

        Raises
        ------
        DataError
            If a history is impossible, nobody bought twice, or the search did not converge.
        """
        cells = reduce(read_customers(frequency, recency, age, weights))
        if not cells.weight.size:
            raise DataError(
                f"None of {cells.customers:.0f} customers bought a second time, and the BG/NBD "
                "model learns from repeat purchases. Give a longer history or more customers."
            )
        if cells.times[-1] == 0:
            raise DataError(
                f"All {cells.customers:.0f} customers first bought on the last day (age 0), so "
                "nothing of them has been observed. Give a longer history."
            )
        start = np.ones(4)
        found = maximise(
            lambda p: _likelihood(p, cells), start, customers=cells.customers, model="BG/NBD"
        )
        loyal = maximise(
            lambda p: _no_dropout_likelihood(p, cells),
            start[:2],
            customers=cells.customers,
            model="NBD",
        )
        # The cells' times are in units of the mean age; alpha goes back to the caller's unit.
        rescale = np.array([1.0, cells.unit, 1.0, 1.0])
        self.r_, self.alpha_, self.a_, self.b_ = map(float, found.parameters * rescale)
        self.covariance_ = found.covariance * np.outer(rescale, rescale)
        purchases = float(cells.purchases_of_age.sum())
        self.log_likelihood_ = found.log_likelihood - purchases * float(np.log(cells.unit))
        with np.errstate(invalid="ignore"):
            errors = np.sqrt(np.diag(self.covariance_))
        self.standard_errors_ = dict(zip(NAMES, map(float, errors), strict=True))
        self.n_customers_ = cells.customers
        self.n_cells_ = int(cells.weight.size)
        self.evidence_of_dropout_ = found.log_likelihood - loyal.log_likelihood
        self.dropout_identified_ = self.evidence_of_dropout_ >= _EVIDENCE
        self.note_ = self._note(found.ran_away)
        return self

    def p_alive(
        self,
        frequency: ArrayLike | pd.DataFrame,
        recency: ArrayLike | None = None,
        age: ArrayLike | None = None,
    ) -> Floats:
        """Return each customer's probability, 0 to 1, of not having left; 1 for one-time buyers."""
        check_is_fitted(self)
        customers = read_customers(frequency, recency, age)
        return _p_alive(self._parameters, customers.frequency, customers.recency, customers.age)

    def p_buy(
        self,
        frequency: ArrayLike | pd.DataFrame,
        recency: ArrayLike | None = None,
        age: ArrayLike | None = None,
        *,
        horizon: float,
    ) -> Floats:
        """Return each customer's probability, 0 to 1, of buying within the next `horizon`.

        An alive customer leaves only after a purchase, so the first purchase of the horizon
        depends on the rate alone: P(alive) (1 - ((alpha + T) / (alpha + T + H)) ** (r + x)).
        """
        check_is_fitted(self)
        customers = read_customers(frequency, recency, age)
        _check_horizon(horizon)
        alive = _p_alive(self._parameters, customers.frequency, customers.recency, customers.age)
        later = np.log1p(horizon / (self.alpha_ + customers.age))
        return alive * -np.expm1(-(self.r_ + customers.frequency) * later)

    def expected_purchases(
        self,
        frequency: ArrayLike | pd.DataFrame,
        recency: ArrayLike | None = None,
        age: ArrayLike | None = None,
        *,
        horizon: float,
    ) -> Floats:
        """Return each customer's expected number of purchases within the next `horizon`."""
        check_is_fitted(self)
        customers = read_customers(frequency, recency, age)
        _check_horizon(horizon)
        r, alpha, a, b = self._parameters
        alive = _p_alive(self._parameters, customers.frequency, customers.recency, customers.age)
        reach = horizon / (alpha + customers.age)
        purchases = (r + customers.frequency) * reach
        if a >= _NO_DROPOUT:
            order = np.argsort(customers.frequency, kind="stable")
            counts, start = np.unique(customers.frequency[order], return_index=True)
            for x, rows in zip(counts, np.split(order, start[1:]), strict=True):
                purchases[rows] = _until_leaving(r + x, a, b + x, reach[rows])
        return alive * purchases

    def standard_error_of(self, function: Callable[["BetaGeoNBD"], float]) -> float:
        """Return the standard error of a number computed from the fitted model (delta method).

        Examples
        --------
        ``model.standard_error_of(lambda m: m.a_ / (m.a_ + m.b_))`` is that of the mean leaving
        probability.
        """
        check_is_fitted(self)

        def computed(parameters: Floats) -> float:
            moved = BetaGeoNBD()
            moved.r_, moved.alpha_, moved.a_, moved.b_ = map(float, parameters)
            return float(function(moved))

        return delta_error(computed, np.array(self._parameters), self.covariance_)

    @property
    def _parameters(self) -> tuple[float, float, float, float]:
        return self.r_, self.alpha_, self.a_, self.b_

    def _note(self, ran_away: NDArray[np.bool_]) -> str:
        if not self.dropout_identified_:
            return (
                "No dropout is identifiable: that customers leave adds only "
                f"{max(self.evidence_of_dropout_, 0.0):.2g} to the log-likelihood "
                f"(needed: {_EVIDENCE:g}), so P(alive) must not be used."
            )
        lost = [name for name, gone in zip(NAMES, ran_away, strict=True) if gone]
        if lost:
            return f"The data do not identify {', '.join(lost)}: only its order of size is known."
        return ""


def _likelihood(parameters: Floats, cells: Cells) -> tuple[float, Floats]:
    """Return the log-likelihood and its gradient by r, alpha, a, b."""
    r, alpha, a, b = parameters
    value, by_rate = _no_dropout_likelihood(parameters[:2], cells)
    x = cells.frequencies
    # What staying after each of x purchases costs: B(a, b + x) / B(a, b).
    stayed = gammaln(a + b) - gammaln(b) + gammaln(b + x) - gammaln(a + b + x)
    at_a = digamma(a + b) - digamma(a + b + x)
    at_b = at_a - digamma(b) + digamma(b + x)

    # Log odds of having left right after the last purchase; only repeat buyers can have.
    before = b + np.maximum(x, 1) - 1
    logs = np.log(alpha + cells.times)
    gap = logs[cells.age] - logs[cells.recency]
    exponent = (r + x)[cells.frequency]
    odds = (np.log(a) - np.log(before))[cells.frequency]
    odds += exponent * gap
    small = np.exp(-np.abs(odds))
    value += weighted_sum(cells.weight_of_frequency, stayed)
    value += weighted_sum(cells.weight, np.maximum(odds, 0) + np.log1p(small))

    left = cells.weight * np.where(odds >= 0, 1.0, small) / (1 + small)
    inverse = 1 / (alpha + cells.times)
    closer = inverse[cells.age] - inverse[cells.recency]
    left_of_frequency = np.bincount(cells.frequency, left, x.size).astype(np.float64)
    gradient = np.array(
        [
            by_rate[0] + weighted_sum(left, gap),
            by_rate[1] + weighted_sum(left * exponent, closer),
            weighted_sum(cells.weight_of_frequency, at_a) + left.sum() / a,
            weighted_sum(cells.weight_of_frequency, at_b)
            - weighted_sum(left_of_frequency, 1 / before),
        ]
    )
    return value, gradient


def _no_dropout_likelihood(parameters: Floats, cells: Cells) -> tuple[float, Floats]:
    """Return the same for the NBD, in which nobody leaves: its gradient is by r and alpha."""
    r, alpha = parameters
    x = cells.frequencies
    later = alpha + cells.times
    logs = np.log(later)
    exposure = r * cells.weight_of_age + cells.purchases_of_age
    rises = cells.customers * float(np.log(alpha))
    value = weighted_sum(cells.weight_of_frequency, gammaln(r + x) - gammaln(r))
    value += r * rises - weighted_sum(exposure, logs)
    by_r = weighted_sum(cells.weight_of_frequency, digamma(r + x) - digamma(r))
    by_r += rises - weighted_sum(cells.weight_of_age, logs)
    by_alpha = cells.customers * r / alpha - weighted_sum(exposure, 1 / later)
    return float(value), np.array([by_r, by_alpha])


def _p_alive(
    parameters: tuple[float, float, float, float], x: Floats, recency: Floats, age: Floats
) -> Floats:
    r, alpha, a, b = parameters
    odds = np.log(a) - np.log(b + np.maximum(x, 1) - 1)
    odds = odds + (r + x) * (np.log(alpha + age) - np.log(alpha + recency))
    # exp(-logaddexp(0, odds)) is 1 / (1 + exp(odds)) that never overflows.
    return np.where(x > 0, np.exp(-np.logaddexp(0.0, odds)), 1.0)


def _until_leaving(rate: float, a: float, b: float, reach: Floats) -> Floats:
    """Return an alive customer's expected purchases: (1 - (1 + p reach) ** -rate) / p over p.

    p, the leaving probability, is Beta(a, b) given the purchases so far; Gauss-Jacobi nodes carry
    that density, so the average is a plain weighted sum.
    """
    p, weight = _beta_nodes(a, b)
    bought = -np.expm1(-rate * np.log1p(np.outer(reach, p))) / p
    return np.asarray(bought @ weight, dtype=np.float64)


def _beta_nodes(a: float, b: float) -> tuple[Floats, Floats]:
    """Return the points and weights, summing to 1, of a Gauss rule for the density Beta(a, b).

    Golub and Welsch (1969): eigenvalues of the recurrence of the Jacobi polynomials. scipy's
    `roots_jacobi` computes the total mass too, which overflows for a customer of 1,000 purchases.
    """
    n = np.arange(1, _NODES)
    total = 2 * n + a + b - 2
    centre = np.append((a - b) / (a + b), (a - b) * (a + b - 2) / (total * (total + 2)))
    squared = 4 * n * (n + b - 1) * (n + a - 1) / (total**2 * (total + 1))
    # For n = 1 this factor is 1, and 0 / 0 where a + b = 1.
    squared[1:] *= (n + a + b - 2)[1:] / (total - 1)[1:]
    values, vectors = eigh_tridiagonal(centre, np.sqrt(squared))
    return np.clip((1 + values) / 2, 1e-300, 1.0), np.asarray(vectors[0] ** 2, dtype=np.float64)


def _check_horizon(horizon: float) -> None:
    if not (np.isfinite(horizon) and horizon >= 0):
        raise DataError(f"A horizon is a time of 0 or more; found {horizon}.")
