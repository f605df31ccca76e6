"""Samples: given to good customers, they make nobody buy; matching must not say that they do."""

import numpy as np
import pandas as pd
import pytest

from insights.analyses import engagement
from insights.demo.world.samples import samples
from tests.truth.plant import DAY, Coverage, Planted, plant

FEW, MANY = [51, 52], list(range(900, 925))


def people(planted: Planted) -> pd.DataFrame:
    """Return the mart `tester_people` of the round that a year of purchases precedes."""
    world, block = planted.world, planted.block
    months = world.calendar.months
    given = samples(world.setting, block.people, block.member, block.orders)
    by_turn = pd.Series(months[given.at // DAY]).groupby(given.turn).first()
    month = by_turn[by_turn <= 13].max()
    turn = by_turn[by_turn == month].index[0]
    days = np.flatnonzero(months == month)
    made = block.orders.take(planted.whole)
    day = made.paid // DAY
    before = (day < days[0]) & (day >= days[0] - 365)
    after = (day > days[-1]) & (day <= days[-1] + 91)
    size = len(block.people)
    last = np.full(size, -1)
    np.maximum.at(last, made.row[before], day[before])
    frame = pd.DataFrame(
        {
            "customer_id": np.arange(size).astype(str),
            "tester": np.isin(block.people.who, given.who[given.turn == turn]).astype(int),
            "member": (block.member < days[0]).astype(int),
            "occasions": np.bincount(made.row[before], minlength=size),
            "silent_days": np.where(last >= 0, days[0] - last, np.nan),
            "spent": 0.0,
            "bought_91": np.isin(np.arange(size), made.row[after]).astype(int),
            "net_91": 0.0,
        }
    )
    return frame[(frame["tester"] == 1) | (frame["occasions"] > 0) | (frame["member"] == 1)]


def found(seeds: list[int]) -> tuple[Coverage, list[float]]:
    cover, plain = Coverage(0.95), []
    for seed in seeds:
        frame = people(plant(seed=seed, customers=6_000, months=18))
        facts = engagement.testers(frame, as_of=pd.Timestamp("2026-06-30").date()).facts
        cover.add(facts["low"], facts["high"], 0.0)
        by = frame.groupby("tester")["bought_91"].mean()
        plain.append(by[1] - by[0])
    return cover, plain


def test_testers_buy_more_than_others_and_not_than_people_like_them():
    cover, plain = found(FEW)
    assert min(plain) > 0.03
    assert cover.holds()


@pytest.mark.slow
def test_over_seeds_no_effect_is_found_oftener_than_it_should_be():
    cover, _plain = found(MANY)
    assert cover.holds(), cover.share
