"""Channel: the orders of one channel and stretch of time, ready to be written in any format."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from insights.demo.direct.trade import statuses
from insights.demo.wire import line_numbers, moments, money, order_numbers, words
from insights.demo.world import Block, World
from insights.demo.world.brand import GIFT_CODE
from insights.demo.world.columns import DAY, NEVER, Ints
from insights.demo.world.customers import CITIES
from insights.demo.world.identity import phones
from insights.demo.world.orders import FREEBIE, Lines, Orders

WINDOW_MONTHS = 3  # What most consoles export at once.
SURNAMES = "赵钱孙李周吴郑王冯陈"
GIVEN = ("一", "二", "三", "四", "五", "六")


@dataclass(frozen=True, eq=False)
class Sales:
    """Orders, lines and what was given back. `lines.order` is the place in `orders`."""

    world: World
    found: Block
    orders: Orders
    lines: Lines
    back: Ints  # cents given back, a line
    refunded: Ints  # when, a line
    applied: Ints
    name: str  # of the stretch of time, for a file

    @cached_property
    def of_line(self) -> Orders:
        """The order of each line."""
        return self.orders.take(self.lines.order)

    @cached_property
    def status(self) -> Ints:
        """Status of each order, as in `direct.trade.STATUSES`."""
        return statuses(self.orders, self.order_back)

    @cached_property
    def order_back(self) -> Ints:
        """Cents given back, an order."""
        total = np.bincount(self.lines.order, self.back, len(self.orders))
        return np.asarray(total, np.int64)

    @cached_property
    def numbers(self) -> Any:
        """Order numbers."""
        return order_numbers(self.world.spec.first, self.orders)

    @cached_property
    def line_numbers(self) -> Any:
        """Numbers of lines."""
        return line_numbers(self.world.spec.first, self.orders, self.lines)

    @cached_property
    def codes(self) -> Any:
        """Product codes, a line."""
        return words(self._product, [*self.world.setting.products.code, GIFT_CODE])

    @cached_property
    def titles(self) -> Any:
        """Product names, a line."""
        return words(self._product, [*self.world.setting.products.name, "赠品小样"])

    @cached_property
    def _product(self) -> Ints:
        goods = self.world.setting.products
        free = self.lines.product == FREEBIE
        return np.asarray(np.where(free, len(goods), self.lines.product))

    def by_line(self, values: Any) -> Any:
        """Repeat what holds of orders for each of their lines."""
        return values.take(pa.array(self.lines.order))

    def at(self, seconds: Ints, form: str = "%Y-%m-%d %H:%M:%S") -> Any:
        """Return moments as text, missing where they have not come."""
        return pc.strftime(moments(self.world.spec.first, seconds), form)

    def yuan(self, cents: Ints) -> Any:
        """Return cents as text in yuan."""
        return pc.cast(money(np.asarray(cents, np.int64)), pa.string())

    def phones(self, made: Orders) -> Any:
        """Return the phones of buyers."""
        return phones(self.world.spec.seed, made.who)

    def names(self, made: Orders) -> list[str]:
        """Return invented names, from a list of ten and six."""
        return [SURNAMES[who % 10] + GIVEN[who // 10 % 6] for who in made.who]

    def places(self, made: Orders) -> list[tuple[str, str]]:
        """Return province and city of buyers."""
        people = self.found.people
        return [CITIES[people.region[row]][people.city[row]] for row in made.row]

    def month(self, number: int) -> "Sales":
        """Return the orders of one month of the world."""
        mine = self.world.calendar.months[self.orders.created // DAY] == number
        return self._taken(mine, f"{np.datetime64(self.world.spec.first, 'M') + number}")

    def windows(self) -> Iterator["Sales"]:
        """Return the orders in stretches of some months, by when they were created."""
        month = self.world.calendar.months[self.orders.created // DAY]
        first = np.datetime64(self.world.spec.first, "M")
        for begin in range(0, self.world.spec.months, WINDOW_MONTHS):
            end = min(begin + WINDOW_MONTHS, self.world.spec.months) - 1
            taken = self._taken((month >= begin) & (month <= end), f"{first + begin}_{first + end}")
            if len(taken.orders):
                yield taken

    def _taken(self, mine: Any, name: str) -> "Sales":
        place = np.cumsum(mine) - 1
        kept = mine[self.lines.order]
        lines = self.lines.take(kept)
        return Sales(
            self.world,
            self.found,
            self.orders.take(mine),
            Lines(
                order=place[lines.order],
                **{
                    field: getattr(lines, field)
                    for field in lines.__dataclass_fields__
                    if field != "order"
                },
            ),
            self.back[kept],
            self.refunded[kept],
            self.applied[kept],
            name,
        )


def sales(world: World, found: Block, channel: int) -> Sales:
    """Return everything sold in a channel, in order of creation."""
    back, refunded, applied = (np.full(len(found.lines), v, np.int64) for v in (0, NEVER, NEVER))
    back[found.refunds.line] = found.refunds.amount
    refunded[found.refunds.line] = found.refunds.refunded
    applied[found.refunds.line] = found.refunds.applied
    whole = Sales(world, found, found.orders, found.lines, back, refunded, applied, "")
    return whole._taken(found.orders.channel == channel, "")
