"""Slots of the calendar: what was planted is found, and what cannot be told is not measured."""

import numpy as np
import pandas as pd
import pytest

from insights.analyses import engagement
from insights.results import NotEnoughData
from tests.analyses.test_engagement_plans import AS_OF, orders_row, year
from tests.truth.plant import Coverage, false_alarms_hold

TUESDAY, FRIDAY, SUNDAY = 1, 4, 6


def weekly(seed: int, lifts: dict[int, float], *, pause: int = 0, days: int = 420):
    """Daily orders with a slot on some weekdays, left out for `pause` weeks after every eighth."""
    sales, _calendar = year(seed, days=days)
    day = sales["day_no"].to_numpy()
    weekday = (day + 3) % 7
    on = (day - day[0]) // 7 % (8 + pause) < 8
    rows = []
    for which, lift in lifts.items():
        held = (weekday == which) & on
        sales["orders"] = (sales["orders"] * np.where(held, 1 + lift, 1)).round()
        rows.append(pd.DataFrame({"slot": f"day {which}", "first_no": day[held]}))
    calendar = pd.concat(rows, ignore_index=True).assign(last_no=lambda t: t["first_no"])
    sales["net_amount"] = sales["orders"] * 300.0
    return sales, calendar


def months(seed: int, slots: int):
    """Slots that do nothing, each held for a day of every second month or so."""
    sales, _calendar = year(seed, days=800)
    rng = np.random.default_rng(seed)
    first = int(sales["day_no"].iloc[0])
    rows = [
        pd.DataFrame({"slot": f"slot {n}", "first_no": first + 10 + rng.choice(770, 12, False)})
        for n in range(slots)
    ]
    return sales, pd.concat(rows, ignore_index=True).assign(last_no=lambda t: t["first_no"])


class TestWeekly:
    @pytest.mark.parametrize("lift", [0.6, 0.0])
    def test_a_slot_of_every_tuesday_is_what_tuesdays_sell(self, lift):
        found = engagement.slot_days(*weekly(1, {TUESDAY: lift}), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "day 1 cannot be measured" in found.say(found.because)

    def test_three_slots_of_every_week_are_none_of_them_measured(self):
        lifts = {TUESDAY: 0.0, FRIDAY: 0.0, SUNDAY: 0.0}
        found = engagement.slot_days(*weekly(2, lifts), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert found.facts["untold"] == 3

    def test_left_out_for_some_weeks_it_is_found(self):
        gathered = Coverage(0.90)
        for seed in range(4):
            paused = weekly(seed, {TUESDAY: 0.6}, pause=4)
            row = orders_row(engagement.slot_days(*paused, as_of=AS_OF))
            gathered.add(row["low"], row["high"], 0.6)
        assert gathered.holds(), gathered.share

    def test_a_monthly_slot_beside_a_weekly_one_is_still_measured(self):
        sales, calendar = weekly(3, {TUESDAY: 0.0})
        planted, member_days = year(3, lift=0.6)
        both = pd.concat([calendar, member_days], ignore_index=True)
        found = engagement.slot_days(planted, both, as_of=AS_OF)
        row = orders_row(found)
        assert len(sales) == len(planted)
        assert row["slot"] == "member day"
        assert row["low"] <= 0.6 <= row["high"]
        assert any("day 1 cannot be measured" in found.say(text) for text in found.caveats)

    def test_two_slots_that_always_come_together_are_not_told_apart(self):
        sales, calendar = year(4, lift=0.6)
        twins = pd.concat([calendar, calendar.assign(slot="twin")], ignore_index=True)
        found = engagement.slot_days(sales, twins, as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert found.facts["untold"] == 2


def said_to_add(seeds: range, slots: int) -> int:
    """Return in how many worlds of slots that do nothing one is said to add."""
    keys = [engagement.slot_days(*months(seed, slots), as_of=AS_OF).headline.key for seed in seeds]
    return keys.count("slot_adds")


def test_the_best_of_eight_slots_that_do_nothing_is_seldom_said_to_add():
    assert false_alarms_hold(said_to_add(range(4), 8), 4, 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("slots", [1, 4, 8])
def test_slots_that_do_nothing_are_said_to_add_as_seldom_however_many(slots):
    assert false_alarms_hold(said_to_add(range(60), slots), 60, 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("lift", [0.0, 0.3])
def test_the_net_of_a_monthly_slot_holds_over_seeds(lift):
    gathered = Coverage(0.90)
    for seed in range(60):
        row = orders_row(engagement.slot_days(*year(seed, lift=lift), as_of=AS_OF))
        gathered.add(row["low"], row["high"], lift)
    assert gathered.holds(), gathered.share
