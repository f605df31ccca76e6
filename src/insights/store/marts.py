"""Marts: the questions that every analysis asks of the lake, as SQL, one grain a file.

A mart is a SELECT over canonical tables, the `calendar` and other marts, with `$as_of` as its only
parameter. It is kept portable (no dialect's own functions), because the same files are meant to run
on a cluster when one machine is outgrown. Its header documents the grain and every column:

    -- One row per customer and day with a purchase occasion.
    -- customer_id | text | who bought
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from insights import schema
from insights.errors import DataError, UnknownTable, did_you_mean

_COLUMN = re.compile(r"^-- (\w+) \| ([\w ,%/()-]+) \| (.+)$")


@dataclass(frozen=True)
class MartColumn:
    """A column of a mart: name, unit or kind, and meaning."""

    name: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Mart:
    """One mart: its SQL, what a row is, its columns, and what it reads."""

    name: str
    sql: str
    grain: str
    columns: tuple[MartColumn, ...]
    reads: frozenset[str]


@cache
def names() -> tuple[str, ...]:
    """Names of all marts, in alphabetical order."""
    folder = files("insights.store") / "marts"
    return tuple(sorted(f.name.removesuffix(".sql") for f in folder.iterdir() if f.name[0] != "_"))


@cache
def get(name: str) -> Mart:
    """Return a mart.

    Raises
    ------
    UnknownTable
        If there is none of this name.
    """
    if not isinstance(name, str):
        raise UnknownTable(
            f"A mart is named by a text, such as 'purchases'; found a {type(name).__name__}."
        )
    if name not in names():
        hint = did_you_mean(name, names())
        if name in schema.names():
            hint = f" '{name}' is a table: ins.describe('{name}') tells its columns."
        raise UnknownTable(f"There is no mart called '{name}'.{hint}")
    text = (files("insights.store") / "marts" / f"{name}.sql").read_text("utf-8")
    header = [line for line in text.splitlines() if line.startswith("--")]
    columns = tuple(
        MartColumn(*match.groups()) for line in header if (match := _COLUMN.match(line))
    )
    grain = " ".join(line[3:] for line in header if not _COLUMN.match(line)).strip()
    return Mart(name, text, grain, columns, relations(text))


def relations(sql: str) -> frozenset[str]:
    """Return the names of the relations that a query reads and does not define itself.

    Raises
    ------
    DataError
        If it is not one valid SELECT.
    """
    read, defined = set(), set()
    for node in nodes(parsed(sql)):
        if node.get("type") == "BASE_TABLE":
            read.add(node["table_name"].lower())
        defined |= {entry["key"].lower() for entry in node.get("cte_map", {}).get("map", [])}
    # WITH orders AS (SELECT ... FROM orders) reads what it hides.
    return frozenset(read - (defined - {*schema.names(), *names()}))


def parsed(sql: str) -> Any:
    """Return the tree of a question; `nodes` walks it.

    Raises
    ------
    DataError
        If it is not one valid SELECT.
    """
    if not isinstance(sql, str):
        raise DataError(f"A question is a text in SQL; found a {type(sql).__name__}.")
    asked = _parser(os.getpid()).execute("SELECT json_serialize_sql(?)", [sql]).fetchone()[0]
    tree = json.loads(asked)
    if tree["error"] and tree["error_type"] == "parser":
        raise DataError(f"The query is not valid SQL: {tree['error_message']}")
    if tree["error"]:
        first = sql.split(maxsplit=1)[0].upper()
        told = f"; found {first}" if first.isalpha() and first not in {"SELECT", "WITH"} else ""
        raise DataError(f"A question is one SELECT, without PIVOT{told}.")
    if (many := len(tree["statements"])) != 1:
        found = f"{many} statements: ask them one by one" if many else "none"
        raise DataError(f"A question is one SELECT; found {found}.")
    return tree


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield every node of a tree, outer ones first."""
    if isinstance(tree, dict):
        yield tree
    for branch in tree.values() if isinstance(tree, dict) else tree:
        if isinstance(branch, dict | list):
            yield from nodes(branch)


def with_marts(sql: str) -> str:
    """Return the query with every mart that it reads, directly or not, defined before it."""
    sql = sql.strip().rstrip(";")
    needed = _order(relations(sql))
    if not needed:
        return sql
    before = ",\n".join(f"{name} AS (\n{get(name).sql}\n)" for name in needed)
    # Its own WITH stays inside, so that its names cannot clash with those of a mart.
    return f"WITH {before}\nSELECT * FROM (\n{sql}\n)"


def tables_read(names_read: Iterable[str]) -> set[str]:
    """Return the canonical tables that a set of relations comes down to."""
    found: set[str] = set()
    for name in names_read:
        found |= tables_read(get(name).reads) if name in names() else {name} & set(schema.names())
    return found


def _order(wanted: Iterable[str], seen: tuple[str, ...] = ()) -> list[str]:
    """Marts in an order in which each comes after those it reads."""
    ordered: list[str] = []
    for name in sorted(n for n in wanted if n in names()):
        if name in seen:
            raise UnknownTable(f"The mart '{name}' reads itself: {' -> '.join((*seen, name))}.")
        for needed in [*_order(get(name).reads, (*seen, name)), name]:
            if needed not in ordered:
                ordered.append(needed)
    return ordered


@cache
def _parser(process: int) -> Any:
    """Return an empty database to parse with, one a process: none survives a fork."""
    import duckdb  # noqa: PLC0415 - see `engine.connect`

    return duckdb.connect()
