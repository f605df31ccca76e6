"""Order: which report waits for which, and would any of them wait for ever?"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from insights.errors import did_you_mean
from insights.runs.schedule import Schedule

if TYPE_CHECKING:
    from insights.runs.catalog import Report

# A year to hold schedules against each other in, long enough for what comes once in it.
_ZONE = ZoneInfo("Asia/Shanghai")
_START, _END = datetime(2026, 1, 1, tzinfo=_ZONE), datetime(2027, 1, 3, tzinfo=_ZONE)
_BEFORE = timedelta(days=40)  # What the other made for the first of those days, it made before.


def tangled(reports: "Mapping[str, Report]") -> Iterator[tuple[str, str]]:
    """Say which reports would wait for ever: for one that is not made, or for each other.

    Yields
    ------
    (report, what is wrong with its `after`)
    """
    for name, report in reports.items():
        for other in report.after:
            if other not in reports:
                yield name, f"after: there is no report '{other}'{did_you_mean(other, reports)}"
            elif report.schedule and (day := _unmet(report.schedule, reports[other].schedule)):
                yield (
                    name,
                    f"after: '{other}' is not made for the same days, so it would wait for ever "
                    f"(for {day}, to begin with)",
                )
        way = [name]
        while (last := reports.get(way[-1])) and len(way) <= len(reports):
            way += [next((o for o in last.after if _leads(reports, o, name)), "")]
            if way[-1] == name:
                yield name, f"after: it would wait for itself: {' -> '.join(way)}"
                break


def _leads(reports: "Mapping[str, Report]", first: str, wanted: str) -> bool:
    """Whether a report waits for another, directly or through others."""
    seen: set[str] = set()
    ahead = [first]
    while ahead:
        name = ahead.pop()
        if name == wanted:
            return True
        if name not in seen and name in reports:
            seen.add(name)
            ahead += reports[name].after
    return False


def _unmet(one: Schedule, other: Schedule | None) -> date | None:
    """Return the first day that one schedule asks a page of and the other does not."""
    if other is None:
        return next(one.asks(_START, _END, _ZONE)).as_of
    there = {ask.as_of for ask in other.asks(_START - _BEFORE, _END, _ZONE)}
    return next((a.as_of for a in one.asks(_START, _END, _ZONE) if a.as_of not in there), None)
