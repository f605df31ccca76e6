"""试用名单: samples by person; addresses and what testers wrote are never read."""

from decimal import Decimal

from tests.samples.sample import Row, Sample

PHONE = "13900000034"


def row(number: str, amount: str, **more: str) -> Row:
    return {
        "试用编号": number,
        "发放日期": "2026-05-01",
        "试用商品编码": "SKU0001",
        "成本金额": amount,
        "会员卡号": "VIP0001",
        "手机号": "",
        "员工账号": "gd0007",
        "活动编号": "2026-trial",
        "收货地址": "文三路 96 号",
        "试用反馈": "吴小姐觉得很好",
    } | more


def cost(number: str, amount: str, **more: object) -> Row:
    return {
        "cost_id": f"tester:{number}",
        "on_date": "2026-05-01 00:00:00",
        "kind": "sample",
        "amount": Decimal(amount),
        "campaign_id": "2026-trial",
        "staff_id": "gd0007",
        "channel": "tester",
    } | more


SAMPLE = Sample(
    adapter="brand_tables.testers",
    rows=(
        row("T-001", "6.50", 会员卡号="VIP0001"),
        row("T-002", "¥1,006.50", 会员卡号="", 手机号=PHONE),
        row("T-003", "六元"),
        {"试用编号": "合计", "成本金额": "1,013.00"},
    ),
    id="试用编号",
    skipped={"footer": 1},
    refused={"成本金额_not_money": 1},
    personal=(PHONE, "文三路", "吴小姐"),
    totals={"成本金额": "1013.00"},
    expected={
        "costs": [
            cost("T-001", "6.50", customer_ref="member_no:brand:VIP0001"),
            cost("T-002", "1006.50"),
        ],
        "identity_links": [
            {"left_type": "member_no", "right_type": "member_no"},
            {"left_type": "phone", "right_type": "phone"},
        ],
    },
)
