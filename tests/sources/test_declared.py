"""Declarations of adapters: everything that is wrong in one is said together, with its key."""

import pytest

from insights.sources import AdapterError
from insights.sources.declared import read

GOOD = """
[source]
name = "till"
kind = "sales"
label = "收银"
label_en = "Till"
grain = "line"
where = "收银台"
where_en = "the till"

[detect]
require = ["单号"]

[scope.shop]
default = "main"

[columns]
id = ["单号", "行号"]
yuan = ["实收", "小计"]
time = ["时间"]
text = ["品名"]
number = ["数量"]

[words."状态"]
"完成" = "done"

[orders]
order_id = "till:{shop}:{单号}"
channel = { value = "store" }
shop_id = "shop"
created_at = { least = "时间" }
status = { rollup = "状态" }
goods_amount = { sum = "小计" }
paid_amount = { once = "实收" }

[order_lines]
line_id = "till:{shop}:{行号}"
status = "状态"
quantity = "数量"
paid_amount = { share_of = "实收", by = "小计" }
"""


def wrong(*changes):
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(AdapterError) as found:
        read("till/sales.toml", text)
    return str(found.value)


def test_a_good_one_is_read():
    adapter = read("till/sales.toml", GOOD)
    assert (adapter.name, adapter.tables) == ("till.sales", ("orders", "order_lines"))
    assert adapter.columns == ("单号", "行号", "实收", "小计", "时间", "品名", "数量", "状态")


def test_its_version_is_of_its_text():
    assert read("a", GOOD).version == read("a", GOOD).version
    assert read("a", GOOD).version != read("a", GOOD + "# another").version


def test_all_that_is_wrong_is_said_together():
    said = wrong(
        ('shop_id = "shop"', 'shop_id = "shopp"'),
        ('"完成" = "done"', '"完成" = "doen"'),
        ("quantity", "quantty"),
    )
    assert said.startswith("till/sales.toml declares what cannot be:")
    assert "orders.shop_id: 'shopp' is no column of" in said
    assert "Did you mean 'shop'?" in said
    assert "words.状态.完成: 'doen' is no word of order_lines.status. Did you mean 'done'?" in said
    assert "order_lines.quantty: the table has no such column. Did you mean 'quantity'?" in said
    assert "order_lines: 'quantity' is required, and nothing fills it" in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[order_lines]", "[order_line]", "[order_line]: there is no such table or section. Did"),
        ("yuan =", "yaun =", "columns.yaun: there is no such kind of column. Did you mean 'yuan'"),
        ('"实收", "小计"]', '"实收", "小计", "时间"]', "'时间' is declared as yuan, too"),
        (
            'quantity = "数量"',
            'quantity = "品名"',
            "'品名' is declared as text, which is no number",
        ),
        ('{ sum = "小计" }', '"小计"', "orders.goods_amount: say how many rows make one"),
        ('{ sum = "小计" }', '["小计"]', "orders.goods_amount: is no value: write a header"),
        ('value = "store"', 'value = "shop"', "orders.channel: 'shop' is none of its words."),
        ('require = ["单号"]', 'require = ["单"]', "detect.require: '单' is not in [columns]"),
        ('label = "收银"', "", "source.label: Field required"),
        ('grain = "line"', 'grain = "line"\nunproven = ["猜测"]', "source.unproven: say each"),
        (
            'value = "store"',
            'sum = "实收"',
            "orders.channel: '实收' is declared as yuan, which is no enum",
        ),
        (
            'default = "main"',
            'default = "m"\nwords = ["n"]',
            "scope.shop.default: 'm' is not one of",
        ),
        ('default = "main"', 'pattern = "("', "scope.shop.pattern: is no regular expression"),
        ('{ value = "store" }', '"shop"', "scope.shop.words: list what it can be"),
        (
            "[orders]",
            '[attributes]\ncity = "品名"\n[orders]',
            "attributes: whose are they? Add [identity]",
        ),
        (
            'quantity = "数量"',
            'quantity = { order = "paid_amount" }',
            "only lines in a file without",
        ),
        ('grain = "line"', 'grain = "line"\ngrian = 1', "source.grian: there is no such key"),
        ('{ least = "时间" }', "{ sql = '\"时刻\"' }", "orders.created_at: '时刻' is no column"),
    ],
)
def test_what_cannot_be_is_refused_with_its_key(old, new, said):
    assert said in wrong((old, new))


def test_what_is_no_toml_is_said_so():
    with pytest.raises(AdapterError, match=r"till/sales\.toml is not valid TOML"):
        read("till/sales.toml", "[source")


def test_private_columns_are_for_derived_ones_only():
    said = wrong(('text = ["品名"]', 'private = ["品名"]\ntext = ["备注"]'),
                 ('quantity = "数量"', 'quantity = "数量"\nraw_title = "品名"'))  # fmt: skip
    assert "order_lines.raw_title: '品名' is private; only [derive] may use it" in said


def test_a_person_is_known_by_ids_of_known_kinds():
    identity = (
        '[identity]\nat = "时间"\nids = [{ type = "phon", namespace = "x", column = "单号" }]\n'
    )
    assert "there is no kind 'phon'. Did you mean 'phone'?" in wrong(
        ("[orders]", identity + "[orders]")
    )


def test_each_metric_of_a_wide_row_is_a_row_where_it_is_known():
    text = (
        GOOD[: GOOD.index("[orders]")]
        + """
[daily_metrics]
on_date = "时间"
entity_kind = { value = "store" }
entity_id = "shop"
is_final = { value = true }
metrics = { sales = "实收", pieces = "数量" }
"""
    )
    sales, pieces = read("till/sales.toml", text).blocks
    assert (sales.where, pieces.where) == ('"实收" IS NOT NULL', '"数量" IS NOT NULL')


def test_lines_take_from_their_orders_what_those_have():
    lines = (
        GOOD[: GOOD.index("[orders]")]
        + """
[order_lines]
line_id = "till:{行号}"
order_id = "till:{单号}"
created_at = { order = "created_at" }
status = { order = "status" }
quantity = "数量"
paid_amount = { share_of = { order = "paid_amount" }, by = "小计" }
"""
    )
    assert read("a", lines).of_order == ("created_at", "status", "paid_amount")
    with pytest.raises(AdapterError, match=r"an order has no 'paid'\. Did you mean 'paid_at'"):
        read("a", lines.replace('"paid_amount" }', '"paid" }'))
    with pytest.raises(AdapterError, match="'status' of an order is enum, which is no timestamp"):
        read("a", lines.replace('order = "created_at"', 'order = "status"'))
