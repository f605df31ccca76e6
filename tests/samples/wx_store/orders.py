"""微信小店订单导出: what belongs to the order is repeated beside each of its products."""

from decimal import Decimal

from tests.samples.sample import Row, Sample

BUYER = "wmA7EwDAAAexternalUserOf7"
PAID = "2026-05-04 10:00:20"
SHIPPED = "2026-05-05 09:00:00"


def product(order: str, total: str, status: str, **more: str) -> Row:
    return {
        "订单号": f"'37000000000000{order}",
        "订单下单时间": "2026-05-04 10:00:00",
        "订单发货时间": "",
        "订单确认收货时间": "",
        "订单完成结算时间": "",
        "订单状态": status,
        "收件人姓名": "王五岳",
        "收件人地址": "文三路 99 号",
        "收件人手机": "138****0001",
        "商品总价": total,
        "订单实际支付金额": total,
        "订单实际收款金额": total,
        "订单运费": "0.00",
        "支付时间": PAID,
        "交易单号": "'4200002026050400001",
        "带货ID": "finder7",
        "企微企业ID": "ww0123456789abcdef",
        "企微工号": "ZhangDaoGou",
        "导购最近分享时间": "2026-05-04 09:00:00",
        "企业微信加密id": BUYER,
        "企微备注": "王姐 13800000001",
        "礼物单号": "",
        "商品名称": "面膜",
        "商品编码(平台)": "'10000000000099",
        "商品编码(自定义)": "SPU-9",
        "SKU编码(自定义)": "SKU-9",
        "商品价格(单件)": total,
        "商品实际价格(单件)": total,
        "商品实际价格(总共)": total,
        "是否预售": "否",
        "商品数量": "1",
        "商品平台券优惠": "0.00",
        "商品售后": "无",
        "商品已退款金额": "0.00",
    } | more


# Three products at ¥105 with freight ¥5: the second came back in part, the third is free.
FIRST = {"订单实际支付金额": "105.00", "订单实际收款金额": "105.00", "订单运费": "5.00"}
FIRST |= {"订单发货时间": SHIPPED}
TWO = {"商品数量": "2", "商品价格(单件)": "35.00", "商品平台券优惠": "10.00"}
GIFT = {"礼物单号": "'38000000000000001", "企业微信加密id": "wmReceiver", "订单发货时间": SHIPPED}
ROWS = (
    product("01", "60.00", "已完成", **FIRST | TWO),
    product("01", "40.00", "已完成", 商品售后="退款完成", 商品已退款金额="15.00", **FIRST),
    product("01", "0.00", "已完成", **FIRST),
    product("02", "80.00", "待发货", 是否预售="是"),
    product("03", "30.00", "待付款", 支付时间=""),
    product("04", "30.00", "已取消", 支付时间=""),
    # Closed after payment: with the amount, and without.
    product("05", "50.00", "全部售后", 商品已退款金额="50.00"),
    product("06", "70.00", "已取消", 商品已退款金额="-"),
    # A gift: who is named may be who receives it.
    product("07", "1,299.00", "已发货", **GIFT),
    # Rows of one order that differ where they should repeat.
    product("08", "20.00", "已完成", 订单实际支付金额="30.00"),
    product("08", "10.00", "已完成", 订单实际支付金额="31.00", 订单实际收款金额="20.00"),
    {},
)  # fmt: skip


def order(number: str, paid: str, status: str, **more: object) -> Row:
    return {
        "order_id": f"wx_store:main:37000000000000{number}",
        "channel": "wx_store",
        "shop_id": "main",
        "created_at": "2026-05-04 10:00:00",
        "paid_at": PAID,
        "status": status,
        "paid_amount": Decimal(paid),
        "goods_amount": Decimal(paid),
        "freight_amount": Decimal("0.00"),
        "seller_ref": "ZhangDaoGou",
        "payment_no": "4200002026050400001",
        "buyer_ref": f"external_userid:main:{BUYER}",
        "is_presale": False,
        "is_gift": False,
    } | more


def line(order: str, place: int, paid: str, status: str, **more: object) -> Row:
    return {
        "line_id": f"wx_store:main:37000000000000{order}:{place}",
        "order_id": f"wx_store:main:37000000000000{order}",
        "product_id": "SKU-9",
        "quantity": 1.0,
        "paid_amount": Decimal(paid),
        "status": status,
        "is_freebie": False,
    } | more


def back(order: str, place: int, amount: str, at: str, *, estimated: bool = False) -> Row:
    line = f"wx_store:main:37000000000000{order}:{place}"
    return {
        "refund_id": f"{line}:{'estimated' if estimated else 'refunded'}",
        "order_id": f"wx_store:main:37000000000000{order}",
        "line_id": line,
        "amount": Decimal(amount),
        "refunded_at": at,
        "is_estimated": estimated,
    }


SUMS = {"goods_amount": Decimal("110.00"), "freight_amount": Decimal("5.00")}
SUMS |= {"discount_platform_amount": Decimal("10.00"), "shipped_at": SHIPPED}

CLOSED = {"closed_refunded": {}, "cancelled_unpaid": {"支付时间": ""}}
WORDS = {
    "订单状态": {
        "待付款": "unpaid",
        "待发货": "paid",
        "部分发货": "paid",
        "待收货": "shipped",
        "已发货": "shipped",
        "完成": "done",
        "已完成": "done",
        "全部售后": CLOSED,
        "取消": CLOSED,
        "已取消": CLOSED,
    }
}

SAMPLE = Sample(
    adapter="wx_store.orders",
    encoding="utf-8-sig",
    rows=ROWS,
    word="订单状态",
    words=WORDS,
    id="订单号",
    skipped={"blank": 1},
    refused={"orders.paid_amount_differs": 2},
    personal=("王五岳", "文三路", "138****0001", "13800000001", "wmReceiver"),
    totals={"商品实际价格(总共)": "1689.00"},
    expected={
        "orders": [
            order("01", "105.00", "part_refunded", **SUMS),
            order("02", "80.00", "paid", is_presale=True),
            order("03", "30.00", "unpaid", paid_at=None),
            order("04", "30.00", "cancelled_unpaid", paid_at=None),
            order("05", "50.00", "closed_refunded"),
            order("06", "70.00", "closed_refunded"),
            order("07", "1299.00", "shipped", shipped_at=SHIPPED, buyer_ref=None),
        ],
        "order_lines": [
            line("01", 1, "60.00", "done", quantity=2.0, list_amount=Decimal("70.00")),
            line("01", 2, "40.00", "part_refunded"),
            line("01", 3, "0.00", "done", is_freebie=True),
            line("02", 1, "80.00", "paid"),
            line("03", 1, "30.00", "unpaid"),
            line("04", 1, "30.00", "cancelled_unpaid"),
            line("05", 1, "50.00", "closed_refunded"),
            line("06", 1, "70.00", "closed_refunded"),
            line("07", 1, "1299.00", "shipped"),
        ],
        "refunds": [
            back("01", 2, "15.00", SHIPPED),
            back("05", 1, "50.00", PAID),
            back("06", 1, "70.00", PAID, estimated=True),
        ],
        "identity_links": [
            {
                "left_type": "external_userid",
                "left_namespace": "main",
                "left_value": BUYER,
                "right_value": BUYER,
                "snapshot_at": None,
            }
        ],
    },
)
