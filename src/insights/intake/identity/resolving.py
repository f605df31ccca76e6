# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Resolving: from the evidence in the lake to `identities` and `customers`, within a load.

All of it is worked out anew whenever the evidence changed, and only rows that came out different
are written. What a source says natively (its own exact customer) is left alone.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from insights import schema
from insights.intake.identity import evidence, naming
from insights.intake.identity.evidence import IDS, LINKS, PAIRS
from insights.intake.identity.grouping import GUARDS, NOBODY, Grouping, Guards, group
from insights.intake.identity.naming import ALIAS, ALIASES, EVERYWHERE, NAMES, ORIGIN, ROOTS
from insights.intake.keys import IdKey
from insights.sources.adapter import ATTRIBUTES
from insights.store import writer
from insights.store.engine import quoted
from insights.store.loads import TableFiles
from insights.store.merging import Written
from insights.store.views import MONTH, NO_MONTH, select_declared


@dataclass(frozen=True)
class Resolved:
    """What came of the evidence: the tables as written, and counts for the log of the load."""

    files: dict[str, TableFiles]
    summary: dict[str, int]


def resolve(
    connection: Any,
    folder: Path,
    *,
    before: Mapping[str, TableFiles],
    after: Mapping[str, TableFiles],
    key: IdKey,
    loaded_at: datetime,
    guards: Guards = GUARDS,
    force: bool = False,
) -> Resolved | None:
    """Work out who is who, and write `identities` and `customers`, if the evidence changed.

    Parameters
    ----------
    connection : DuckDBPyConnection
        The load's.
    folder : Path
        The lake.
    before, after : mapping
        The tables of the load before, and as this load leaves them.
    key : IdKey
        Makes the names of new customers.
    loaded_at : datetime
        Now, on the brand's wall clock.
    guards : Guards, optional
    force : bool, default False
        Work it out though the evidence did not change: the guards did.

    Returns
    -------
    Resolved or None
        None where there is no evidence, or it is as it was.
    """
    links = after.get(LINKS)
    if links is None or (links == before.get(LINKS) and not force):
        return None
    tables = dict(after)
    counting = evidence.counting_links(folder, links, connection)
    ids, left, right = evidence.number(connection, counting)
    grouping = group(ids, left, right, guards)
    naming.name_groups(connection, folder, tables, grouping.root, key)
    batch = hashlib.sha256("\n".join(sorted(links.files)).encode()).hexdigest()
    origin = (
        f"'{ORIGIN}' AS source, TIMESTAMP {quoted(str(loaded_at))} AS loaded_at, "
        f"{quoted(batch)} AS file_sha256, CAST(NULL AS TIMESTAMP) AS told_at, "
        f"CAST(NULL AS VARCHAR) AS told_earlier, {quoted(NO_MONTH)} AS {MONTH}"
    )
    files = {}
    held = select_declared(
        folder / "identities",
        tables["identities"].files if "identities" in tables else (),
        schema.get("identities"),
        connection,
    )
    written = {}
    for name, rows in (
        ("identities", _identities(held, loaded_at)),
        ("customers", _customers(counting)),
    ):
        columns = ", ".join(column.name for column in schema.get(name).columns)
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE _identity_staged AS SELECT {columns}, {origin} "
            f"FROM ({rows})"
        )
        found, written[name] = writer.write_table(
            folder,
            tables.get(name),
            name,
            connection,
            "_identity_staged",
            owned=f"o.source = '{ORIGIN}'",
        )
        if found is not None:
            files[name] = found
    summary = _summary(connection, grouping, written)
    for table in (IDS, PAIRS, ROOTS, NAMES, ALIASES, "_identity_held", "_identity_staged"):
        connection.execute(f"DROP TABLE {table}")
    return Resolved(files, summary)


def _identities(held: str, loaded_at: datetime) -> str:
    """Return the SELECT of each id with its customer, and of each retired name."""
    now = f"TIMESTAMP {quoted(str(loaded_at))}"
    return f"""SELECT n.id_type, n.namespace, n.id_value, m.customer_id,
            'deterministic' AS method, CAST(1 AS DOUBLE) AS probability,
            n.first_seen_at, n.last_seen_at
        FROM {IDS} n JOIN {ROOTS} r ON r.node = n.node JOIN {NAMES} m ON m.root = r.root
        WHERE NOT EXISTS (
            SELECT 1 FROM ({held}) i WHERE i.source <> '{ORIGIN}' AND i.id_type = n.id_type
            AND i.namespace = n.namespace AND i.id_value = n.id_value
        )
        UNION ALL
        SELECT {quoted(ALIAS)}, {quoted(EVERYWHERE)}, id_value, customer_id, 'deterministic',
            CAST(1 AS DOUBLE), coalesce(first_seen_at, {now}), coalesce(first_seen_at, {now})
        FROM {ALIASES}"""


def _customers(links: str) -> str:
    """Return the SELECT of the customers, as the newest record that says it tells what one is like.

    A record tells it beside the link that says that it is there.
    """
    known = " OR ".join(f"l.{name} IS NOT NULL" for name in ATTRIBUTES)
    newest = ", ".join(
        f"arg_max(l.{name}, coalesce(l.snapshot_at, l.last_seen_at)) AS {name}"
        for name in ATTRIBUTES
    )
    facts = {"customer_id": "m.customer_id", "first_seen_at": "g.first_seen_at"} | {
        # The record that named the oldest id: the adapter's name up to the dot is its source.
        "first_source": "string_split(n.evidence, '.')[1]",
        "link_quality": "CASE WHEN g.ids > 1 THEN 'exact' ELSE 'single' END",
        "is_staff": "g.is_staff",
        "is_test": "false",
        **{name: f"a.{name}" for name in ATTRIBUTES},
    }
    columns = ", ".join(
        f"{facts[column.name]} AS {column.name}" for column in schema.get("customers").columns
    )
    return f"""SELECT {columns} FROM {NAMES} m
        JOIN {IDS} n ON n.node = m.root
        JOIN (
            SELECT r.root, count(*) AS ids, min(i.first_seen_at) AS first_seen_at,
                   bool_or(i.is_staff) AS is_staff
            FROM {ROOTS} r JOIN {IDS} i ON i.node = r.node GROUP BY r.root
        ) g ON g.root = m.root
        LEFT JOIN (
            SELECT r.root, {newest} FROM ({links}) l
            JOIN {IDS} i ON i.id_type = l.left_type AND i.namespace = l.left_namespace
                AND i.id_value = l.left_value
            JOIN {ROOTS} r ON r.node = i.node
            WHERE l.counts AND ({known}) GROUP BY r.root
        ) a ON a.root = m.root
        WHERE NOT m.is_native"""


def _summary(connection: Any, grouping: Grouping, written: dict[str, Written]) -> dict[str, int]:
    named, new = connection.execute(
        f"SELECT count(*), count(*) FILTER (is_new) FROM {NAMES}"
    ).fetchall()[0]
    ((retired,),) = connection.execute(f"SELECT count(*) FROM {ALIASES}").fetchall()
    rows = written["identities"]
    return {
        "ids": len(grouping.root),
        "customers": named,
        "customers_new": new,
        "aliases": retired,
        "identities_written": rows.new + rows.changed,
        "identities_removed": rows.removed,
        "phones_shared": int(grouping.shared.sum()),
        "ids_in_review": int(grouping.review.sum()),
        "ids_of_nobody": int((grouping.root == NOBODY).sum()),
    }
