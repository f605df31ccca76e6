"""Answers of channels/ec/order/get: fen, status codes, a gift whose openid is the receiver's."""

from decimal import Decimal
from typing import Any

from tests.samples.sample import Row, Sample

CREATED = 1777860000  # 2026-05-04 10:00:00 in Shanghai
PAID = "2026-05-04 10:00:20"
CHANGED = "2026-05-06 10:00:00"


def answer(number: str, status: int, price: int, *products: dict[str, Any], **more: Any) -> Row:
    paid = more.pop("pay_time", CREATED + 20)
    return {
        "errcode": 0,
        "errmsg": "ok",
        "order": {
            "order_id": f"37050000000000{number}",
            "status": status,
            "create_time": CREATED,
            "update_time": CREATED + 2 * 86400,
            "openid": "oBuyer7",
            "unionid": "unionBuyer7",
            "is_present": False,
            "order_detail": {
                "product_infos": list(products),
                "pay_info": {"pay_time": paid, "transaction_id": "4200002026050400001"},
                "price_info": {"product_price": price, "order_price": price, "freight": 500},
                "delivery_info": {
                    "address_info": {"user_name": "王五岳", "tel_number": "13800000001"}
                },
            },
        }
        | more,
    }


def product(sku: int, price: int, **more: Any) -> dict[str, Any]:
    return {
        "product_id": "10000000000099",
        "sku_id": f"200000000000{sku:04}",
        "title": "面膜",
        "sku_code": f"SKU-{sku}",
        "sku_cnt": 1,
        "sale_price": price,
        "real_price": price,
        "on_aftersale_sku_cnt": 0,
        "finish_aftersale_sku_cnt": 0,
    } | more


GIFT = {
    "is_present": True,
    "openid": "oReceiver8",
    "unionid": "unionReceiver8",
    "present_giver_openid": "oBuyer7",
    "present_giver_unionid": "unionBuyer7",
    "present_note": "生日快乐",
}
ANSWERS = [
    # ¥105 for two pieces at ¥35 that cost ¥60, one at ¥40 and one for nothing, and ¥5 of freight.
    answer("01", 100, 10500,
           product(1, 3500, sku_cnt=2, real_price=6000, finish_aftersale_sku_cnt=1),
           product(2, 4000), product(3, 0)),
    answer("02", 10, 2000, product(4, 2000), pay_time=0),
    answer("03", 200, 5000, product(5, 5000, finish_aftersale_sku_cnt=1)),
    answer("04", 250, 3000, product(6, 3000), pay_time=0),
    answer("05", 30, 129900, product(7, 129900), **GIFT),
    answer("06", 21, 8000, product(8, 8000)),
]  # fmt: skip


def order(number: str, paid: str, status: str, **more: object) -> Row:
    return {
        "order_id": f"wx_store:main:37050000000000{number}",
        "channel": "wx_store",
        "created_at": "2026-05-04 10:00:00",
        "paid_at": PAID,
        "status": status,
        "paid_amount": Decimal(paid),
        "goods_amount": Decimal(paid),
        "freight_amount": Decimal("5.00"),
        "buyer_ref": "unionid:openplatform:unionBuyer7",
    } | more


def line(order: str, sku: int, paid: str, status: str, **more: object) -> Row:
    return {
        "line_id": f"wx_store:main:37050000000000{order}:10000000000099:200000000000{sku:04}",
        "order_id": f"wx_store:main:37050000000000{order}",
        "product_id": f"SKU-{sku}",
        "quantity": 1.0,
        "paid_amount": Decimal(paid),
        "status": status,
        "is_freebie": False,
    } | more


def back(order: str, sku: int, amount: str) -> Row:
    line = f"wx_store:main:37050000000000{order}:10000000000099:200000000000{sku:04}"
    return {
        "refund_id": f"{line}:estimated",
        "line_id": line,
        "amount": Decimal(amount),
        "refunded_at": CHANGED,
        "is_estimated": True,
    }


CLOSED = {"closed_refunded": {}, "cancelled_unpaid": {"order_detail.pay_info.pay_time": 0}}
WORDS = {
    "status": {
        "10": "unpaid",
        "20": "paid",
        "21": "paid",
        "30": "shipped",
        "100": "done",
        "200": CLOSED,
        "250": CLOSED,
    }
}

SAMPLE = Sample(
    adapter="wx_store.trades",
    encoding="utf-8",
    document={"list": ANSWERS},
    word="list[].order.status",
    words=WORDS,
    id="list[].order.order_id",
    personal=("oReceiver8", "unionReceiver8", "王五岳", "13800000001", "生日快乐"),
    totals={"order_detail.price_info.order_price": "1584.00"},
    expected={
        "orders": [
            order("01", "105.00", "part_refunded", goods_amount=Decimal("110.00")),
            order("02", "20.00", "unpaid", paid_at=None),
            order("03", "50.00", "closed_refunded"),
            order("04", "30.00", "cancelled_unpaid", paid_at=None),
            order("05", "1299.00", "shipped"),
            order("06", "80.00", "paid"),
        ],
        "order_lines": [
            line("01", 1, "63.00", "part_refunded", quantity=2.0, list_amount=Decimal("70.00")),
            line("01", 2, "42.00", "done"),
            line("01", 3, "0.00", "done", is_freebie=True),
            line("02", 4, "20.00", "unpaid"),
            line("03", 5, "50.00", "closed_refunded"),
            line("04", 6, "30.00", "cancelled_unpaid"),
            line("05", 7, "1299.00", "shipped"),
            line("06", 8, "80.00", "paid"),
        ],
        "refunds": [back("01", 1, "30.00"), back("03", 5, "50.00")],
        "identity_links": [
            {"left_type": "unionid", "left_value": "unionBuyer7", "right_type": "unionid"},
            {"left_type": "unionid", "right_type": "openid", "right_value": "oBuyer7"},
        ],
    },
)  # fmt: skip
