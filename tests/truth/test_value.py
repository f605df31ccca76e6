"""The truth of what customers will be worth, and of who will buy, comes true in the same world."""

import numpy as np
import pytest

from insights.demo.truth import expected_net, no_purchase
from tests.truth.plant import DAY, Planted, plant

DAY_OF, HORIZON = 240, 120


@pytest.fixture(scope="module")
def planted() -> Planted:
    return plant(seed=61, customers=20_000, months=12)


def net_by_customer(planted: Planted, begin: int, end: int) -> np.ndarray:
    """Net yuan of the sales paid after one day and up to another, as refunded by the end."""
    made, given = planted.block.orders, planted.block.refunds
    back = np.bincount(given.order, given.amount, len(made))
    day = made.paid // DAY
    mine = planted.sales & (day > begin) & (day <= end)
    net = (made.amount - back)[mine] / 100
    return np.bincount(made.row[mine], net, len(planted.block.people))


def test_expected_net_comes_true_on_average_and_by_segment(planted):
    known = np.flatnonzero(planted.block.people.born < DAY_OF)
    expected = expected_net(planted.world, planted.block, DAY_OF, HORIZON)[known]
    realised = net_by_customer(planted, DAY_OF, DAY_OF + HORIZON)[known]
    assert realised.mean() == pytest.approx(expected.mean(), rel=0.08)
    for segment in range(3):
        mine = planted.block.people.segment[known] == segment
        error = realised[mine].std() / np.sqrt(mine.sum())
        assert realised[mine].mean() == pytest.approx(
            expected[mine].mean(), abs=4 * error + 0.08 * expected[mine].mean()
        )


def test_the_chance_of_silence_comes_true_by_tenths(planted):
    risk = no_purchase(planted.world, planted.block, DAY_OF, HORIZON)
    known = np.flatnonzero(~np.isnan(risk))
    made = planted.block.orders
    day = made.paid // DAY
    bought = planted.whole & (day > DAY_OF) & (day <= DAY_OF + HORIZON)
    silent = ~np.isin(known, made.row[bought])
    for tenth in np.array_split(np.argsort(risk[known], kind="stable"), 10):
        truth = risk[known][tenth]
        error = np.sqrt(truth.mean() * (1 - truth.mean()) / tenth.size)
        assert silent[tenth].mean() == pytest.approx(truth.mean(), abs=4 * error + 0.02)


def test_who_has_left_is_worth_nothing_and_buys_nothing(planted):
    gone = planted.block.people.gone < DAY_OF
    known = planted.block.people.born < DAY_OF + 1
    assert (expected_net(planted.world, planted.block, DAY_OF, HORIZON)[gone] == 0).all()
    risk = no_purchase(planted.world, planted.block, DAY_OF, HORIZON)
    assert (risk[gone & known] == 1).all()
    assert np.isnan(risk[~known]).all()
