"""The declared tables: `declared/<name>.toml` read once, checked and kept."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import ValidationError

from insights.errors import InsightsError, UnknownTable, did_you_mean
from insights.schema.model import Table

ORDER = (
    "customers",
    "identities",
    "contacts",
    "memberships",
    "products",
    "staff",
    "orders",
    "order_lines",
    "refunds",
    "contents",
    "touches",
    "daily_metrics",
    "campaigns",
    "costs",
    "targets",
    "assignments",
    "identity_links",
)


class DeclarationError(InsightsError):
    """A table's TOML file says something that cannot be."""


def names() -> tuple[str, ...]:
    """Return the names of the canonical tables: people, goods and place, trade, touch, operations.

    Examples
    --------
    >>> names()[:2]
    ('customers', 'identities')
    """
    return ORDER


def get(name: str) -> Table:
    """Return a canonical table by name.

    Raises
    ------
    UnknownTable
        If there is none of this name; the message names the nearest.

    Examples
    --------
    >>> get("orders").key
    ('order_id',)
    """
    if not isinstance(name, str):
        raise UnknownTable(
            f"A table is named by a text, such as 'orders'; found a {type(name).__name__}."
        )
    if name not in ORDER:
        hint = did_you_mean(name, ORDER) or f" Known: {', '.join(ORDER)}."
        raise UnknownTable(f"There is no table called '{name}'.{hint}")
    return _declared(name)


@cache
def _declared(name: str) -> Table:
    return read(name, (files("insights.schema") / "declared" / f"{name}.toml").read_text("utf-8"))


def read(name: str, text: str) -> Table:
    """Read a declaration.

    Parameters
    ----------
    name : str
        The table's name, which is the file's.
    text : str
        TOML: the table's own values, then `[columns.<name>]` and `[rules.<name>]`.

    Raises
    ------
    DeclarationError
        If it is not valid; the message names each wrong value.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DeclarationError(f"{name}.toml is not valid TOML: {error}.") from error
    try:
        parts = {part: _named(found.pop(part, {})) for part in ("columns", "rules")}
        return Table.model_validate({**found, **parts, "name": name})
    except (ValidationError, InsightsError) as error:
        raise DeclarationError(
            f"{name}.toml declares what cannot be: {_told(error, parts)}."
        ) from error


def _named(tables: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**values, "name": name} for name, values in tables.items()]


def _told(error: Exception, parts: dict[str, list[dict[str, Any]]]) -> str:
    """Say each finding of pydantic with the column's or rule's name in place of its position."""
    if not isinstance(error, ValidationError):
        return str(error).rstrip(".")
    said = []
    for finding in error.errors():
        where = list(finding["loc"])
        if len(where) > 1 and where[0] in parts and isinstance(where[1], int):
            where[1] = parts[str(where[0])][where[1]]["name"]
        said.append(f"{'.'.join(map(str, where)) or 'the table'}: {finding['msg']}")
    return "; ".join(said)
