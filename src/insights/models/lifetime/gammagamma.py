"""Gamma-Gamma: what does a customer spend per purchase, when only a few have been seen?

Amounts of one customer are Gamma(p, nu), and nu is Gamma(q, v) over customers. A customer's
expected amount is then a weighted mean of the population's and the customer's own, in which the
own one gains weight with every purchase.

Source: Fader, Hardie (2013), The Gamma-Gamma Model of Monetary Value. The model holds only where
what a customer spends does not go with how often: their correlation is reported with every fit.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, digamma
from sklearn.utils.validation import check_is_fitted

from insights.errors import DataError, MissingColumns
from insights.models.lifetime.cells import counted
from insights.models.lifetime.fitted import Fitted
from insights.models.lifetime.optimum import maximise
from insights.models.sums import weighted_sum

Floats = NDArray[np.float64]

COLUMNS = ("frequency", "mean_amount")
# From here on the reader is told that the model's assumption does not hold. In the published
# example, which counts as a good one, it is 0.11.
_CORRELATED = 0.3


class GammaGamma(Fitted):
    """The Gamma-Gamma model of amounts, fitted by maximum likelihood.

    Attributes
    ----------
    p_ : float
        Shape of a customer's amounts; the larger, the more alike they are.
    q_, v_ : float
        Shape and rate of their differences between customers; `v_` is in the unit of the money.
    population_mean_ : float
        Mean amount of a purchase over customers, p v / (q - 1); infinite for q <= 1.
    correlation_ : float
        Of frequency and mean amount over the customers fitted; NaN where one does not vary.
        The model assumes 0.
    log_likelihood_ : float
    standard_errors_, covariance_
        See `insights.models.lifetime.fitted`.
    note_ : str
        What a reader must know of this fit, in sentences; '' when nothing.
    n_customers_ : float
        Total weight of the customers with purchases.

    Examples
    --------
    >>> model = GammaGamma().fit([1, 2, 4, 1, 3], [20.0, 35.0, 30.0, 80.0, 25.0])
    >>> few, many = model.expected_amount([1, 50], [100.0, 100.0])
    >>> bool(few < many < 100)
    True
    """

    _names = ("p", "q", "v")

    p_: float
    q_: float
    v_: float
    correlation_: float
    log_likelihood_: float
    note_: str

    def fit(
        self,
        frequency: ArrayLike | pd.DataFrame,
        mean_amount: ArrayLike | None = None,
        *,
        weights: ArrayLike | None = None,
    ) -> Self:
        """Fit the model to mean amounts.

        Parameters
        ----------
        frequency : array of whole numbers, or one DataFrame with both columns
            Purchases behind each mean. Customers of frequency 0 are left out.
        mean_amount : array, money, > 0 where the frequency is
            Net of what was returned. With the histories of the purchase-count models it is the
            mean of the repeat purchases.
        weights : array, optional
            Customers of each row; a weight of 3 is the same as the row three times.

        Raises
        ------
        DataError
            If an amount is missing, 0 or negative, nobody bought, all amounts are the same, or the
            search did not converge.
        """
        x, amount, w = _read(frequency, mean_amount, weights)
        keep = (x > 0) & (w > 0)
        x, amount, w = x[keep], amount[keep], w[keep]
        customers = float(w.sum())
        if customers == 0:
            raise DataError(
                "No customer has a purchase with an amount, and the Gamma-Gamma model learns from "
                "them. Give a longer history or more customers."
            )
        if amount.min() == amount.max():
            raise DataError(
                f"The mean amounts of all {customers:.0f} customers are the same "
                f"({amount[0]:g}), so there is nothing to estimate. Take that amount itself."
            )
        cells = _reduce(x, amount, w)
        found = maximise(
            lambda parameters: _likelihood(parameters, cells),
            np.array([2.0, 2.0, 1.0]),
            customers=customers,
            model="Gamma-Gamma",
        )
        self._accept(found, np.array([1.0, 1.0, cells.unit]))
        self.log_likelihood_ = found.log_likelihood - weighted_sum(w, np.log(amount))
        self.n_customers_ = customers
        self.correlation_ = _correlation(x, amount, w)
        self.note_ = " ".join(filter(None, [self._lost(found.ran_away), *self._warnings()]))
        return self

    @property
    def population_mean_(self) -> float:
        """Mean amount of a purchase over customers; infinite where it does not exist."""
        check_is_fitted(self, "q_")
        return self.p_ * self.v_ / (self.q_ - 1) if self.q_ > 1 else float("inf")

    def expected_amount(
        self, frequency: ArrayLike | pd.DataFrame, mean_amount: ArrayLike | None = None
    ) -> Floats:
        """Return each customer's expected amount per purchase, in the unit of the money.

        A customer of frequency 0 is expected to spend the population's mean, whatever the amount
        given.

        Raises
        ------
        DataError
            If an amount cannot be, or is asked of so few purchases that it has no finite mean.
        """
        check_is_fitted(self, "q_")
        x, amount, _ = _read(frequency, mean_amount, None)
        own = np.where(x > 0, amount, 0.0)
        weight = self.p_ * x + self.q_ - 1
        if (endless := weight <= 0).any():
            raise DataError(
                f"For {int(endless.sum())} of {x.size} customers no expected amount exists: "
                f"the fitted amounts differ so much that a mean needs more purchases (q is "
                f"{self.q_:.3g}, and above 1 is needed). Check for outliers, or leave them out."
            )
        return np.asarray(self.p_ * (self.v_ + x * own) / weight)

    def squared_amount(
        self, frequency: ArrayLike | pd.DataFrame, mean_amount: ArrayLike | None = None
    ) -> Floats:
        """Return the mean square of what a customer's own mean amount may be, in money squared.

        Infinite where the amounts differ so much that it does not exist.
        """
        check_is_fitted(self, "q_")
        x, amount, _ = _read(frequency, mean_amount, None)
        own = np.where(x > 0, amount, 0.0)
        shape = self.p_ * x + self.q_
        known = shape > 2
        below = np.where(known, (shape - 1) * (shape - 2), 1.0)
        return np.where(known, (self.p_ * (self.v_ + x * own)) ** 2 / below, np.inf)

    def _warnings(self) -> list[str]:
        said = []
        if self.q_ <= 1:
            said.append(
                f"The amounts differ so much (q = {self.q_:.2g}) that no population mean exists: "
                "check for outliers."
            )
        if abs(self.correlation_) >= _CORRELATED:
            said.append(
                f"Frequency and amount go together (correlation {self.correlation_:.2f}), which "
                "the model takes to be 0: frequent buyers' amounts are off."
            )
        return said


@dataclass(frozen=True, eq=False)
class _Cells:
    """Customers of the same frequency and mean amount are one cell; money in units of the mean.

    `x`, `spent` (in all) and `weight` are by cell; `weight_of` is by distinct frequency.
    """

    x: Floats
    spent: Floats
    weight: Floats
    frequencies: Floats
    weight_of: Floats
    unit: float


def _reduce(x: Floats, amount: Floats, weight: Floats) -> _Cells:
    frequencies, place_x = np.unique(x, return_inverse=True)
    amounts, place_amount = np.unique(amount, return_inverse=True)
    distinct, weight_of_cell = counted(place_x * amounts.size + place_amount, weight)
    unit = weighted_sum(weight, amount) / float(weight.sum())
    of_cell = frequencies[distinct // amounts.size]
    return _Cells(
        x=of_cell,
        spent=of_cell * (amounts[distinct % amounts.size] / unit),
        weight=weight_of_cell,
        frequencies=frequencies,
        weight_of=np.bincount(place_x, weight).astype(np.float64),
        unit=unit,
    )


def _likelihood(parameters: Floats, cells: _Cells) -> tuple[float, Floats]:
    """Return the log-likelihood, but for the amounts' own logs, and its gradient by p, q, v."""
    p, q, v = parameters
    x, spent, weight, of = cells.x, cells.spent, cells.weight, cells.weight_of
    # Logs of what the customer's own purchases, and the population, are of the whole.
    whole = v + spent
    own, other = np.log(spent / whole), np.log(v / whole)
    value = -weighted_sum(of, betaln(p * cells.frequencies, q))
    value += p * weighted_sum(weight, x * own) + q * weighted_sum(weight, other)
    both = digamma(p * cells.frequencies + q)
    gradient = np.array(
        [
            weighted_sum(of * cells.frequencies, both - digamma(p * cells.frequencies))
            + weighted_sum(weight, x * own),
            weighted_sum(of, both - digamma(q)) + weighted_sum(weight, other),
            weighted_sum(weight, (q * spent / v - p * x) / whole),
        ]
    )
    return float(value), gradient


def _correlation(x: Floats, amount: Floats, weight: Floats) -> float:
    total = weight.sum()
    of_x = x - weighted_sum(weight, x) / total
    of_amount = amount - weighted_sum(weight, amount) / total
    spread = weighted_sum(weight, of_x**2) * weighted_sum(weight, of_amount**2)
    if spread <= 0:
        return float("nan")
    return float(weighted_sum(weight, of_x * of_amount) / np.sqrt(spread))


def _read(
    frequency: ArrayLike | pd.DataFrame, mean_amount: ArrayLike | None, weights: ArrayLike | None
) -> tuple[Floats, Floats, Floats]:
    if isinstance(frequency, pd.DataFrame):
        if missing := set(COLUMNS) - set(frequency.columns):
            raise MissingColumns("customers", missing, frequency.columns)
        frequency, mean_amount = (frequency[name].to_numpy() for name in COLUMNS)
    elif mean_amount is None:
        raise DataError("Amounts are missing. Give frequency and mean_amount, or one frame.")
    x = np.atleast_1d(np.asarray(frequency, dtype=np.float64))
    amount = np.atleast_1d(np.asarray(mean_amount, dtype=np.float64))
    w = np.ones(x.size) if weights is None else np.atleast_1d(np.asarray(weights, np.float64))
    if x.ndim != 1 or not x.shape == amount.shape == w.shape:
        raise DataError(
            "Amounts need columns of one length; found "
            f"{x.shape} frequencies, {amount.shape} amounts and {w.shape} weights."
        )
    if x.size == 0:
        raise DataError("There are no customers. Give at least one.")
    buys = x > 0
    for bad, what, do in (
        (~np.isfinite(x) | (x < 0) | (x % 1 != 0), "a frequency", "It is a whole number from 0"),
        (~np.isfinite(w) | (w < 0), "a weight", "It is a number from 0"),
        (buys & ~np.isfinite(amount), "a missing or infinite mean amount", "Leave them out"),
        (
            buys & (amount <= 0),
            "a mean amount of 0 or less",
            "Purchases that were returned in full are no purchases: leave them out",
        ),
    ):
        if bad.any():
            kind = what if "amount" in what else f"{what} that cannot be"
            raise DataError(f"{int(bad.sum())} of {x.size} customers have {kind}. {do}.")
    return x, amount, w
