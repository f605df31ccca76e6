"""Contacts: planted fatigue, reply delay and the weeks of a lead are found; where none is, none."""

from itertools import pairwise

import numpy as np
import pytest

from insights.analyses import contacts
from insights.demo.world.friends import conversion
from insights.demo.world.purchases import tired_from
from tests.truth.friends import account_weeks, first_replies, response_weeks
from tests.truth.plant import Coverage, false_alarms_hold, plant, without_refunds

FEW, MANY = [11, 12, 13], list(range(300, 340))
PEOPLE = 60_000  # The lead needs the sales of a region to be counted week by week.


def worlds(world, seeds, customers):
    for seed in seeds:
        yield plant(world, seed=seed, customers=customers, months=12, **without_refunds())


def pushed(planted):
    weeks = account_weeks(planted)
    found = contacts.pushes(weeks, as_of=planted.as_of)
    fatigue = planted.world.parameters.effects.fatigue
    # Who no longer buys leaves three times as fast: what a message costs depends on how many do.
    times = planted.world.parameters.leave_gone - 1
    pace = 1 + times * weeks["gone"].sum() / weeks["friends"].sum()
    return found, 1000 * fatigue * pace


def replied(planted):
    """Return the result, and the true shares of its bands over the people who are compared."""
    joiners = first_replies(planted)
    found = contacts.first_reply(joiners, as_of=planted.as_of)
    fresh = joiners[~joiners["bought_before"] & (joiners["days_seen"] >= 30)]
    edges = [0, 10, 30, 60, 120, np.inf]
    parameters = planted.world.parameters
    skill = fresh["skill"].to_numpy()
    truth = []
    for low, high in pairwise(edges):
        minutes = fresh.loc[fresh["minutes"].between(low, high, inclusive="left"), "minutes"]
        own = [conversion(parameters, np.full(skill.size, m), skill).mean() for m in minutes[:400]]
        truth.append(float(np.mean(own)))
    return found, truth


def warned(planted):
    found = contacts.early_warning(response_weeks(planted), as_of=planted.as_of)
    row = found.table.set_index("region").loc["华东"]
    week = tired_from(planted.world.parameters, planted.world.calendar) // 7
    if row["verdict"] != "fell":
        return found, row, np.inf
    since = (row["since"].date() - planted.world.spec.first).days // 7
    return found, row, since - week


class TestPushes:
    def test_the_friends_a_message_costs_are_found(self):
        gathered = Coverage(0.95)
        for planted in worlds("default", FEW, 20_000):
            found, truth = pushed(planted)
            steps = found.table[found.table["messages"] >= 2]
            gathered.add(steps["extra_low"], steps["extra_high"], truth)
        assert gathered.holds(independent=6)

    @pytest.mark.slow
    def test_the_intervals_hold_as_often_as_they_claim(self):
        gathered = Coverage(0.95)
        for planted in worlds("default", MANY, 20_000):
            found, truth = pushed(planted)
            gathered.add(found.table["extra_low"][2:4], found.table["extra_high"][2:4], truth)
        assert gathered.holds(independent=len(MANY))

    @pytest.mark.slow
    def test_no_fatigue_is_found_where_none_was_planted(self):
        facts = [pushed(planted)[0].facts for planted in worlds("null", MANY, 20_000)]
        alarms = sum(f["gap_low"] > 0 for f in facts)
        assert false_alarms_hold(alarms, len(facts), 0.025)


class TestFirstReply:
    def test_the_true_shares_of_the_bands_are_found(self):
        gathered = Coverage(0.95)
        for planted in worlds("default", FEW, 30_000):
            found, truth = replied(planted)
            gathered.add(found.table["low"], found.table["high"], truth)
        assert gathered.holds()

    @pytest.mark.slow
    def test_the_intervals_hold_as_often_as_they_claim(self):
        gathered = Coverage(0.95)
        for planted in worlds("default", MANY, 20_000):
            found, truth = replied(planted)
            gathered.add(found.table["low"], found.table["high"], truth)
        assert gathered.holds()
        assert gathered.share < 0.995

    @pytest.mark.slow
    def test_no_association_is_found_where_none_was_planted(self):
        facts = [replied(planted)[0].facts for planted in worlds("null", MANY, 20_000)]
        assert false_alarms_hold(sum(f["gap_low"] > 0 for f in facts), len(facts), 0.025)


class TestEarlyWarning:
    def test_the_region_that_tires_is_named_and_its_lead_is_recovered(self):
        found, row, late = warned(next(worlds("default", [3], PEOPLE)))
        assert abs(late) <= 1
        assert row["low"] <= -0.4 <= row["high"]
        assert row["lead_low"] <= 5 <= row["lead_high"]
        assert [claim.key for claim in found.claims] == ["alarm", "sales_followed"]

    @pytest.mark.slow
    def test_alarms_come_in_time_and_the_lead_holds_as_often_as_it_claims(self):
        leads, delays = Coverage(0.95), []
        for planted in worlds("default", range(300, 320), PEOPLE):
            _, row, late = warned(planted)
            delays.append(late)
            if not np.isnan(row["lead_weeks"]):
                leads.add(row["lead_low"], row["lead_high"], 5)
        assert np.mean(np.abs(delays) <= 2) >= 0.9
        assert len(leads.within) >= 14
        assert leads.holds()

    @pytest.mark.slow
    def test_a_null_world_raises_an_alarm_no_more_often_than_said(self):
        found = [warned(planted)[0] for planted in worlds("null", MANY, 20_000)]
        assert false_alarms_hold(sum(f.facts["alarms"] > 0 for f in found), len(found), 0.05)
