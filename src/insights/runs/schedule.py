"""Schedules: at which moments is a report due, and which day does it look back from?

Cron expressions on a wall clock. A moment that daylight saving skips is made up for right after the
gap, one that it repeats counts once (as Debian's cron does, and the package cronsim computes). On
special days, such as promotions, something else holds.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from heapq import merge
from itertools import takewhile
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from cronsim import CronSim
from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from insights.runs.promotions import LEAP_YEAR
from insights.runs.special import Covers, Special, checked_cron


class Ask(NamedTuple):
    """A moment at which a report is due, and the day that it looks back from."""

    at: datetime
    as_of: date


class Schedule(BaseModel):
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
        Days on which something else holds; of two that have a day, the first counts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cron: str
    time_zone: str | None = None
    covers: Covers = "day"
    special: tuple[Special, ...] = ()

    _cron = field_validator("cron")(checked_cron)

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
        if all(s.rests for s in self.special) and all(self._special(day) for day in _year()):
            raise ValueError("its special days take up the whole year, and have no time")
        return self

    def asks(self, after: datetime, until: datetime, usual: ZoneInfo) -> Iterator[Ask]:
        """Return the moments in (after, until] in order, with the day that each looks back from.

        Parameters
        ----------
        after, until : datetime
            With a time zone.
        usual : ZoneInfo
            The brand's wall clock, for a schedule that names none.

        Examples
        --------
        >>> busy = Special(days="double_11", also="0 7 * * *", covers="day")
        >>> weekly = Schedule(cron="0 7 * * 1", covers="week", special=(busy,))
        >>> zone = ZoneInfo("Asia/Shanghai")
        >>> start, end = (datetime(2026, 11, day, tzinfo=zone) for day in (11, 17))
        >>> [f"{ask.at:%m-%d}: {ask.as_of:%m-%d}" for ask in weekly.asks(start, end, zone)]
        ['11-11: 11-10', '11-12: 11-11', '11-16: 11-15']
        """
        zone = ZoneInfo(self.time_zone) if self.time_zone else usual
        usual_days = self._usual(after, until, zone)
        yield from merge(usual_days, *(self._on(s, after, until, zone) for s in self.special))

    def moments(self, after: datetime, until: datetime, usual: ZoneInfo) -> Iterator[datetime]:
        """Return the moments of `asks`.

        Examples
        --------
        >>> night = Schedule(cron="0 2 * * *")
        >>> zone = ZoneInfo("Asia/Shanghai")
        >>> start = datetime(2026, 6, 1, tzinfo=zone)
        >>> [m.day for m in night.moments(start, start + timedelta(days=3), zone)]
        [1, 2, 3]
        """
        return (ask.at for ask in self.asks(after, until, usual))

    def as_of(self, moment: datetime) -> date:
        """Return the day that a report of a usual moment looks back from.

        Examples
        --------
        >>> weekly = Schedule(cron="0 7 * * 1", covers="week")
        >>> weekly.as_of(datetime(2026, 6, 17, 7))
        datetime.date(2026, 6, 14)
        """
        return _back(moment, self.covers)

    def _special(self, day: date) -> Special | None:
        return next((s for s in self.special if s.has(day)), None)

    def _usual(self, after: datetime, until: datetime, zone: ZoneInfo) -> Iterator[Ask]:
        for moment in _stream(self.cron, after, until, zone):
            special = self._special(moment.date())
            as_of = self.as_of(moment)
            if (
                special is None
                or special.also
                # Where these days have a page each, the day before them is still to be had.
                or (special.cron and special.covers == "day" and not special.has(as_of))
            ):
                yield Ask(moment, as_of)

    def _on(
        self, special: Special, after: datetime, until: datetime, zone: ZoneInfo
    ) -> Iterator[Ask]:
        """Return what is due because some days are special."""
        if special.times:
            for moment in _stream(special.times, after, until, zone):
                as_of = _back(moment, special.covers or self.covers)
                if self._special(as_of if special.covers == "day" else moment.date()) is special:
                    yield Ask(moment, as_of)
        elif special.delay_hours:
            delay = timedelta(hours=special.delay_hours)
            for moment in _stream(self.cron, after - delay, until, zone):
                # Counted in true hours, whatever daylight saving does to the wall clock.
                later = (moment.astimezone(UTC) + delay).astimezone(zone)
                if self._special(moment.date()) is special and after < later <= until:
                    yield Ask(later, self.as_of(moment))


def _back(moment: datetime, covers: Covers) -> date:
    day = moment.date()
    if covers == "month":
        return day.replace(day=1) - timedelta(days=1)
    return day - timedelta(days=day.weekday() + 1 if covers == "week" else 1)


def _stream(cron: str, after: datetime, until: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    moments = CronSim(cron, after.astimezone(zone))
    return takewhile(lambda moment: moment <= until, moments)


def _year() -> Iterator[date]:
    first = date(LEAP_YEAR, 1, 1)
    return (first + timedelta(days=n) for n in range(366))
