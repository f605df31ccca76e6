"""Read-outs: the planted lift lies within the interval, luck is not called a lift."""

import numpy as np
import pandas as pd
import pytest

from insights.analyses import engagement
from tests.truth.plant import Coverage, false_alarms_hold, plant

FEW, MANY = range(20), range(1000, 1400)


def people(seed: int, lift: float, *, size: int = 3000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    arm = np.where(rng.random(size) < 0.5, "treatment", "control")
    chance = 0.05 + lift * (arm == "treatment")
    bought = (rng.random(size) < chance).astype(int)
    return pd.DataFrame({"arm": arm, "bought": bought, "amount": bought * rng.gamma(2, 60, size)})


def covered(seeds: range, lift: float) -> tuple[Coverage, int]:
    gathered, told = Coverage(0.95), 0
    for seed in seeds:
        row = engagement.readout(people(seed, lift), outcomes=["bought"]).table.iloc[0]
        gathered.add(row["low"], row["high"], lift)
        told += row["verdict"] == "more than control"
    return gathered, told


@pytest.mark.parametrize("lift", [0.0, 0.03])
def test_the_true_lift_lies_within_its_interval(lift):
    assert covered(FEW, lift)[0].holds()


@pytest.mark.slow
def test_intervals_of_lifts_hold_as_often_as_they_claim():
    gathered, told = covered(MANY, 0.0)
    assert gathered.share == pytest.approx(0.95, abs=0.03)
    assert false_alarms_hold(told, len(MANY), 0.025)


def test_the_best_of_many_equal_arms_is_claimed_less_once_shrunk():
    rng = np.random.default_rng(5)
    frames = []
    for n in range(8):
        size = 800
        arm = np.where(rng.random(size) < 0.5, "treatment", "control")
        frames.append(
            pd.DataFrame(
                {
                    "experiment": f"trial {n}",
                    "arm": arm,
                    "bought": (rng.random(size) < 0.08).astype(int),
                }
            )
        )
    found = engagement.readout(pd.concat(frames), outcomes=["bought"]).table
    best = found.loc[found["raw"].idxmax()]
    assert best["raw"] > 0.01
    assert best["shrunk"] < best["raw"] / 3


def test_the_brands_calls_lift_what_was_planted():
    planted = plant(seed=71, customers=16_000, months=18)
    calls = planted.block.calls
    day = planted.world.calendar.days * planted.world.parameters.calls_after
    made = planted.block.orders.take(planted.sales)
    after = (made.paid >= (int(day) + 1) * 86_400) & (made.paid < (int(day) + 30) * 86_400)
    bought = np.isin(calls.who, made.who[after])
    frame = pd.DataFrame(
        {"arm": np.where(calls.treated, "treatment", "control"), "bought": bought.astype(int)}
    )
    row = engagement.readout(frame, outcomes=["bought"]).table.iloc[0]
    # Who would have bought anyway cannot buy once more in this outcome: less than the uplift.
    truth = float((calls.uplift * (1 - bought[~calls.treated].mean())).mean())
    assert row["low"] <= truth <= row["high"]
