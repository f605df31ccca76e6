"""抖店售后单导出: tabs around ids, and what is closed or still runs beside what went back."""

from decimal import Decimal

from tests.samples.sample import Row, Sample


def row(number: str, line: str, back: str, **more: str) -> Row:
    return {
        "售后单号": f"1400000000000000{number}\t",
        "订单号": "6920000000000000001\t",
        "商品单号": f"69200000000000001{line}\t",
        "商品名称": "保湿面霜",
        "商品发货状态": "1/1已发货",
        "售后类型": "退货退款",
        "退商品金额（元）": back,
        "退运费金额（元）": "0.00",
        "退支付优惠（元）": "-",
        "售后状态": "同意退款，退款成功",
        "退款方式": "原路退回",
        "售后申请时间": "2026-05-10 10:00:00",
        "商家退款时间": "2026-05-15 15:03:52",
        "售后完结时间": "2026-05-16 15:03:52",
        "售后原因": "尺码不合适",
        "用户售后说明": "请打给张三丰",
        "新增一列": "1",
    } | more


EARLY = {"售后类型": "未发货退款", "退运费金额（元）": "8.00", "商家退款时间": "-"}


def refund(number: str, line: str, amount: str, **more: object) -> Row:
    return {
        "refund_id": f"douyin:main:1400000000000000{number}:69200000000000001{line}",
        "order_id": "douyin:main:6920000000000000001",
        "line_id": f"douyin:main:69200000000000001{line}",
        "amount": Decimal(amount),
        "applied_at": "2026-05-10 10:00:00",
        "refunded_at": "2026-05-15 15:03:52",
        "kind": "return",
        "phase": "after_receipt",
        "reason": "尺码不合适",
        "is_estimated": False,
    } | more


SAMPLE = Sample(
    adapter="douyin.aftersales",
    encoding="utf-8-sig",
    rows=(
        row("01", "01", "¥1,159.00"),
        # Called off before it was sent, with its freight; when it went back only the end tells.
        row("02", "02", "100.25", **EARLY),
        row("03", "03", "50.00", 售后类型="已发货仅退款"),
        # A part of what went back already; what was closed, what runs, and what cost nothing.
        row("04", "01", "40.00", 售后类型="价保退差"),
        row("05", "04", "60.00", 售后状态="售后关闭", 商家退款时间="-"),
        row("06", "05", "60.00", 售后状态="待买家退货", 商家退款时间="-", 售后完结时间="-"),
        row("07", "06", "-", 售后类型="换货"),
        row("08", "07", "很多"),
    ),
    id="售后单号",
    refused={"退商品金额(元)_not_money": 1},
    personal=("张三丰",),
    totals={"退回 (refunds)": "1357.25"},
    expected={
        "refunds": [
            refund("01", "01", "1159.00"),
            refund(
                "02", "02", "108.25", kind="cancel", phase="before_ship",
                refunded_at="2026-05-16 15:03:52",
            ),
            refund("03", "03", "50.00", kind="refund_only", phase=None),
            refund("04", "01", "40.00", kind="compensation", phase=None),
        ]
    },
)  # fmt: skip
