"""Shrinkage: how good is each item really, when the best of many is also the luckiest?

Every item's rate is drawn towards the mean of its like, the more so the less was seen of it, by
as much as the items are found to differ (empirical Bayes). Stands on `betabinomial`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import betaincinv, expit
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from insights.errors import DataError
from insights.models.betabinomial import (
    Counts,
    Means,
    distinct,
    fit_means,
    pooled_logit,
    read_items,
    read_labels,
)
from insights.models.sums import weighted_sum

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

# A smaller group is not asked for a mean of its own.
_SMALLEST_GROUP = 3
# Twice this is the 95% point of the mixture of chi-squares (0 and 1 degree of freedom) that the
# likelihood ratio of a variance at its edge follows.
_EVIDENCE = 1.353
# A gain this small over "all alike" is rounding or nothing.
_NO_GAIN = 0.01
_MOST_PAIRED = 2_000
_COARSE, _FINE = 30, 25
_NEGLIGIBLE = 8.0  # in log-likelihood below the best: a weight of 0.0003


@dataclass(frozen=True, eq=False)
class _Prior:
    """One plausible prior: a concentration, with each group's mean; the common one comes last."""

    weight: float
    concentration: float
    logit: Floats
    variance: Floats


class BetaBinomial(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no stubs
    """Empirical Bayes for shares: one prior learned from all items, a posterior for each.

    Intervals and probabilities average over the priors that the data leave plausible, not only
    the best one: with few items the best one alone is far too sure.

    Attributes
    ----------
    mean_ : float in [0, 1]
        Of the items' rates, over all of them.
    concentration_ : float
        How alike the rates are, in trials that the prior is worth; inf when they differ by no
        more than chance, and then every item stands at the mean.
    group_means_ : dict of float by label
        Means of the groups that have one of their own; empty without groups.
    told_apart_ : bool
        Whether the data show (at 5%) that the items differ at all.
    evidence_ : float >= 0
        Log-likelihood that differing adds.
    n_items_ : int
        Items with at least one trial.

    Notes
    -----
    Groups get means of their own, unshrunk, and share the concentration; a group of fewer than
    3 items, or without any success or any failure, falls back to the common mean, with the
    spread of the groups in its interval. For many small groups use a mixed model.

    Sources: Skellam (1948) for the likelihood; the averaging follows Kass and Steffey (1989), with
    the uniform shrinkage prior of Christiansen and Morris (1997) on the concentration.

    Examples
    --------
    >>> model = BetaBinomial().fit([2, 30, 41], [10, 100, 100])
    >>> model.posterior([2], [10])["mean"].round(2).tolist()
    [0.32]
    """

    mean_: float
    concentration_: float

    def fit(
        self, successes: ArrayLike, trials: ArrayLike, *, groups: ArrayLike | None = None
    ) -> Self:
        """Learn the prior.

        Parameters
        ----------
        successes, trials : arrays of counts, one entry an item
        groups : array of labels, optional

        Raises
        ------
        DataError
            If a count cannot be, no item has a trial, or the search did not converge.
        """
        s, n = read_items(successes, trials)
        if not (n > 0).any():
            raise DataError(f"None of {n.size} items has a trial. Give at least one that was seen.")
        labels = read_labels(groups, n.size)
        everyone = distinct(np.zeros(n.size, dtype=np.int64), s, n, 1)
        self.n_items_ = int((n > 0).sum())
        self._won, self._lost = float(s.sum()), float((n - s).sum())
        self._labels: dict[object, int] = {}
        self._priors: list[_Prior] = []
        self.group_means_: dict[object, float] = {}
        self.mean_ = self._won / (self._won + self._lost)
        self.concentration_, self.evidence_ = float("inf"), 0.0
        if self._won > 0 and self._lost > 0:
            self._learn(everyone, _own_means(labels, s, n, self._labels))
        self.told_apart_ = self.evidence_ >= _EVIDENCE
        return self

    def posterior(
        self,
        successes: ArrayLike,
        trials: ArrayLike,
        *,
        groups: ArrayLike | None = None,
        confidence: float = 0.90,
    ) -> pd.DataFrame:
        """Return what is known of each item's rate.

        Returns
        -------
        DataFrame, one row an item, in the order given
            ``mean`` (at the most likely prior), ``low`` and ``high`` in [0, 1]. An item
            without a trial has the prior's.
        """
        check_is_fitted(self)
        if not 0 < confidence < 1:
            raise DataError(f"A confidence lies between 0 and 1; found {confidence}.")
        s, n = read_items(successes, trials)
        group = self._codes(groups, n.size)
        tails = np.array([1 - confidence, 1 + confidence]) / 2
        if not self._priors:
            mean = np.full(n.size, self.mean_)
            ends = betaincinv(self._won + 0.5, self._lost + 0.5, tails)
            low, high = np.full(n.size, ends[0]), np.full(n.size, ends[1])
        else:
            mean = self._best_mean(s, n, group)
            centre, variance = self._moments(s, n, group)
            worth = centre * (1 - centre) / variance - 1
            low, high = (betaincinv(centre * worth, (1 - centre) * worth, q) for q in tails)
        return pd.DataFrame(
            {"mean": mean, "low": np.minimum(low, mean), "high": np.maximum(high, mean)}
        )

    def top_probability(
        self,
        successes: ArrayLike,
        trials: ArrayLike,
        k: int,
        *,
        groups: ArrayLike | None = None,
        draws: int = 4_000,
        seed: int = 0,
    ) -> Floats:
        """Return each item's probability of being among the best `k` of those given."""
        s, n = read_items(successes, trials)
        if k < 1:
            raise DataError(f"The best k of some items needs k of 1 or more; found {k}.")
        if k >= n.size:
            return np.ones(n.size)
        among = np.zeros(n.size)
        for rates in self._draws(s, n, groups, draws, seed):
            best = np.argpartition(rates, n.size - k, axis=1)[:, n.size - k :]
            among += np.bincount(best.ravel(), minlength=n.size)
        return among / draws

    def p_better(
        self,
        successes: ArrayLike,
        trials: ArrayLike,
        *,
        groups: ArrayLike | None = None,
        draws: int = 4_000,
        seed: int = 0,
    ) -> Floats:
        """Return the matrix of P(item i's rate is above item j's); a half on the diagonal.

        Two items can be told apart when this is near 0 or 1, and not before.
        """
        s, n = read_items(successes, trials)
        if n.size > _MOST_PAIRED:
            raise DataError(
                f"Every pair of {n.size} items is too many to compare (at most {_MOST_PAIRED}). "
                "Choose the items that a decision is about."
            )
        above = np.zeros((n.size, n.size))
        for rates in self._draws(s, n, groups, draws, seed):
            for i in range(n.size):
                above[i] += (rates[:, [i]] > rates).sum(axis=0)
        above /= draws
        np.fill_diagonal(above, 0.5)
        return above

    def _learn(self, everyone: Counts, own: Counts | None) -> None:
        """Find the best concentration, then the plausible ones with their weights."""
        counts = everyone if own is None else own
        # Where a prior is worth 10,000 times the most seen of an item, items are all alike.
        alike = float(np.log(1e4 * counts.trials.max()))
        grid = np.linspace(np.log(1e-2), alike, _COARSE)
        scores = np.array([fit.log_likelihood for fit in _fits(counts, np.exp(grid))])
        top = int(scores.argmax())
        start = fit_means(counts, float(np.exp(grid[top])), pooled_logit(counts)).logit

        def score(log_concentration: float) -> float:
            return fit_means(counts, float(np.exp(log_concentration)), start).log_likelihood

        around = grid[max(top - 1, 0)], grid[min(top + 1, _COARSE - 1)]
        found = minimize_scalar(lambda at: -score(at), bounds=around, method="bounded")
        if not found.success:
            raise DataError(
                f"The spread of {self.n_items_} items could not be found: {found.message}. "
                "Check the counts for outliers."
            )
        self.evidence_ = max(-float(found.fun) - float(scores[-1]), 0.0)
        if self.evidence_ > _NO_GAIN:
            self.concentration_ = float(np.exp(found.x))
        best = min(self.concentration_, float(np.exp(alike)))
        self._best = self._prior(counts, everyone, fit_means(counts, best, start), best, 1.0)
        self.mean_ = float(expit(self._best.logit[-1]))
        self.group_means_ = {
            label: float(expit(self._best.logit[code])) for label, code in self._labels.items()
        }
        close = np.flatnonzero(scores > scores[top] - _NEGLIGIBLE)
        ends = grid[max(close[0] - 1, 0)], grid[min(close[-1] + 1, _COARSE - 1)]
        points = np.exp(np.linspace(ends[0], ends[1], _FINE))
        fits = _fits(counts, points)
        typical = counts.items.sum() / weighted_sum(counts.items, 1 / counts.trials)
        shrinkage = points / (points + typical)
        logs = np.array([fit.log_likelihood for fit in fits])
        weights = np.exp(logs - logs.max()) * shrinkage * (1 - shrinkage)
        self._priors = [
            self._prior(counts, everyone, fit, float(point), float(weight))
            for fit, point, weight in zip(fits, points, weights / weights.sum(), strict=True)
        ]

    def _prior(
        self, counts: Counts, everyone: Counts, fit: Means, concentration: float, weight: float
    ) -> _Prior:
        if counts is everyone:
            return _Prior(weight, concentration, fit.logit, fit.variance)
        common = fit_means(everyone, concentration, pooled_logit(everyone))
        # An unknown group may lie anywhere among the known ones.
        among = float(np.mean((fit.logit - common.logit[0]) ** 2))
        return _Prior(
            weight,
            concentration,
            np.append(fit.logit, common.logit),
            np.append(fit.variance, common.variance + among),
        )

    def _codes(self, groups: ArrayLike | None, size: int) -> Codes:
        """Return each item's position among the priors' means; the last is the common one."""
        labels = read_labels(groups, size)
        last = len(self._labels)
        if labels is None:
            return np.full(size, last)
        return np.array([self._labels.get(label, last) for label in labels], dtype=np.int64)

    def _best_mean(self, s: Floats, n: Floats, group: Codes) -> Floats:
        mean = expit(self._best.logit[group])
        if np.isinf(self.concentration_):
            return np.asarray(mean, dtype=np.float64)
        worth = self.concentration_
        return np.asarray((mean * worth + s) / (worth + n), dtype=np.float64)

    def _moments(self, s: Floats, n: Floats, group: Codes) -> tuple[Floats, Floats]:
        """Return mean and variance of each rate, averaged over the plausible priors."""
        first, second = np.zeros(n.size), np.zeros(n.size)
        for prior in self._priors:
            mean, worth = expit(prior.logit[group]), prior.concentration
            centre = (mean * worth + s) / (worth + n)
            # The prior's mean is itself an estimate, and moves every item by this much.
            moved = worth / (worth + n) * mean * (1 - mean)
            variance = centre * (1 - centre) / (worth + n + 1)
            variance += moved**2 * prior.variance[group]
            first += prior.weight * centre
            second += prior.weight * (variance + centre**2)
        most = 0.99 * first * (1 - first)
        return first, np.minimum(second - first**2, most)

    def _draws(
        self, s: Floats, n: Floats, groups: ArrayLike | None, draws: int, seed: int
    ) -> Iterator[Floats]:
        """Yield blocks (draws x items) of rates; items of one prior share its moved mean."""
        check_is_fitted(self)
        random = np.random.default_rng(seed)
        if not self._priors:
            # All alike as far as anyone knows: every order is as likely as any other.
            yield random.random((draws, n.size))
            return
        group = self._codes(groups, n.size)
        weights = np.array([prior.weight for prior in self._priors])
        times = random.multinomial(draws, weights / weights.sum())
        for prior, count in zip(self._priors, times, strict=True):
            moved = random.normal(prior.logit, np.sqrt(prior.variance), (count, prior.logit.size))
            mean = np.clip(expit(moved), 1e-12, 1 - 1e-12)[:, group]
            worth = prior.concentration
            yield random.beta(mean * worth + s, (1 - mean) * worth + n - s)


def _fits(counts: Counts, concentrations: Floats) -> list[Means]:
    """Fit the means along a path of concentrations, each from where the last one ended."""
    fits: list[Means] = []
    for concentration in concentrations:
        start = fits[-1].logit if fits else pooled_logit(counts)
        fits.append(fit_means(counts, float(concentration), start))
    return fits


def _own_means(
    labels: NDArray[np.object_] | None, s: Floats, n: Floats, known: dict[object, int]
) -> Counts | None:
    """Return the counts of the groups that can carry a mean, numbering their labels in `known`."""
    if labels is None:
        return None
    code, names = pd.factorize(labels)
    seen = n > 0
    enough = np.bincount(code[seen], minlength=len(names)) >= _SMALLEST_GROUP
    enough &= np.bincount(code, s, len(names)) > 0
    enough &= np.bincount(code, n - s, len(names)) > 0
    if not enough.any():
        return None
    known.update({label: i for i, label in enumerate(np.asarray(names)[enough])})
    number = np.cumsum(enough) - 1
    kept = enough[code]
    return distinct(number[code[kept]], s[kept], n[kept], len(known))
