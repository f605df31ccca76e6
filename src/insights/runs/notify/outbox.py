"""Outbox: what is still to be told to whom?

A row is written with the run's first row in the ledger, before anything runs, and goes when the
message is out; a crash between the two loses none. It names the outcome that it waits for, so a run
that ends otherwise takes it along unsent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from insights.runs.ledger import Ledger
from insights.runs.record import RunRecord

TRIES = 12  # Each by a batch of its own, so some hours: then nobody waits for it any more.
OFTEN = timedelta(days=1)  # The same failure is told once a day.


@dataclass(frozen=True)
class Waiting:
    """A run that ended as a recipient wants to be told."""

    run: RunRecord
    recipient: str
    tries: int = 0


class Outbox:
    """The rows of a ledger that wait to be told."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def waiting(self, *, look_only: bool = False) -> dict[str, list[Waiting]]:
        """Return what can be told now, by recipient; what nobody waits for any more is removed."""
        with self.ledger.open() as database:
            rows = database.execute(
                "SELECT run_id, recipient, outcome, tries FROM outbox ORDER BY run_id"
            ).fetchall()
        found: dict[str, list[Waiting]] = {}
        moot = []
        for run_id, recipient, outcome, tries in rows:
            run = self.ledger.run(run_id)
            if run is not None and run.status == "running":
                continue
            if run is None or run.status != outcome or tries >= TRIES or self._mended(run):
                moot.append((run_id, recipient, outcome))
            else:
                found.setdefault(recipient, []).append(Waiting(run, recipient, tries))
        if not look_only:
            self._remove(moot)
        return found

    def told(self, waiting: Iterable[Waiting]) -> None:
        """Note that something is out."""
        self._remove([(one.run.run_id, one.recipient, one.run.status) for one in waiting])

    def missed(self, waiting: Iterable[Waiting], why: str) -> None:
        """Note that something could not be sent; it is tried again with the next batch."""
        rows = [(why, one.run.run_id, one.recipient, one.run.status) for one in waiting]
        with self.ledger.open() as database:
            database.executemany(
                "UPDATE outbox SET tries = tries + 1, error = ?"
                " WHERE run_id = ? AND recipient = ? AND outcome = ?",
                rows,
            )

    def _remove(self, rows: list[tuple[str, str, str]]) -> None:
        with self.ledger.open() as database:
            database.executemany(
                "DELETE FROM outbox WHERE run_id = ? AND recipient = ? AND outcome = ?", rows
            )

    def _mended(self, run: RunRecord) -> bool:
        """Whether a failure is over, by a later run, or was told already in these hours."""
        if run.status != "failed":
            return False
        day = (datetime.fromisoformat(run.started_at) - OFTEN).astimezone(UTC).isoformat()
        with self.ledger.open() as database:
            (over,) = database.execute(
                "SELECT count(*) FROM runs WHERE home = ? AND run_id > ?"
                " AND status IN ('published', 'failed')",
                (run.home, run.run_id),
            ).fetchone()
            before = database.execute(
                "SELECT error FROM runs WHERE home = ? AND run_id < ? AND status = 'failed'"
                " AND started_at > ? AND run_id NOT IN (SELECT run_id FROM outbox)",
                (run.home, run.run_id, day),
            ).fetchall()
        # A try that was followed by another within the batch is that one's to tell.
        return bool(over) or any(error.split("\n", 1)[0] == run.reason for (error,) in before)
