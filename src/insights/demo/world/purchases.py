"""Purchases: who buys when and where, and what made them?

Each customer has one Poisson process of candidates, at the fastest pace that any effect could give.
A candidate carries a mark; a purchase it becomes if the mark lies under what the effects of the day
allow, and the level that it falls under says what caused it. So the world knows of every order
whether it would be there without the friendship, and where it would have been placed.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from insights.demo.world.calendar import HOURS, Calendar
from insights.demo.world.columns import DAY, NEVER, Columns, Floats, Ints, repeated
from insights.demo.world.customers import YEAR, Customers, channel_weights
from insights.demo.world.friends import Friends
from insights.demo.world.memberships import Memberships
from insights.demo.world.parameters import DOUYIN, PRIVATE, STORE, TMALL, Parameters
from insights.demo.world.setting import Setting

OWN, FRIENDSHIP, MEMBERSHIP, CALL = range(4)
CAUSES = ("own", "friendship", "membership", "call")
SALE, TEST, GIFT, TRIFLE, UNPAID, FORFEITED = range(6)
KINDS = ("sale", "test", "gift", "trifle", "unpaid", "forfeited")
# Orders of one customer are told apart by `nth`: purchases from 0, the one after a call, and what
# is no sale, a thousand further for each kind.
CALLED = 900
APART = 1_000


@dataclass(frozen=True, eq=False)
class Purchases(Columns):
    """What is ordered: one row an order. Times in seconds from the world's first day."""

    row: Ints  # place of the customer in the block
    who: Ints
    nth: Ints  # tells the orders of one customer apart
    at: Ints
    channel: Ints
    otherwise: Ints  # channel in which it would have been placed without the friendship
    cause: Ints
    kind: Ints

    @property
    def day(self) -> Ints:
        """Day of the world."""
        return np.asarray(self.at // DAY)


class Wanted(NamedTuple):
    """Purchases before it is known where: customer, number, day and cause."""

    row: Ints
    nth: Ints
    day: Ints
    cause: Ints


def purchases(setting: Setting, people: Customers, found: Friends, paid: Memberships) -> Purchases:
    """Return the purchases of customers, first ones included, up to the end of the world."""
    draws, parameters, calendar = setting.draws, setting.parameters, setting.calendar
    effects, accounts = parameters.effects, setting.staff
    joined, left, staff = found.of_customers(len(people))
    lift = np.array(effects.join_lift)[people.segment]
    lift = np.where(staff >= 0, lift * np.exp(accounts.skill[staff]), 0.0)
    begun, ended = _paid_years(paid, len(people))
    pays = np.where(begun < NEVER, effects.member_lift, 0.0)
    most = (1 + lift) * (1 + pays)

    first = np.flatnonzero(people.born < calendar.days)
    from_ = calendar.spent(np.minimum(people.born, calendar.days), people.hunter)
    to = calendar.spent(np.minimum(people.gone, calendar.days), people.hunter)
    counts = draws.poisson("purchases", people.who, people.rate / YEAR * most * (to - from_))
    row, nth = repeated(counts)
    who = people.who[row]
    spent = from_[row] + (to - from_)[row] * draws.uniform("when", who, nth)
    day = np.floor(calendar.moment(spent, people.hunter[row])).astype(np.int64)
    day = np.minimum(day, calendar.days - 1)

    friend = (day > joined[row]) & (day <= left[row])
    member = (day >= begun[row]) & (day < ended[row])
    base = 1 - decline(parameters, calendar, people.region[row], day)
    level = base * np.where(friend, 1 + lift[row], 1.0)
    whole = level * np.where(member, 1 + pays[row], 1.0)
    mark = draws.uniform("mark", who, nth) * most[row]
    cause = np.select([mark < base, mark < level], [OWN, FRIENDSHIP], MEMBERSHIP)
    kept = mark < whole
    born = people.born[first]
    row = np.concatenate([first, row[kept]])
    nth = np.concatenate([np.zeros(first.size, np.int64), nth[kept] + 1])
    day = np.concatenate([np.floor(born).astype(np.int64), day[kept]])
    # Whom a friendship made a customer would not be there without it, nor would what follows.
    new = np.zeros(len(people), bool)
    new[found.row[found.caused]] = True
    cause = np.concatenate([np.full(first.size, OWN), cause[kept]])
    cause = np.where(new[row] & (cause == OWN), FRIENDSHIP, cause)
    return placed(setting, people, found, Wanted(row, nth, day, cause))


def placed(setting: Setting, people: Customers, found: Friends, wanted: Wanted) -> Purchases:
    """Return purchases with their channel and time of day: what a customer and a day allow."""
    draws, parameters, calendar = setting.draws, setting.parameters, setting.calendar
    row, nth, day, cause = wanted
    joined, left, _ = found.of_customers(len(people))
    who = people.who[row]
    weight = channel_weights(parameters, people.home)[row] * calendar.channels[day]
    otherwise = draws.pick("channel", who, weight, nth)
    friend = (day > joined[row]) & (day <= left[row])
    moved = np.array(parameters.effects.moved_share)[people.segment[row]]
    moves = friend & (otherwise == TMALL) & draws.happens("moves", who, moved, nth)
    private = np.where(draws.happens("which private", who, 0.55, nth), PRIVATE[0], PRIVATE[1])
    channel = np.where(moves, private, otherwise)
    hour = np.empty(row.size, np.int64)
    for name, hours in HOURS.items():
        kind_of = {"live": channel == DOUYIN, "store": channel == STORE}
        mine = kind_of.get(name, ~np.isin(channel, (DOUYIN, STORE)))
        hour[mine] = draws.pick("hour", who[mine], np.array(hours, float), nth[mine])
    second = (draws.uniform("second", who, nth) * 3600).astype(np.int64)
    return Purchases(
        row=row,
        who=who,
        nth=nth,
        at=day * DAY + hour * 3600 + second,
        channel=channel,
        otherwise=otherwise,
        cause=cause,
        kind=np.full(row.size, SALE),
    )


def tired_from(parameters: Parameters, calendar: Calendar) -> int:
    """Return the day from which the tired region responds less; its sales follow weeks later."""
    return int(calendar.days * 0.5) + 7 * (parameters.lead_weeks // 2)


def decline(parameters: Parameters, calendar: Calendar, region: Ints, day: Ints) -> Floats:
    """Return the share of purchases lost in the region that tired of the brand."""
    late = day >= tired_from(parameters, calendar) + 7 * parameters.lead_weeks
    hit = late & (region == parameters.region_tires)
    return np.where(hit, parameters.effects.sales_decline, 0.0)


def _paid_years(paid: Memberships, count: int) -> tuple[Floats, Floats]:
    """Return the first and the last day of each customer's paid years, which follow each other."""
    begun, ended = np.full(count, float(NEVER)), np.full(count, float(NEVER))
    np.minimum.at(begun, paid.row, paid.started)
    last = np.zeros(count)
    np.maximum.at(last, paid.row, paid.ended)
    return begun, np.where(begun < NEVER, last, ended)
