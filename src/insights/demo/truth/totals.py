"""Totals: how much was really ordered, given back, added and joined, by channel and month?"""

from typing import Any

import numpy as np
import pyarrow as pa

from insights.demo.faults import exported
from insights.demo.wire import money, words
from insights.demo.world import CHANNELS, Block, World
from insights.demo.world.columns import DAY, NEVER, Bools, Ints
from insights.demo.world.purchases import KINDS


class Totals:
    """Sums over blocks, to the cent.

    An order belongs to the month in which it was paid, and its refunds with it. Kept apart are what
    happened and what the exports hold.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._shape = (len(CHANNELS), world.spec.months, len(KINDS))
        size = int(np.prod(self._shape))
        self._sums = {
            (held, what): np.zeros(size, np.int64)
            for held in (False, True)
            for what in ("orders", "gross", "refunds")
        }
        self.counts: dict[str, int] = {"contacts": len(world.padding)}

    def add(self, found: Block) -> None:
        """Take in a block."""
        made = found.orders
        held = exported(self._world, found)
        self._add(False, found, made.paid < NEVER)
        self._add(True, found, (made.paid < NEVER) & held)
        for name, rows in (
            ("contacts", len(found.friends)),
            ("memberships", len(found.memberships)),
            ("paid_memberships", int((found.memberships.program == 1).sum())),
            ("members", int((found.member < self._world.spec.days).sum())),
            ("people", len(found.people)),
            ("friends", int((found.friends.nth == 0).sum())),
            ("orders_created", len(made)),
            ("orders_exported", int(held.sum())),
            ("assigned", len(found.calls)),
        ):
            self.counts[name] = self.counts.get(name, 0) + rows

    def table(self) -> Any:
        """Return the sums: one row a channel, month, kind of order, and whether exported only."""
        channel, month, kind = (i.ravel() for i in np.indices(self._shape))
        first = np.datetime64(self._world.spec.first, "M")
        tables = []
        for held in (False, True):
            sums = {what: self._sums[held, what] for what in ("orders", "gross", "refunds")}
            rows = sums["orders"] > 0
            tables.append(
                pa.table(
                    {
                        "channel": words(channel[rows], CHANNELS),
                        "month": pa.array([str(first + int(m)) for m in month[rows]]),
                        "kind": words(kind[rows], KINDS),
                        "exported_only": pa.array(np.full(int(rows.sum()), held)),
                        "orders": pa.array(sums["orders"][rows]),
                        "gross_amount": money(sums["gross"][rows]),
                        "refund_amount": money(sums["refunds"][rows]),
                        "net_amount": money((sums["gross"] - sums["refunds"])[rows]),
                    }
                )
            )
        return pa.concat_tables(tables)

    def _add(self, held: bool, found: Block, rows: Bools) -> None:
        made = found.orders
        cell = np.zeros(len(made), np.int64)
        cell[rows] = self._cells(found, rows)
        back = found.refunds.take(rows[found.refunds.order])
        for what, index, amount in (
            ("orders", cell[rows], np.ones(int(rows.sum()), np.int64)),
            ("gross", cell[rows], made.amount[rows]),
            ("refunds", cell[back.order], back.amount),
        ):
            np.add.at(self._sums[held, what], index, amount)

    def _cells(self, found: Block, rows: Bools) -> Ints:
        made = found.orders
        month = self._world.calendar.months[made.paid[rows] // DAY]
        place = (made.channel[rows], month, made.kind[rows])
        return np.asarray(np.ravel_multi_index(place, self._shape))
