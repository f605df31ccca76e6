"""Past claims: of what experiments claimed, how much came true?

The best arm of one random half of the people is held against the other half, many times: what is
said of the best is luckier than it is good, and this says by how much.
"""

from typing import Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.experiment import MIN_UNITS, OUTCOMES, Pair
from insights.analyses.engagement.trials import Lift, lift, shrunk
from insights.wording import say_value

CONFIDENCE = 0.95
SPLITS = 100
SEED = 64_000
LEAST = 4 * MIN_UNITS  # people in an arm, of whom a half makes the claim
Half = tuple[np.ndarray, np.ndarray]  # outcome, stratum


def backtested(pairs: list[Pair], outcome: str, *, periods: bool) -> dict[str, Any]:
    """Claim the best arm on one half of the people, and look at the other: does the claim hold?

    Returns
    -------
    dict
        ``backtested`` is false where fewer than two arms are large enough to be halved. Else
        ``backtest_claimed``, ``backtest_expected`` and ``backtest_real``: mean lift of the best
        arm as seen, drawn in, and among the other half, in the unit of the outcome, over
        ``splits``; the same in words as ``said_claimed``, ``said_expected``, ``said_real``.
    """
    facts: dict[str, Any] = {"backtested": False, "backtest_least": LEAST}
    if periods:
        return facts
    large, titles = [], []
    for pair in pairs:
        one, other = pair.values(outcome)
        if min(len(one), len(other)) >= LEAST:
            large.append((_arrays(one, outcome), _arrays(other, outcome)))
            titles.append(pair.title)
    if len(large) < 2:
        return facts
    rng = np.random.default_rng(SEED)
    told = np.array([_once(large, len(set(titles)), rng) for _split in range(SPLITS)])
    claimed, expected, real = (float(x) for x in told.mean(axis=0))
    kind = OUTCOMES.get(outcome, ("", "number"))[1]
    delta = "points" if kind == "percent" else kind
    return facts | {
        "backtested": True,
        "backtest_claimed": claimed,
        "backtest_expected": expected,
        "backtest_real": real,
        "said_claimed": say_value(claimed, delta),
        "said_expected": say_value(expected, delta),
        "said_real": say_value(real, delta),
        "splits": SPLITS,
    }


def _once(
    large: list[tuple[Half, Half]], trials: int, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Return what is claimed of the best arm on a half, what is expected, and what comes true."""
    halves = [(_halves(one, rng), _halves(other, rng)) for one, other in large]
    seen = [_lift(one[0], other[0]) for one, other in halves]
    drawn, _spread = shrunk(
        [f.raw for f in seen], [f.error for f in seen], [f.control for f in seen], trials=trials
    )
    best = int(np.argmax([f.raw for f in seen]))
    kept = _lift(halves[best][0][1], halves[best][1][1])
    return seen[best].raw, float(drawn["shrunk"].iloc[best]), kept.raw


def _lift(one: Half, other: Half) -> Lift:
    return lift(one[0], other[0], strata=(one[1], other[1]), confidence=CONFIDENCE)


def _arrays(part: pd.DataFrame, outcome: str) -> Half:
    return part[outcome].to_numpy(float), part["stratum"].to_numpy()


def _halves(people: Half, rng: np.random.Generator) -> tuple[Half, Half]:
    mixed = rng.permutation(people[0].size)
    first, rest = mixed[: mixed.size // 2], mixed[mixed.size // 2 :]
    return (people[0][first], people[1][first]), (people[0][rest], people[1][rest])
