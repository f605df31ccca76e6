"""成本模板: amounts in several spellings, a credit, a total below, people by phone only."""

from decimal import Decimal

from tests.samples.sample import Row, Sample

PHONE = "13800000041"


def row(number: str, kind: str, amount: str, **more: str) -> Row:
    return {
        "成本编号": number,
        "日期": "2026-05-01",
        "成本类型": kind,
        "金额（元）": amount,
        "活动编号": "",
        "员工账号": "",
        "渠道": "",
        "手机号": "",
    } | more


def cost(number: str, kind: str, amount: str, **more: object) -> Row:
    return {
        "cost_id": number,
        "on_date": "2026-05-01 00:00:00",
        "kind": kind,
        "amount": Decimal(amount),
        "customer_ref": None,
    } | more


WORDS = {
    "成本类型": {
        "加粉激励": "contact_incentive",
        "contact_incentive": "contact_incentive",
        "佣金": "commission",
        "commission": "commission",
        "礼品": "gift",
        "gift": "gift",
        "优惠券": "coupon",
        "coupon": "coupon",
        "投放": "media",
        "media": "media",
        "平台费": "platform_fee",
        "platform_fee": "platform_fee",
        "电话": "phone",
        "phone": "phone",
        "人工": "labour",
        "labour": "labour",
        "小样": "sample",
        "sample": "sample",
        "物流": "logistics",
        "logistics": "logistics",
    },
}

SAMPLE = Sample(
    adapter="brand_tables.costs",
    rows=(
        row("C-001", "投放", "¥12,000.00", 渠道="douyin", 活动编号="2026-618"),
        row("C-002", "礼品", "39.5", 员工账号="gd0007"),
        row("C-003", "佣金", "-20.00元"),
        row("C-004", "电话", "0.80", 手机号=PHONE),
        row("C-005", "人工", "1.2.3"),
        {"成本编号": "合计", "金额（元）": "12,020.30"},
    ),
    word="成本类型",
    words=WORDS,
    id="成本编号",
    skipped={"footer": 1},
    refused={"金额_not_money": 1},
    personal=(PHONE,),
    totals={"金额": "12020.30"},
    expected={
        "costs": [
            cost("C-001", "media", "12000.00", channel="douyin", campaign_id="2026-618"),
            cost("C-002", "gift", "39.50", staff_id="gd0007"),
            cost("C-003", "commission", "-20.00"),
            {"cost_id": "C-004", "kind": "phone", "amount": Decimal("0.80")},
        ],
        "identity_links": [{"left_type": "phone", "right_type": "phone"}],
    },
)
