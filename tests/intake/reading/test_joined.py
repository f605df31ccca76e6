"""Exports joined by hand: another header says where the columns are from there on."""

import pytest

from insights.errors import UnreadableFile
from insights.intake.reading import delimited
from tests.intake.reading.made import HEADER, ROWS, csv_text, rows_of, xlsx

READ = ("主订单编号", "订单应付金额")
BOTH = [(row[0], row[2]) for row in ROWS] * 2
ORDERS = {"turned": [3, 2, 1, 0], "two swapped": [0, 2, 1, 3], "the same": [0, 1, 2, 3]}


def placed(order):
    """The same export with its columns in another order."""
    return [tuple(row[at] for at in order) for row in (HEADER, *ROWS)]


def cells(read, *names):
    return [found for _, *found in read.rows(*names)]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "xlsx with a gap"])
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_each_row_is_read_under_its_own_header(reading, order, kind):
    if kind == "csv":
        read = reading((csv_text() + csv_text(placed(order))).encode("gb18030"))
    else:
        gap = [()] * (kind != "xlsx")
        read = reading(xlsx([HEADER, *ROWS, *gap, *placed(order)]), "orders.xlsx")
    found = [tuple(one) for one in cells(read, *READ) if one != ["", ""]]
    assert found == BOTH
    assert not any("门口" in cell for row in cells(read, *READ) for cell in row)
    assert read.page.refused.counts == {"header_again": 1}


@pytest.mark.parametrize("way", ["\ufeff{}", "\t{}\t", " {} ", '"{}"', "{}（元）"])
def test_names_are_compared_as_people_read_them(reading, way):
    names = ",".join(way.format(name) for name in placed(ORDERS["turned"])[0])
    later = csv_text(placed(ORDERS["turned"])[1:])
    read = reading(f"{csv_text()}{names}\r\n{later}".encode())
    assert [tuple(one) for one in cells(read, *READ)] == BOTH


def test_three_parts_each_in_an_order_of_its_own(reading):
    parts = [csv_text(placed(order)) for order in ORDERS.values()]
    read = reading("".join(parts).encode())
    assert [tuple(one) for one in cells(read, *READ)] == BOTH[:30] * 3


def test_rows_that_end_with_a_comma_that_no_header_has(reading):
    """Then headers are of another width than rows, which is where the reader meets them."""
    parts = []
    for order in ORDERS.values():
        header, *rows = placed(order)
        parts.append(csv_text([header]) + csv_text((*row, "") for row in rows))
    read = reading("".join(parts).encode())
    assert [tuple(one) for one in cells(read, *READ)] == BOTH[:30] * 3


@pytest.mark.parametrize(
    "later",
    [
        [(*HEADER[:2], "身份证号", HEADER[3])],
        [(*HEADER, "身份证号")],
        [HEADER[:3]],
        [("身份证号", *HEADER)],
        [(*HEADER[:3], HEADER[2])],
    ],
    ids=["another", "one more", "one less", "one before", "one twice"],
)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_other_columns_refuse_the_file_before_anything_below_is_read(reading, later, kind):
    secret = "000000190001017777"  # noqa: S105 - what would stand there
    rows = [HEADER, *ROWS, *later, *[(secret,) * len(later[0])] * 9]
    page = reading(csv_text(rows).encode() if kind == "csv" else xlsx(rows), f"o.{kind}").page
    with pytest.raises(UnreadableFile, match="second header in row 32") as caught:
        rows_of(page, *HEADER)
    assert caught.value.reason == "joined"
    assert secret not in str(caught.value)


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_wherever_the_blocks_of_the_reader_end(reading, monkeypatch, order):
    for block in range(1_500, 1_600, 9):
        monkeypatch.setattr(delimited, "_BLOCK", block)
        text = csv_text() + csv_text(placed(order))
        # Rows of another width between them, which lack nothing.
        text = text.replace("\r\n", ",\r\n", 20)
        read = reading(text.encode())
        assert sorted(map(tuple, cells(read, *READ))) == sorted(BOTH)


def test_cells_of_refused_rows_are_not_told_by_the_first_header_any_more(reading):
    later = csv_text(placed(ORDERS["turned"])).replace("2026-03-01 12:00:00,7.50", "7.50", 1)
    read = reading((csv_text() + "1,2\r\n" + later).encode())
    read.rows(*READ)
    page = read.page
    rows_of(page, *READ)
    assert page.refused.counts == {"header_again": 1, "too_few_cells": 2}
    assert list(page.refused.cells) == [32]


def test_words_that_are_like_one_header_are_values(reading):
    read = reading(b"name,kind,paid\nname,1,2\nkind,x,y\nb,kind,3\n")
    assert cells(read, "name", "kind") == [["name", "1"], ["kind", "x"], ["b", "kind"]]
