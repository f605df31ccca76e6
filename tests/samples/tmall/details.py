"""宝贝报表（旧版）: lines in GBK, ids as ="...", beside the order list with times and payments."""

from dataclasses import replace
from decimal import Decimal

from tests.samples.sample import Row, Sample
from tests.samples.tmall import orders


def detail(order: str, title: str, price: str, quantity: str = "1", **more: str) -> dict[str, str]:
    return {
        "订单编号": f'="{order}"',
        "标题": title,
        "价格": price,
        "购买数量": quantity,
        "外部系统编号": "",
        "商品属性": "颜色：白",
        "套餐信息": "",
        "备注": "",
        "订单状态": "交易成功",
        "商家编码": "SKU1",
    } | more


def line(order: str, place: int, paid: str, listed: str, **more: object) -> Row:
    return {
        "line_id": f"tmall:main:{order}:{place}",
        "order_id": f"tmall:main:{order}",
        "created_at": "2026-05-01 10:00:00",
        "product_id": "SKU1",
        "status": "done",
        "paid_amount": Decimal(paid),
        "list_amount": Decimal(listed),
    } | more


def listed(order: str, paid: str, status: str = "交易成功", **more: str) -> dict[str, str]:
    return {
        "订单编号": f'="{order}"',
        "买家应付货款": paid,
        "买家应付邮费": "0.00",
        "总金额": paid,
        "买家实际支付金额": paid,
        "订单状态": status,
        "订单创建时间": "2026-05-01 10:00:00",
        "订单付款时间": "2026-05-01 10:01:00",
    } | more


SAMPLE = Sample(
    adapter="tmall.details",
    rows=(
        detail("3101", "面霜", "100.00", "2"),
        detail("3101", "小样", "0.00"),
        detail("3101", "水", "133.00"),
        detail("3102", "面霜", "100.00", 订单状态="交易关闭"),
        # The order list does not have it.
        detail("3199", "面霜", "100.00"),
    ),
    id="订单编号",
    refused={"order_unknown": 1},
    beside=(
        replace(
            orders.SAMPLE,
            rows=(
                listed("3101", "300.01"),
                listed("3102", "0.00", "交易关闭", 订单付款时间=""),
            ),
            before=(),
            after=(),
        ),
    ),
    totals={"order_lines.paid_amount": "300.01"},
    expected={
        "order_lines": [
            line("3101", 1, "180.19", "200.00", quantity=2.0, raw_title="面霜"),
            line("3101", 2, "0.00", "0.00"),
            line("3101", 3, "119.82", "133.00"),
            line("3102", 1, "0.00", "100.00", status="cancelled_unpaid"),
        ]
    },
)
