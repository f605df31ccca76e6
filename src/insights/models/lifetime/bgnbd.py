"""BG/NBD and MBG/NBD: customers buy at their own rate, and after a purchase may leave for good.

Purchases while alive are Poisson with rates Gamma(r, alpha) over customers; after each purchase
a customer leaves with a probability that is Beta(a, b) over customers. In the BG/NBD the first
purchase is no such occasion, in the modified one it is.

Sources: Fader, Hardie, Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to the
Pareto/NBD Model, Marketing Science 24(2); Batislam, Denizel, Filiztekin (2007), Empirical
Validation and Comparison of Models for Customer Base Analysis, IJRM 24(3). The conditional
expectation is computed as an integral over the leaving probability, which has no singularity at
a = 1.
"""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh_tridiagonal
from scipy.special import digamma, gammaln

from insights.models.lifetime.cells import Cells
from insights.models.lifetime.customers import Customers
from insights.models.lifetime.optimum import Likelihood
from insights.models.lifetime.purchases import PurchaseModel, nbd_likelihood
from insights.models.sums import weighted_sum

Floats = NDArray[np.float64]

# Below this the leaving probability of an alive customer is no different from 0.
_NO_DROPOUT = 1e-5
_NODES = 64
# Reach of a leaving probability below which leaving changes no digit that matters.
_SMALL = 1e-5


class BetaGeoNBD(PurchaseModel):
    """The BG/NBD model of repeat purchases, fitted by maximum likelihood.

    A customer without a repeat purchase has had no occasion to leave, so P(alive) = 1 for every
    one-time buyer, however long ago: never rank one-time buyers by it; use `p_buy`.

    Attributes
    ----------
    r_, alpha_ : float
        Shape and rate of the purchase rates; `alpha_` is in the unit of the times.
    a_, b_ : float
        Of the leaving probability after a purchase; its mean is a / (a + b).
    log_likelihood_, standard_errors_, covariance_, dropout_identified_, note_, n_customers_
        See `insights.models.lifetime.purchases`.

    Examples
    --------
    >>> model = BetaGeoNBD().fit([0, 2, 5, 0, 1], [0, 20, 35, 0, 4], [38, 38, 38, 30, 30])
    >>> model.p_alive([0], [0], [38]).tolist()
    [1.0]
    """

    _names = ("r", "alpha", "a", "b")
    _title = "BG/NBD"
    _one_time_may_leave = False
    # Occasions to leave that a customer has had before the first repeat purchase.
    _occasions: ClassVar[int] = 0

    r_: float
    alpha_: float
    a_: float
    b_: float

    def _likelihood(self, cells: Cells) -> Likelihood:
        return lambda parameters: _likelihood(parameters, cells, self._occasions)

    def _alive(self, customers: Customers) -> Floats:
        occasions = customers.frequency + self._occasions
        closer = np.log(self.alpha_ + customers.age) - np.log(self.alpha_ + customers.recency)
        odds = np.log(self.a_) - np.log(self.b_ + np.maximum(occasions, 1) - 1)
        odds = odds + (self.r_ + customers.frequency) * closer
        # exp(-logaddexp(0, odds)) is 1 / (1 + exp(odds)) that never overflows.
        return np.where(occasions > 0, np.exp(-np.logaddexp(0.0, odds)), 1.0)

    def _buys(self, frequency: Floats, age: Floats, horizon: float) -> Floats:
        # Somebody alive leaves only after a purchase, so the first one depends on the rate alone.
        reach = np.log1p(horizon / (self.alpha_ + age))
        return np.asarray(-np.expm1(-(self.r_ + frequency) * reach))

    def _purchases(self, frequency: Floats, age: Floats, horizon: float) -> Floats:
        reach = horizon / (self.alpha_ + age)
        purchases = (self.r_ + frequency) * reach
        if self.a_ >= _NO_DROPOUT:
            order = np.argsort(frequency, kind="stable")
            counts, start = np.unique(frequency[order], return_index=True)
            for x, rows in zip(counts, np.split(order, start[1:]), strict=True):
                stays = self.b_ + x + self._occasions
                purchases[rows] = _until_leaving(self.r_ + x, self.a_, stays, reach[rows])
        return np.asarray(purchases)

    def _pairs(self, frequency: Floats, age: Floats, horizon: float) -> Floats:
        reach = horizon / (self.alpha_ + age)
        rate = self.r_ + frequency
        pairs = rate * (rate + 1) * reach**2
        if self.a_ >= _NO_DROPOUT:
            order = np.argsort(frequency, kind="stable")
            counts, start = np.unique(frequency[order], return_index=True)
            for x, rows in zip(counts, np.split(order, start[1:]), strict=True):
                stays = self.b_ + x + self._occasions
                pairs[rows] = _pairs_until_leaving(self.r_ + x, self.a_, stays, reach[rows])
        return np.asarray(pairs)


class ModifiedBetaGeoNBD(BetaGeoNBD):
    """The MBG/NBD model: as the BG/NBD, but a customer may leave after the first purchase too.

    P(alive) of a one-time buyer falls with age, as it should; where many customers buy once,
    this is the one to take.

    Attributes
    ----------
    r_, alpha_, a_, b_ : float
        As of `BetaGeoNBD`.
    log_likelihood_, standard_errors_, covariance_, dropout_identified_, note_, n_customers_
        See `insights.models.lifetime.purchases`.

    Examples
    --------
    >>> model = ModifiedBetaGeoNBD().fit([0, 2, 5, 0, 1], [0, 20, 35, 0, 4], [38, 38, 38, 30, 30])
    >>> bool(model.p_alive([0], [0], [3]) > model.p_alive([0], [0], [38]))
    True
    """

    _title = "MBG/NBD"
    _one_time_may_leave = True
    _occasions = 1


def _likelihood(parameters: Floats, cells: Cells, occasions: int) -> tuple[float, Floats]:
    """Return the log-likelihood and its gradient by r, alpha, a, b."""
    r, alpha, a, b = parameters
    value, by_rate = nbd_likelihood(parameters[:2], cells)
    x = cells.frequencies
    n = x + occasions
    # What staying on each of n occasions costs: B(a, b + n) / B(a, b).
    stayed = gammaln(a + b) - gammaln(b) + gammaln(b + n) - gammaln(a + b + n)
    at_a = digamma(a + b) - digamma(a + b + n)
    at_b = at_a - digamma(b) + digamma(b + n)

    # Log odds of having left on the last occasion; the cells are of customers who had one.
    before = b + np.maximum(n, 1) - 1
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


def _until_leaving(rate: float, a: float, b: float, reach: Floats) -> Floats:
    """Return an alive customer's expected purchases: (1 - (1 + p reach) ** -rate) / p over p.

    p, the leaving probability, is Beta(a, b) given the purchases so far; Gauss-Jacobi nodes carry
    that density, so the average is a plain weighted sum.
    """
    p, weight = _beta_nodes(a, b)
    bought = -np.expm1(-rate * np.log1p(np.outer(reach, p))) / p
    return np.asarray(bought @ weight, dtype=np.float64)


def _pairs_until_leaving(rate: float, a: float, b: float, reach: Floats) -> Floats:
    """Return an alive customer's E[N (N - 1)] for the N purchases before leaving.

    N is the lesser of a Poisson number and of the purchases up to leaving, so that for one rate l
    and leaving probability p it is 2 (1 - p) (1 - exp(-u) (1 + u)) / p**2 with u = l p t; l is
    gamma, which gives powers of 1 + p reach, and p is averaged as in `_until_leaving`.
    """
    p, weight = _beta_nodes(a, b)
    y = np.outer(reach, p)
    several = 1 - (1 + (rate + 1) * y) * np.exp(-(rate + 1) * np.log1p(y))
    # Near 0 the difference loses its digits; its first term is then all that there is.
    small = (rate + 2) * y < _SMALL
    near = rate * (rate + 1) * np.square(reach)[:, None] * (1 - p)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        pairs = np.where(small, near, 2 * (1 - p) * several / p**2)
    return np.asarray(pairs @ weight, dtype=np.float64)


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
