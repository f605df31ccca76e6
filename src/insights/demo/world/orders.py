"""Orders: what is in them, what do they cost, and when are they paid, shipped and received?

Money is whole cents. An order's amounts are the sums of its lines'.
"""

from dataclasses import dataclass, replace

import numpy as np

from insights.demo.world.brand import GUIDE, PRODUCTS_EACH, Products
from insights.demo.world.columns import DAY, NEVER, Bools, Columns, Ints, repeated
from insights.demo.world.customers import Customers
from insights.demo.world.friends import Friends
from insights.demo.world.parameters import PRIVATE, STORE, TMALL, YOUZAN
from insights.demo.world.purchases import (
    APART,
    FORFEITED,
    GIFT,
    SALE,
    TEST,
    TRIFLE,
    UNPAID,
    Purchases,
)
from insights.demo.world.setting import Setting

FREEBIE = -1  # product of a line that is given free
FREEBIE_CENTS = 3_900
LINES = (0.66, 0.22, 0.08, 0.04)
DISCOUNTS = (0.12, 0.12, 0.25, 0.05, 0.10, 0.10)  # by channel, on an ordinary day
PLATFORM_SHARE = (0.25, 0.25, 0.30, 0.0, 0.0, 0.0)  # of the discount, borne by the platform
DEPOSIT_SHARE = 0.10
SHIP_HOURS = (20.0, 12.0, 34.0, 0.0, 24.0, 24.0)


@dataclass(frozen=True, eq=False)
class Orders(Columns):
    """One row an order. Times in seconds from the world's first day, NEVER while not happened."""

    row: Ints
    who: Ints
    nth: Ints
    channel: Ints
    otherwise: Ints
    cause: Ints
    kind: Ints
    created: Ints
    paid: Ints
    shipped: Ints
    received: Ints
    closed: Ints
    presale: Bools
    deposit: Ints
    goods: Ints
    merchant_off: Ints
    platform_off: Ints
    amount: Ints  # what the buyer pays
    staff: Ints  # guide whom the shop credits, or -1
    store: Ints  # or -1


@dataclass(frozen=True, eq=False)
class Lines(Columns):
    """One row a product of an order. `order` is the place of the order in the block."""

    order: Ints
    nth: Ints
    product: Ints
    quantity: Ints
    goods: Ints
    merchant_off: Ints
    platform_off: Ints
    amount: Ints


def with_others(setting: Setting, sales: Purchases) -> Purchases:
    """Return sales and, beside some of them, what is no sale."""
    draws, parameters, calendar = setting.draws, setting.parameters, setting.calendar
    parts = [sales]
    online = sales.channel != STORE
    private = np.isin(sales.channel, PRIVATE)
    chances = {
        TEST: np.where(sales.channel == YOUZAN, parameters.tests * 10, 0.0),
        GIFT: np.where(private, parameters.gifts, 0.0),
        TRIFLE: np.where(online, parameters.trifles, 0.0),
        UNPAID: np.where(online, parameters.unpaid, 0.0),
        FORFEITED: np.where(
            (sales.channel == TMALL) & (calendar.presale[sales.day] >= 0),
            parameters.presale * parameters.forfeited,
            0.0,
        ),
    }
    for kind, chance in chances.items():
        beside = draws.happens(f"beside {kind}", sales.who, chance, sales.nth)
        more = sales.take(beside)
        at = more.at + 600 + (draws.uniform("beside at", more.who, more.nth) * 5_000).astype(int)
        day_end = (more.day + 1) * DAY - 1
        parts.append(
            replace(
                more,
                nth=more.nth + APART * kind,
                at=np.minimum(at, day_end),
                kind=np.full(len(more), kind),
            )
        )
    return Purchases.stacked(parts)


def orders(
    setting: Setting, people: Customers, found: Friends, bought: Purchases
) -> tuple[Orders, Lines]:
    """Return the orders of a block with their lines, as they go if nothing is given back."""
    draws, parameters, calendar = setting.draws, setting.parameters, setting.calendar
    lines = _lines(setting, people, bought)
    end = calendar.days * DAY
    who, nth, channel = bought.who, bought.nth, bought.channel
    day = bought.day
    sale = bought.kind == SALE
    presale = sale & (channel == TMALL) & (calendar.presale[day] >= 0)
    presale &= draws.happens("presale", who, parameters.presale, nth)
    presale |= bought.kind == FORFEITED
    evening = 20 * 3600 + (draws.uniform("pays rest", who, nth) * 4 * 3600 - 1).astype(np.int64)
    soon = bought.at + 5 + (draws.uniform("pays", who, nth) * 300).astype(np.int64)
    paid = np.where(presale, calendar.presale[day] * DAY + evening, soon)
    paid = np.where(channel == STORE, bought.at, paid)
    paid = np.where(np.isin(bought.kind, (UNPAID, FORFEITED)), NEVER, paid)
    hours = np.array(SHIP_HOURS)[channel] * (0.7 + 0.8 * draws.uniform("ships", who, nth))
    shipped = paid + (hours * 3600).astype(np.int64)
    way = np.where(channel == STORE, 0.0, 1.5 + 3.0 * draws.uniform("arrives", who, nth))
    received = shipped + (way * DAY).astype(np.int64)
    closed = np.where(channel == STORE, received, received + 7 * DAY)
    closed = np.where(bought.kind == UNPAID, bought.at + DAY, closed)
    closed = np.where(bought.kind == FORFEITED, (calendar.presale[day] + 3) * DAY, closed)
    amount = _by_order(lines, "amount", len(bought))
    staff = _seller(setting, people, found, bought)
    made = Orders(
        row=bought.row,
        who=who,
        nth=nth,
        channel=channel,
        otherwise=bought.otherwise,
        cause=bought.cause,
        kind=bought.kind,
        created=bought.at,
        paid=_before(paid, end),
        shipped=_before(shipped, end),
        received=_before(received, end),
        closed=_before(closed, end),
        presale=presale,
        deposit=np.where(presale, np.round(amount * DEPOSIT_SHARE).astype(np.int64), 0),
        goods=_by_order(lines, "goods", len(bought)),
        merchant_off=_by_order(lines, "merchant_off", len(bought)),
        platform_off=_by_order(lines, "platform_off", len(bought)),
        amount=amount,
        staff=staff,
        store=np.where((channel == STORE) & (staff >= 0), setting.staff.store[staff], -1),
    )
    return made, lines


def _lines(setting: Setting, people: Customers, bought: Purchases) -> Lines:
    draws, calendar, goods = setting.draws, setting.calendar, setting.products
    counts = 1 + draws.pick("lines", bought.who, np.array(LINES), bought.nth)
    counts = np.where(np.isin(bought.kind, (TEST, TRIFLE, GIFT)), 1, counts)
    gives = (bought.channel == YOUZAN) & (bought.kind == SALE)
    gives &= draws.happens("freebie", bought.who, 0.12, bought.nth)
    order, nth = repeated(counts + gives)
    free = gives[order] & (nth == counts[order])
    row, who, turn = bought.row[order], bought.who[order], bought.nth[order] * 8 + nth
    category = people.category[row]
    other = ~draws.happens("favourite", who, 0.55, turn)
    category = np.where(other, draws.pick("other category", who, np.ones(6), turn), category)
    place = draws.uniform("product", who, turn) ** np.exp(-0.9 * people.spend[row])
    product = category * PRODUCTS_EACH + (place * PRODUCTS_EACH).astype(np.int64)
    # What is not launched yet or was withdrawn is not for sale: its neighbour is.
    day = bought.day[order]
    sold = (goods.launched[product] <= day) & (goods.withdrawn[product] > day)
    product = np.where(~sold, category * PRODUCTS_EACH + _old(goods)[category], product)
    quantity = 1 + draws.happens("two", who, 0.05, turn).astype(np.int64)
    channel, kind = bought.channel[order], bought.kind[order]
    off = np.array(DISCOUNTS)[channel] + calendar.discount[day]
    off += np.where(people.hunter[row], 0.03, 0.0)
    listed = goods.price[product] * quantity
    amount = np.round(listed * (1 - np.minimum(off, 0.6))).astype(np.int64)
    amount = np.select([free, kind == TEST, kind == TRIFLE, kind == GIFT], [0, 1, 100, 0], amount)
    listed = np.select([free, kind == TEST, kind == TRIFLE], [FREEBIE_CENTS, 1, 100], listed)
    platform = np.round((listed - amount) * np.array(PLATFORM_SHARE)[channel]).astype(np.int64)
    platform = np.where(np.isin(kind, (TEST, TRIFLE, GIFT)) | free, 0, platform)
    return Lines(
        order=order,
        nth=nth,
        product=np.where(free, FREEBIE, product),
        quantity=np.where(free | np.isin(kind, (TEST, TRIFLE)), 1, quantity),
        goods=listed,
        merchant_off=listed - amount - platform,
        platform_off=platform,
        amount=amount,
    )


def _old(goods: Products) -> Ints:
    """Return the first product of each category that was sold from the beginning."""
    old = (goods.launched < 0).reshape(-1, PRODUCTS_EACH)
    return np.asarray(np.argmax(old, axis=1), np.int64)


def _seller(setting: Setting, people: Customers, found: Friends, bought: Purchases) -> Ints:
    """Return who is credited: the friend in private shops and the store, else a guide nearby."""
    draws, accounts = setting.draws, setting.staff
    joined, left, friend = found.of_customers(len(people))
    row, day = bought.row, bought.day
    guides = np.flatnonzero(accounts.role == GUIDE)
    near = [guides[accounts.region[guides] == region] for region in range(4)]
    anyone = np.full(row.size, -1)
    aim = draws.uniform("served by", bought.who, bought.nth)
    for region, there in enumerate(near):
        mine = (bought.channel == STORE) & (people.region[row] == region)
        pool = there if there.size else guides
        anyone[mine] = pool[(aim[mine] * pool.size).astype(np.int64)]
    has = (day >= np.floor(joined[row])) & (day <= left[row])
    mine = has & np.isin(bought.channel, (*PRIVATE, STORE))
    mine &= (bought.channel != STORE) | (accounts.role[friend[row]] == GUIDE)
    return np.asarray(np.where(mine, friend[row], anyone))


def _by_order(lines: Lines, name: str, count: int) -> Ints:
    return np.bincount(lines.order, getattr(lines, name), count).astype(np.int64)


def _before(when: Ints, end: int) -> Ints:
    return np.asarray(np.where(when < end, when, NEVER))
