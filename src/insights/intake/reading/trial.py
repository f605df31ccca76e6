"""Trial: may a workbook be parsed here? The parser is native code that trusts what sizes it reads.

It makes room for every cell between the corners of a sheet, and where there is none it ends the
whole process. Sheets of .xlsx are looked through beforehand; the other, binary formats are parsed
once by a process of their own, with a memory limit, which may die of it.
"""

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from insights.errors import UnreadableFile
from insights.intake.reading.archives import DAMAGE
from insights.intake.reading.page import Limits, Stored

# Two plain patterns are four times as fast as one that tells cells from rows.
_COLUMN = re.compile(rb"""\br=["']([A-Z]{1,3})\d""")
_ROW = re.compile(rb"""\br=["'][A-Z]{0,3}(\d{1,7})["']""")
_SECONDS = 300
# What the parser says of bytes that it refuses is said again where they are read for good.
_PARSE = """
import io, sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]), int(sys.argv[1])))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
except (ImportError, OSError, ValueError):
    pass
import python_calamine
try:
    book = python_calamine.load_workbook(io.BytesIO(sys.stdin.buffer.read()))
    count = len(book.sheet_names)
except Exception:
    count = 0
for number in range(count):
    try:
        for row in book.get_sheet_by_index(number).iter_rows():
            pass
    except Exception:
        pass
"""


def stand(stored: Stored, content: bytes, limits: Limits) -> None:
    """Let a workbook stand trial.

    Raises
    ------
    UnreadableFile
        If parsing it would take more memory than there may be.
    """
    if content.startswith(b"PK") and _is_xlsx(content):
        columns, rows = max(_extents(content), key=lambda each: each[0] * each[1], default=(0, 0))
        if columns * rows > limits.sheet_cells:
            raise UnreadableFile(
                stored.name,
                "too_large",
                f"'{stored.name}' has a sheet of {rows:,} rows and {columns:,} columns; at most "
                f"{limits.sheet_cells:,} cells can be read. Delete what lies outside the table, or "
                "save it as CSV UTF-8.",
            )
    elif not _survived(content, limits):
        raise UnreadableFile(
            stored.name,
            "damaged",
            f"'{stored.name}' cannot be read as a workbook: it is damaged, or takes more than "
            f"{limits.parser_bytes >> 30} GB. Export it again, or open it in Excel or WPS and save "
            "it as .xlsx.",
        )


def _survived(content: bytes, limits: Limits) -> bool:
    command = [sys.executable, "-I", "-c", _PARSE, str(limits.parser_bytes)]
    try:
        subprocess.run(  # noqa: S603 - our own interpreter and our own words
            command, input=content, check=True, capture_output=True, timeout=_SECONDS
        )
    except (subprocess.SubprocessError, BrokenPipeError):
        return False
    return True


def _is_xlsx(content: bytes) -> bool:
    with suppress(*DAMAGE), zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "xl/workbook.xml" in archive.namelist()
    return False


def _extents(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield the last column and the last row of each sheet; of a damaged one the parser tells."""
    with suppress(*DAMAGE), zipfile.ZipFile(io.BytesIO(content)) as archive:
        for info in archive.infolist():
            if info.filename.endswith(".xml") and "sheet" in info.filename.lower():
                with suppress(*DAMAGE), archive.open(info) as part:
                    yield _extent(part)


def _extent(part: Any) -> tuple[int, int]:
    """Return the last column and the last row that a sheet's XML names."""
    letters: set[bytes] = set()
    rows, tail = 0, b""
    while block := part.read(1 << 20):
        text = tail + block
        letters.update(_COLUMN.findall(text))
        rows = max([rows, *map(int, set(_ROW.findall(text)))])
        tail = text[-20:]
    return max(map(_column, letters), default=0), rows


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
