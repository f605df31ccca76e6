"""Samples: who is given one? Members who have bought much are, and a sample makes nobody buy.

Whoever compares testers with everybody else finds a large effect that is not there; members who had
bought as often and as lately show that there is none.
"""

from dataclasses import dataclass

import numpy as np

from insights.demo.world.columns import DAY, Columns, Floats, Ints
from insights.demo.world.customers import Customers
from insights.demo.world.orders import Orders
from insights.demo.world.purchases import SALE
from insights.demo.world.setting import Setting

EVERY = 3  # months
ON = 9  # days after the first of the month
HOUR = 11
YEAR = 365
SELECTION = 0.6  # log odds of an order more in the year before, up to four


@dataclass(frozen=True, eq=False)
class Samples(Columns):
    """One row a person and round."""

    who: Ints
    turn: Ints  # number of the round
    at: Ints


def samples(setting: Setting, people: Customers, member: Floats, made: Orders) -> Samples:
    """Return the samples given to a block's members.

    Parameters
    ----------
    setting : Setting
    people : Customers
    member : array of floats
        Day on which each of them registered.
    made : Orders
        Their orders: the brand picks by what it has seen of them.
    """
    months = setting.calendar.months
    usual = np.log(setting.parameters.sample_share)
    paid = np.where(made.kind == SALE, made.paid // DAY, -1)
    parts = []
    for turn, month in enumerate(range(1, int(months[-1]) + 1, EVERY)):
        day = int(np.flatnonzero(months == month)[0]) + ON
        seen = (paid >= max(day - YEAR, 0)) & (paid < day)
        often = np.bincount(made.row[seen], minlength=len(people))
        odds = usual + SELECTION * np.minimum(often, 4)
        given = setting.draws.happens("sample", people.who, 1 / (1 + np.exp(-odds)), turn)
        row = np.flatnonzero(given & (member < day) & (people.born < day))
        second = HOUR * 3600 + setting.draws.uniform("sample at", people.who[row], turn) * 3600
        parts.append(
            Samples(
                who=people.who[row],
                turn=np.full(row.size, turn),
                at=day * DAY + second.astype(np.int64),
            )
        )
    return Samples.stacked(parts)
