"""Listing: which pages does the index name, and where are those that it has no room for?

The index names the newest. Where there are more than a phone opens with ease, each month of periods
has a list of its own, and so has each day of a month with too many. Only the lists of periods that
something was published of are written anew; the index is written last, so that it leads nowhere in
vain.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from insights.reporting.index import Entry, Span, list_name, write_index
from insights.runs.entries import entries
from insights.runs.ledger import Ledger
from insights.settings import Settings

NEWEST = 300  # Of a list; a row is about a kilobyte.
_AT_ONCE = 500  # Run ids of one question to the ledger.

# The newest published run of each page that was not taken down, and a failure newer than it.
_PAGES = """
WITH good AS (
  SELECT home, period, ended_at, shown, max(run_id) AS run_id
  FROM runs WHERE status = 'published' GROUP BY home
), bad AS (
  SELECT home, period, ended_at, max(run_id) AS run_id
  FROM runs WHERE status = 'failed' GROUP BY home
)
SELECT home, period, ended_at, run_id FROM good WHERE shown
UNION ALL
SELECT home, period, ended_at, run_id FROM bad WHERE NOT EXISTS (
  SELECT 1 FROM runs AS later
  WHERE later.status = 'published' AND later.home = bad.home AND later.run_id > bad.run_id
)
"""


@dataclass(frozen=True)
class _Listed:
    """A page, or a failure beside it, as the ledger has it."""

    home: str
    period: str
    ended_at: str
    run_id: str

    @property
    def series(self) -> str:
        """Whose page of one period it is: brand, report and parameters."""
        return self.home.replace(f"/{self.period}/", "/", 1)


def write_lists(
    settings: Settings, ledger: Ledger, periods: Collection[str], *, most: int = NEWEST
) -> None:
    """Write the index, and where it has not room for all the lists of months and days.

    Parameters
    ----------
    periods : collection of str
        Periods (YYYY-MM-DD) that something has changed of.
    most : int
        So many pages are named by one list; those of one day, all.
    """
    with ledger.open() as database:
        found = [_Listed(*row) for row in database.execute(_PAGES)]
    found.sort(key=lambda one: (one.ended_at, one.run_id), reverse=True)
    lists = _Lists(settings, ledger, most)
    spans = _spans(found, 7) if len(found) > most else []
    kept = set()
    for month in spans:
        within = [one for one in found if one.period.startswith(month.period)]
        days = _spans(within, 10) if month.count > most else []
        for day in days:
            kept.add(list_name(day.period))
            if lists.is_stale(day, periods):
                lists.write([one for one in within if one.period == day.period], of=day)
        kept.add(list_name(month.period))
        if lists.is_stale(month, periods):
            lists.write(within[:most], of=month, spans=days)
    lists.write(found[:most], spans=spans, count=len(found), last=_newest_of_series(found))
    for path in settings.reports.glob(list_name("*")):
        if path.name not in kept:
            path.unlink(missing_ok=True)


class _Lists:
    def __init__(self, settings: Settings, ledger: Ledger, most: int) -> None:
        self.settings, self.ledger, self.most = settings, ledger, most
        self.simulated = [name for name, brand in settings.brands.items() if brand.simulated]

    def is_stale(self, span: Span, periods: Iterable[str]) -> bool:
        there = (self.settings.reports / list_name(span.period)).is_file()
        return not there or any(period.startswith(span.period) for period in periods)

    def write(
        self,
        listed: list[_Listed],
        *,
        of: Span | None = None,
        spans: Collection[Span] = (),
        count: int = 0,
        last: list[_Listed] | None = None,
    ) -> None:
        write_index(
            self.settings.reports,
            self._entries(listed),
            self.settings.lang,
            of=of.period if of else "",
            spans=spans,
            count=of.count if of else count,
            last=None if last is None else self._entries(last),
        )

    def _entries(self, listed: list[_Listed]) -> list[Entry]:
        ids = [one.run_id for one in listed]
        records = [
            record
            for first in range(0, len(ids), _AT_ONCE)
            for record in self.ledger.briefly(ids[first : first + _AT_ONCE])
        ]
        return entries(records, self.settings.reports, self.simulated)


def _spans(found: Iterable[_Listed], length: int) -> list[Span]:
    """Return months (7 characters of a day) or days (10), newest first, with their counts."""
    counts = Counter(one.period[:length] for one in found)
    return [Span(period, count) for period, count in sorted(counts.items(), reverse=True)]


def _newest_of_series(found: Iterable[_Listed]) -> list[_Listed]:
    newest: dict[str, _Listed] = {}
    for one in found:
        newest.setdefault(one.series, one)
    return list(newest.values())
