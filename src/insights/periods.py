"""Time as reports count it: the end of a day, whole months, and cut-offs that roll back from it.

All times are naive timestamps on the brand's wall clock (DESIGN: a brand has one time zone).
"""

import re
from contextlib import suppress
from datetime import date, datetime, time, timedelta

from insights.errors import ParameterError


def parse_day(text: str | date, *, name: str = "as_of") -> date:
    """Read a YYYY-MM-DD date; of a moment, its day on its own clock.

    Raises
    ------
    ParameterError
        If it is not a day that exists; the message says what was found.
    """
    if isinstance(text, date) and text == text:  # noqa: PLR0124 - NaT is a date, but none
        return text.date() if isinstance(text, datetime) else text
    # `fromisoformat` alone takes 20260131 and 2026-W05-6 too, which people misread.
    if isinstance(text, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        with suppress(ValueError):  # 2026-02-30
            return date.fromisoformat(text)
    raise ParameterError(f"{name} must be a day that exists, written YYYY-MM-DD; found '{text}'.")


def end_of_day(day: date) -> datetime:
    """Return the last microsecond of the day, so that `at <= end_of_day(day)` keeps all of it."""
    return datetime.combine(day, time.max)


def month_of(day: date) -> str:
    """Name of the day's month, YYYY-MM."""
    return f"{day:%Y-%m}"


def month_number(day: date) -> int:
    """Months since year 0, so that two months subtract to an age in months."""
    return day.year * 12 + day.month - 1


def is_month_end(day: date) -> bool:
    """Whether the day closes its month."""
    return (day + timedelta(days=1)).day == 1


def rolling_cutoffs(last: date, *, horizon_days: int, count: int, first: date) -> list[date]:
    """Return up to `count` cut-offs, oldest first, each followed by a full horizon within the data.

    The newest lies `horizon_days` before `last`, the next another horizon earlier, and so on, so
    that no two label windows overlap. Cut-offs before `first` are left out.

    Raises
    ------
    ParameterError
        If the horizon is not at least a day: all cut-offs would be the same.
    """
    if horizon_days < 1:
        raise ParameterError(f"horizon_days must be at least 1; found {horizon_days}.")
    newest = last - timedelta(days=horizon_days)
    days = [newest - timedelta(days=horizon_days * back) for back in range(count)]
    return sorted(day for day in days if day >= first)


def month_ends(last: date, *, count: int, first: date) -> list[date]:
    """Return up to `count` ends of whole months up to `last`, oldest first, none before `first`.

    Examples
    --------
    >>> [f"{day}" for day in month_ends(date(2026, 3, 15), count=2, first=date(2020, 1, 1))]
    ['2026-01-31', '2026-02-28']
    """
    day = last if is_month_end(last) else last.replace(day=1) - timedelta(days=1)
    found: list[date] = []
    while len(found) < count and day >= first:
        found.append(day)
        day = day.replace(day=1) - timedelta(days=1)
    return found[::-1]
