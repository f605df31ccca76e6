"""Sheets: a list as CSV and as a workbook, in which no cell acts and no phone is to be found.

A spreadsheet runs what begins with an equals sign; here text stays text: neutralised in CSV, and
typed as text in the workbook, which is written by hand because it is one sheet of plain cells.
"""

import csv
import math
import zipfile
from collections.abc import Sequence
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd

from insights.cleaning import clean
from insights.errors import DataError
from insights.results.groups import shown_groups
from insights.wording import say_value

if TYPE_CHECKING:
    from insights.results.result import Result

Cell = str | int | float | None
_ACTS = ("=", "+", "-", "@", "\t", "\r")  # A spreadsheet runs a cell that begins so.
_BOM = "\ufeff"  # Without it Excel reads Chinese as mojibake.
_EPOCH = (1980, 1, 1, 0, 0, 0)  # The same list is the same bytes.
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
    'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    "</Types>"
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def neutral(text: str) -> str:
    """Return a text cell that no spreadsheet executes.

    Examples
    --------
    >>> neutral("=HYPERLINK(1)")
    "'=HYPERLINK(1)"
    """
    cleaned = clean(text)
    begins = cleaned.lstrip("\ufeff \n\v\f\u00a0\u3000")
    # Full-width signs count too: Excel in Chinese takes ＝ for =.
    return "'" + cleaned if begins.startswith((*_ACTS, "＝", "＋", "－", "＠")) else cleaned


def as_csv(heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """Return a table as CSV for a spreadsheet.

    Examples
    --------
    >>> as_csv(["a", "b"], [["=1+1", 2.5]]).decode("utf-8-sig").split()
    ['a,b', "'=1+1,2.5"]
    """
    out = StringIO()
    out.write(_BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([neutral(head) for head in heads])
    writer.writerows([[_plain(cell) for cell in row] for row in rows])
    return out.getvalue().encode("utf-8")


def as_workbook(name: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """Return a table as a workbook (.xlsx) of one sheet, the head frozen.

    Parameters
    ----------
    name : str
        Of the sheet; what a sheet's name cannot hold is left out.
    heads, rows
        The table. Text is written as text, whatever it begins with.
    """
    body = "".join(_row(number, row) for number, row in enumerate([list(heads), *rows], start=1))
    sheet = (
        f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" '
        'topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<sheetData>{body}</sheetData></worksheet>"
    )
    title = escape("".join(c for c in name if c not in "[]:*?/\\")[:31] or "list", {'"': "&quot;"})
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _related(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="{title}" '
            'sheetId="1" r:id="rId1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": _related(("worksheet", "worksheets/sheet1.xml")),
        "xl/worksheets/sheet1.xml": sheet,
    }
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in parts.items():
            head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
            archive.writestr(zipfile.ZipInfo(path, _EPOCH), head + text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def write_result(result: "Result", path: Path) -> Path:
    """Write the table of a result to a workbook, under its labels and without small groups.

    Raises
    ------
    DataError
        If there is no table, the path is no .xlsx, or it cannot be written.
    """
    if path.suffix != ".xlsx":
        raise DataError(f"A workbook is called .xlsx; found '{path.name}'.")
    if not result.enough:
        raise DataError(f"{result.name} has no table to write: there was not enough data.")
    rows, _hidden = shown_groups(result.table, result.columns)
    names = [*result.columns] or [*rows.columns]
    kinds = {name: column.kind for name, column in result.columns.items()}
    heads = [result.say(result.columns[n].label) if n in kinds else str(n) for n in names]
    cells = [
        [_of_frame(value, kinds.get(name, "text")) for name, value in zip(names, row, strict=True)]
        for row in rows[names].itertuples(index=False, name=None)
    ]
    try:
        path.write_bytes(as_workbook(result.name, heads, cells))
    except OSError as error:
        raise DataError(
            f"'{path}' cannot be written: {error.strerror or error}. Name a file in a folder that "
            "there is and where this user may write."
        ) from error
    return path


def _of_frame(value: Any, kind: str) -> Cell:
    """Return a value of a frame as a cell: numbers as they are, anything else as it is said."""
    if pd.isna(value):
        return None
    if isinstance(value, bool | np.bool_):
        return int(value)
    if isinstance(value, int | float | np.number):
        return value.item() if isinstance(value, np.number) else value
    return say_value(value, kind)


def _related(target: tuple[str, str]) -> str:
    kind, path = target
    return (
        f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" Type="{_OFFICE}/{kind}" '
        f'Target="{path}"/></Relationships>'
    )


def _row(number: int, cells: Sequence[Cell]) -> str:
    said = "".join(
        f'<c r="{_column(place)}{number}"{_value(cell)}' for place, cell in enumerate(cells)
    )
    return f'<row r="{number}">{said}</row>'


def _value(cell: Cell) -> str:
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return "/>"
    if isinstance(cell, int | float):
        return f"><v>{cell}</v></c>"
    # What XML cannot hold is in no list of ours; a name may still carry it.
    shown = "".join(c for c in neutral(cell) if c in "\t\n" or ord(c) >= 32)
    return f' t="inlineStr"><is><t xml:space="preserve">{escape(shown)}</t></is></c>'


def _column(place: int) -> str:
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _plain(cell: Cell) -> Cell:
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return ""
    return neutral(cell) if isinstance(cell, str) else cell
