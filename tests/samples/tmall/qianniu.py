"""The order report of 2026: no buyer, no phone, no status."""

from decimal import Decimal

from tests.samples.sample import Row, Sample

PAID = "2026-05-01 10:00:30"


def listed(number: str, paid: str, **more: str) -> Row:
    return {
        "订单编号": f'="28506798581706{number}"',
        "支付单号": "'2026050122001",
        "支付详情": "张三丰 支付宝",
        "买家应付货款": paid,
        "买家应付邮费": "0.00",
        "总金额": paid,
        "买家实付金额": paid,
        "订单创建时间": "2026-05-01 10:00:00",
        "订单付款时间": PAID,
        "商品标题": "玫瑰精华水乳套装",
        "退款金额": "0.00",
        "是否主动赔付": "否",
        "确认收货打款金额": "0.00",
        "总金额(旧版)": paid,
        # Some shops still see the receiver in one cell.
        "收货地址": "周强，86-13900000004，江苏省 南京市",
    } | more


ROWS = (
    listed("01", "1,299.00", 确认收货打款金额="1299.00", 买家应付邮费="8.00"),
    listed("02", "59.90"),
    # What the buyer has paid is what refunds have left; one report has it as it was.
    listed("03", "80.00", 退款金额="80.00", 买家实付金额="0.00"),
    listed("04", "100.00", 退款金额="30.00", 买家实付金额="70.00", 确认收货打款金额="70.00"),
    listed("07", "50.00", 退款金额="50.00"),
    # Nobody can tell whether it is closed.
    listed("05", "40.00", 订单付款时间="", 买家实付金额="0.00"),
    listed("06", "20.00", 退款金额="无退款申请"),
    {},
    {"订单编号": "合计", "买家应付货款": "1,648.90"},
)


def order(number: str, paid: str, status: str, **more: object) -> Row:
    return {
        "order_id": f"tmall:main:28506798581706{number}",
        "channel": "tmall",
        "created_at": "2026-05-01 10:00:00",
        "paid_at": PAID,
        "status": status,
        "paid_amount": Decimal(paid),
        "merchant_receipt_amount": None,
        "buyer_ref": None,
    } | more


def back(number: str, amount: str) -> Row:
    return {
        "refund_id": f"tmall:main:28506798581706{number}:estimated",
        "order_id": f"tmall:main:28506798581706{number}",
        "refunded_at": PAID,
        "amount": Decimal(amount),
        "is_estimated": True,
    }


SAMPLE = Sample(
    adapter="tmall.qianniu",
    rows=ROWS,
    id="订单编号",
    skipped={"blank": 1, "footer": 1},
    personal=("13900000004", "周强", "江苏省", "2026050122001", "张三丰"),
    totals={"买家应付邮费": "8.00"},
    expected={
        "orders": [
            order("01", "1299.00", "done", merchant_receipt_amount=Decimal("1299.00")),
            order("02", "59.90", "paid"),
            order("03", "80.00", "closed_refunded"),
            order("04", "100.00", "part_refunded", merchant_receipt_amount=Decimal("70.00")),
            order("05", "0.00", "unpaid", paid_at=None),
            order("06", "20.00", "paid"),
            order("07", "50.00", "closed_refunded"),
        ],
        "refunds": [back("03", "80.00"), back("04", "30.00"), back("07", "50.00")],
    },
)
