"""Posterior: what is known of the effects, as draws from which any question can be answered?

A rank, a chance of the best tenth, a rate in another place: each is computed draw by draw, so that
it carries the doubt of every effect, of how they hang together, and of the spreads themselves.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from insights.errors import DataError
from insights.models.mixed.binomial import OWN, BinomialMixed
from insights.models.mixed.laplace import Equations, Mode

Floats = NDArray[np.float64]

_POINTS = 9  # of the quadrature; five give the same to six digits


@dataclass(frozen=True, eq=False)
class Draws:
    """Draws of all effects, on the logit scale.

    Attributes
    ----------
    intercept : array, one entry a draw
    effects : dict of arrays, levels x draws, by name of the term
        The cells' own effects, where there are any, stand under ``own``.
    spreads : dict of arrays, one entry a draw, by name of the term
    """

    intercept: Floats
    effects: dict[str, Floats]
    spreads: dict[str, Floats]

    @property
    def count(self) -> int:
        """How many draws there are."""
        return int(self.intercept.size)


def draw(model: BinomialMixed, *, draws: int = 400, spreads: int = 10, seed: int = 0) -> Draws:
    """Draw effects at `spreads` plausible sets of spreads, equally many at each.

    Raises
    ------
    DataError
        If there is less than one draw for each set of spreads.
    """
    each = draws // spreads
    if each < 1:
        raise DataError(f"{draws} draws at {spreads} sets of spreads leave none for each.")
    random = np.random.default_rng(seed)
    equations = model.equations
    modes = model.at(spreads, seed=seed)
    parts = [_around(equations, mode, random, each) for mode in modes]
    names = [term.name for term in equations.terms]
    effects = {
        name: np.hstack([equations.effects(k, part[0], part[1]) for part in parts])
        for k, name in enumerate(names)
    }
    if equations.own:
        effects[OWN] = np.hstack([part[2] for part in parts])
    return Draws(
        intercept=np.concatenate([part[0][0] for part in parts]),
        effects=effects,
        spreads={
            name: np.repeat([np.exp(mode.log_variances[k] / 2) for mode in modes], each)
            for k, name in enumerate([*names, OWN] if equations.own else names)
        },
    )


def expected_rates(model: BinomialMixed, *, spreads: int = 10, seed: int = 0) -> Floats:
    """Return the mean rate of each cell over everything that is not known, in [0, 1].

    Without draws: means of few draws differ by chance, and whoever picks the highest of them picks
    that chance, too.
    """
    points, weights = np.polynomial.hermite_e.hermegauss(_POINTS)
    total = np.zeros(model.equations.y.size)
    modes = model.at(spreads, seed=seed)
    for mode in modes:
        skew = model.equations.logits(mode.skew)
        logits = (mode.eta + skew)[:, None] + np.sqrt(mode.variance)[:, None] * points
        total += expit(logits) @ weights / weights.sum()
    return total / len(modes)


def _around(
    equations: Equations, mode: Mode, random: np.random.Generator, draws: int
) -> tuple[Floats, Floats, Floats]:
    border, local = mode.solved.draw(random, draws)
    own = np.zeros((0, draws))
    if equations.own:
        # Given all others, a cell's own effect is independent of the other cells'.
        others = equations.design.added(border, local)
        total = mode.weight + mode.penalty_own
        own = random.standard_normal((total.size, draws)) / np.sqrt(total)[:, None]
        own -= (mode.weight / total)[:, None] * others
        own += (mode.own + mode.skew[2])[:, None]
    border += (mode.border + mode.skew[0])[:, None]
    local += (mode.local + mode.skew[1])[:, None]
    return border, local, own
