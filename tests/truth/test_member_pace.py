"""Members' pace: what the card causes is told from who joins; nothing is found where none is."""

import numpy as np
import pandas as pd
import pytest

from insights.analyses import membership
from insights.demo.world.memberships import PAID
from insights.models.own_pace import own_pace
from tests.truth.friends import ids
from tests.truth.plant import Coverage, Planted, false_alarms_hold, plant, without_refunds

FEW, MANY = [20, 22, 24], list(range(20, 44))


def frames(planted: Planted) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The marts `paid_terms` and `contact_people`, as far as they are asked."""
    spells = planted.block.memberships
    paid = spells.take((spells.program == PAID) & (spells.started < planted.world.spec.days))
    first = pd.Timestamp(planted.world.spec.first)
    terms = pd.DataFrame(
        {
            "customer_id": ids(paid.who),
            "started_at": first + pd.to_timedelta(paid.started, "D"),
            "started_no": np.floor(paid.started),
            "ends_no": np.floor(paid.ended),
            "today_no": planted.world.spec.days,
        }
    )
    found = planted.block.friends
    added = first + pd.to_timedelta(found.joined, "D")
    people = pd.DataFrame({"customer_id": ids(found.who), "added_at": added})
    return terms, people.groupby("customer_id", as_index=False)["added_at"].min()


def measured(seed: int, world: str = "default"):
    planted = plant(world, seed=seed, customers=40_000, months=24, **without_refunds())
    terms, people = frames(planted)
    found = membership.pace(planted.purchases, terms, as_of=planted.as_of, contacts=people)
    effects = planted.world.parameters.effects
    who = planted.block.people.segment[
        np.isin(planted.block.people.who, [int(c[1:]) for c in terms["customer_id"]])
    ]
    # Members are friends: the card adds to a pace that the friendship has raised already.
    raised = 1 + np.array(effects.join_lift)[who].mean()
    return found, effects.member_lift / raised


def test_the_planted_lift_lies_within_the_interval():
    gathered = Coverage(0.95)
    for seed in FEW:
        found, truth = measured(seed)
        gathered.add(found.facts["low"], found.facts["high"], truth)
    assert gathered.holds()


@pytest.mark.slow
def test_the_interval_holds_as_often_as_it_claims_and_selection_is_no_effect():
    gathered, naive = Coverage(0.95), []
    for seed in MANY:
        found, truth = measured(seed)
        gathered.add(found.facts["low"], found.facts["high"], truth)
        naive.append(found.table["yearly"].iloc[1] / found.table["yearly"].iloc[0] - 1)
    assert gathered.holds()
    assert np.mean(naive) < 0  # The plain comparison would have called the card harmful.


@pytest.mark.slow
def test_nothing_is_found_where_nothing_was_planted():
    facts = [measured(seed, "null")[0].facts for seed in MANY]
    alarms = sum(f["low"] > 0 or f["high"] < 0 for f in facts)
    assert false_alarms_hold(alarms, len(facts), 0.05)


def simulated(rng, people, lift):
    rate, leave = rng.gamma(2, 1 / 100, people), rng.gamma(0.8, 1 / 200, people)
    stays = np.minimum(rng.exponential(1 / leave), 300.0)
    before = rng.poisson(rate * 120)
    after = rng.poisson(rate * (1 + lift) * stays)
    last = np.where(after > 0, stays * rng.random(people) ** (1 / np.maximum(after, 1)), 0.0)
    return own_pace(before, np.full(people, 120.0), after, last, np.full(people, 300.0))


@pytest.mark.parametrize("lift", [0.0, 0.4])
def test_the_model_recovers_its_own_factor_though_half_have_left(lift):
    gathered = Coverage(0.95)
    for seed in range(15):
        found = simulated(np.random.default_rng(seed), 800, lift)
        gathered.add(found.low, found.high, lift)
    assert gathered.holds()
