"""BG/BB: occasions come round (a gala, a campaign, a month); who still takes part?

On every occasion a customer still there buys with a probability that is Beta(alpha, beta) over
customers; before each occasion a customer leaves with a probability that is Beta(gamma, delta).

Source: Fader, Hardie, Shang (2010), Customer-Base Analysis in a Discrete-Time Noncontractual
Setting, Marketing Science 29(6). What comes next is added up occasion by occasion, in place of the
closed form, which cannot be computed at gamma = 1.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, digamma, gammaln

from insights.errors import DataError
from insights.models.lifetime.cells import Cells, distinct
from insights.models.lifetime.customers import Customers
from insights.models.lifetime.optimum import Likelihood
from insights.models.lifetime.purchases import PurchaseModel
from insights.models.sums import weighted_sum

Floats = NDArray[np.float64]


class BetaGeoBetaBinomial(PurchaseModel):
    """The BG/BB model of taking part in occasions, fitted by maximum likelihood.

    Times are whole numbers of occasions: `frequency` of them were taken since the first purchase,
    the last one was number `recency`, and there were `age`. A horizon is a number of occasions.
    P(alive) is that of not having left by the last occasion; of those who took it, it is 1.

    Attributes
    ----------
    alpha_, beta_ : float
        Of the probability of buying on an occasion; its mean is alpha / (alpha + beta).
    gamma_, delta_ : float
        Of the probability of leaving before an occasion; its mean is gamma / (gamma + delta).
    log_likelihood_, standard_errors_, covariance_, dropout_identified_, note_, n_customers_
        See `insights.models.lifetime.purchases`.

    Examples
    --------
    >>> model = BetaGeoBetaBinomial()
    >>> model = model.fit([0, 1, 3, 6], [0, 2, 4, 6], [6, 6, 6, 6], weights=[40, 20, 25, 15])
    >>> model.p_alive([6, 0], [6, 0], [6, 6]).round(2).tolist()
    [1.0, 0.21]
    """

    _names = ("alpha", "beta", "gamma", "delta")
    _title = "BG/BB"
    _in_time = ()
    _unit = 1.0

    alpha_: float
    beta_: float
    gamma_: float
    delta_: float

    def _likelihood(self, cells: Cells) -> Likelihood:
        return lambda parameters: _likelihood(parameters, cells)

    def _loyal_likelihood(self, cells: Cells) -> Likelihood:
        return lambda parameters: _loyal_likelihood(parameters, cells)

    def _alive(self, customers: Customers) -> Floats:
        row, place = distinct(customers)
        x, last, occasions = customers.frequency[row], customers.recency[row], customers.age[row]
        # Against having been there all along: having left i occasions before the end.
        bought, other = self.alpha_ + x, self.beta_ + occasions - x
        stays = self.delta_ + occasions
        alive = betaln(bought, other) + betaln(self.gamma_, stays)
        total = alive.copy()
        for i in range(1, int((occasions - last).max(initial=0.0)) + 1):
            rows = occasions - last >= i
            left = betaln(bought[rows], other[rows] - i) + betaln(self.gamma_ + 1, stays[rows] - i)
            total[rows] = np.logaddexp(total[rows], left)
        return np.asarray(np.exp(alive - total)[place])

    def _buys(self, frequency: Floats, age: Floats, horizon: float) -> Floats:
        return self._ahead(frequency, age, horizon, first_only=True)

    def _purchases(self, frequency: Floats, age: Floats, horizon: float) -> Floats:
        return self._ahead(frequency, age, horizon, first_only=False)

    def _pairs(self, frequency: Floats, age: Floats, horizon: float) -> Floats:
        trials, stays = self.alpha_ + self.beta_ + age, self.delta_ + age
        bought = self.alpha_ + frequency
        both = bought * (bought + 1) / (trials * (trials + 1))
        total, there = np.zeros(frequency.size), np.ones(frequency.size)
        for k in range(int(horizon)):
            there = there * (stays + k) / (self.gamma_ + stays + k)
            total += 2 * k * both * there  # With each of the k occasions before.
        return total

    def _ahead(self, x: Floats, age: Floats, horizon: float, *, first_only: bool) -> Floats:
        """Add up the chance of a purchase, or of the first one, over the coming occasions."""
        total = np.zeros(x.size)
        trials, choices = self.alpha_ + self.beta_ + age, self.gamma_ + self.delta_ + age
        passes, stays = self.beta_ + age - x, self.delta_ + age
        buys, there = (self.alpha_ + x) / trials, np.ones(x.size)
        for k in range(int(horizon)):
            there = there * (stays + k) / (choices + k)
            total += buys * there
            if first_only:
                buys = buys * (passes + k) / (trials + k + 1)
        return total

    def _read(
        self,
        frequency: ArrayLike | pd.DataFrame,
        recency: ArrayLike | None,
        age: ArrayLike | None,
        weights: ArrayLike | None = None,
    ) -> Customers:
        customers = super()._read(frequency, recency, age, weights)
        fractions = (customers.recency % 1 != 0) | (customers.age % 1 != 0)
        if fractions.any():
            raise DataError(
                f"{int(fractions.sum())} of {fractions.size} customers have a fractional recency "
                "or age. BG/BB counts occasions: give whole numbers, or use ParetoNBD for times."
            )
        crowded = customers.frequency > customers.recency
        if crowded.any():
            raise DataError(
                f"{int(crowded.sum())} of {crowded.size} customers bought more often than there "
                "were occasions by their last purchase. Count each occasion once."
            )
        return customers

    def _check_horizon(self, horizon: float) -> None:
        super()._check_horizon(horizon)
        if horizon % 1 != 0:
            raise DataError(f"A horizon of BG/BB is a whole number of occasions; found {horizon}.")


def _likelihood(parameters: Floats, cells: Cells) -> tuple[float, Floats]:
    """Return the log-likelihood and its gradient by alpha, beta, gamma, delta."""
    alpha, beta, gamma, delta = parameters
    n = np.arange(cells.times.size + 1, dtype=np.float64)
    # Tables over the whole numbers: B(alpha + x, beta + n - x) and B(gamma + left, delta + n).
    tables = _Tables(alpha, beta, n)
    stays = betaln(gamma, delta + n)
    leaves = betaln(gamma + 1, delta + n)
    x, last, age = cells.frequency, cells.recency, cells.age

    order = np.argsort(last - age, kind="stable")
    x, last, age, weight = x[order], last[order], age[order], cells.weight[order]
    unseen = age - last
    alive = tables.logs(x, age) + stays[age]
    logs = alive.copy()
    # Rows that still have an i-th unseen occasion come first.
    rows = [int(np.searchsorted(-unseen, -i, side="left")) for i in range(unseen.max(initial=0))]
    for i, count in enumerate(rows):
        at = last[:count] + i
        left = tables.logs(x[:count], at) + leaves[at]
        logs[:count] = np.logaddexp(logs[:count], left)
    value = weighted_sum(weight, logs) - cells.customers * (betaln(alpha, beta) + stays[0])

    # Weights of what may have been the case, by what its gradient needs.
    there = weight * np.exp(alive - logs)
    tables.add(x, age, there)
    stayed = np.bincount(age, there, n.size).astype(np.float64)
    gone = np.zeros(n.size)
    for i, count in enumerate(rows):
        at = last[:count] + i
        left = tables.logs(x[:count], at) + leaves[at]
        share = weight[:count] * np.exp(left - logs[:count])
        tables.add(x[:count], at, share)
        gone += np.bincount(at, share, n.size)
    total = cells.customers
    origin = digamma(gamma + delta)
    ended = weighted_sum(stayed, digamma(gamma + delta + n))
    ended += weighted_sum(gone, digamma(gamma + 1 + delta + n))
    by_gamma = stayed.sum() * digamma(gamma) + gone.sum() * digamma(gamma + 1) - ended
    by_delta = weighted_sum(stayed + gone, digamma(delta + n)) - ended
    gradient = np.array(
        [
            *tables.gradient(total),
            by_gamma - total * (digamma(gamma) - origin),
            by_delta - total * (digamma(delta) - origin),
        ]
    )
    return float(value), gradient


def _loyal_likelihood(parameters: Floats, cells: Cells) -> tuple[float, Floats]:
    """Return the same, by alpha and beta, of customers who never leave."""
    alpha, beta = parameters
    tables = _Tables(alpha, beta, np.arange(cells.times.size + 1, dtype=np.float64))
    tables.add(cells.frequency, cells.age, cells.weight)
    value = weighted_sum(cells.weight, tables.logs(cells.frequency, cells.age))
    value -= cells.customers * float(betaln(alpha, beta))
    return value, np.array(tables.gradient(cells.customers))


class _Tables:
    """log B(alpha + x, beta + n - x) from three tables, and its gradient summed over customers."""

    def __init__(self, alpha: float, beta: float, n: Floats) -> None:
        self._alpha, self._beta, self._n = alpha, beta, n
        self._tables = gammaln(alpha + n), gammaln(beta + n), gammaln(alpha + beta + n)
        self._weights = [np.zeros(n.size) for _ in self._tables]

    def logs(self, x: NDArray[np.int64], n: NDArray[np.int64]) -> Floats:
        bought, passed, both = self._tables
        return np.asarray(bought[x] + passed[n - x] - both[n])

    def add(self, x: NDArray[np.int64], n: NDArray[np.int64], weight: Floats) -> None:
        for part, place in zip(self._weights, (x, n - x, n), strict=True):
            np.add(part, np.bincount(place, weight, part.size), out=part)

    def gradient(self, customers: float) -> tuple[float, float]:
        bought, passed, both = self._weights
        origin = digamma(self._alpha + self._beta)
        ended = weighted_sum(both, digamma(self._alpha + self._beta + self._n))
        by_alpha = weighted_sum(bought, digamma(self._alpha + self._n)) - ended
        by_beta = weighted_sum(passed, digamma(self._beta + self._n)) - ended
        return (
            by_alpha - customers * float(digamma(self._alpha) - origin),
            by_beta - customers * float(digamma(self._beta) - origin),
        )
