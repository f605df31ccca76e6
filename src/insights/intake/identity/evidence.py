# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Evidence: the links that count now, as numbered ids and pairs of numbers.

Of a snapshot only the latest counts for each record, so that a join whose reason is gone comes
apart. Text stays in the engine, which may spill it; what is grouped are numbers.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from insights import schema
from insights.errors import IntakeError
from insights.intake.identity.grouping import Codes, Ids
from insights.store.loads import TableFiles
from insights.store.views import select_declared

IDS, PAIRS = "_identity_ids", "_identity_pairs"  # Temporary tables: id by number, pairs of numbers.
LINKS = "identity_links"


def counting_links(folder: Path, files: TableFiles | None, connection: Any) -> str:
    """Return the SELECT of all links, with `counts`: whether it is not of an older snapshot."""
    rows = select_declared(
        folder / LINKS, files.files if files else (), schema.get(LINKS), connection
    )
    record = "evidence, left_type, left_namespace, left_value"
    return f"""SELECT l.*, l.snapshot_at IS NULL OR l.snapshot_at = n.latest AS counts
        FROM ({rows}) l LEFT JOIN (
            SELECT {record}, max(snapshot_at) AS latest FROM ({rows})
            WHERE snapshot_at IS NOT NULL GROUP BY {record}
        ) n USING ({record})"""


def number(connection: Any, links: str) -> tuple[Ids, Codes, Codes]:
    """Give the ids of the links that count a number, from the oldest on; return them and pairs.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Gets the tables `IDS` (node, id_type, namespace, id_value, first and last_seen_at, evidence
        of the first, is_anchor, is_staff) and `PAIRS` (a, b).
    links : str
        SELECT of links with `counts`.
    """
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {IDS} AS
        SELECT row_number() OVER (ORDER BY first_seen_at, id_type, namespace, id_value) - 1 AS node,
               *
        FROM (
            SELECT id_type, namespace, id_value, min(first_seen_at) AS first_seen_at,
                   max(last_seen_at) AS last_seen_at,
                   min(struct_pack(at := first_seen_at, evidence := evidence)).evidence AS evidence,
                   bool_or(is_left) AS is_anchor,
                   coalesce(bool_or(is_staff), false) AS is_staff
            FROM (
                SELECT left_type AS id_type, left_namespace AS namespace, left_value AS id_value,
                       first_seen_at, last_seen_at, evidence, is_staff, true AS is_left
                FROM ({links}) WHERE counts
                UNION ALL
                SELECT right_type, right_namespace, right_value,
                       first_seen_at, last_seen_at, evidence, is_staff, false
                FROM ({links}) WHERE counts
            ) GROUP BY id_type, namespace, id_value
        )"""
    )
    _check_references(connection)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {PAIRS} AS
        SELECT DISTINCT least(l.node, r.node) AS a, greatest(l.node, r.node) AS b
        FROM ({links}) k
        JOIN {IDS} l ON l.id_type = k.left_type AND l.namespace = k.left_namespace
            AND l.id_value = k.left_value
        JOIN {IDS} r ON r.id_type = k.right_type AND r.namespace = k.right_namespace
            AND r.id_value = k.right_value
        WHERE k.counts AND l.node <> r.node"""
    )
    return _ids(connection), *_pairs(connection)


def _check_references(connection: Any) -> None:
    """Make sure that type:namespace:value is one id only: marts join orders by it."""
    found = connection.execute(
        f"SELECT DISTINCT id_type FROM {IDS} WHERE contains(id_type || namespace, ':')"
    ).fetchall()
    if found:
        kinds = ", ".join(f"'{kind}'" for (kind,) in found)
        raise IntakeError(
            f"The type or the namespace of ids of kind {kinds} has a colon, which parts type, "
            "namespace and value. Declare another namespace in the adapter's TOML."
        )


def _ids(connection: Any) -> Ids:
    kinds = connection.execute(f"SELECT DISTINCT id_type FROM {IDS} ORDER BY 1").fetchall()
    listed = [kind for (kind,) in kinds]
    connection.register("_kinds", pa.table({"kind": pa.array(listed, pa.string())}))
    found = connection.sql(
        f"""SELECT list_position((SELECT list(kind ORDER BY kind) FROM _kinds), id_type) - 1
                AS kind, is_anchor, is_staff
        FROM {IDS} ORDER BY node"""
    ).to_arrow_table()
    connection.unregister("_kinds")
    return Ids(
        kind=found["kind"].to_numpy().astype(np.int8),
        phone=listed.index("phone") if "phone" in listed else -1,
        anchor=found["is_anchor"].to_numpy(),
        staff=found["is_staff"].to_numpy(),
    )


def _pairs(connection: Any) -> tuple[Codes, Codes]:
    found = connection.sql(
        f"SELECT CAST(a AS INTEGER) AS a, CAST(b AS INTEGER) AS b FROM {PAIRS}"
    ).to_arrow_table()
    return found["a"].to_numpy(), found["b"].to_numpy()
