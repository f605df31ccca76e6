"""Laplace: how likely are the counts, given the spreads, and where do the effects then stand?

The effects are integrated out by Laplace's method around their most likely values, with the exact
gradient of the result, so that the spreads are found by an ordinary optimiser and a fit that has
not converged is seen. Sources: Breslow and Clayton (1993) for the equations; Wood (2011), "Fast
stable restricted maximum likelihood", for differentiating through the most likely values.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit

from insights.errors import DataError
from insights.models.mixed.arrowhead import Arrowhead, Blocks
from insights.models.mixed.terms import Ints, Term, tie

Floats = NDArray[np.float64]
Effects = tuple[Floats, Floats, Floats]  # of the border, of the blocks, of each cell

_STEPS = 100
_HALVINGS = 30
# Of the log-likelihood still to be gained; far below what any conclusion rests on.
_AT_REST = 1e-12
_LARGEST_STEP = 2.0


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
        self.knots = tie(terms)
        self.blocks = Blocks.of(terms, self.knots)
        cells = successes.size
        ones = sparse.csr_matrix(np.ones((cells, 1)))
        self.in_border = [k for k in range(len(terms)) if k not in self.knots.terms]
        self.of_border = sparse.hstack(
            [ones, *[terms[k].matrix for k in self.in_border]], format="csr"
        )
        ordered = [sparse.csr_matrix((cells, 0)), *[terms[k].matrix for k in self.knots.terms]]
        joined = sparse.hstack(ordered, format="csc")
        order = np.empty(self.knots.levels, np.int64)
        order[self.knots.place] = np.arange(self.knots.levels)
        self.of_local = joined[:, order].tocsr()
        self.border_t, self.local_t = self.of_border.T.tocsr(), self.of_local.T.tocsr()
        self.where = self._positions()

    @property
    def spreads(self) -> int:
        """How many variances there are."""
        return len(self.terms) + int(self.own)

    def _positions(self) -> list[tuple[bool, Ints]]:
        """Return for each term whether it is in the border, and where its levels stand."""
        found: list[tuple[bool, Ints]] = [(True, np.zeros(0, np.int64))] * len(self.terms)
        at = 1
        for k in self.in_border:
            found[k] = (True, np.arange(at, at + self.terms[k].levels))
            at += self.terms[k].levels
        for k in self.knots.terms:
            first = self.knots.first[k]
            found[k] = (False, self.knots.place[first : first + self.terms[k].levels])
        return found

    def effects(self, k: int, border: Floats, local: Floats) -> Floats:
        """Return the levels of term k out of effects (or draws of them)."""
        inside, where = self.where[k]
        return border[where] if inside else local[where]

    def start(self) -> Effects:
        """Return where to begin: everything at the overall rate."""
        border = np.zeros(self.of_border.shape[1])
        rate = (self.y.sum() + 0.5) / (self.n.sum() + 1)
        border[0] = np.log(rate / (1 - rate))
        return border, np.zeros(self.knots.levels), np.zeros(self.y.size if self.own else 0)

    def mode(self, log_variances: Floats, begin: Effects) -> Mode:
        """Find the most likely effects by Newton's method, and integrate around them.

        Raises
        ------
        DataError
            If the steps do not come to rest.
        """
        pull = self._pull(log_variances)
        at, value = begin, self._value(begin, pull)
        for step in range(1, _STEPS + 1):
            move, decrement = self._newton(at, pull)
            if decrement < _AT_REST:
                return self._around(at, pull, step)
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
                    break
                length /= 2
            else:
                break
            at, value = tried, reached
        raise DataError(
            f"The effects of {self.y.size} cells did not come to rest in {_STEPS} steps. Look for "
            "cells with counts that cannot be, or terms that say the same."
        )

    def _pull(self, log_variances: Floats) -> _Pull:
        border = np.zeros(self.of_border.shape[1])
        local = np.zeros(self.knots.levels)
        for k in range(len(self.terms)):
            inside, where = self.where[k]
            (border if inside else local)[where] = np.exp(-log_variances[k])
        own = float(np.exp(-log_variances[-1])) if self.own else 0.0
        return _Pull(log_variances, border, local, own)

    def logits(self, at: Effects) -> Floats:
        """Return the logit of each cell that effects add up to."""
        eta = self.of_border @ at[0] + self.of_local @ at[1]
        return np.asarray(eta + at[2] if self.own else eta)

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
        flat = self.blocks.fill(effective, pull.local)
        weighted = sparse.diags(effective) @ self.of_border
        border = (self.border_t @ weighted).toarray()
        border[np.diag_indices_from(border)] += pull.border
        # The intercept is not shrunk; a hair keeps it solvable where every count is zero.
        border[0, 0] += 1e-10
        cross = (self.local_t @ weighted).tocsr()
        return Arrowhead.solve_for(self.blocks, flat, cross, border), weight

    def _full_solve(self, solved: Arrowhead, weight: Floats, own: float, right: Effects) -> Effects:
        """Solve for border, local and own effects together."""
        if not self.own:
            border, local = solved.solve(right[0], right[1])
            return border, local, right[2]
        taken = weight / (weight + own) * right[2]
        border, local = solved.solve(
            right[0] - self.border_t @ taken, right[1] - self.local_t @ taken
        )
        others = self.of_border @ border + self.of_local @ local
        return border, local, (right[2] - weight * others) / (weight + own)

    def _newton(self, at: Effects, pull: _Pull) -> tuple[Effects, float]:
        eta = self.logits(at)
        solved, weight = self._solved(eta, pull)
        slope = self.y - self.n * expit(eta)
        right = (
            self.border_t @ slope - pull.border * at[0],
            self.local_t @ slope - pull.local * at[1],
            slope - pull.own * at[2] if self.own else at[2],
        )
        move = self._full_solve(solved, weight, pull.own, right)
        return move, float(sum((r * m).sum() for r, m in zip(right, move, strict=True)))

    def _around(self, at: Effects, pull: _Pull, steps: int) -> Mode:
        eta = self.logits(at)
        solved, weight = self._solved(eta, pull)
        covariance = solved.border_covariance()
        others = solved.variances(self.of_border, self.of_local, covariance)
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
            (self.border_t @ bend, self.local_t @ bend, bend if self.own else np.zeros(0)),
        )
        gradient = np.zeros(self.spreads)
        spread_border = np.diagonal(covariance)
        for k in range(len(self.terms)):
            inside, where = self.where[k]
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


def _moved(at: Effects, move: Effects, length: float) -> Effects:
    return at[0] + length * move[0], at[1] + length * move[1], at[2] + length * move[2]
