import io
import re
import zipfile
from datetime import date, datetime, time, timedelta
from functools import partial

import openpyxl
import pytest

from insights.intake.reading import Limits, Page, Unreadable
from tests.intake.reading.made import HEADER, ROWS, edited, rows_of, xls, xlsx

SHEET = "xl/worksheets/sheet1.xml"
SPREAD = b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row>%s</sheetData>'


def with_dimension(content: bytes, ref: bytes) -> bytes:
    return edited(
        content, SHEET, partial(re.sub, rb'<dimension ref="[^"]*"', b'<dimension ref="%s"' % ref)
    )


def ole(*words: str) -> bytes:
    """The beginning of an OLE container, with entries in its directory."""
    entries = b"".join(word.encode("utf-16-le").ljust(128, b"\0") for word in words)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + entries + bytes(512)


class TestRows:
    def test_a_wrong_dimension_tag_hides_no_row(self, reading):
        read = reading(with_dimension(xlsx(), b"A1"), "orders.xlsx")
        assert read.rows("主订单编号", "订单应付金额") == [
            (number, row[0], row[2]) for number, row in enumerate(ROWS, start=2)
        ]

    def test_an_xls_is_read_too(self, reading):
        read = reading(xls(), "orders.xls")
        assert read.page.name == "orders.xls › 订单"
        assert [cells[1] for cells in read.rows("主订单编号")] == [row[0] for row in ROWS]

    def test_the_name_of_a_file_does_not_matter(self, reading):
        assert reading(xlsx(), "orders.csv").page.format == "sheet"

    def test_numbers_are_those_that_excel_shows(self, reading):
        rows = [("标题",), (), ("id", "n"), ("1", "a"), (), ("2", "b")]
        read = reading(xlsx(rows))
        assert read.rows("id", row=3) == [(4, "1"), (5, ""), (6, "2")]

    def test_a_table_may_begin_anywhere(self, reading):
        book = openpyxl.Workbook()
        book.active.merge_cells("C2:E2")
        for cell, value in {"C2": "六月订单", "C4": "id", "D4": "n", "C5": "1", "D5": "a"}.items():
            book.active[cell] = value
        out = io.BytesIO()
        book.save(out)
        read = reading(out.getvalue())
        assert read.page.head[1] == ("六月订单",)
        assert read.rows("n", row=4) == [(5, "a")]

    def test_a_header_that_comes_again_is_no_row(self, reading):
        read = reading(xlsx([HEADER, ROWS[0], HEADER, ROWS[1]]))
        assert [row for row, _ in read.rows("主订单编号")] == [2, 4]
        assert read.refused == [(3, "header_again")]


class TestCells:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (1930679858170647, "1930679858170647"),
            (6917529027641081856, "6.917529027641082e+18"),
            (9007199254740993, "9.0071992547409920e+15"),
            (12.5, "12.5"),
            (-3.0, "-3"),
            (0.1, "0.1"),
            (1e-7, "1e-07"),
            (True, "TRUE"),
            (None, ""),
            ("  a\n", "  a\n"),
            (datetime(2026, 3, 1, 12, 30, 15), "2026-03-01 12:30:15"),
            (datetime(2026, 3, 1, 23, 59, 59, 600_000), "2026-03-02 00:00:00"),
            (date(2026, 3, 1), "2026-03-01 00:00:00"),
            (time(1, 2, 3), "01:02:03"),
            (timedelta(hours=30, minutes=5), "30:05:00"),
            ("=1/0", ""),
        ],
    )
    def test_they_become_the_text_that_they_stand_for(self, reading, value, text):
        assert reading(xlsx([("id", "value"), ("1", value)])).rows("value") == [(2, text)]


class TestSheets:
    def test_each_is_a_page_and_empty_ones_are_none(self, reading):
        parts = reading(xlsx(说明=[("请勿修改",)], 空=[]), "o.xlsx").parts
        assert [part.name for part in parts] == ["o.xlsx › Sheet1", "o.xlsx › 说明"]

    def test_hidden_ones_say_so(self, reading):
        book = openpyxl.load_workbook(io.BytesIO(xlsx(字典=[("a",)], 更深=[("a",)])))
        book["字典"].sheet_state = "hidden"
        book["更深"].sheet_state = "veryHidden"
        out = io.BytesIO()
        book.save(out)
        assert [part.hidden for part in reading(out.getvalue()).parts] == [False, True, True]

    def test_pages_can_be_streamed_after_all_were_listed(self, reading):
        first, second = reading(xlsx(B=[("x",), ("1",)])).parts
        assert len(rows_of(first, "主订单编号")) == 30
        assert rows_of(second, "x") == [(2, "1")]

    def test_a_workbook_of_empty_sheets_is_empty(self, reading):
        assert reading(xlsx([])).unreadable.reason == "empty"

    def test_a_damaged_sheet_leaves_the_others(self, reading):
        content = edited(xlsx(B=[("x",), ("1",)]), SHEET, lambda xml: b"<worksheet><sheetData><row")
        bad, good = sorted(reading(content).parts, key=lambda part: isinstance(part, Page))
        assert isinstance(bad, Unreadable)
        assert rows_of(good, "x") == [(2, "1")]


class TestRefused:
    def test_a_workbook_with_a_password_is_named(self, reading):
        part = reading(ole("Root Entry", "EncryptionInfo", "EncryptedPackage")).unreadable
        assert (part.reason, "without one" in part.error) == ("password", True)

    def test_a_word_file_of_old_is_no_workbook(self, reading):
        assert reading(ole("Root Entry", "WordDocument")).unreadable.reason == "damaged"

    def test_a_web_page_that_is_called_xls_says_what_to_do(self, reading):
        part = reading(b"\xef\xbb\xbf\r\n<html><table><tr><td>1", "orders.xls").unreadable
        assert part.reason == "unknown_format"
        assert "web page" in part.error
        assert ".xlsx" in part.error

    @pytest.mark.parametrize(
        "row", [b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', b'<row r="1048576"/>' * 2]
    )
    def test_two_cells_far_apart_do_not_fill_the_memory(self, reading, row):
        spread = SPREAD % (b'<row r="2"><c r="ZZ2"><v>1</v></c></row>' + row)
        content = edited(
            xlsx(), SHEET, lambda xml: re.sub(rb"<sheetData>.*</sheetData>", spread, xml)
        )
        part = reading(content).unreadable
        assert (part.reason, "1,048,576 rows" in part.error) == ("too_large", True)

    def test_an_old_workbook_whose_damage_would_end_the_process_does_not(self, reading):
        content = bytearray(xls())
        at = content.index(b"\xfd\x00\x0a\x00") + 4  # the first cell of text: its row and column
        content[at : at + 4] = b"\xff\xff\xff\xff"
        part = reading(bytes(content), "orders.xls").unreadable
        assert (part.reason, "4 GB" in part.error) == ("damaged", True)

    def test_a_sheet_that_unpacks_to_too_much_is_not_parsed(self, reading):
        content = edited(xlsx(), SHEET, lambda xml: xml + b" " * 5_000_000)
        limits = Limits(sheets_bytes=4_000_000)
        assert reading(content, limits=limits).unreadable.reason == "too_large"

    def test_a_workbook_that_is_too_large_to_hold_is_not_held(self, reading):
        assert reading(xlsx(), limits=Limits(workbook_bytes=100)).unreadable.reason == "too_large"

    @pytest.mark.parametrize("keep", [4, 100, 2_000, -30, -1])
    def test_a_workbook_that_was_cut_is_damaged(self, reading, keep):
        assert reading(xlsx()[:keep]).unreadable.reason == "damaged"

    def test_another_office_file_is_no_archive_of_tables(self, reading):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr("word/document.xml", "<w:document/>")
        assert {part.reason for part in reading(out.getvalue(), "a.docx").parts} == {
            "unknown_format"
        }
