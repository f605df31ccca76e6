# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Naming: which customer id does each group carry, so that an id once given stays good?

A group keeps the oldest customer id that comes together in it; the others become aliases. Where a
customer comes apart, the part with the oldest of its ids keeps the name. A new name is made of the
group's oldest id, so that loading the same data again gives the same names.
"""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from insights import schema
from insights.intake.identity.evidence import IDS
from insights.intake.identity.grouping import NOBODY, Codes
from insights.intake.keys import IdKey
from insights.store.engine import quoted
from insights.store.loads import TableFiles
from insights.store.views import select_declared

ORIGIN = "identity"  # The `source` of rows that are worked out here.
ALIAS, EVERYWHERE = "customer_id", "global"  # Type and namespace of an alias among the identities.
ROOTS, NAMES, ALIASES = "_identity_roots", "_identity_names", "_identity_aliases"

_LETTERS = 16  # 80 bits: among five million customers no two meet by chance.
_AT_ONCE = 100_000


def name_groups(
    connection: Any, folder: Path, tables: dict[str, TableFiles], root: Codes, key: IdKey
) -> None:
    """Give each group a customer id.

    Makes the temporary tables `ROOTS` (node, root), `NAMES` (root, customer_id, is_native,
    is_new) and `ALIASES` (id_value, customer_id, first_seen_at).
    """
    held = {
        name: select_declared(
            folder / name,
            tables[name].files if name in tables else (),
            schema.get(name),
            connection,
        )
        for name in ("identities", "customers")
    }
    numbers = pa.table({"node": np.arange(len(root), dtype=np.int32), "root": root})
    connection.register("_given", numbers)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {ROOTS} AS SELECT * FROM _given WHERE root <> {NOBODY}"
    )
    connection.unregister("_given")
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE _identity_held AS
        WITH before AS (
            SELECT i.customer_id, i.source <> '{ORIGIN}' AS is_native, n.node
            FROM ({held["identities"]}) i JOIN {IDS} n USING (id_type, namespace, id_value)
        ),
        kept AS (
            -- Of a customer that comes apart, the part with its oldest id keeps the name.
            SELECT customer_id, is_native, min(b.node) AS node FROM before b
            JOIN {ROOTS} r ON r.node = b.node GROUP BY customer_id, is_native
        )
        SELECT k.customer_id, k.is_native, r.root, c.first_seen_at FROM kept k
        JOIN {ROOTS} r ON r.node = k.node
        LEFT JOIN ({held["customers"]}) c ON c.customer_id = k.customer_id"""
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {NAMES} AS
        SELECT root, customer_id, is_native, false AS is_new FROM (
            SELECT *, row_number() OVER (
                PARTITION BY root ORDER BY is_native DESC, first_seen_at NULLS LAST, customer_id
            ) AS nth FROM _identity_held
        ) WHERE nth = 1"""
    )
    _name_new(connection, key)
    _follow_aliases(connection, held["identities"])


def _name_new(connection: Any, key: IdKey) -> None:
    """Name the groups that bring no name, from their oldest id; twice the same is never given."""
    attempt = 0
    while True:
        rest = f"""SELECT DISTINCT root FROM {ROOTS} WHERE root NOT IN (
            SELECT root FROM {NAMES})"""
        refs = connection.sql(
            f"""SELECT n.node, n.id_type || ':' || n.namespace || ':' || n.id_value
            FROM {IDS} n JOIN ({rest}) g ON g.root = n.node"""
        ).to_arrow_reader(_AT_ONCE)
        made = pa.Table.from_batches(_named(refs, key, attempt), _NAMED)
        if not made.num_rows:
            return
        connection.register("_made", made)
        connection.execute(
            f"""INSERT INTO {NAMES}
            SELECT min(root), customer_id, false, true FROM _made
            WHERE customer_id NOT IN (SELECT customer_id FROM {NAMES}) GROUP BY customer_id"""
        )
        connection.unregister("_made")
        attempt += 1


_NAMED = pa.schema({"root": pa.int64(), "customer_id": pa.string()})


def _named(refs: Any, key: IdKey, attempt: int) -> Iterator[pa.RecordBatch]:
    again = f" {attempt}" if attempt else ""
    for batch in refs:
        names = [customer_id(ref + again, key) for ref in batch.column(1).to_pylist()]
        yield pa.RecordBatch.from_arrays([batch.column(0), pa.array(names)], schema=_NAMED)


def customer_id(ref: str, key: IdKey) -> str:
    """Return the name of a customer whose oldest id this is.

    Examples
    --------
    >>> customer_id("unionid:brand:u1", IdKey(b"0" * 32))
    'cqsaq3geet225iavo'
    """
    digest = bytes.fromhex(key.digest(f"customer {ref}"))
    return "c" + base64.b32encode(digest[:10]).decode().lower()[:_LETTERS]


def _follow_aliases(connection: Any, identities: str) -> None:
    """Lead every retired name to the customer that has its ids now; a name in use is none."""
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {ALIASES} AS
        WITH retired AS (
            SELECT h.customer_id AS id_value, n.customer_id, h.first_seen_at
            FROM _identity_held h JOIN {NAMES} n ON n.root = h.root
            WHERE h.customer_id <> n.customer_id AND NOT h.is_native
        ),
        older AS (
            SELECT i.id_value, coalesce(r.customer_id, i.customer_id) AS customer_id,
                   i.first_seen_at
            FROM ({identities}) i LEFT JOIN retired r ON r.id_value = i.customer_id
            WHERE i.id_type = {quoted(ALIAS)} AND i.source = '{ORIGIN}'
        )
        SELECT id_value, min(customer_id) AS customer_id, min(first_seen_at) AS first_seen_at
        FROM (SELECT * FROM retired UNION ALL SELECT * FROM older)
        WHERE customer_id IN (SELECT customer_id FROM {NAMES})
          AND id_value NOT IN (SELECT customer_id FROM {NAMES})
        GROUP BY id_value"""
    )
