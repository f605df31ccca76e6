"""POS 销售明细: an article a row, returns as negative rows, most receipts without a member."""

from decimal import Decimal

from tests.samples.sample import Row, Sample

PHONE = "13800000005"


def row(receipt: str, serial: str, paid: str, **more: str) -> Row:
    return {
        "店编": "S01",
        "单据号": f'="2026050100{receipt}"',
        "原单据号": "",
        "流水号": serial,
        "销售时间": "2026/5/1 10:30",
        "会员编号": "",
        "会员名称": "",
        "商品编号": "'SKU-01",
        "商品名称": "玫瑰精华水",
        "单价": paid,
        "打折率": "1.0",
        "数量": "1",
        "总金额": paid,
        "导购工号": "G007",
        "班次": "早班",
    } | more


BACK = {"数量": "-1", "销售时间": "2026-05-03 11:00:00"}
ROWS = (
    # A member buys two things at a discount; one comes back later, with the receipt.
    row("01", "1", "1,200.00", 单价="￥1,500.00", 会员编号="M0001", 会员名称="赵六合"),
    row("01", "2", "160.00", 单价="100.00", 数量="2件", 商品编号="SKU-02"),
    row("02", "1", "-80.00", 单价="100.00", 原单据号='="202605010001"', 商品编号="SKU-02", **BACK),
    # Nobody knows who bought this. The register numbers lines from 1, and one of them is free.
    row("03", "1", "30.00"),
    row("03", "1", "0.00", 单价="15.00", 商品编号="GIFT-1"),
    # Bought after midnight; the card's number is a phone.
    row("04", "1", "50.00", 销售时间="2026-05-02 01:20:00", 会员编号=PHONE),
    # An exchange: one receipt takes back and sells.
    row("05", "1", "-40.00", 单价="40.00", **BACK),
    row("05", "2", "60.00", 销售时间="2026-05-03 11:00:00"),
    # A return without its receipt, and a free gift that comes back.
    row("06", "1", "-20.00", 单价="20.00", **BACK),
    row("06", "2", "0.00", 单价="0.00", 商品编号="GIFT-1", **BACK),
    # The amount of one line cannot be read, and the quantity of another.
    row("07", "1", "待定", 单价="10.00"),
    row("07", "2", "10.00"),
    row("08", "1", "10.00", 数量=""),
    {},
    {"店编": "合计", "数量": "4", "总金额": "1,370.00"},
)  # fmt: skip


def order(receipt: str, paid: str, goods: str, **more: object) -> Row:
    return {
        "order_id": f"pos:S01:2026050100{receipt}",
        "channel": "store",
        "shop_id": "S01",
        "store_id": "S01",
        "created_at": "2026-05-01 10:30:00",
        "paid_at": "2026-05-01 10:30:00",
        "status": "done",
        "goods_amount": Decimal(goods),
        "discount_merchant_amount": Decimal(goods) - Decimal(paid),
        "paid_amount": Decimal(paid),
        "seller_ref": "G007",
        "is_gift": False,
    } | more


def line(receipt: str, number: str, paid: str, **more: object) -> Row:
    return {
        "line_id": f"pos:S01:2026050100{receipt}:{number}",
        "order_id": f"pos:S01:2026050100{receipt}",
        "product_id": "SKU-01",
        "quantity": 1.0,
        "status": "done",
        "paid_amount": Decimal(paid),
        "is_freebie": False,
    } | more


def back(receipt: str, number: str, amount: str, of: str) -> Row:
    return {
        "refund_id": f"pos:S01:2026050100{receipt}:{number}:return",
        "order_id": f"pos:S01:2026050100{of}",
        "line_id": None,
        "refunded_at": "2026-05-03 11:00:00",
        "amount": Decimal(amount),
        "kind": "return",
        "is_estimated": False,
    }


SAMPLE = Sample(
    adapter="pos.sales",
    rows=ROWS,
    id="单据号",
    skipped={"blank": 1, "footer": 1},
    refused={"总金额_not_money": 1, "other_line_refused": 1, "order_lines.quantity_missing": 1},
    personal=(PHONE, "赵六合"),
    totals={"sold (orders)": "1520.00"},
    expected={
        "orders": [
            order("01", "1360.00", "1700.00", buyer_ref="member_no:brand:M0001"),
            order("03", "30.00", "45.00", buyer_ref=None),
            order("04", "50.00", "50.00", created_at="2026-05-02 01:20:00",
                  paid_at="2026-05-02 01:20:00"),
            order("05", "60.00", "60.00", created_at="2026-05-03 11:00:00",
                  paid_at="2026-05-03 11:00:00"),
            # It only takes back, and names no receipt: nothing sold, 20 given back.
            order("06", "0.00", "0.00", created_at="2026-05-03 11:00:00",
                  paid_at="2026-05-03 11:00:00"),
        ],
        "order_lines": [
            line("01", "1-1", "1200.00", list_amount=Decimal("1500.00")),
            line("01", "2-1", "160.00", quantity=2.0, product_id="SKU-02"),
            line("03", "1-1", "30.00"),
            line("03", "1-2", "0.00", product_id="GIFT-1", is_freebie=True),
            line("04", "1-1", "50.00"),
            line("05", "2-1", "60.00"),
        ],
        "refunds": [
            back("02", "1-1", "80.00", of="01"),
            back("05", "1-1", "40.00", of="05"),
            back("06", "1-1", "20.00", of="06"),
        ],
        "identity_links": [
            {"left_type": "member_no", "left_value": "M0001"},
            {"left_type": "member_no", "right_type": "member_no"},
            # The phone that stands where the card's number belongs is a phone, too.
            {"left_type": "member_no", "right_type": "phone", "right_namespace": "global"},
        ],
    },
)  # fmt: skip
