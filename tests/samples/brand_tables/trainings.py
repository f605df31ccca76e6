"""培训与竞赛日历: they are campaigns of the staff, without a slot of the calendar for customers."""

from tests.samples.sample import Row, Sample


def row(number: str, kind: str, **more: str) -> Row:
    return {
        "培训竞赛编号": number,
        "类型": kind,
        "名称": "新品话术",
        "开始时间": "2026-05-01",
        "结束时间": "2026-05-02",
        "参加范围": "华东门店",
        "奖励": "",
        "讲师": "冯老师",
    } | more


SAMPLE = Sample(
    adapter="brand_tables.trainings",
    encoding="utf-8-sig",
    rows=(
        row("TR-001", "培训"),
        row("CT-001", "竞赛", 名称="加粉王", 奖励="前十名 500 元", 结束时间="2026-05-31 12:00"),
        row("示例-导入前可删", "培训"),
    ),
    word="类型",
    words={
        "类型": {
            "培训": "training", "training": "training", "竞赛": "contest", "contest": "contest",
        }
    },
    id="培训竞赛编号",
    skipped={"example": 1},
    personal=("冯老师",),
    expected={
        "campaigns": [
            {
                "campaign_id": "TR-001", "name": "新品话术", "channel": "staff_training",
                "slot": None, "starts_at": "2026-05-01 00:00:00",
                "ends_at": "2026-05-02 23:59:59", "target_rule": "华东门店", "offer": None,
                "is_experiment": False,
            },
            {
                "campaign_id": "CT-001", "channel": "staff_contest", "offer": "前十名 500 元",
                "ends_at": "2026-05-31 12:00:00",
            },
        ]
    },
)  # fmt: skip
