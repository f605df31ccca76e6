"""Refunds: what is given back, on two clocks? One ticks from payment, the other from receipt.

Livestream buyers regret at once: some 25 points within hours of the stream, before anything is
shipped; another 15 after they have seen the goods. Shelf channels return less, and mostly late.
"""

from dataclasses import dataclass, replace

import numpy as np

from insights.demo.world.columns import DAY, NEVER, Columns, Ints
from insights.demo.world.orders import Lines, Orders
from insights.demo.world.purchases import SALE
from insights.demo.world.setting import Setting

BEFORE_SHIP, AFTER_RECEIPT = range(2)
PHASES = ("before_ship", "after_receipt")
KINDS = ("cancel", "return")


@dataclass(frozen=True, eq=False)
class Refunds(Columns):
    """One row a line given back. Times in seconds from the world's first day."""

    order: Ints  # place in the block
    line: Ints  # place in the block
    applied: Ints
    refunded: Ints
    amount: Ints
    phase: Ints


def refunds(setting: Setting, made: Orders, lines: Lines) -> tuple[Refunds, Orders]:
    """Return what was given back by the end of the world, and the orders as they then stand."""
    draws, parameters = setting.draws, setting.parameters
    end = setting.calendar.days * DAY
    who, nth, channel = made.who, made.nth, made.channel
    sale = (made.kind == SALE) & (made.paid < end)
    soon = np.array(parameters.refund_soon)[channel]
    late = np.array(parameters.refund_late)[channel]
    aim = draws.uniform("refund", who, nth)
    early = sale & (aim < soon)
    after = sale & (aim >= soon) & (aim < soon + late) & (made.received < end)
    hours = parameters.soon_hours * draws.exponential("regrets", who, nth)
    # Shipping may lie beyond the end; twelve hours are always before it.
    room = np.where(made.shipped < end, made.shipped - made.paid, DAY // 2)
    applied = made.paid + np.minimum((hours * 3600).astype(np.int64), (room * 0.9).astype(np.int64))
    days = parameters.late_days * draws.exponential("returns", who, nth)
    back = made.received + 3600 + (days * DAY).astype(np.int64)
    applied = np.where(early, applied, back)
    wait = np.where(early, 60 + 1200 * draws.uniform("wait", who, nth), DAY * 1.5)
    refunded = applied + wait.astype(np.int64)
    given = (early | after) & (refunded < end)
    counts = np.bincount(lines.order, lines.amount > 0, len(made)).astype(np.int64)
    part = given & (counts > 1) & draws.happens("part", who, parameters.part_refund, nth)
    mine = given[lines.order] & (lines.amount > 0) & (~part[lines.order] | (lines.nth == 0))
    place = np.flatnonzero(mine)
    order = lines.order[place]
    found = Refunds(
        order=order,
        line=place,
        applied=applied[order],
        refunded=refunded[order],
        amount=lines.amount[place],
        phase=np.where(early[order], BEFORE_SHIP, AFTER_RECEIPT),
    )
    whole = given & ~part
    unshipped = whole & early
    closed = np.where(whole, refunded, made.closed)
    return found, replace(
        made,
        shipped=np.where(unshipped, NEVER, made.shipped),
        received=np.where(unshipped, NEVER, made.received),
        closed=np.where(closed < end, closed, NEVER),
    )
