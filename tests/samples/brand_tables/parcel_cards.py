"""包裹卡: batches of cards by the state of their QR code; what they cost, where that is known."""

from decimal import Decimal

from tests.samples.sample import Sample

SAMPLE = Sample(
    adapter="brand_tables.parcel_cards",
    encoding="utf-8-sig",
    rows=(
        {
            "渠道码": "card-2605-a", "卡片名称": "五月包裹卡（天猫）", "投放日期": "2026-05-01",
            "投放数量": "5000张", "总成本": "¥750.00", "承接账号": "ip0001", "渠道": "tmall",
            "活动编号": "2026-618", "备注": "印刷厂孙师傅",
        },
        {"渠道码": "card-2605-b", "卡片名称": "五月包裹卡（抖音）", "投放日期": "2026/5/2",
         "投放数量": "3,000", "总成本": "", "渠道": "douyin"},
        {"渠道码": "示例-导入前可删", "卡片名称": "示例", "投放日期": "2026-05-01"},
    ),
    id="渠道码",
    skipped={"example": 1},
    personal=("孙师傅",),
    totals={"总成本 (costs)": "750.00"},
    expected={
        "contents": [
            {
                "content_id": "parcel_card:card-2605-a", "kind": "mailer",
                "channel": "parcel_card", "title": "五月包裹卡（天猫）",
                "creator_staff_id": "ip0001", "published_at": "2026-05-01 00:00:00",
                "audience_size": 5000.0, "campaign_id": "2026-618",
            },
            {"content_id": "parcel_card:card-2605-b", "audience_size": 3000.0,
             "published_at": "2026-05-02 00:00:00"},
        ],
        "costs": [
            {
                "cost_id": "parcel_card:card-2605-a", "kind": "contact_incentive",
                "amount": Decimal("750.00"), "channel": "tmall", "staff_id": "ip0001",
                "on_date": "2026-05-01 00:00:00",
            },
        ],
    },
)  # fmt: skip
