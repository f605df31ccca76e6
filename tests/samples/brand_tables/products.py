"""商品模板: codes that a spreadsheet would spoil, prices in several spellings."""

from decimal import Decimal

from tests.samples.sample import Sample

SAMPLE = Sample(
    adapter="brand_tables.products",
    rows=(
        {
            "商品编码": '="0069012345678901"', "款号": "SPU1", "商品名称": "玫瑰精华水",
            "一级类目": "护肤", "二级类目": "爽肤水", "系列": "玫瑰", "吊牌价(元)": "1,299.00",
            "成本价(元)": "¥38.5", "上市日期": "2026年3月8日", "专供渠道": "tmall",
        },
        {"商品编码": "GIFT-1", "商品名称": "赠品小样", "一级类目": "赠品", "成本价(元)": "8元"},
        {"商品编码": "示例", "商品名称": "示例", "一级类目": "示例"},
    ),
    id="商品编码",
    skipped={"example": 1},
    totals={"吊牌价": "1299.00", "成本价": "46.50"},
    expected={
        "products": [
            {
                "product_id": "0069012345678901", "spu_id": "SPU1", "name": "玫瑰精华水",
                "category_1": "护肤", "category_2": "爽肤水", "series": "玫瑰",
                "list_price": Decimal("1299.00"), "unit_cost": Decimal("38.50"),
                "launched_on": "2026-03-08 00:00:00", "exclusive_channel": "tmall",
            },
            {"product_id": "GIFT-1", "list_price": None, "unit_cost": Decimal("8.00")},
        ]
    },
)  # fmt: skip
