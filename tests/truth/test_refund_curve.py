"""The refund curve: two bumps, the heights of which are found within their intervals."""

import numpy as np
import pytest

from insights.demo.world.parameters import DOUYIN, Parameters
from insights.models.survival import kaplan_meier, logrank
from tests.truth.plant import DAY, NEVER, Coverage, Planted, false_alarms_hold, plant

FEW, MANY = [21, 22, 23, 24], list(range(200, 260))


def waits(planted: Planted) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return hours from payment of live orders to the first refund, or to the end of the world."""
    made, given = planted.block.orders, planted.block.refunds
    live = np.flatnonzero(planted.sales & (made.channel == DOUYIN))
    applied = np.full(len(made), NEVER)
    np.minimum.at(applied, given.order, given.applied)
    end = planted.world.spec.days * DAY
    until = np.minimum(applied, end)[live] - made.paid[live]
    return until / 3600, applied[live] < end, live


def cover(seeds: list[int]) -> Coverage:
    truth = Parameters()
    soon, late = truth.refund_soon[DOUYIN], truth.refund_late[DOUYIN]
    gathered = Coverage(0.95)
    for seed in seeds:
        planted = plant(seed=seed, customers=2_500, months=6)
        hours, given, _ = waits(planted)
        curve = kaplan_meier(hours, given)
        # Six hours after payment only the first clock has ticked; on day 30 both have run down.
        for at, share in (
            (6.0, soon * -np.expm1(-6 / truth.soon_hours)),
            (20.0, soon * -np.expm1(-20 / truth.soon_hours)),
            (30 * 24.0, soon + late),
        ):
            _, low, high = curve.at(at)
            gathered.add(1 - high, 1 - low, share)
    return gathered


def test_both_bumps_lie_within_their_intervals():
    gathered = cover(FEW)
    assert gathered.holds(independent=2 * len(FEW)), gathered.share


@pytest.mark.slow
def test_the_intervals_hold_as_often_as_they_claim():
    assert cover(MANY).share == pytest.approx(0.95, abs=0.04)


def test_recent_live_sales_look_richer_than_they_are():
    planted = plant(seed=5, customers=6_000, months=6)
    _, given, live = waits(planted)
    paid = planted.block.orders.paid[live]
    recent = paid > (planted.world.spec.days - 7) * DAY
    assert given[recent].mean() < given[~recent].mean() - 0.05


def test_lots_without_an_effect_part_no_curves_more_often_than_they_should():
    alarms = 0
    seeds = range(300, 330)
    for seed in seeds:
        planted = plant("null", seed=seed, customers=400, months=6)
        hours, given, live = waits(planted)
        lot = planted.world.draws.happens("a lot", planted.block.orders.who[live], 0.5)
        alarms += logrank(hours, given, lot).p < 0.05
    assert false_alarms_hold(alarms, len(seeds), 0.05)
