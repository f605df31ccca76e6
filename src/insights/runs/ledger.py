"""The ledger: every run that was ever started, and how it ended.

One SQLite file in WAL mode, written by the machine that schedules and publishes. A row is written
before a notebook starts, so that a run can be missing nowhere: what a dead process left `running`
is found by its process, or by its heartbeat where that belongs to another machine.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

from filelock import FileLock

from insights.errors import LedgerError
from insights.runs.processes import is_alive
from insights.runs.record import RunRecord

FILE_NAME = "ledger.sqlite"
BEAT_SECONDS = 15
STALE = timedelta(minutes=3)  # A machine that misses twelve beats is not coming back to this run.
_GIVEN_UP: set[str] = set()
_JSON = ("parameters", "chosen", "kpis", "cells", "files", "usage")
_NAMES = tuple(f.name for f in fields(RunRecord))
_NUMBERS = {"seconds": "REAL", "settled": "INTEGER"}
_LATER = ("cause", "usage", "doing")  # Columns that the first version did not have.

# Each entry takes the file one version further; the version is SQLite's own `user_version`.
MIGRATIONS = (
    "CREATE TABLE runs ("
    + ", ".join(
        f"{name} {_NUMBERS.get(name, 'TEXT')} NOT NULL" for name in _NAMES if name not in _LATER
    )
    + ", PRIMARY KEY (run_id)) WITHOUT ROWID;"
    "CREATE INDEX runs_by_key ON runs (run_key, status);"
    "CREATE INDEX runs_by_page ON runs (home, run_id);"
    "CREATE INDEX runs_open ON runs (settled) WHERE settled = 0;",
    "ALTER TABLE runs ADD COLUMN cause TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE runs ADD COLUMN usage TEXT NOT NULL DEFAULT '{}';"
    "CREATE INDEX runs_published ON runs (brand, report, folder, period)"
    " WHERE status = 'published';"
    # Since when the clock has known a report: it makes up for what it missed, not for all the past.
    "CREATE TABLE clock (report TEXT NOT NULL, brand TEXT NOT NULL, since TEXT NOT NULL,"
    " PRIMARY KEY (report, brand)) WITHOUT ROWID;",
    "ALTER TABLE runs ADD COLUMN doing TEXT NOT NULL DEFAULT '';"
    # What is to be told to whom, noted when a run starts, so that no crash on the way loses it.
    "CREATE TABLE outbox (run_id TEXT NOT NULL, recipient TEXT NOT NULL, outcome TEXT NOT NULL,"
    " tries INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '',"
    " PRIMARY KEY (run_id, recipient, outcome)) WITHOUT ROWID;",
    # What was told stays noted: an owner who was told of a failure is told apart from one who was
    # not, because the run was one by hand.
    "ALTER TABLE outbox ADD COLUMN told_at TEXT NOT NULL DEFAULT '';"
    # Whether a published page is still on the shelf; beside it in an index is all that lists need.
    "ALTER TABLE runs ADD COLUMN shown INTEGER NOT NULL DEFAULT 0;"
    "UPDATE runs SET shown = files <> '{}';"
    "CREATE INDEX runs_shown ON runs (status, home, run_id, period, ended_at, shown);"
    # Periods of which something has changed since the lists of pages were written.
    "CREATE TABLE unlisted (period TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID;",
)


def now() -> str:
    """Return this moment in UTC, as the ledger writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class History:
    """The runs that a run is held against: of the last period, and of its own period before it."""

    last: RunRecord | None = None
    former: RunRecord | None = None

    @classmethod
    def of(cls, ledger: "Ledger", record: RunRecord) -> "History":
        """Look them up for a run."""
        return cls(ledger.before(record), ledger.former_edition(record))


class Ledger:
    """The runs of one workspace, in `reports/runs/ledger.sqlite`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable(error) from error
        with self.open() as database:
            done = database.execute("PRAGMA user_version").fetchone()[0]
        if done < len(MIGRATIONS):
            self._begin(folder)

    def _begin(self, folder: Path) -> None:
        """Make the file, or bring it to the newest version.

        Two that turn one file to WAL at once are told that it is locked, without a wait: so they
        come one by one.
        """
        try:
            with FileLock(folder / ".ledger.lock", is_singleton=False), self.open() as database:
                database.execute("PRAGMA journal_mode = WAL")
                _migrate(database)
        except OSError as error:
            raise self._unusable(error) from error

    def write(
        self,
        record: RunRecord,
        told: Iterable[tuple[str, str]] = (),
        *,
        listed: bool = True,
    ) -> None:
        """Write a row, or write it anew.

        Parameters
        ----------
        told : iterable of (recipient, outcome)
            Who shall be told of which outcome.
        listed : bool, default True
            False where the lists of pages are no longer true by it, until they are written.
        """
        row = asdict(record)
        values = [
            json.dumps(row[name], ensure_ascii=False, default=str) if name in _JSON else row[name]
            for name in _NAMES
        ]
        marks = ", ".join("?" * (len(_NAMES) + 1))
        with self.open() as database:
            database.execute(
                f"INSERT OR REPLACE INTO runs ({', '.join(_NAMES)}, shown) VALUES ({marks})",  # noqa: S608 - names of our own fields
                [*values, bool(record.files)],
            )
            if not listed:
                database.execute("INSERT OR IGNORE INTO unlisted VALUES (?)", (record.period,))
            database.executemany(
                "INSERT OR IGNORE INTO outbox (run_id, recipient, outcome) VALUES (?, ?, ?)",
                [(record.run_id, *one) for one in told],
            )

    def beat(self, run_id: str, doing: str | None = None) -> None:
        """Say that a run is still at work, and on what, where that is new."""
        with self.open() as database:
            database.execute(
                "UPDATE runs SET heartbeat_at = ?, doing = coalesce(?, doing) WHERE run_id = ?",
                (now(), doing, run_id),
            )

    def published(self, run_key: str) -> RunRecord | None:
        """Return the newest published run of a key."""
        found = self._rows(
            "run_key = ? AND status = 'published' ORDER BY run_id DESC LIMIT 1", run_key
        )
        return found[0] if found else None

    def open_runs(self) -> list[RunRecord]:
        """Return the runs that are not over, or whose index was not written."""
        return self._rows("settled = 0 ORDER BY run_id")

    def dead(self) -> list[RunRecord]:
        """Return the open runs that nobody works on any more."""
        return [record for record in self.open_runs() if not _works(record)]

    def left(self) -> list[RunRecord]:
        """Return the open runs that are to be mended: dead ones, and those that are over.

        A run that is over is settled under the shelf's lock, so that whoever holds that lock and
        still finds it open has one whose index could not be written, even if its process lives.
        """
        return [run for run in self.open_runs() if run.status != "running" or not _works(run)]

    def recent(self, count: int = 20) -> list[RunRecord]:
        """Return the newest runs, newest first."""
        return self._rows("1 ORDER BY run_id DESC LIMIT ?", count)

    def run(self, run_id: str) -> RunRecord | None:
        """Return one run."""
        found = self._rows("run_id = ?", run_id)
        return found[0] if found else None

    def briefly(self, run_ids: Sequence[str]) -> list[RunRecord]:
        """Return some runs, in any order, without what only their own page has room for."""
        left = {"parameters": "'{}'", "kpis": "'{}'", "cells": "'[]'", "usage": "'{}'"}
        columns = ", ".join(left.get(name, name) for name in _NAMES)
        marks = ", ".join("?" * len(run_ids))
        with self.open() as database:
            found = database.execute(
                f"SELECT {columns} FROM runs WHERE run_id IN ({marks})",  # noqa: S608 - as above
                run_ids,
            ).fetchall()
        return [_record(row) for row in found]

    def unlisted(self) -> list[str]:
        """Return the periods of which something has changed since the lists were written."""
        with self.open() as database:
            return [period for (period,) in database.execute("SELECT period FROM unlisted")]

    def lists_are_written(self, periods: Iterable[str]) -> None:
        """Note that the lists know what has changed of some periods."""
        with self.open() as database:
            database.executemany("DELETE FROM unlisted WHERE period = ?", [(p,) for p in periods])

    def newest_id(self) -> str:
        """Return the id that sorts last; '' where nothing was run."""
        with self.open() as database:
            found = database.execute("SELECT max(run_id) FROM runs").fetchone()
        return found[0] or ""

    def like(self, name: str) -> list[RunRecord]:
        """Return the runs whose id begins or ends so, newest first."""
        return self._rows(
            "substr(run_id, 1, length(?1)) = ?1 OR substr(run_id, -length(?1)) = ?1"
            " ORDER BY run_id DESC",
            name,
        )

    def pages(self) -> list[tuple[RunRecord | None, RunRecord | None]]:
        """Return, for each page address, its newest published run and a failure newer than it."""
        good: dict[str, RunRecord] = {}
        bad: dict[str, RunRecord] = {}
        for record in self._rows("status IN ('published', 'failed') ORDER BY run_id"):
            if record.status == "published":
                good[record.home] = record
                bad.pop(record.home, None)
            else:
                bad[record.home] = record
        homes = dict.fromkeys([*good, *bad])
        return [(good.get(home), bad.get(home)) for home in homes]

    def before(self, record: RunRecord) -> RunRecord | None:
        """Return the last report: the newest published run of the last period before a record's."""
        return self._alike(record, "period < ? ORDER BY period DESC, run_id DESC")

    def former_edition(self, record: RunRecord) -> RunRecord | None:
        """Return the newest published run of a record's own period before it."""
        return self._alike(record, "period = ? ORDER BY run_id DESC")

    def newest_period(self, record: RunRecord) -> str:
        """Return the latest published period of a record's report and parameters; '' if none."""
        with self.open() as database:
            found = database.execute(
                "SELECT max(period) FROM runs WHERE status = 'published' AND brand = ?"
                " AND report = ? AND folder = ?",
                (record.brand, record.report, record.folder),
            ).fetchone()
        return found[0] or ""

    def newer_page(self, record: RunRecord) -> RunRecord | None:
        """Return a published run of a record's page that began after it; None if there is none."""
        found = self._rows(
            "home = ? AND run_id > ? AND status = 'published' ORDER BY run_id DESC LIMIT 1",
            record.home,
            record.run_id,
        )
        return found[0] if found else None

    def published_periods(self, brand: str, report: str) -> set[tuple[str, str]]:
        """Return (folder, period) of every page that was published of a brand's report."""
        with self.open() as database:
            found = database.execute(
                "SELECT DISTINCT folder, period FROM runs"
                " WHERE status = 'published' AND brand = ? AND report = ?",
                (brand, report),
            ).fetchall()
        return set(found)

    def failed(self, run_key: str) -> RunRecord | None:
        """Return the newest failed run of a key."""
        found = self._rows(
            "run_key = ? AND status = 'failed' ORDER BY run_id DESC LIMIT 1", run_key
        )
        return found[0] if found else None

    def knows(self, report: str, brand: str, since: datetime) -> None:
        """Note since when the clock has known a brand's report."""
        with self.open() as database:
            database.execute(
                "INSERT OR REPLACE INTO clock VALUES (?, ?, ?)", (report, brand, since.isoformat())
            )

    def known_since(self, report: str, brand: str) -> datetime | None:
        """Return since when the clock has known a brand's report; None where it is new."""
        with self.open() as database:
            found = database.execute(
                "SELECT since FROM clock WHERE report = ? AND brand = ?", (report, brand)
            ).fetchone()
        return datetime.fromisoformat(found[0]) if found else None

    @contextmanager
    def beating(self, run_id: str) -> Iterator[None]:
        """Keep a run's heartbeat going while the block lasts."""
        over = Event()

        def beat() -> None:
            while not over.wait(BEAT_SECONDS):
                try:
                    self.beat(run_id)
                except sqlite3.OperationalError:
                    continue  # A full disk or a lock held long: the next beat may pass.

        thread = Thread(target=beat, name=f"heartbeat of {run_id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _alike(self, record: RunRecord, period: str) -> RunRecord | None:
        """Return the first published run before a record's, of its report and parameters."""
        found = self._rows(
            "status = 'published' AND brand = ? AND report = ? AND folder = ? AND lang = ?"
            f" AND run_id < ? AND {period} LIMIT 1",
            record.brand,
            record.report,
            record.folder,
            record.lang,
            record.run_id,
            record.period,
        )
        return found[0] if found else None

    def _rows(self, where: str, *values: Any) -> list[RunRecord]:
        with self.open() as database:
            found = database.execute(
                f"SELECT {', '.join(_NAMES)} FROM runs WHERE {where}",  # noqa: S608 - no value is pasted in
                values,
            ).fetchall()
        return [_record(row) for row in found]

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction, which ends with the block.

        Raises
        ------
        LedgerError
            If the disk is full, the folder is read-only, or another holds the file for too long.
        """
        try:
            # A connection of its own for each call: rows are few, and threads never share one.
            with closing(sqlite3.connect(self.path, timeout=30)) as database, database:
                database.execute("PRAGMA synchronous = FULL")
                yield database
        except LedgerError:
            raise
        except sqlite3.OperationalError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> LedgerError:
        return LedgerError(
            f"The ledger of runs, reports/runs/{FILE_NAME}, cannot be used: {error}. Make room on "
            "its disk, or let this user write there, and ask again: insights doctor says what is "
            "wrong."
        )


def _migrate(database: sqlite3.Connection) -> None:
    """Bring the file to the newest version, once, whoever comes first."""
    database.execute("BEGIN IMMEDIATE")
    done = database.execute("PRAGMA user_version").fetchone()[0]
    for number, script in enumerate(MIGRATIONS[done:], start=done + 1):
        for statement in filter(None, script.split(";")):
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {number:d}")


def _record(row: tuple[Any, ...]) -> RunRecord:
    values = dict(zip(_NAMES, row, strict=True))
    for name in _JSON:
        values[name] = json.loads(values[name])
    return RunRecord(**values | {"settled": bool(values["settled"])})


def give_up(run_id: str) -> None:
    """Note that a run of this process is over, though its row could not be told so.

    Else it would be taken for one at work as long as this process lives.
    """
    _GIVEN_UP.add(run_id)


def _works(record: RunRecord) -> bool:
    if record.run_id in _GIVEN_UP:
        return False
    alive = is_alive(record.process)
    if alive is not None:
        return alive
    last = datetime.fromisoformat(record.heartbeat_at or record.started_at)
    return datetime.now(UTC) - last < STALE
