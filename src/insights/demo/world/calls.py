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
REACHED = 0.45  # of those called, who pick up


@dataclass(frozen=True, eq=False)
class Calls(Columns):
    """Customers who were assigned. `uplift` is the true chance of an extra order, if called.

    It is that of a call, picked up or not: who picks up has it greater by 1 / `REACHED`.
    """

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
    connected = draws.happens("connects", who, REACHED)
    found_calls = Calls(
        row=row,
        who=who,
        treated=treated,
        uplift=uplift,
        at=day * DAY + later + hour.astype(np.int64),
        connected=connected,
        seconds=np.where(connected, 20 + 90 * draws.exponential("talk", who), 0).astype(np.int64),
    )
    # A call that nobody picked up sells nothing, and none sells before the day after it.
    moved = treated & connected & draws.happens("answers", who, uplift / REACHED)
    first = day + later // DAY + 1
    left = day + 1 + ANSWER_DAYS - first
    when = first + (draws.uniform("answers at", who) * left).astype(np.int64)
    moved &= when < calendar.days
    row, when = row[moved], when[moved]
    count = row.size
    wanted = Wanted(row, np.full(count, CALLED), when, np.full(count, CALL))
    extra = placed(setting, people, found, wanted)
    return found_calls, extra
