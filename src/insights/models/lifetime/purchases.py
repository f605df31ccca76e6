"""Purchase-count models: what they share, from reading histories to what customers do next.

A model adds its likelihood with gradient, and three things of one customer: the probability of
being alive, and of somebody alive the probability and the expected number of purchases.
"""

from collections.abc import Callable
from typing import ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma, gammaln
from sklearn.utils.validation import check_is_fitted

from insights.errors import DataError
from insights.models.lifetime.cells import Cells, codes, reduce
from insights.models.lifetime.customers import Customers, read_customers
from insights.models.lifetime.fitted import Fitted
from insights.models.lifetime.optimum import Likelihood, maximise
from insights.models.sums import weighted_sum

Floats = NDArray[np.float64]

# Log-likelihood that leaving must add to "nobody ever leaves". Leaving costs two parameters, one
# of them at its edge and the other meaningless there; 3 is the 95% point of the harsher count
# (chi-square with two degrees of freedom, halved), so it errs on the side of saying nothing.
_EVIDENCE = 3.0


class PurchaseModel(Fitted):
    """A model of repeat purchases of customers who leave without saying so.

    Attributes
    ----------
    log_likelihood_ : float
        As in the source, without the terms that no parameter moves.
    standard_errors_ : dict of float by parameter name
        From the observed information; NaN where the data do not identify the parameter.
    covariance_ : array, one row and column a parameter
    dropout_identified_ : bool
        Whether the data show that customers leave. False: P(alive) says nothing, see `note_`.
    evidence_of_dropout_ : float
        Log-likelihood that leaving adds to the same model in which nobody leaves.
    note_ : str
        What a reader must know of this fit, in a sentence; '' when nothing.
    n_customers_ : float
        Total weight; `n_cells_` is the number of distinct histories behind it.
    """

    _title: ClassVar[str]
    # Which parameters are rates of time, in the caller's unit.
    _in_time: ClassVar[tuple[str, ...]] = ("alpha",)
    # Whether somebody who bought once can have left: their histories then matter one by one.
    _one_time_may_leave: ClassVar[bool] = True
    # What times are divided by while fitting; the mean age where nothing is said.
    _unit: ClassVar[float | None] = None

    log_likelihood_: float
    evidence_of_dropout_: float
    dropout_identified_: bool
    note_: str

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
        customers = self._read(frequency, recency, age, weights)
        cells = reduce(customers, one_time=self._one_time_may_leave, unit=self._unit)
        self._refuse_unseen(cells)
        found = maximise(
            self._likelihood(cells),
            np.ones(len(self._names)),
            customers=cells.customers,
            model=self._title,
        )
        loyal = maximise(
            self._loyal_likelihood(cells),
            np.ones(2),
            customers=cells.customers,
            model=f"{self._title} without dropout",
        )
        # The cells' times are in units of the mean age; rates go back to the caller's unit.
        rescale = np.array([cells.unit if name in self._in_time else 1.0 for name in self._names])
        self._accept(found, rescale)
        purchases = float(cells.purchases_of_age.sum()) if self._in_time else 0.0
        self.log_likelihood_ = found.log_likelihood - purchases * float(np.log(cells.unit))
        self.n_customers_ = cells.customers
        self.n_cells_ = int(cells.weight.size)
        self.evidence_of_dropout_ = found.log_likelihood - loyal.log_likelihood
        self.dropout_identified_ = self.evidence_of_dropout_ >= _EVIDENCE
        self.note_ = self._lost(found.ran_away) if self.dropout_identified_ else self._no_dropout()
        return self

    def p_alive(
        self,
        frequency: ArrayLike | pd.DataFrame,
        recency: ArrayLike | None = None,
        age: ArrayLike | None = None,
    ) -> Floats:
        """Return each customer's probability, 0 to 1, of not having left by their `age`."""
        check_is_fitted(self)
        return self._alive(self._read(frequency, recency, age))

    def p_buy(
        self,
        frequency: ArrayLike | pd.DataFrame,
        recency: ArrayLike | None = None,
        age: ArrayLike | None = None,
        *,
        horizon: float,
    ) -> Floats:
        """Return each customer's probability, 0 to 1, of buying within the next `horizon`.

        Parameters
        ----------
        frequency, recency, age : arrays, or one DataFrame with these columns
        horizon : float >= 0, in the unit of the times
        """
        check_is_fitted(self)
        customers = self._read(frequency, recency, age)
        self._check_horizon(horizon)
        buys = once_each(
            lambda x, seen: self._buys(x, seen, horizon), customers.frequency, customers.age
        )
        return self._alive(customers) * buys

    def expected_purchases(
        self,
        frequency: ArrayLike | pd.DataFrame,
        recency: ArrayLike | None = None,
        age: ArrayLike | None = None,
        *,
        horizon: float,
    ) -> Floats:
        """Return each customer's expected number of purchases within the next `horizon`.

        Of a customer won today it is that of (frequency 0, recency 0, age 0).

        Parameters
        ----------
        frequency, recency, age : arrays, or one DataFrame with these columns
        horizon : float >= 0, in the unit of the times
        """
        check_is_fitted(self)
        customers = self._read(frequency, recency, age)
        self._check_horizon(horizon)
        purchases = once_each(
            lambda x, seen: self._purchases(x, seen, horizon), customers.frequency, customers.age
        )
        return self._alive(customers) * purchases

    def discounted_purchases(
        self, customers: pd.DataFrame, *, ends: Floats, factors: Floats
    ) -> Floats:
        """Return each customer's expected purchases, those of later periods counting less.

        Parameters
        ----------
        customers : DataFrame with frequency, recency and age
        ends : array, ascending, in the unit of the times
            Ends of the periods, the first of which starts now.
        factors : array
            What a purchase in each period counts.
        """
        check_is_fitted(self)
        histories = self._read(customers, None, None)
        for end in ends:
            self._check_horizon(float(end))

        def discounted(x: Floats, seen: Floats) -> Floats:
            total, before = np.zeros(x.size), np.zeros(x.size)
            for end, factor in zip(ends, factors, strict=True):
                until = self._purchases(x, seen, float(end))
                total += factor * (until - before)
                before = until
            return total

        return self._alive(histories) * once_each(discounted, histories.frequency, histories.age)

    def purchase_variance(
        self,
        frequency: ArrayLike | pd.DataFrame,
        recency: ArrayLike | None = None,
        age: ArrayLike | None = None,
        *,
        horizon: float,
    ) -> Floats:
        """Return the variance of each customer's number of purchases within the next `horizon`.

        It holds that rates differ between customers of one history, that they may have left or will
        leave, and luck; not that parameters are estimates.

        Parameters
        ----------
        frequency, recency, age : arrays, or one DataFrame with these columns
        horizon : float >= 0, in the unit of the times
        """
        check_is_fitted(self)
        customers = self._read(frequency, recency, age)
        self._check_horizon(horizon)
        known = customers.frequency, customers.age
        pairs = once_each(lambda x, seen: self._pairs(x, seen, horizon), *known)
        each = once_each(lambda x, seen: self._purchases(x, seen, horizon), *known)
        alive = self._alive(customers)
        return np.asarray(np.maximum(alive * (pairs + each) - (alive * each) ** 2, 0.0))

    def _likelihood(self, cells: Cells) -> Likelihood:
        raise NotImplementedError

    def _loyal_likelihood(self, cells: Cells) -> Likelihood:
        """Return the likelihood of the same model in which nobody leaves."""
        return lambda parameters: nbd_likelihood(parameters, cells)

    def _alive(self, customers: Customers) -> Floats:
        raise NotImplementedError

    def _buys(self, frequency: Floats, age: Floats, horizon: float) -> Floats:
        """Return the probability that somebody alive buys within the horizon."""
        raise NotImplementedError

    def _purchases(self, frequency: Floats, age: Floats, horizon: float) -> Floats:
        """Return the expected purchases of somebody alive within the horizon."""
        raise NotImplementedError

    def _pairs(self, frequency: Floats, age: Floats, horizon: float) -> Floats:
        """Return E[N (N - 1)] of the N purchases of somebody alive within the horizon."""
        raise NotImplementedError

    def _read(
        self,
        frequency: ArrayLike | pd.DataFrame,
        recency: ArrayLike | None,
        age: ArrayLike | None,
        weights: ArrayLike | None = None,
    ) -> Customers:
        return read_customers(frequency, recency, age, weights)

    def _check_horizon(self, horizon: float) -> None:
        if not (np.isfinite(horizon) and horizon >= 0):
            raise DataError(f"A horizon is a time of 0 or more; found {horizon}.")

    def _refuse_unseen(self, cells: Cells) -> None:
        if not cells.weight_of_frequency[1:].any():
            raise DataError(
                f"None of {cells.customers:.0f} customers bought a second time, and the "
                f"{self._title} model learns from repeat purchases. Give a longer history or more "
                "customers."
            )
        if cells.times[-1] == 0:
            raise DataError(
                f"All {cells.customers:.0f} customers first bought on the last day (age 0), so "
                "nothing of them has been observed. Give a longer history."
            )

    def _no_dropout(self) -> str:
        return (
            "No dropout is identifiable: that customers leave adds only "
            f"{max(self.evidence_of_dropout_, 0.0):.2g} to the log-likelihood "
            f"(needed: {_EVIDENCE:g}), so P(alive) must not be used."
        )


def nbd_likelihood(parameters: Floats, cells: Cells) -> tuple[float, Floats]:
    """Return the log-likelihood, and its gradient by r and alpha, of customers who never leave."""
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


def once_each(function: Callable[[Floats, Floats], Floats], x: Floats, age: Floats) -> Floats:
    """Return function(x, age) for every customer, computed once for each distinct pair."""
    counts, frequencies = codes(x)
    seen, ages = codes(age)
    distinct, place = np.unique(counts * ages.size + seen, return_inverse=True)
    return function(frequencies[distinct // ages.size], ages[distinct % ages.size])[place]
