"""Laplace: how likely are the counts, given the spreads, and where do the effects then stand?

The effects are integrated out by Laplace's method around their most likely values, with the exact
gradient of the result, so that the spreads are found by an ordinary optimiser and a fit that has
not converged is seen. Sources: Breslow and Clayton (1993) for the equations; Wood (2011), "Fast
stable restricted maximum likelihood", for differentiating through the most likely values.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from insights.errors import DataError
from insights.models.mixed.arrowhead import Arrowhead
from insights.models.mixed.design import Design
from insights.models.mixed.terms import Term, tie

Floats = NDArray[np.float64]
Effects = tuple[Floats, Floats, Floats]  # of the border, of the blocks, of each cell

_STEPS = 100
_HALVINGS = 30
# Of the log-likelihood still to be gained; far below what any conclusion rests on.
_AT_REST = 1e-12
_LARGEST_STEP = 2.0
# A factored matrix serves further steps while each leaves so little of what was to be gained...
_SLOW = 0.05
# ... and serves other spreads while no logarithm of a variance is further off.
_NEAR = 0.5


@dataclass(frozen=True, eq=False)
class Mode:
    """The most likely effects at given spreads, and everything known around them.

    Attributes
    ----------
    border, local, own : arrays
        Effects: intercept and border terms; local terms in block order; one of each cell.
    eta : array
        Logit of each cell's rate.
    log_likelihood : float
        Integrated over the effects, up to a constant.
    gradient : array
        Of it, by the logarithm of each variance; the cells' own comes last where there is one.
    variance : array
        Of `eta`, cell by cell.
    skew : tuple of arrays
        How far the means of border, local and own effects lie from their most likely values,
        to the first order: counts are skewed where they are small.
    """

    border: Floats
    local: Floats
    own: Floats
    eta: Floats
    log_likelihood: float
    gradient: Floats
    variance: Floats
    skew: Effects
    solved: Arrowhead
    weight: Floats
    penalty_own: float
    log_variances: Floats
    steps: int


@dataclass(frozen=True, eq=False)
class _Pull:
    """How strongly each effect is drawn to zero: one over its variance; none for the intercept."""

    log_variances: Floats
    border: Floats
    local: Floats
    own: float


class Equations:
    """The equations of one data set, built once and solved for many spreads."""

    def __init__(self, successes: Floats, trials: Floats, terms: list[Term], *, own: bool) -> None:
        self.y, self.n, self.terms, self.own = successes, trials, terms, own
        self.design = Design.of(terms, tie(terms), successes.size)

    @property
    def spreads(self) -> int:
        """How many variances there are."""
        return len(self.terms) + int(self.own)

    def effects(self, k: int, border: Floats, local: Floats) -> Floats:
        """Return the levels of term k out of effects (or draws of them)."""
        inside, where = self.design.where[k]
        return border[where] if inside else local[where]

    def start(self) -> Effects:
        """Return where to begin: everything at the overall rate."""
        border = np.zeros(self.design.border)
        rate = (self.y.sum() + 0.5) / (self.n.sum() + 1)
        border[0] = np.log(rate / (1 - rate))
        own = np.zeros(self.y.size if self.own else 0)
        return border, np.zeros(self.design.local.shape[1]), own

    def mode(self, log_variances: Floats, begin: Effects, near: Mode | None = None) -> Mode:
        """Find the most likely effects by Newton's method, and integrate around them.

        Factoring the matrix is what costs: one serves several steps, and where `near` is a mode at
        nearly the same spreads, the one that is known from there.

        Raises
        ------
        DataError
            If the steps do not come to rest.
        """
        pull = self._pull(log_variances)
        at, value = begin, self._value(begin, pull)
        known: tuple[Arrowhead, Floats, float] | None = None
        if near is not None and np.abs(near.log_variances - log_variances).max() < _NEAR:
            known = near.solved, near.weight, near.penalty_own
        fresh, before = False, np.inf
        for step in range(1, _STEPS + 1):
            right = self._slope(at, pull)
            if known is None:
                known = (*self._solved(self.logits(at), pull), pull.own)
                fresh, before = True, np.inf
            move = self._full_solve(*known, right)
            decrement = float(sum((r * m).sum() for r, m in zip(right, move, strict=True)))
            if decrement < _AT_REST:
                return self._around(at, pull, step)
            moved = None
            if fresh or decrement < _SLOW * before:
                moved = self._along(at, move, value, pull)
            if moved is not None:
                (at, value), before, fresh = moved, decrement, False
            elif fresh:
                break
            else:
                known = None
        raise DataError(
            f"The effects of {self.y.size} cells did not come to rest in {_STEPS} steps. Look for "
            "cells with counts that cannot be, or terms that say the same."
        )

    def _along(
        self, at: Effects, move: Effects, value: float, pull: _Pull
    ) -> tuple[Effects, float] | None:
        """Go as far along a step as the likelihood does not fall; None where it always does."""
        largest = max(float(np.abs(part).max(initial=0.0)) for part in move)
        length = min(1.0, _LARGEST_STEP / max(largest, 1e-12))
        for _ in range(_HALVINGS):
            tried = (
                at[0] + length * move[0],
                at[1] + length * move[1],
                at[2] + length * move[2],
            )
            reached = self._value(tried, pull)
            if reached > value - 1e-12 * abs(value):
                return tried, reached
            length /= 2
        return None

    def _pull(self, log_variances: Floats) -> _Pull:
        border = np.zeros(self.design.border)
        local = np.zeros(self.design.local.shape[1])
        for k in range(len(self.terms)):
            inside, where = self.design.where[k]
            (border if inside else local)[where] = np.exp(-log_variances[k])
        own = float(np.exp(-log_variances[-1])) if self.own else 0.0
        return _Pull(log_variances, border, local, own)

    def logits(self, at: Effects) -> Floats:
        """Return the logit of each cell that effects add up to."""
        eta = self.design.added(at[0], at[1])
        return eta + at[2] if self.own else eta

    def _value(self, at: Effects, pull: _Pull) -> float:
        eta = self.logits(at)
        fit = (self.y * eta - self.n * np.logaddexp(0, eta)).sum()
        drawn = (pull.border * at[0] ** 2).sum() + (pull.local * at[1] ** 2).sum()
        return float(fit - (drawn + pull.own * (at[2] ** 2).sum()) / 2)

    def _solved(self, eta: Floats, pull: _Pull) -> tuple[Arrowhead, Floats]:
        """Factor the matrix at these logits; return it with the cells' weights."""
        rate = expit(eta)
        weight = self.n * rate * (1 - rate)
        # Integrating a cell's own effect leaves its weight, less what that effect takes up.
        effective = weight * pull.own / (weight + pull.own) if self.own else weight
        # The intercept is not shrunk; a hair keeps it solvable where every count is zero.
        drawn = pull.border.copy()
        drawn[0] += 1e-10
        return self.design.solved(effective, drawn, pull.local), weight

    def _full_solve(self, solved: Arrowhead, weight: Floats, own: float, right: Effects) -> Effects:
        """Solve for border, local and own effects together."""
        if not self.own:
            border, local = solved.solve(right[0], right[1])
            return border, local, right[2]
        taken = self.design.summed(weight / (weight + own) * right[2])
        border, local = solved.solve(right[0] - taken[0], right[1] - taken[1])
        others = self.design.added(border, local)
        return border, local, (right[2] - weight * others) / (weight + own)

    def _slope(self, at: Effects, pull: _Pull) -> Effects:
        slope = self.y - self.n * expit(self.logits(at))
        border, local = self.design.summed(slope)
        return (
            border - pull.border * at[0],
            local - pull.local * at[1],
            slope - pull.own * at[2] if self.own else at[2],
        )

    def _around(self, at: Effects, pull: _Pull, steps: int) -> Mode:
        eta = self.logits(at)
        solved, weight = self._solved(eta, pull)
        covariance = solved.border_covariance()
        others = self.design.variances(solved, covariance)
        local_variances = solved.local_variances(covariance)
        variance = others
        log_determinant = solved.log_determinant
        if self.own:
            variance = 1 / (weight + pull.own) + (pull.own / (weight + pull.own)) ** 2 * others
            log_determinant += float(np.log(weight + pull.own).sum())
        levels = np.array([term.levels for term in self.terms] + [eta.size] * self.own, float)
        value = self._value(at, pull)
        value -= (log_determinant + float((levels * pull.log_variances).sum())) / 2
        # How the curvature moves with the effects: the third derivative, summed over cells.
        rate = expit(eta)
        bend = variance * weight * (1 - 2 * rate)
        turned = self._full_solve(
            solved,
            weight,
            pull.own,
            (*self.design.summed(bend), bend if self.own else np.zeros(0)),
        )
        gradient = np.zeros(self.spreads)
        spread_border = np.diagonal(covariance)
        for k in range(len(self.terms)):
            inside, where = self.design.where[k]
            u, v = (at[0][where], spread_border[where]) if inside else (
                at[1][where],
                local_variances[where],
            )  # fmt: skip
            back = (turned[0] if inside else turned[1])[where]
            penalty = np.exp(-pull.log_variances[k])
            gradient[k] = (penalty * (u**2 + v - back * u).sum() - where.size) / 2
        if self.own:
            v = 1 / (weight + pull.own) + (weight / (weight + pull.own)) ** 2 * others
            gradient[-1] = (pull.own * (at[2] ** 2 + v - turned[2] * at[2]).sum() - eta.size) / 2
        return Mode(
            border=at[0],
            local=at[1],
            own=at[2] if self.own else np.zeros(0),
            eta=eta,
            log_likelihood=value,
            gradient=gradient,
            variance=variance,
            skew=(-turned[0] / 2, -turned[1] / 2, -turned[2] / 2),
            solved=solved,
            weight=weight,
            penalty_own=pull.own,
            log_variances=pull.log_variances,
            steps=steps,
        )
