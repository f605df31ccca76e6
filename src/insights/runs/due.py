"""Due: which reports should be there by now, and are not?

A timer asks again and again, and the answer never depends on when it asked before: what was missed
while the machine was off is due, what is there is not. A backfill is the same question about
another stretch of time.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import product

from insights.errors import DataError, InsightsError, ParameterError
from insights.runs.catalog import Catalog, Query, Report
from insights.runs.ledger import Ledger
from insights.runs.parameters import Value
from insights.runs.record import RunRecord
from insights.runs.schedule import Schedule
from insights.runs.shelf import Shelf
from insights.runs.spec import RunSpec, page_folder, plan
from insights.settings import Brand, Settings
from insights.store.loads import lake_folder, read_current

INSTANT = timedelta(microseconds=1)
LOOK_BACK = timedelta(days=400)  # To find a report's last moment: schedules repeat within a year.


@dataclass(frozen=True)
class Due:
    """One page that should be there.

    Attributes
    ----------
    report, brand : str
        Whose page.
    given : mapping
        Its parameters, besides the day.
    as_of : date
        The day that it looks back from.
    moment : datetime
        When it was due.
    spec : RunSpec, optional
        What to run; None where it cannot be run now.
    waits_for : str
        Why not, in words.
    home : str
        Folder of the page, relative to the reports folder.
    fault : bool
        Whether it waits for somebody to mend the catalog.
    failed : str
        The run that failed, where it waits for a change since.
    """

    report: str
    brand: str
    given: Mapping[str, Value]
    as_of: date
    moment: datetime
    spec: RunSpec | None = None
    waits_for: str = ""
    home: str = ""
    fault: bool = False
    failed: str = ""


@dataclass(frozen=True)
class Clock:
    """A workspace at one moment.

    Attributes
    ----------
    now : datetime
        With a time zone.
    """

    settings: Settings
    catalog: Catalog
    ledger: Ledger
    now: datetime

    def due(
        self, *, since: date | None = None, until: date | None = None, reports: Iterable[str] = ()
    ) -> list[Due]:
        """Work out what is due, oldest first; nothing is run.

        Parameters
        ----------
        since, until : date, optional
            A backfill: moments of these days, both included, however long ago. Without them, what
            the clock has missed since it first knew of each report; of a new one, its last moment.
        reports : iterable of str
            Only these; all that have a schedule when empty.

        Raises
        ------
        UnknownReport
            If a report is not in the catalog.
        ParameterError
            If a named report has no schedule or a grid of no values or too many, or if `since` lies
            after `until` or in the future. A grid of a report that is not named waits with its
            fault, so that the other reports are made.
        """
        named = [self.catalog.report(name) for name in reports]
        for report in named:
            if report.schedule is None:
                raise ParameterError(
                    f"'{report.name}' has no schedule in notebooks/catalog.toml, so it is never "
                    'due. Add one: schedule = { cron = "0 7 * * *" }, or run it: '
                    f"insights run {report.name}"
                )
        found: list[Due] = []
        for report in named or [r for r in self.catalog.reports.values() if r.schedule]:
            for brand in brands_of(self.settings, report):
                days = self._days(report, brand, since, until)
                there = self.ledger.published_periods(brand.name, report.name)
                try:
                    points = combinations(self.settings, brand, report) if days else []
                    pages = [
                        (
                            page_folder(self.settings, self.catalog, report.name, brand, given),
                            given,
                        )
                        for given in points
                    ]
                except ParameterError as error:
                    if named:
                        raise
                    day, moment = max(days.items())
                    why = f"somebody to mend its grid. {error}"
                    found.append(
                        Due(report.name, brand.name, {}, day, moment, waits_for=why, fault=True)
                    )
                    continue
                for folder, given in pages:
                    found += [
                        self._judged(
                            Due(
                                report.name,
                                brand.name,
                                given,
                                day,
                                moment,
                                home=f"{brand.name}/{report.name}/{day}/{folder}",
                            )
                        )
                        for day, moment in days.items()
                        if (folder, day.isoformat()) not in there
                    ]
        return sorted(found, key=lambda one: (one.as_of, one.report, one.brand))

    def _days(
        self, report: Report, brand: Brand, since: date | None, until: date | None
    ) -> dict[date, datetime]:
        """Return the days that pages look back from, each with the last moment that asks for it."""
        schedule = report.schedule
        if schedule is None:
            return {}
        end = self.now
        if until is not None:
            end = min(end, _midnight(until + timedelta(days=1), brand) - INSTANT)
        if since is not None:
            start = _midnight(since, brand) - INSTANT
            if start >= end:
                raise ParameterError(
                    f"Nothing can be due from {since} on: the last moment asked for is {end}."
                )
        else:
            start = self._known_since(report, schedule, brand)
        return {ask.as_of: ask.at for ask in schedule.asks(start, end, brand.zone)}

    def _known_since(self, report: Report, schedule: Schedule, brand: Brand) -> datetime:
        known = self.ledger.known_since(report.name, brand.name)
        if known is None or known > self.now:  # Noted while the machine's clock was ahead.
            past = list(schedule.moments(self.now - LOOK_BACK, self.now, brand.zone))
            known = (past[-1] if past else self.now) - INSTANT
            self.ledger.knows(report.name, brand.name, known)
        return known

    def _judged(self, one: Due) -> Due:
        """Return what is due with its specification, or with what it waits for."""
        brand = self.settings.brand(one.brand)
        try:
            spec = plan(
                self.settings,
                self.catalog,
                one.report,
                brand=one.brand,
                given=one.given,
                as_of=one.as_of.isoformat(),
                today=self.now.astimezone(brand.zone).date(),
            )
        except DataError as error:
            return replace(one, waits_for=str(error))
        lake = read_current(lake_folder(self.settings, brand))
        if lake is not None and lake.last_day is not None:
            if lake.last_day < one.as_of:
                why = f"data of {one.as_of}: the newest order is of {lake.last_day}"
                return replace(one, waits_for=why)
            # Half a day must not be published: what it lacks would never be made up for.
            loaded = lake.loaded_at.astimezone(brand.zone)
            if loaded.date() <= one.as_of:
                why = f"the whole of {one.as_of}: the newest load is of {loaded:%Y-%m-%d %H:%M}"
                return replace(one, waits_for=why)
        for other in self.catalog.report(one.report).after:
            there = self.ledger.published_periods(one.brand, other)
            if not any(period == one.as_of.isoformat() for _folder, period in there):
                return replace(one, waits_for=f"the report '{other}' of {one.as_of}")
        before = self.ledger.failed(spec.run_key)
        if before is not None and before.comes_again:
            why = f"a change: it failed, and nothing is new since ({before.reason})"
            return replace(one, waits_for=why, failed=before.run_id)
        return replace(one, spec=spec)


def run_due(
    clock: Clock,
    make: Callable[[Sequence[RunSpec]], list[RunRecord]],
    *,
    since: date | None = None,
    until: date | None = None,
    reports: Sequence[str] = (),
    notify: bool = False,
) -> tuple[list[RunRecord], list[Due]]:
    """Make what is due, and what comes due because of it; return the records and what waits.

    Parameters
    ----------
    make : callable
        Makes reports; `run_reports` with what is the same for all of them.
    since, until, reports
        As for `Clock.due`.
    notify : bool, default False
        Note that the owners of what waits for a change have to hear of the failure, also where
        that was a run by hand.
    """
    Shelf(clock.settings).repair()  # Also where nothing is ready: what died is to be told.
    records: list[RunRecord] = []
    tried: set[str] = set()
    while True:
        found = clock.due(since=since, until=until, reports=reports)
        ready = [one.spec for one in found if one.spec and one.spec.home not in tried]
        tried |= {spec.home for spec in ready}
        if not ready:
            homes = {record.home for record in records}
            waiting = [one for one in found if one.spec is None and one.home not in homes]
            if notify:
                _owe(clock, waiting)
            return records, waiting
        records += make(ready)


def _owe(clock: Clock, waiting: Iterable[Due]) -> None:
    """Note that the owners of pages which cannot be made before a change have to hear of it."""
    from insights.runs.notify.outbox import Outbox  # noqa: PLC0415 - quick start

    for one in waiting:
        if one.failed:
            owners = clock.catalog.report(one.report).notify.failure
            Outbox(clock.ledger).owe(one.failed, owners)


def combinations(settings: Settings, brand: Brand, report: Report) -> list[dict[str, Value]]:
    """Return the parameters that the clock gives a report: its sets, times its grid.

    Raises
    ------
    ParameterError
        If a query of the grid fails, finds nothing, or finds more than it says that it may.
    """
    sets: list[dict[str, Value]] = [dict(one.parameters) for one in report.sets] or [{}]
    names = list(report.grid)
    values = [_values(settings, brand, report, name) for name in names]
    return [
        chosen | dict(zip(names, point, strict=True))
        for chosen in sets
        for point in product(*values)
    ]


def plans(
    settings: Settings,
    catalog: Catalog,
    reports: Iterable[str],
    *,
    grid: bool = False,
    brand: str | None = None,
    given: Mapping[str, Value] | None = None,
    as_of: str | None = None,
    lang: str | None = None,
) -> list[RunSpec]:
    """Settle runs that somebody asks for; all are settled before any is run.

    Parameters
    ----------
    grid : bool, default False
        Each report once for each of its parameter sets and each point of its grid.
    brand, given, as_of, lang
        As for `plan`; what is given goes before what the catalog says.
    """
    found = {}
    for name in reports:
        report = catalog.report(name)
        points = combinations(settings, settings.brand(brand), report) if grid else [{}]
        for point in points:
            asked = point | dict(given or {})
            spec = plan(settings, catalog, name, brand=brand, given=asked, as_of=as_of, lang=lang)
            found[spec.home] = spec  # What is given may make two points one.
    return list(found.values())


def _values(settings: Settings, brand: Brand, report: Report, name: str) -> list[Value]:
    asked = report.grid[name]
    if not isinstance(asked, Query):
        return list(asked)
    from insights.store.lake import open_lake  # noqa: PLC0415 - the engine loads when needed

    where = f"The grid of '{report.name}' asks '{brand.name}' for each '{name}'"
    try:
        lake = open_lake(settings, brand=brand.name)
        rows = lake.sql(f"SELECT DISTINCT * FROM ({asked.query}) LIMIT {asked.at_most + 2}")  # noqa: S608 - the catalog's own
    except InsightsError as error:
        raise ParameterError(f"{where}, and the query cannot be answered: {error}") from error
    there = {value for value in rows.iloc[:, 0] if value is not None and value == value}  # noqa: PLR0124 - NaN
    found = sorted(there, key=lambda value: (type(value).__name__, value))
    if not found:
        raise ParameterError(f"{where}, and there is none. Mend the query, or leave the grid out.")
    if len(found) > asked.at_most:
        raise ParameterError(
            f"{where}, and there are more than {asked.at_most}. Ask for fewer, or set 'at_most' "
            "(up to 10,000) where so many pages are meant."
        )
    return found


def brands_of(settings: Settings, report: Report) -> list[Brand]:
    """Return the brands whose reports the clock makes."""
    if report.brands == "all":
        brands = list(settings.brands.values())
        return [b for b in brands if read_current(lake_folder(settings, b)) is not None]
    return [settings.brand(name) for name in report.brands] or [settings.brand()]


def _midnight(day: date, brand: Brand) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=brand.zone)
