"""Documents: JSON as pages, its records flattened to dotted paths, its numbers kept as written.

A file is records: the elements of a list, one object a line, or one object (an API's answer). A row
is an element of the list that `Header.each` names, such as "list[].order.lines[]"; what stands
above it is repeated in each of its rows.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from insights.errors import UnreadableFile
from insights.intake.reading.batches import Row, of_rows
from insights.intake.reading.page import (
    Columns,
    Header,
    Limits,
    Page,
    RefusedRows,
    Stored,
)
from insights.intake.reading.text import UNDECODABLE, beginning, chunks

_LOOKED_AT = 200  # Records whose keys are told.
_MOST_KEYS = 5_000  # A map keyed by ids is no table.
_LONGEST_LINE = 16 << 20  # characters
_BEGINS = re.compile(r"\ufeff?\s*(\{\s*[\"}]|\[\s*[\[{\"\]])")
_BETWEEN = re.compile(r"[\s\ufeff]*")
_SPACE = " \t\r\n\ufeff\x1a"

# Every number stays text: a long id must not lose digits, nor an amount its last zero.
_decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


def is_json(text: str) -> bool:
    """Return whether a text begins as JSON does."""
    return _BEGINS.match(text) is not None


def page(stored: Stored, encoding: str, limits: Limits) -> Page:
    """Return a JSON document, or JSON lines, as a page.

    Raises
    ------
    UnreadableFile
        If it is no JSON, or a document that is too large.
    """
    text, whole = beginning(stored, encoding)
    lined = _is_lined(text)
    if lined:
        lines = text.split("\n") if whole else text.split("\n")[:-1]
        looked_at = [each for line in lines[:_LOOKED_AT] if (each := _parsed(line)) is not None]
    else:
        looked_at = list(islice(_document(stored, encoding, limits), _LOOKED_AT))
    keys: dict[str, None] = {}
    for record in looked_at:
        _collect(record, "", keys)

    def stream(header: Header, columns: Columns, refused: RefusedRows) -> Iterator[Any]:
        records = _records(stored, encoding, limits, lined)
        rows = _rows(records, header.each, [str(path) for path in columns], refused)
        return of_rows(rows, columns.values())

    return Page(stored.name, "json", encoding, stored.sha256, (), tuple(keys), stream)


def _is_lined(text: str) -> bool:
    """Return whether the first line is an object of its own, and others follow."""
    first, _, rest = text.lstrip(_SPACE).partition("\n")
    if not first.startswith("{") or not rest.strip(_SPACE):
        return False
    # A first line that is cut or damaged is still one of many if the next one is an object.
    second = rest.lstrip(_SPACE).partition("\n")[0]
    return _parsed(first) is not None or (second.startswith("{") and _parsed(second) is not None)


def _parsed(line: str) -> Any:
    """Return the object on a line; None if there is none."""
    try:
        value = _decoder.decode(line.strip(_SPACE))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _document(stored: Stored, encoding: str, limits: Limits) -> list[Any]:
    """Return the records of a document that is one value.

    Raises
    ------
    UnreadableFile
    """
    parts: list[str] = []
    size = stored.size
    for text in chunks(stored, encoding):
        parts.append(text)
        size = max(size, sum(map(len, parts)))
        if size > limits.document_bytes:
            raise UnreadableFile(
                stored.name,
                "too_large",
                f"'{stored.name}' is one JSON document of more than {limits.document_bytes >> 20} "
                "MB. Write one object a line (JSON lines), which has no limit.",
            )
    text = "".join(parts).strip(_SPACE)
    values: list[Any] = []
    at = 0
    try:
        while at < len(text):
            value, at = _decoder.raw_decode(text, at)
            values.append(value)
            after = _BETWEEN.match(text, at)
            at = after.end() if after else at
    except (ValueError, RecursionError) as error:
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise UnreadableFile(
            stored.name,
            "damaged",
            f"'{stored.name}' begins as JSON and stops being it{where}: it is cut, or damaged. "
            "Export it again.",
        ) from None
    return values[0] if len(values) == 1 and isinstance(values[0], list) else values


def _collect(value: Any, path: str, keys: dict[str, None]) -> None:
    """Add the paths of a value's leaves, in the order in which they are met."""
    stack = [(value, path)]
    while stack and len(keys) < _MOST_KEYS:
        value, path = stack.pop()
        if isinstance(value, dict) and value:
            inner = [(each, f"{path}.{key}" if path else key) for key, each in value.items()]
            stack.extend(reversed(inner))
        elif isinstance(value, list):
            inner = [(each, f"{path}[]") for each in value[:_LOOKED_AT]]
            stack.extend(reversed(inner or [(None, f"{path}[]")]))
        elif path:
            keys.setdefault(path)


def _records(
    stored: Stored, encoding: str, limits: Limits, lined: bool
) -> Iterator[tuple[Any, str]]:
    """Yield each record, or the reason why there is none."""
    if not lined:
        for record in _document(stored, encoding, limits):
            yield record, "" if isinstance(record, dict) else "not_json"
        return
    for line, ends in _lines(stored, encoding):
        if not line.strip(_SPACE):
            continue
        record = _parsed(line)
        if record is not None:
            yield record, ""
        elif UNDECODABLE in line:
            yield None, "undecodable"
        else:
            yield None, "not_json" if ends else "cut_short"


def _lines(stored: Stored, encoding: str) -> Iterator[tuple[str, bool]]:
    """Yield lines, and whether they end."""
    left = ""
    for text in chunks(stored, encoding):
        *lines, left = (left + text).split("\n")
        yield from ((line, True) for line in lines)
        if len(left) > _LONGEST_LINE:
            raise UnreadableFile(
                stored.name,
                "too_large",
                f"'{stored.name}' has a line of more than {_LONGEST_LINE >> 20} MB. Write one "
                "object a line.",
            )
    if left:
        yield left, False


def _rows(
    records: Iterator[tuple[Any, str]], each: str, paths: list[str], refused: RefusedRows
) -> Iterator[Row]:
    """Yield the rows of records that can be kept."""
    shape = _Shape(each, paths)
    number = 0
    for record, reason in records:
        if reason:
            number += 1
            refused.add(number, reason)
            continue
        for cells, whole in shape.rows(record):
            number += 1
            if not _is_text("".join(cell for cell in cells if cell)):
                refused.add(number, "undecodable")
            elif whole:
                yield number, cells
            elif any(cell is not None for cell in cells):
                refused.add(number, "empty_list")


def _is_text(text: str) -> bool:
    """Return whether all of a text can be kept: half a character can be escaped in JSON."""
    if "\0" in text or UNDECODABLE in text:
        return False
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


class _Shape:
    """The rows of a record: what `each` names, with what stands above.

    Parameters
    ----------
    each : str
        Path of a list, through any number of lists; '' for the record itself.
    paths : list of str
        What a row has, in this order.
    """

    def __init__(self, each: str, paths: list[str]) -> None:
        # "a[].b.c[]" is the list "a[]" of the record, and the list "b.c[]" of each of its elements.
        lists = [f"{part}[]".removeprefix(".") for part in each.split("[]")[:-1]] if each else []
        self._width = len(paths)
        self._levels: list[tuple[list[tuple[int, list[str]]], list[str]]] = []
        above = ""
        taken: set[int] = set()
        owners: list[list[tuple[int, list[str]]]] = []
        prefixes = [""]
        for part in lists:
            above = f"{above}.{part}" if above else part
            prefixes.append(above)
        for prefix in reversed(prefixes):  # A path belongs to the innermost list that it is in.
            mine = [
                (at, _steps(path[len(prefix) :].removeprefix(".")))
                for at, path in enumerate(paths)
                if at not in taken
                and (not prefix or path == prefix or path.startswith(f"{prefix}."))
            ]
            taken.update(at for at, _ in mine)
            owners.append(mine)
        for mine, part in zip(reversed(owners), [*lists, ""], strict=True):
            self._levels.append((mine, _steps(part)))

    def rows(self, record: Any) -> Iterator[tuple[list[str | None], bool]]:
        """Yield the cells of each row, and whether it is one: an empty list has only a parent."""
        yield from self._under(record, [None] * self._width, 0)

    def _under(
        self, value: Any, cells: list[str | None], level: int
    ) -> Iterator[tuple[list[str | None], bool]]:
        mine, steps = self._levels[level]
        cells = cells.copy()
        for at, path in mine:
            cells[at] = _as_text(_at(value, path))
        if level == len(self._levels) - 1:
            yield cells, True
            return
        elements = _at(value, steps)
        if not isinstance(elements, list) or not elements:
            yield cells, False
            return
        for element in elements:
            yield from self._under(element, cells, level + 1)


def _steps(path: str) -> list[str]:
    """Return the keys of a path; '[]' stands for the elements of a list, '[0]' for its first."""
    return [step for step in path.replace("[", ".[").split(".") if step]


def _at(value: Any, steps: list[str]) -> Any:
    """Return what stands at a path; through a list, the list of what stands there."""
    for number, step in enumerate(steps):
        if step == "[]":
            if not isinstance(value, list):
                return None
            rest = steps[number + 1 :]
            found = [_at(element, rest) for element in value]
            # Lists in lists are told as one.
            return [x for each in found for x in (each or [])] if "[]" in rest else found
        if step.startswith("[") and isinstance(value, list):
            at = int(step[1:-1])
            value = value[at] if at < len(value) else None
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)
