"""Retention: the share of a cohort that buys again in a month is found within its interval."""

import numpy as np
import pytest

from insights.analyses import cohorts
from insights.demo.world.customers import YEAR
from tests.truth.plant import Coverage, Planted, plant, without_refunds

FEW, MANY = [11, 12, 13], list(range(100, 200))


def true_share(planted: Planted, cohort: int, age: int) -> float:
    """Return the expected share of a monthly cohort that buys in a later month.

    Of a customer who buys at rate a and leaves at rate m: alive at the month's begin, and a
    purchase before its end or before leaving.
    """
    calendar, people = planted.world.calendar, planted.block.people
    born = np.where(people.born < calendar.days, people.born, -1).astype(int)
    mine = (born >= 0) & (calendar.months[np.maximum(born, 0)] == cohort)
    days = np.flatnonzero(calendar.months == cohort + age)
    begin, end = days[0], days[-1] + 1
    lived = calendar.elapsed[:, end] - calendar.elapsed[:, begin]
    leaving = people.drop[mine] / YEAR
    pace = people.rate[mine] / YEAR * (lived / (end - begin))[people.hunter[mine].astype(int)]
    alive = np.exp(-leaving * (begin - people.born[mine]))
    both = pace + leaving
    return float((alive * pace / both * -np.expm1(-both * (end - begin))).mean())


def cover(seeds: list[int], customers: int) -> Coverage:
    gathered = Coverage(0.95)
    for seed in seeds:
        plain = {"prospects": 0.0, "presale": 0.0, **without_refunds()}
        planted = plant("null", seed=seed, customers=customers, months=9, **plain)
        found = cohorts.retention(planted.purchases, as_of=planted.as_of, min_customers=1).table
        first = planted.world.spec.first
        for row in found[found["retention"].notna() & (found["age_months"] > 0)].itertuples():
            year, month = map(int, row.cohort.split("-"))
            cohort = (year - first.year) * 12 + month - first.month
            gathered.add(row.low, row.high, true_share(planted, cohort, row.age_months))
    return gathered


def test_the_planted_retention_lies_within_the_intervals():
    gathered = cover(FEW, 1_500)
    # Cells of one cohort share customers: each cohort counts as two.
    assert gathered.holds(independent=len(FEW) * 16), gathered.share


@pytest.mark.slow
def test_the_intervals_hold_as_often_as_they_claim():
    gathered = cover(MANY, 2_000)
    # Customers of a cohort differ, which makes a share steadier than Wilson allows for.
    assert 0.94 < gathered.share < 0.985


def test_members_of_a_null_world_buy_more_all_the_same():
    """What an honest analysis must not call an effect: good customers join."""
    planted = plant("null", seed=3, customers=6_000)
    members = planted.block.member < planted.world.spec.days
    orders = np.bincount(planted.block.orders.row[planted.whole], minlength=members.size)
    buyers = orders > 0
    assert orders[members & buyers].mean() > 1.2 * orders[~members & buyers].mean()
