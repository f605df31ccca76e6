"""Fatigue: what messages drive away is found, alarms come in time and seldom for nothing."""

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest

from insights.analyses import engagement
from insights.analyses.engagement.panel import read_weeks
from tests.truth.plant import Coverage, false_alarms_hold
from tests.truth.weeks import weeks

AS_OF = date(2026, 6, 30)
WATCHED = 26
# A world costs a second, so that few are made in the quick run, and each is made once.
FEW, SOME, MANY = range(3), range(12), range(100, 140)


@cache
def tired(seed: int, **planted: float) -> Any:
    return engagement.fatigue(weeks(seed, **planted), as_of=AS_OF)


def slopes(seeds: range, drives_off: float, **planted: float) -> tuple[Coverage, list[float]]:
    gathered, found = Coverage(0.90), []
    for seed in seeds:
        facts = tired(seed, drives_off=drives_off, **planted).facts
        gathered.add(facts["slope_low"], facts["slope_high"], drives_off)
        found.append(facts["slope"])
    return gathered, found


@pytest.mark.parametrize("drives_off", [0.006, 0.0])
def test_what_a_message_more_drives_away_lies_within_its_interval(drives_off):
    gathered, found = slopes(FEW, drives_off)
    assert gathered.holds()
    assert np.mean(found) == pytest.approx(drives_off, abs=0.001)


@pytest.mark.parametrize("drives_off", [0.006, 0.0])
def test_accounts_whose_friends_leave_anyway_are_not_charged_to_messages(drives_off):
    gathered, found = slopes(FEW, drives_off, leaves=0.004)
    assert gathered.holds()
    assert np.mean(found) == pytest.approx(drives_off, abs=0.0005)


@pytest.mark.slow
@pytest.mark.parametrize("drives_off", [0.006, 0.0])
def test_intervals_of_what_drives_away_hold_over_forty_worlds(drives_off):
    gathered, found = slopes(MANY, drives_off)
    assert gathered.share >= 0.80, gathered.share
    assert gathered.holds(), gathered.share
    assert np.mean(found) == pytest.approx(drives_off, abs=0.0004)


@pytest.mark.parametrize("seeds", [FEW, pytest.param(SOME, marks=pytest.mark.slow)])
def test_a_world_without_fatigue_is_not_said_to_tire(seeds):
    said = [tired(seed, drives_off=0.0).facts["slope_low"] > 0 for seed in seeds]
    assert false_alarms_hold(sum(said), len(said), 0.05)


# The next message after `d` brings 6 - 1.2 d; beyond the first it costs 0.6% of a friend's year.
PAYS, LESS = 6.0, 1.2


def frequencies(seeds: range) -> tuple[Coverage, list[str]]:
    gathered, said = Coverage(0.90), []
    for seed in seeds:
        frame = weeks(seed, drives_off=0.006, brings=(PAYS, LESS), leaves=0.002)
        found = engagement.fatigue(frame, as_of=AS_OF)
        # Pieces of a parabola: the slope at d is what lies between the steps before and after.
        truth = (PAYS + LESS / 2 - 0.006 * found.facts["friend_year"]) / LESS
        gathered.add(found.facts["often_low"], found.facts["often_high"], truth)
        said.append(found.claims[1].key)
    return gathered, said


def test_the_frequency_from_which_messages_cost_more_than_they_bring_is_found():
    gathered, said = frequencies(range(2))
    assert gathered.holds()
    assert set(said) == {"break_even_number"}


@pytest.mark.slow
def test_break_even_intervals_hold_over_forty_worlds():
    gathered, _said = frequencies(MANY)
    assert gathered.holds(), gathered.share


@pytest.mark.parametrize(
    ("seeds", "most"), [(FEW, 1), pytest.param(SOME, 4, marks=pytest.mark.slow)]
)
def test_a_frequency_is_not_named_where_what_messages_bring_is_not_known(seeds, most):
    said = [tired(seed, drives_off=0.0).claims[1].key for seed in seeds]
    assert sum(key != "break_even_open" for key in said) <= most, said


def alarm_week(seed: int, **planted: object) -> int | None:
    """Weeks from the planted fall to the alarm of the audience that fell; None where none."""
    frame = weeks(seed, tires=0.15, **planted)
    found = engagement.alarms(frame, as_of=AS_OF, watched=WATCHED)
    table = found.table[found.table["state"] == "answers have fallen"]
    if planted:
        table = table[table["audience"] == "region 0"]
    if table.empty:
        return None
    first = read_weeks(frame)["week_on"].min()
    return int((table["week_on"].min() - first).days // 7)


FALL = {"fall": 0.4, "falls_at": 48}


def bars(seeds: range) -> tuple[float, float, float]:
    """Share of false alarms an audience, share found, and median weeks until it is."""
    nothing = [alarm_week(seed) is not None for seed in seeds]
    delays = [alarm_week(seed, **FALL) for seed in seeds]
    found = [week - FALL["falls_at"] + 1 for week in delays if week is not None and week >= 48]
    return float(np.mean(nothing)), len(found) / len(delays), float(np.median(found))


def test_a_fall_raises_the_alarm_within_six_weeks():
    delays = [alarm_week(seed, **FALL) for seed in range(2)]
    assert all(week is not None and 48 <= week <= 48 + 5 for week in delays), delays


@pytest.mark.slow
def test_alarms_keep_their_bars_over_forty_worlds(capsys):
    false, found, delay = bars(MANY)
    with capsys.disabled():
        print(  # noqa: T201 - the figures that docs/methods.md quotes
            f"\nfalse alarms {false:.0%}, found {found:.0%}, median delay {delay:.0f} weeks"
        )
    assert false < 0.10, false
    assert found >= 0.90
    assert delay <= 6


STRAY = {"wander": 0.07, "holds": 0.7}  # Answers that stay away for weeks, as sales would.


def leading(seeds: range, lead: int | None) -> list[bool]:
    return [
        bool(
            engagement.leads(
                weeks(seed, accounts=32, friends=1500, lead=lead, **STRAY), as_of=AS_OF
            ).facts["proven"]
        )
        for seed in seeds
    ]


def test_answers_that_lead_sales_are_found_and_others_are_not_said_to():
    assert sum(leading(FEW, 5)) >= 2
    assert sum(leading(range(2), None)) <= 1


@pytest.mark.slow
def test_leads_are_found_and_seldom_made_up_over_forty_worlds():
    assert sum(leading(MANY, 5)) >= 0.85 * len(MANY)
    assert false_alarms_hold(sum(leading(MANY, None)), len(MANY), 0.05)
