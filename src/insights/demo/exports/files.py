"""Files: tables as the systems' consoles write them, with their encodings and wrappings."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.compute as pc

Sheet = Mapping[str, Any]  # header -> one value for all rows, or a list or Arrow array of them


def rows_of(sheet: Sheet) -> list[tuple[str, ...]]:
    """Return a sheet's rows as text; a missing value is empty."""
    columns = [_listed(values) for values in sheet.values()]
    count = max((len(c) for c in columns if not isinstance(c, str)), default=0)
    spread = [[c] * count if isinstance(c, str) else c for c in columns]
    return list(zip(*spread, strict=True))


def write_csv(path: Path, sheet: Sheet, *, encoding: str, before: Sequence[str] = ()) -> Path:
    """Write a sheet as CSV, with lines of explanation before the header where a console does so."""
    buffer = io.StringIO()
    buffer.writelines(f"{line}\r\n" for line in before)
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(sheet)
    writer.writerows(rows_of(sheet))
    return _write(path, buffer.getvalue().encode(encoding))


def write_json_lines(path: Path, answers: Iterable[Mapping[str, Any]]) -> Path:
    """Write API answers, one a line."""
    lines = (json.dumps(answer, ensure_ascii=False) + "\n" for answer in answers)
    return _write(path, "".join(lines).encode())


def write_sheet(path: Path, sheet: Sheet, *, dimension: str | None = None) -> Path:
    """Write a workbook of one sheet of text.

    Some systems declare a wrong `dimension`, by which readers who trust it see a single cell.
    """
    heads = list(sheet)
    body = "".join(_row(n, row) for n, row in enumerate([tuple(heads), *rows_of(sheet)], 1))
    said = f'<dimension ref="{dimension}"/>' if dimension else ""
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELATIONS.format(kind="officeDocument", target="xl/workbook.xml"),
        "xl/workbook.xml": _WORKBOOK,
        "xl/_rels/workbook.xml.rels": _RELATIONS.format(
            kind="worksheet", target="worksheets/sheet1.xml"
        ),
        "xl/worksheets/sheet1.xml": f"{_XML}<worksheet xmlns={_MAIN}>{said}"
        f"<sheetData>{body}</sheetData></worksheet>",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in parts.items():
            # A fixed time stamp: the same brand is the same bytes.
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text)
    return _write(path, buffer.getvalue())


def stamped(times: Any, form: str = "%Y-%m-%d %H:%M:%S") -> Any:
    """Return times as a console writes them."""
    return pc.strftime(times, form)


def yuan(amounts: Any, suffix: str = "") -> Any:
    """Return money as text with two decimals."""
    return pc.binary_join_element_wise(pc.cast(amounts, pa.string()), suffix, "")


def masked_phones(phones: Any) -> list[str]:
    """Return phones as marketplaces show them."""
    return [f"{phone[:3]}****{phone[-4:]}" for phone in phones.to_pylist()]


def _listed(values: Any) -> Any:
    if isinstance(values, str):
        return values
    items = values.to_pylist() if hasattr(values, "to_pylist") else list(values)
    return ["" if item is None else str(item) for item in items]


def _write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def _row(number: int, cells: tuple[str, ...]) -> str:
    inside = "".join(
        f'<c r="{_column(place)}{number}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
        for place, cell in enumerate(cells)
        if cell
    )
    return f'<row r="{number}">{inside}</row>'


def _column(place: int) -> str:
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_OPEN = "http://schemas.openxmlformats.org"
_MAIN = f'"{_OPEN}/spreadsheetml/2006/main"'
_OFFICE = f"{_OPEN}/officeDocument/2006/relationships"
_RELATIONS = (
    f'{_XML}<Relationships xmlns="{_OPEN}/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/{{kind}}" Target="{{target}}"/></Relationships>'
)
_WORKBOOK = (
    f'{_XML}<workbook xmlns={_MAIN} xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_TYPES = (
    f'{_XML}<Types xmlns="{_OPEN}/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    f'ContentType="{_SHEET_TYPE}.worksheet+xml"/></Types>'
)
