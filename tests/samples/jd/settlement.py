"""京东结算单明细: a row is money in or out, for a sale, a refund or a fee."""

from decimal import Decimal

from tests.samples.sample import Row, Sample


def item(number: str, name: str, amount: str, way: str, **more: str) -> Row:
    return {
        "订单编号": f'="33519637716{number}"',
        "父单号": "",
        "订单状态": "完成",
        "订单下单时间": "2026-05-01 10:00:00",
        "费用发生时间": "2026-05-12 09:00:00",
        "商品编号": "1001",
        "商品名称": "玫瑰精华水乳套装",
        "费用名称": name,
        "应结金额": amount,
        "收支方向": way,
        "售后服务单号": "",
        "商户备注": "张三丰已退",
    } | more


ROWS = (
    item("01", "货款", "1,000.00", "收入"),
    # One after-sale service of two SKUs; JD writes what goes out with and without a sign.
    item("01", "售后退款", "-100.00", "支出", 售后服务单号="40001"),
    item("01", "售后退款", "34.00", "支出", 售后服务单号="40001", 商品编号="1002"),
    # A fee, and a part of it given back.
    item("01", "佣金", "50.00", "支出"),
    item("01", "佣金", "5.00", "收入", 费用发生时间="2026-05-13 09:00:00"),
    item("01", "运费保险服务费", "0.60", "支出"),
    item("01", "京豆", "1.00", "收入"),
    {},
    {"订单编号": "合计", "应结金额": "819.40"},
)  # fmt: skip


def back(sku: str, amount: str) -> Row:
    return {
        "refund_id": f"jd:main:40001-{sku}-售后退款-1-20260512090000",
        "order_id": "jd:main:3351963771601",
        "line_id": f"jd:main:3351963771601:{sku}-1",
        "amount": Decimal(amount),
        "refunded_at": "2026-05-12 09:00:00",
        "is_estimated": False,
    }


def cost(kind: str, amount: str, on: str = "2026-05-12") -> Row:
    return {"kind": kind, "amount": Decimal(amount), "on_date": f"{on} 09:00:00", "channel": "jd"}


SAMPLE = Sample(
    adapter="jd.settlement",
    rows=ROWS,
    word="收支方向",
    words={"收支方向": {"收入": "in", "支出": "out"}},
    id="订单编号",
    skipped={"blank": 1, "footer": 1},
    personal=("张三丰",),
    totals={"refunds.amount": "134.00", "costs.amount": "45.60"},
    expected={
        "refunds": [back("1001", "100.00"), back("1002", "34.00")],
        "costs": [
            cost("platform_fee", "50.00"),
            cost("platform_fee", "-5.00", "2026-05-13"),
            cost("logistics", "0.60"),
        ],
    },
)
