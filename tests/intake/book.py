"""A lake that takes friendships and finds who is lost, as a load does."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from insights.intake import FilesSource, IngestReport, ingest, lost
from insights.store import recovery, writer
from insights.store.engine import connect
from insights.store.loads import TableFiles, lake_folder, new_load_id, publish, read_current
from insights.store.views import read_parquet
from tests.store.shop import Shop, batch


@dataclass
class Book:
    """A lake that takes contacts and touches, and finds who is lost as a load does."""

    shop: Shop

    def load(self, *rows: dict[str, Any]) -> lost.Settled | None:
        contacts = [row for row in rows if "contact_id" in row]
        touches = [row for row in rows if "touch_id" in row]
        batches = [batch("contacts", *contacts)] * bool(contacts)
        batches += [batch("touches", *touches)] * bool(touches)
        before = read_current(self.folder)
        self.shop.load(*batches, force=True)
        return self.settle(before.tables if before else {})

    def load_file(self, path: Path, **scope: str) -> IngestReport:
        """Load a file as it was received."""
        settings, brand = self.shop.settings, self.shop.settings.brand()
        before = read_current(self.folder)
        report = ingest(settings, brand, FilesSource([path], settings, brand, scope))
        if read_current(self.folder):
            self.settle(before.tables if before else {})
        return report

    def settle(self, before: Mapping[str, TableFiles]) -> lost.Settled | None:
        held = read_current(self.folder)
        load_id = new_load_id(held)
        scratch = recovery.begin(self.folder, load_id, held)
        settings = self.shop.settings
        with (
            writer.locked(self.folder),
            closing(connect(settings, settings.brand(), scratch / "spill")) as connection,
        ):
            settled = lost.settle(
                connection,
                self.folder,
                before=before,
                after=held.tables,
                loaded_at=datetime(2026, 6, 30, 12),
            )
            if settled:
                tables = {**held.tables, **settled.files}
                after = held.model_copy(update={"load_id": load_id, "tables": tables})
                writer.write_load(self.folder, after, {})
                publish(self.folder, after)
            recovery.finish(self.folder)
        return settled

    @property
    def folder(self) -> Path:
        return lake_folder(self.shop.settings, self.shop.settings.brand())

    def rows(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        held = read_current(self.folder).tables[table]
        with closing(connect(self.shop.settings, self.shop.settings.brand())) as connection:
            read = read_parquet(self.folder / table, held.files)
            return connection.execute(f"SELECT {columns} FROM {read} ORDER BY ALL").fetchall()

    def ends(self) -> dict[str, tuple[str, str]]:
        """Return the end of each friendship by customer, account and start, those that have one."""
        columns = "string_split(contact_id, ':'), CAST(deleted_at AS VARCHAR), deleted_by"
        return {
            f"{parts[2]} {parts[3]}": (at, by)
            for parts, at, by in self.rows("contacts", columns)
            if at or by
        }

    def left(self) -> list[tuple[str, str]]:
        """Return who left a group, and when."""
        columns = 'customer_ref, CAST("at" AS VARCHAR), kind'
        found = self.rows("touches", columns)
        return [(ref.rpartition(":")[2], at) for ref, at, kind in found if kind == "leave"]
