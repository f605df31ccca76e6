"""Planted worlds of counts: every spread and every effect known."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit


@dataclass(frozen=True)
class World:
    """Counts with the terms, effects and rates that they came from."""

    successes: np.ndarray
    trials: np.ndarray
    terms: dict[str, np.ndarray]
    effects: dict[str, np.ndarray]
    rate: np.ndarray


def planted(
    seed: int,
    spreads: dict[str, float],
    *,
    items: int = 400,
    cells: int = 3,
    own: float = 0.0,
    base: float = -3.0,
    trials: int = 300,
) -> World:
    """Return items of authors of topics in places, each seen by several audiences."""
    random = np.random.default_rng(seed)
    levels = {"author": 60, "topic": 12, "place": 6, "weekday": 7}
    codes = {name: random.integers(0, count, items) for name, count in levels.items()}
    codes["item"], levels["item"] = np.arange(items), items
    terms = {name: np.repeat(code, cells) for name, code in codes.items()}
    terms["audience"], levels["audience"] = np.tile(np.arange(cells), items), cells
    terms = {name: terms[name] for name in spreads}
    effects = {name: spreads[name] * random.standard_normal(levels[name]) for name in spreads}
    eta = base + own * random.standard_normal(items * cells)
    for name, code in terms.items():
        eta = eta + effects[name][code]
    seen = random.integers(trials // 3, trials * 2, items * cells)
    return World(random.binomial(seen, expit(eta)), seen, terms, effects, expit(eta))
