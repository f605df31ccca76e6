"""Faults: what the exports lose or repeat, as exports do. Planted, and known to the truth."""

from dataclasses import dataclass, replace

import numpy as np

from insights.demo.world import Block, World
from insights.demo.world.columns import DAY, Bools
from insights.demo.world.parameters import TMALL, YOUZAN


@dataclass(frozen=True)
class Faults:
    """Days and months of the world, counted from 0."""

    missing_day: int  # no order of this day is in any Tmall export
    doubled_month: int  # Youzan orders of this month were exported twice

    missing_channel: int = TMALL
    doubled_channel: int = YOUZAN


def faults(world: World) -> Faults:
    """Return the faults of a world's exports."""
    return Faults(
        missing_day=int(world.spec.days * world.parameters.missing_at),
        doubled_month=int(world.spec.months * world.parameters.doubled_at),
    )


def exported(world: World, found: Block) -> Bools:
    """Return which orders of a block the exports hold."""
    lost = faults(world)
    made = found.orders
    return np.asarray(
        ~((made.channel == lost.missing_channel) & (made.created // DAY == lost.missing_day))
    )


def as_exported(world: World, found: Block) -> Block:
    """Return a block with the orders, lines and refunds that the exports hold."""
    kept = exported(world, found)
    place = np.cumsum(kept) - 1
    lines = found.lines
    with_line = kept[lines.order]
    line_place = np.cumsum(with_line) - 1
    given = found.refunds.take(kept[found.refunds.order])
    lines = lines.take(with_line)
    return replace(
        found,
        orders=found.orders.take(kept),
        lines=replace(lines, order=place[lines.order]),
        refunds=replace(given, order=place[given.order], line=line_place[given.line]),
    )
