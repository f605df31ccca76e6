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
# Least curvature, against the largest, that differences of the gradient can tell from none.
_FLAT = 1e-8


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
    free = ~ran_away
    inverse = _inverse(_information(cost, logs, free))
    logs, least = _polished(cost, logs, free, inverse)
    parameters = np.exp(logs)
    covariance = np.full((logs.size, logs.size), np.nan)
    scale = parameters[free]
    covariance[np.ix_(free, free)] = inverse / customers * np.outer(scale, scale)
    return Optimum(
        parameters=parameters,
        log_likelihood=-least * customers,
        covariance=covariance,
        ran_away=ran_away,
        evaluations=evaluations,
    )


def delta_error(
    function: Callable[[Floats], float | Floats], at: Floats, covariance: Floats
) -> Floats:
    """Return the standard errors of a function of estimates (delta method, central differences).

    The function may return one number or an array; so does this. NaN where it depends on a
    parameter whose own error is not known.
    """
    slopes = []
    for i in range(at.size):
        step = np.zeros(at.size)
        step[i] = 1e-5 * at[i]
        rise = np.asarray(function(at + step), dtype=np.float64) - function(at - step)
        slopes.append(rise / (2 * step[i]))
    slope = np.array(slopes)
    unknown = np.isnan(np.diag(covariance))
    known = np.where(np.isnan(covariance), 0.0, covariance)
    variance = np.einsum("i...,ij,j...->...", slope, known, slope)
    # Rounding may leave a variance of nothing a hair below 0.
    error = np.sqrt(np.maximum(variance, 0.0))
    return np.where((slope[unknown] != 0).any(axis=0), np.nan, error)


def _polished(
    cost: Callable[[Floats], tuple[float, Floats]],
    logs: Floats,
    free: NDArray[np.bool_],
    inverse: Floats,
) -> tuple[Floats, float]:
    """Take one Newton step, and return where it ends with the cost there.

    The search stops some millionths away from the optimum, where exactly depends on rounding. The
    curvature is known by now, and one step more makes the estimates the same to every digit that
    is ever printed.
    """
    here, slope = cost(logs)
    if np.isnan(inverse).any():
        return logs, here
    moved = logs.copy()
    moved[free] -= inverse @ slope[free]
    if np.abs(moved).max() > _FARTHEST:
        return logs, here
    there = cost(moved)[0]
    # At the optimum itself the difference is rounding, of either sign.
    return (moved, there) if there <= here + 1e-12 * abs(here) else (logs, here)


def _information(
    cost: Callable[[Floats], tuple[float, Floats]], logs: Floats, free: NDArray[np.bool_]
) -> Floats:
    """Return the second derivatives by the free logarithms, from differences of the slope."""
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
    if information.size:
        curvature = np.linalg.eigvalsh(information)
        if curvature[0] <= _FLAT * curvature[-1]:
            return np.full_like(information, np.nan)
    return np.asarray(np.linalg.inv(information), dtype=np.float64)
