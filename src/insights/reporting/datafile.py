"""A table as CSV: what a reader opens in a spreadsheet, inside the page or beside it."""

import csv
import re
from io import StringIO
from urllib.parse import quote

from insights.results.bundle import Scalar, TablePart
from insights.results.sheets import neutral

MAX_ROWS_INSIDE = 2000  # Above this the file would weigh more than the page.
_DIGITS = 7  # Of a share: what stands beyond is the computer's, and half of the file's weight.
_ESCAPED = re.compile(r"[^\w,;:/=.()-]+")  # In an address that holds a file.
_BOM = "\ufeff"  # Without it Excel reads Chinese as mojibake.


def as_csv(table: TablePart, currency: str) -> str:
    """Return all columns of a table, hidden ones too: labels on top, money in units, raw shares."""
    out = StringIO()
    out.write(_BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        neutral(f"{c.label} ({currency})" if c.kind == "money" else c.label) for c in table.columns
    )
    kinds = [column.kind for column in table.columns]
    writer.writerows(
        [_cell(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in table.rows
    )
    return out.getvalue()


def data_uri(text: str, name: str = ".csv") -> str:
    """Return a file, CSV or by its name JSON, as an address that holds the file itself."""
    kind = "application/json" if name.endswith(".json") else "text/csv"
    # Words and figures stand as they are, so this is a quarter shorter than base64 would be.
    return f"data:{kind};charset=utf-8," + _ESCAPED.sub(lambda found: quote(found[0]), text)


def _cell(value: Scalar, kind: str) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, str):
        return neutral(value)
    if isinstance(value, bool):
        return int(value)
    if kind == "money" and isinstance(value, int):
        sign, cents = ("-" if value < 0 else ""), abs(value)
        return f"{sign}{cents // 100}.{cents % 100:02d}"
    if isinstance(value, float) and abs(value) < 1:
        return float(f"{value:.{_DIGITS}g}")
    return value
