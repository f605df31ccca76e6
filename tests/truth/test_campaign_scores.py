"""Campaign scores: true shares lie within their intervals; equals are not told apart."""

import numpy as np
import pytest

from insights.analyses import engagement
from tests.truth.plant import Coverage, false_alarms_hold, plant

FEW, MANY = [31, 32, 33], list(range(400, 440))


def cover(seeds: list[int]) -> Coverage:
    gathered = Coverage(0.90)
    for seed in seeds:
        planted = plant(seed=seed, customers=4_000, months=18)
        table = engagement.campaign_scores(planted.campaigns, as_of=planted.as_of).table
        gathered.add(table["low"], table["high"], table["truth"])
    return gathered


def test_true_shares_lie_within_the_intervals():
    gathered = cover(FEW)
    assert gathered.holds(), gathered.share


@pytest.mark.slow
def test_the_intervals_hold_as_often_as_they_claim():
    assert cover(MANY).share == pytest.approx(0.90, abs=0.03)


def told_apart(seeds: range) -> tuple[int, int]:
    alarms = looks = 0
    for seed in seeds:
        planted = plant("null", seed=seed, customers=3_000, months=12)
        table = engagement.campaign_scores(planted.campaigns, as_of=planted.as_of).table
        alarms += int(((table["low"] > table["truth"]) | (table["high"] < table["truth"])).sum())
        looks += len(table)
    return alarms, looks


def test_campaigns_that_are_all_alike_are_not_told_apart_more_often_than_they_should():
    alarms, looks = told_apart(range(500, 504))
    assert false_alarms_hold(alarms, looks, 0.10)


def test_the_raw_leader_is_luckier_than_it_is_good():
    claimed, real = [], []
    for seed in range(600, 606):
        planted = plant(seed=seed, customers=2_000, months=12)
        frame = planted.campaigns
        raw = frame["redeemers"] / frame["reached"]
        best = int(np.argmax(raw))
        claimed.append(raw[best])
        real.append(frame["truth"][best])
    assert np.mean(claimed) > np.mean(real)
