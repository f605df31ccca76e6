"""How likely is it to have left unseen? The integral that the Pareto/NBD stands on.

    from start to end:  (alpha + y) ** -p  (beta + y) ** -q  dy

The textbook writes it as a difference of two Gauss hypergeometric functions, which overflow,
cancel, or need another form on each side of alpha = beta. Everything under the integral is
positive and falls, so a Gauss-Legendre rule gives it without any of that: on the scale of
log(1 + (y - start) / length), length being how far the integrand takes to fall, it is analytic in a
strip of width pi on both sides whatever the parameters are. Against a rule of 1,600 points on 2,000
random cases (p to 2,000, alpha and beta over five decades each) the relative error stayed below
3e-11, with 15 points a case on average.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# What the integrand has fallen to where it is cut off: exp(-37) is 1e-16.
_NOTHING = 37.0
_CUTS = 4
# Points of the rule: some, and more for each unit of log time.
_POINTS, _POINTS_A_UNIT = 8, 3
# Rows at a time, so that a block of rows by points stays in the cache.
_BLOCK = 4096


class Moments(NamedTuple):
    """Logarithm of each integral, and averages under its integrand, one row an integral."""

    log: Floats
    log_alpha: Floats  # of log(alpha + y)
    log_beta: Floats  # of log(beta + y)
    by_alpha: Floats  # of 1 / (alpha + y)
    by_beta: Floats  # of 1 / (beta + y)


def power_integral(
    p: Floats, q: float, *, alpha: float, beta: float, start: Floats, end: Floats
) -> Moments:
    """Integrate (alpha + y) ** -p (beta + y) ** -q over y from start to end.

    Parameters
    ----------
    p, start, end : arrays of one length, >= 0
        With start <= end; where they are equal the logarithm is minus infinity.
    q, alpha, beta : float, > 0
    """
    rows = p.size
    out = Moments(*(np.empty(rows) for _ in Moments._fields))
    length = 1 / ((p + 1) / (alpha + start) + (q + 1) / (beta + start))
    reach = _reach(p, q, length / (alpha + start), length / (beta + start), (end - start) / length)
    for first in range(0, rows, _BLOCK):
        block = slice(first, first + _BLOCK)
        points, weights = _rule(int(_POINTS + _POINTS_A_UNIT * reach[block].max()))
        z = np.multiply.outer(reach[block], points)
        grown = np.exp(z)
        y = (start - length)[block, None] + length[block, None] * grown
        a, b = alpha + y, beta + y
        log_a, log_b = np.log(a), np.log(b)
        height = z - p[block, None] * log_a - q * log_b
        top = height.max(axis=1)
        mass = np.exp(height - top[:, None]) * weights
        total = mass.sum(axis=1)
        with np.errstate(divide="ignore"):
            out.log[block] = top + np.log(total * length[block] * reach[block])
        out.log_alpha[block] = np.einsum("ij,ij->i", mass, log_a) / total
        out.log_beta[block] = np.einsum("ij,ij->i", mass, log_b) / total
        out.by_alpha[block] = np.einsum("ij,ij->i", mass, 1 / a) / total
        out.by_beta[block] = np.einsum("ij,ij->i", mass, 1 / b) / total
    return out


def _reach(p: Floats, q: float, a: Floats, b: Floats, until: Floats) -> Floats:
    """Return the log time at which to stop: at the end, or where nothing is left.

    What has been lost by then is convex in log time, so that Newton's steps from the right stay
    on the right: they never cut off too much.
    """
    reach = np.log1p(until)
    for _ in range(_CUTS):
        grown = np.exp(reach)
        past_a, past_b = 1 + a * (grown - 1), 1 + b * (grown - 1)
        lost = p * np.log(past_a) + q * np.log(past_b) - reach - _NOTHING
        slope = (p * a / past_a + q * b / past_b) * grown - 1
        far = (lost > 0) & (slope > 0)
        reach = np.where(far, reach - lost / np.where(far, slope, 1.0), reach)
    return reach


@lru_cache(maxsize=256)
def _rule(points: int) -> tuple[Floats, Floats]:
    """Return the points in (0, 1) and the weights, summing to 1, of a Gauss-Legendre rule."""
    x, weights = np.polynomial.legendre.leggauss(points)
    return (x + 1) / 2, weights / 2
