"""An answer of taobao.trades.sold.get: yuan as text, num = 0 for several lines, presales."""

from decimal import Decimal
from typing import Any

from tests.samples.sample import Row, Sample

OAID = "1AbCwEeKdFpOaIdOfThisWeek"
PAID = "2026-05-04 10:00:20"


def trade(number: str, status: str, payment: str, *orders: dict[str, Any], **more: Any) -> Row:
    return {
        "tid": f"39306798581706{number}",
        "type": "fixed",
        "created": "2026-05-04 10:00:00",
        "pay_time": PAID,
        "end_time": "2026-05-20 09:00:00",
        "total_fee": payment,
        "payment": payment,
        "post_fee": "0.00",
        "discount_fee": "0.00",
        "adjust_fee": "0.00",
        "num": 0 if len(orders) > 1 else 1,
        "buyer_nick": "月**夜",
        "buyer_open_uid": "AAHopenuid7",
        "ouid": "ouid7",
        "oaid": OAID,
        "receiver_name": "张**",
        "receiver_mobile": "138****0001",
        "o2o_guide_id": "",
        "orders": {"order": list(orders)},
        "status": status,
    } | more


def item(number: int, payment: str, status: str, **more: Any) -> dict[str, Any]:
    # Some callers save ids as numbers.
    return {
        "oid": 3930679858170600000 + number,
        "title": "面膜",
        "num_iid": 99,
        "outer_sku_id": "SKU-9",
        "num": 1,
        "price": payment,
        "total_fee": payment,
        "payment": payment,
        "divide_order_fee": payment,
        "status": status,
    } | more


UNPAID = {"pay_time": None, "end_time": None}
DOCUMENT = {
    "trades_sold_get_response": {
        "total_results": 6,
        "has_next": False,
        "trades": {
            "trade": [
                # ¥100 for three equal lines and a gift; the odd cent goes to the first.
                trade("01", "TRADE_FINISHED", "100.00", item(1, "40.00", "TRADE_FINISHED"),
                      item(2, "40.00", "TRADE_FINISHED"), item(3, "40.00", "TRADE_FINISHED"),
                      item(4, "0.00", "TRADE_FINISHED"), o2o_guide_id="G7", o2o_shop_id="S1"),
                # One of two lines was refunded.
                trade("02", "WAIT_BUYER_CONFIRM_GOODS", "50.00",
                      item(5, "30.00", "WAIT_BUYER_CONFIRM_GOODS"),
                      item(6, "20.00", "TRADE_CLOSED", end_time="2026-05-06 08:00:00")),
                trade("03", "TRADE_CLOSED_BY_TAOBAO", "20.00",
                      item(7, "20.00", "TRADE_CLOSED_BY_TAOBAO"), **UNPAID),
                # Presales: deposit paid, both parts paid, and a deposit that was forfeited.
                trade("04", "WAIT_BUYER_PAY", "200.00", item(8, "200.00", "WAIT_BUYER_PAY"),
                      step_trade_status="FRONT_PAID_FINAL_NOPAID", step_paid_fee="20.00"),
                trade("05", "WAIT_SELLER_SEND_GOODS", "200.00",
                      item(9, "200.00", "WAIT_SELLER_SEND_GOODS"),
                      step_trade_status="FRONT_PAID_FINAL_PAID", step_paid_fee="200.00"),
                trade("06", "TRADE_CLOSED", "200.00", item(10, "200.00", "TRADE_CLOSED"),
                      step_trade_status="FRONT_PAID_FINAL_NOPAID", step_paid_fee="20.00"),
            ]
        },
    }
}  # fmt: skip


def order(number: str, paid: str, status: str, **more: object) -> Row:
    return {
        "order_id": f"tmall:main:39306798581706{number}",
        "channel": "tmall",
        "created_at": "2026-05-04 10:00:00",
        "paid_at": PAID,
        "status": status,
        "paid_amount": Decimal(paid),
        "deposit_amount": None,
        "is_presale": False,
        "seller_ref": None,
        "buyer_ref": "tb_open_uid:main:AAHopenuid7",
    } | more


def line(number: int, trade: str, paid: str, status: str, **more: object) -> Row:
    return {
        "line_id": f"tmall:main:{3930679858170600000 + number}",
        "order_id": f"tmall:main:39306798581706{trade}",
        "paid_amount": Decimal(paid),
        "status": status,
        "product_id": "SKU-9",
        "quantity": 1.0,
        "is_freebie": False,
    } | more


PRESALE = {"is_presale": True, "deposit_amount": Decimal("20.00"), "paid_at": None}

DEPOSIT = {"step_trade_status": "FRONT_PAID_FINAL_NOPAID"}
WORDS = {
    "step_trade_status": {
        "FRONT_NOPAID_FINAL_NOPAID": "unpaid",
        "FRONT_PAID_FINAL_NOPAID": "deposit_paid",
        "FRONT_PAID_FINAL_PAID": "paid",
    },
    "orders.order[].status": {
        "TRADE_NO_CREATE_PAY": "unpaid",
        "PAY_PENDING": "unpaid",
        "WAIT_BUYER_PAY": {"unpaid": {}, "deposit_paid": DEPOSIT},
        "WAIT_SELLER_SEND_GOODS": {"paid": {}, "deposit_paid": DEPOSIT},
        "PAID_FORBID_CONSIGN": "paid",
        "SELLER_CONSIGNED_PART": "paid",
        "WAIT_BUYER_CONFIRM_GOODS": "shipped",
        "TRADE_FINISHED": "done",
        "TRADE_CLOSED": {"closed_refunded": {}, "cancelled_unpaid": DEPOSIT},
        "TRADE_CLOSED_BY_TAOBAO": "cancelled_unpaid",
    },
}

SAMPLE = Sample(
    adapter="tmall.trades",
    encoding="utf-8",
    document=DOCUMENT,
    word="trades_sold_get_response.trades.trade[].orders.order[].status",
    words=WORDS,
    id="trades_sold_get_response.trades.trade[].tid",
    personal=(OAID, "月**夜", "138****0001", "张**"),
    totals={"payment": "770.00"},
    expected={
        "orders": [
            order("01", "100.00", "done", seller_ref="G7", store_id="S1"),
            order("02", "50.00", "part_refunded"),
            order("03", "20.00", "cancelled_unpaid", paid_at=None),
            order("04", "200.00", "deposit_paid", **PRESALE),
            order("05", "200.00", "paid", is_presale=True),
            order("06", "200.00", "cancelled_unpaid", **PRESALE),
        ],
        "order_lines": [
            line(1, "01", "33.34", "done"),
            line(2, "01", "33.33", "done"),
            line(3, "01", "33.33", "done"),
            line(4, "01", "0.00", "done", is_freebie=True),
            line(5, "02", "30.00", "shipped"),
            line(6, "02", "20.00", "closed_refunded"),
            line(7, "03", "20.00", "cancelled_unpaid"),
            line(8, "04", "200.00", "deposit_paid"),
            line(9, "05", "200.00", "paid"),
            line(10, "06", "200.00", "cancelled_unpaid"),
        ],
        "refunds": [
            {
                "refund_id": "tmall:main:3930679858170600006:estimated",
                "order_id": "tmall:main:3930679858170602",
                "line_id": "tmall:main:3930679858170600006",
                "refunded_at": "2026-05-06 08:00:00",
                "amount": Decimal("20.00"),
                "is_estimated": True,
            }
        ],
        "identity_links": [
            {"left_type": "tb_open_uid", "right_type": "tb_open_uid", "left_value": "AAHopenuid7"},
            {"left_type": "tb_open_uid", "right_type": "tb_ouid", "right_namespace": "main"},
        ],
    },
)
