"""Past claims: of what experiments claimed, how much came true?

The best arm of one random half of the people is held against the other half, many times: what is
said of the best is luckier than it is good, and this says by how much.
"""

from typing import Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.experiment import MIN_UNITS, by_experiment, control_of, ratio_of
from insights.analyses.engagement.trials import RATIO_ALPHA, lift, shrunk

CONFIDENCE = 0.95
SPLITS = 100
SEED = 64_000


def backtested(
    frame: pd.DataFrame,
    arm: str,
    asked: list[str],
    control: str | None,
    period: str | None,
) -> dict[str, Any]:
    """Claim the best arm on one half of the people, and look at the other: does the claim hold?"""
    facts: dict[str, Any] = {"backtested": False}
    outcome = asked[0]
    pieces = []
    for _title, people in by_experiment(frame):
        if period or ratio_of(people, arm) < RATIO_ALPHA:
            continue
        base = control_of(people[arm], control)
        for name in sorted(set(people[arm]) - {base}):
            pair = (
                people.loc[people[arm] == name, outcome].dropna().to_numpy(float),
                people.loc[people[arm] == base, outcome].dropna().to_numpy(float),
            )
            if min(map(len, pair)) >= 4 * MIN_UNITS:
                pieces.append(pair)
    if len(pieces) < 2:
        return facts
    rng = np.random.default_rng(SEED)
    claimed, expected, realised = [], [], []
    for _split in range(SPLITS):
        halves = [_halves(one, rng) + _halves(other, rng) for one, other in pieces]
        told = [lift(a, c, confidence=CONFIDENCE) for a, _b, c, _d in halves]
        drawn, _spread = shrunk(
            [f.raw for f in told], [f.error for f in told], [f.control for f in told]
        )
        best = int(np.argmax([f.raw for f in told]))
        claimed.append(told[best].raw)
        expected.append(float(drawn["shrunk"].iloc[best]))
        realised.append(halves[best][1].mean() - halves[best][3].mean())
    real = float(np.mean(realised))
    if real <= 0:
        return facts | {"backtest_real": real}
    return facts | {
        "backtested": True,
        "backtest_real": real,
        "raw_over_real": float(np.mean(claimed)) / real,
        "shrunk_over_real": float(np.mean(expected)) / real,
        "splits": SPLITS,
    }


def _halves(values: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    mixed = rng.permutation(values)
    return mixed[: mixed.size // 2], mixed[mixed.size // 2 :]
