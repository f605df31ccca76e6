"""Values: how does an adapter say what a canonical column is made of? One way for each thing.

A header; a template that joins headers to a key; the first of several headers that has a value; a
literal; an SQL expression; and, where many rows of a file make one row of a table, how they do.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# Where many rows make one. `once`: an amount that each row repeats; rows that differ are refused.
# `rollup`: the status of an order from those of its lines.
AGGREGATES = ("sum", "once", "rollup", "any", "all", "least", "greatest", "last")
POSITION = "#"  # In a template: the row's place among those of its order.

_HOLE = re.compile(r"\{([^{}]*)\}")
_IDENTIFIER = re.compile(r'"((?:[^"]|"")+)"')


@dataclass(frozen=True)
class Header:
    """The value of one column of the file."""

    name: str


@dataclass(frozen=True)
class First:
    """The first of several columns that has a value, row by row."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Template:
    """Text with holes for columns: `douyin:{shop}:{主订单编号}`; NULL if any of them is."""

    text: str

    @property
    def parts(self) -> Iterator[tuple[str, bool]]:
        """Yield each piece, and whether it is the name of a column."""
        for number, piece in enumerate(_HOLE.split(self.text)):
            if piece:
                yield piece, number % 2 == 1


@dataclass(frozen=True)
class Literal:
    """The same value in every row."""

    value: str | int | float | bool


@dataclass(frozen=True)
class Sql:
    """An expression in DuckDB's SQL over the file's columns, which stand in double quotes."""

    text: str


@dataclass(frozen=True)
class OfOrder:
    """A column of the line's order, which another file has, of this load or an earlier one."""

    name: str

    @property
    def column(self) -> str:
        """What it is called beside the columns of the file."""
        return f"order.{self.name}"


Plain = Header | First | Template | Literal | Sql | OfOrder


@dataclass(frozen=True)
class Aggregate:
    """One value of many rows."""

    how: str
    operand: Plain


@dataclass(frozen=True)
class Share:
    """A row's share of an amount that each row of its order repeats, to the cent."""

    of: Plain
    by: Plain


Value = Plain | Aggregate | Share


def read(found: Any) -> Value:
    """Understand a value as a TOML file has it.

    Raises
    ------
    ValueError
        If it is none; the message says what is possible.

    Examples
    --------
    >>> read("douyin:{shop}:{主订单编号}")
    Template(text='douyin:{shop}:{主订单编号}')
    >>> read({"sum": "运费"})
    Aggregate(how='sum', operand=Header(name='运费'))
    """
    if isinstance(found, dict):
        keys = set(found)
        if keys == {"share_of", "by"}:
            return Share(plain(found["share_of"]), plain(found["by"]))
        if len(keys) == 1 and (how := next(iter(keys))) in AGGREGATES:
            return Aggregate(how, plain(found[how]))
    return plain(found)


def plain(found: Any) -> Plain:
    """Understand a value of one row; see `read`."""
    match found:
        case str() if "{" in found:
            return Template(found)
        case str() if found:
            return Header(found)
        case [_, _, *_] if all(isinstance(name, str) and name for name in found):
            return First(tuple(found))
        case {"value": str() | int() | float() as value} if len(found) == 1:
            return Literal(value)
        case {"sql": str() as text} if len(found) == 1 and text.strip():
            return Sql(text)
        case {"order": str() as name} if len(found) == 1:
            return OfOrder(name)
    raise ValueError(
        "is no value: write a header, a template 'a:{header}', a list of two or more headers, "
        "{ value = ... }, { sql = '...' }, { order = ... }, { share_of = ..., by = ... } or one of "
        f"{', '.join(f'{{ {how} = ... }}' for how in AGGREGATES)}"
    )


def columns_of(value: Value) -> tuple[str, ...]:
    """Return the names of the file's columns that a value is made of."""
    match value:
        case Header(name):
            found: tuple[str, ...] = (name,)
        case First(found):
            pass
        case Template():
            found = tuple(p for p, is_hole in value.parts if is_hole and p != POSITION)
        case Sql(text):
            found = quoted_names(text)
        case Aggregate(_, operand):
            found = columns_of(operand)
        case Share(of, by):
            found = columns_of(of) + columns_of(by)
        case Literal() | OfOrder():
            found = ()
    return found


def of_order(value: Value) -> tuple[str, ...]:
    """Return the columns of the order that a value is made of."""
    match value:
        case OfOrder(name):
            return (name,)
        case Share(of, by):
            return of_order(of) + of_order(by)
        case Aggregate(_, operand):
            return of_order(operand)
    return ()


def quoted_names(sql: str) -> tuple[str, ...]:
    """Return what stands in double quotes in an expression, outside of its texts."""
    code = re.sub(r"'(?:[^']|'')*'", "''", sql)
    return tuple(name.replace('""', '"') for name in _IDENTIFIER.findall(code))


def plain_values(values: Mapping[str, Value]) -> dict[str, Plain]:
    """Return those values that one row gives by itself."""
    return {k: v for k, v in values.items() if not isinstance(v, Aggregate | Share)}
