"""Cells: every way in which systems write a value is read, and none is off by a factor."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from insights.intake.translating import parsers

SHANGHAI = "Asia/Shanghai"
ENGINE = duckdb.connect()
ENGINE.execute("SET GLOBAL TimeZone = 'UTC'")
FULL_WIDTH = str.maketrans("0123456789.,-", "０１２３４５６７８９．，－")

AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False)
MOMENTS = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2079, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0)
)
IDS = st.from_regex(r"[1-9][0-9]{5,30}", fullmatch=True)


def read(kind, text, **more):
    asked = f"SELECT {parsers.cell(kind, '?', time_zone=SHANGHAI, **more)}"
    return ENGINE.execute(asked, [text]).fetchall()[0][0]


def read_all(kind, *texts):
    """Read several cells at once: planning takes longer than reading."""
    said = parsers.value(kind, "raw", "shown", time_zone=SHANGHAI)
    query = f"""SELECT {said} FROM (SELECT raw, {parsers.tidy(kind, "raw")} AS shown
        FROM (SELECT unnest(?) AS raw))"""
    return {row[0] for row in ENGINE.execute(query, [list(texts)]).fetchall()}


def lost(text):
    asked = "SELECT " + parsers.lost_digits("shown") + " FROM (SELECT "
    return ENGINE.execute(f"{asked}{parsers.tidy('id', 'raw')} AS shown FROM (SELECT ? AS raw))",
                          [text]).fetchall()[0][0]  # fmt: skip


def says_something(kind, text):
    query = f"""SELECT {parsers.says_something(kind, "raw", "shown")} FROM (
        SELECT raw, {parsers.tidy(kind, "raw")} AS shown FROM (SELECT ? AS raw))"""
    return ENGINE.execute(query, [text]).fetchall()[0][0]


@pytest.fixture(params=["{}", "\t{}\t", '="{}"', "'{}", "`{}", " {}　", "\ufeff{}", "{}\r\n"])
def wrapped(request):
    return request.param.format


class TestMoney:
    @settings(max_examples=40)
    @given(AMOUNTS)
    def test_an_amount_is_read_back_whatever_way_it_is_written(self, amount):
        texts = (
            f"{amount:.2f}",
            f"{amount:,.2f}",
            f"¥{amount:,.2f}",
            f"{amount:.2f}元",
            f"{amount:.2f}（系统计算中，该值仅供参考）",
            f"{amount:,.2f}".translate(FULL_WIDTH),
        )
        assert read_all("yuan", *texts) == {amount}

    @settings(max_examples=40)
    @given(st.integers(-(10**14), 10**14))
    def test_fen_are_hundredths(self, fen):
        assert read("fen", str(fen)) == Decimal(fen) / 100

    @settings(max_examples=40)
    @given(st.text(alphabet="0123456789.,-eE+ ¥元（）()一", max_size=14))
    @example("1.299,00")
    @example("1,29")
    @example("1e5")
    @example("12,34,567")
    def test_what_is_read_has_the_digits_that_were_written(self, text):
        """Or it is not read at all: no comma is ever taken for a point."""
        found = read("yuan", text)
        if found is not None:
            plain = text.split("（")[0].split("(")[0]
            number = "".join(c for c in plain if c in "0123456789.")
            assert abs(abs(found) - Decimal(number)) <= Decimal("0.005")
            assert "e" not in plain.lower()

    @pytest.mark.parametrize("text", ["", "-", "--", "无退款申请", "null", " "])
    def test_what_says_nothing_is_unknown_and_no_fault(self, text):
        assert read("yuan", text) is None
        assert not says_something("yuan", text)

    @pytest.mark.parametrize("text", ["1.2.3", "1,29", "十元", "(12.00)", "1_000", "9" * 17])
    def test_what_cannot_be_read_is_a_fault(self, text):
        assert read("yuan", text) is None
        assert says_something("yuan", text)

    def test_fen_with_a_fraction_are_yuan_and_are_not_read(self):
        assert read("fen", "12.50") is None
        assert says_something("fen", "12.50")

    def test_every_wrapper_comes_off(self, wrapped):
        assert read("yuan", wrapped("12.50")) == Decimal("12.50")


class TestIds:
    @settings(max_examples=40)
    @given(IDS)
    def test_digits_are_kept_to_the_last(self, number):
        texts = (number, f"\t{number}\t", f'="{number}"', f"'{number}", f"`{number}")
        assert read_all("id", *texts) == {number}

    def test_every_wrapper_comes_off(self, wrapped):
        assert read("id", wrapped("6917529027641082011")) == "6917529027641082011"

    @settings(max_examples=40)
    @given(st.integers(10**15, 10**25))
    def test_a_number_in_scientific_notation_has_lost_digits(self, number):
        for text in (f"{number:.2E}", f"{float(number)!r}" if number > 10**16 else "6.9E+18"):
            assert read("id", text) is None
            assert lost(text)

    @pytest.mark.parametrize("code", ["5E10", "SKU-1", "E20260501", "1E", "A.B"])
    def test_a_code_with_an_e_is_a_code(self, code):
        assert read("id", code) == code
        assert not lost(code)

    def test_the_fraction_that_a_sheet_appends_comes_off_where_no_digit_can_be_lost(self):
        assert read("id", "12345.0") == "12345"


class TestTimes:
    @settings(max_examples=40)
    @given(MOMENTS)
    def test_a_wall_clock_is_read_back_whatever_way_it_is_written(self, moment):
        texts = (
            f"{moment:%Y-%m-%d %H:%M:%S}",
            f"{moment.year}/{moment.month}/{moment.day} {moment:%H:%M:%S}",
            f"{moment:%Y-%m-%dT%H:%M:%S}",
            f"{moment:%Y年%m月%d日 %H:%M:%S}",
            f"{moment:%Y%m%d%H%M%S}",
            f"{moment.replace(tzinfo=ZoneInfo(SHANGHAI)).isoformat()}",
            f"\t{moment:%Y-%m-%d %H:%M:%S}\t",
        )
        assert read_all("time", *texts) == {moment}

    @settings(max_examples=40)
    @given(st.datetimes(min_value=datetime(2002, 1, 1), max_value=datetime(2099, 1, 1)))
    def test_seconds_and_milliseconds_are_put_on_the_wall_clock(self, moment):
        at = moment.replace(microsecond=0, tzinfo=UTC)
        wall = at.astimezone(ZoneInfo(SHANGHAI)).replace(tzinfo=None)
        seconds = int(at.timestamp())
        assert read("epoch_s", str(seconds)) == wall
        assert read("epoch_ms", f"{seconds}250") == wall + timedelta(milliseconds=250)

    @settings(max_examples=40)
    @given(st.integers(10**9, 4 * 10**9))
    def test_one_unit_is_never_taken_for_the_other(self, seconds):
        assert read("epoch_ms", str(seconds)) is None
        assert read("epoch_s", str(seconds * 1000)) is None
        assert read("time", str(seconds)) is None

    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("2016/5/23 22:02", datetime(2016, 5, 23, 22, 2)),
            ("20170313", datetime(2017, 3, 13)),
            ("2025-11-01", datetime(2025, 11, 1)),
            ("2024-01-05T02:00:00Z", datetime(2024, 1, 5, 10)),
        ],
    )
    def test_what_systems_write(self, text, wanted):
        assert read("time", text) == wanted

    @pytest.mark.parametrize(
        "text", ["", "-", "0", "1970-01-01 08:00:00", "0000-00-00 00:00:00", "0001-01-01 00:00:00"]
    )
    def test_never_is_unknown_and_no_fault(self, text):
        assert read("time", text) is None
        assert not says_something("time", text)

    @pytest.mark.parametrize("text", ["2026-02-30 10:00:00", "2026/13/01", "yesterday", "10:00"])
    def test_what_is_no_time_is_a_fault(self, text):
        assert read("time", text) is None
        assert says_something("time", text)

    def test_a_number_is_a_date_in_a_sheet_only(self):
        assert read("time", "45321.5", sheet=True) == datetime(2024, 1, 30, 12)
        assert read("time", "45321.5") is None


class TestOthers:
    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("3", 3),
            ("2件", 2),
            ("1,200", 1200),
            ("-", None),
            ("8.3e-06", 8.3e-06),
            ("1.2E+07", None),
        ],
    )
    def test_numbers(self, text, wanted):
        assert read("number", text) == wanted

    @pytest.mark.parametrize(
        ("text", "wanted"), [("12.5%", 0.125), ("１２％", 0.12), ("0.5", None)]
    )
    def test_a_percentage_says_so(self, text, wanted):
        assert read("percent", text) == wanted

    @pytest.mark.parametrize(
        ("text", "wanted"), [("是", True), ("N", False), ("true", True), ("0", False), ("?", None)]
    )
    def test_flags(self, text, wanted):
        assert read("flag", text) is wanted
