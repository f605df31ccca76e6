"""Files as consoles make them, in the real encodings and containers, for the tests of reading."""

import io
import json
import zipfile
from collections.abc import Iterable

import openpyxl
import xlwt

from insights.intake.reading import Header, Page, Unreadable, pages

HEADER = ("主订单编号", "买家留言", "订单应付金额", "支付完成时间")
ROWS = [
    (f"69{number:017}", f"请放门口 {number}", f"{number}.50", "2026-03-01 12:00:00")
    for number in range(1, 31)
]


def csv_text(rows: Iterable[Iterable[str]] = (HEADER, *ROWS), *, end: str = "\r\n") -> str:
    return "".join(",".join(row) + end for row in rows)


def xlsx(rows: Iterable[Iterable[object]] = (HEADER, *ROWS), **sheets) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, content in {"Sheet1": rows, **sheets}.items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xls(rows: Iterable[Iterable[object]] = (HEADER, *ROWS)) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("订单")
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet.write(at, column, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zipped(members: dict[str, bytes], **options) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def edited(archive: bytes, name: str, edit) -> bytes:
    """A zip with one member changed."""
    with zipfile.ZipFile(io.BytesIO(archive)) as read:
        members = {info.filename: read.read(info) for info in read.infolist()}
    return zipped({**members, name: edit(members.get(name, b""))})


def records() -> list[dict]:
    return [dict(zip(HEADER, row, strict=True)) for row in ROWS]


def document() -> bytes:
    return json.dumps(records(), ensure_ascii=False).encode()


def lines() -> bytes:
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in records()).encode()


class Reading:
    """What came of bytes in a file."""

    def __init__(self, folder, content: bytes, name: str = "june.csv", **options) -> None:
        path = folder / name
        path.write_bytes(content)
        self.parts = list(pages(path, **options))

    @property
    def page(self) -> Page:
        (page,) = self.parts
        assert isinstance(page, Page), page
        return page

    @property
    def unreadable(self) -> Unreadable:
        (part,) = self.parts
        assert isinstance(part, Unreadable), part
        return part

    def rows(self, *names: str, row: int = 1) -> list[tuple]:
        """The rows under a header: (row number, cells of the columns named)."""
        return rows_of(self.page, *names, row=row)

    @property
    def refused(self) -> list[tuple[int, str]]:
        return [tuple(each) for each in self.page.refused]


def rows_of(page: Page, *names: str, row: int = 1) -> list[tuple]:
    cells = page.head[row - 1]
    columns = {cells.index(name): name for name in names}
    found = []
    for batch in page.stream(Header(row, cells), columns):
        assert batch.schema.names == [*names, "_row"]
        found += [(each.pop("_row"), *each.values()) for each in batch.to_pylist()]
    return sorted(found)


def elements(page: Page, *paths: str, each: str = "") -> list[tuple]:
    found = []
    for batch in page.stream(Header(each=each), {path: path for path in paths}):
        found += [(row.pop("_row"), *row.values()) for row in batch.to_pylist()]
    return found
