import hashlib
import random

import pytest

from insights.errors import UnreadableFile
from insights.intake.reading import Header, delimited
from tests.intake.reading.made import HEADER, ROWS, csv_text, rows_of

AMOUNTS = [(number, row[2]) for number, row in enumerate(ROWS, start=2)]


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    def test_the_same_rows_whatever_the_encoding(self, reading, encoding):
        read = reading(csv_text().encode(encoding))
        assert (read.page.format, read.page.encoding) == ("csv", encoding)
        assert read.rows("订单应付金额") == AMOUNTS
        assert not read.page.refused

    def test_gbk_is_read_as_the_gb18030_that_contains_it(self, reading):
        assert reading(csv_text().encode("gbk")).page.encoding == "gb18030"

    def test_a_file_that_begins_with_a_megabyte_of_digits_is_not_taken_for_utf8(self, reading):
        ascii_rows = [("id", "note")] + [("1" * 50, "")] * 30_000
        content = csv_text([*ascii_rows, ("2", "谢谢")]).encode("gb18030")
        assert reading(content).page.encoding == "gb18030"
        assert reading(content).rows("note")[-1] == (30_002, "谢谢")

    @pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
    def test_bytes_that_are_no_text_cost_their_row_only(self, reading, encoding):
        text = csv_text()
        bad = {"utf-8": b"\xe8", "gb18030": b"\xff", "utf-16": b"\x00\xd8"}[encoding]
        where = text.index("7.50") + 1
        start, end = text[:where].encode(encoding), text[where:].encode(encoding)
        read = reading(start + bad + end.removeprefix(b"\xff\xfe"))
        assert read.rows("订单应付金额") == [each for each in AMOUNTS if each[0] != 8]
        assert read.refused == [(8, "undecodable")]

    def test_they_cost_nothing_in_a_column_that_nobody_reads(self, reading):
        content = csv_text().encode("gb18030").replace("请放门口 7".encode("gb18030"), b"\xff\xff")
        read = reading(content)
        assert read.rows("订单应付金额") == AMOUNTS
        assert not read.refused

    def test_half_a_character_before_a_comma_does_not_swallow_the_comma(self, reading):
        content = csv_text().encode("gb18030").replace("口 7,".encode("gb18030"), b"\xbf,")
        assert reading(content).rows("订单应付金额") == AMOUNTS

    def test_a_nul_is_no_text_either(self, reading):
        read = reading(csv_text().replace("9.50", "9\x00.50").encode())
        assert [row for row, _ in read.rows("订单应付金额")] == [
            row for row, amount in AMOUNTS if "9.50" not in amount
        ]
        assert set(read.page.refused.counts) == {"undecodable"}

    def test_a_character_that_the_platform_had_lost_before_is_text(self, reading):
        read = reading(csv_text().replace("请放门口 7", "谢谢\ufffd").encode())
        assert read.rows("买家留言")[6] == (8, "谢谢\ufffd")

    def test_a_file_that_turns_to_noise_is_refused_as_a_whole(self, reading):
        noise = random.Random(1).randbytes(40)  # noqa: S311 - the same noise each time
        tail = b"".join(b"1,2\xff" + noise.replace(b"\n", b"").replace(b",", b"") + b",3,4\n" * 1
                        for _ in range(60_000))  # fmt: skip
        page = reading(csv_text([HEADER, *ROWS * 700]).encode() + tail).page
        with pytest.raises(UnreadableFile, match="no text") as caught:
            rows_of(page, "买家留言")
        assert caught.value.reason == "encoding"

    def test_utf16_without_its_mark_is_named(self, reading):
        assert reading(csv_text().encode("utf-16-le")).unreadable.reason == "encoding"
        assert "UTF-16" in reading(("a,b\r\n1,2\r\n" * 9).encode("utf-16-be")).unreadable.error


class TestCells:
    @pytest.mark.parametrize("delimiter", [",", "\t", ";"])
    def test_the_delimiter_is_found(self, reading, delimiter):
        text = csv_text().replace(",", delimiter)
        assert reading(text.encode()).rows("订单应付金额") == AMOUNTS

    def test_tabs_around_ids_do_not_make_a_file_tab_separated(self, reading):
        rows = [HEADER, *((f"\t{row[0]}\t", f"\t{row[1]}", *row[2:]) for row in ROWS)]
        assert reading(csv_text(rows).encode()).rows("主订单编号")[0] == (2, f"\t{ROWS[0][0]}\t")

    @pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
    def test_lines_end_as_they_like(self, reading, end):
        assert reading(csv_text(end=end).encode()).rows("订单应付金额") == AMOUNTS

    def test_cells_are_as_written(self, reading):
        text = 'id,note,by\n="1930679858170647","a ""b""\r\nc, d", x \n'
        assert reading(text.encode()).rows("id", "note", "by") == [
            (2, '="1930679858170647"', 'a "b"\r\nc, d', " x ")
        ]

    def test_a_line_break_in_a_cell_does_not_count_as_a_row(self, reading):
        text = 'id,note\n1,"a\nb\nc"\n2,d\n'
        assert reading(text.encode()).rows("id") == [(2, "1"), (3, "2")]

    def test_no_other_column_leaves(self, reading):
        page = reading(csv_text().encode()).page
        assert {tuple(row) for row in rows_of(page, "主订单编号")} == {
            (number, row[0]) for number, row in enumerate(ROWS, start=2)
        }

    def test_a_cell_of_a_megabyte_is_a_cell(self, reading):
        text = csv_text([("id", "note"), ("1", "长" * 350_000), ("2", "b")])
        assert [len(note) for _, note in reading(text.encode()).rows("note")] == [350_000, 1]


class TestRows:
    def test_rows_of_another_width_are_refused_by_number(self, reading):
        read = reading(b"a,b,c\n1,2,3\n1,2\n1,2,3,4\n5,6,7\n")
        assert read.rows("a", "c") == [(2, "1", "3"), (5, "5", "7")]
        assert read.refused == [(3, "too_few_cells"), (4, "too_many_cells")]

    def test_empty_cells_at_the_end_are_fine(self, reading):
        read = reading(b"a,b,c\n1,2,3,\n4,5,6,\n7,8,9\n0,1,2,,,\n")
        assert [cells for _, *cells in read.rows("a", "c")] == [
            ["1", "3"], ["4", "6"], ["7", "9"], ["0", "2"]
        ]  # fmt: skip
        assert not read.refused

    def test_rows_may_lack_cells_that_the_header_does_not_name(self, reading):
        read = reading(b"a,b,,\n1,2\n3,4,,\n")
        assert read.rows("b") == [(2, "2"), (3, "4")]

    def test_blank_lines_count_as_records_so_that_numbers_are_those_of_the_file(self, reading):
        read = reading(b"a,b\n\n1,2\n  \n3,4\n\x1a")
        assert read.rows("a") == [(2, ""), (3, "1"), (4, ""), (5, "3"), (6, "")]

    @pytest.mark.parametrize("cut", ["7,8", '7,"8,9\nx\n', '7,8,"9'])
    def test_a_last_row_that_is_cut_is_refused(self, reading, cut):
        read = reading(f"a,b,c\n1,2,3\n{cut}".encode())
        assert read.rows("c") == [(2, "3")]
        assert read.page.refused.counts.keys() == {"cut_short"}

    def test_every_line_that_an_open_quotation_mark_swallows_is_counted(self, reading):
        read = reading(b'a,b,c\n1,2,3\n4,"5,6\n7,8,9\n1,2,3\n')
        assert read.rows("c") == [(2, "3")]
        assert read.refused == [(3, "cut_short"), (4, "cut_short"), (5, "cut_short")]

    @pytest.mark.parametrize("closing", [1, 2, 4])
    def test_every_row_that_one_swallows_up_to_the_next_is_counted(self, reading, closing):
        rows = [[f"{n}{letter}" for letter in "abcdef"] for n in range(9)]
        rows[2][2] = f'"{rows[2][2]}'
        rows[5][closing] = f'"{rows[5][closing]}"'
        read = reading(csv_text([tuple("abcdef"), *rows]).encode())
        assert [cells[0] for _, *cells in read.rows("a")] == ["0a", "1a", "6a", "7a", "8a"]
        assert {row for row, _ in read.refused} == {4}
        assert len(read.refused) == 4

    def test_lines_of_one_cell_are_not_counted_as_rows(self, reading):
        read = reading(b'a,b,c\n1,"x\ny\nz",3,4\n4,5,6\n7,8,"x\ny')
        assert read.rows("c") == [(3, "6")]
        assert read.refused == [(2, "too_many_cells"), (4, "cut_short")]

    def test_a_quotation_mark_that_never_closes_in_a_large_file_refuses_the_file(self, reading):
        rows = [("a", "b", "c"), ("1", '"2', "3"), *[("4", "5", "6" * 60)] * 100_000]
        page = reading(csv_text(rows).encode()).page
        with pytest.raises(UnreadableFile, match="quotation mark") as caught:
            rows_of(page, "a")
        assert caught.value.reason == "damaged"

    def test_two_exports_joined_by_hand_have_two_headers_and_no_row_of_that_name(self, reading):
        read = reading(csv_text().encode("gb18030") * 2)
        assert len(read.rows("主订单编号", "订单应付金额")) == 60
        assert read.refused == [(32, "header_again")]

    def test_a_page_can_be_streamed_twice(self, reading):
        read = reading(b"a,b\n1,2\n3\n")
        assert read.rows("a") == read.rows("a")
        assert read.refused == [(3, "too_few_cells")]

    def test_a_stream_can_be_left_in_the_middle(self, reading):
        page = reading(csv_text([HEADER, *ROWS * 20_000]).encode("gb18030")).page
        for _ in range(3):
            stream = page.stream(Header(1, page.head[0]), {0: "id"})
            assert next(stream).num_rows > 0
            stream.close()


class TestHeader:
    def test_it_may_follow_title_lines_of_other_widths(self, reading):
        titles = "#支付宝账务明细查询\r\n#账号:[2088],x\r\n#-----,,,,,,\r\n\r\n"
        read = reading((titles + csv_text()).encode("gb18030"))
        assert read.page.head[4] == HEADER
        assert read.rows("订单应付金额", row=5) == [(row + 4, amount) for row, amount in AMOUNTS]
        assert not read.refused

    def test_its_cells_may_hold_line_breaks(self, reading):
        text = 'id,"实付款\n（元）"\n1,2\n'
        assert reading(text.encode()).rows("实付款\n（元）") == [(2, "2")]

    def test_the_head_is_the_first_forty_records(self, reading):
        assert len(reading(csv_text([HEADER, *ROWS * 2]).encode()).page.head) == 40


class TestLargeFiles:
    """Blocks of Arrow, pieces of text and records have no border in common."""

    @pytest.fixture(autouse=True)
    def small_blocks(self, monkeypatch):
        monkeypatch.setattr(delimited, "_BLOCK", 2_000)

    def test_no_row_is_lost_and_no_number_shifted(self, reading):
        rng = random.Random(7)  # noqa: S311 - the same rows each time
        rows, kept, refused = [HEADER], [], []
        for number in range(2, 5_000):
            kind = rng.random()
            note = rng.choice(["谢谢", '"有, 逗号"', '"两\n行"', 'x"y', ""])
            row = (str(number), note, f"{number}.00", "2026-03-01")
            if kind < 0.05:
                rows.append(row[:-1])
                refused.append((number, "too_few_cells"))
            elif kind < 0.1:
                rows.append((*row, "x"))
                refused.append((number, "too_many_cells"))
            else:
                rows.append((*row, "", "") if kind < 0.15 else row)
                kept.append((number, str(number), f"{number}.00"))
        read = reading(csv_text(rows).encode("gb18030"))
        assert read.rows("主订单编号", "订单应付金额") == kept
        assert read.refused == refused


def test_the_page_says_what_the_file_is(reading, tmp_path):
    content = csv_text().encode()
    page = reading(content).page
    assert page.name == "june.csv"
    assert page.sha256 == hashlib.sha256(content).hexdigest()


def test_a_page_does_not_show_what_it_holds(reading):
    assert "请放门口" not in repr(reading(csv_text().encode()).page)


def test_reading_writes_nothing(reading, tmp_path):
    reading(csv_text().encode()).rows("主订单编号")
    assert [path.name for path in tmp_path.iterdir()] == ["june.csv"]
