"""小红书订单导出: a SKU a row, with identity cards in four columns that nobody may ever read."""

from decimal import Decimal

from tests.samples.sample import Row, Sample

PHONE = "13900000024"
CARD = "330102199001010011"
OTHER_CARD = "330102199002020022"


def line(number: str, sku: str, paid: str, **more: str) -> Row:
    return {
        "订单号": f"P8023351899510194{number}",
        "订单状态": "已完成",
        "售后状态": "无售后",
        "订单类型": "现货订单",
        "订单标记": "",
        "收件人姓名": "赵小六",
        "收件人电话": "139****0024",
        "收件人地址": "西湖区文三路 97 号",
        "省": "浙江省",
        "小红书编码": f"XHS-{sku}",
        "规格ID": f"67b6831c7b3de40001a9fb{sku}",
        "达人ID": "",
        "达人名称": "-",
        "SKU名称": "洗护小样套装",
        "SKU件数": "1",
        "是否为赠品": "否",
        "商品总价(元)": "130.00",
        "用户应付金额(元)": paid,
        "平台优惠(元)": "3.00",
        "店铺优惠(元)": "5.00",
        "支付渠道优惠(元)": "1.00",
        "商家应收金额(元)（支付金额）": paid,
        "支付时间": "2026-05-01 10:01:00",
        "订购人身份证姓名/ID Name": "赵小六",
        "订购人身份证号/ID Number": CARD,
        "收件人身份证姓名": "赵小七",
        "收件人身份证号": OTHER_CARD,
        "订单创建时间": "2026-05-01 10:00:00",
        "订单发货时间": "",
        "订单完成时间": "",
        "用户备注": "赵小六",
        "用户编号": f"5f0000000000000000u{number}",
        "商家编码": f"SKU-{sku}",
        "国补金额": "",
    } | more


ROWS = (
    # Two SKUs and a gift; one of them went back.
    line("01", "41", "1,121.00", 达人ID="60aa0000000000007", 收件人电话=PHONE),
    line("01", "42", "50.00", 售后状态="售后完成", 订单完成时间="2026-05-09 12:00:00"),
    line("01", "41", "0.00", **{"是否为赠品": "是", "商品总价(元)": "0.00"}),
    line("02", "41", "59.90", 订单状态="已取消", 支付时间=""),
    line("03", "41", "59.90", 订单状态="已取消"),
    line("04", "41", "59.90", 订单状态="待配货", 订单类型="预售订单"),
    line("05", "41", "五十"),
    line("05", "42", "10.00"),
    {},
)  # fmt: skip


def order(number: str, paid: str, status: str, **more: object) -> Row:
    return {
        "order_id": f"xhs:main:P8023351899510194{number}",
        "channel": "xhs",
        "buyer_ref": f"xhs_user:main:5f0000000000000000u{number}",
        "status": status,
        "paid_amount": Decimal(paid),
        "created_at": "2026-05-01 10:00:00",
        "paid_at": "2026-05-01 10:01:00",
        "is_presale": False,
    } | more


def sku(number: str, code: str, paid: str, status: str, nth: int = 1, **more: object) -> Row:
    return {
        "line_id": f"xhs:main:P8023351899510194{number}:67b6831c7b3de40001a9fb{code}-{nth}",
        "order_id": f"xhs:main:P8023351899510194{number}",
        "product_id": f"SKU-{code}",
        "quantity": 1.0,
        "paid_amount": Decimal(paid),
        "status": status,
        "is_freebie": False,
    } | more


def back(number: str, code: str, amount: str, at: str) -> Row:
    line = f"xhs:main:P8023351899510194{number}:67b6831c7b3de40001a9fb{code}-1"
    return {
        "refund_id": f"{line}:estimated",
        "order_id": f"xhs:main:P8023351899510194{number}",
        "line_id": line,
        "amount": Decimal(amount),
        "refunded_at": at,
        "is_estimated": True,
    }


def or_back(meaning: str) -> dict[str, dict[str, str]]:
    return {meaning: {}, "closed_refunded": {"售后状态": "售后完成"}}


LATER = {"closed_refunded": {}, "cancelled_unpaid": {"支付时间": ""}}
SAMPLE = Sample(
    adapter="xhs.orders",
    encoding="utf-8-sig",
    rows=ROWS,
    word="订单状态",
    words={
        "订单状态": {
            "待付款": "unpaid",
            "待支付": "unpaid",
            "已支付处理中": or_back("paid"),
            "待配货": or_back("paid"),
            "待发货": or_back("paid"),
            "部分发货": or_back("paid"),
            "待收货": or_back("shipped"),
            "已发货": or_back("shipped"),
            "已签收": or_back("done"),
            "已完成": or_back("done"),
            "已关闭": LATER,
            "已取消": LATER,
        }
    },
    id="规格ID",
    skipped={"blank": 1},
    refused={
        "用户应付金额(元)_not_money": 1,
        "商家应收金额(元)（支付金额）_not_money": 1,
        "other_line_refused": 1,
    },
    personal=(PHONE, CARD, OTHER_CARD, "赵小六", "赵小七", "文三路", "139****0024"),
    totals={"用户应付金额(元)": "1360.70"},
    expected={
        "orders": [
            order("01", "1171.00", "part_refunded", seller_ref="60aa0000000000007",
                  discount_merchant_amount=Decimal("15.00")),
            order("02", "59.90", "cancelled_unpaid", paid_at=None),
            order("03", "59.90", "closed_refunded"),
            order("04", "59.90", "paid", is_presale=True),
        ],
        "order_lines": [
            sku("01", "41", "1121.00", "done"),
            sku("01", "42", "50.00", "closed_refunded"),
            sku("01", "41", "0.00", "done", 2, is_freebie=True),
            sku("02", "41", "59.90", "cancelled_unpaid"),
            sku("03", "41", "59.90", "closed_refunded"),
            sku("04", "41", "59.90", "paid"),
        ],
        "refunds": [
            back("01", "42", "50.00", "2026-05-09 12:00:00"),
            back("03", "41", "59.90", "2026-05-01 10:01:00"),
        ],
        "identity_links": [
            *({"left_type": "xhs_user", "left_value": f"5f0000000000000000u{n}",
               "right_type": "xhs_user"} for n in ("01", "02", "03", "04")),
            {"left_type": "xhs_user", "left_value": "5f0000000000000000u01",
             "right_type": "phone"},
        ],
    },
)  # fmt: skip
