"""Calls: what a lottery decided can be read off, and only what it decided."""

import numpy as np
import pytest

from insights.demo.world.calls import ANSWER_DAYS, day_of
from tests.truth.plant import DAY, Coverage, Planted, false_alarms_hold, plant

FEW, MANY = [41, 42, 43], list(range(700, 760))
Z = 1.96


def difference(planted: Planted) -> tuple[float, float, float]:
    """Return the true uplift, and the ends of the interval of the difference between the arms."""
    drawn, made = planted.block.calls, planted.block.orders
    day = day_of(planted.world.parameters, planted.world.calendar)
    paid = made.paid // DAY
    answered = planted.sales & (paid > day) & (paid <= day + 1 + ANSWER_DAYS)
    bought = np.isin(drawn.row, made.row[answered])
    arms = [bought[drawn.treated], bought[~drawn.treated]]
    gap = arms[0].mean() - arms[1].mean()
    wide = Z * np.sqrt(sum(a.mean() * (1 - a.mean()) / a.size for a in arms))
    # An extra order shows only in who would not have bought anyway.
    truth = float(drawn.uplift.mean() * (1 - arms[1].mean()))
    return truth, gap - wide, gap + wide


def cover(seeds: list[int], customers: int) -> Coverage:
    gathered = Coverage(0.95)
    for seed in seeds:
        truth, low, high = difference(plant(seed=seed, customers=customers, months=12))
        gathered.add(low, high, truth)
    return gathered


def test_the_true_uplift_lies_within_the_interval():
    assert cover(FEW, 8_000).holds()


@pytest.mark.slow
def test_the_interval_holds_as_often_as_it_claims():
    assert cover(MANY, 8_000).share == pytest.approx(0.95, abs=0.07)


@pytest.mark.slow
def test_no_uplift_is_found_where_none_was_planted():
    worlds = [plant("null", seed=seed, customers=4_000, months=12) for seed in range(800, 860)]
    found = [difference(world) for world in worlds]
    alarms = sum(low > 0 or high < 0 for _, low, high in found)
    assert false_alarms_hold(alarms, len(found), 0.05)
