"""A world: a seed, a size and what is planted; its people are made block by block."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from insights.demo.world.block import Block, block
from insights.demo.world.brand import doses, products, staff
from insights.demo.world.calendar import Calendar
from insights.demo.world.campaigns import campaigns
from insights.demo.world.contents import contents
from insights.demo.world.draws import Draws
from insights.demo.world.elsewhere import Elsewhere, elsewhere
from insights.demo.world.padding import Padding, padding
from insights.demo.world.parameters import WORLDS, Parameters
from insights.demo.world.setting import Setting
from insights.demo.world.sidelines import Table, sidelines
from insights.errors import ParameterError, did_you_mean

LAST_DAY = date(2026, 6, 30)
FEWEST, MOST = 100, 20_000_000
SHORTEST, LONGEST = 3, 60
BLOCK = 20_000


@dataclass(frozen=True, kw_only=True)
class Spec:
    """Which world: equal specs are equal worlds, byte by byte.

    Parameters
    ----------
    customers : int, default 30,000
        People, with those who only ever look.
    months : int, default 18
        Calendar months up to the end of June 2026.
    seed : int, default 1
    world : str, default "default"
        Name of a set of parameters; "null" has every effect at zero.

    Raises
    ------
    ParameterError
        If there can be no such world.
    """

    customers: int = 30_000
    months: int = 18
    seed: int = 1
    world: str = "default"

    def __post_init__(self) -> None:
        for what, value, low, high in (
            ("customers", self.customers, FEWEST, MOST),
            ("months", self.months, SHORTEST, LONGEST),
            ("seed", self.seed, 0, 2**31 - 1),
        ):
            if not low <= value <= high:
                raise ParameterError(
                    f"A world has between {low:,} and {high:,} {what}; found {value:,}."
                    if what != "seed"
                    else f"A seed lies between {low} and {high}; found {value}."
                )
        if self.world not in WORLDS:
            raise ParameterError(
                f"There is no world called '{self.world}'.{did_you_mean(self.world, WORLDS)}"
            )

    @property
    def first(self) -> date:
        """Day 0: the first of a month."""
        months = LAST_DAY.year * 12 + LAST_DAY.month - self.months
        return date(months // 12, months % 12 + 1, 1)

    @property
    def days(self) -> int:
        """Days of the world."""
        return (LAST_DAY - self.first).days + 1


class World:
    """A simulated brand.

    Parameters
    ----------
    spec : Spec
    parameters : Parameters, optional
        Instead of those that the spec names.

    Examples
    --------
    >>> world = World(Spec(customers=200, months=6))
    >>> sum(len(block.people) for block in world.blocks(size=50))
    200
    """

    def __init__(self, spec: Spec, parameters: Parameters | None = None) -> None:
        self.spec = spec
        self.parameters = parameters or WORLDS[spec.world]
        self.draws = Draws(spec.seed)
        self.calendar = Calendar(spec.first, spec.days)

    @cached_property
    def setting(self) -> Setting:
        """What all people share: goods, staff, contents."""
        people = staff(self.draws, self.parameters, self.spec.customers)
        weeks = -(-self.spec.days // 7)
        return Setting(
            draws=self.draws,
            parameters=self.parameters,
            calendar=self.calendar,
            products=products(self.draws, self.spec.days),
            staff=people,
            doses=doses(self.draws, people, weeks),
            contents=contents(self.draws, self.parameters, self.calendar, self.spec.customers),
            campaigns=campaigns(self.draws, self.parameters, self.calendar),
        )

    @cached_property
    def padding(self) -> Padding:
        """Contacts that no customer is behind."""
        return padding(self.draws, self.parameters, self.calendar, self.setting.staff)

    @cached_property
    def elsewhere(self) -> Elsewhere:
        """What people buy whom the brand knows from nowhere else."""
        return elsewhere(self.setting, self.spec.customers)

    @cached_property
    def sidelines(self) -> dict[str, Table]:
        """What platforms and vendors tell in totals."""
        return sidelines(self.setting, self.spec.customers)

    def blocks(self, size: int = BLOCK) -> Iterator[Block]:
        """Simulate everybody, so many at a time; the size changes memory, not the world."""
        for first in range(0, self.spec.customers, size):
            yield self.block(first, min(first + size, self.spec.customers))

    def block(self, first: int, last: int) -> Block:
        """Simulate the people numbered from `first` to before `last`."""
        return block(self.setting, np.arange(first, last))
