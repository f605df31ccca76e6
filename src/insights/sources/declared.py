"""Declared adapters: the TOML of one is read strictly, and all that is wrong is said together."""

import hashlib
import tomllib
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from insights import schema
from insights.errors import did_you_mean
from insights.sources import values
from insights.sources.adapter import KINDS, WORDS, Adapter, AdapterError, Block
from insights.sources.contradictions import contradictions
from insights.sources.values import Value

_NOT_SECTIONS = {"kinds", "unread", "blocks", "version", "spellings"}


def read(name: str, text: str) -> Adapter:
    """Read an adapter's declaration.

    Parameters
    ----------
    name : str
        Its file, as messages say it: `douyin/orders.toml`.
    text : str
        The TOML.

    Raises
    ------
    AdapterError
        If it is not valid; the message names everything that is wrong.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise AdapterError(f"{name} is not valid TOML: {error}.") from error
    wrong: list[str] = []
    adapter = None
    attributes = _understood("attributes", found.pop("attributes", {}), wrong)
    blocks = list(_blocks(found, wrong))
    kinds, unread = _columns(found.pop("columns", {}), found.get("words", {}), wrong)
    try:
        adapter = Adapter.model_validate(
            {
                **found,
                "kinds": kinds,
                "attributes": attributes,
                "unread": unread,
                "blocks": blocks,
                "version": hashlib.sha256(text.encode()).hexdigest()[:12],
            }
        )
    except ValidationError as error:
        wrong += [_said(finding) for finding in error.errors()]
    if adapter is not None:
        wrong += contradictions(adapter)
    if wrong or adapter is None:
        listed = "".join(f"\n  {one}" for one in dict.fromkeys(wrong))
        raise AdapterError(f"{name} declares what cannot be:{listed}")
    return adapter


def _blocks(found: dict[str, Any], wrong: list[str]) -> Iterator[Block]:
    """Take the tables out of what was found."""
    sections = {*Adapter.model_fields, "columns", "aliases"} - _NOT_SECTIONS
    for table in [name for name in found if name not in sections]:
        tables = found.pop(table)
        if table not in schema.names():
            hint = did_you_mean(table, {*schema.names(), *sections})
            wrong.append(f"[{table}]: there is no such table or section.{hint}")
            continue
        several = isinstance(tables, list)
        for number, declared in enumerate(tables if several else [tables], start=1):
            place = f"{table}[{number}]" if several else table
            where, metrics = declared.pop("where", None), declared.pop("metrics", None)
            given = [(declared, where)]
            if (
                metrics is not None
            ):  # Each metric of a wide row is a row of its own, if it is known.
                given = [
                    (
                        {**declared, "metric": {"value": metric}, "value": value},
                        " AND ".join(filter(None, (where, f'"{_header(value)}" IS NOT NULL'))),
                    )
                    for metric, value in metrics.items()
                ]
            for one, rows in given:
                understood = _understood(place, one, wrong)
                yield Block(table=table, place=place, values=understood, where=rows)


def _header(value: Any) -> Any:
    """Return the header of a metric, which may be said with how its rows become one."""
    return next(iter(value.values()), "") if isinstance(value, dict) else value


def _understood(place: str, declared: dict[str, Any], wrong: list[str]) -> dict[str, Value]:
    found = {}
    for column, value in declared.items():
        try:
            found[column] = values.read(value)
        except ValueError as error:
            wrong.append(f"{place}.{column}: {error}")
    return found


def _columns(
    found: dict[str, Any], words: dict[str, Any], wrong: list[str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return what each header holds, and those that are known and never read."""
    kinds: dict[str, str] = {}
    unread: tuple[str, ...] = ()
    declared = [*found.items(), (WORDS, list(words))]
    for kind, headers in declared:
        if not isinstance(headers, list) or not all(isinstance(h, str) for h in headers):
            wrong.append(f"columns.{kind}: must be a list of headers (found {headers!r})")
        elif kind == "unread":
            unread = tuple(headers)
        elif kind not in {*KINDS, WORDS}:
            hint = did_you_mean(kind, {*KINDS, "unread"})
            wrong.append(f"columns.{kind}: there is no such kind of column.{hint}")
        else:
            for header in headers:
                if header in kinds:
                    wrong.append(f"columns.{kind}: '{header}' is declared as {kinds[header]}, too")
                kinds[header] = kind
    wrong += [f"columns.unread: '{h}' is read" for h in unread if h in kinds]
    return kinds, unread


def _said(finding: Any) -> str:
    place = ".".join(str(part) for part in finding["loc"])
    if finding["type"] == "extra_forbidden":
        return f"{place}: there is no such key"
    return f"{place}: {finding['msg'].removeprefix('Value error, ')} (found {finding['input']!r})"
