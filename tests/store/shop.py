"""A small shop: rows written by hand, a source made of them, a workspace to load them into."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa

from insights import schema, sources
from insights.intake import IngestReport, ingest
from insights.settings import Brand, Settings
from insights.sources import Batch
from insights.store.lake import Lake, open_lake
from insights.store.loads import Current, lake_folder, read_current

SETTINGS = """\
default_brand = "shop"
lang = "en"
[engine]
memory_limit = "500MB"
threads = 2
[brands.shop]
currency = "CNY"
trifle_amount = 1
[brands.other]
currency = "USD"
time_zone = "America/New_York"
trifle_amount = 0
"""
Row = dict[str, Any]


def order(order_id: str, at: str, paid: Any, customer: str | None = "C1", **more: Any) -> Row:
    """Return a paid order; the text of a time and of an amount is what an export holds."""
    return {
        "order_id": order_id,
        "customer_id": customer,
        "channel": "store",
        "shop_id": "S1",
        "created_at": at,
        "paid_at": at,
        "status": "done",
        "goods_amount": paid,
        "paid_amount": paid,
        "is_presale": "false",
        "is_gift": "false",
        "is_test": "false",
    } | more


def line(line_id: str, order_id: str, at: str, paid: Any, **more: Any) -> Row:
    return {
        "line_id": line_id,
        "order_id": order_id,
        "created_at": at,
        "status": "done",
        "quantity": "1",
        "paid_amount": paid,
        "is_freebie": "false",
    } | more


def refund(refund_id: str, order_id: str, at: str, amount: Any) -> Row:
    return {
        "refund_id": refund_id,
        "order_id": order_id,
        "refunded_at": at,
        "amount": amount,
        "is_estimated": "false",
    }


def touch(touch_id: str, at: str, kind: str, customer: str, campaign: str) -> Row:
    return {
        "touch_id": touch_id,
        "at": at,
        "customer_id": customer,
        "channel": "mail" if kind == "sent" else "store",
        "kind": kind,
        "campaign_id": campaign,
    }


def campaign(campaign_id: str, starts_at: str, ends_at: str, slot: str = "A") -> Row:
    return {
        "campaign_id": campaign_id,
        "name": f"Campaign {campaign_id}",
        "slot": slot,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "is_experiment": "false",
    }


def batch(table: str, *rows: Row, file: str = "export.csv") -> Batch:
    """Return rows of a file, numbered from 2 as under a heading; `_row` in a row overrides."""
    numbered = [{"_row": number, **row} for number, row in enumerate(rows, start=2)]
    # Columns that no row fills are text, and every row has every column.
    known = [c.name for c in schema.get(table).columns]
    names = list(dict.fromkeys(name for row in numbered for name in row)) if rows else known
    columns = {name: [row.get(name) for row in numbered] for name in names}
    if not rows:
        return Batch(table, pa.table({"_row": pa.array([], pa.int64())}), file, sha(file))
    arrays = {
        name: pa.array(values, None if any(v is not None for v in values) else pa.string())
        for name, values in columns.items()
    }
    return Batch(table, pa.table(arrays), file, sha(file))


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Offer:
    """A source of hand-made batches, each given as a stream as a large source does."""

    given: tuple[Batch, ...]
    name: str = "tills"
    label: str = "Tills"
    version: str = "1"

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(batch.table for batch in self.given))

    def fingerprint(self) -> str:
        parts = [(b.table, b.file, b.file_sha256, b.rows.to_pylist()) for b in self.given]
        return sha(repr(parts))

    def batches(self, brand: Brand) -> Iterator[Batch]:
        for given in self.given:
            stream = pa.RecordBatchReader.from_batches(
                given.rows.schema, iter(given.rows.to_batches(max_chunksize=2))
            )
            yield replace(given, rows=stream)


@dataclass
class Shop:
    """A workspace with two brands, and what one does with it."""

    folder: Path
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.folder / "insights.toml").exists():
            (self.folder / "insights.toml").write_text(SETTINGS)
        self.settings = Settings.load(self.folder)

    def load(
        self,
        *batches: Batch,
        brand: str = "shop",
        force: bool = False,
        progress: Any = None,
        source: Any = None,
    ) -> IngestReport:
        offered = source or Offer(batches)
        with patch.object(sources, "get", lambda _: offered):
            return ingest(
                self.settings, self.settings.brand(brand), "tills", force=force, progress=progress
            )

    def lake(self, brand: str = "shop") -> Path:
        return lake_folder(self.settings, self.settings.brand(brand))

    def quarantine(self, brand: str = "shop") -> Path:
        return self.lake(brand).parent / "quarantine"

    def current(self, brand: str = "shop") -> Current:
        found = read_current(self.lake(brand))
        assert found is not None
        return found

    def open(self, brand: str = "shop", **more: Any) -> Lake:
        return open_lake(self.settings, brand, **more)

    def ask(self, query: str, brand: str = "shop", **more: Any) -> list[tuple[Any, ...]]:
        """Return the rows of an answer, NaN and NaT as None."""
        answer = self.open(brand, **more).arrow(query).read_all()
        return [tuple(row.values()) for row in answer.to_pylist()]
