# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Tombstones: who was forgotten, told so that nobody can be found in it, and kept from coming back.

A tombstone is the keyed digest of an id. Every load makes the digest of each id that it brings and
leaves out what has a tombstone; of an order only its buyer, because the money was taken.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from insights import schema
from insights.intake import keys
from insights.intake.keys import IdKey
from insights.settings import Brand, Settings
from insights.store.disk import flush_folders

FILE = "forgotten.jsonl"

_BLOCK = 64  # Bytes of a block of SHA-256.
_CUSTOMER = "'customer_id:global:' || customer_id"
_OF_A_FACT = ("customer_ref", _CUSTOMER)
# Whom the rows of a table are about, as SQL of references.
PEOPLE: dict[str, tuple[str, ...]] = {
    "customers": (_CUSTOMER,),
    "identities": ("id_type || ':' || namespace || ':' || id_value", _CUSTOMER),
    "identity_links": (
        "left_type || ':' || left_namespace || ':' || left_value",
        "right_type || ':' || right_namespace || ':' || right_value",
    ),
    "contacts": _OF_A_FACT,
    "memberships": _OF_A_FACT,
    "touches": _OF_A_FACT,
    "assignments": _OF_A_FACT,
    "orders": ("buyer_ref", _CUSTOMER),
    "costs": _OF_A_FACT,
}
# Rows that stay for their money, without the columns that say whose it was.
EMPTIED: dict[str, tuple[str, ...]] = {
    "orders": ("buyer_ref", "customer_id"),
    "costs": ("customer_ref", "customer_id"),
}


@dataclass(frozen=True)
class ForgottenFilter:
    """What staging asks of every batch; see `staging.Filter`."""

    key: IdKey = field(repr=False)
    digests: frozenset[str]

    def prepare(self, connection: Any) -> None:
        """Give the engine the digests, and the key as bytes that no message repeats."""
        padded = self.key.secret.ljust(_BLOCK, b"\0")
        for name, byte in (("forgotten_inner", 0x36), ("forgotten_outer", 0x5C)):
            connection.execute(f"SET VARIABLE {name} = $1::BLOB", [bytes(b ^ byte for b in padded)])
        connection.register("_given", pa.table({"digest": sorted(self.digests)}))
        connection.execute("CREATE OR REPLACE TEMP TABLE _forgotten_ids AS SELECT * FROM _given")
        connection.unregister("_given")

    def dropped(self, table: schema.Table) -> str:
        """Return the SQL of a row that must not be loaded; '' if the table has none."""
        return "" if table.name in EMPTIED else self._named(table)

    def emptied(self, table: schema.Table) -> dict[str, str]:
        """Return the SQL of the columns of a row that is loaded without saying whose it was."""
        names = EMPTIED.get(table.name, ())
        return {
            name: f"CASE WHEN NOT coalesce({self._named(table)}, false) THEN {name} END"
            for name in names
        }

    def __contains__(self, ref: str) -> bool:
        return digest(ref, self.key) in self.digests

    @staticmethod
    def _named(table: schema.Table) -> str:
        return " OR ".join(
            f"coalesce({_digest_sql(ref)} IN (SELECT digest FROM _forgotten_ids), false)"
            for ref in PEOPLE.get(table.name, ())
        )


def digest(ref: str, key: IdKey) -> str:
    """Return the tombstone of an id given as type:namespace:value."""
    return keys.hmac_sha256(key.secret, _said(ref).encode())


def bury(settings: Settings, brand: Brand, key: IdKey, refs: Iterable[str]) -> None:
    """Add the tombstones of ids, for good and on the disk."""
    path = settings.data / brand.name / FILE
    known = _read(path)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    added = [
        {"digest": one, "key": key.id, "forgotten_at": now}
        for one in sorted({digest(ref, key) for ref in refs})
        if one not in {line["digest"] for line in known}
    ]
    draft = path.with_name(f".{FILE}.draft")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.writelines(json.dumps(line) + "\n" for line in known + added)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)
    flush_folders([path.parent])


def forgotten_filter(
    settings: Settings, brand: Brand, key: IdKey | None = None
) -> ForgottenFilter | None:
    """Return what keeps the forgotten from coming back; None if nobody was forgotten.

    The brand's key is only asked for where somebody was.
    """
    found = _read(settings.data / brand.name / FILE)
    if not found:
        return None
    digests = frozenset(line["digest"] for line in found)
    return ForgottenFilter(key or IdKey.load(settings, brand), digests)


def about(table: str, refs: Iterable[str], connection: Any) -> str:
    """Return the SQL of the rows of a table that are about one of the ids."""
    connection.register("_given", pa.table({"ref": pa.array(sorted(refs), pa.string())}))
    connection.execute("CREATE OR REPLACE TEMP TABLE _about AS SELECT * FROM _given")
    connection.unregister("_given")
    return " OR ".join(
        f"coalesce({ref} IN (SELECT ref FROM _about), false)" for ref in PEOPLE[table]
    )


def _digest_sql(ref: str) -> str:
    """Return the SQL of `digest`: HMAC-SHA-256, row by row in the engine."""
    message = f"encode({_said_sql(ref)})"
    inner = f"unhex(sha256(getvariable('forgotten_inner') || {message}))"
    return f"sha256(getvariable('forgotten_outer') || {inner})"


def _said(ref: str) -> str:
    return f"forgotten {ref}"


def _said_sql(ref: str) -> str:
    return f"'forgotten ' || ({ref})"


def _read(path: Path) -> list[dict[str, str]]:
    try:
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    except FileNotFoundError:
        return []
