import random
from dataclasses import dataclass, field

import pytest

from insights.intake.detection import Match, detect
from insights.intake.nearest import NoMatch
from insights.intake.reading import Page
from insights.settings import Brand
from insights.sources.headers import normalise


@dataclass(frozen=True)
class Adapter:
    name: str
    require: tuple[str, ...]
    columns: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ()
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    each: str = ""
    shapes: tuple[tuple[tuple[str, str], ...], ...] = ((),)
    format: str = "table"
    label: str = "抖店订单导出"
    label_en: str = "Douyin: order export"


DOUYIN = Adapter(
    "douyin.orders",
    require=("主订单编号", "子订单编号", "订单应付金额"),
    columns=("主订单编号", "子订单编号", "订单应付金额", "运费", "商家编码"),
    aliases={"运费": ("快递费", "邮费")},
)
TAOBAO = Adapter("taobao.orders", ("订单编号", "买家应付货款"), label="淘宝订单报表")
TAOBAO_2026 = Adapter(
    "taobao.qianniu",
    ("订单编号", "买家应付货款", "支付单号"),
    refuse=("买家会员名",),
    label="千牛订单",
)
HEADER = ("主订单编号", "子订单编号", "买家留言", "订单应付金额", "运费")


def table(*head: tuple[str, ...]) -> Page:
    return Page("june.csv", "csv", "utf-8", "0" * 64, head, (), None)


def answer(*keys: str) -> Page:
    return Page("june.json", "json", "utf-8", "0" * 64, (), keys, None)


def matched(page: Page, *adapters: Adapter) -> Match:
    found = detect(page, adapters)
    assert isinstance(found, Match), found
    return found


def unmatched(page: Page, *adapters: Adapter) -> NoMatch:
    found = detect(page, adapters)
    assert isinstance(found, NoMatch), found
    return found


class TestHeaders:
    def test_the_columns_used_are_found_and_the_others_named(self):
        found = matched(table(HEADER, ("1", "2", "3", "4", "5")), DOUYIN, TAOBAO)
        assert found.adapter is DOUYIN
        assert (found.header.row, found.header.cells) == (1, HEADER)
        assert found.columns == {0: "主订单编号", 1: "子订单编号", 3: "订单应付金额", 4: "运费"}
        assert found.unknown_headers == ("买家留言",)
        assert found.missing_optional == ("商家编码",)

    def test_the_order_of_columns_makes_no_difference(self):
        shuffled = list(HEADER)
        random.Random(3).shuffle(shuffled)  # noqa: S311 - the same order each time
        found = matched(table(tuple(shuffled)), DOUYIN)
        assert {shuffled[at]: name for at, name in found.columns.items()} == {
            name: name for name in HEADER if name != "买家留言"
        }

    @pytest.mark.parametrize(
        "written",
        [
            "订单应付金额",
            "\ufeff订单应付金额",
            " 订单应付\n金额\t",
            "订单应付金额（元）",
            "订单应付金额 (元)",
            "订单\u3000应付\u200b金额",
        ],
    )
    def test_noise_makes_no_difference(self, written):
        found = matched(table(("主订单编号", "子订单编号", written)), DOUYIN)
        assert found.columns[2] == "订单应付金额"

    def test_a_unit_that_would_change_the_number_does(self):
        found = unmatched(table(("主订单编号", "子订单编号", "订单应付金额(分)")), DOUYIN)
        assert found.similar == (("订单应付金额", "订单应付金额(分)"),)

    def test_a_header_written_exactly_comes_before_one_with_a_unit(self):
        found = matched(table((*HEADER[:3], "订单应付金额(元)", "订单应付金额")), DOUYIN)
        assert found.columns[4] == "订单应付金额"
        assert "订单应付金额(元)" in found.unknown_headers

    def test_an_alias_is_as_good_as_the_header(self):
        assert matched(table((*HEADER[:4], "邮费")), DOUYIN).columns[4] == "运费"

    def test_the_header_comes_before_its_alias(self):
        assert matched(table((*HEADER[:4], "邮费", "运费")), DOUYIN).columns == {
            0: "主订单编号", 1: "子订单编号", 3: "订单应付金额", 5: "运费"
        }  # fmt: skip

    def test_a_header_that_comes_twice_can_be_asked_for(self):
        adapter = Adapter("x.y", ("单号",), ("单号", "备注", "备注#2"))
        found = matched(table(("备注", "单号", "备注 ")), adapter)
        assert found.columns == {1: "单号", 0: "备注", 2: "备注#2"}

    def test_it_may_stand_anywhere_in_the_first_records(self):
        found = matched(table(("#账务明细",), ("#账号", "x"), (), HEADER), DOUYIN)
        assert found.header.row == 4

    def test_of_two_headers_the_first_counts(self):
        assert matched(table(HEADER, ("1",), HEADER), DOUYIN).header.row == 1


class TestChoice:
    def test_the_adapter_that_requires_most_wins(self):
        page = table(("订单编号", "支付单号", "买家应付货款"))
        assert matched(page, TAOBAO, TAOBAO_2026).adapter is TAOBAO_2026
        assert matched(page, TAOBAO_2026, TAOBAO).adapter is TAOBAO_2026

    def test_a_header_can_speak_against_an_adapter(self):
        page = table(("订单编号", "支付单号", "买家应付货款", "买家会员名"))
        assert matched(page, TAOBAO, TAOBAO_2026).adapter is TAOBAO
        found = unmatched(page, TAOBAO_2026)
        assert found.refused_by == ("买家会员名",)
        assert "speaks against" in found.why

    def test_two_that_fit_equally_are_both_named(self):
        other = Adapter("douyin.copy", DOUYIN.require, label="抖店二")
        found = unmatched(table(HEADER), DOUYIN, other)
        assert found.tied == ("douyin.copy", "douyin.orders")
        assert "douyin.copy" in found.why
        assert "douyin.orders" in found.why

    def test_a_table_is_no_answer_of_an_api(self):
        assert unmatched(table(HEADER), Adapter("x.y", HEADER[:2], format="json")).nearest == ""


class TestNearest:
    def test_it_says_what_is_missing_and_the_line_that_would_mend_it(self):
        found = unmatched(table((*HEADER[:3], "应付金额(元)", "运费")), TAOBAO, DOUYIN)
        assert (found.nearest, found.missing) == ("douyin.orders", ("订单应付金额",))
        assert found.similar == (("订单应付金额", "应付金额(元)"),)
        assert "'june.csv' fits no source" in found.why
        assert found.why.endswith(
            '[brands.my_brand.aliases."douyin.orders"]\n  "应付金额(元)" = "订单应付金额"'
        )

    def test_the_line_is_of_the_brand_whose_file_it_is(self):
        page = table((*HEADER[:3], "应付金额(元)", "运费"))
        found = detect(page, [DOUYIN], Brand(name="极光"))
        assert '[brands."极光".aliases."douyin.orders"]' in found.why

    def test_where_nothing_is_alike_the_name_is_left_to_who_knows_it(self):
        found = unmatched(table((*HEADER[:3], "column of nobody")), DOUYIN)
        assert found.similar == ()
        assert '"?" = "订单应付金额"' in found.why

    def test_a_page_without_any_known_header_names_none_and_shows_nothing(self):
        found = unmatched(table(("王小明", "13800000000"), ("李雷", "13800138000")), DOUYIN)
        assert (found.nearest, found.missing, found.similar) == ("", (), ())
        assert "王小明" not in found.why
        assert "138" not in found.why

    def test_no_adapter_and_no_record_are_no_match(self):
        assert unmatched(table(HEADER)).nearest == ""
        assert unmatched(table(), DOUYIN).nearest == ""


LIST = "full_order_info_list[]"
INFO = f"{LIST}.full_order_info"
YOUZAN = Adapter(
    "youzan.trades",
    require=(f"{INFO}.order_info.tid", f"{INFO}.orders[].oid"),
    columns=(f"{INFO}.order_info.tid", f"{INFO}.orders[].oid", f"{INFO}.pay_info.payment", "total"),
    each=f"{INFO}.orders[]",
    format="json",
)
KEYS = ("order_info.tid", "orders[].oid", "orders[].title")


class TestDocuments:
    def test_an_answer_as_the_api_gives_it(self):
        found = matched(answer("total", *(f"{INFO}.{key}" for key in KEYS)), YOUZAN)
        assert found.header.each == f"{INFO}.orders[]"
        assert found.columns[f"{INFO}.order_info.tid"] == f"{INFO}.order_info.tid"
        assert found.unknown_headers == (f"{INFO}.orders[].title",)
        assert found.missing_optional == (f"{INFO}.pay_info.payment",)

    def test_a_key_that_may_come_later_is_asked_for(self):
        found = matched(answer(*(f"{INFO}.{key}" for key in KEYS)), YOUZAN)
        assert found.columns[f"{INFO}.pay_info.payment"] == f"{INFO}.pay_info.payment"

    def test_its_list_alone(self):
        found = matched(answer(*(f"full_order_info.{key}" for key in KEYS)), YOUZAN)
        assert found.header.each == "full_order_info.orders[]"
        assert found.columns["full_order_info.orders[].oid"] == f"{INFO}.orders[].oid"
        assert found.columns["full_order_info.pay_info.payment"] == f"{INFO}.pay_info.payment"

    @pytest.mark.parametrize("outer", ["response.", "data.result.", "pages[]."])
    def test_it_may_be_wrapped(self, outer):
        found = matched(answer("code", *(f"{outer}{INFO}.{key}" for key in KEYS)), YOUZAN)
        assert found.header.each == f"{outer}{INFO}.orders[]"
        assert found.columns[f"{outer}{INFO}.order_info.tid"] == f"{INFO}.order_info.tid"

    def test_records_may_sit_in_a_list_of_any_name(self):
        adapter = Adapter("x.y", ("id", "at"), ("id", "at"), format="json")
        assert matched(answer("id", "at"), adapter).header.each == ""
        found = matched(answer("data.total", "data.items[].id", "data.items[].at"), adapter)
        assert found.header.each == "data.items[]"
        assert found.columns == {"data.items[].id": "id", "data.items[].at": "at"}

    def test_rows_may_be_the_elements_of_the_outermost_list(self):
        adapter = Adapter("x.y", ("list[].id",), ("list[].id",), each="list[]", format="json")
        assert matched(answer("list[].id"), adapter).header.each == "list[]"
        assert matched(answer("id"), adapter).header.each == ""

    def test_an_object_can_be_required(self):
        adapter = Adapter("x.y", ("order_info",), ("order_info",), format="json")
        assert matched(answer("order_info.tid"), adapter).columns == {"order_info": "order_info"}

    def test_the_nearest_says_what_is_missing(self):
        found = unmatched(answer(f"{INFO}.order_info.tid", f"{INFO}.orders[].id"), YOUZAN)
        assert found.missing == (f"{INFO}.orders[].oid",)
        assert found.similar == ((f"{INFO}.orders[].oid", f"{INFO}.orders[].id"),)


def test_normalising_twice_is_normalising_once():
    for header in (" 实付款（元）\n", "ＳＫＵ编码", "商家应收金额(元)（支付金额）", "\ufeff订单号"):
        assert normalise(normalise(header)) == normalise(header)
