"""Pareto/NBD: customers buy at their own rate, and may leave for good at any moment.

Purchases while alive are Poisson with rates Gamma(r, alpha) over customers; lifetimes are
exponential with rates Gamma(s, beta) over customers, independent of how often they buy.

Sources: Schmittlein, Morrison, Colombo (1987), Counting Your Customers: Who Are They and What Will
They Do Next?, Management Science 33(1); Fader, Hardie (2005), A Note on Deriving the Pareto/NBD
Model and Related Expressions. Their hypergeometric terms are integrals here, see `integrals`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, exprel, gammaln

from insights.models.lifetime.cells import Cells, distinct
from insights.models.lifetime.customers import Customers
from insights.models.lifetime.integrals import power_integral
from insights.models.lifetime.optimum import Likelihood
from insights.models.lifetime.purchases import PurchaseModel
from insights.models.sums import weighted_sum

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

_NODES = 32


class ParetoNBD(PurchaseModel):
    """The Pareto/NBD model of repeat purchases, fitted by maximum likelihood.

    Attributes
    ----------
    r_, alpha_ : float
        Shape and rate of the purchase rates; `alpha_` is in the unit of the times.
    s_, beta_ : float
        Shape and rate of the rates of leaving; `beta_` is in the unit of the times.
    log_likelihood_, standard_errors_, covariance_, dropout_identified_, note_, n_customers_
        See `insights.models.lifetime.purchases`.

    Examples
    --------
    >>> model = ParetoNBD().fit([0, 2, 5, 0, 1], [0, 20, 35, 0, 4], [38, 38, 38, 30, 30])
    >>> bool(model.p_alive([5], [35], [38]) > model.p_alive([5], [10], [38]))
    True
    """

    _names = ("r", "alpha", "s", "beta")
    _title = "Pareto/NBD"
    _in_time = ("alpha", "beta")

    r_: float
    alpha_: float
    s_: float
    beta_: float

    def _likelihood(self, cells: Cells) -> Likelihood:
        pieces = _pieces(cells)
        return lambda parameters: _likelihood(parameters, cells, pieces)

    def _alive(self, customers: Customers) -> Floats:
        row, place = distinct(customers)
        last, age = customers.recency[row], customers.age[row]
        rate = self.r_ + customers.frequency[row]
        alive = -rate * np.log(self.alpha_ + age) - self.s_ * np.log(self.beta_ + age)
        left = power_integral(
            rate,
            self.s_ + 1,
            alpha=self.alpha_,
            beta=self.beta_,
            start=last,
            end=age,
        )
        probability = np.exp(-np.logaddexp(0.0, np.log(self.s_) + left.log - alive))
        return np.asarray(probability[place])

    def _buys(self, frequency: Floats, age: Floats, horizon: float) -> Floats:
        # Density of the first purchase y from now, before leaving. Adding up what is positive
        # keeps every digit where 1 - P(none) would lose them.
        rate = self.r_ + frequency
        soon = power_integral(
            rate + 1, self.s_, alpha=self.alpha_, beta=self.beta_, start=age, end=age + horizon
        )
        logs = np.log(rate) + rate * np.log(self.alpha_ + age)
        logs += self.s_ * np.log(self.beta_ + age)
        return np.asarray(np.exp(np.minimum(logs + soon.log, 0.0)))

    def _purchases(self, frequency: Floats, age: Floats, horizon: float) -> Floats:
        # The mean time still to be lived of the horizon, times the mean rate. exprel is
        # (exp(x) - 1) / x, which the textbook's division by s - 1 is not at s = 1.
        reach = np.log1p(horizon / (self.beta_ + age))
        lived = (self.beta_ + age) * reach * exprel((1 - self.s_) * reach)
        return np.asarray((self.r_ + frequency) / (self.alpha_ + age) * lived)

    def _pairs(self, frequency: Floats, age: Floats, horizon: float) -> Floats:
        # The mean of the squared rate, times that of the squared time still to be lived of the
        # horizon: the integral of 2 u P(not left by u), which is smooth.
        rate = self.r_ + frequency
        node, weight = np.polynomial.legendre.leggauss(_NODES)
        when, weight = horizon * (node + 1) / 2, horizon * weight / 2
        stays = np.exp(-self.s_ * np.log1p(when[None, :] / (self.beta_ + age)[:, None]))
        squared = (2 * when * stays) @ weight
        return np.asarray(rate * (rate + 1) / (self.alpha_ + age) ** 2 * squared)


@dataclass(frozen=True, eq=False)
class _Pieces:
    """Integrals to compute, and which of them make up each cell's.

    A cell's integral runs from its last purchase to its age. On a grid of days there are far
    fewer pairs (frequency, time) than cells, so the integrals run from each such time to the end
    of all, and a cell's is the difference of two; off the grid each cell has its own.

    Attributes
    ----------
    frequency, start, end : arrays, one entry an integral
        Positions in the cells' tables.
    plus, minus : arrays, one entry a cell
        Positions in these; without `minus` nothing is taken off.
    """

    frequency: Codes
    start: Codes
    end: Codes
    plus: Codes
    minus: Codes | None


def _pieces(cells: Cells) -> _Pieces:
    size = cells.times.size
    keys = np.concatenate(
        [cells.frequency * size + cells.recency, cells.frequency * size + cells.age]
    )
    distinct, place = np.unique(keys, return_inverse=True)
    count = cells.weight.size
    if distinct.size >= count:
        return _Pieces(cells.frequency, cells.recency, cells.age, np.arange(count), None)
    end = np.full(distinct.size, size - 1)
    return _Pieces(distinct // size, distinct % size, end, place[:count], place[count:])


def _likelihood(parameters: Floats, cells: Cells, pieces: _Pieces) -> tuple[float, Floats]:
    """Return the log-likelihood and its gradient by r, alpha, s, beta."""
    r, alpha, s, beta = parameters
    x, times, weight = cells.frequencies, cells.times, cells.weight
    integral = power_integral(
        (r + x)[pieces.frequency],
        s + 1,
        alpha=alpha,
        beta=beta,
        start=times[pieces.start],
        end=times[pieces.end],
    )
    log_a, log_b = np.log(alpha + times), np.log(beta + times)
    rate = (r + x)[cells.frequency]
    alive = -rate * log_a[cells.age] - s * log_b[cells.age]
    more = np.log(s) + integral.log[pieces.plus]
    if pieces.minus is None:
        left = more
    else:
        less = np.log(s) + integral.log[pieces.minus]
        with np.errstate(divide="ignore", invalid="ignore"):
            # The last time of all has an integral of 0, and nobody's starts there but its own.
            ratio = np.where(np.isinf(more), 1.0, np.exp(np.minimum(less - more, 0.0)))
            left = more + np.log1p(-ratio)
    logs = np.logaddexp(alive, left)

    n = cells.customers
    value = weighted_sum(cells.weight_of_frequency, gammaln(r + x) - gammaln(r))
    value += n * (r * np.log(alpha) + s * np.log(beta)) + weighted_sum(weight, logs)

    # Customers who are alive, by age; those who left, by piece.
    still = weight * np.exp(alive - logs)
    still_of_age = _summed(cells.age, still, times)
    bought_of_age = _summed(cells.age, still * rate, times)
    gone = _summed(pieces.plus, weight * np.exp(more - logs), integral.log)
    if pieces.minus is not None:
        gone -= _summed(pieces.minus, weight * np.exp(less - logs), integral.log)
    by_alpha = -weighted_sum(gone * (r + x)[pieces.frequency], integral.by_alpha)
    by_beta = -(s + 1) * weighted_sum(gone, integral.by_beta)
    gradient = np.array(
        [
            weighted_sum(cells.weight_of_frequency, digamma(r + x) - digamma(r))
            + n * np.log(alpha)
            - weighted_sum(still_of_age, log_a)
            - weighted_sum(gone, integral.log_alpha),
            n * r / alpha - weighted_sum(bought_of_age, 1 / (alpha + times)) + by_alpha,
            n * np.log(beta)
            + gone.sum() / s
            - weighted_sum(still_of_age, log_b)
            - weighted_sum(gone, integral.log_beta),
            n * s / beta - s * weighted_sum(still_of_age, 1 / (beta + times)) + by_beta,
        ]
    )
    return float(value), gradient


def _summed(place: Codes, weight: Floats, table: Floats) -> Floats:
    """Return the total weight at each place of a table."""
    return np.bincount(place, weight, table.size).astype(np.float64)
