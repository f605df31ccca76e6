"""营销日历模板: last days without a time, campaigns that lie ahead, and an experiment."""

from tests.samples.sample import Sample

SAMPLE = Sample(
    adapter="brand_tables.campaigns",
    encoding="utf-8-sig",
    before=(("营销日历 2026",),),
    rows=(
        {
            "活动编号": "2026-618", "活动名称": "618 大促", "档期": "618", "渠道": "youzan",
            "开始时间": "2026-06-01", "结束时间": "2026/6/18", "优惠内容": "满300减50",
            "目标人群": "企微好友", "是否实验": "否",
        },
        {
            "活动编号": "2026-CALL", "活动名称": "电话召回", "档期": "-", "渠道": "",
            "开始时间": "2027-05-01 09:00", "结束时间": "2027-05-03 18:00:00", "是否实验": "是",
        },
        {"活动编号": "EXAMPLE", "活动名称": "x", "开始时间": "2026-01-01"},
    ),
    id="活动编号",
    skipped={"example": 1},
    expected={
        "campaigns": [
            {
                "campaign_id": "2026-618", "name": "618 大促", "slot": "618",
                "channel": "youzan", "starts_at": "2026-06-01 00:00:00",
                "ends_at": "2026-06-18 23:59:59", "offer": "满300减50",
                "target_rule": "企微好友", "is_experiment": False,
            },
            {
                "campaign_id": "2026-CALL", "slot": None, "channel": None,
                "starts_at": "2027-05-01 09:00:00", "ends_at": "2027-05-03 18:00:00",
                "is_experiment": True,
            },
        ]
    },
)  # fmt: skip
