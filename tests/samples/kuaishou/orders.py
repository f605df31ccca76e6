"""快手小店订单导出: an order a row, with line breaks in headers and 元 in the cells."""

from decimal import Decimal

from tests.samples.sample import Row, Sample

PHONE = "13900000022"


def line(number: str, paid: str, **more: str) -> Row:
    return {
        "订单号": f"\t25120000000000{number}",
        "赠品订单号": "-",
        "订单创建时间": "2026-05-01 10:00:00",
        "订单支付时间": "2026-05-01 10:01:00",
        "预售定金支付时间": "-",
        "订单状态": "交易成功",
        "实付款\n(元)": paid,
        "快递费": "¥0.00",
        "店铺优惠": "¥5.00",
        "平台补贴": "1.00",
        "主播补贴": "￥2.00",
        "混资活动优惠": "-",
        "支付优惠": "0.50",
        "成交数量": "2",
        "买家留言": "王小二请放门口",
        "售后状态": "-",
        "商品名称": "旅行装面霜",
        "商品ID": "\t21000000000001",
        "SKU编码": "SKU-21",
        "商品单价": "60.00",
        "CPS达人ID": "\t1800000007",
        "CPS达人昵称": "示例主播",
        "预估推广佣金": "¥3.00",
        "团长ID": "-",
        "收货人姓名": "王小二",
        "收货人电话": "139****0022",
        "收货地址": "杭州市文三路 98 号",
        "发货时间": "2026-05-02 09:00:00",
        "国补类型": "",
        "服务门店ID": "-",
        "新增一列": "1",
    } | more


NEVER = {"订单支付时间": "-", "发货时间": "-"}
ROWS = (
    line("01", "111.50", 收货人电话=PHONE),
    line("02", "¥1,111.50", 订单状态="交易关闭", 售后状态="退款成功"),
    line("03", "111.50", 订单状态="交易关闭", **NEVER),
    # A presale whose deposit is paid: its time of payment is not the order's.
    line("04", "111.50", 订单状态="待付款", 预售定金支付时间="2026-05-01 10:02:00", **NEVER),
    # A gift that goes with another order; through a group leader; money back after receipt.
    line("05", "0.00", 商品单价="0.00", 店铺优惠="0", 平台补贴="0", 主播补贴="0", 支付优惠="0"),
    line("06", "50.00", CPS达人ID="-", 团长ID="1900000008", 售后状态="退款成功", 订单状态="已收货"),
    # Repeated by an export that overlaps.
    line("07", "20.00", 订单状态="待发货", 发货时间="-"),
    line("07", "20.00", 订单状态="已发货"),
    line("08", "十元"),
    {},
)  # fmt: skip


def order(number: str, paid: str, status: str, **more: object) -> Row:
    return {
        "order_id": f"kuaishou:main:25120000000000{number}",
        "channel": "kuaishou",
        "status": status,
        "paid_amount": Decimal(paid),
        "goods_amount": Decimal("120.00"),
        "discount_merchant_amount": Decimal("7.00"),
        "discount_platform_amount": Decimal("1.50"),
        "created_at": "2026-05-01 10:00:00",
        "paid_at": "2026-05-01 10:01:00",
        "seller_ref": "1800000007",
        "is_presale": False,
        "is_gift": False,
    } | more


def sku(number: str, paid: str, status: str, **more: object) -> Row:
    return {
        "line_id": f"kuaishou:main:25120000000000{number}",
        "order_id": f"kuaishou:main:25120000000000{number}",
        "product_id": "SKU-21",
        "quantity": 2.0,
        "paid_amount": Decimal(paid),
        "status": status,
        "is_freebie": False,
    } | more


def back(number: str, amount: str) -> Row:
    return {
        "refund_id": f"kuaishou:main:25120000000000{number}:estimated",
        "order_id": f"kuaishou:main:25120000000000{number}",
        "amount": Decimal(amount),
        "refunded_at": "2026-05-02 09:00:00",
        "is_estimated": True,
    }


NOTHING = Decimal("0.00")
FREE = {
    "goods_amount": NOTHING,
    "discount_merchant_amount": NOTHING,
    "discount_platform_amount": NOTHING,
    "is_gift": True,
}


def or_back(meaning: str) -> dict[str, dict[str, str]]:
    return {meaning: {}, "closed_refunded": {"售后状态": "退款成功"}}


SAMPLE = Sample(
    adapter="kuaishou.orders",
    encoding="utf-8-sig",
    rows=ROWS,
    word="订单状态",
    words={
        "订单状态": {
            "待付款": {"unpaid": {}, "deposit_paid": {"预售定金支付时间": "2026-05-01 10:02:00"}},
            "待发货": or_back("paid"),
            "部分发货": or_back("paid"),
            "已发货": or_back("shipped"),
            "已收货": or_back("done"),
            "交易成功": or_back("done"),
            "交易关闭": {"closed_refunded": {}, "cancelled_unpaid": {"订单支付时间": ""}},
        }
    },
    id="订单号",
    skipped={"blank": 1, "superseded": 1},
    refused={"实付款_not_money": 1},
    personal=(PHONE, "王小二", "文三路", "139****0022"),
    totals={"实付款": "1516.00"},
    expected={
        "orders": [
            order("01", "111.50", "done"),
            order("02", "1111.50", "closed_refunded"),
            order("03", "111.50", "cancelled_unpaid", paid_at=None),
            order("04", "111.50", "deposit_paid", paid_at=None, is_presale=True),
            order("05", "0.00", "done", **FREE),
            order("06", "50.00", "closed_refunded", seller_ref="1900000008"),
            order("07", "20.00", "shipped", shipped_at="2026-05-02 09:00:00"),
        ],
        "order_lines": [
            sku("01", "111.50", "done"),
            sku("02", "1111.50", "closed_refunded"),
            sku("03", "111.50", "cancelled_unpaid"),
            sku("04", "111.50", "deposit_paid"),
            sku("05", "0.00", "done", is_freebie=True),
            sku("06", "50.00", "closed_refunded"),
            sku("07", "20.00", "shipped"),
        ],
        "refunds": [back("02", "1111.50"), back("06", "50.00")],
        "identity_links": [{"left_type": "phone", "right_type": "phone"}],
    },
)
