"""Schedules: at which moments is a report due, and which day does it look back from?

Cron expressions on a wall clock. A moment that daylight saving skips is made up for right after the
gap, one that it repeats counts once (as Debian's cron does, and the package cronsim computes). Days
on which everything is different, such as promotions, have an expression of their own, or none.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from heapq import merge
from itertools import takewhile
from typing import Literal, Self
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Covers = Literal["day", "week", "month"]
_DAY = re.compile(r"(\d{2})-(\d{2})")
_LEAP_YEAR = 2024  # Has every day that there is.


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _checked(expression: str) -> str:
    try:
        next(CronSim(expression, datetime(2026, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise ValueError(
            f"'{expression}' is no cron expression ({error}); write minute, hour, day of the "
            "month, month and day of the week, as '0 7 * * 1-5'"
        ) from None
    except StopIteration:
        raise ValueError(f"'{expression}' is a moment that never comes") from None
    return expression


class Special(_Frozen):
    """Days of each year on which the usual times do not hold.

    Attributes
    ----------
    first, last : str
        MM-DD, both included; `last` may lie in the next year.
    cron : str, optional
        The times of these days; without it, the report rests.
    why : str
        What is special, for whoever reads the catalog.
    """

    first: str
    last: str
    cron: str | None = None
    why: str = Field(min_length=1)

    _cron = field_validator("cron")(lambda value: value if value is None else _checked(value))

    @field_validator("first", "last")
    @classmethod
    def _is_a_day(cls, value: str) -> str:
        found = _DAY.fullmatch(value)
        try:
            date(_LEAP_YEAR, *(int(part) for part in found.groups() if found))  # type: ignore[union-attr]
        except (AttributeError, ValueError):
            raise ValueError(f"'{value}' is no day of the year; write it as '11-01'") from None
        return value

    def has(self, day: date) -> bool:
        """Whether a day is one of these."""
        said = f"{day:%m-%d}"
        if self.first <= self.last:
            return self.first <= said <= self.last
        return said >= self.first or said <= self.last


class Schedule(_Frozen):
    """When a report is due.

    Attributes
    ----------
    cron : str
        Minute, hour, day of the month, month, day of the week.
    time_zone : str, optional
        The brand's when not given.
    covers : {"day", "week", "month"}
        The report looks back from the last day, Sunday or month's end before the moment.
    special : tuple of Special
        Days with other times; of two that hold a day, the first counts.
    """

    cron: str
    time_zone: str | None = None
    covers: Covers = "day"
    special: tuple[Special, ...] = ()

    _cron = field_validator("cron")(_checked)

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str | None) -> str | None:
        try:
            if value is not None:
                ZoneInfo(value)
        except (OSError, ValueError, KeyError):
            raise ValueError(f"there is no time zone '{value}'; write 'Asia/Shanghai'") from None
        return value

    @model_validator(mode="after")
    def _comes_at_all(self) -> Self:
        if all(any(s.has(day) for s in self.special) for day in _year()) and not any(
            s.cron for s in self.special
        ):
            raise ValueError("its special days take up the whole year, and have no time")
        return self

    def moments(self, after: datetime, until: datetime, usual: ZoneInfo) -> Iterator[datetime]:
        """Return the moments in (after, until], in order.

        Parameters
        ----------
        after, until : datetime
            With a time zone.
        usual : ZoneInfo
            The brand's wall clock, for a schedule that names none.

        Examples
        --------
        >>> night = Schedule(cron="0 2 * * *")
        >>> zone = ZoneInfo("Asia/Shanghai")
        >>> start = datetime(2026, 6, 1, tzinfo=zone)
        >>> [m.day for m in night.moments(start, start + timedelta(days=3), zone)]
        [1, 2, 3]
        """
        zone = ZoneInfo(self.time_zone) if self.time_zone else usual
        usual_days = self._on(None, self.cron, after, until, zone)
        special = [self._on(s, s.cron, after, until, zone) for s in self.special if s.cron]
        yield from merge(usual_days, *special)

    def _on(
        self, days: Special | None, cron: str, after: datetime, until: datetime, zone: ZoneInfo
    ) -> Iterator[datetime]:
        """Return the moments of an expression that fall on certain special days, or on none."""
        for moment in _stream(cron, after, until, zone):
            if next((s for s in self.special if s.has(moment.date())), None) is days:
                yield moment

    def as_of(self, moment: datetime) -> date:
        """Return the day that a report of a moment looks back from.

        Examples
        --------
        >>> weekly = Schedule(cron="0 7 * * 1", covers="week")
        >>> weekly.as_of(datetime(2026, 6, 17, 7))
        datetime.date(2026, 6, 14)
        """
        day = moment.date()
        if self.covers == "month":
            return day.replace(day=1) - timedelta(days=1)
        return day - timedelta(days=day.weekday() + 1 if self.covers == "week" else 1)


def _stream(cron: str, after: datetime, until: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    moments = CronSim(cron, after.astimezone(zone))
    return takewhile(lambda moment: moment <= until, moments)


def _year() -> Iterator[date]:
    first = date(_LEAP_YEAR, 1, 1)
    return (first + timedelta(days=n) for n in range(366))
