"""Promotions: on which days does trade follow rules of its own, and what are these days called?

A table of stretches of days. Those of every year are MM-DD, those that follow the moon are dated
year by year. One comes with the package; a workspace that has `data/reference/promotion_days.csv`
(the same columns) has that one in its place, because every brand's marketing calendar differs.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import NamedTuple

from insights.settings import Settings

FILE_NAME = "promotion_days.csv"
COLUMNS = ("days", "first", "last", "title")
LEAP_YEAR = 2024  # Has every day that there is.
_EACH_YEAR = re.compile(r"(\d{2})-(\d{2})")


@dataclass(frozen=True)
class Span:
    """Days that follow each other, both ends included.

    Attributes
    ----------
    first, last : str
        Both MM-DD, of every year (`last` may lie in the next), or both YYYY-MM-DD.
    """

    first: str
    last: str

    @property
    def each_year(self) -> bool:
        """Whether they come every year."""
        return _EACH_YEAR.fullmatch(self.first) is not None

    def has(self, day: date) -> bool:
        """Whether a day is one of these.

        Examples
        --------
        >>> Span("12-31", "01-01").has(date(2026, 1, 1))
        True
        """
        said = f"{day:%m-%d}" if self.each_year else day.isoformat()
        if self.first <= self.last:
            return self.first <= said <= self.last
        return said >= self.first or said <= self.last

    def dated(self, since: date, until: date) -> Iterator[tuple[date, date]]:
        """Return the stretches that begin in [since, until], with their first and last day."""
        day = since
        while day <= until:
            if self.has(day) and (day == since or not self.has(day - timedelta(days=1))):
                end = day
                while self.has(end + timedelta(days=1)) and end - day < timedelta(days=366):
                    end += timedelta(days=1)
                yield day, end
                day = end
            day += timedelta(days=1)


class Promotion(NamedTuple):
    """Days with a name, in as many stretches as there are known."""

    title: str
    spans: tuple[Span, ...]


def is_day(text: str) -> bool:
    """Whether a text is a day, MM-DD or YYYY-MM-DD."""
    try:
        date.fromisoformat(f"{LEAP_YEAR}-{text}" if _EACH_YEAR.fullmatch(text) else text)
    except ValueError:
        return False
    return len(text) in {5, 10}


def promotions(settings: Settings) -> tuple[dict[str, Promotion], list[str]]:
    """Return the promotions that a workspace knows by name, and what is wrong with its table."""
    own = settings.data / "reference" / FILE_NAME
    if not own.is_file():
        return shipped(), []
    try:
        text = own.read_text("utf-8-sig")  # As spreadsheets write it.
    except (OSError, UnicodeDecodeError) as error:
        return shipped(), [f"data/reference/{FILE_NAME} cannot be read: {error}"]
    found, wrong = _read(text)
    return found, [f"data/reference/{FILE_NAME}{fault}" for fault in wrong]


@cache
def shipped() -> dict[str, Promotion]:
    """Return the promotions that come with the package.

    Examples
    --------
    >>> shipped()["double_11"].title
    'Double 11'
    """
    return _read(resources.files("insights.runs").joinpath(FILE_NAME).read_text("utf-8"))[0]


def _read(text: str) -> tuple[dict[str, Promotion], list[str]]:
    rows = csv.DictReader(io.StringIO(text))
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        return {}, [f" (line 1) lacks the columns {', '.join(missing)}"]
    found: dict[str, Promotion] = {}
    wrong: list[str] = []
    for row in rows:
        said = [(row[column] or "").strip() for column in COLUMNS]
        name, first, last, title = said
        if not any(said):
            continue
        before = found.get(name, Promotion(title, ()))
        # A row that is wrong still names its days, so that one fault is not told twice.
        found[name] = before
        faults = list(_faults(name, Span(first, last)))
        wrong += [f" (line {rows.line_num}): {fault}" for fault in faults]
        if not faults:
            found[name] = Promotion(before.title or title, (*before.spans, Span(first, last)))
    return found, wrong


def _faults(name: str, span: Span) -> Iterator[str]:
    if not name:
        yield "the days have no name"
    odd = [text for text in (span.first, span.last) if not is_day(text)]
    for text in odd:
        yield f"'{text}' is no day; write 11-01 for every year, or 2026-11-01 for one"
    if odd:
        return
    if len(span.first) != len(span.last):
        yield f"'{span.first}' and '{span.last}': either both are of every year, or both of one"
    elif not span.each_year and span.last < span.first:
        yield f"the last day, {span.last}, lies before the first, {span.first}"
