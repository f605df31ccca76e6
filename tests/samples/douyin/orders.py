"""抖店订单导出, as the console writes it: tabs around ids, a line a sub-order, masked receivers."""

from decimal import Decimal

from tests.samples.sample import Row, Sample

PHONE = "13800000001"
PRIVACY = "18877771111-123"


def tab(text: str) -> str:
    return f"\t{text}\t"


def line(order: str, number: str, paid: str, **more: str) -> Row:
    return {
        "主订单编号": tab(f"69175290276410820{order}"),
        "子订单编号": tab(f"69175290276410829{number}"),
        "选购商品": "玫瑰精华水乳套装",
        "商品规格": "500ml",
        "商品数量": "1",
        "商品ID": tab("3600000000000000035"),
        "商家编码": "SKU-01",
        "商品单价": paid,
        "订单应付金额": paid,
        "运费": "0.00",
        "平台优惠": "2.00",
        "商家优惠": "0元",
        "收件人": "张三丰",
        "收件人手机号": "138****0001",
        "详细地址": "西湖区文三路 99 号",
        "买家留言": "请放门口，张三丰",
        "订单提交时间": "2026-05-01 10:00:00",
        "支付完成时间": "2026-05-01 10:00:30",
        "发货时间": "",
        "订单完成时间": "",
        "订单状态": "已完成",
        "订单类型": "普通订单",
        "达人ID": "-",
        "售后状态": "-",
        "国补品类": "",
    } | more


PRESALE = {"订单类型": "预售订单", "订单状态": "待发货", "订单提交时间": "2026/5/3 9:05"}
ROWS = (
    # An order of two lines: one came back, and its amount has a thousands separator.
    line("01", "11", "1,299.00", 达人ID=tab("1000000000000007"), 收件人手机号=PHONE),
    line("01", "12", "100.00", 售后状态="退款成功", 订单完成时间="2026-05-09 12:00:00"),
    # Closed before and after payment.
    line("02", "21", "59.90", 订单状态="已关闭", 支付完成时间=""),
    line("03", "31", "80.00", 订单状态="已关闭", 收件人手机号=PRIVACY),
    # A presale with a free gift, its time as Excel writes it, and full-width digits.
    line("04", "41", "２００．００", **PRESALE),
    line("04", "42", "0.00", **PRESALE),
    # Repeated by an export that overlaps: the last one counts.
    line("05", "51", "30.00", 订单状态="待支付", 支付完成时间=""),
    line("05", "51", "30.00", 订单状态="已发货", 发货时间="2026-05-02 08:00:00"),
    # One line cannot be read, so that the order would be worth too little.
    line("06", "61", "12.3.4", 商品单价="12.30"),
    line("06", "62", "10.00"),
    {},
    {"主订单编号": "总计", "订单应付金额": "1,868.90"},
)  # fmt: skip


def order(number: str, paid: str, status: str, **more: object) -> Row:
    return {
        "order_id": f"douyin:main:69175290276410820{number}",
        "channel": "douyin",
        "shop_id": "main",
        "status": status,
        "paid_amount": Decimal(paid),
        "created_at": "2026-05-01 10:00:00",
        "paid_at": "2026-05-01 10:00:30",
        "seller_ref": None,
        "is_presale": False,
        "is_test": False,
    } | more


def sub(order: str, number: str, paid: str, status: str, **more: object) -> Row:
    return {
        "line_id": f"douyin:main:69175290276410829{number}",
        "order_id": f"douyin:main:69175290276410820{order}",
        "created_at": "2026-05-01 10:00:00",
        "product_id": "SKU-01",
        "quantity": 1.0,
        "paid_amount": Decimal(paid),
        "status": status,
        "is_freebie": False,
    } | more


def back(order: str, number: str, amount: str, at: str) -> Row:
    return {
        "refund_id": f"douyin:main:69175290276410829{number}:estimated",
        "order_id": f"douyin:main:69175290276410820{order}",
        "line_id": f"douyin:main:69175290276410829{number}",
        "amount": Decimal(amount),
        "refunded_at": at,
        "is_estimated": True,
    }


BACK = {"售后状态": "退款成功"}
WORDS = {
    "订单状态": {
        "待支付": "unpaid",
        "待发货": {"paid": {}, "closed_refunded": BACK},
        "备货中": {"paid": {}, "closed_refunded": BACK},
        "已发货": {"shipped": {}, "closed_refunded": BACK},
        "已完成": {"done": {}, "closed_refunded": BACK},
        "已关闭": {"closed_refunded": {}, "cancelled_unpaid": {"支付完成时间": ""}},
    }
}

SAMPLE = Sample(
    adapter="douyin.orders",
    rows=ROWS,
    word="订单状态",
    words=WORDS,
    id="主订单编号",
    skipped={"blank": 1, "footer": 1, "superseded": 1},
    refused={"订单应付金额_not_money": 1, "other_line_refused": 1},
    personal=(PHONE, PRIVACY, "张三丰", "文三路", "138****0001"),
    totals={"订单应付金额": "1778.90"},
    expected={
        "orders": [
            order("01", "1399.00", "part_refunded", seller_ref="1000000000000007"),
            order("02", "59.90", "cancelled_unpaid", paid_at=None),
            order("03", "80.00", "closed_refunded"),
            order("04", "200.00", "paid", is_presale=True, created_at="2026-05-03 09:05:00"),
            order("05", "30.00", "shipped", shipped_at="2026-05-02 08:00:00"),
        ],
        "order_lines": [
            sub("01", "11", "1299.00", "done"),
            sub("01", "12", "100.00", "closed_refunded"),
            sub("02", "21", "59.90", "cancelled_unpaid"),
            sub("03", "31", "80.00", "closed_refunded"),
            sub("04", "41", "200.00", "paid", created_at="2026-05-03 09:05:00"),
            sub("04", "42", "0.00", "paid", created_at="2026-05-03 09:05:00", is_freebie=True),
            sub("05", "51", "30.00", "shipped"),
        ],
        "refunds": [
            back("01", "12", "100.00", "2026-05-09 12:00:00"),
            back("03", "31", "80.00", "2026-05-01 10:00:30"),
        ],
        "identity_links": [{"left_type": "phone", "right_type": "phone"}],
    },
)
