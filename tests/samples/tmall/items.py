"""ExportItemList: a line a sub-order, its refund in words or in yuan."""

from decimal import Decimal

from tests.samples.sample import Row, Sample

PAID = "2026-05-01 10:00:30"
ASKED = "买家已经申请退款，等待卖家同意"


def item(order: str, number: str, paid: str, status: str, **more: str) -> Row:
    return {
        "子订单编号": f'="511383704533304{number}"',
        "主订单编号": f'="511383704533304{order}"',
        "商品标题": "玫瑰精华水乳套装",
        "商品价格": paid,
        "购买数量": "1",
        "外部系统编号": "SKU-01",
        "商品属性": "容量:500ml",
        "套餐信息": "",
        "联系方式备注": "张三丰 '13800000001",
        "订单状态": status,
        "商家编码": "",
        "支付单号": "'2026050122001",
        "买家应付货款": paid,
        "买家实付金额": paid,
        "退款状态": "没有申请退款",
        "退款金额": "无退款申请",
        "订单创建时间": "2026-05-01 10:00:00",
        "订单付款时间": PAID,
        "主订单买家留言": "放门口",
    } | more


ROWS = (
    # Two lines, of which a part of one came back, and a gift.
    item("0011", "0011", "1,299.00", "交易成功", 商品价格="649.50", 购买数量="2"),
    item("0011", "0012", "100.00", "交易成功", 退款状态="退款成功", 退款金额="40.00"),
    item("0011", "0013", "0.00", "交易成功", 商家编码="GIFT-01"),
    # A refund that was only asked for has an amount, too.
    item("0021", "0021", "60.00", "卖家已发货，等待买家确认", 退款状态=ASKED, 退款金额="60.00"),
    # Closed after payment: with the amount, and without.
    item("0031", "0031", "80.00", "交易关闭", 退款状态="退款成功", 退款金额="80.00"),
    item("0041", "0041", "70.00", "交易关闭"),
    item("0051", "0051", "90.00", "交易关闭", 订单付款时间="", 买家实付金额="0.00"),
    # A presale of which the deposit is paid.
    item("0061", "0061", "20.00", "等待买家付款", 分阶段信息="定金已付"),
    # Twice, from exports that overlap: the later one counts.
    item("0071", "0071", "30.00", "等待买家付款", 订单付款时间=""),
    item("0071", "0071", "30.00", "买家已付款，等待卖家发货"),
    # A sub-order that cannot be read takes the whole order with it.
    item("0081", "0081", "1.2.3", "交易成功"),
    item("0081", "0082", "10.00", "交易成功"),
    {"子订单编号": "总计", "买家实付金额": "1,799.00"},
)  # fmt: skip


def order(number: str, paid: str, status: str, **more: object) -> Row:
    return {
        "order_id": f"tmall:main:511383704533304{number}",
        "channel": "taobao",
        "shop_id": "main",
        "created_at": "2026-05-01 10:00:00",
        "paid_at": PAID,
        "status": status,
        "goods_amount": Decimal(paid),
        "paid_amount": Decimal(paid),
        "is_presale": False,
    } | more


def line(order: str, number: str, paid: str, status: str, **more: object) -> Row:
    return {
        "line_id": f"tmall:main:511383704533304{number}",
        "order_id": f"tmall:main:511383704533304{order}",
        "created_at": "2026-05-01 10:00:00",
        "product_id": "SKU-01",
        "raw_title": "玫瑰精华水乳套装",
        "quantity": 1.0,
        "paid_amount": Decimal(paid),
        "list_amount": Decimal(paid),
        "status": status,
        "is_freebie": False,
    } | more


def back(order: str, number: str, amount: str, *, estimated: bool = False) -> Row:
    what = "estimated" if estimated else "refunded"
    return {
        "refund_id": f"tmall:main:511383704533304{number}:{what}",
        "order_id": f"tmall:main:511383704533304{order}",
        "line_id": f"tmall:main:511383704533304{number}",
        "refunded_at": PAID,
        "amount": Decimal(amount),
        "is_estimated": estimated,
    }


BACK = {"退款状态": "退款成功", "退款金额": "40.00"}
WORDS = {
    "订单状态": {
        "等待买家付款": {
            "unpaid": {"订单付款时间": ""},
            "deposit_paid": {"分阶段信息": "定金已付"},
        },
        "买家已付款，等待卖家发货": {"paid": {}, "part_refunded": BACK},
        "买家已付款,等待卖家发货": {"paid": {}, "part_refunded": BACK},
        "卖家已发货，等待买家确认": {"shipped": {}, "part_refunded": BACK},
        "卖家已发货,等待买家确认": {"shipped": {}, "part_refunded": BACK},
        "交易成功": {"done": {}, "part_refunded": BACK},
        "交易关闭": {"closed_refunded": {}, "cancelled_unpaid": {"订单付款时间": ""}},
    }
}

SAMPLE = Sample(
    adapter="tmall.items",
    rows=ROWS,
    scope={"channel": "taobao"},
    word="订单状态",
    words=WORDS,
    id="子订单编号",
    skipped={"footer": 1, "superseded": 1},
    refused={"买家实付金额_not_money": 1, "价格_not_money": 1, "other_line_refused": 1},
    personal=("13800000001", "张三丰", "放门口", "2026050122001"),
    totals={"买家实付金额": "1669.00"},
    expected={
        "orders": [
            order("0011", "1399.00", "part_refunded"),
            order("0021", "60.00", "shipped"),
            order("0031", "80.00", "closed_refunded"),
            order("0041", "70.00", "closed_refunded"),
            order("0051", "0.00", "cancelled_unpaid", paid_at=None, goods_amount=Decimal("90.00")),
            order("0061", "20.00", "deposit_paid", paid_at=None, is_presale=True),
            order("0071", "30.00", "paid"),
        ],
        "order_lines": [
            line("0011", "0011", "1299.00", "done", quantity=2.0),
            line("0011", "0012", "100.00", "part_refunded"),
            line("0011", "0013", "0.00", "done", product_id="GIFT-01", is_freebie=True),
            line("0021", "0021", "60.00", "shipped"),
            line("0031", "0031", "80.00", "closed_refunded"),
            line("0041", "0041", "70.00", "closed_refunded"),
            line("0051", "0051", "0.00", "cancelled_unpaid", list_amount=Decimal("90.00")),
            line("0061", "0061", "20.00", "deposit_paid"),
            line("0071", "0071", "30.00", "paid"),
        ],
        "refunds": [
            back("0011", "0012", "40.00"),
            back("0031", "0031", "80.00"),
            back("0041", "0041", "70.00", estimated=True),
        ],
    },
)
