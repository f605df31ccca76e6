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


def by_chance(seed: int, lift: float, *, size: int = 4000) -> pd.DataFrame:
    """Half of the people have a chance of .8, half of .4, and the former buy more by themselves."""
    rng = np.random.default_rng(seed)
    keen = rng.random(size) < 0.5
    chance = np.where(keen, 0.8, 0.4)
    treated = rng.random(size) < chance
    bought = rng.random(size) < np.where(keen, 0.14, 0.06) + lift * treated
    return pd.DataFrame(
        {
            "arm": np.where(treated, "treatment", "control"),
            "probability": np.where(treated, chance, 1 - chance),
            "bought": bought.astype(int),
            "amount": bought * rng.gamma(2, 60, size),
        }
    )


def covered_by_chance(seeds: range, lift: float, outcome: str) -> tuple[Coverage, int, int]:
    """Return the cover, how many are said to lift, and how many fair lotteries are refused."""
    gathered, told, refused = Coverage(0.95), 0, 0
    for seed in seeds:
        found = engagement.readout(by_chance(seed, lift), outcomes=[outcome])
        if not found.enough:
            refused += 1
            continue
        row = found.table.iloc[0]
        gathered.add(row["low"], row["high"], lift * (120 if outcome == "amount" else 1))
        told += row["low"] > 0
    return gathered, told, refused


@pytest.mark.parametrize("outcome", ["bought", "amount"])
@pytest.mark.parametrize("lift", [0.0, 0.04])
def test_people_with_other_chances_are_not_compared(lift, outcome):
    gathered, told, refused = covered_by_chance(FEW, lift, outcome)
    assert gathered.holds()
    assert refused == 0
    if not lift:
        assert false_alarms_hold(told, len(FEW), 0.025)


@pytest.mark.slow
@pytest.mark.parametrize("lift", [0.0, 0.04])
def test_intervals_hold_where_chances_differ(lift):
    gathered, told, refused = covered_by_chance(MANY, lift, "bought")
    assert gathered.share == pytest.approx(0.95, abs=0.03)
    assert false_alarms_hold(refused, len(MANY), 0.001)
    if not lift:
        assert false_alarms_hold(told, len(MANY), 0.025)


def null_trials(seed: int, trials: int = 8, size: int = 800) -> pd.DataFrame:
    return pd.concat(
        people(1_000 * seed + n, 0.0, size=size).assign(experiment=f"trial {n}")
        for n in range(trials)
    )


def said_to_lift(seeds: range) -> int:
    """Return in how many worlds of eight trials of nothing a lift is said to be proven."""
    told = 0
    for seed in seeds:
        found = engagement.readout(null_trials(seed), outcomes=["bought"])
        told += found.headline.key == "lift_proven"
    return told


def test_the_best_of_eight_trials_of_nothing_is_not_proven():
    assert false_alarms_hold(said_to_lift(range(2)), 2, 0.025)


@pytest.mark.slow
def test_the_best_of_eight_trials_of_nothing_is_as_seldom_proven_as_one():
    assert false_alarms_hold(said_to_lift(range(60)), 60, 0.025)


def switchback(seed: int, lift: float, *, weeks: int = 24, size: int = 400) -> pd.DataFrame:
    """Weeks in an order drawn by lot, of which each has luck of its own."""
    rng = np.random.default_rng(seed)
    on = rng.permutation(np.arange(weeks) % 2 == 0)
    level = 0.12 + lift * on + rng.normal(0, 0.02, weeks)
    week = np.repeat(np.arange(weeks), size)
    return pd.DataFrame(
        {
            "week": week,
            "arm": np.where(on, "on", "control")[week],
            "bought": (rng.random(weeks * size) < level[week]).astype(int),
        }
    )


def covered_by_weeks(seeds: range, lift: float) -> tuple[Coverage, int]:
    gathered, told = Coverage(0.95), 0
    for seed in seeds:
        found = engagement.readout(switchback(seed, lift), outcomes=["bought"], period="week")
        row = found.table.iloc[0]
        gathered.add(row["low"], row["high"], lift)
        told += row["low"] > 0
    return gathered, told


@pytest.mark.parametrize("lift", [0.0, 0.04])
def test_a_switchback_finds_what_was_planted(lift):
    gathered, told = covered_by_weeks(FEW, lift)
    assert gathered.holds()
    assert told >= 15 if lift else false_alarms_hold(told, len(FEW), 0.025)


@pytest.mark.slow
@pytest.mark.parametrize("lift", [0.0, 0.04])
def test_intervals_of_a_switchback_hold_as_often_as_they_claim(lift):
    gathered, told = covered_by_weeks(range(2000, 2400), lift)
    assert gathered.share == pytest.approx(0.95, abs=0.03)
    if not lift:
        assert false_alarms_hold(told, 400, 0.025)


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
