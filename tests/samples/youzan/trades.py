"""An answer of youzan.trades.sold.get: mixed units, encrypted personal fields, lines in a list."""

from decimal import Decimal
from typing import Any

from tests.samples.sample import Row, Sample

PHONE = "13800000003"
ENCRYPTED = "$qLZ8bUBxOZJZpjOQAZJ2hQ==$1$"


def trade(number: str, status: str, payment: str, *lines: dict[str, Any], **more: Any) -> Row:
    return {
        "full_order_info": {
            "order_info": {
                "tid": f"E20241104{number}",
                "status": status,
                "created": "2026-05-04 10:00:00",
                "pay_time": more.get("pay_time", "2026-05-04 10:00:20"),
                "node_kdt_id": 1234567,
                "root_kdt_id": 1234500,
                "is_retail_order": False,
            },
            "buyer_info": {
                "buyer_phone": more.get("phone", ENCRYPTED),
                "yz_open_id": "yzOpen7",
                "outer_user_id": "oWechat7",
                "fans_nickname": "月下独酌",
            },
            "pay_info": {
                "total_fee": payment,
                "post_fee": "0.00",
                "payment": payment,
                "deduction_real_pay": 100000,
                "phase_payments": more.get("phases", []),
            },
            "orders": list(lines),
            "address_info": {"receiver_name": "王五岳", "receiver_tel": PHONE},
        },
        "refund_order": more.get("back", []),
        **({"test": more["test"]} if "test" in more else {}),
    }


def back(fee: str, *lines: int, state: int = 60) -> dict[str, Any]:
    return {
        "refund_id": f"R{lines[0]}{state}",
        "refund_type": "BUYER_APPLY_REFUND",
        "refund_fee": fee,
        "refund_state": state,
        "update_time": "2026-05-06 09:00:00",
        "oids": [f"320000000000000{line:04}" for line in lines],
    }


def item(number: int, payment: str, **more: Any) -> dict[str, Any]:
    return {
        "oid": f"320000000000000{number:04}",
        "title": "面膜",
        "item_id": 99,
        "outer_sku_id": "SKU-9",
        "num": 1,
        "price": payment,
        "total_fee": payment,
        "payment": payment,
        "is_present": False,
    } | more


def order(number: str, paid: str, status: str, **more: object) -> Row:
    return {
        "order_id": f"youzan:main:E20241104{number}",
        "shop_id": "main",
        "status": status,
        "paid_amount": Decimal(paid),
        "created_at": "2026-05-04 10:00:00",
        "buyer_ref": "yz_open_id:1234500:yzOpen7",
        "is_gift": False,
        "is_presale": False,
    } | more


def line(number: int, trade: str, paid: str, status: str, **more: object) -> Row:
    return {
        "line_id": f"youzan:main:320000000000000{number:04}",
        "order_id": f"youzan:main:E20241104{trade}",
        "paid_amount": Decimal(paid),
        "status": status,
        "product_id": "SKU-9",
    } | more


CLOSED = {
    "closed_refunded": {},
    "cancelled_unpaid": {"full_order_info.order_info.pay_time": ""},
}
WORDS = {
    "full_order_info.order_info.status": {
        "WAIT_BUYER_PAY": "unpaid",
        "TRADE_PAID": "paid",
        "WAIT_CONFIRM": "paid",
        "WAIT_SELLER_SEND_GOODS": "paid",
        "WAIT_BUYER_CONFIRM_GOODS": "shipped",
        "TRADE_SUCCESS": "done",
        "TRADE_CLOSED": CLOSED,
    }
}

SAMPLE = Sample(
    adapter="youzan.trades",
    encoding="utf-8",
    document={
        "trace_id": "yz7-0a",
        "code": 200,
        "data": {
            "total_results": 7,
            "full_order_info_list": [
                # ¥100 for three equal lines: the odd cent goes to the first. A gift costs nothing.
                trade("01", "TRADE_SUCCESS", "100.00", item(1, "40.00"), item(2, "40.00"),
                      item(3, "40.00"), item(4, "0.00", is_present=True), phone=PHONE),
                trade("02", "TRADE_CLOSED", "20.00", item(5, "20.00")),
                trade("03", "TRADE_CLOSED", "20.00", item(6, "20.00"), pay_time=""),
                trade("04", "TRADE_PAID", "8.00", item(7, "8.00"), phases=[{"phase": 1}]),
                # One line went back, in two goes; another refund was refused.
                trade("05", "TRADE_SUCCESS", "30.00", item(8, "10.00"), item(9, "20.00"),
                      back=[back("6.00", 8), back("4.00", 8), back("20.00", 9, state=50)]),
                # All of it, in one go: nothing is left to be estimated.
                trade("06", "TRADE_CLOSED", "30.00", item(10, "10.00"), item(11, "20.00"),
                      back=[back("30.00", 10, 11)]),
                # The merchant tried the shop.
                trade("07", "TRADE_SUCCESS", "0.01", item(12, "0.01"), test=True),
            ],
        },
    },
    word="data.full_order_info_list[].full_order_info.order_info.status",
    words=WORDS,
    id="data.full_order_info_list[].full_order_info.orders[].oid",
    personal=(PHONE, ENCRYPTED, "王五岳", "月下独酌"),
    totals={"full_order_info.pay_info.payment": "208.01"},
    expected={
        "orders": [
            order("01", "100.00", "done"),
            order("02", "20.00", "closed_refunded"),
            order("03", "20.00", "cancelled_unpaid", paid_at=None),
            order("04", "8.00", "paid", is_presale=True),
            order("05", "30.00", "done"),
            order("06", "30.00", "closed_refunded"),
            order("07", "0.01", "done", is_test=True),
        ],
        "order_lines": [
            line(1, "01", "33.34", "done"),
            line(2, "01", "33.33", "done"),
            line(3, "01", "33.33", "done"),
            line(4, "01", "0.00", "done", is_freebie=True),
            line(5, "02", "20.00", "closed_refunded"),
            line(6, "03", "20.00", "cancelled_unpaid"),
            line(7, "04", "8.00", "paid"),
            line(8, "05", "10.00", "done"),
            line(9, "05", "20.00", "done"),
            line(10, "06", "10.00", "closed_refunded"),
            line(11, "06", "20.00", "closed_refunded"),
            line(12, "07", "0.01", "done"),
        ],
        "refunds": [
            {"refund_id": "youzan:main:3200000000000000005:estimated", "is_estimated": True},
            {
                "refund_id": "youzan:main:3200000000000000008:returned",
                "line_id": "youzan:main:3200000000000000008",
                "amount": Decimal("10.00"),
                "refunded_at": "2026-05-06 09:00:00",
                "is_estimated": False,
            },
            {
                "refund_id": "youzan:main:3200000000000000010:returned",
                "order_id": "youzan:main:E2024110406",
                "line_id": None,
                "amount": Decimal("30.00"),
            },
        ],
        "identity_links": [
            {"left_type": "yz_open_id", "right_type": "yz_open_id"},
            {"left_type": "yz_open_id", "right_type": "phone"},
        ],
    },
)  # fmt: skip
