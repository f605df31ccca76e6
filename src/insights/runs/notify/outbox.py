"""Outbox: what is still to be told to whom?

A row is written with the run's first row in the ledger, before anything runs, and notes when the
message is out; a crash between the two loses none. It names the outcome that it waits for, so where
a run ends otherwise nothing is sent. Of a run by hand there is none, unless its failure keeps the
clock from making a page: then whoever waits for that page has to know.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from insights.runs.ledger import Ledger, now
from insights.runs.record import RunRecord

TRIES = 12  # Each by a batch of its own, so some hours: then nobody waits for it any more.
OFTEN = timedelta(days=1)  # The same failure is told once a day.
_MOOT = "-"  # In the place of a time: nobody waits for it any more. It sorts before all times.


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
        """Return what can be told now, by recipient; what nobody waits for any more is noted."""
        with self.ledger.open() as database:
            rows = database.execute(
                "SELECT run_id, recipient, outcome, tries FROM outbox WHERE told_at = ''"
                " ORDER BY run_id"
            ).fetchall()
        found: dict[str, list[Waiting]] = {}
        moot = []
        for run_id, recipient, outcome, tries in rows:
            run = self.ledger.run(run_id)
            if run is not None and run.status == "running":
                continue
            if (
                run is None
                or run.status != outcome
                or tries >= TRIES
                or self._mended(run, recipient)
            ):
                moot.append((run_id, recipient, outcome))
            else:
                found.setdefault(recipient, []).append(Waiting(run, recipient, tries))
        if not look_only:
            self._done(moot, _MOOT)
        return found

    def told(self, waiting: Iterable[Waiting]) -> None:
        """Note that something is out."""
        self._done([(one.run.run_id, one.recipient, one.run.status) for one in waiting], now())

    def owe(self, run_id: str, recipients: Iterable[str]) -> None:
        """Note who has to hear of a failure, if it was not noted when the run started."""
        with self.ledger.open() as database:
            database.executemany(
                "INSERT OR IGNORE INTO outbox (run_id, recipient, outcome) VALUES (?, ?, 'failed')",
                [(run_id, name) for name in recipients],
            )

    def missed(self, waiting: Iterable[Waiting], why: str) -> None:
        """Note that something could not be sent; it is tried again with the next batch."""
        rows = [(why, one.run.run_id, one.recipient, one.run.status) for one in waiting]
        with self.ledger.open() as database:
            database.executemany(
                "UPDATE outbox SET tries = tries + 1, error = ?"
                " WHERE run_id = ? AND recipient = ? AND outcome = ?",
                rows,
            )

    def _done(self, rows: list[tuple[str, str, str]], at: str) -> None:
        with self.ledger.open() as database:
            database.executemany(
                "UPDATE outbox SET told_at = ? WHERE run_id = ? AND recipient = ? AND outcome = ?",
                [(at, *row) for row in rows],
            )

    def _mended(self, run: RunRecord, recipient: str) -> bool:
        """Whether a failure is over, by a later run, or was told already in these hours."""
        if run.status != "failed":
            return False
        day = (datetime.now(UTC) - OFTEN).isoformat(timespec="milliseconds")
        with self.ledger.open() as database:
            # A try that was followed by another is that one's to tell, if it tells at all.
            (over,) = database.execute(
                "SELECT count(*) FROM runs WHERE home = ?1 AND run_id > ?2"
                " AND (status = 'published' OR status = 'failed' AND run_id IN"
                " (SELECT run_id FROM outbox WHERE recipient = ?3 AND outcome = 'failed'))",
                (run.home, run.run_id, recipient),
            ).fetchone()
            told = database.execute(
                "SELECT runs.error FROM runs JOIN outbox USING (run_id)"
                " WHERE home = ? AND run_id < ? AND recipient = ? AND outcome = 'failed'"
                " AND told_at > ?",
                (run.home, run.run_id, recipient, day),
            ).fetchall()
        return bool(over) or any(error.split("\n", 1)[0] == run.reason for (error,) in told)
