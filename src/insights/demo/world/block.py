"""A block: some people of the world with everything that they did."""

from dataclasses import dataclass

import numpy as np

from insights.demo.world.calls import Calls, calls
from insights.demo.world.columns import DAY, Floats, Ints
from insights.demo.world.coupons import Coupons, coupons
from insights.demo.world.customers import Customers, customers
from insights.demo.world.friends import Friends, friends
from insights.demo.world.memberships import Memberships, free, paid, registered
from insights.demo.world.messages import Touches, touches
from insights.demo.world.orders import Lines, Orders, orders, with_others
from insights.demo.world.purchases import SALE, Purchases, purchases
from insights.demo.world.refunds import Refunds, refunds
from insights.demo.world.setting import Setting


@dataclass(frozen=True, eq=False)
class Block:
    """Tables of some people. Rows refer to each other by place within the block."""

    people: Customers
    friends: Friends
    member: Floats  # day of registration of each customer
    memberships: Memberships
    orders: Orders
    lines: Lines
    refunds: Refunds
    calls: Calls
    touches: Touches
    coupons: Coupons


def block(setting: Setting, who: Ints) -> Block:
    """Simulate the people with these numbers."""
    draws, parameters = setting.draws, setting.parameters
    people = customers(draws, parameters, setting.calendar, who)
    found, people = friends(setting, people)
    member = registered(draws, parameters, people)
    years = paid(setting, people, found, member)
    bought = purchases(setting, people, found, years)
    called, extra = calls(setting, people, found, member, bought)
    every = with_others(setting, Purchases.stacked([bought, extra]))
    # By person and time, so that the order of rows says nothing of what caused them.
    every = every.take(np.lexsort((every.nth, every.at, every.row)))
    made, lines = orders(setting, people, found, every)
    given, made = refunds(setting, made, lines)
    kept = (made.kind == SALE) & (made.paid < setting.calendar.days * DAY)
    spent = (made.row[kept], made.paid[kept] / DAY, made.amount[kept])
    _, _, friend = found.of_customers(who.size)
    tiers = free(setting, people, member, friend, spent)
    return Block(
        people=people,
        friends=found,
        member=member,
        memberships=Memberships.stacked([tiers, years]),
        orders=made,
        lines=lines,
        refunds=given,
        calls=called,
        touches=touches(setting, people, found),
        coupons=coupons(setting, people, found),
    )
