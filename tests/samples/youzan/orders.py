"""有赞订单导出: an order a row, UTF-8 with a mark, all goods of an order in one cell."""

from decimal import Decimal

from tests.samples.sample import Row, Sample

PHONE = "13800000002"


def row(number: str, paid: str, **more: str) -> Row:
    return {
        "订单号": f"E2026050110{number}",
        "订单状态": "已完成",
        "订单创建时间": "2026-05-01 10:00:00",
        "买家付款时间": "2026-05-01 10:01:00",
        "应收订单金额": paid,
        "订单实付金额": paid,
        "全部商品名称": "玫瑰精华水(1件)，面膜(2件)",
        "商品种类数": "2",
        "收货人/提货人": "李四光",
        "收货人手机号/提货人手机号": PHONE,
        "详细收货地址/提货地址": "人民路 7 号",
        "买家昵称": "光的旅行",
        "买家手机号": PHONE,
        "分销员": "G007",
        "归属店铺": "总店",
    } | more


def order(number: str, paid: str, status: str, **more: object) -> Row:
    return {
        "order_id": f"youzan:main:E2026050110{number}",
        "channel": "youzan",
        "shop_id": "main",
        "store_id": "总店",
        "status": status,
        "paid_amount": Decimal(paid),
        "created_at": "2026-05-01 10:00:00",
        "paid_at": "2026-05-01 10:01:00",
        "seller_ref": "G007",
        "is_test": False,
    } | more


CLOSED = {"closed_refunded": {}, "cancelled_unpaid": {"买家付款时间": ""}}
WORDS = {
    "订单状态": {
        "待付款": "unpaid",
        "待成团": "paid",
        "待接单": "paid",
        "待发货": "paid",
        "部分发货": "paid",
        "已发货": "shipped",
        "已完成": "done",
        "交易完成": "done",
        "已关闭": CLOSED,
        "交易关闭": CLOSED,
    }
}

SAMPLE = Sample(
    adapter="youzan.orders",
    encoding="utf-8-sig",
    rows=(
        row("01", "¥1,200.50", 应收订单金额="1,300.00"),
        row("02", "30.00", 订单状态="待付款", 买家付款时间="", 分销员="-"),
        row("03", "80", 订单状态="已关闭"),
        row("04", "20.00", 订单状态="已关闭", 买家付款时间="-"),
        row("05", "1.2.3", 应收订单金额="1.00"),
    ),
    word="订单状态",
    words=WORDS,
    id="订单号",
    refused={"订单实付金额_not_money": 1},
    personal=(PHONE, "李四光", "人民路", "光的旅行"),
    totals={"订单实付金额 / 应收订单金额": "1331.50"},
    expected={
        "orders": [
            order("01", "1200.50", "done", goods_amount=Decimal("1300.00")),
            order("02", "30.00", "unpaid", paid_at=None, seller_ref=None),
            order("03", "80.00", "closed_refunded"),
            order("04", "20.00", "cancelled_unpaid", paid_at=None),
        ],
        "refunds": [
            {
                "refund_id": "youzan:main:E202605011003:estimated",
                "order_id": "youzan:main:E202605011003",
                "amount": Decimal("80.00"),
                "is_estimated": True,
            }
        ],
        "identity_links": [{"left_type": "phone", "evidence": "youzan.orders"}],
    },
)
