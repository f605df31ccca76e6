"""Padding: contacts that no customer is behind, bought by guides while each was paid for.

They come in bursts at night, carry no unionid, never speak or buy, and many are gone within a week.
"""

from dataclasses import dataclass

import numpy as np

from insights.demo.world.brand import Staff
from insights.demo.world.calendar import Calendar
from insights.demo.world.columns import DAY, NEVER, Columns, Ints, repeated
from insights.demo.world.draws import Draws
from insights.demo.world.parameters import Parameters

BURSTS = 4
# Numbers of bought accounts lie above all numbers of people.
FIRST = 1 << 41
GENUINE = 40  # contacts of a guide in the time of the incentive, about


@dataclass(frozen=True, eq=False)
class Padding(Columns):
    """Bought accounts, one row each. Times in seconds from the world's first day."""

    who: Ints
    staff: Ints
    at: Ints
    left: Ints


def incentive_ends(parameters: Parameters, calendar: Calendar) -> int:
    """Return the first day on which contacts were no longer paid for."""
    return int(calendar.days * parameters.reward_until)


def padding(draws: Draws, parameters: Parameters, calendar: Calendar, accounts: Staff) -> Padding:
    """Return the bought accounts of all guides who pad."""
    number = np.arange(len(accounts))
    mean = np.where(accounts.padding, parameters.effects.padding_rate * GENUINE, 0.0)
    staff, nth = repeated(draws.poisson("bought", number, mean))
    last = incentive_ends(parameters, calendar)
    burst = draws.pick("burst", staff, np.ones(BURSTS), nth)
    day = (last * (0.3 + 0.68 * draws.uniform("burst day", staff, burst))).astype(np.int64)
    at = day * DAY + (draws.uniform("burst second", staff, nth) * 5 * 3600).astype(np.int64)
    soon = draws.happens("bought leaves", staff, 0.6, nth)
    stays = 3600 + (draws.uniform("bought stays", staff, nth) * 6.5 * DAY).astype(np.int64)
    return Padding(
        who=FIRST + staff * 10_000 + nth,
        staff=staff,
        at=at,
        left=np.where(soon, at + stays, NEVER),
    )
