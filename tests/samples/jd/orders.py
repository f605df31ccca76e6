"""京东订单导出: GB18030, a row a SKU, amounts of the order beside each, six stars in each phone."""

from decimal import Decimal

from tests.samples.sample import Row, Sample

PHONE = "13900000021"
NOT_SETTLED = "（系统计算中，该值仅供参考）"


def line(number: str, sku: str, price: str, paid: str, **more: str) -> Row:
    return {
        "订单号": f'="33519637716{number}"',
        "商品ID": sku,
        "商品名称": "玫瑰精华水乳套装",
        "货号": f"SKU-{sku}",
        "订购数量": "1",
        "支付方式": "在线支付",
        "下单时间": "2026-05-01 10:00:00",
        "付款确认时间": "2026-05-01 10:03:00",
        "订单完成时间": "",
        "京东价": price,
        "订单金额": price,
        "结算金额": paid,
        "余额支付": "0.00",
        "应付金额": paid,
        "商家应收": f"{paid}{NOT_SETTLED}",
        "运费金额": "0.00",
        "订单状态": "完成",
        "订单类型": "SOP",
        "订单来源": "京东APP",
        "下单帐号": f"jd_{number}",
        "客户姓名": "张三丰",
        "客户地址": "浙江省杭州市西湖区文三路 99 号",
        "联系电话": "1******0021",
        "订单备注": "张三丰收",
        "发票抬头": "个人",
        "国补品类": "",
    } | more


ROWS = (
    # Two SKUs of one order, and a gift of the first SKU: 应付金额 is the order's, once.
    line("01", "1001", "1,299.00", "1,000.00", 订单完成时间="2026/5/9 12:00", 联系电话=PHONE),
    line("01", "1002", "201.00", "1,000.00", 订单完成时间="2026/5/9 12:00", 联系电话=PHONE),
    line("01", "1001", "0.00", "1,000.00", 订单完成时间="2026/5/9 12:00", 联系电话=PHONE),
    # Cancelled before and after payment; deleted once it was paid.
    line("02", "1001", "59.90", "59.90", 订单状态="已取消", 付款确认时间=""),
    line("03", "1001", "80.00", "80.00", 订单状态="已取消"),
    line("04", "1001", "80.00", "80.00", 订单状态="(删除)等待出库"),
    # Paid at the door, and partly from the balance; JD's word for "never" is the year 1.
    line("05", "1003", "40.00", "35.00", 支付方式="货到付款", 余额支付="5.00",
         付款确认时间="0001-01-01 00:00:00", 订单完成时间="2026-05-04 18:00:00"),
    # A split order and its parent; a presale, waiting.
    line("06", "1003", "40.00", "40.00", 父单号="3351963771600", 订单状态="等待确认收货"),
    line("07", "1003", "40.00", "40.00", 订单类型="预售订单", 订单状态="等待付款", 付款确认时间=""),
    # What the rows of one order say of it differs.
    line("08", "1001", "10.00", "20.00"),
    line("08", "1002", "10.00", "19.00"),
    {},
    {"订单号": "合计", "应付金额": "9,999.00"},
)  # fmt: skip


def order(number: str, paid: str, status: str, **more: object) -> Row:
    return {
        "order_id": f"jd:main:33519637716{number}",
        "channel": "jd",
        "shop_id": "main",
        "buyer_ref": f"jd_pin:main:jd_{number}",
        "parent_no": None,
        "status": status,
        "paid_amount": Decimal(paid),
        "created_at": "2026-05-01 10:00:00",
        "paid_at": "2026-05-01 10:03:00",
        "is_presale": False,
        "is_test": False,
    } | more


def sku(number: str, line: str, paid: str, status: str, **more: object) -> Row:
    return {
        "line_id": f"jd:main:33519637716{number}:{line}",
        "order_id": f"jd:main:33519637716{number}",
        "product_id": f"SKU-{line.partition('-')[0]}",
        "quantity": 1.0,
        "paid_amount": Decimal(paid),
        "status": status,
        "is_freebie": False,
    } | more


def back(number: str, amount: str) -> Row:
    return {
        "refund_id": f"jd:main:33519637716{number}:estimated",
        "order_id": f"jd:main:33519637716{number}",
        "line_id": None,
        "amount": Decimal(amount),
        "refunded_at": "2026-05-01 10:03:00",
        "is_estimated": True,
    }


NOT_PAID = {"付款确认时间": ""}
LATER = {"closed_refunded": {}, "cancelled_unpaid": NOT_PAID}
HELD = {"paid": {}, "unpaid": NOT_PAID}

SAMPLE = Sample(
    adapter="jd.orders",
    rows=ROWS,
    word="订单状态",
    words={
        "订单状态": {
            "等待付款": "unpaid",
            "等待付款确认": "unpaid",
            "未付款": "unpaid",
            "已取消": LATER,
            "等待出库": "paid",
            "等待发货": "paid",
            "等待确认收货": "shipped",
            "完成": "done",
            "已完成": "done",
            "锁定": HELD,
            "锁定订单": HELD,
            "(锁定)等待出库": "paid",
            "(锁定)等待确认收货": "shipped",
            "暂停": HELD,
            "暂停订单": HELD,
            "(删除)等待付款": "cancelled_unpaid",
            "(删除)未付款": "cancelled_unpaid",
            "(删除)等待出库": LATER,
            "(删除)等待确认收货": LATER,
            "(删除)锁定": LATER,
            "(删除)暂停": LATER,
        }
    },
    id="商品ID",
    skipped={"blank": 1, "footer": 1},
    refused={"orders.merchant_receipt_amount_differs": 2, "orders.paid_amount_differs": 2},
    personal=(PHONE, "张三丰", "文三路", "1******0021"),
    totals={"实付": "1359.90"},
    expected={
        "orders": [
            order("01", "1000.00", "done", goods_amount=Decimal("1500.00"),
                  merchant_receipt_amount=Decimal("1000.00"), closed_at="2026-05-09 12:00:00"),
            order("02", "59.90", "cancelled_unpaid", paid_at=None),
            order("03", "80.00", "closed_refunded"),
            order("04", "80.00", "closed_refunded"),
            order("05", "40.00", "done", paid_at="2026-05-04 18:00:00"),
            order("06", "40.00", "shipped", parent_no="3351963771600"),
            order("07", "40.00", "unpaid", paid_at=None, is_presale=True),
        ],
        "order_lines": [
            sku("01", "1001-1", "866.00", "done"),
            sku("01", "1002-1", "134.00", "done"),
            sku("01", "1001-2", "0.00", "done", is_freebie=True),
            sku("02", "1001-1", "59.90", "cancelled_unpaid"),
            sku("03", "1001-1", "80.00", "closed_refunded"),
            sku("04", "1001-1", "80.00", "closed_refunded"),
            sku("05", "1003-1", "40.00", "done"),
            sku("06", "1003-1", "40.00", "shipped"),
            sku("07", "1003-1", "40.00", "unpaid"),
        ],
        "refunds": [back("03", "80.00"), back("04", "80.00")],
        "identity_links": [
            *(
                {"left_type": "jd_pin", "left_value": f"jd_{n}", "right_type": "jd_pin"}
                for n in ("01", "02", "03", "04", "05", "06", "07")
            ),
            {"left_type": "jd_pin", "left_value": "jd_01", "right_type": "phone"},
        ],
    },
)  # fmt: skip
