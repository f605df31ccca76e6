"""A lake that takes links and works out who is who, as a load does."""

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from insights.intake import identity
from insights.intake.keys import IdKey
from insights.settings import Brand, Settings
from insights.store import recovery, writer
from insights.store.engine import connect
from insights.store.loads import Current, lake_folder, new_load_id, publish, read_current
from insights.store.views import read_parquet
from tests.store.shop import Shop, batch, order

KEY = IdKey(b"k" * 32)
NOW = datetime(2026, 6, 30, 12)
DAY = "2026-01-01"

Ref = tuple[str, str, str]


def ref(text: str) -> Ref:
    """`member:1` is member 1 of the shop, `phone:7` a keyed phone."""
    kind, value = text.split(":")
    return (kind, "global", value.rjust(64, "0")) if kind == "phone" else (kind, "shop", value)


def claim(
    left: str,
    *rights: str,
    at: str = DAY,
    snapshot: str | None = None,
    evidence: str = "crm.members",
    **said: Any,
) -> list[dict[str, Any]]:
    """Return the links of one record: that it is there, and what it claims and `said`."""
    return [
        dict(zip(("left_type", "left_namespace", "left_value"), ref(left), strict=True))
        | dict(zip(("right_type", "right_namespace", "right_value"), ref(right), strict=True))
        | {
            "evidence": evidence,
            "first_seen_at": at,
            "last_seen_at": at,
            "snapshot_at": snapshot,
            **said,
        }
        for right in (left, *rights)
    ]


@dataclass
class People:
    """A brand's identities: links in, customers out."""

    settings: Settings
    brand: Brand

    @property
    def folder(self) -> Path:
        return lake_folder(self.settings, self.brand)

    def load(
        self, *links: dict[str, Any], tables: tuple[Any, ...] = (), **more: Any
    ) -> identity.Resolved | None:
        """Load links, as the loader does."""
        Shop(self.settings.root).load(
            batch("identity_links", *links), *tables, force=True, brand=self.brand.name
        )
        return self.resolve(**more)

    def resolve(self, **more: Any) -> identity.Resolved | None:
        """Work out the identities as a load of their own, which needs no rows."""
        before = read_current(self.folder)
        load_id = new_load_id(before)
        scratch = recovery.begin(self.folder, load_id, before)
        with (
            writer.locked(self.folder),
            closing(connect(self.settings, self.brand, scratch / "spill")) as connection,
        ):
            resolved = identity.resolve(
                connection,
                self.folder,
                before={},
                after=before.tables,
                key=KEY,
                loaded_at=NOW,
                **more,
            )
            if resolved:
                tables = {**before.tables, **resolved.files}
                after = before.model_copy(update={"load_id": load_id, "tables": tables})
                writer.write_load(self.folder, after, {})
                publish(self.folder, after)
            recovery.finish(self.folder)
        return resolved

    @property
    def current(self) -> Current:
        return read_current(self.folder)

    def rows(self, name: str, columns: str = "*") -> list[tuple[Any, ...]]:
        held = self.current.tables.get(name)
        if held is None or not held.files:
            return []
        with closing(connect(self.settings, self.brand)) as connection:
            read = read_parquet(self.folder / name, held.files)
            return connection.execute(f"SELECT {columns} FROM {read} ORDER BY ALL").fetchall()

    def of(self, *texts: str) -> list[str | None]:
        """Return the customer of each id."""
        held = {row[:3]: row[3] for row in self.rows("identities", _ID)}
        return [held.get(ref(text)) for text in texts]

    def groups(self) -> set[frozenset[Ref]]:
        """Return the ids that belong together."""
        found: dict[str, set[Ref]] = {}
        for *parts, customer in self.rows("identities", _ID):
            if parts[0] != "customer_id":
                found.setdefault(customer, set()).add(tuple(parts))
        return {frozenset(group) for group in found.values()}

    def aliases(self) -> dict[str, str]:
        return {row[2]: row[3] for row in self.rows("identities", _ID) if row[0] == "customer_id"}

    def why(self, customer: str) -> list[identity.Link]:
        return identity.why(self.settings, self.brand, customer)


_ID = "id_type, namespace, id_value, customer_id"


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> People:
    monkeypatch.setenv("INSIGHTS_ID_KEY", KEY.secret.hex())
    shop = Shop(tmp_path)
    shop.load(batch("orders", order("A", "2026-06-01 10:00:00", "10.00")))
    return People(shop.settings, shop.settings.brand())
