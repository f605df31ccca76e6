"""An answer of order.searchList: fen, codes, presales in phases, gifts, masked people."""

from decimal import Decimal
from typing import Any

from tests.samples.sample import Row, Sample

CREATED = 1777860000  # 2026-05-04 10:00:00 in Shanghai
PAID = "2026-05-04 10:00:20"
ENCRYPTED = "##zuLyd4U4J3pEncrypted"


def order(number: str, pay: int, *skus: dict[str, Any], **more: Any) -> Row:
    return {
        "order_id": f"69175290276410820{number}",
        "shop_id": 4463798,
        "shop_name": "示例旗舰店",
        "create_time": CREATED,
        "order_amount": pay,
        "pay_amount": pay,
        "post_amount": 0,
        "sku_order_list": list(skus),
        "order_phase_list": [],
        "doudian_open_id": "1@#openidOf7",
        "encrypt_post_tel": ENCRYPTED,
        "mask_post_tel": "138****0001",
        "mask_post_receiver": "张**",
        "mask_post_addr": {"detail": "文三路 99 号"},
        "buyer_words": "请放门口",
    } | more


def sku(number: str, pay: int, status: int, **more: Any) -> dict[str, Any]:
    return {
        # The app reads it as text; a caller may save it as a number.
        "order_id": int(f"69175290276410829{number}"),
        "parent_order_id": "6917529027641082001",
        "order_status": status,
        "trade_type": 0,
        "pre_sale_type": 0,
        "pay_time": CREATED + 20,
        "ship_time": 0,
        "confirm_receipt_time": 0,
        "finish_time": 0,
        "pay_amount": pay,
        "origin_amount": pay,
        "promotion_shop_amount": 0,
        "promotion_platform_amount": 200,
        "author_id": 0,
        "room_id": 0,
        "video_id": "",
        "content_id": "0",
        "product_id": 3600000000000000035,
        "code": "SKU-01",
        "product_name": "玫瑰精华水乳套装",
        "item_num": 1,
        "after_sale_info": {"after_sale_status": 0, "after_sale_type": 0, "refund_status": 0},
        "given_product_type": "",
        "encrypt_post_tel": ENCRYPTED,
    } | more


SETTLED = {"after_sale_info": {"after_sale_status": 12, "after_sale_type": 0, "refund_status": 3}}
ASKED = {"after_sale_info": {"after_sale_status": 6, "after_sale_type": 1, "refund_status": 1}}
DEPOSIT = {"trade_type": 2, "pay_time": 0}
LIVE = {"author_id": 1000000000000007, "room_id": 7300000000000000001}
SENT = {"ship_time": CREATED + 86400}


def phases(*paid: bool) -> dict[str, Any]:
    return {
        "order_phase_list": [{"current_phase": n, "pay_success": p} for n, p in enumerate(paid, 1)]
    }


DOCUMENT = {
    "code": 10000,
    "msg": "success",
    "data": {
        "page": 0,
        "total": 6,
        "shop_order_list": [
            # ¥1300 with ¥1 of freight: two lines, of which one came back, and a free gift.
            order("01", 130000, sku("11", 119900, 5, **LIVE, finish_time=CREATED + 8 * 86400),
                  sku("12", 10000, 5, **SETTLED, finish_time=CREATED + 5 * 86400),
                  sku("13", 0, 5, given_product_type="FREE"), post_amount=100),
            order("02", 5990, sku("21", 5990, 4, pay_time=0)),
            order("03", 8000, sku("31", 8000, 4)),
            # Presales: deposit paid, both parts paid, and paid in full for a later day.
            order("04", 20000, sku("41", 20000, 1, **DEPOSIT), **phases(True, False)),
            order("05", 20000, sku("51", 20000, 2, trade_type=2), **phases(True, True)),
            order("06", 3000, sku("61", 3000, 3, pre_sale_type=1, **SENT, **ASKED)),
        ],
    },
}  # fmt: skip


def bought(number: str, paid: str, status: str, **more: object) -> Row:
    return {
        "order_id": f"douyin:main:69175290276410820{number}",
        "channel": "douyin",
        "shop_id": "main",
        "created_at": "2026-05-04 10:00:00",
        "paid_at": PAID,
        "status": status,
        "paid_amount": Decimal(paid),
        "goods_amount": Decimal(paid),
        "freight_amount": Decimal("0.00"),
        "seller_ref": None,
        "content_id": None,
        "buyer_ref": None,
        "is_presale": False,
    } | more


def line(order: str, number: str, paid: str, status: str, **more: object) -> Row:
    return {
        "line_id": f"douyin:main:69175290276410829{number}",
        "order_id": f"douyin:main:69175290276410820{order}",
        "product_id": "SKU-01",
        "quantity": 1.0,
        "paid_amount": Decimal(paid),
        "status": status,
        "is_freebie": False,
    } | more


def back(order: str, number: str, amount: str, at: str) -> Row:
    return {
        "refund_id": f"douyin:main:69175290276410829{number}:estimated",
        "line_id": f"douyin:main:69175290276410829{number}",
        "amount": Decimal(amount),
        "refunded_at": at,
        "is_estimated": True,
    }


FIRST = {"goods_amount": Decimal("1299.00"), "freight_amount": Decimal("1.00")}
FIRST |= {"discount_platform_amount": Decimal("6.00")}
FIRST |= {"seller_ref": "1000000000000007", "content_id": "7300000000000000001"}

BACK = {"sku_order_list[].after_sale_info": {"refund_status": 3}}
WORDS = {
    "sku_order_list[].order_status": {
        "1": {"unpaid": {}, "deposit_paid": phases(True, False)},
        "105": {"paid": {}, "closed_refunded": BACK},
        "2": {"paid": {}, "closed_refunded": BACK},
        "101": {"paid": {}, "closed_refunded": BACK},
        "3": {"shipped": {}, "closed_refunded": BACK},
        "4": {"closed_refunded": {}, "cancelled_unpaid": phases(True, False)},
        "5": {"done": {}, "closed_refunded": BACK},
    }
}

SAMPLE = Sample(
    adapter="douyin.trades",
    encoding="utf-8",
    document=DOCUMENT,
    word="data.shop_order_list[].sku_order_list[].order_status",
    words=WORDS,
    id="data.shop_order_list[].sku_order_list[].order_id",
    personal=(ENCRYPTED, "138****0001", "张**", "文三路", "请放门口", "openidOf7"),
    totals={"pay_amount": "1869.90", "listed": "1868.90"},
    expected={
        "orders": [
            bought("01", "1300.00", "part_refunded", **FIRST),
            bought("02", "59.90", "cancelled_unpaid", paid_at=None),
            bought("03", "80.00", "closed_refunded"),
            bought("04", "200.00", "deposit_paid", paid_at=None, is_presale=True),
            bought("05", "200.00", "paid", is_presale=True),
            bought("06", "30.00", "shipped", is_presale=True, shipped_at="2026-05-05 10:00:00"),
        ],
        "order_lines": [
            line("01", "11", "1199.92", "done"),
            line("01", "12", "100.08", "closed_refunded"),
            line("01", "13", "0.00", "done", is_freebie=True),
            line("02", "21", "59.90", "cancelled_unpaid"),
            line("03", "31", "80.00", "closed_refunded"),
            line("04", "41", "200.00", "deposit_paid"),
            line("05", "51", "200.00", "paid"),
            line("06", "61", "30.00", "shipped"),
        ],
        "refunds": [
            back("01", "12", "100.00", "2026-05-09 10:00:00"),
            back("03", "31", "80.00", PAID),
        ],
    },
)  # fmt: skip
