"""Files: what lies in a folder, a zip or a workbook, as one source of canonical rows.

Every file is looked at, recognised and translated to the load's scratch folder before any row
reaches the lake, so that a file is wholly in a load or wholly out of it. A bad file is left out
and named; the others are loaded.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes
from typing import Any

from insights.errors import IntakeError, UnreadableFile, did_you_mean
from insights.intake.cards import has_cards, keep
from insights.intake.detection import Match, detect
from insights.intake.keys import IdKey, phone_ids
from insights.intake.nearest import NoMatch
from insights.intake.paths import files_below
from insights.intake.reading import JOINED, Page, Unreadable, pages
from insights.intake.translating.account import (
    FileAccount,
    FileRefused,
    RefusedFile,
    SkippedFile,
)
from insights.intake.translating.known_orders import known_orders
from insights.intake.translating.translate import Given, Translated, translate
from insights.settings import Brand, Settings
from insights.sources import Adapter, Batch
from insights.sources.adapter import EXPORTED_AT, KEYED, WRITTEN_AT
from insights.sources.of_brand import adapters_of
from insights.store.loads import lake_folder

# What translating needs at most; the rest is the loader's.
MEMORY_LIMIT = "700MB"
ROWS_A_BATCH = 100_000
VERSION = "1"  # Of translating itself: a file is loaded anew when it changes.

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Look:
    """What a look at one page of a file says: its adapter, or why there is none."""

    path: Path
    page: Page
    match: Match[Adapter]
    scope: Mapping[str, str]
    key: str


@dataclass
class FilesSource:
    """The files below some paths, as one load.

    Parameters
    ----------
    paths : list of Path
        Files and folders.
    settings, brand
        The workspace and the brand in it.
    scope : mapping of str to str
        What files leave out, such as `shop`; `exported_at` is when a snapshot was made.
    said : mapping of Path to mapping, optional
        The same of single files; it comes first.
    dry : bool, default False
        Nothing is kept: no file in the vault, and no key of ids.
    kept : bool, default False
        The files are the vault's own, so that it need not keep them again.

    Raises
    ------
    IntakeError
        If a path is not there, or there is no file at all.
    """

    paths: Collection[Path | str]
    settings: Settings
    brand: Brand
    scope: Mapping[str, str] = field(default_factory=dict)
    dry: bool = False
    said: Mapping[Path, Mapping[str, str]] = field(default_factory=dict)
    kept: bool = False

    name = "files"
    label = "Files"
    version = VERSION

    def __post_init__(self) -> None:
        self.files = tuple(files_below([Path(path) for path in self.paths]))
        _moment(self.scope.get(EXPORTED_AT))
        self.accounts: list[FileAccount] = []
        self.refused: list[RefusedFile] = []
        self.skipped: list[SkippedFile] = []
        self.looks: list[Look] = []
        self.notices: list[str] = []
        self._loaded: list[tuple[Look, Translated]] = []
        self._cards: set[Path] = set()  # Files with columns of identity cards.
        self._joined: set[Path] = set()  # Files with a second header of other columns.
        self._look()

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that the recognised files may fill."""
        return tuple(dict.fromkeys(t for look in self.looks for t in look.match.adapter.tables))

    @property
    def steps(self) -> int:
        """How many files there are to be read, for whoever shows how far the load is."""
        return len(self.looks)

    def skip(self, known: Mapping[str, str]) -> None:
        """Account for files that are all in the lake already."""
        self.skipped = [SkippedFile(look.page.name, known[look.key]) for look in self.looks]

    def inputs(self) -> tuple[str, ...]:
        """Return a digest for each recognised file: of its content and how it is read."""
        return tuple(look.key for look in self.looks)

    def taken(self) -> tuple[str, ...]:
        """Return the digests of the files that were translated."""
        return tuple(look.key for look, _ in self._loaded)

    def prepare(self, scratch: Path, known: Mapping[str, str], tell: Tell) -> None:
        """Translate the files that are not `known` yet into the scratch folder.

        Parameters
        ----------
        scratch : Path
            Private folder of the load.
        known : mapping of str to str
            Digests of inputs that were loaded before, and their loads.
        tell : callable
            Told (what is done now, files done, files in all).
        """
        from insights.intake.vault import Vault  # noqa: PLC0415 - a dry run keeps nothing

        vault = Vault.of(self.settings, self.brand)
        # A key that is missing where files were received before is another case than a first load:
        # so it is made, where one is needed, before anything of this load is kept.
        for look in self.looks:
            if look.key not in known:
                self._ids_of(look.match.adapter)
        seen: dict[str, str] = {}
        first: dict[Path, Look] = {}
        together = datetime.now(UTC).isoformat()
        # Lines that stand without their orders come after these.
        waiting = sorted(enumerate(self.looks), key=lambda one: bool(one[1].match.adapter.of_order))
        for done, (number, look) in enumerate(waiting):
            tell(f"reading {look.page.name}", done, len(self.looks))
            if look.key in known:
                self.skipped.append(SkippedFile(look.page.name, known[look.key]))
                continue
            if look.key in seen:
                self.skipped.append(SkippedFile(look.page.name, same_as=seen[look.key]))
                continue
            seen[look.key] = look.page.name
            first.setdefault(look.path, look)
            folder = scratch / f"file-{number:04}"
            if (found := self._translated(look, folder, tell, done)) is not None:
                self._loaded.append((look, found))
        if not self.dry and not self.kept:
            for look in first.values():
                cards = look.path in self._cards
                # What stands under another header is not known: nothing is kept of such a file.
                if look.path not in self._joined and (
                    notice := keep(vault, look, cards=cards, load=together)
                ):
                    self.notices.append(notice)
        self._date_lists(scratch, tell)
        self.accounts = [found.account for _, found in self._loaded]
        # Of two rows with one key the later one wins: the newer export's.
        self._loaded.sort(key=_age)

    def batches(self, brand: Brand) -> Iterator[Batch]:
        """Yield the rows of the translated files, the newest export last."""
        import pyarrow as pa  # noqa: PLC0415 - an input that is loaded already needs no rows
        import pyarrow.parquet as pq  # noqa: PLC0415 - the same

        del brand
        for look, found in self._loaded:
            adapter = look.match.adapter
            for table, path in found.parts:
                with pq.ParquetFile(path) as file:
                    rows = pa.RecordBatchReader.from_batches(
                        file.schema_arrow, file.iter_batches(ROWS_A_BATCH)
                    )
                    yield Batch(
                        table,
                        rows,
                        look.page.name,
                        look.page.sha256,
                        adapter.source.name,
                        found.account.told_at,
                    )
                path.unlink()

    def keep_refusals(self, connection: Any, folder: Path) -> None:
        """Write the refused rows of all files to `<folder>/<adapter>.parquet`."""
        from insights.intake import quarantine  # noqa: PLC0415 - see `loading`

        by_adapter: dict[str, list[Path]] = {}
        for look, found in self._loaded:
            if found.refusals is not None:
                by_adapter.setdefault(look.match.adapter.name, []).append(found.refusals)
        for name, refusals in by_adapter.items():
            quarantine.keep_files(connection, refusals, folder / f"{name}.parquet")

    def log(self) -> dict[str, Any]:
        """Return what the load log says of the files."""
        return {
            "files": [account.as_json() for account in self.accounts],
            "refused_files": [asdict(one) for one in self.refused],
        }

    def _look(self) -> None:
        """Recognise every page of every file, without reading it through."""
        adapters = adapters_of(self.brand)
        for path in self.files:
            try:
                for page in pages(path):
                    self._recognise(path, page, adapters)
            except OSError as error:
                said = error.strerror or "it cannot be opened"
                self._refuse(path.name, "unreadable", f"'{path.name}': {said}.")
        known = {n for look in self.looks for n in look.match.adapter.scope} | {EXPORTED_AT}
        if wrong := sorted(set(self.scope) - known) if self.looks else []:
            raise IntakeError(
                f"No file takes '{wrong[0]}' from --set.{did_you_mean(wrong[0], known)}"
            )

    def _recognise(
        self, path: Path, page: Page | Unreadable, adapters: tuple[Adapter, ...]
    ) -> None:
        if isinstance(page, Unreadable):
            self._refuse(page.name, page.reason, page.error)
            return
        found = detect(page, adapters, self.brand)
        if has_cards(page, None if isinstance(found, NoMatch) else found.header):
            self._cards.add(path)
        if isinstance(found, NoMatch):
            if not page.hidden:  # Nobody has put a hidden sheet there for us.
                self._refuse(page.name, "unknown", found.why, found.nearest, found.why_zh)
            return
        adapter = found.adapter
        given = {**self.scope, **self.said.get(path, {})}
        moments = {EXPORTED_AT, WRITTEN_AT}
        scope = {n: v for n, v in given.items() if n in adapter.scope or n in moments}
        said = {**self.brand.sources.get(adapter.source.name, {}), **scope}
        rules = [rule.model_dump() for rule in self.brand.test_orders]
        inner = page.name.partition(" › ")[2]  # The same content under another name is known.
        facts = [VERSION, page.sha256, inner, adapter.name, adapter.version, said, rules]
        facts.append(self.brand.time_zone)
        key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        self.looks.append(Look(path, page, found, scope, key))

    def _date_lists(self, scratch: Path, tell: Tell) -> None:
        """Read lists once more whose files were written after what is in them was so."""
        from insights.intake import moments  # noqa: PLC0415 - an input that is known needs no list

        lists = {}
        for number, (look, found) in enumerate(self._loaded):
            adapter, parts = look.match.adapter, dict(found.parts)
            if EXPORTED_AT not in look.scope and (table := moments.list_table(adapter)) in parts:
                lists[number] = moments.Listed(
                    number,
                    table,
                    parts[table],
                    adapter.source.name,
                    self._exported_at(look),
                    is_part=any(remark.kind == "part" for remark in found.account.remarks),
                )
        if not lists:
            return
        from insights.store.engine import connect, hold_at_most  # noqa: PLC0415 - see `prepare`

        with closing(connect(self.settings, self.brand, scratch / "moments")) as connection:
            hold_at_most(connection, MEMORY_LIMIT, self.settings)
            folder = lake_folder(self.settings, self.brand)
            dated = moments.dated(connection, folder, list(lists.values()))
        for number, moment in dated.items():
            look, _ = self._loaded[number]
            look = replace(look, scope={**look.scope, WRITTEN_AT: str(moment)})
            folder = scratch / f"again-{number:04}"
            written = lists[number].written
            if (again := self._translated(look, folder, tell, number, written)) is not None:
                self._loaded[number] = look, again

    def _translated(
        self, look: Look, folder: Path, tell: Tell, done: int, written: datetime | None = None
    ) -> Translated | None:
        import duckdb  # noqa: PLC0415 - an input that is loaded already needs no engine

        from insights.store.engine import connect, hold_at_most  # noqa: PLC0415 - the same

        folder.mkdir(mode=0o700)
        name = look.page.name

        def counted(rows: int) -> None:
            tell(f"reading {name}: {rows:,} rows", done, len(self.looks))

        with closing(connect(self.settings, self.brand, folder / "spill")) as connection:
            hold_at_most(connection, MEMORY_LIMIT, self.settings)
            connection.execute("SET preserve_insertion_order = false")  # `_row` has the order.
            given = Given(
                exported_at=self._exported_at(look),
                said=EXPORTED_AT in look.scope,
                written=written,
                scope=look.scope,
                ids_of=self._ids_of(look.match.adapter),
                orders=self._orders(look.match.adapter, connection),
                tell=counted,
            )
            try:
                return translate(connection, look.page, look.match, self.brand, given, folder)
            except (FileRefused, UnreadableFile) as error:
                if error.reason == JOINED:
                    self._joined.add(look.path)
                self._refuse(name, error.reason, str(error), zh=error.zh)
            except (duckdb.DataError, duckdb.InvalidInputException) as error:
                # What the engine says may hold a value of the file; its kind holds none.
                self._refuse(
                    name,
                    "untranslatable",
                    f"{name}: {look.match.adapter.name} cannot work out a value "
                    f"({type(error).__name__}). Say so to whoever keeps the adapter.",
                )
        return None

    def _orders(self, adapter: Adapter, connection: Any) -> str:
        """Return the SQL of the orders of this load and the lake, for lines that need them."""
        if not adapter.of_order:
            return ""
        newest_last = (found for _, found in sorted(self._loaded, key=_age))
        loaded = [
            (path, found.account.told_at)
            for found in newest_last
            for table, path in found.parts
            if table == "orders"
        ]
        return known_orders(
            connection, lake_folder(self.settings, self.brand), loaded, adapter.of_order
        )

    def _ids_of(self, adapter: Adapter) -> Any:
        if not set(KEYED) & set(adapter.kinds.values()):
            return None
        key = IdKey(token_bytes(32)) if self.dry else IdKey.load(self.settings, self.brand)
        if key.notice and key.notice not in self.notices:
            self.notices.append(key.notice)
        return lambda phones: phone_ids(phones, key)

    def _exported_at(self, look: Look) -> datetime:
        for name in (EXPORTED_AT, WRITTEN_AT):  # The second where a file is loaded once more.
            if (said := _moment(look.scope.get(name))) is not None:
                return said
        modified = datetime.fromtimestamp(look.path.stat().st_mtime, self.brand.zone)
        return modified.replace(tzinfo=None, microsecond=0)

    def _refuse(
        self, file: str, reason: str, message: str, nearest: str = "", zh: str = ""
    ) -> None:
        self.refused.append(RefusedFile(file, reason, message, nearest, zh))


def _age(loaded: tuple[Look, Translated]) -> tuple[datetime, float, str]:
    """How new an export is: by its newest event, then by when it was written."""
    look, found = loaded
    newest = found.account.told_at or datetime.min  # noqa: DTZ901 - wall clocks, as in the lake
    return newest, look.path.stat().st_mtime, look.page.name


def _moment(said: str | None) -> datetime | None:
    if said is None:
        return None
    try:
        return datetime.fromisoformat(said).replace(tzinfo=None)
    except ValueError:
        raise IntakeError(
            f"'{EXPORTED_AT}' is no time (found '{said}'). Write it as '2026-01-31 08:30:00'."
        ) from None
