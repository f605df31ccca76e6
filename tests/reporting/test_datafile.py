import csv
from io import StringIO
from urllib.parse import unquote

import pytest

from insights.reporting.datafile import as_csv, data_uri
from insights.results.bundle import ColumnPart, TablePart
from insights.results.sheets import neutral


def table(rows, *columns):
    return TablePart(
        shape="plain",
        columns=[ColumnPart(name=n, label=n, kind=k, shown=True) for n, k in columns],
        rows=rows,
    )


def parsed(text):
    return list(csv.reader(StringIO(text.removeprefix("\ufeff"), newline="")))


class TestAsCsv:
    def test_money_is_in_units_to_the_cent(self):
        text = as_csv(table([[123456], [-5], [None]], ("net", "money")), "CNY")
        assert parsed(text)[:3] == [["net (CNY)"], ["1234.56"], ["-0.05"]]

    def test_it_begins_with_a_byte_order_mark_so_that_excel_reads_chinese(self):
        text = as_csv(table([["门店"]], ("渠道", "text")), "CNY")
        address = data_uri(text)
        assert unquote(address.split(",", 1)[1]).startswith("\ufeff")

    @pytest.mark.parametrize(
        "hostile", ['"><script>', "%41&amp;#x", "a'b`c\\", "שלום\u202e", "\r\n\t ?+"]
    )
    def test_an_address_holds_the_file_and_cannot_end_its_attribute(self, hostile):
        address = data_uri(hostile + "退款,3.5")
        assert unquote(address.partition(",")[2]) == hostile + "退款,3.5"
        assert not set(address) & set("\"'<>&#`\\ \r\n")

    def test_hidden_columns_are_in_it(self):
        part = TablePart(
            shape="plain",
            columns=[ColumnPart(name="a", label="a", kind="text", shown=False)],
            rows=[["x"]],
        )
        assert parsed(as_csv(part, "CNY")) == [["a"], ["x"]]

    def test_negative_numbers_stay_numbers(self):
        assert parsed(as_csv(table([[-1.5]], ("x", "number")), "CNY"))[1] == ["-1.5"]

    def test_a_share_is_said_in_seven_digits_and_a_whole_number_whole(self):
        text = as_csv(
            table([[0.08233731739707835, 0, 1234567.891]], *[(n, "number") for n in "abc"]), "CNY"
        )
        assert parsed(text)[1] == ["0.08233732", "0", "1234567.891"]

    @pytest.mark.parametrize(
        "cell",
        [
            "=1+1",
            "+1",
            "-1+2",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "  =1",
            "＝1",
            "\u202e=1",
            "\x00=1",
            "\n=1",
        ],
    )
    def test_what_a_spreadsheet_would_run_is_text(self, cell):
        (_, (written,)) = parsed(as_csv(table([[cell]], ("x", "text")), "CNY"))
        assert written.startswith("'")

    def test_headings_are_neutral_too(self):
        assert parsed(as_csv(table([], ("=cmd()", "text")), "CNY")) == [["'=cmd()"]]


def test_plain_text_is_left_alone():
    assert neutral("门店 -5%") == "门店 -5%"
