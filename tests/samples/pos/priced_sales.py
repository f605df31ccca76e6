"""POS 销售流水 with the database's own column names: unit prices, and tabs around numbers."""

from decimal import Decimal

from tests.samples.sample import Row, Sample

PHONE = "13800000006"


def row(receipt: str, record: str, settled: str, **more: str) -> Row:
    return {
        "cusno": "C101",
        "单号": f"\t90000000000000000{receipt}\t",
        "nos_rec": record,
        "colthno": "KZ-88",
        "color": "米白",
        "price": settled,
        "proprice": settled,
        "nb": "1",
        "intime": "2026-05-01 20:15:00.000",
        "names": "孙七星",
        "salescode": "0007",
        "会员手机号": "",
    } | more


def order(receipt: str, paid: str, goods: str, **more: object) -> Row:
    return {
        "order_id": f"pos:C101:90000000000000000{receipt}",
        "channel": "store",
        "store_id": "C101",
        "created_at": "2026-05-01 20:15:00",
        "goods_amount": Decimal(goods),
        "paid_amount": Decimal(paid),
        "seller_ref": "0007",
    } | more


def line(receipt: str, number: str, paid: str, quantity: float, **more: object) -> Row:
    return {
        "line_id": f"pos:C101:90000000000000000{receipt}:{number}",
        "paid_amount": Decimal(paid),
        "quantity": quantity,
        "product_id": "KZ-88",
    } | more


SAMPLE = Sample(
    adapter="pos.priced_sales",
    encoding="utf-16",
    rows=(
        row("01", "1", "99.90", nb="3", price="129.00", 会员手机号=f"86 {PHONE}"),
        row("01", "2", "0", price="19.00"),
        row("02", "1", "59.90", nb="-1"),
        row("03", "1", "59.90", nb="两"),
    ),
    id="单号",
    refused={"数量_not_number": 1},
    personal=(PHONE, "孙七星"),
    totals={"sold": "299.70", "sold_goods": "406.00"},
    expected={
        "orders": [
            order("01", "299.70", "406.00", discount_merchant_amount=Decimal("106.30")),
            order("02", "0.00", "0.00"),
        ],
        "order_lines": [
            line("01", "1-1", "299.70", 3.0, list_amount=Decimal("387.00")),
            line("01", "2-1", "0.00", 1.0, is_freebie=True),
        ],
        "refunds": [
            {
                "refund_id": "pos:C101:9000000000000000002:1-1:return",
                "order_id": "pos:C101:9000000000000000002",
                "line_id": None,
                "amount": Decimal("59.90"),
                "refunded_at": "2026-05-01 20:15:00",
            }
        ],
        "identity_links": [{"left_type": "phone", "right_type": "phone"}],
    },
)
