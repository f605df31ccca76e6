"""拼多多订单导出: an order a row, a tab behind numbers and money, no buyer at all."""

from decimal import Decimal

from tests.samples.sample import Row, Sample


def line(number: str, paid: str, **more: str) -> Row:
    return {
        "商品": "旅行装洁面乳",
        "订单号": f"260501-40000029441{number}\t",
        "订单状态": "已签收",
        "商品总价(元)": "120.00\t",
        "邮费(元)": "0.00\t",
        "店铺优惠折扣(元)": "5.00\t",
        "平台优惠折扣(元)": "2.00\t",
        "多多支付立减金额(元)": "1.00\t",
        "用户实付金额(元)": f"{paid}\t",
        "商家实收金额(元)": "115.00\t",
        "商品数量(件)": "1\t",
        "订单成交时间": "2026-05-01 10:01:00\t",
        "发货时间": "2026-05-02 09:00:00\t",
        "确认收货时间": "2026-05-05 09:00:00\t",
        "商品id": "400000001\t",
        "商品规格": "100ml",
        "样式ID": "1600000001\t",
        "商家编码-规格维度": "SKU-31",
        "商家编码-商品维度": "",
        "商家备注": "李四要求开票",
        "售后状态": "无售后或售后取消",
        "快递单号": "YT0000000000",
        "省": "浙江省",
        "收货人": "李四",
        "手机": "13900000023",
        "推广渠道": "",
    } | more


NEVER = {"订单成交时间": "\t", "发货时间": "\t", "确认收货时间": "\t"}
WAITS = {"发货时间": "", "确认收货时间": ""}
ROWS = (
    # Paid after midnight, whatever day its number begins with.
    line("01", "112.00", 订单成交时间="2026-05-02 00:00:30"),
    # No time at all: the day of the number.
    line("02", "112.00", 订单状态="已取消", **NEVER),
    line("03", "112.00", 订单状态="未发货，退款成功", 售后状态="退款成功", **WAITS),
    line("04", "1,112.00", 售后状态="已收货，退款成功"),
    line("05", "112.00", 订单状态="未成交，退款成功", **NEVER),
    line("06", "112.00", 订单状态="待成团", **WAITS),
    line("07", "0.12.0"),
    {},
    {"商品": "总计", "用户实付金额(元)": "2,000.00"},
)  # fmt: skip


def order(number: str, paid: str, status: str, **more: object) -> Row:
    return {
        "order_id": f"pdd:main:260501-40000029441{number}",
        "channel": "pdd",
        "buyer_ref": None,
        "status": status,
        "paid_amount": Decimal(paid),
        "goods_amount": Decimal("120.00"),
        "discount_merchant_amount": Decimal("5.00"),
        "discount_platform_amount": Decimal("3.00"),
        "merchant_receipt_amount": Decimal("115.00"),
        "created_at": "2026-05-01 10:01:00",
        "paid_at": "2026-05-01 10:01:00",
    } | more


def sku(number: str, paid: str, status: str) -> Row:
    return {
        "line_id": f"pdd:main:260501-40000029441{number}",
        "order_id": f"pdd:main:260501-40000029441{number}",
        "product_id": "SKU-31",
        "quantity": 1.0,
        "paid_amount": Decimal(paid),
        "status": status,
        "is_freebie": False,
    }


def back(number: str, amount: str, at: str) -> Row:
    return {
        "refund_id": f"pdd:main:260501-40000029441{number}:estimated",
        "order_id": f"pdd:main:260501-40000029441{number}",
        "amount": Decimal(amount),
        "refunded_at": at,
        "is_estimated": True,
    }


def or_back(meaning: str) -> dict[str, dict[str, str]]:
    return {meaning: {}, "closed_refunded": {"售后状态": "退款成功"}}


DAY = "2026-05-01 00:00:00"
SAMPLE = Sample(
    adapter="pdd.orders",
    rows=ROWS,
    word="订单状态",
    words={
        "订单状态": {
            "待付款": "unpaid",
            "待支付": "unpaid",
            "待成团": "paid",
            "待发货": or_back("paid"),
            "已发货，待签收": or_back("shipped"),
            "已发货，待收货": or_back("shipped"),
            "已签收": or_back("done"),
            "已收货": or_back("done"),
            "未发货，退款成功": "closed_refunded",
            "已发货，退款成功": "closed_refunded",
            "已签收，退款成功": "closed_refunded",
            "已收货，退款成功": "closed_refunded",
            "未成交，退款成功": "closed_refunded",
            "已取消，退款成功": "closed_refunded",
            "已取消": {"closed_refunded": {}, "cancelled_unpaid": {"订单成交时间": ""}},
        }
    },
    id="商品id",
    skipped={"blank": 1, "footer": 1},
    refused={"用户实付金额(元)_not_money": 1},
    personal=("李四", "13900000023"),
    totals={"用户实付金额(元)": "1672.00"},
    expected={
        "orders": [
            order("01", "112.00", "done", created_at="2026-05-02 00:00:30",
                  paid_at="2026-05-02 00:00:30"),
            order("02", "112.00", "cancelled_unpaid", created_at=DAY, paid_at=None),
            order("03", "112.00", "closed_refunded"),
            order("04", "1112.00", "closed_refunded"),
            order("05", "112.00", "closed_refunded", created_at=DAY, paid_at=DAY),
            order("06", "112.00", "paid"),
        ],
        "order_lines": [
            sku("01", "112.00", "done"),
            sku("02", "112.00", "cancelled_unpaid"),
            sku("03", "112.00", "closed_refunded"),
            sku("04", "1112.00", "closed_refunded"),
            sku("05", "112.00", "closed_refunded"),
            sku("06", "112.00", "paid"),
        ],
        "refunds": [
            back("03", "112.00", "2026-05-01 10:01:00"),
            back("04", "1112.00", "2026-05-05 09:00:00"),
            back("05", "112.00", DAY),
        ],
    },
)  # fmt: skip
