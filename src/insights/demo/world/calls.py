"""Calls: a randomised campaign by phone. Who was called by lot, and what did the call cause?"""

from dataclasses import dataclass

import numpy as np

from insights.demo.world.calendar import Calendar
from insights.demo.world.columns import DAY, Bools, Columns, Floats, Ints
from insights.demo.world.customers import Customers
from insights.demo.world.friends import Friends
from insights.demo.world.parameters import Parameters
from insights.demo.world.purchases import CALL, CALLED, SALE, Purchases, Wanted, placed
from insights.demo.world.setting import Setting

ANSWER_DAYS = 29


@dataclass(frozen=True, eq=False)
class Calls(Columns):
    """Customers who were assigned. `uplift` is the true chance of an extra order, if called."""

    row: Ints
    who: Ints
    treated: Bools
    uplift: Floats
    at: Ints  # of the call, for who was called
    connected: Bools
    seconds: Ints  # of talk


def day_of(parameters: Parameters, calendar: Calendar) -> int:
    """Return the day on which lots were drawn."""
    return int(calendar.days * parameters.calls_after)


def calls(
    setting: Setting, people: Customers, found: Friends, member: Floats, bought: Purchases
) -> tuple[Calls, Purchases]:
    """Return who was assigned, and the orders that calls caused.

    Assigned were customers whose phone was known (friends and members) and who had bought before,
    but not within the silent days.
    """
    draws, parameters, calendar = setting.draws, setting.parameters, setting.calendar
    day = day_of(parameters, calendar)
    last = np.full(len(people), -1)
    known = (bought.kind == SALE) & (bought.day < day)
    np.maximum.at(last, bought.row[known], bought.day[known])
    joined, _, _ = found.of_customers(len(people))
    silent = (last >= 0) & (last < day - parameters.silent_days)
    row = np.flatnonzero(silent & ((joined < day) | (member < day)))
    who = people.who[row]
    uplift = np.array(parameters.effects.call_uplift)[people.segment[row]]
    uplift = np.where(people.gone[row] > day, uplift, 0.0)
    treated = draws.happens("called", who, parameters.called)
    hour = (9 + 9 * draws.uniform("call hour", who)) * 3600
    later = draws.pick("call day", who, np.ones(3)) * DAY
    connected = draws.happens("connects", who, 0.45)
    found_calls = Calls(
        row=row,
        who=who,
        treated=treated,
        uplift=uplift,
        at=day * DAY + later + hour.astype(np.int64),
        connected=connected,
        seconds=np.where(connected, 20 + 90 * draws.exponential("talk", who), 0).astype(np.int64),
    )
    moved = treated & draws.happens("answers", who, uplift)
    when = day + 1 + (draws.uniform("answers at", who) * ANSWER_DAYS).astype(np.int64)
    moved &= when < calendar.days
    row, when = row[moved], when[moved]
    count = row.size
    wanted = Wanted(row, np.full(count, CALLED), when, np.full(count, CALL))
    extra = placed(setting, people, found, wanted)
    return found_calls, extra
