"""The shelf: published pages, their latest copies and the index, kept in step with the ledger.

Every step can be repeated. A run says in the ledger what it is about to publish before the rename,
so that after a crash the next runner can tell a page that took its place from one that did not, and
carry on from there.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from insights.runs import context, publish
from insights.runs.ledger import Ledger, now
from insights.runs.limits import end_left
from insights.runs.record import RunRecord
from insights.settings import Settings

INDEX = "index.html"
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
        """Finish or fail what others left half done; return the runs that were touched."""
        if not self.ledger.left():
            return []
        with self.alone("publish"):
            return [self._mend(record) for record in self.ledger.left()]

    def restore_index(self) -> str:
        """Write the index anew where it is gone; return why that failed, or ''."""
        if (self.reports / INDEX).is_file():
            return ""
        with self.alone("publish"):
            try:
                self._write_index()
            except Exception as error:
                return _stale(error)
        return ""

    def show_index(self) -> None:
        """Write the index anew; the caller holds the lock."""
        self._write_index()

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
            # The page is out. Its row still says what was announced, and the next runner finds it.
            return record.but(
                error=f"The page is published, but the ledger was not written: {error}."
            )
        return self._settle(record)

    def _settle(self, record: RunRecord) -> RunRecord:
        """Bring what stands beside the page in step, and the index; say so in the ledger."""
        try:
            # A backfill of an old period must not take the place of a newer page.
            newest = record.period >= self.ledger.newest_period(record)
            if record.status == "published" and newest and publish.is_whole(self.reports, record):
                publish.put_latest(self.reports, record)
            if record.status == "failed":
                publish.put_failure(self.reports, record, self.folder(record.run_id))
            self.ledger.write(record)
            self._write_index()
            record = record.but(settled=True)
            self.ledger.write(record)
        except Exception as error:  # the run is over; the next runner tries again
            return record.but(settled=False, error=f"{record.error}\n{_stale(error)}".lstrip())
        return record

    def _write_index(self) -> None:
        from insights.reporting.index import write_index  # noqa: PLC0415
        from insights.runs.entries import entries  # noqa: PLC0415 - reporting loads when needed

        simulated = [name for name, brand in self.settings.brands.items() if brand.simulated]
        listed = entries(self.ledger, self.reports, simulated)
        write_index(self.reports, listed, self.settings.lang)


def _stale(error: Exception) -> str:
    return f"The index is not up to date: {type(error).__name__}: {error}"
