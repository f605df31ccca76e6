# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""One load: a source's batches are staged, judged and written, and become visible all at once."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from insights import schema, sources
from insights.errors import IntakeError
from insights.intake.translating.account import FileAccount, RefusedFile, SkippedFile
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

if TYPE_CHECKING:  # A source that is no file needs no reader.
    from insights.intake.files import FilesSource

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
    """What a load did. A skipped one changed nothing; `reason` says why.

    Of files: `files` are those that were loaded, `skipped_files` those that the lake had already,
    `refused_files` those that were left out. `notices` are for whoever runs the load.
    """

    load_id: str
    skipped: bool
    reason: str
    tables: tuple[TableAccount, ...]
    seconds: float
    files: tuple[FileAccount, ...] = ()
    skipped_files: tuple[SkippedFile, ...] = ()
    refused_files: tuple[RefusedFile, ...] = ()
    notices: tuple[str, ...] = ()


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
    offered = _offered(source, brand)
    folder = lake_folder(settings, brand)
    before = read_current(folder)
    if _is_known(offered, before) and not (force or recovery.is_loading(folder)):
        return _skipped(offered, before, started)
    # deltalake's runtime must not be loaded by readers, so the writer comes in only here.
    from insights.store import writer  # noqa: PLC0415

    tell = progress or (lambda what, done, steps: None)
    steps = offered.steps + 2 * len(offered.tables)
    quarantine = folder.parent / "quarantine"
    with writer.locked(folder, lambda: tell("waiting for another load", 0, steps)):
        recovery.recover(folder, quarantine)
        _finish_forgetting(settings, brand, offered)
        before = read_current(folder)
        if _is_known(offered, before) and not force:
            return _skipped(offered, before, started)
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
    if after is None:
        reason = "no file could be loaded" if offered.refused else "nothing new"
        return _report(offered, before.load_id if before else "", started, skipped=reason)
    return _report(offered, load_id, started, tables=tuple(load.accounts))


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


class _Whole:
    """A source that is one input: all of it is loaded, or nothing."""

    def __init__(self, source: sources.Source, brand: Brand) -> None:
        self.name, self.version, self.tables = source.name, source.version, source.tables
        self.steps = 0
        self.accounts: list[FileAccount] = []
        self.skipped: list[SkippedFile] = []
        self.refused: list[RefusedFile] = []
        self.notices: list[str] = []
        self._source = source
        self._key = input_key(source, brand)

    def inputs(self) -> tuple[str, ...]:
        return (self._key,)

    taken = inputs

    def skip(self, known: Mapping[str, str]) -> None:
        """There is one input, and it is known."""

    def prepare(self, scratch: Path, known: Mapping[str, str], tell: Progress) -> None:
        """Nothing has to be made ready."""

    def batches(self, brand: Brand) -> Iterator[sources.Batch]:
        return self._source.batches(brand)

    def keep_refusals(self, connection: Any, folder: Path) -> None:
        """Every row that it offers is a row of a table."""

    def log(self) -> dict[str, Any]:
        return {"fingerprint": self._key}


_Offered: TypeAlias = Union[_Whole, "FilesSource"]


def _offered(source: Union[str, sources.Source, "FilesSource"], brand: Brand) -> _Offered:
    if isinstance(source, str):
        return _Whole(sources.get(source), brand)
    from insights.intake.files import FilesSource  # noqa: PLC0415 - a name needs no reader of files

    return source if isinstance(source, FilesSource) else _Whole(source, brand)


class _Load:
    """The work of one load, under the lock of its lake."""

    def __init__(  # noqa: PLR0917 - one caller, just above
        self,
        settings: Settings,
        brand: Brand,
        offered: _Offered,
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
        from insights.store.engine import connect  # noqa: PLC0415

        known = self.before.inputs if self.before and not force else {}
        try:
            self.doing = "reading the files"
            self.offered.prepare(self.scratch, known, self._tell_files)
            if not self.offered.taken():
                return None
            with closing(connect(self.settings, self.brand, self.scratch / "spill")) as connection:
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
                "source": self.offered.name,
                "source_version": self.offered.version,
                "tables": [asdict(account) for account in self.accounts],
                **self.offered.log(),
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
            )
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


def _finish_forgetting(settings: Settings, brand: Brand, offered: _Offered) -> None:
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


def _is_known(offered: _Offered, before: Current | None) -> bool:
    """Whether there is nothing new; a file that had to be left out is looked at again."""
    inputs = offered.inputs()
    return before is not None and bool(inputs) and all(key in before.inputs for key in inputs)


def _skipped(offered: _Offered, before: Current | None, started: float) -> IngestReport:
    known = before.inputs if before else {}
    offered.skip(known)
    loads = list(dict.fromkeys(known[key] for key in offered.inputs()))
    held = f"load {loads[0]} holds" if len(loads) == 1 else f"{len(loads)} loads hold"
    reason = f"nothing new: {held} the same input"
    return _report(offered, before.load_id if before else "", started, skipped=reason)


def _report(
    offered: _Offered,
    load_id: str,
    started: float,
    *,
    skipped: str = "",
    tables: tuple[TableAccount, ...] = (),
) -> IngestReport:
    return IngestReport(
        load_id=load_id,
        skipped=bool(skipped),
        reason=skipped,
        tables=tables,
        seconds=monotonic() - started,
        files=tuple(offered.accounts),
        skipped_files=tuple(offered.skipped),
        refused_files=tuple(offered.refused),
        notices=tuple(offered.notices),
    )


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
