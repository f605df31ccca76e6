import json

import pytest

from insights.errors import UnreadableFile
from insights.intake.reading import Limits
from tests.intake.reading.made import HEADER, ROWS, document, elements, lines

ORDERS = {
    "trace_id": "x",
    "full_order_info_list": [
        {
            "full_order_info": {
                "order_info": {"tid": "E1", "is_retail_order": False, "pay_time": None},
                "pay_info": {"payment": "1000.00", "deduction_real_pay": 100000},
                "orders": [
                    {"oid": 6917529027641081857, "num": 1, "tags": ["a", "b"]},
                    {"oid": 6917529027641081858, "num": 2, "tags": []},
                ],
            }
        },
        {"full_order_info": {"order_info": {"tid": "E2"}, "orders": []}},
        {"full_order_info": {"order_info": {"tid": "E3"}, "orders": [{"oid": 3, "price": 1.10}]}},
    ],
}
ONE = "full_order_info_list[].full_order_info"


class TestForms:
    @pytest.mark.parametrize("content", [document(), lines()])
    def test_a_list_and_lines_are_the_same_records(self, reading, content):
        page = reading(content, "orders.json").page
        assert (page.format, page.keys) == ("json", HEADER)
        assert elements(page, HEADER[0], HEADER[2]) == [
            (number, row[0], row[2]) for number, row in enumerate(ROWS, start=1)
        ]

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
    def test_in_any_encoding(self, reading, encoding):
        page = reading(lines().decode().encode(encoding)).page
        assert page.encoding == encoding
        assert len(elements(page, HEADER[1])) == 30

    def test_an_answer_is_one_record(self, reading):
        page = reading(json.dumps(ORDERS, indent=2).encode()).page
        assert page.keys[:3] == (
            "trace_id",
            f"{ONE}.order_info.tid",
            f"{ONE}.order_info.is_retail_order",
        )
        assert elements(page, "trace_id") == [(1, "x")]

    def test_objects_one_after_the_other_are_records_however_they_are_laid_out(self, reading):
        text = "".join(json.dumps({"a": {"b": n}}, indent=2) + "\n\n" for n in range(3))
        assert elements(reading(text.encode()).page, "a.b") == [(1, "0"), (2, "1"), (3, "2")]


class TestRows:
    def test_each_element_of_a_list_is_a_row_with_what_stands_above(self, reading):
        page = reading(json.dumps(ORDERS).encode()).page
        paths = (f"{ONE}.order_info.tid", f"{ONE}.orders[].oid", f"{ONE}.orders[].num")
        assert elements(page, *paths, each=f"{ONE}.orders[]") == [
            (1, "E1", "6917529027641081857", "1"),
            (2, "E1", "6917529027641081858", "2"),
            (4, "E3", "3", None),
        ]
        assert list(page.refused) == [(3, "empty_list")]

    def test_an_empty_list_of_an_answer_without_anything_else_is_no_row(self, reading):
        page = reading(b'{"list": [], "errcode": 0}').page
        assert elements(page, "list[].id", each="list[]") == []
        assert not page.refused

    def test_a_path_through_another_list_is_told_as_a_list(self, reading):
        page = reading(json.dumps(ORDERS).encode()).page
        assert elements(page, f"{ONE}.orders[].tags[]", each=f"{ONE}.orders[]") == [
            (1, '["a", "b"]'),
            (2, "[]"),
            (4, None),
        ]
        assert elements(page, f"{ONE}.orders[].num", each="full_order_info_list[]") == [
            (1, '["1", "2"]'),
            (2, "[]"),
            (3, "[null]"),
        ]

    def test_elements_may_be_words(self, reading):
        page = reading(b'{"id": 1, "tags": ["a", "b"]}').page
        assert elements(page, "id", "tags[]", each="tags[]") == [(1, "1", "a"), (2, "1", "b")]

    def test_the_record_itself_is_a_row(self, reading):
        page = reading(json.dumps(ORDERS).encode()).page
        assert elements(page, "full_order_info_list[].full_order_info.order_info.tid") == [
            (1, '["E1", "E2", "E3"]')
        ]


class TestValues:
    @pytest.mark.parametrize(
        ("written", "text"),
        [
            ("12345678901234567890123", "12345678901234567890123"),
            ("1.10", "1.10"),
            ("1e3", "1e3"),
            ("-0", "-0"),
            ("9" * 5_000, "9" * 5_000),
            ("true", "true"),
            ("null", None),
            ('""', ""),
            ('"\\u8c22\\u8c22"', "谢谢"),
            ('{"b": [1, "c"]}', '{"b": ["1", "c"]}'),
            ("NaN", "NaN"),
        ],
    )
    def test_they_stay_as_written(self, reading, written, text):
        page = reading(f'[{{"id": 1, "a": {written}}}]'.encode()).page
        assert elements(page, "id", "a") == [(1, "1", text)]


class TestRefused:
    def test_lines_that_are_no_object_are_refused_by_number(self, reading):
        content = b'{"a": 1}\n{"a": }\n\n[1]\n{"a": "\xff"}\n{"a": "\\ud83d"}\n{"a": 2}\n{"a": 3'
        page = reading(content).page
        assert elements(page, "a") == [(1, "1"), (6, "2")]
        assert list(page.refused) == [
            (2, "not_json"),
            (3, "not_json"),
            (4, "undecodable"),
            (5, "undecodable"),
            (7, "cut_short"),
        ]

    def test_elements_that_are_no_object_are_refused_by_number(self, reading):
        page = reading(b'[{"a": 1}, 5, {"a": 2}, [{}]]').page
        assert elements(page, "a") == [(1, "1"), (3, "2")]
        assert list(page.refused) == [(2, "not_json"), (4, "not_json")]

    @pytest.mark.parametrize(
        "content", [document()[:-40], b"[" * 200_000, b'[{"a":' * 200_000, b'{"a": 1']
    )
    def test_a_document_that_is_cut_is_damaged(self, reading, content):
        assert reading(content).unreadable.reason == "damaged"

    def test_a_document_of_any_size_is_not_held(self, reading):
        assert (
            reading(document(), limits=Limits(document_bytes=1_000)).unreadable.reason
            == "too_large"
        )
        assert (
            len(elements(reading(lines(), limits=Limits(document_bytes=1_000)).page, HEADER[0]))
            == 30
        )

    def test_a_line_of_any_length_is_not_held(self, reading, monkeypatch):
        monkeypatch.setattr("insights.intake.reading.documents._LONGEST_LINE", 1 << 20)
        page = reading(b'{"a": 1}\n{"a": 2}\n' + b" " * 3_000_000).page
        with pytest.raises(UnreadableFile, match="line of more than 1 MB"):
            elements(page, "a")

    def test_a_table_that_begins_with_a_bracket_is_a_table(self, reading):
        assert reading("[订单号],[金额]\n1,2\n".encode()).page.format == "csv"


def test_an_element_of_a_list_is_a_path(reading):
    content = json.dumps({"l": [{"m": ["a", "b"]}, {"m": []}, {"m": "c"}]})
    rows = elements(reading(content.encode()).page, "l[].m[0]", "l[].m[1]", each="l[]")
    assert [row[1:] for row in rows] == [("a", "b"), (None, None), (None, None)]
