# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""One load: a source's batches are staged, judged and written, and become visible all at once."""

import hashlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from insights import schema, sources
from insights.errors import IntakeError
from insights.settings import Brand, Settings
from insights.store import recovery
from insights.store.loads import (
    Current,
    Rows,
    TableFiles,
    lake_folder,
    new_load_id,
    publish,
    read_current,
)

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class TableAccount:
    """What became of one table's rows: rows_in = kept + merged + quarantined.

    `kept` are rows that the lake has because of this load; `merged` were there already, or gave way
    to a later row of the same key; `quarantined` were refused.
    """

    table: str
    rows_in: int
    kept: int
    merged: int
    quarantined: int
    reasons: dict[str, int]


@dataclass(frozen=True)
class IngestReport:
    """What a load did. A skipped one changed nothing; `reason` says why."""

    load_id: str
    skipped: bool
    reason: str
    tables: tuple[TableAccount, ...]
    seconds: float


def ingest(
    settings: Settings,
    brand: Brand,
    source: str,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> IngestReport:
    """Load everything a source offers into the brand's lake, or nothing.

    Parameters
    ----------
    settings, brand
        The workspace and the brand in it.
    source : str
        Name of a source; see `insights.sources.names`.
    force : bool, default False
        Load an input that was loaded before; its rows then merge with themselves.
    progress : callable, optional
        Told (what is done now, steps done, steps in all): each table is a step when it is read
        and another when it is written.

    Raises
    ------
    UnknownSource, MissingExtra
        Before anything is written.
    IntakeError, LakeError
        If the load failed; the load before it is as it was.
    """
    started = monotonic()
    offered = sources.get(source)
    fingerprint = input_key(offered, brand)
    folder = lake_folder(settings, brand)
    before = read_current(folder)
    if before and fingerprint in before.inputs and not (force or recovery.is_loading(folder)):
        return _skipped(before, fingerprint, started)
    # deltalake's runtime must not be loaded by readers, so the writer comes in only here.
    from insights.store import writer  # noqa: PLC0415

    tell = progress or (lambda what, done, steps: None)
    steps = 2 * len(offered.tables)
    quarantine = folder.parent / "quarantine"
    with writer.locked(folder, lambda: tell("waiting for another load", 0, steps)):
        recovery.recover(folder, quarantine)
        before = read_current(folder)
        if before and fingerprint in before.inputs and not force:
            return _skipped(before, fingerprint, started)
        load_id = new_load_id(before)
        scratch = recovery.begin(folder, load_id, before)
        load = _Load(settings, brand, offered, before, load_id, scratch, tell)
        try:
            after = load.write(fingerprint)
            publish(folder, after)
        except BaseException as error:
            _undo(folder, quarantine, error)
            raise
        recovery.finish(folder)
    return IngestReport(load_id, False, "", tuple(load.accounts), monotonic() - started)


def input_key(offered: sources.Source, brand: Brand) -> str:
    """Return a digest of everything that makes the rows of a load: equal means nothing new.

    These are the input, the wall clock that its times are put on, and what the tables declare.
    """
    digest = hashlib.sha256(f"{offered.fingerprint()} {brand.time_zone}".encode())
    for name in sorted(offered.tables):
        table = schema.get(name)
        types = [(column.name, column.sql_type) for column in table.columns]
        digest.update(repr((name, table.key, types, schema.reasons(table))).encode())
    return digest.hexdigest()


class _Load:
    """The work of one load, under the lock of its lake."""

    def __init__(  # noqa: PLR0917 - one caller, just above
        self,
        settings: Settings,
        brand: Brand,
        offered: sources.Source,
        before: Current | None,
        load_id: str,
        scratch: Path,
        tell: Progress,
    ) -> None:
        self.settings = settings
        self.brand = brand
        self.offered = offered
        self.before = before
        self.load_id = load_id
        self.scratch = scratch
        self.tell = tell
        self.folder = lake_folder(settings, brand)
        self.files: dict[str, TableFiles] = dict(before.tables) if before else {}
        self.accounts: list[TableAccount] = []
        self.doing = "starting"

    def write(self, fingerprint: str) -> Current:
        """Read, judge and write all rows; return the load to be made visible."""
        import duckdb  # noqa: PLC0415 - the skip path needs no engine

        from insights.store import writer  # noqa: PLC0415 - see `ingest`
        from insights.store.engine import connect  # noqa: PLC0415

        try:
            with closing(connect(self.settings, self.brand, self.scratch / "spill")) as connection:
                self._write_tables(connection)
                first_day, last_day = _paid_days(connection, self.folder, self.files)
            after = Current(
                load_id=self.load_id,
                loaded_at=datetime.now(UTC),
                tables=self.files,
                inputs={**(self.before.inputs if self.before else {}), fingerprint: self.load_id},
                rows=_add(self.before.rows if self.before else Rows(), self.accounts),
                first_day=first_day,
                last_day=last_day,
            )
            log = {
                "source": self.offered.name,
                "source_version": self.offered.version,
                "fingerprint": fingerprint,
                "tables": [asdict(account) for account in self.accounts],
            }
            writer.write_load(self.folder, after, log)
        except RuntimeError as error:
            if str(error) != "Query interrupted":
                raise
            raise KeyboardInterrupt from error  # What DuckDB makes of Ctrl-C.
        except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
            raise IntakeError(
                f"The load of '{self.offered.name}' failed while {self.doing}: {error} The load "
                "before it is as it was. Make room or put right what is named, and load again."
            ) from error
        return after

    def _write_tables(self, connection: Any) -> None:
        from insights.intake import quarantine  # noqa: PLC0415 - the skip path needs neither
        from insights.intake.staging import Staging  # noqa: PLC0415
        from insights.store import writer  # noqa: PLC0415 - see `ingest`

        steps = 2 * len(self.offered.tables)
        loaded_at = datetime.now(self.brand.zone).replace(tzinfo=None)
        staging = Staging(connection, self.scratch, source=self.offered.name, loaded_at=loaded_at)
        for batch in self.offered.batches(self.brand):
            self.doing = f"reading {batch.table}"
            if batch.table not in staging.tables:
                self.tell(self.doing, min(len(staging.tables), steps // 2), steps)
            staging.take(batch)
        for number, name in enumerate(staging.tables):
            self.doing = f"writing {name}"
            self.tell(self.doing, min(steps // 2 + number, steps), steps)
            staged = staging.settle(name)
            quarantine.keep(connection, staged, self.folder.parent / "quarantine" / self.load_id)
            files, written = writer.write_table(
                self.folder, self.files.get(name), name, connection, staged.relation
            )
            if files is not None:
                self.files[name] = files
            staging.discard(name)
            account = TableAccount(
                table=name,
                rows_in=staged.read,
                kept=written.new + written.changed,
                merged=written.same + staged.superseded,
                quarantined=staged.refused,
                reasons=staged.reasons,
            )
            if account.rows_in != account.kept + account.merged + account.quarantined:
                raise IntakeError(
                    f"The rows of '{name}' do not add up: {account.rows_in} in, {account.kept} "
                    f"kept, {account.merged} merged, {account.quarantined} quarantined. This is a "
                    "defect of the loader; nothing was loaded."
                )
            self.accounts.append(account)
        self.tell("making the load visible", steps, steps)


def _undo(folder: Path, quarantine: Path, error: BaseException) -> None:
    """Put away what a failed load wrote, now rather than at the next load: the disk may be full."""
    try:
        recovery.recover(folder, quarantine)
    except Exception as second:  # The next load tries again, and says it if it must.
        error.add_note(f"What it had written was not put away yet: {second}")


def _skipped(before: Current, fingerprint: str, started: float) -> IngestReport:
    reason = f"nothing new: load {before.inputs[fingerprint]} holds the same input"
    return IngestReport(before.load_id, True, reason, (), monotonic() - started)


def _paid_days(
    connection: Any, folder: Path, files: dict[str, TableFiles]
) -> tuple[date | None, date | None]:
    """Return the first and the last day with a paid order."""
    from insights.store.views import read_parquet  # noqa: PLC0415 - the skip path needs no engine

    orders = files.get("orders")
    if orders is None or not orders.files:
        return None, None
    first, last = connection.execute(
        "SELECT CAST(min(paid_at) AS DATE), CAST(max(paid_at) AS DATE) FROM "
        + read_parquet(folder / "orders", orders.files)
    ).fetchone()
    return first, last


def _add(rows: Rows, accounts: list[TableAccount]) -> Rows:
    return Rows(
        read=rows.read + sum(a.rows_in for a in accounts),
        kept=rows.kept + sum(a.kept for a in accounts),
        merged=rows.merged + sum(a.merged for a in accounts),
        quarantined=rows.quarantined + sum(a.quarantined for a in accounts),
    )
