"""社群团购接龙: rows of one number are one order; what went back is a negative amount."""

from decimal import Decimal

from tests.samples.sample import Row, Sample

PHONE = "13900000035"
AT = "2026-05-01 20:00:00"


def row(order: str, sku: str, amount: str, **more: str) -> Row:
    return {
        "团购编号": "GB0501",
        "接龙编号": order,
        "商品编码": sku,
        "商品名称": "洁面乳",
        "数量": "1",
        "实付金额": amount,
        "付款时间": AT,
        "支付单号": "`4200000000202605010000000001",
        "会员卡号": "VIP0001",
        "手机号": "",
        "团长账号": "gd0007",
        "门店编号": "S01",
        "姓名": "郑大姐",
    } | more


def order(number: str, paid: str, **more: object) -> Row:
    return {
        "order_id": f"group_buy:GB0501:{number}",
        "channel": "other",
        "shop_id": "group_buy",
        "store_id": "S01",
        "status": "done",
        "paid_amount": Decimal(paid),
        "paid_at": AT,
        "seller_ref": "gd0007",
        "campaign_id": "GB0501",
    } | more


def line(number: str, sku: str, paid: str) -> Row:
    return {
        "line_id": f"group_buy:GB0501:{number}:{sku}-1",
        "order_id": f"group_buy:GB0501:{number}",
        "product_id": sku,
        "quantity": 1.0,
        "paid_amount": Decimal(paid),
        "is_freebie": paid == "0.00",
    }


SAMPLE = Sample(
    adapter="brand_tables.group_buys",
    rows=(
        row("1", "SKU0001", "98.00"),
        row("1", "SKU0002", "0.00"),
        row("2", "SKU0001", "1,098.00", 会员卡号="", 手机号=PHONE),
        row("2", "SKU0001", "-98.00", 会员卡号="", 手机号=PHONE, 付款时间="2026-05-03 09:00:00"),
        row("3", "SKU0001", "98。00"),
        {"团购编号": "合计", "实付金额": "1098.00"},
    ),
    id="团购编号",
    skipped={"footer": 1},
    refused={"实付金额_not_money": 1},
    personal=(PHONE, "郑大姐"),
    totals={"卖出 (orders)": "1196.00"},
    expected={
        "orders": [
            order("1", "98.00", buyer_ref="member_no:brand:VIP0001"),
            order("2", "1098.00"),
        ],
        "order_lines": [
            line("1", "SKU0001", "98.00"),
            line("1", "SKU0002", "0.00"),
            line("2", "SKU0001", "1098.00"),
        ],
        "refunds": [
            {
                "refund_id": "group_buy:GB0501:2:SKU0001-2:back",
                "order_id": "group_buy:GB0501:2",
                "amount": Decimal("98.00"),
                "refunded_at": "2026-05-03 09:00:00",
                "is_estimated": False,
            }
        ],
        "identity_links": [
            {"left_type": "member_no", "right_type": "member_no"},
            {"left_type": "phone", "right_type": "phone"},
        ],
    },
)
