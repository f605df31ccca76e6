"""Comparisons: in worlds without a difference, each claims one no more often than it says."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses import cohorts
from tests.truth.plant import false_alarms_hold

FEW, MANY = range(3), range(100, 300)
AS_OF = date(2025, 6, 30)
END = pd.Timestamp(AS_OF)
Found = Callable[[int], set[str]]


def trade(seed: int, customers: int = 900) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Customers all alike, won from January on, and the groups that a lot put them in."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"c{n:04d}" for n in range(customers)])
    start = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 175, customers), unit="D")
    again = start + pd.to_timedelta(1 + rng.exponential(90, customers).astype(int), unit="D")
    back = again <= END
    bought = pd.DataFrame({"customer_id": [*ids, *ids[back]], "paid_at": [*start, *again[back]]})
    whose = pd.DataFrame({"customer_id": ids, "kind": rng.choice(list("xyz"), customers)})
    return bought, whose


def joined(seed: int, people: int = 1_300) -> pd.DataFrame:
    """Contacts of thirteen weeks all alike, some of them without a sign of life, cards by lot."""
    rng = np.random.default_rng(seed)
    at = pd.Timestamp("2025-03-31") + pd.to_timedelta(rng.integers(0, 13 * 7, people), unit="D")
    wait = pd.to_timedelta(rng.exponential(5, people), unit="D")
    comes = at + wait.where(rng.random(people) < 0.15)
    frame = pd.DataFrame(
        {
            "person": [f"p{n:04d}" for n in range(people)],
            "joined_at": at,
            "card": rng.choice(list("abc"), people),
            "friendships": 1,
            "spoke": pd.array([None] * people, dtype="Int64"),
            "has_unionid": (rng.random(people) < 0.6).astype(int),
            "burst": 1,
            "bought_before": 0,
            "next_at": comes.where(comes < END + pd.Timedelta(days=1)),
        }
    )
    nothing = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ns]")
    return frame.assign(
        left_at=nothing,
        replied_at=nothing,
        responded_at=nothing,
        purchases_after=frame["next_at"].notna().astype(int),
    )


def of_months(seed: int) -> set[str]:
    bought, _whose = trade(seed)
    found = cohorts.repurchase(bought, as_of=AS_OF, within_days=30)
    return {claim.key for claim in found.claims} & {"repurchase_moved"}


def of_curves(seed: int) -> set[str]:
    bought, _whose = trade(seed)
    found = cohorts.second_purchase(bought, as_of=AS_OF)
    return {claim.key for claim in found.claims} & {"months_apart"}


def of_groups(seed: int) -> set[str]:
    bought, whose = trade(seed)
    rolling = cohorts.Definition(windows="rolling")
    found = cohorts.retention(bought, as_of=AS_OF, by="kind", customers=whose, definition=rolling)
    return {claim.key for claim in found.claims} & {"groups_apart"}


def of_two(seed: int) -> set[str]:
    bought, whose = trade(seed)
    found = cohorts.compare(bought, whose, by="kind", one="x", other="y", as_of=AS_OF)
    return {claim.key for claim in found.claims} & {"told_apart"}


def of_two_curves(seed: int) -> set[str]:
    bought, whose = trade(seed)
    found = cohorts.compare(bought, whose, by="kind", one="x", other="y", as_of=AS_OF)
    return {"log-rank"} if found.facts["p"] < 0.05 else set()


def of_weeks(seed: int) -> set[str]:
    found = cohorts.scorecard(joined(seed), as_of=AS_OF)
    return {claim.key for claim in found.claims} & {"weeks_moved"}


def of_cards(seed: int) -> set[str]:
    found = cohorts.cards(joined(seed), as_of=AS_OF)
    return {claim.key for claim in found.claims} & {"cards_apart", "cards_one", "cards_waits"}


ALL = [of_months, of_curves, of_groups, of_two, of_two_curves, of_weeks, of_cards]


@pytest.mark.parametrize("found", ALL)
def test_a_world_without_a_difference_seldom_shows_one(found: Found):
    assert false_alarms_hold(sum(bool(found(seed)) for seed in FEW), len(FEW), 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("found", ALL)
def test_a_world_without_a_difference_shows_one_at_the_nominal_rate(found: Found):
    alarms = sum(bool(found(seed)) for seed in MANY)
    assert false_alarms_hold(alarms, len(MANY), 0.05), alarms
    assert alarms, "a claim that is never made is not tested"
