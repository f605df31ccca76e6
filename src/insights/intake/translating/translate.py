# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""One file: its page and adapter in, parquet files of canonical rows and its account out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from insights.intake import nearest
from insights.intake.detection import Match, in_shape
from insights.intake.reading import Page
from insights.intake.translating import remarks, rounded, rows, stops, tables, told, totals
from insights.intake.translating.account import FileAccount, FileRefused
from insights.intake.translating.fates import RAGGED, Fates, Part
from insights.intake.translating.remarks import Remark
from insights.settings import Brand, of_table
from insights.sources.adapter import EXPORTED_AT, WRITTEN_AT, Adapter, Block
from insights.sources.headers import normalise
from insights.sources.values import columns_of
from insights.store.engine import identifier, quoted


@dataclass(frozen=True)
class Given:
    """What is known of a file beside what is in it.

    `scope` is what was said for this load (`--set shop=...`); `exported_at` when the file was made,
    on the brand's wall clock, `said` or else its modification time, or what its content tells of
    it where it was `written` later. `ids_of` makes keyed ids of phones; without it there are none.
    `orders` is the SQL of the orders that are known otherwise, for lines that stand without theirs.
    `tell` is told how many rows were read.
    """

    exported_at: datetime
    said: bool = False
    written: datetime | None = None
    scope: Mapping[str, str] = field(default_factory=dict)
    ids_of: rows.IdsOf | None = None
    orders: str = ""
    tell: Callable[[int], None] = lambda rows: None


@dataclass(frozen=True)
class Translated:
    """A file as canonical rows: parts (table, parquet file), refused rows, and the account.

    A part has a column `_told_at` where the rows themselves say how new they are.
    """

    account: FileAccount
    parts: tuple[tuple[str, Path], ...]
    refusals: Path | None


def translate(  # noqa: PLR0917 - one thing each, and none has a default
    connection: Any, page: Page, match: Match[Adapter], brand: Brand, given: Given, folder: Path
) -> Translated:
    """Read a page as its adapter says.

    Parameters
    ----------
    connection : DuckDBPyConnection
    page : Page
    match : Match
        The adapter, and where its columns are in the page.
    brand : Brand
    given : Given
    folder : Path
        An empty folder for what is made; its content is the caller's to remove.

    Raises
    ------
    FileRefused
        If the file as a whole cannot be loaded: an unknown status word, ids that lost digits, a
        total that is off.
    UnreadableFile
        If the page breaks off.
    """
    return _Translation(connection, page, match, brand, given, folder).run()


class _Translation:
    def __init__(  # noqa: PLR0917 - one caller, just above
        self,
        connection: Any,
        page: Page,
        match: Match[Adapter],
        brand: Brand,
        given: Given,
        folder: Path,
    ) -> None:
        self.connection = connection
        self.page = page
        self.match = match
        self.adapter = match.adapter
        self.brand = brand
        self.given = given
        self.folder = folder
        self.file = folder / "rows.parquet"
        self.remarks: list[Remark] = []

    def run(self) -> Translated:
        adapter, given = self.adapter, self.given
        self.remarks += remarks.unproven(adapter)
        self._look_for_renamed()
        if adapter.identity and adapter.identity.snapshot and not given.said:
            self.remarks.append(
                remarks.moment_found(given.exported_at, given.written)
                if given.written
                else remarks.moment_taken(given.exported_at)
            )
        is_sheet = self.page.format == "sheet"
        context = rows.Context(adapter, self.brand, self._scope(), given.exported_at, is_sheet)
        header = replace(self.match.header, ends=adapter.rows.ends, merged=adapter.rows.merged)
        stream = self.page.stream(header, self.match.columns)
        prepared = rows.prepared(stream, adapter, given.ids_of, given.tell)
        rows.stored(self.connection, prepared, context, self.file)
        self._stop_at_lost_digits()
        self._stop_at_rounded_ids()
        self._stop_at_unknown_words()
        self._find_orders_of_ragged(context)
        fates = Fates(self.connection, adapter, self.file, given.orders)
        parts = self._write()
        if fates.judge(parts):
            parts = self._write()
        told_at = self._told_at(fates)
        account = self._account(fates, parts, told_at)
        refusals = self._keep_refused() if account.rows_refused else None
        fates.forget()
        self.file.unlink()
        return Translated(account, tuple((table, path) for table, path, _ in parts), refusals)

    def _told_at(self, fates: Fates) -> datetime | None:
        """Return how new the file is, as far as it can be known."""
        adapter, given = self.adapter, self.given
        if given.said:
            return given.exported_at
        if adapter.source.kept_by_hand:
            return None
        now = datetime.now(self.brand.zone).replace(tzinfo=None, microsecond=0)
        found = told.newest_moment(fates, adapter, now)
        if found is None and not adapter.rows.changed_at:
            self.remarks.append(remarks.age_unknown())
        return found

    def _scope(self) -> dict[str, str | None]:
        """Settle what the file leaves open: said for this load, in the settings, or by default."""
        adapter = self.adapter
        found: dict[str, str | None] = {}
        of_brand = self.brand.sources.get(adapter.source.name, {})
        for name, scope in adapter.scope.items():
            there = not set(adapter.full(scope.columns)) & set(self.match.missing_optional)
            if (said := self.given.scope.get(name, of_brand.get(name))) is not None:
                if not scope.takes(said):
                    raise stops.scope_wrong(self.page.name, name, said, scope, self._place)
                found[name] = said or None
            elif scope.default is not None:
                found[name] = scope.default or None  # '' leaves it open.
                if scope.default and not (scope.columns and there):
                    self.remarks.append(
                        remarks.scope_taken(name, scope.default, adapter, self.brand)
                    )
            elif scope.columns and there:
                found[name] = None
            else:
                raise stops.scope_missing(self.page.name, name, self._place)
        return found

    def _unknown_headers(self) -> tuple[str, ...]:
        """Return the headers of the file that its adapter neither reads nor knows."""
        known = {
            normalise(in_shape(header, shape))
            for header in self.adapter.full(self.adapter.unread)
            for shape in self.adapter.shapes
        }
        # An answer of an API may be wrapped: its paths end as they were declared.
        is_known = str.endswith if self.adapter.format == "json" else str.__eq__
        return tuple(
            header
            for header in self.match.unknown_headers
            if not any(is_known(normalise(header), one) for one in known)
        )

    def _look_for_renamed(self) -> None:
        """Refuse a file in which a column that it should have seems to have another name.

        Where none is like it, that is said; but without any time of payment nothing is a sale.
        """
        lacking = [h for h in self.adapter.detect.expect if h in self.match.missing_optional]
        unknown = self._unknown_headers() if lacking else ()
        for header in lacking if unknown else ():
            theirs = nearest.alike(header, unknown)
            if theirs or self._is_all_of_payment(header):
                raise stops.renamed(
                    self.page.name, self.adapter, header, theirs, unknown, self.brand
                )
            place = of_table(self.brand, "aliases", self.adapter.name)
            self.remarks.append(remarks.missing(header, unknown, place))

    def _is_all_of_payment(self, header: str) -> bool:
        """Whether no other column of the file could say when an order was paid."""
        paid = {
            name
            for block in self.adapter.blocks
            if block.table == "orders" and "paid_at" in block.values
            for name in tables.made_of(self.adapter, columns_of(block.values["paid_at"]))
        }
        return header in paid and paid <= {*self.match.missing_optional}

    def _stop_at_lost_digits(self) -> None:
        found = self._ask(
            f"SELECT _lost, count(*), min(_row) FROM {self._rows} "
            "WHERE _lost IS NOT NULL AND _skip IS NULL GROUP BY 1 ORDER BY 1"
        )
        if found:
            raise stops.lost_digits(self.page.name, found)

    def _stop_at_rounded_ids(self) -> None:
        if found := rounded.found(self._ask, self.adapter, self._rows):
            raise stops.rounded(self.page.name, found)

    def _stop_at_unknown_words(self) -> None:
        for number, header in enumerate(self.adapter.words):
            found = self._ask(
                f"SELECT _word{number}, count(*) FROM {self._rows} WHERE _word{number} IS NOT NULL "
                "AND _skip IS NULL GROUP BY 1 ORDER BY 2 DESC, 1"
            )
            if found:
                raise stops.unknown_words(self.page.name, self.adapter, header, found, self.brand)

    def _find_orders_of_ragged(self, context: rows.Context) -> None:
        """Read of which orders the rows are that the reader refused.

        Their cells may stand in the wrong columns, so that nothing else of them is read, and
        nothing of it is written anywhere.
        """
        order, kept = tables.order(self.adapter), self.page.refused.cells
        if order is None or not kept:
            return
        wanted = set(self.adapter.full(tuple(tables.order_columns(self.adapter))))
        cells = zip(*kept.values(), strict=True)
        there = {
            name: pa.array(values, pa.string())
            for name, values in zip(self.match.columns.values(), cells, strict=True)
            if name in wanted
        }
        batch = pa.RecordBatch.from_pydict({**there, "_row": pa.array(kept, pa.int64())})
        (batch,) = rows.prepared(iter([batch]), self.adapter, self.given.ids_of, lambda done: None)
        self.connection.register("stream", pa.Table.from_batches([batch]))
        read = rows.select(context, batch.schema.names)
        self._ask(
            f"CREATE TEMP TABLE {RAGGED} AS SELECT {tables.of_row(order)} AS _order FROM ({read})"
        )
        self.connection.unregister("stream")

    def _warn_of_short_orders(self, fates: Fates) -> None:
        counts = self.page.refused.counts
        lost = sum(
            n for reason, n in counts.items() if reason not in {"header_again", "empty_list"}
        )
        if "order_lines" in self.adapter.tables and (lost := lost - fates.ragged_of_orders()) > 0:
            self.remarks.append(remarks.short_orders(lost))

    def _write(self) -> list[Part]:
        parts: list[Part] = []
        for block in self.adapter.blocks:
            parts.append(
                self._written(block.table, tables.select(self.adapter, block), block, parts)
            )
        if self.adapter.identity:
            query = tables.links(self.adapter, self.adapter.identity)
            parts.append(self._written("identity_links", query, None, parts))
        return parts

    def _written(self, table: str, query: str, block: Block | None, before: list[Part]) -> Part:
        path = self.folder / f"{len(before):02}-{table}.parquet"
        self._ask(f"COPY ({query}) TO {quoted(str(path))} (FORMAT parquet, COMPRESSION lz4_raw)")
        return table, path, block

    def _account(self, fates: Fates, parts: list[Part], told_at: datetime | None) -> FileAccount:
        ragged = self.page.refused.counts
        skipped = fates.skipped()
        refused = fates.count("refused") + sum(ragged.values())
        used, read = fates.count("good"), fates.count("file_rows") + sum(ragged.values())
        if read != used + sum(skipped.values()) + refused:
            raise FileRefused(
                "account",
                f"The rows of {self.page.name} do not add up: {read} read, {used} used, "
                f"{sum(skipped.values())} skipped, {refused} refused. This is a defect of "
                "translating; the file was not loaded.",
            )
        self._warn_of_short_orders(fates)
        if superseded := skipped.get("superseded"):
            self.remarks.append(remarks.superseded(superseded))
        if fates.alike:
            self.remarks.append(remarks.alike(fates.alike))
        self.remarks += totals.gave_way(fates, parts)
        self.remarks += totals.untimed(fates, parts)
        if not read:
            self.remarks.append(remarks.empty())
        elif (whole := self.adapter.rows.whole) and not fates.any(whole):
            self.remarks.append(remarks.part_of_list())
        name = self.page.name
        below = self.page.refused.below
        totals.held_against_bill(fates, self.adapter, below, name, is_whole=not ragged)
        money = totals.held_against(fates, self.adapter, parts, name, is_whole=not ragged)
        first, last = totals.time_range(fates, parts)
        return FileAccount(
            file=name,
            sha256=self.page.sha256,
            adapter=self.adapter.name,
            adapter_version=self.adapter.version,
            encoding=self.page.encoding,
            header_row=self.match.header.row,
            rows_read=read,
            rows_used=used,
            rows_skipped=sum(skipped.values()),
            rows_refused=refused,
            skipped=skipped,
            refused={**fates.reasons(), **ragged},
            unknown_headers=self._unknown_headers(),
            missing_columns=tuple(self.match.missing_optional),
            scope={
                **self.given.scope,
                EXPORTED_AT if self.given.said else WRITTEN_AT: str(self.given.exported_at),
            },
            remarks=tuple(dict.fromkeys(self.remarks)),
            totals=money.checked,
            held=money.held,
            unheld=money.unheld,
            told_at=told_at,
            first_at=first,
            last_at=last,
            tables=totals.rows_by_table(parts),
        )

    def _keep_refused(self) -> Path:
        """Keep the refused rows as `quarantine` does: the columns that name nobody.

        Where a cell could not be read, what stands in it takes the value's place.
        """
        path = self.folder / "refused.parquet"
        ids = {one.column for one in self.adapter.identity.ids} if self.adapter.identity else set()
        kept = [
            header
            for header, kind in self.adapter.kinds.items()
            if kind not in {"phone", "private"} and header not in ids
        ]
        row = ", ".join(f"{identifier(name)} := f.{identifier(name)}" for name in kept)
        by_reader = [(one.row, one.reason) for one in self.page.refused]
        ragged = pa.table(
            {
                "_row": pa.array([row for row, _ in by_reader], pa.int64()),
                "reasons": pa.array([reason for _, reason in by_reader], pa.string()),
            }
        )
        self.connection.register("ragged", ragged)
        name, file = quoted(self.adapter.name), quoted(self.page.name)
        sha256 = quoted(self.page.sha256)
        self._ask(
            f"""COPY (
                SELECT {name} AS table_name, reasons, {file} AS file, {sha256} AS file_sha256,
                    _row AS row_number,
                    json_merge_patch(to_json(struct_pack({row})), coalesce(f._found, '{{}}')) AS row
                FROM refused JOIN file_rows f USING (_row)
                UNION ALL SELECT {name}, reasons, {file}, {sha256}, _row, NULL FROM ragged
                ORDER BY row_number
            ) TO {quoted(str(path))} (FORMAT parquet)"""
        )
        self.connection.unregister("ragged")
        return path

    @property
    def _place(self) -> str:
        """The table of insights.toml that says what files leave open."""
        return of_table(self.brand, "sources", self.adapter.source.name)

    @property
    def _rows(self) -> str:
        return f"read_parquet({quoted(str(self.file))})"

    def _ask(self, sql: str) -> list[tuple[Any, ...]]:
        # All of an answer is taken: an unfinished one would be in the way of the next question.
        found: list[tuple[Any, ...]] = self.connection.execute(sql).fetchall()
        return found
