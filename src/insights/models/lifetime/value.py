"""Lifetime value: what is each customer expected to spend in the coming months, seen from today?

Expected purchases of each month (a purchase-count model) times the expected amount of a purchase
(Gamma-Gamma), each month discounted to today. Today's customers only, over a stated number of
months; costs are the caller's, as a margin.

Source: Fader, Hardie, Lee (2005), RFM and CLV: Using Iso-Value Curves for Customer Base Analysis,
Journal of Marketing Research 42(4). A month's purchases are paid at its end, so that the first is
discounted by a full month.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from insights.errors import DataError
from insights.models.lifetime.cells import distinct
from insights.models.lifetime.customers import read_customers
from insights.models.lifetime.fitted import bounded_interval
from insights.models.lifetime.gammagamma import GammaGamma
from insights.models.lifetime.purchases import PurchaseModel

Floats = NDArray[np.float64]

# Days of a mean month.
_MONTH = 365.25 / 12


@dataclass(frozen=True, eq=False, kw_only=True)
class LifetimeValue:
    """Discounted expected value, of each customer and of all.

    A customer's interval is one of the expected value: it holds how little is known of the models'
    parameters, and not what one customer will really spend, which varies far more. The total's is
    one of what all of them will really spend: it holds that too, because it does not average out
    where few spend much. Neither holds that the coming months may differ from those that the
    models were fitted on (seasons, campaigns).

    Attributes
    ----------
    table : DataFrame, one row a customer, indexed as the customers given
        ``purchases`` (discounted expected number), ``amount`` (expected per purchase), ``value``
        (their product times the margin), ``low`` and ``high`` (ends of its interval; NaN where
        the fits do not identify what it depends on, and then `note` says so).
    total, total_low, total_high : float
        Value of all customers, each as often as its weight, with its interval. Ends are NaN where
        the amounts differ so much that they have no variance (q of 2 or less), and `note` says so.
    parameter_error, customer_error : float
        Standard errors of the total: of the parameters, and of what customers will really do.
    confidence : float in (0, 1)
    note : str
        What the two models have to say of their fits; '' when nothing.
    """

    table: pd.DataFrame
    total: float
    total_low: float
    total_high: float
    parameter_error: float
    customer_error: float
    confidence: float
    note: str


def lifetime_value(
    purchases: PurchaseModel,
    amounts: GammaGamma,
    customers: pd.DataFrame,
    *,
    months: int = 12,
    monthly_discount: float = 0.01,
    units_per_month: float = _MONTH,
    margin: float = 1.0,
    confidence: float = 0.95,
) -> LifetimeValue:
    """Compute the discounted expected value of each customer.

    Parameters
    ----------
    purchases : fitted purchase-count model
    amounts : fitted GammaGamma
    customers : DataFrame, one row a customer
        ``frequency``, ``recency``, ``age`` in the unit that `purchases` was fitted in, and
        ``mean_amount`` of the repeat purchases (ignored where there was none); optionally
        ``weight``, customers of each row.
    months : int >= 1, default 12
    monthly_discount : float >= 0, default 0.01
        What money loses in a month: 0.01 is 12.7% a year.
    units_per_month : float > 0, default 30.4375 (days)
        Units of time in a month: 4.348 for weeks. A whole number for BG/BB.
    margin : float > 0, default 1
        Share of the amounts that is earned; 1 gives sales.
    confidence : float in (0, 1), default 0.95

    Raises
    ------
    MissingColumns, DataError
        If the customers or an option cannot be, or no expected amount exists.

    Examples
    --------
    >>> customers = pd.DataFrame(
    ...     {
    ...         "frequency": [0, 2, 5, 0, 1],
    ...         "recency": [0, 20, 35, 0, 4],
    ...         "age": [38, 38, 38, 30, 30],
    ...         "mean_amount": [0, 30.0, 45.0, 0, 20.0],
    ...     }
    ... )
    >>> from insights.models.lifetime import ParetoNBD
    >>> worth = lifetime_value(ParetoNBD().fit(customers), GammaGamma().fit(customers), customers)
    >>> int(worth.table["value"].idxmax())
    2
    """
    _refuse(months=months, monthly_discount=monthly_discount, per_month=units_per_month)
    if not (np.isfinite(margin) and margin > 0):
        raise DataError(f"A margin is a share above 0; found {margin}.")
    month = np.arange(1, months + 1, dtype=np.float64)
    ends, factors = month * np.float64(units_per_month), (1 + monthly_discount) ** -month
    weights = np.ones(len(customers))
    if "weight" in customers:
        weights = customers["weight"].to_numpy(dtype=np.float64)

    # Each error needs the models a dozen times over: once for each history is enough.
    row, place = distinct(read_customers(customers))
    histories = customers.iloc[row]

    def discounted(model: PurchaseModel) -> Floats:
        return model.discounted_purchases(histories, ends=ends, factors=factors)[place]

    count, amount = discounted(purchases), amounts.expected_amount(customers)
    value = margin * count * amount

    # The two models share no parameter, so their relative errors add up in squares. The total is
    # carried along as one more customer, because everybody's errors are of the same parameters.
    def counts(model: PurchaseModel) -> Floats:
        moved = discounted(model)
        return np.append(moved, np.sum(weights * moved * amount))

    def means(model: GammaGamma) -> Floats:
        moved = model.expected_amount(customers)
        return np.append(moved, np.sum(weights * moved * count))

    total = float(np.sum(weights * value))
    scale = np.append(margin * amount, margin), np.append(margin * count, margin)
    errors = purchases.standard_error_of(counts), amounts.standard_error_of(means)
    error = np.hypot(scale[0] * errors[0], scale[1] * errors[1])
    parameters = float(error[-1])
    variance = purchases.purchase_variance(histories, horizon=float(ends[-1]))[place]
    plain = purchases.expected_purchases(histories, horizon=float(ends[-1]))[place]
    spread = _spread_of_spend(amounts, customers, plain, variance)
    # Discounting shrinks what is spent as it shrinks the mean.
    shrink = np.divide(count, plain, out=np.ones_like(plain), where=plain > 0)
    of_people = margin * float(np.sqrt(np.sum(weights * shrink**2 * spread)))
    error[-1] = np.hypot(parameters, of_people) if np.isfinite(of_people) else np.nan
    low, high = bounded_interval(
        np.append(value, total), error, upper=np.inf, confidence=confidence
    )
    unsure = "No interval can be given for the total." if np.isnan(low[-1]) else ""
    if not np.isfinite(of_people):
        unsure = (
            f"The amounts differ so much (q = {amounts.q_:.2g}) that what one customer spends has "
            f"no variance. {unsure} Check for outliers."
        )
    table = pd.DataFrame(
        {
            "purchases": count,
            "amount": amount,
            "value": value,
            "low": low[:-1],
            "high": high[:-1],
        },
        index=customers.index,
    )
    return LifetimeValue(
        table=table,
        total=total,
        total_low=float(low[-1]),
        total_high=float(high[-1]),
        parameter_error=parameters,
        customer_error=of_people,
        confidence=confidence,
        note=" ".join(filter(None, [purchases.note_, amounts.note_, unsure])),
    )


def _spread_of_spend(
    amounts: GammaGamma, customers: pd.DataFrame, count: Floats, variance: Floats
) -> Floats:
    """Return the variance of what each customer will spend, all amounts of a customer together.

    Given a mean amount m, purchases spend N m with a variance of N m**2 / p. N and m are taken to
    go apart, as the models do.
    """
    mean, square = amounts.expected_amount(customers), amounts.squared_amount(customers)
    with np.errstate(invalid="ignore"):
        spread = square * (count / amounts.p_ + variance + count**2) - (mean * count) ** 2
    # Where nothing will be bought, nothing varies, whatever the amounts.
    return np.where(count > 0, spread, 0.0)


def _refuse(*, months: int, monthly_discount: float, per_month: float) -> None:
    if months != int(months) or months < 1:
        raise DataError(f"A lifetime value covers 1 month or more; found {months}.")
    if not (np.isfinite(monthly_discount) and monthly_discount >= 0):
        raise DataError(f"A monthly discount is 0 or more; found {monthly_discount}.")
    if not (np.isfinite(per_month) and per_month > 0):
        raise DataError(f"A month has more than 0 units of time; found {per_month}.")
