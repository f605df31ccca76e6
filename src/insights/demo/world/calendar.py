"""Calendar: on which days do people buy more, and where? Festivals, promotions and weekly slots."""

from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from insights.demo.world.parameters import (
    CHANNELS,
    DOUYIN,
    JD,
    STORE,
    TMALL,
    WX_STORE,
    YOUZAN,
)  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# First day of the lunar year.
SPRING = {
    2015: "02-19", 2016: "02-08", 2017: "01-28", 2018: "02-16", 2019: "02-05", 2020: "01-25",
    2021: "02-12", 2022: "02-01", 2023: "01-22", 2024: "02-10", 2025: "01-29", 2026: "02-17",
}  # fmt: skip


class Season(NamedTuple):
    """A stretch of days: how much more is bought, and what share of the price is taken off."""

    name: str
    begins: str  # MM-DD
    ends: str
    pace: float
    hunters: float  # the same, of customers who wait for promotions
    discount: float


SEASONS = (
    Season("妇女节", "03-05", "03-08", 1.5, 2.2, 0.08),
    Season("618 预热", "05-31", "06-15", 1.3, 1.8, 0.10),
    Season("618", "06-16", "06-18", 2.6, 5.0, 0.15),
    Season("双11 开门红", "10-31", "11-03", 2.4, 4.5, 0.15),
    Season("双11", "11-09", "11-11", 3.0, 6.0, 0.18),
    Season("双12", "12-12", "12-12", 1.6, 2.5, 0.10),
)
# Deposits are taken in the days before; the rest is paid on the first evening of the sale.
PRESALES = (("05-24", "05-30", "05-31"), ("10-20", "10-30", "10-31"))
# What an operations team does from Monday to Sunday; the numbers are its private shops' pace.
SLOTS = (
    ("新玩法", 0.95), ("上新", 1.15), ("会员日", 1.25), ("公众号推文", 1.05), ("超值好物", 1.20),
    ("店铺笔记", 1.10), ("休息", 0.75),
)  # fmt: skip
LIVE_DAYS = (2, 4, 6)  # Wednesday, Friday, Sunday evenings
WEEKDAYS = (0.95, 0.95, 1.0, 1.0, 1.05, 1.1, 1.05)
HOURS = {
    "shelf": (6, 3, 2, 1, 1, 1, 2, 4, 6, 8, 10, 10, 9, 9, 9, 9, 9, 9, 10, 12, 15, 17, 16, 10),
    "live": (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 2, 10, 30, 40, 25, 5),
    "store": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 7, 7, 7, 8, 9, 9, 9, 10, 11, 9, 4, 0, 0),
}


class Calendar:
    """The days of a world, counted from 0.

    Parameters
    ----------
    first : date
        Day 0.
    days : int
        How many.
    """

    def __init__(self, first: date, days: int) -> None:
        self.first = first
        self.days = days

    def on(self, day: int) -> date:
        """Return the date of a day."""
        return self.first + timedelta(days=day)

    @cached_property
    def weekday(self) -> Ints:
        """Day of the week, Monday 0."""
        return (np.arange(self.days) + self.first.weekday()) % 7

    @cached_property
    def pace(self) -> Floats:
        """Purchases against an average day: row 0 most customers, row 1 those who wait."""
        pace = np.tile(np.array(WEEKDAYS)[self.weekday], (2, 1))
        for season, inside in self._seasons():
            pace[0, inside] *= season.pace
            pace[1, inside] *= season.hunters
        for year, spring in SPRING.items():
            begin = (date.fromisoformat(f"{year}-{spring}") - self.first).days
            pace[:, self._inside(begin - 21, begin - 4)] *= 1.35  # 年货
            pace[:, self._inside(begin - 3, begin + 6)] *= 0.45
        return np.asarray(pace / pace.mean(axis=1, keepdims=True))

    @cached_property
    def elapsed(self) -> Floats:
        """Time as customers live it, at the start of each day: the sum of `pace`."""
        return np.concatenate([np.zeros((2, 1)), np.cumsum(self.pace, axis=1)], axis=1)

    @cached_property
    def discount(self) -> Floats:
        """Share of the price taken off everywhere on a day."""
        found = np.zeros(self.days)
        for season, inside in self._seasons():
            found[inside] = season.discount
        return found

    @cached_property
    def channels(self) -> Floats:
        """Weight of each channel on each day, 1 on average days."""
        weight = np.ones((self.days, len(CHANNELS)))
        live = np.isin(self.weekday, LIVE_DAYS)
        weight[:, DOUYIN] = np.where(live, 1.9, 0.3)
        weight[:, STORE] = np.where(self.weekday >= 5, 1.5, 0.8)
        slots = np.array([pace for _, pace in SLOTS])[self.weekday]
        weight[:, YOUZAN] = weight[:, WX_STORE] = slots
        for season, inside in self._seasons():
            weight[inside, TMALL] *= 1.0 + season.discount * 2
            weight[inside, JD] *= 1.0 + season.discount * 2
        return weight

    @cached_property
    def presale(self) -> Ints:
        """Day on which a presale of each day is paid in full, or -1."""
        found = np.full(self.days, -1)
        for year in self._years():
            for begins, ends, paid in PRESALES:
                found[self._inside(self._day(year, begins), self._day(year, ends))] = self._day(
                    year, paid
                )
        return np.where(found < self.days, found, -1)

    @cached_property
    def months(self) -> Ints:
        """Month of each day, counted from 0; the world begins on the first of one."""
        return np.array([self.month_of(self.on(day)) for day in range(self.days)])

    def month_of(self, day: date) -> int:
        """Return how many months after the first one a date lies."""
        return (day.year - self.first.year) * 12 + day.month - self.first.month

    def named_seasons(self) -> list[tuple[str, int, int]]:
        """Return the promotions that lie within the world whole: name, first and last day."""
        found = []
        for year in self._years():
            for season in SEASONS:
                begin, end = self._day(year, season.begins), self._day(year, season.ends)
                if begin >= 0 and end < self.days:
                    found.append((f"{year} {season.name}", begin, end))
        return sorted(found, key=lambda row: row[1])

    def moment(self, spent: Floats, hunter: NDArray[np.bool_]) -> Floats:
        """Return the day, with its fraction, at which so much of customers' time has passed."""
        day = np.empty(spent.size)
        for group in (0, 1):
            mine = hunter == bool(group)
            day[mine] = np.interp(spent[mine], self.elapsed[group], np.arange(self.days + 1))
        return day

    def spent(self, day: Floats, hunter: NDArray[np.bool_]) -> Floats:
        """Return how much of customers' time has passed at a day: the inverse of `moment`."""
        found = np.empty(day.size)
        for group in (0, 1):
            mine = hunter == bool(group)
            found[mine] = np.interp(day[mine], np.arange(self.days + 1), self.elapsed[group])
        return found

    def _years(self) -> range:
        return range(self.first.year, self.on(self.days - 1).year + 1)

    def _day(self, year: int, month_day: str) -> int:
        return (date.fromisoformat(f"{year}-{month_day}") - self.first).days

    def _inside(self, begin: int, end: int) -> slice:
        return slice(max(begin, 0), max(end + 1, 0))

    def _seasons(self) -> list[tuple[Season, slice]]:
        return [
            (season, self._inside(self._day(year, season.begins), self._day(year, season.ends)))
            for year in self._years()
            for season in SEASONS
        ]
