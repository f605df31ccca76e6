"""Files: what a file is, told by its bytes and never by its name, and the pages that it holds."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from insights.errors import UnreadableFile
from insights.intake.reading import archives, delimited, documents, sheets
from insights.intake.reading.page import LIMITS, Limits, Page, Stored, Unreadable
from insights.intake.reading.text import beginning, encoding_of

_SAVE_AS = "Open it in Excel or WPS and save it as .xlsx or as CSV UTF-8."
# What else consoles and people offer: the first bytes, what it is, and what to do.
_OTHERS = (
    (b"%PDF", "a PDF", "Export the table itself, as .xlsx or CSV."),
    (b"\x89PNG", "a picture", "Export the table itself, as .xlsx or CSV."),
    (b"\xff\xd8\xff", "a picture", "Export the table itself, as .xlsx or CSV."),
    (b"GIF8", "a picture", "Export the table itself, as .xlsx or CSV."),
    (b"Rar!", "a RAR archive", "Unpack it, or pack the files as .zip."),
    (b"7z\xbc\xaf", "a 7z archive", "Unpack it, or pack the files as .zip."),
    (b"\x1f\x8b", "a gzip archive", "Unpack it, or pack the file as .zip."),
    (b"PAR1", "a Parquet file", "Load it with `insights load`, or export it as CSV."),
    (b"SQLite format 3", "an SQLite database", "Export the table as CSV."),
)
_MARKUP = re.compile(r"\s*<(!doctype|html|head|body|table|meta|style|div|\?xml|!--)", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0e-\x19\x1b-\x1f\x7f]")
_MOST_CONTROL, _FEW_CONTROL = 0.01, 5  # of all characters, and in a file of three lines


def pages(path: Path, *, limits: Limits = LIMITS) -> Iterator[Page | Unreadable]:
    """Yield what a file holds, part by part: what can be read, and what cannot, with the reason.

    No bytes make it raise.

    Parameters
    ----------
    path : Path
        Delimited text, JSON, a workbook, or a zip archive of these; its name does not matter.
    limits : Limits

    Raises
    ------
    OSError
        If the file is not there or may not be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    size = path.stat().st_size
    opened = partial[AbstractContextManager[BinaryIO]](path.open, "rb")
    yield from _parts(Stored(path.name, digest.hexdigest(), size, opened), limits, limits.depth)


def _parts(stored: Stored, limits: Limits, depth: int) -> Iterator[Page | Unreadable]:
    try:
        with stored.open() as file:
            start = file.read(4096)
        if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            if depth < limits.depth:
                stored = archives.within(stored, limits)
            if archives.is_workbook(stored, limits):
                yield from sheets.pages(stored, limits)
            else:
                for member in archives.members(stored, limits, depth):
                    if isinstance(member, Unreadable):
                        yield member
                    else:
                        yield from _parts(member, limits, depth - 1)
        elif start.startswith(b"\xd0\xcf\x11\xe0"):
            yield from sheets.pages(stored, limits)
        else:
            yield _text(stored, start, limits)
    except UnreadableFile as error:
        yield Unreadable.of(error)


def _text(stored: Stored, start: bytes, limits: Limits) -> Page:
    """Return a page of text.

    Raises
    ------
    UnreadableFile
        If it is no text, or none that holds a table.
    """
    name = stored.name
    for magic, what, advice in _OTHERS:
        if start.startswith(magic):
            raise UnreadableFile(name, "unknown_format", f"'{name}' is {what}. {advice}")
    if b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        _refuse_binary(stored, start)
    encoding = encoding_of(stored)
    text, whole = beginning(stored, encoding)
    if whole and not text.strip("\ufeff \t\r\n\x1a"):
        raise UnreadableFile(name, "empty", f"'{name}' is empty. Export it again.")
    if len(_CONTROL.findall(text)) > _MOST_CONTROL * len(text) + _FEW_CONTROL:
        raise _no_table(name)
    if _MARKUP.match(text.lstrip("\ufeff")):
        what = "an XML file" if text.lstrip("\ufeff").lstrip().startswith("<?xml") else "a web page"
        raise UnreadableFile(
            name, "unknown_format", f"'{name}' is {what}, whatever its name says. {_SAVE_AS}"
        )
    if documents.is_json(text):
        return documents.page(stored, encoding, limits)
    return delimited.page(stored, encoding)


def _refuse_binary(stored: Stored, start: bytes) -> None:
    """Refuse bytes with NULs, unless they are few: those are damage, and cost their rows only.

    Raises
    ------
    UnreadableFile
    """
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) * 5 > len(start) // 2 and min(even, odd) * 10 < max(even, odd):
        raise UnreadableFile(
            stored.name,
            "encoding",
            f"'{stored.name}' seems to be UTF-16 without a byte order mark. Save it as CSV UTF-8.",
        )
    if (even + odd) * 20 > len(start):
        raise _no_table(stored.name)


def _no_table(name: str) -> UnreadableFile:
    return UnreadableFile(
        name,
        "unknown_format",
        f"'{name}' is none of the files that can be read: CSV, TSV, JSON, JSON lines, .xlsx, .xls, "
        "or a .zip of these. Export the table itself.",
    )
