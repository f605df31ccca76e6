"""The most likely positive parameters of a smooth likelihood, and how sure they are."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from insights.errors import DataError

Floats = NDArray[np.float64]
Likelihood = Callable[[Floats], tuple[float, Floats]]

# Logarithms of parameters are searched within this distance of 0; a parameter that ends there
# (e^12 = 160,000) has run away to nothing or to infinity: the data do not identify it.
_FARTHEST = 12.0
# Slope of the log-likelihood per customer, by the logarithms of the parameters, that the search
# aims at. Rounding can stop it earlier; it is accepted up to a slope that moves no parameter by
# more than about a hundredth of its standard error, which shrinks with the root of the customers.
_AIM = 1e-7
_ACCEPTED = 1e-3
_RESTARTS = 3


@dataclass(frozen=True, eq=False)
class Optimum:
    """Where the likelihood is highest.

    Attributes
    ----------
    parameters : array
    log_likelihood : float
    covariance : array
        Of the parameters, from the observed information; NaN for a parameter that ran away.
    ran_away : array of bool
        Which parameters ended at the edge of what is searched.
    evaluations : int
        Times that the likelihood was computed.
    """

    parameters: Floats
    log_likelihood: float
    covariance: Floats
    ran_away: NDArray[np.bool_]
    evaluations: int


def maximise(likelihood: Likelihood, start: Floats, *, customers: float, model: str) -> Optimum:
    """Search over the logarithms of positive parameters with L-BFGS-B.

    Parameters
    ----------
    likelihood : callable
        Log-likelihood and its gradient by the parameters themselves.
    start : array
        Positive values to start from.
    customers : float
        Total weight, by which the likelihood is divided.
    model : str
        Name for the error message.

    Raises
    ------
    DataError
        If the search stopped where the likelihood still rises.
    """

    def cost(logs: Floats) -> tuple[float, Floats]:
        parameters = np.exp(logs)
        value, gradient = likelihood(parameters)
        return -value / customers, -gradient * parameters / customers

    logs = np.log(start)
    evaluations = 0
    # A line search that rounding cuts short leaves a poor picture of the curvature behind; a
    # fresh start from the same place goes on where the old one gave up.
    for _ in range(_RESTARTS):
        found = minimize(
            cost,
            logs,
            jac=True,
            method="L-BFGS-B",
            bounds=[(-_FARTHEST, _FARTHEST)] * len(start),
            options={"maxiter": 1000, "ftol": 1e-14, "gtol": _AIM},
        )
        logs = np.asarray(found.x, dtype=np.float64)
        evaluations += int(found.nfev)
        ran_away = np.abs(logs) > _FARTHEST - 1e-6
        # A parameter at the edge cannot come to rest: only the others must.
        slope = float(np.max(np.abs(np.asarray(found.jac)[~ran_away]), initial=0.0))
        if slope <= _AIM:
            break
    if not np.isfinite(found.fun) or slope > _ACCEPTED / np.sqrt(customers):
        raise DataError(
            f"The fit of {model} did not converge: after {found.nit} steps the log-likelihood per "
            f"customer still has the slope {slope:.2g}. Check the histories for outliers, or give "
            "more customers."
        )
    parameters = np.exp(logs)
    information = _information(cost, logs, ~ran_away) * customers
    covariance = np.full((logs.size, logs.size), np.nan)
    free = np.ix_(~ran_away, ~ran_away)
    scale = parameters[~ran_away]
    covariance[free] = _inverse(information) * np.outer(scale, scale)
    return Optimum(
        parameters=parameters,
        log_likelihood=-float(found.fun) * customers,
        covariance=covariance,
        ran_away=ran_away,
        evaluations=evaluations,
    )


def delta_error(function: Callable[[Floats], float], at: Floats, covariance: Floats) -> float:
    """Return the standard error of a function of estimates (delta method, central differences)."""
    slope = np.empty(at.size)
    for i in range(at.size):
        step = np.zeros(at.size)
        step[i] = 1e-5 * at[i]
        slope[i] = (function(at + step) - function(at - step)) / (2 * step[i])
    used = slope != 0
    return float(np.sqrt(slope[used] @ covariance[np.ix_(used, used)] @ slope[used]))


def _information(
    cost: Callable[[Floats], tuple[float, Floats]], logs: Floats, free: NDArray[np.bool_]
) -> Floats:
    """Return the second derivatives by the free logarithms, from differences of the gradient."""
    step = 1e-4
    rows = []
    for i in np.flatnonzero(free):
        shift = np.zeros(logs.size)
        shift[i] = step
        rows.append((cost(logs + shift)[1] - cost(logs - shift)[1])[free] / (2 * step))
    square = np.array(rows).reshape(len(rows), len(rows))
    return (square + square.T) / 2


def _inverse(information: Floats) -> Floats:
    """Return the inverse, or NaN where the likelihood is flat in some direction."""
    if information.size and np.linalg.eigvalsh(information)[0] <= 0:
        return np.full_like(information, np.nan)
    return np.asarray(np.linalg.inv(information), dtype=np.float64)
