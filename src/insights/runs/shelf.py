"""The shelf: published pages, their latest copies and the index, kept in step with the ledger.

The index of a large shelf costs more than a report. So within a batch it is written now and then,
and when the batch is over; what it lacks is noted in the ledger.

Every step can be repeated. A run says in the ledger what it is about to publish before the rename,
so that after a crash the next runner can tell a page that took its place from one that did not, and
carry on from there.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from insights.runs import context, publish
from insights.runs.ledger import Ledger, give_up, now
from insights.runs.limits import end_left
from insights.runs.record import RunRecord
from insights.settings import Settings

INDEX = "index.html"
INDEX_SECONDS = 60  # So old it may be while a batch goes on.
DIED = "The run died: its process ended before the report was finished"
OVERTAKEN = "While it ran, a later run of the same page was published, which stands:"


class Shelf:
    """The reports folder of a workspace and its ledger."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.reports = settings.reports
        self.runs = settings.reports / "runs"
        self.ledger = Ledger(self.runs)

    def folder(self, run_id: str) -> Path:
        """Private folder of a run."""
        return self.runs / run_id

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Hold a lock against other runners, in this process and in others."""
        locks = self.runs / "locks"
        locks.mkdir(parents=True, exist_ok=True)
        # A new object each time: a shared one would let two threads of this process in together.
        with FileLock(locks / f"{name}.lock", is_singleton=False):
            yield

    def put(self, record: RunRecord, staged: Path) -> RunRecord:
        """Publish a staged page: announced, placed, then latest and index.

        Not where a run of the same page that began later, and so read later data, is published by
        now: then it is `skipped`, and the other's page stands.
        """
        self.ledger.write(record)
        with self.alone("publish"):
            if newer := self.ledger.newer_page(record):
                publish.clear(self.folder(record.run_id))
                said = f"{OVERTAKEN} {newer.run_id}."
                record = record.but(status="skipped", error=said, files={}, settled=True)
                self.ledger.write(record)
                return record
            publish.place(staged, self.reports / record.home)
            return self._publish(record)

    def failed(self, record: RunRecord) -> RunRecord:
        """Record a failure and show it on the index."""
        self.ledger.write(record)
        with self.alone("publish"):
            return self._settle(record)

    def repair(self) -> list[RunRecord]:
        """Mend what others left, and list what their batch did not come to list; see `mend`."""
        mended = self.mend()
        if self.ledger.unlisted():
            self.restore_index()
        return mended

    def mend(self) -> list[RunRecord]:
        """Finish or fail what others left half done; return the runs that were touched."""
        if not self.ledger.left():
            return []
        with self.alone("publish"):
            return [self._mend(record) for record in self.ledger.left()]

    def restore_index(self) -> str:
        """Write the index anew where it is gone or lacks something; return why not, or ''."""
        if (self.reports / INDEX).is_file() and not self.ledger.unlisted():
            return ""
        with self.alone("publish"):
            try:
                self.show_index()
            except Exception as error:
                return _stale(error)
        return ""

    def show_index(self) -> None:
        """Write the index anew; the caller holds the lock."""
        periods = self.ledger.unlisted()
        self._write_index(periods)
        self.ledger.lists_are_written(periods)

    def _mend(self, record: RunRecord) -> RunRecord:
        publish.clear(self.folder(record.run_id))
        end_left(self.folder(record.run_id) / context.FILE_NAME)
        if record.status != "running":
            return self._settle(record)
        if publish.is_whole(self.reports, record):
            return self._publish(record)
        said = DIED + (f" ({record.doing})." if record.doing else ".")
        return self._settle(
            record.but(
                status="failed", error=said, cause="infrastructure", ended_at=now(), files={}
            )
        )

    def _publish(self, record: RunRecord) -> RunRecord:
        """Record a page that has taken its place."""
        record = record.but(status="published", ended_at=record.ended_at or now())
        try:
            self.ledger.write(record)
        except sqlite3.Error as error:
            give_up(record.run_id)
            # The page is out. Its row still says what was announced, and the next runner finds it.
            return record.but(
                error=f"The page is published, but the ledger was not written: {error}."
            )
        return self._settle(record)

    def _settle(self, record: RunRecord) -> RunRecord:
        """Bring what stands beside the page in step, and the index in time; note both."""
        try:
            # A backfill of an old period must not take the place of a newer page.
            newest = record.period >= self.ledger.newest_period(record)
            if record.status == "published" and newest and publish.is_whole(self.reports, record):
                publish.put_latest(self.reports, record)
            if record.status == "failed":
                publish.put_failure(self.reports, record, self.folder(record.run_id))
            self.ledger.write(record, listed=False)
            if self._index_is_old():
                self.show_index()
            record = record.but(settled=True)
            self.ledger.write(record)
        except Exception as error:  # the run is over; the next runner tries again
            return record.but(settled=False, error=f"{record.error}\n{_stale(error)}".lstrip())
        return record

    def _index_is_old(self) -> bool:
        try:
            age = time.time() - (self.reports / INDEX).stat().st_mtime
        except FileNotFoundError:
            return True
        return not 0 <= age < INDEX_SECONDS  # A clock may have been ahead.

    def _write_index(self, periods: Sequence[str]) -> None:
        from insights.runs.listing import write_lists  # noqa: PLC0415 - reporting loads when needed

        write_lists(self.settings, self.ledger, periods)


def _stale(error: Exception) -> str:
    return f"The index is not up to date: {type(error).__name__}: {error}"
