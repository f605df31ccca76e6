"""Binomial mixed model: what does each thing do to a rate, when none of them comes alone?

Counts of successes among trials, whose logit is a sum of effects: of the item, its author, its
place, its audience. The effects of one kind are drawn towards zero as far as they are found to
differ, so that a kind of which little was seen says little.
"""

from collections.abc import Mapping
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.optimize import minimize
from sklearn.base import BaseEstimator

from insights.errors import DataError
from insights.models.betabinomial import read_items
from insights.models.mixed.laplace import Effects, Equations, Mode
from insights.models.mixed.terms import Term, read_terms

Floats = NDArray[np.float64]

OWN = "own"
# Spreads are looked for between those that nobody would notice and those that no rate has.
_SMALLEST, _LARGEST = 1e-3, 10.0
_EDGE = (2 * np.log(_SMALLEST), 2 * np.log(_LARGEST))
_BEGIN = 0.3
_CLOSE = 1e-8  # Of the log-likelihood: near enough for Newton's steps.
# Log-likelihood still to be gained by the spreads at the end of a converged fit.
_AT_REST = 1e-3
_POLISH = 12
_STRIDE = 8  # Steps of one walk.
_DIFFERENCE = 0.02
_SAME = 0.1  # Log variances so little apart have one curvature.
_WIDEST = 4.0  # of a log variance: beyond this its normal approximation means nothing


class _Place(NamedTuple):
    """Log variances, minus the log posterior there, its slope, and the effects."""

    theta: Floats
    value: float
    slope: Floats
    mode: Mode


class BinomialMixed(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no stubs
    """Binomial counts with crossed and nested effects, all shrunk.

    Attributes
    ----------
    spreads_ : DataFrame, one row a term
        ``spread`` (standard deviation on the logit scale) with its 90% interval ``low``,
        ``high``, and ``levels``.
    log_likelihood_ : float
        At the most likely spreads, the effects integrated out; up to a constant of the counts.
    n_steps_ : int
        Evaluations that the search for the spreads took.

    Notes
    -----
    A spread has a flat prior up to about 1 (half-Cauchy beyond), which is what keeps that of a
    term with few levels from falling to zero by accident (Gelman 2006; Chung et al. 2013).

    Examples
    --------
    >>> import numpy as np
    >>> item = np.arange(40)
    >>> model = BinomialMixed(own=False).fit(2 + item % 4 * 3, np.full(40, 100), {"item": item})
    >>> model.spreads_["spread"].round(1).tolist()
    [0.4]
    """

    spreads_: pd.DataFrame
    log_likelihood_: float
    n_steps_: int
    _mode: Mode

    def __init__(self, *, own: bool = True) -> None:
        self.own = own

    def fit(
        self,
        successes: ArrayLike,
        trials: ArrayLike,
        terms: Mapping[str, ArrayLike | sparse.spmatrix],
    ) -> Self:
        """Find the spreads and the effects.

        Parameters
        ----------
        successes, trials : arrays of counts, one entry a cell
        terms : mapping
            For each name the level of each cell as an integer from 0 (-1 for none), or a sparse
            matrix of features.

        Raises
        ------
        DataError
            If a count cannot be, no cell has a trial, or the fit does not converge.
        """
        return self.approach(successes, trials, terms).settle()

    def approach(
        self,
        successes: ArrayLike,
        trials: ArrayLike,
        terms: Mapping[str, ArrayLike | sparse.spmatrix],
        begin: Mapping[str, float] | None = None,
    ) -> Self:
        """Find nearly the likeliest spreads and their effects: enough to look for outliers.

        Whether the spreads have come to rest, and what is not known of them, `settle` finds out.
        Until it has, there is nothing but `effects_`, `intercept_` and `approached_`.

        Parameters
        ----------
        successes, trials, terms
            As for `fit`.
        begin : mapping, optional
            Spreads to begin with by term, such as `approached_` of a model of nearly the same.

        Raises
        ------
        DataError
            If a count cannot be, no cell has a trial, or the effects do not come to rest.
        """
        y, n = read_items(successes, trials)
        if not (n > 0).any():
            raise DataError(f"None of {n.size} cells has a trial. Give at least one that was seen.")
        if not 0 < y.sum() < n.sum():
            word = "no success" if y.sum() == 0 else "nothing but successes"
            raise DataError(
                f"There is {word} in {int(n.sum())} trials of {n.size} cells, so that no rate can "
                "be compared. Take a longer time, or an earlier stage of the funnel."
            )
        self._terms: list[Term] = read_terms(terms, y.size)
        self._names = [term.name for term in self._terms] + [OWN] * self.own
        if not self._names:
            raise DataError("A mixed model needs a term, or an effect of its own for each cell.")
        self.equations = Equations(y, n, self._terms, own=self.own)
        first = [(begin or {}).get(name, _BEGIN) for name in self._names]
        start = np.clip(2 * np.log(first), *_EDGE)
        self.n_steps_ = 0
        self._mode = self._found(start, self.equations.start(), None)
        found = minimize(
            self._evaluate, start, jac=True, method="L-BFGS-B", bounds=[_EDGE] * start.size,
            options={"maxiter": 200, "ftol": _CLOSE, "gtol": 1e-2},
        )  # fmt: skip
        self._theta = np.asarray(found.x, dtype=np.float64)
        self._evaluate(self._theta)
        return self

    @property
    def approached_(self) -> dict[str, float]:
        """The spreads that `approach` came to, by term."""
        return dict(zip(self._names, np.exp(self._theta / 2).tolist(), strict=True))

    def settle(self) -> Self:
        """Take Newton's steps until nothing is left to be gained, and see how sure the spreads are.

        The curvature costs as many evaluations as there are spreads, so each walk begins with it
        and learns on the way how it turns; only what is worked out tells that nothing is left.

        Raises
        ------
        DataError
            If the spreads do not come to rest.
        """
        at = self._place(self._theta)
        seen = at.theta
        values, vectors = np.linalg.eigh(self._curvature(at))
        for _ in range(_POLISH):
            _step, left = _newton(values, vectors, at.slope)
            if left < _AT_REST:
                break
            reached = self._walk(at, (vectors * values) @ vectors.T)
            if reached is at and seen is at.theta:
                break
            # A curvature from elsewhere led astray, or holds no more.
            if reached is at or np.abs(reached.theta - seen).max() > _SAME:
                values, vectors = np.linalg.eigh(self._curvature(reached))
                seen = reached.theta
            at = reached
        if left >= _AT_REST:
            raise DataError(
                f"The spreads of {', '.join(self._names)} did not converge: a log-likelihood of "
                f"{left:.3g} was still to be gained after {self.n_steps_} steps. Leave out the "
                "term that says the same as another."
            )
        theta, mode = at.theta, at.mode
        self._theta, self._mode = theta, mode
        self._covariance = (vectors / np.maximum(values, 1 / _WIDEST)) @ vectors.T
        self.log_likelihood_ = mode.log_likelihood
        error = np.sqrt(np.diag(self._covariance)) * 1.645
        levels = [term.levels for term in self._terms] + [self.equations.y.size] * self.own
        self.spreads_ = pd.DataFrame(
            {
                "spread": np.exp(theta / 2),
                "low": np.exp((theta - error) / 2),
                "high": np.exp((theta + error) / 2),
                "levels": levels,
            },
            index=pd.Index(self._names, name="term"),
        )
        return self

    @property
    def effects_(self) -> dict[str, Floats]:
        """The most likely effects of each term's levels, on the logit scale."""
        mode = self._mode
        found = {
            term.name: self.equations.effects(k, mode.border, mode.local)
            for k, term in enumerate(self._terms)
        }
        return found | ({OWN: mode.own} if self.own else {})

    @property
    def intercept_(self) -> float:
        """Logit of the rate where all effects are zero."""
        return float(self._mode.border[0])

    @property
    def mode(self) -> Mode:
        """The most likely effects at the most likely spreads."""
        return self._mode

    def at(self, draws: int, seed: int = 0) -> list[Mode]:
        """Return modes at spreads drawn from what the data leave plausible of them."""
        random = np.random.default_rng(seed)
        values, vectors = np.linalg.eigh(self._covariance)
        root = vectors * np.sqrt(np.maximum(values, 0))
        half = random.standard_normal((-(-draws // 2), self._theta.size))
        # Each draw comes with its opposite, so that few of them stand well for all.
        both = np.concatenate([half, -half])[:draws]
        begin = self._begin(self._mode)
        return [
            self.equations.mode(np.clip(self._theta + root @ z, *_EDGE), begin, self._mode)
            for z in both
        ]

    def _begin(self, mode: Mode) -> Effects:
        return mode.border, mode.local, mode.own

    def _place(self, theta: Floats) -> _Place:
        value, slope = self._evaluate(theta)
        return _Place(theta, value, slope, self._mode)

    def _walk(self, at: _Place, curvature: Floats) -> _Place:
        """Step downhill until little seems to be left; each step tells how the curvature turned."""
        for _ in range(_STRIDE):
            step, left = _newton(*np.linalg.eigh(curvature), at.slope)
            if left < _AT_REST:
                break
            step *= min(1.0, 1.0 / np.abs(step).max())
            for _ in range(8):
                reached = self._place(np.clip(at.theta + step, *_EDGE))
                if reached.value < at.value:
                    break
                step /= 2
            else:
                break
            moved = reached.theta - at.theta
            curvature, at = _turned(curvature, moved, reached.slope - at.slope), reached
        return at

    def _evaluate(self, theta: Floats, near: Mode | None = None) -> tuple[float, Floats]:
        """Return minus the log posterior of the log variances, and its gradient."""
        near = near or self._mode
        if not np.array_equal(theta, self._mode.log_variances):
            self._mode = self._found(theta, self._begin(near), near)
        variance = np.exp(theta)
        value = self._mode.log_likelihood + float((theta / 2 - np.log1p(variance)).sum())
        slope = self._mode.gradient + 0.5 - variance / (1 + variance)
        return -value, -slope

    def _found(self, theta: Floats, begin: Effects, near: Mode | None) -> Mode:
        self.n_steps_ += 1
        try:
            return self.equations.mode(theta, begin, near)
        except np.linalg.LinAlgError as error:
            raise DataError(
                "The equations of the mixed model cannot be solved: terms may say the same, or "
                "counts be too large for their differences to be seen."
            ) from error

    def _curvature(self, at: _Place) -> Floats:
        """Return second derivatives by differences of the gradient."""
        found = np.empty((at.theta.size, at.theta.size))
        for k in range(at.theta.size):
            moved = at.theta.copy()
            moved[k] += _DIFFERENCE
            found[k] = (self._evaluate(moved, at.mode)[1] - at.slope) / _DIFFERENCE
        return (found + found.T) / 2


def _newton(values: Floats, vectors: Floats, slope: Floats) -> tuple[Floats, float]:
    """Return the step of a curvature, by its eigenvectors, and half of what it promises."""
    step = vectors @ (-(vectors.T @ slope) / np.maximum(np.abs(values), 1e-2))
    return step, float(-slope @ step) / 2


def _turned(curvature: Floats, step: Floats, slopes: Floats) -> Floats:
    """Return the curvature after a step along which the slope changed by so much.

    The symmetric rank-one update (Nocedal and Wright 2006, section 6.2); left out where it would
    stand on rounding.
    """
    missed = slopes - curvature @ step
    along = float(missed @ step)
    if abs(along) < 1e-4 * float(np.linalg.norm(missed) * np.linalg.norm(step)):
        return curvature
    return curvature + np.outer(missed, missed) / along
