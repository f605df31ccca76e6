"""Elsewhere: what do people buy whom the brand knows from nowhere else, and whom nothing moves?

Three small shops, plain transfers, group-buys, and what small sellers sell by Youzan. Who buys
here is nobody of the world, so that what is planted in it stays true of everybody in it.
"""

from dataclasses import dataclass

import numpy as np

from insights.demo.world.calendar import Calendar
from insights.demo.world.columns import DAY, NEVER, Bools, Columns, Ints, repeated
from insights.demo.world.setting import Setting

KUAISHOU, PDD, XHS, TRANSFER, GROUP_BUY, SMALL_SELLER = range(6)
PLACES = ("kuaishou", "pdd", "xhs", "wechat_transfer", "other", "youzan")  # channel of each
SHOPS = (KUAISHOU, PDD, XHS)
SELLERS = (8, 8, 8, 8, 8, 24)
SHARES = (0.012, 0.02, 0.012, 0.008, 0.006, 0.006)  # buyers, of the people of the world
FEWEST = (40, 40, 40, 16, 40, 16)  # buyers of a place
MORE = 0.6  # orders beyond the first, on average
SECOND_SKU = 0.25  # of the orders that can have two
UNPAID = (0.06, 0.08, 0.05, 0.0, 0.0, 0.06)
BACK = (0.14, 0.12, 0.10, 0.10, 0.05, 0.10)  # of paid orders, given back in full
MERCHANT_OFF, PLATFORM_OFF = 0.10, 0.03
ROUNDS = 4  # group-buys, each open from Friday noon to Saturday evening
FRIDAY, OPENS, OPEN_HOURS = 4, 12 * 3600, 30
HASTE = 2  # The share ordered by a fraction f of that time is f ** (1 / HASTE).
BILL_DAYS = 85
_EACH = 10_000_000


@dataclass(frozen=True, eq=False)
class Elsewhere(Columns):
    """One row a product of an order, orders in order of time. Seconds, and money in cents."""

    place: Ints  # in PLACES
    order: Ints  # number, unique among all places
    nth: Ints  # of the rows of its order
    buyer: Ints  # number, unique among all places
    created: Ints
    paid: Ints
    shipped: Ints
    received: Ints
    back_at: Ints  # given back in full; NEVER where it was not
    product: Ints
    quantity: Ints
    goods: Ints
    merchant_off: Ints
    platform_off: Ints
    amount: Ints
    seller: Ints  # who is credited, or -1
    round_no: Ints  # of the group-buys, or -1

    @property
    def back(self) -> Bools:
        """Whether it was given back."""
        return np.asarray(self.back_at < NEVER)


def elsewhere(setting: Setting, customers: int) -> Elsewhere:
    """Return everything bought elsewhere, in a world of so many people."""
    parts = [_bought(setting, place, customers) for place in range(len(PLACES))]
    every = Elsewhere.stacked(parts)
    return every.take(np.lexsort((every.nth, every.order, every.created)))


def _bought(setting: Setting, place: int, customers: int) -> Elsewhere:
    draws, calendar = setting.draws, setting.calendar
    end = calendar.days * DAY
    buyers = place * _EACH + np.arange(max(FEWEST[place], int(customers * SHARES[place])))
    row, turn = repeated(1 + draws.poisson("elsewhere", buyers, np.full(buyers.size, MORE)))
    buyer = buyers[row]
    created, round_no = _when(setting, place, buyer, turn)
    paid = created + 20 + (draws.uniform("elsewhere paid", buyer, turn) * 400).astype(np.int64)
    if place in {TRANSFER, GROUP_BUY}:
        paid = created
    never = draws.happens("elsewhere unpaid", buyer, UNPAID[place], turn)
    paid = np.where(never, NEVER, paid)
    shipped = paid + DAY + (draws.uniform("elsewhere sent", buyer, turn) * DAY).astype(np.int64)
    received = shipped + 3 * DAY
    back = draws.happens("elsewhere back", buyer, BACK[place], turn) & (paid < end)
    soon = draws.happens("elsewhere soon", buyer, 0.4, turn)
    back_at = np.where(soon, paid + 7_200, received + DAY)
    shipped = np.where(back & soon, NEVER, shipped)
    received = np.where(back & soon, NEVER, received)
    seller = draws.pick("elsewhere seller", buyer, np.ones(SELLERS[place]), turn)
    credited = 1.0 if place == SMALL_SELLER else 0.4
    seller = np.where(draws.happens("elsewhere credited", buyer, credited, turn), seller, -1)
    two = draws.happens("elsewhere two", buyer, SECOND_SKU, turn) & (place == XHS)
    line, nth = repeated(1 + two.astype(np.int64))
    who, times = buyer[line], turn[line] * 2 + nth
    old = np.flatnonzero(setting.products.launched < 0)
    drawn = draws.uniform("elsewhere product", who, times)
    product = old[(drawn * old.size).astype(np.int64)]
    quantity = 1 + draws.happens("elsewhere more", who, 0.1, times).astype(np.int64)
    goods = setting.products.price[product] * quantity
    merchant = np.round(goods * MERCHANT_OFF).astype(np.int64)
    platform = np.round(goods * PLATFORM_OFF).astype(np.int64) * (place in SHOPS)
    return Elsewhere(
        place=np.full(line.size, place),
        order=who * 100 + turn[line],
        nth=nth,
        buyer=who,
        created=created[line],
        paid=_before(paid, end)[line],
        shipped=_before(shipped, end)[line],
        received=_before(received, end)[line],
        back_at=_before(np.where(back, back_at, NEVER), end)[line],
        product=product,
        quantity=quantity,
        goods=goods,
        merchant_off=merchant,
        platform_off=platform,
        amount=goods - merchant - platform,
        seller=seller[line],
        round_no=round_no[line],
    )


def _when(setting: Setting, place: int, buyer: Ints, turn: Ints) -> tuple[Ints, Ints]:
    """Return when each order is placed, and in which round of group-buys."""
    draws, days = setting.draws, setting.calendar.days
    drawn = draws.uniform("elsewhere at", buyer, turn)
    none = np.full(buyer.size, -1)
    if place == TRANSFER:  # A bill goes back three months.
        begins = max(days - BILL_DAYS, 0)
        return ((begins + drawn * (days - 1 - begins)) * DAY).astype(np.int64), none
    if place != GROUP_BUY:
        return (drawn * (days - 1) * DAY).astype(np.int64), none
    round_no = draws.pick("elsewhere round", buyer, np.ones(ROUNDS), turn)
    spent = (drawn**HASTE * OPEN_HOURS * 3600).astype(np.int64)
    return round_opens(setting.calendar)[round_no] + spent, round_no


def round_opens(calendar: Calendar) -> Ints:
    """Return the second of the world at which each group-buy opens.

    Examples
    --------
    >>> from datetime import date
    >>> opens = round_opens(Calendar(date(2026, 4, 1), 91))
    >>> (opens // DAY).tolist(), set((opens % DAY // 3600).tolist())
    ([16, 37, 58, 79], {12})
    """
    about = ((np.arange(ROUNDS) + 0.5) * calendar.days / ROUNDS).astype(np.int64)
    fridays = about + (FRIDAY - calendar.weekday[about]) % 7
    return np.asarray(fridays * DAY + OPENS)


def _before(when: Ints, end: int) -> Ints:
    return np.asarray(np.where(when < end, when, NEVER))
