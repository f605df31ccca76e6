"""Which column was meant? A slip in a query, said with the table it was asked of and the nearest.

The engine names candidates for a bare column only; most queries alias their tables.
"""

import re
from collections.abc import Iterator
from typing import Any

from insights import schema
from insights.errors import did_you_mean
from insights.store import marts

MOST_CANDIDATES = 6  # Of the functions that take other types; "+" alone has fifty.
_CANDIDATES = re.compile(r"\n\tCandidate functions:((?:\n\t.*)*)")
_NOT_THERE = re.compile(r'"([^"]+)" does not have a column named "([^"]+)"(.*)', re.DOTALL)


def said(query: str, error: Exception) -> str:
    """Return what a query failed by, with the nearest column where one was misspelled.

    Examples
    --------
    >>> slip = ValueError('Binder Error: Table "o" does not have a column named "chanel"')
    >>> said("SELECT o.chanel FROM orders o", slip)
    "'o' (orders) has no column 'chanel'. Did you mean 'channel'?"
    """
    found = _NOT_THERE.search(str(error))
    if not found:
        return _CANDIDATES.sub(_few, f"{error}")
    alias, column, where = found.groups()
    tree = marts.parsed(query)
    table = _behind(tree, alias)
    if table in schema.names():
        known = {one.name for one in schema.all_columns(schema.get(table))}
    elif table in marts.names():
        known = {one.name for one in marts.get(table).columns}
    else:  # A subquery or a WITH of the question's own: what it calls its columns stands in it.
        known = set(_named(tree)) - {column}
    whose = f"'{alias}'" if table in {"", alias.lower()} else f"'{alias}' ({table})"
    return f"{whose} has no column '{column}'.{did_you_mean(column, known)}{where}"


def _few(candidates: re.Match[str]) -> str:
    """Return the functions that would take other types, if they are few enough to be read."""
    return candidates[0] if candidates[1].count("\n") <= MOST_CANDIDATES else ""


def _behind(tree: Any, alias: str) -> str:
    """Return the table that an alias stands for; '' where it is a subquery."""
    for node in marts.nodes(tree):
        if node.get("type") != "BASE_TABLE":
            continue
        if alias.lower() in {node["alias"].lower(), node["table_name"].lower()}:
            return str(node["table_name"]).lower()
    return ""


def _named(tree: Any) -> Iterator[str]:
    """Names of columns in a query: those it reads and those it gives."""
    for node in marts.nodes(tree):
        if node.get("class") and node.get("alias"):
            yield node["alias"]
        if node.get("type") == "COLUMN_REF":
            yield node["column_names"][-1]
