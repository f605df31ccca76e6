# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""One load: a source's batches are staged, judged and written, and become visible all at once."""

from contextlib import closing
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Union

from insights import sources
from insights.errors import IntakeError
from insights.intake.offers import Offered, Progress, offered_by
from insights.intake.outcome import IngestReport, TableAccount, is_known, nothing_new, reported
from insights.settings import Brand, Settings
from insights.store import recovery
from insights.store.loads import (
    Current,
    Rows,
    TableFiles,
    lake_folder,
    logs,
    new_load_id,
    publish,
    read_current,
)

if TYPE_CHECKING:  # A source that is no file needs no reader.
    from insights.intake.files import FilesSource


def ingest(
    settings: Settings,
    brand: Brand,
    source: Union[str, sources.Source, "FilesSource"],
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> IngestReport:
    """Load everything a source offers into the brand's lake, or nothing.

    Of files, everything that the good ones offer: each is wholly in the load or wholly out of it.

    Parameters
    ----------
    settings, brand
        The workspace and the brand in it.
    source : str, Source or FilesSource
        Name of a source (see `insights.sources.names`), a source, or files.
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
    offered = offered_by(source, brand)
    folder = lake_folder(settings, brand)
    before = read_current(folder)
    if is_known(offered, before) and not (force or recovery.is_loading(folder)):
        return nothing_new(offered, before, started)
    # deltalake's runtime must not be loaded by readers, so the writer comes in only here.
    from insights.store import writer  # noqa: PLC0415

    tell = progress or (lambda what, done, steps: None)
    steps = offered.steps + 2 * len(offered.tables)
    quarantine = folder.parent / "quarantine"
    with writer.locked(folder, lambda: tell("waiting for another load", 0, steps)):
        recovery.recover(folder, quarantine)
        _finish_forgetting(settings, brand, offered)
        before = read_current(folder)
        if is_known(offered, before) and not force:
            return nothing_new(offered, before, started)
        load_id = new_load_id(before)
        scratch = recovery.begin(folder, load_id, before)
        load = _Load(settings, brand, offered, before, load_id, scratch, tell)
        try:
            after = load.write(force=force)
            if after is not None:
                publish(folder, after)
        except BaseException as error:
            _undo(folder, quarantine, error)
            raise
        recovery.finish(folder)
    if not offered.taken():
        reason = "no file could be loaded" if offered.refused else "nothing new"
        visible = after or before
        return reported(offered, visible.load_id if visible else "", started, skipped=reason)
    return reported(offered, load_id, started, tables=tuple(load.accounts))


# What the engine holds at most in a load, so that five million lines fit into 1.5 GB with all else.
MEMORY_LIMIT = "600MB"


class _Load:
    """The work of one load, under the lock of its lake."""

    def __init__(  # noqa: PLR0917 - one caller, just above
        self,
        settings: Settings,
        brand: Brand,
        offered: Offered,
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

    def write(self, *, force: bool) -> Current | None:
        """Read, judge and write all rows; return the load to be made visible, if there is one."""
        import duckdb  # noqa: PLC0415 - the skip path needs no engine

        from insights.store import writer  # noqa: PLC0415 - see `ingest`
        from insights.store.engine import connect, hold_at_most  # noqa: PLC0415

        known = self.before.inputs if self.before and not force else {}
        try:
            self.doing = "reading the files"
            self.offered.prepare(self.scratch, known, self._tell_files)
            if not self.offered.taken():
                return self._left_out(writer)
            with closing(connect(self.settings, self.brand, self.scratch / "spill")) as connection:
                hold_at_most(connection, MEMORY_LIMIT, self.settings)
                loaded_at = datetime.now(self.brand.zone).replace(tzinfo=None)
                self._write_tables(connection, loaded_at)
                people = self._resolve(connection, loaded_at)
                lost = self._settle(connection, loaded_at)
                self.offered.keep_refusals(connection, self._quarantine)
                first_day, last_day = _paid_days(connection, self.folder, self.files)
            after = Current(
                load_id=self.load_id,
                loaded_at=datetime.now(UTC),
                tables=self.files,
                inputs={
                    **(self.before.inputs if self.before else {}),
                    **dict.fromkeys(self.offered.taken(), self.load_id),
                },
                rows=_add(self.before.rows if self.before else Rows(), self.accounts),
                first_day=first_day,
                last_day=last_day,
            )
            log = {
                **self._log(),
                **({"identity": people} if people else {}),
                **({"lost": lost} if lost else {}),
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

    def _left_out(self, writer: Any) -> Current | None:
        """Keep the log of a load in which every file was left out; its tables are those before.

        It is made visible, so that reports tell of it, unless there is nothing to be seen yet. What
        was left out before, and nothing else, is no news.
        """
        refused = self.offered.log().get("refused_files", [])
        told = [one for _, log in logs(self.folder) for one in log.get("refused_files", ())]
        if all(one in told for one in refused):
            return None
        before = self.before or Current(load_id=self.load_id, loaded_at=datetime.now(UTC))
        after = before.model_copy(update={"load_id": self.load_id, "loaded_at": datetime.now(UTC)})
        writer.write_load(self.folder, after, self._log())
        return after if self.before else None

    def _log(self) -> dict[str, Any]:
        return {
            "source": self.offered.name,
            "source_version": self.offered.version,
            "tables": [asdict(account) for account in self.accounts],
            **self.offered.log(),
        }

    def _resolve(self, connection: Any, loaded_at: datetime) -> dict[str, int]:
        """Work out who is who from the links, within the load that brings them."""
        if "identity_links" not in self.files:
            return {}
        from insights.intake import identity  # noqa: PLC0415 - only where somebody is known
        from insights.intake.keys import IdKey  # noqa: PLC0415 - the same

        self.doing = "resolving identities"
        resolved = identity.resolve(
            connection,
            self.folder,
            before=self.before.tables if self.before else {},
            after=self.files,
            key=IdKey.load(self.settings, self.brand),
            loaded_at=loaded_at,
        )
        if resolved is None:
            return {}
        self.files.update(resolved.files)
        return resolved.summary

    def _settle(self, connection: Any, loaded_at: datetime) -> dict[str, Any]:
        """End the friendships that a later list of contacts does not have any more."""
        if "contacts" not in self.files and "touches" not in self.files:
            return {}
        from insights.intake import lost  # noqa: PLC0415 - only where there are lists

        self.doing = "finding lost contacts"
        before = self.before.tables if self.before else {}
        settled = lost.settle(
            connection, self.folder, before=before, after=self.files, loaded_at=loaded_at
        )
        if settled is None:
            return {}
        self.files.update(settled.files)
        return dict(settled.summary)

    def _write_tables(self, connection: Any, loaded_at: datetime) -> None:
        from insights.intake import quarantine  # noqa: PLC0415 - the skip path needs neither
        from insights.intake.staging import Staging  # noqa: PLC0415
        from insights.intake.tombstones import forgotten_filter  # noqa: PLC0415
        from insights.store import writer  # noqa: PLC0415 - see `ingest`

        read = self.offered.steps
        steps = read + 2 * len(self.offered.tables)
        staging = Staging(
            connection,
            self.scratch,
            source=self.offered.name,
            loaded_at=loaded_at,
            forgotten=forgotten_filter(self.settings, self.brand),
        )
        for batch in self.offered.batches(self.brand):
            self.doing = f"reading {batch.table}"
            if batch.table not in staging.tables:
                step = min(len(staging.tables), len(self.offered.tables))
                self.tell(self.doing, read + step, steps)
            staging.take(batch)
        for number, name in enumerate(staging.tables):
            self.doing = f"writing {name}"
            step = min(len(self.offered.tables) + number, 2 * len(self.offered.tables))
            self.tell(self.doing, read + step, steps)
            staged = staging.settle(name)
            quarantine.keep(connection, staged, self._quarantine)
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
                outdated=written.outdated,
            )
            if written.outdated:
                self.offered.notices.append(_outdated(name, written.outdated))
            if account.rows_in != account.kept + account.merged + account.quarantined:
                raise IntakeError(
                    f"The rows of '{name}' do not add up: {account.rows_in} in, {account.kept} "
                    f"kept, {account.merged} merged, {account.quarantined} quarantined. This is a "
                    "defect of the loader; nothing was loaded."
                )
            self.accounts.append(account)
        self.tell("making the load visible", steps, steps)

    def _tell_files(self, what: str, done: int, files: int) -> None:
        self.tell(what, done, files + 2 * len(self.offered.tables))

    @property
    def _quarantine(self) -> Path:
        return self.folder.parent / "quarantine" / self.load_id


def _outdated(table: str, rows: int) -> str:
    return (
        f"{rows:,} rows of '{table}' are older than what the lake has, by the newest moment of "
        "which their files tell: what the newer export said stays. If they are newer, load their "
        "file once more and say when it was made, with --set exported_at=..."
    )


def _finish_forgetting(settings: Settings, brand: Brand, offered: Offered) -> None:
    """Let nothing be loaded while somebody is half forgotten."""
    from insights.intake import forgetting  # noqa: PLC0415 - the skip path needs no engine

    if forgetting.finish(settings, brand) is not None:
        offered.notices.append("Forgetting a customer, which was broken off, was ended first.")


def _undo(folder: Path, quarantine: Path, error: BaseException) -> None:
    """Put away what a failed load wrote, now rather than at the next load: the disk may be full."""
    try:
        recovery.recover(folder, quarantine)
    except Exception as second:  # The next load tries again, and says it if it must.
        error.add_note(f"What it had written was not put away yet: {second}")


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
