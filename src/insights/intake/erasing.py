"""Erasing: a person's records are taken out of files as received, the others left as they were.

A record is somebody's if it has one of their ids, their phone in whatever way it is written, or the
number of one of their orders. Text and JSON are written again without such records. What cannot be
written again record by record (a workbook, an archive) is removed if it has one, or if that cannot
be ruled out.
"""

import codecs
import csv
import io
import json
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal

from insights.intake.keys import IdKey
from insights.intake.reading.layout import delimiter_of, first_records
from insights.intake.vault import Entry, Vault

Outcome = Literal["untouched", "rewritten", "removed"]

_TEXT = frozenset({".csv", ".txt", ".tsv", ""})
_JSON = frozenset({".json", ".jsonl", ".ndjson"})
_BOOK = frozenset({".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"})
_BOMS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_PHONES = re.compile(r"(?<!\d)(?:(?:\+|00)?86)?[\s\-()]*(1[3-9](?:[\s\-]?\d){9})(?!\d)")
_LEAST = 4  # A shorter id, such as member 7, is no mark of a person in a file of other numbers.
_MOST_BYTES = 2 << 30  # Of an unpacked archive; a larger one is not searched but removed.
_DEPTH = 3
_BEGINNING = 1 << 20  # So many characters tell what stands between cells.


@dataclass
class Person:
    """What tells a record of one person: ids and order numbers as written, phones by their id."""

    marks: Collection[str]
    phones: Collection[str]
    key: IdKey = field(repr=False)

    def __post_init__(self) -> None:
        marks = sorted(
            (re.escape(m) for m in self.marks if len(m) >= _LEAST), key=len, reverse=True
        )
        inside = "|".join(marks)
        self._marks = (
            re.compile(rf"(?<![0-9A-Za-z_-])(?:{inside})(?![0-9A-Za-z_-])") if marks else None
        )
        self._seen: dict[str, bool] = {}

    def is_in(self, text: str) -> bool:
        """Whether a text has something of the person."""
        if not text.isascii():
            text = unicodedata.normalize("NFKC", text)
        if self._marks and self._marks.search(text):
            return True
        return any(self._has(re.sub(r"\D", "", found[1])) for found in _PHONES.finditer(text))

    def _has(self, mobile: str) -> bool:
        if mobile not in self._seen:
            self._seen[mobile] = self.key.digest(mobile) in self.phones
        return self._seen[mobile]


def erase(vault: Vault, entry: Entry, person: Person) -> Outcome:
    """Take a person's records out of one file of the vault."""
    with vault.open(entry.sha256) as stream:
        if not _may_hold(stream, entry.suffix, person):
            return "untouched"
        stream.seek(0)
        rest = _without(stream, entry.suffix, person)
    if rest is None:
        vault.remove(entry)
        return "removed"
    vault.replace(entry, lambda out: _write(out, rest))
    return "rewritten"


def _write(out: BinaryIO, pieces: list[bytes]) -> None:
    for piece in pieces:
        out.write(piece)


def _may_hold(stream: BinaryIO, suffix: str, person: Person, depth: int = 0) -> bool:
    """Whether a file has something of the person; True where that cannot be told."""
    try:
        if suffix in _TEXT | _JSON:
            return any(person.is_in(text) for text in _pieces(stream))
        if suffix in _BOOK:
            return any(person.is_in(text) for text in _cells(stream))
        if suffix == ".zip" and depth < _DEPTH:
            with zipfile.ZipFile(stream) as packed:
                if sum(member.file_size for member in packed.infolist()) > _MOST_BYTES:
                    return True
                return any(
                    person.is_in(member.filename)
                    or _may_hold(
                        io.BytesIO(packed.read(member)), _suffix(member.filename), person, depth + 1
                    )
                    for member in packed.infolist()
                    if not member.is_dir()
                )
    except Exception:  # noqa: BLE001, RUF100 - whatever is wrong with it, it cannot be told
        return True
    return True


def _without(stream: BinaryIO, suffix: str, person: Person) -> list[bytes] | None:
    """Return the content without the person's records; None if it cannot be written again."""
    try:
        codec = codec_of(stream)
        with _text(stream, codec) as text:
            if suffix in _TEXT:
                return [record.encode(codec) for record in _others(text, person)]
            if suffix in _JSON:
                rest = _json_without(text.read(), person)
                return None if rest is None else [rest.encode(codec)]
    except (csv.Error, ValueError):
        pass
    return None


@contextmanager
def _text(stream: BinaryIO, codec: str) -> Iterator[io.TextIOWrapper]:
    """Read a stream as text, and leave it open."""
    text = io.TextIOWrapper(stream, codec, newline="")
    try:
        yield text
    finally:
        text.detach()


def _json_without(text: str, person: Person) -> str | None:
    mark = "\ufeff" * text.startswith("\ufeff")
    try:
        rest = _pruned(json.loads(text.removeprefix("\ufeff")), person)
    except json.JSONDecodeError:
        lines = text.splitlines(keepends=True)
        return "".join(line for line in lines if not person.is_in(line))
    said = json.dumps(rest, ensure_ascii=False)
    return None if person.is_in(said) else mark + said


def _pruned(node: Any, person: Person) -> Any:
    if isinstance(node, list):
        return [one for one in node if not person.is_in(json.dumps(one, ensure_ascii=False))]
    if isinstance(node, dict):
        return {name: _pruned(value, person) for name, value in node.items()}
    return node


def suffix_is_text(suffix: str) -> bool:
    """Whether a file of this suffix is delimited text, which is written again record by record."""
    return suffix in _TEXT


def codec_of(stream: BinaryIO) -> str:
    """Return the encoding of a text, and put the stream back to its start.

    Raises
    ------
    ValueError
        If it is neither UTF-8 nor GB18030 nor UTF-16.
    """
    head = stream.read(4)
    stream.seek(0)
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    for name in ("utf-8", "gb18030"):
        try:
            decoder = codecs.getincrementaldecoder(name)()
            while piece := stream.read(1 << 20):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        finally:
            stream.seek(0)
        return name
    raise ValueError("neither UTF-8 nor GB18030 nor UTF-16")


def _pieces(stream: BinaryIO) -> Iterator[str]:
    """Yield a text some lines at a time: all records of a file are not looked at one by one."""
    with _text(stream, codec_of(stream)) as text:
        while lines := text.readlines(1 << 20):
            yield "".join(lines)


def _others(text: io.TextIOWrapper, person: Person) -> Iterator[str]:
    """Yield the records that are not the person's.

    No header has a person in it; where one seems to, it goes all the same. So do pieces of a row
    that stand beside one of the person's: whose they are cannot be told.
    """
    pieces: list[str] = []
    gone = False
    for record, is_row in _records(text):
        if not is_row:
            pieces.append(record)
            continue
        hers = person.is_in(record)
        if not (gone or hers or any(map(person.is_in, pieces))):
            yield from pieces
        if not hers:
            yield record
        pieces, gone = [], hers
    if not (gone or any(map(person.is_in, pieces))):
        yield from pieces


def _records(text: io.TextIOWrapper) -> Iterator[tuple[str, bool]]:
    """Yield the records of a delimited text as they are written, and whether each is a whole row.

    The pieces of a row that a line break outside of quotation marks has torn are one record: a
    name may stand in one, and what tells whose it is in another.
    """
    beginning = text.read(_BEGINNING)
    whole = len(beginning) < _BEGINNING
    text.seek(0)
    delimiter = delimiter_of(beginning, whole=whole)
    head = first_records(beginning, delimiter, whole=whole)
    usual = Counter(map(len, head)).most_common(1)[0][0] if head else 1
    torn: list[str] = []
    cells = 1  # A piece begins with the cell that the one before it ends with.
    for record, width in _written(text, delimiter):
        if width >= usual:
            yield from ((piece, False) for piece in torn)
            yield record, True
        elif cells + width - 1 < usual:
            torn.append(record)
            cells += max(width, 1) - 1
            continue
        else:
            yield "".join([*torn, record]), True
        torn, cells = [], 1
    yield from ((piece, False) for piece in torn)


def _written(text: io.TextIOWrapper, delimiter: str) -> Iterator[tuple[str, int]]:
    """Yield the records of a text as they are written, and how many cells each has."""
    held: list[str] = []

    def lines() -> Iterator[str]:
        for line in text:
            held.append(line)
            yield line.replace("\0", "")

    csv.field_size_limit(1 << 30)
    for cells in csv.reader(lines(), delimiter=delimiter):
        yield "".join(held), len(cells)
        held.clear()


def _cells(stream: BinaryIO) -> Iterator[str]:
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 - only where there is a workbook

    book = CalamineWorkbook.from_filelike(stream)
    for name in book.sheet_names:
        yield name
        for row in book.get_sheet_by_name(name).iter_rows():
            yield " \x1f ".join(_shown(cell) for cell in row)


def _shown(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _suffix(name: str) -> str:
    return name[name.rfind(".") :].lower() if "." in name else ""
