"""Time as reports count it: the end of a day, whole months, and cut-offs that roll back from it.

All times are naive timestamps on the brand's wall clock (DESIGN: a brand has one time zone).
"""

import inspect
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar, get_args

from insights.errors import ParameterError

P = ParamSpec("P")
R = TypeVar("R")


def parse_day(text: Any, *, name: str = "as_of") -> date:
    """Read a day: a date, a YYYY-MM-DD text, or a moment (of pandas and numpy, too), its day.

    A moment's day is that on its own clock.

    Raises
    ------
    ParameterError
        If it is not a day that exists; the message says what was found.
    """
    if isinstance(text, date) and text == text:  # noqa: PLR0124 - NaT is a date, but none
        return text.date() if isinstance(text, datetime) else text
    # numpy's, by what it says of itself: reading a day is no reason to import numpy.
    if getattr(getattr(text, "dtype", None), "kind", "") == "M" and getattr(text, "ndim", 1) == 0:
        day = text.astype("datetime64[D]").item()
        if isinstance(day, date):  # Not NaT, and no year that Python does not count.
            return day
    # `fromisoformat` alone takes 20260131 and 2026-W05-6 too, which people misread.
    if isinstance(text, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        with suppress(ValueError):  # 2026-02-30
            return date.fromisoformat(text)
    raise ParameterError(f"{name} must be a day that exists, written YYYY-MM-DD; found '{text}'.")


def reads_days(asked: Callable[P, R]) -> Callable[P, R]:
    """Let a function take its days as a notebook writes them: what `parse_day` reads.

    Days are the parameters declared as `date`; None is left where it is their default.

    Examples
    --------
    >>> @reads_days
    ... def until(*, as_of: date) -> str:
    ...     return f"until {as_of:%d.%m.%Y}"
    >>> until(as_of="2026-06-30")
    'until 30.06.2026'
    """
    signature = inspect.signature(asked)
    days = {p.name: p.default for p in signature.parameters.values() if _is_day(p.annotation)}
    if not days:
        return asked

    @wraps(asked)
    def with_days(*args: P.args, **kwargs: P.kwargs) -> R:
        __tracebackhide__ = True  # IPython shows the notebook's line and the analysis's, not this.
        given = None
        with suppress(TypeError):
            given = signature.bind(*args, **kwargs)
        if given is None:
            return asked(*args, **kwargs)  # Which says in its own name what cannot be.
        for name in days.keys() & given.arguments.keys():
            if given.arguments[name] is not None or days[name] is not None:
                given.arguments[name] = parse_day(given.arguments[name], name=name)
        return asked(*given.args, **given.kwargs)

    return with_days


def let_read_days(room: dict[str, Any], offered: Iterable[str]) -> None:
    """Let all that a room of analyses offers take its days so; the last line of its `__init__`."""
    for name in offered:
        if inspect.isfunction(room[name]):
            room[name] = reads_days(room[name])


def _is_day(annotation: Any) -> bool:
    return annotation is date or date in get_args(annotation)


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
