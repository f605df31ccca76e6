"""Memberships: who registers, who pays for a year, who renews, and who climbs the tiers?

Paid members are good customers to begin with (selection); what the membership itself causes is
planted in `purchases`.
"""

from dataclasses import dataclass

import numpy as np

from insights.demo.world.columns import NEVER, Columns, Floats, Ints
from insights.demo.world.customers import Customers, standing
from insights.demo.world.draws import Draws
from insights.demo.world.friends import Friends
from insights.demo.world.parameters import STORE, Parameters
from insights.demo.world.setting import Setting

TERM_DAYS = 365.0
MOST_TERMS = 6
FREE, PAID = range(2)
JOIN, UPGRADE, RENEW = range(3)
REASONS = ("join", "upgrade", "renew")
TIERS = ("V1", "V2", "V3", "V4", "V5")
PAID_TIER = 5  # said as "付费会员"
TIER_WORDS = (*TIERS, "付费会员")


@dataclass(frozen=True, eq=False)
class Memberships(Columns):
    """Spells of membership at one tier. Days count from the world's first."""

    row: Ints
    who: Ints
    nth: Ints  # of the customer, within the programme
    program: Ints
    tier: Ints
    started: Floats
    ended: Floats  # NEVER while it lasts
    reason: Ints
    staff: Ints  # who enrolled, or -1


def registered(draws: Draws, parameters: Parameters, people: Customers) -> Floats:
    """Return the day on which each customer registers for the free programme; NEVER if not."""
    odds = np.log(parameters.register_share / (1 - parameters.register_share))
    odds = odds + 0.8 * standing(people.rate, parameters) + np.where(people.home == STORE, 1.0, 0.0)
    joins = draws.happens("registers", people.who, 1 / (1 + np.exp(-odds)))
    day = people.born + draws.exponential("registers at", people.who) * 15
    return np.where(joins & (people.born < NEVER), day, float(NEVER))


def paid(setting: Setting, people: Customers, found: Friends, member: Floats) -> Memberships:
    """Return the paid years: registered friends who buy much, renewed while one still buys."""
    draws, parameters, calendar = setting.draws, setting.parameters, setting.calendar
    joined, _left, staff = found.of_customers(len(people))
    odds = np.log(parameters.paid_share / (1 - parameters.paid_share))
    odds = odds + parameters.paid_selection * (standing(people.rate, parameters) + people.spend)
    pays = draws.happens("pays", people.who, 1 / (1 + np.exp(-odds)))
    pays &= (joined < calendar.days) & (member < calendar.days)
    wait = draws.exponential("pays at", people.who) * 60
    start = np.maximum(np.maximum(joined, people.born), member) + wait
    row = np.flatnonzero(pays & (start < np.minimum(calendar.days, people.gone)))
    spells, begun, term = [], start[row], 0
    while row.size and term < MOST_TERMS:
        count = row.size
        spells.append(
            Memberships(
                row=row,
                who=people.who[row],
                nth=np.full(count, term),
                program=np.full(count, PAID),
                tier=np.full(count, PAID_TIER),
                started=begun,
                ended=begun + TERM_DAYS,
                reason=np.full(count, RENEW if term else JOIN),
                staff=staff[row],
            )
        )
        begun, term = begun + TERM_DAYS, term + 1
        alive = people.gone[row] > begun
        chance = np.where(alive, parameters.renewal, parameters.renewal_gone)
        again = draws.happens("renews", people.who[row], chance, term) & (begun < calendar.days)
        row, begun = row[again], begun[again]
    return Memberships.stacked(spells or [_none()])


def free(
    setting: Setting,
    people: Customers,
    member: Floats,
    staff: Ints,
    spent: tuple[Ints, Floats, Ints],
) -> Memberships:
    """Return the free spells: a tier is reached when cumulative spend passes its threshold.

    Parameters
    ----------
    member
        Day of registration of each customer.
    staff
        Account that enrolled each customer, or -1.
    spent : row, day and cents of each payment
    """
    parameters, calendar = setting.parameters, setting.calendar
    row, day, cents = spent
    order = np.lexsort((day, row))
    row, day, cents = row[order], day[order], cents[order]
    total = np.cumsum(cents)
    start = np.searchsorted(row, np.arange(len(people)))
    before = np.concatenate([[0], total])[start]
    running = total - before[row]
    reached = [np.where(member < calendar.days, member, float(NEVER))]
    for yuan in parameters.tiers_yuan:
        passed = np.flatnonzero(running >= yuan * 100)
        when = np.full(len(people), float(NEVER))
        # The first passing of each customer: rows are in order, so the last write is the first one.
        when[row[passed[::-1]]] = day[passed[::-1]]
        reached.append(np.maximum(when, reached[0]))
    spells = []
    for tier, begun in enumerate(reached):
        ends = reached[tier + 1] if tier + 1 < len(reached) else np.full(len(people), float(NEVER))
        # A member who registers after having spent enough begins at the higher tier.
        here = np.flatnonzero((begun < calendar.days) & (ends > begun))
        spells.append(
            Memberships(
                row=here,
                who=people.who[here],
                nth=np.full(here.size, tier),
                program=np.full(here.size, FREE),
                tier=np.full(here.size, tier),
                started=begun[here],
                ended=np.where(ends < calendar.days, ends, float(NEVER))[here],
                reason=np.where(begun == reached[0], JOIN, UPGRADE)[here],
                staff=staff[here],
            )
        )
    return Memberships.stacked(spells)


def _none() -> Memberships:
    ints, floats = np.zeros(0, np.int64), np.zeros(0)
    return Memberships(ints, ints, ints, ints, ints, floats, floats, ints, ints)
