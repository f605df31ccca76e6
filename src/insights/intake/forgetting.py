# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Forgetting: a customer asks to be deleted; where are they, and how do they stay away?

In the tables, in what the tables were before, in refused rows, and in the files as received. All of
it is gone when `forget` returns; orders stay for their money and say no longer whose they were. A
tombstone keeps later exports from bringing the customer back. Killed at any point, it is taken up
again by the next load or the next call: each step may be done twice.
"""

import json
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from insights import schema
from insights.errors import DataError, IntakeError
from insights.intake.erasing import Person, erase
from insights.intake.identity.naming import ALIAS, EVERYWHERE
from insights.intake.keys import IdKey
from insights.intake.tombstones import (
    EMPTIED,
    PEOPLE,
    ForgottenFilter,
    about,
    bury,
    forgotten_filter,
)
from insights.intake.vault import Vault
from insights.settings import Brand, Settings
from insights.store import recovery, segments, writer
from insights.store.disk import flush_files, flush_folders, replace_text
from insights.store.engine import connect, quoted
from insights.store.history import FORGET
from insights.store.loads import (
    LOADS,
    Current,
    erase_load,
    lake_folder,
    new_load_id,
    publish,
    read_current,
)
from insights.store.views import select_declared

__all__ = ["Forgotten", "ForgottenFilter", "finish", "forget", "forgotten_filter", "is_pending"]

MARKER = ".forgetting"


@dataclass(frozen=True)
class Forgotten:
    """What forgetting a customer took: rows by table, refused rows, and files as received.

    `rewritten` files lack the customer's records; `removed` ones could not be written again
    without them and are gone, with everything else in them. `was_known` is False for somebody who
    had been forgotten before.
    """

    customer_id: str
    was_known: bool
    rows: dict[str, int]
    quarantined: int
    rewritten: tuple[str, ...]
    removed: tuple[str, ...]

    def said(self) -> str:
        """Say it in a few lines; files by the first letters of their digest."""
        if not self.was_known:
            return "This customer had been forgotten before; what was left undone is done now."
        rows = ", ".join(f"{count} of {name}" for name, count in self.rows.items())
        lines = [
            f"Forgotten. Rows: {rows or 'none'}; refused rows: {self.quarantined}. Earlier loads "
            "cannot be opened any more.",
        ]
        if self.rewritten:
            lines.append(f"Files as received, written again without them: {_few(self.rewritten)}.")
        if self.removed:
            lines.append(
                f"Files as received, removed with all that was in them: {_few(self.removed)}."
            )
        return "\n".join(lines)


def is_pending(settings: Settings, brand: Brand) -> bool:
    """Whether forgetting somebody was begun and not ended; the next load or `forget` ends it."""
    return (settings.data / brand.name / MARKER).exists()


def forget(settings: Settings, brand: Brand, customer_id: str) -> Forgotten:
    """Delete a customer everywhere, and keep them from coming back.

    Parameters
    ----------
    settings, brand
        The workspace and the brand in it.
    customer_id : str
        The customer; a retired id leads to the one that it became. Who is no customer and stands in
        some row all the same, as an order's `buyer_ref`, is meant by type:namespace:value.

    Raises
    ------
    DataError
        If no such customer is in the lake.
    IntakeError
        If the files as received are encrypted and their key is not set: nothing was changed.
    """
    folder = lake_folder(settings, brand)
    marker = settings.data / brand.name / MARKER
    if read_current(folder) is None:
        raise _unknown(customer_id, brand)
    key = IdKey.load(settings, brand)
    with writer.locked(folder):
        recovery.recover(folder, folder.parent / "quarantine")
        ended = finish(settings, brand)
        if ended and ended.customer_id == customer_id:
            return ended
        return _Forgetting(settings, brand, key, customer_id).run(marker)


def finish(settings: Settings, brand: Brand) -> Forgotten | None:
    """End what was begun, before anything else is loaded; under the lock of the lake.

    Returns
    -------
    Forgotten or None
        None if nothing was begun.

    Raises
    ------
    IntakeError
        If it cannot be ended now; nothing was changed.
    """
    marker = settings.data / brand.name / MARKER
    if not marker.exists() or read_current(lake_folder(settings, brand)) is None:
        return None
    begun = json.loads(marker.read_text("utf-8"))["customer_id"]
    key = IdKey.load(settings, brand)
    try:
        return _Forgetting(settings, brand, key, begun).run(marker)
    except IntakeError as error:
        raise IntakeError(
            f"Forgetting a customer was begun, and has to be ended before anything else. {error}"
        ) from error


class _Forgetting:
    """The steps for one customer, under the lock of the lake."""

    def __init__(self, settings: Settings, brand: Brand, key: IdKey, customer_id: str) -> None:
        self.settings = settings
        self.brand = brand
        self.key = key
        self.folder = lake_folder(settings, brand)
        before = read_current(self.folder)
        if before is None:
            raise _unknown(customer_id, brand)
        self.before: Current = before
        self.asked = customer_id
        with closing(connect(settings, brand)) as connection:
            self.customer, self.refs, self.orders = self._found(connection)

    def run(self, marker: Path) -> Forgotten:
        """Do all steps; each may have been done before."""
        buried = forgotten_filter(self.settings, self.brand, self.key)
        known = bool(self.refs)
        if not known and not marker.exists():
            if buried and f"{ALIAS}:{EVERYWHERE}:{self.asked}" in buried:
                return Forgotten(self.asked, False, {}, 0, (), ())
            raise _unknown(self.asked, self.brand)
        vault = Vault.of(self.settings, self.brand)
        entries = [entry for entry in vault.entries() if not entry.removed]
        if vault.secret is None and any(entry.encrypted for entry in entries):
            raise IntakeError(
                "The files as received are encrypted and no key is set, so they cannot be searched "
                "for the customer. Set $INSIGHTS_RAW_KEY. Nothing was changed."
            )
        replace_text(marker, json.dumps({"customer_id": self.customer}))
        marker.chmod(0o600)
        rows: dict[str, int] = {}
        outcomes: dict[str, str] = {}
        quarantined = 0
        if known:
            bury(self.settings, self.brand, self.key, self.refs)
            person = self._person()
            outcomes = {entry.sha256: erase(vault, entry, person) for entry in entries}
            vault.clean()
            quarantined = self._clear_quarantine(person)
            self._clear_lists()
            segments.forget(self.settings, self.brand, {ref.split(":", 2)[2] for ref in self.refs})
            for log in (self.folder / LOADS).glob("*.json"):
                erase_load(log, is_private=person.is_in)
            rows = self._redact()
        writer.erase_history(self.folder)
        marker.unlink()
        flush_folders([marker.parent])
        return Forgotten(
            self.customer,
            known,
            rows,
            quarantined,
            tuple(sha for sha, outcome in outcomes.items() if outcome == "rewritten"),
            tuple(sha for sha, outcome in outcomes.items() if outcome == "removed"),
        )

    def _found(self, connection: Any) -> tuple[str, frozenset[str], frozenset[str]]:
        """Return the customer that an id leads to, all its ids, and its orders."""
        for name in PEOPLE:
            held = self.before.tables.get(name)
            rows = select_declared(
                self.folder / name, held.files if held else (), schema.get(name), connection
            )
            connection.execute(f"CREATE VIEW {name} AS {rows}")
        asked = quoted(self.asked)
        led = connection.execute(
            f"""SELECT customer_id FROM identities
            WHERE id_type = '{ALIAS}' AND namespace = '{EVERYWHERE}' AND id_value = {asked}"""
        ).fetchall()
        customer = led[0][0] if led else self.asked
        one = quoted(customer)
        ids = connection.execute(
            f"""SELECT id_type || ':' || namespace || ':' || id_value FROM identities
            WHERE customer_id = {one}
            UNION SELECT 'customer_id:global:' || customer_id FROM customers
            WHERE customer_id = {one}
            UNION SELECT 'customer_id:global:' || customer_id FROM orders
            WHERE customer_id = {one}"""
        ).fetchall()
        refs = {ref for (ref,) in ids}
        if not refs and self._is_told_of(connection):
            # Known by one id only, such as an order's buyer of whom no list tells.
            refs = {self.asked}
        if not refs:
            return customer, frozenset(), frozenset()
        refs.add(f"{ALIAS}:{EVERYWHERE}:{customer}")
        orders = connection.execute(
            f"SELECT order_id FROM orders WHERE {about('orders', refs, connection)}"
        ).fetchall()
        return customer, frozenset(refs), frozenset(order for (order,) in orders)

    def _is_told_of(self, connection: Any) -> bool:
        """Whether a row of some table is about what was asked for, as type:namespace:value."""
        return any(
            connection.execute(
                f"SELECT count(*) FROM {name} WHERE {about(name, [self.asked], connection)}"
            ).fetchall()[0][0]
            for name in PEOPLE
        )

    def _person(self) -> Person:
        parted = [ref.split(":", 2) for ref in self.refs]
        # An order's number is what stands last in source:shop:number.
        numbers = {order.rsplit(":", 1)[-1] for order in self.orders}
        marks = {value for kind, _, value in parted} | numbers
        phones = {value for kind, _, value in parted if kind == "phone"}
        return Person(marks, phones, self.key)

    def _redact(self) -> dict[str, int]:
        """Take the customer out of every table, as one load."""
        load_id = new_load_id(self.before)
        scratch = recovery.begin(self.folder, load_id, self.before)
        tables, found = dict(self.before.tables), {}
        try:
            with closing(connect(self.settings, self.brand, scratch / "spill")) as connection:
                for name in PEOPLE:
                    if name not in tables:
                        continue
                    tables[name], found[name] = writer.redact_table(
                        self.folder,
                        tables[name],
                        name,
                        connection,
                        where=about(name, self.refs, connection),
                        emptied=EMPTIED.get(name, ()),
                    )
            after = self.before.model_copy(
                update={"load_id": load_id, "loaded_at": datetime.now(UTC), "tables": tables}
            )
            rows = {name: count for name, count in found.items() if count}
            writer.write_load(
                self.folder, after, {"source": FORGET, "tables": [], "forgotten": rows}
            )
            publish(self.folder, after)
        except BaseException:
            recovery.recover(self.folder, self.folder.parent / "quarantine")
            raise
        recovery.finish(self.folder)
        return rows

    def _clear_lists(self) -> None:
        """Remove the sheets of contact lists; asked for again, they are written from the lots."""
        for path in sorted((self.folder.parent / "actions").glob("*.*")):
            path.unlink()

    def _clear_quarantine(self, person: Person) -> int:
        """Remove refused rows that have something of the customer."""
        import pyarrow as pa  # noqa: PLC0415 - only where there is something to read
        import pyarrow.parquet as pq  # noqa: PLC0415 - the same

        removed = 0
        for path in sorted((self.folder.parent / "quarantine").glob("*/*.parquet")):
            held = pq.read_table(path)
            values = zip(*(held[name].to_pylist() for name in held.column_names), strict=True)
            stays = [not person.is_in(_joined(row)) for row in values]
            if all(stays):
                continue
            removed += stays.count(False)
            draft = path.with_name(f".{path.name}.draft")
            pq.write_table(held.filter(pa.array(stays)), draft)
            flush_files([draft])
            draft.replace(path)
            flush_folders([path.parent])
        return removed


def _joined(row: Collection[Any]) -> str:
    return " ".join(str(value) for value in row)


def _few(digests: tuple[str, ...]) -> str:
    return ", ".join(f"{digest[:12]}…" for digest in digests)


def _unknown(customer_id: str, brand: Brand) -> DataError:
    return DataError(
        f"There is no customer '{customer_id}' in the lake of '{brand.name}'. Take the id from a "
        "report or from the table `customers`, or write an id of theirs as type:namespace:value; "
        "`insights identity why` tells whose an id is."
    )
