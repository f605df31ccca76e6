"""Sheets: the pages of a workbook (.xlsx, .xlsb, .xls, .ods), each cell as the text it stands for.

Calamine reads what is there rather than what the sheet's dimension tag says, which is wrong in
exports of some consoles. A number that a sheet keeps as a float loses nothing here: what has lost
digits already is written so that it shows (6.917529027641082e+18).
"""

import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

import python_calamine as calamine

from insights.errors import UnreadableFile
from insights.intake.reading import trial
from insights.intake.reading.batches import Row, of_rows
from insights.intake.reading.joined import Joined
from insights.intake.reading.page import (
    HEAD,
    WRAPPED,
    Columns,
    Header,
    Limits,
    Page,
    RefusedRows,
    Stored,
    Unreadable,
)

_EXACT = 2**53  # Above it not every whole number is a float, so that digits may have been lost.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def pages(stored: Stored, limits: Limits) -> Iterator[Page | Unreadable]:
    """Yield the sheets of a workbook that hold anything.

    Raises
    ------
    UnreadableFile
        If it is protected by a password, damaged, too large, or all its sheets are empty.
    """
    workbook = _workbook(stored, limits, check=True)
    found = False
    for number, sheet in enumerate(workbook.sheets_metadata):
        if sheet.typ != calamine.SheetTypeEnum.WorkSheet:
            continue
        name = f"{stored.name} › {sheet.name}"
        try:
            rows = iter(_sheet(workbook, number, name).iter_rows())
        except UnreadableFile as error:
            found = True
            yield Unreadable.of(error)
            continue
        head = tuple(_texts(row) for _, row in zip(range(HEAD), rows, strict=False))
        if not any(any(cells) for cells in head) and next(rows, None) is None:
            continue
        found = True
        hidden = sheet.visible != calamine.SheetVisibleEnum.Visible
        stream = partial(_stream, stored, limits, number, name)
        yield Page(name, "sheet", "", stored.sha256, head, (), stream, hidden)
    if not found:
        raise UnreadableFile(
            stored.name, "empty", f"'{stored.name}' has no sheet with anything in it."
        )


def as_text(value: Any) -> str:  # noqa: PLR0911 - one a type
    """Return a cell as text.

    Examples
    --------
    >>> as_text(1930679858170647.0), as_text(6.917529027641082e18), as_text(12.5)
    ('1930679858170647', '6.917529027641082e+18', '12.5')
    """
    match value:
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return str(value) if abs(value) < _EXACT else as_text(float(value))
        case float() if value.is_integer() and abs(value) < _EXACT:
            return str(int(value))
        case float():
            text = repr(value)
            return text if abs(value) < _EXACT or "e" in text else f"{value:.16e}"
        case datetime():
            # A sheet counts in days, so that a second may come out as 0.9999996 of one.
            return f"{value + timedelta(microseconds=500_000):%Y-%m-%d %H:%M:%S}"
        case date():
            return f"{value:%Y-%m-%d} 00:00:00"
        case time():
            return f"{value:%H:%M:%S}"
        case timedelta():
            seconds = round(value.total_seconds())
            return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return "" if value is None else str(value)


def _stream(  # noqa: PLR0917 - bound where the page is made
    stored: Stored,
    limits: Limits,
    number: int,
    name: str,
    header: Header,
    columns: Columns,
    refused: RefusedRows,
) -> Iterator[Any]:
    """Yield the rows of a sheet; the workbook is opened again, so that no page holds one."""
    sheet = _sheet(_workbook(stored, limits), number, name)
    rows = iter(sheet.iter_rows())
    if header.merged:
        rows = _filled(rows, sheet, header.row)
    joined = Joined(name, header, [int(position) for position in columns])
    table = _table(rows, header, joined, refused)
    yield from of_rows(table, columns.values())


def _table(
    rows: Iterator[list[Any]], header: Header, joined: Joined, refused: RefusedRows
) -> Iterator[Row]:
    """Yield the rows after the header, of the positions wanted."""
    positions, below = joined.wanted, False
    for number, row in enumerate(rows, start=1):
        if number <= header.row:
            continue
        if header.ends and (below := below or as_text(row[0]).strip(WRAPPED) in header.ends):
            refused.keep_below(cell.strip(WRAPPED) for cell in map(as_text, row))
        cells: list[str | None] = [as_text(row[position]) for position in positions]
        if joined.may_be_header(cells) and joined.is_header(texts := _texts(row)):
            positions = joined.meet(number, texts)
            refused.add(number, "header_again")
        else:
            yield number, cells


def _texts(row: list[Any]) -> tuple[str, ...]:
    """Return a row as text, up to its last cell with anything in it."""
    cells = [as_text(value) for value in row]
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def _workbook(stored: Stored, limits: Limits, *, check: bool = False) -> Any:
    content = stored.bytes(limits.workbook_bytes, "a workbook")
    if content.startswith(b"\xd0\xcf") and _ENCRYPTED in content:
        raise _password(stored.name)
    if check:
        trial.stand(stored, content, limits)
    try:
        return _calling(stored.name, calamine.load_workbook, io.BytesIO(content))
    except calamine.PasswordError:
        raise _password(stored.name) from None


def _sheet(workbook: Any, number: int, name: str) -> Any:
    return _calling(name, workbook.get_sheet_by_index, number)


def _filled(rows: Iterator[list[Any]], sheet: Any, header_row: int) -> Iterator[list[Any]]:
    """Yield rows with each merged cell's value in all of its rows, and in no other.

    The file has it in the first row only; cells that are blank and not merged stay so.
    """
    left = sheet.start[1] if sheet.start else 0
    begins: dict[int, list[tuple[int, int]]] = {}
    for (top, column), (bottom, _) in sheet.merged_cell_ranges or ():
        if bottom > top >= header_row and column >= left:
            begins.setdefault(top, []).append((column - left, bottom))
    held: list[tuple[int, int, Any]] = []
    for number, row in enumerate(rows):
        held = [one for one in held if one[1] >= number]
        for column, _, value in held:
            row[column] = value
        held += [(at, last, row[at]) for at, last in begins.get(number, ()) if at < len(row)]
        yield row


def _calling(name: str, function: Any, *args: Any) -> Any:
    """Call the parser; it is native code that panics on some bytes, which is no Exception.

    Raises
    ------
    UnreadableFile
    """
    try:
        return function(*args)
    except calamine.PasswordError:
        raise
    except BaseException as error:
        known = isinstance(error, Exception) or type(error).__name__ == "PanicException"
        if not known or isinstance(error, MemoryError):
            raise
        raise UnreadableFile(
            name,
            "damaged",
            f"'{name}' cannot be read as a workbook: it is damaged. Export it again, or open it "
            "in Excel or WPS and save it as .xlsx.",
        ) from error


def _password(name: str) -> UnreadableFile:
    return UnreadableFile(
        name,
        "password",
        f"'{name}' is protected by a password. Open it with the password and save it without one.",
    )
