"""Contradictions: what of an adapter's declaration does not fit together, or not the tables?"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from insights import schema
from insights.errors import did_you_mean
from insights.sources import values
from insights.sources.adapter import (
    ATTRIBUTES,
    EXPORTED_AT,
    ID_TYPES,
    MONEY,
    REFERENCES,
    TIMES,
    WORDS,
    Adapter,
    Block,
    Conditional,
    Scope,
    inherited,
)
from insights.sources.values import Aggregate, First, Header, Literal, Share, Sql, Template, Value

# What a column of each type can be made of.
_FITTING: dict[str, tuple[str, ...]] = {
    "id": ("id", "card", "text", WORDS, "scope"),
    "text": ("id", "card", "text", WORDS, "scope"),
    "enum": (WORDS, "scope"),
    "money": MONEY,
    "number": ("number", *MONEY),
    "share": ("percent", "number"),
    "integer": ("number",),
    "boolean": ("flag",),
    "timestamp": TIMES,
    "day": TIMES,
    "texts": (),
}


def contradictions(adapter: Adapter) -> Iterator[str]:
    """Yield everything that does not fit together."""
    known = {**adapter.kinds, **dict.fromkeys(adapter.scope, "scope")}
    known |= {**dict.fromkeys(adapter.derive, "derived"), EXPORTED_AT: "time"}

    def unknown(place: str, names: tuple[str, ...]) -> Iterator[str]:
        for name in names:
            if name not in known:
                hint = did_you_mean(name, known)
                yield f"{place}: '{name}' is no column of [columns], [scope] or [derive].{hint}"

    readable = {name: kind for name, kind in adapter.kinds.items() if kind != "private"}
    for place, headers in (
        ("detect.require", adapter.detect.require),
        ("detect.expect", adapter.detect.expect),
        ("aliases", tuple(adapter.spellings)),
        *((f"scope.{name}.columns", scope.columns) for name, scope in adapter.scope.items()),
    ):
        for header in headers:
            if header not in adapter.kinds:
                hint = did_you_mean(header, adapter.kinds)
                yield f"{place}: '{header}' is not in [columns].{hint}"
    yield from _of_facts(adapter)
    yield from unknown("rows.totals", tuple(adapter.rows.totals.values()))
    yield from unknown("rows.whole", values.quoted_names(adapter.rows.whole))
    if (changed := adapter.rows.changed_at) and adapter.kinds.get(changed) not in TIMES:
        yield f"rows.changed_at: '{changed}' is no column of times"
    for name, sql in chain(adapter.derive.items(), adapter.rows.skip.items()):
        yield from unknown(f"derive or rows.skip, '{name}'", values.quoted_names(sql))
    for header, words in adapter.words.items():
        for word, meaning in words.items():
            if isinstance(meaning, Conditional):
                names = values.quoted_names(meaning.condition)
                yield from unknown(f"words.{header}.{word}.if", names)
    yield from _of_identity(adapter, unknown)
    yield from _of_attributes(adapter, {**known, **readable}, unknown)
    if not adapter.blocks:
        yield "it fills no table: add one, such as [orders]"
    for block in adapter.blocks:
        yield from _of_block(adapter, block, {**known, **readable}, unknown)


def _of_facts(adapter: Adapter) -> Iterator[str]:
    """Yield what is wrong in [source], [detect] and [scope]."""
    if len(adapter.source.unproven) != len(adapter.source.unproven_en):
        yield "source.unproven: say each sentence in both languages, in the same order"
    if adapter.format != "json" and (adapter.detect.each or adapter.detect.root):
        yield "detect.each: only JSON has lists of rows, and paths with a root"
    if not (adapter.detect.lists and adapter.detect.roots):
        yield "detect.each: an empty list says nothing"
    for name, scope in adapter.scope.items():
        yield from _of_scope(f"scope.{name}", scope)


def _of_identity(adapter: Adapter, unknown: Any) -> Iterator[str]:
    identity = adapter.identity
    if identity is None:
        return
    types = tuple(one.type for one in identity.ids)
    for one in identity.ids:
        if one.type not in ID_TYPES:
            yield f"identity.ids: there is no kind '{one.type}'.{did_you_mean(one.type, ID_TYPES)}"
        yield from unknown(f"identity.ids.{one.type}", (one.column,))
        holes = (piece for piece, is_hole in Template(one.namespace).parts if is_hole)
        yield from unknown(f"identity.ids.{one.type}.namespace", tuple(holes))
        if (one.type == "phone") != (adapter.kinds.get(one.column) == "phone"):
            yield f"identity.ids.{one.type}: a phone is a column of columns.phone, nothing else is"
    yield from unknown("identity.at", (identity.at,))
    if identity.anchor and identity.anchor not in types:
        hint = did_you_mean(identity.anchor, types)
        yield f"identity.anchor: '{identity.anchor}' is none of its ids.{hint}"
    if identity.snapshot and not identity.anchor:
        yield "identity.anchor: a snapshot needs it, or evidence that is gone cannot be told"


def _of_scope(place: str, scope: Scope) -> Iterator[str]:
    try:
        re.compile(scope.pattern)
    except re.error as error:
        yield f"{place}.pattern: is no regular expression: {error}"
        return
    if scope.default and not scope.takes(scope.default):
        yield f"{place}.default: '{scope.default}' is not {scope.form}"


def _of_attributes(adapter: Adapter, known: dict[str, str], unknown: Any) -> Iterator[str]:
    if adapter.attributes and not adapter.identity:
        yield "attributes: whose are they? Add [identity]"
    for name, value in adapter.attributes.items():
        place = f"attributes.{name}"
        if name not in ATTRIBUTES:
            yield f"{place}: there is no such attribute.{did_you_mean(name, ATTRIBUTES)}"
            continue
        yield from unknown(place, values.columns_of(value))
        if isinstance(value, Aggregate | Share):
            yield f"{place}: each record says it by itself"
        column = schema.get("customers").column(name)
        yield from _of_kinds(adapter, column, value, known, place)


def _of_block(adapter: Adapter, block: Block, known: dict[str, str], unknown: Any) -> Iterator[str]:
    table = schema.get(block.table)
    columns = {column.name: column for column in table.columns}
    if block.where:
        yield from unknown(f"{block.place}.where", values.quoted_names(block.where))
    filled = {*block.values, *inherited(adapter, block), *(REFERENCES if adapter.identity else ())}
    for column in table.columns:
        if column.required and column.name not in filled and column.type != "boolean":
            yield f"{block.place}: '{column.name}' is required, and nothing fills it"
    for name, value in block.values.items():
        place = f"{block.place}.{name}"
        if name not in columns:
            yield f"{place}: the table has no such column.{did_you_mean(name, columns)}"
            continue
        yield from unknown(place, values.columns_of(value))
        yield from _of_other_files(adapter, block, columns[name], value, place)
        yield from _of_kinds(adapter, columns[name], value, known, place)
        yield from _of_grouping(block, columns[name], value, place)


def _of_other_files(
    adapter: Adapter, block: Block, column: schema.Column, value: Value, place: str
) -> Iterator[str]:
    """Yield where lines cannot take from their orders what they should."""
    orders = {one.name: one.type for one in schema.get("orders").columns}
    for name in values.of_order(value):
        if block.table != "order_lines" or "orders" in adapter.tables:
            yield f"{place}: only lines in a file without orders take from those of another file"
        if name not in orders:
            yield f"{place}: an order has no '{name}'.{did_you_mean(name, orders)}"
        elif orders[name] != column.type:
            yield f"{place}: '{name}' of an order is {orders[name]}, which is no {column.type}"


def _of_kinds(
    adapter: Adapter, column: schema.Column, value: Value, known: dict[str, str], place: str
) -> Iterator[str]:
    """Yield where a column is made of what it cannot be made of."""
    operand = value.operand if isinstance(value, Aggregate) else value
    for used in values.columns_of(value):
        kind = known.get(used)
        if kind == "private":
            yield f"{place}: '{used}' is private; only [derive] may use it"
        elif isinstance(operand, Header | First):
            if kind not in {None, "derived", *_FITTING[column.type]}:
                yield f"{place}: '{used}' is declared as {kind}, which is no {column.type}"
            if column.type == "enum" and kind == WORDS:
                yield from _of_words(adapter, used, column, place)
            if column.type == "enum" and kind == "scope":
                yield from _of_scope_words(adapter, used, column, place)
    if isinstance(value, Literal) and column.values and value.value not in column.values:
        hint = did_you_mean(str(value.value), column.values)
        yield f"{place}: '{value.value}' is none of its words.{hint}"
    if isinstance(value, Share) and column.type != "money":
        yield f"{place}: only money has shares"


def _of_grouping(block: Block, column: schema.Column, value: Value, place: str) -> Iterator[str]:
    """Yield where it is not clear how many rows make one."""
    if isinstance(value, Aggregate) and (value.how == "rollup") != (column.name == "status"):
        yield f"{place}: the status of many rows is a rollup, and nothing else is"
    open_ = column.type in {"money", "boolean", "enum"} and column.name not in block.key
    if block.grouped and open_ and isinstance(value, Header | First | Sql):
        yield f"{place}: say how many rows make one: sum, once, any, all, rollup ..."
    if block.grouped and isinstance(value, Share):
        yield f"{place}: a share is a line's; many rows make one here"


def _of_scope_words(
    adapter: Adapter, name: str, column: schema.Column, place: str
) -> Iterator[str]:
    if not adapter.scope[name].words:
        yield f"scope.{name}.words: list what it can be, for it is all that {place} is made of"
    for word in adapter.scope[name].words:
        if word not in column.values:
            yield f"scope.{name}.words: '{word}' is no word of {place}."


def _of_words(adapter: Adapter, header: str, column: schema.Column, place: str) -> Iterator[str]:
    for word, meaning in adapter.words[header].items():
        meant = (
            (meaning.then, meaning.otherwise) if isinstance(meaning, Conditional) else (meaning,)
        )
        for one in meant:
            if one and one not in column.values:
                yield (
                    f"words.{header}.{word}: '{one}' is no word of {place}."
                    f"{did_you_mean(one, column.values)}"
                )
