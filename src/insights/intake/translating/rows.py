# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Rows: what does each row of a file say, cell by cell, and is it a record at all?

One pass over the stream: private values first, then every declared column read as what it holds,
into one parquet file. A row keeps the reasons against it (`_reasons`), why it is no record
(`_skip`), and the words that its adapter does not know.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from insights.errors import UnreadableFile
from insights.intake.translating import parsers
from insights.intake.translating.parsers import SQL_TYPES
from insights.settings import Brand, TestOrders
from insights.sources.adapter import KEYED, WORDS, Adapter, Conditional
from insights.store.engine import identifier, quoted

# Rows in which consoles add up what stands above.
FOOTERS = ("合计", "总计", "小计", "汇总", "共计")
_WRONG = {"yuan": "money", "fen": "money", "epoch_s": "time", "epoch_ms": "time"}
_PHONE = r"(?:^|[^0-9])(?:86)?(?P<mobile>1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4})(?:[^0-9]|$)"
IdsOf = Callable[[Any], Any]


@dataclass(frozen=True)
class Context:
    """What the rows of one file are read with: whose they are, and what was said beside it."""

    adapter: Adapter
    brand: Brand
    scope: Mapping[str, str | None]
    exported_at: datetime
    sheet: bool = False


def raw(number: int) -> str:
    """Name of the text of a declared column, as it comes from the file."""
    return f"_raw{number}"


def prepared(
    batches: Iterator[pa.RecordBatch],
    adapter: Adapter,
    ids_of: IdsOf | None,
    tell: Callable[[int], None],
) -> Iterator[pa.RecordBatch]:
    """Put keyed ids in the place of phones, and short names in the place of headers."""
    numbers = {header: number for number, header in enumerate(adapter.columns)}
    keyed = {header: kind for header, kind in adapter.kinds.items() if kind in KEYED}
    kinds = dict(zip(adapter.full(tuple(keyed)), keyed.values(), strict=True))
    done = 0
    for batch in batches:
        done += len(batch)
        tell(done)
        names, arrays = [], []
        for name, array in zip(batch.schema.names, batch.columns, strict=True):
            names.append(raw(numbers[name]) if name in numbers else name)
            if name not in kinds:
                arrays.append(array)
                continue
            ids = ids_of(array) if ids_of else pa.nulls(len(array), pa.string())
            if kinds[name] == "card" and ids_of:
                # Many a brand's card number is a phone, or has one in it; any other is kept.
                ids = pc.coalesce(ids, ids_of(_phones_in(array)), array)
            arrays.append(ids if ids_of or kinds[name] != "card" else array)
        yield pa.RecordBatch.from_arrays(arrays, names=names)


def _phones_in(array: pa.Array) -> pa.Array:
    """Return the mainland mobile that stands in a text, beside whatever else."""
    return pc.struct_field(pc.extract_regex(array.cast(pa.string()), pattern=_PHONE), "mobile")


def stored(
    connection: Any, batches: Iterator[pa.RecordBatch], context: Context, path: Path
) -> None:
    """Read every row of a stream into a parquet file.

    Raises
    ------
    UnreadableFile
        If the stream breaks off.
    """
    broken: list[UnreadableFile] = []  # The engine would make a defect of ours of it.
    first = next(batches, None)
    if first is None:
        first = pa.RecordBatch.from_pydict({"_row": pa.array([], pa.int64())})

    def all_of_them() -> Iterator[pa.RecordBatch]:
        yield first
        try:
            yield from batches
        except UnreadableFile as error:
            broken.append(error)
            raise

    reader = pa.RecordBatchReader.from_batches(first.schema, all_of_them())
    connection.register("stream", reader)
    try:
        connection.execute(
            f"COPY ({select(context, first.schema.names)}) TO {quoted(str(path))} "
            "(FORMAT parquet, COMPRESSION lz4_raw)"
        )
    except Exception:
        if broken:
            raise broken[0] from None
        raise
    finally:
        connection.unregister("stream")


def select(context: Context, present: list[str]) -> str:
    """Return the SELECT that reads the rows of `stream`, which has the columns `present`."""
    adapter = context.adapter
    cells, verdicts = _cells(context, present)
    simple = {h: _meaning(h, w) for h, w in adapter.words.items() if not _depends(w)}
    depending = {h: _meaning(h, w) for h, w in adapter.words.items() if _depends(w)}
    unknown = [
        f"CASE WHEN {_is_unknown(header, words)} THEN {identifier(header)} END AS _word{number}"
        for number, (header, words) in enumerate(adapter.words.items())
    ]
    private = [h for h, kind in adapter.kinds.items() if kind == "private"]
    left_out = ", ".join(identifier(h) for h in (*private, "_blank"))
    derived = [f"({sql}) AS {identifier(name)}" for name, sql in adapter.derive.items()]
    numbers = {raw(number): kind for number, kind in enumerate(adapter.kinds.values())}
    texts = [name for name in present if name in numbers and numbers[name] != "phone"]
    tidied = [f"{parsers.tidy(numbers[name], name)} AS {tidied_(name)}" for name in texts]
    held = _listed([one for name in texts for one in (name, tidied_(name))])
    # A level of its own for what is asked of values: within one they would be read once a question.
    levels = (
        f"SELECT {', '.join(cells)}{held}",
        f"SELECT *, {', '.join(verdicts)}",
        f"SELECT *{f' EXCLUDE ({held[2:]})' if held else ''}, {_found(adapter, texts)} AS _found",
        f"SELECT *{_replaced(simple)}{_listed(unknown)}",
        f"SELECT * {_listed(derived)}",
        f"SELECT *{_replaced(depending)}, {_is_test(context)} AS _is_test",
        f"SELECT * EXCLUDE ({left_out}), {_skip(adapter)} AS _skip",
    )
    query = f"SELECT *{_listed(tidied)} FROM stream"
    for level in levels:
        query = f"{level} FROM ({query})"
    return query


def tidied_(name: str) -> str:
    """Name of a declared column's text, made ready to be read."""
    return f"_tidy{name}"


def _cells(context: Context, present: list[str]) -> tuple[list[str], list[str]]:
    """Return each declared column as what it holds, with the scope; and what is wrong with them."""
    adapter = context.adapter
    cells, reasons, lost, texts = ["_row"], [], [], []
    for number, (header, kind) in enumerate(adapter.kinds.items()):
        text, name = raw(number), identifier(header)
        if text not in present:
            cells.append(f"CAST(NULL AS {SQL_TYPES.get(kind, 'VARCHAR')}) AS {name}")
            continue
        shown, zone = tidied_(text), context.brand.time_zone
        said = parsers.value(kind, text, shown, time_zone=zone, sheet=context.sheet)
        if kind == WORDS:
            said = parsers.word(said, tuple(adapter.words[header]))
        cells.append(f"{said} AS {name}")
        if kind == "phone":
            continue
        texts.append(text)
        if kind in SQL_TYPES:
            unread = parsers.says_something(kind, text, shown)
            reason = quoted(_reason(header, kind))
            reasons.append(f"CASE WHEN {name} IS NULL AND {unread} THEN {reason} END")
        if kind in {"id", "card"}:
            is_lost = f"{name} IS NULL AND {parsers.lost_digits(shown)}"
            lost.append(f"CASE WHEN {is_lost} THEN {quoted(header)} END")
    for name, scope in adapter.scope.items():
        given = context.scope.get(name)
        parts = [identifier(column) for column in scope.columns]
        parts.append(f"CAST({quoted(given) if given is not None else 'NULL'} AS VARCHAR)")
        cells.append(f"coalesce({', '.join(parts)}) AS {identifier(name)}")
    cells.append(f"TIMESTAMP {quoted(str(context.exported_at))} AS exported_at")
    unread = f"concat_ws(', ', {', '.join(reasons)})" if reasons else "''"
    named = f"nullif(concat_ws(', ', {', '.join(lost)}), '')" if lost else "NULL"
    # A CASE looks no further than the first text that says something.
    said = " OR ".join(f"trim({text}) <> ''" for text in texts) or "false"
    blank = f"CASE WHEN {said} THEN false ELSE true END"
    return cells, [f"{unread} AS _reasons", f"{named} AS _lost", f"{blank} AS _blank"]


def _found(adapter: Adapter, texts: list[str]) -> str:
    """Return the SQL of what stands in the cells that could not be read, as JSON by header."""
    cells = ", ".join(
        f"{{'key': {quoted(header)}, 'reason': {quoted(_reason(header, kind))}, "
        f"'text': {raw(number)}}}"
        for number, (header, kind) in enumerate(adapter.kinds.items())
        if raw(number) in texts and kind in SQL_TYPES
    )
    if not cells:
        return "NULL"
    # Within lambdas: what parts of a CASE have in common is worked out for every row beforehand,
    # which made reading a file cost half as much again.
    unread = "lambda cell: list_contains(string_split(_reasons, ', '), cell.reason)"
    there = f"list_filter(CASE WHEN _reasons <> '' THEN [{cells}] END, {unread})"
    shown = parsers.shown_of_anybody("cell.text")
    entries = f"list_transform({there}, lambda cell: {{'key': cell.key, 'value': {shown}}})"
    return f"to_json(map_from_entries({entries}))"


def _reason(header: str, kind: str) -> str:
    return f"{header}_not_{_WRONG.get(kind, kind)}"


def _skip(adapter: Adapter) -> str:
    """Return the SQL of why a row is no record; NULL if it is one."""
    looked_at = [
        f"CAST({identifier(h)} AS VARCHAR)"
        for h, kind in adapter.kinds.items()
        if kind in {"id", "card", "text", WORDS}
    ]
    lacks = " OR ".join(
        f"{identifier(h)} IS NULL" for h in adapter.detect.require if adapter.kinds[h] != "private"
    )
    footers = "|".join((*FOOTERS, *adapter.rows.footer))
    rules = "".join(
        f" WHEN ({sql}) THEN {quoted(reason)}" for reason, sql in adapter.rows.skip.items()
    )
    footer = ""
    if looked_at:
        text = f"concat_ws('|', {', '.join(looked_at)})"
        like = quoted(rf"(^|\|)\s*({footers})[:：]?(\||$)")
        found = f"regexp_matches({text}, {like})"
        footer = f"WHEN ({lacks}) AND {found} THEN 'footer'"
    return f"CASE WHEN _blank THEN 'blank' {footer}{rules} END"


def _meaning(header: str, words: Mapping[str, str | Conditional]) -> str:
    cases = []
    for word, meaning in words.items():
        if isinstance(meaning, Conditional):
            one = (
                f"CASE WHEN {meaning.condition} THEN {_word(meaning.then)} "
                f"ELSE {_word(meaning.otherwise)} END"
            )
        else:
            one = _word(meaning)
        cases.append(f"WHEN {quoted(word)} THEN {one}")
    return f"CASE {identifier(header)} {' '.join(cases)} END AS {identifier(header)}"


def _is_unknown(header: str, words: Mapping[str, str | Conditional]) -> str:
    known = parsers.listed((*words, *parsers.NOTHING))
    return f"{identifier(header)} NOT IN {known}"


def _depends(words: Mapping[str, str | Conditional]) -> bool:
    return any(isinstance(meaning, Conditional) for meaning in words.values())


def _is_test(context: Context) -> str:
    rules = [r for r in context.brand.test_orders if applies(r, context.adapter)]
    return " OR ".join(f"coalesce({_rule(rule)}, false)" for rule in rules) or "false"


def applies(rule: TestOrders, adapter: Adapter) -> bool:
    """Whether a brand's rule for test orders can be asked of a file."""
    named = rule.source in {"", adapter.name, adapter.source.name}
    known = {*adapter.kinds, *adapter.scope, *adapter.derive}
    return named and rule.column in known and adapter.kinds.get(rule.column) != "phone"


def _rule(rule: TestOrders) -> str:
    column = identifier(rule.column)
    if rule.contains:
        return f"contains(CAST({column} AS VARCHAR), {quoted(rule.contains)})"
    if rule.at_most is not None:
        return f"TRY_CAST({column} AS DOUBLE) <= {rule.at_most}"
    return f"CAST({column} AS VARCHAR) = {quoted(rule.equals)}"


def _word(word: str) -> str:
    return quoted(word) if word else "NULL"


def _replaced(expressions: Mapping[str, str]) -> str:
    return f" REPLACE ({', '.join(expressions.values())})" if expressions else ""


def _listed(expressions: list[str]) -> str:
    return "".join(f", {one}" for one in expressions)
