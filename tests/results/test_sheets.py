import csv
import io

import openpyxl

from insights.results.sheets import as_csv, as_workbook

HEADS = ["账号", "why"]
ROWS = [['=HYPERLINK("http://x")', 1.5], ["＋1", None], ["张<&>", float("nan")], ["-2+3", 7]]


def test_no_cell_of_the_csv_acts():
    rows = list(csv.reader(io.StringIO(as_csv(HEADS, ROWS).decode("utf-8-sig"))))
    assert rows[1:] == [["'=HYPERLINK(\"http://x\")", "1.5"], ["'＋1", ""], ["张<&>", ""],
                        ["'-2+3", "7"]]  # fmt: skip


def test_the_workbook_is_read_by_another_program_as_text_and_numbers():
    sheet = openpyxl.load_workbook(io.BytesIO(as_workbook("contact-2026-W27", HEADS, ROWS))).active
    assert sheet.title == "contact-2026-W27"
    assert sheet.freeze_panes == "A2"
    assert [[c.value for c in row] for row in sheet.iter_rows(max_row=2)] == [
        HEADS, ["'=HYPERLINK(\"http://x\")", 1.5]
    ]  # fmt: skip
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}


def test_the_same_list_is_the_same_bytes():
    assert as_workbook("a", HEADS, ROWS) == as_workbook("a", HEADS, ROWS)


def test_columns_beyond_z_have_their_own_names():
    wide = [str(n) for n in range(30)]
    sheet = openpyxl.load_workbook(io.BytesIO(as_workbook("a", wide, []))).active
    assert sheet["AD1"].value == "29"
