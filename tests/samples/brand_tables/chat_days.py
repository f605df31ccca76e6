"""客服会话日汇总: an agent on two platforms has totals of each; what is not told is not 0."""

from tests.samples.sample import Row, Sample


def metric(who: str, name: str, value: float) -> Row:
    return {
        "on_date": "2026-05-01 00:00:00",
        "entity_kind": "staff",
        "entity_id": who,
        "metric": name,
        "value": value,
        "is_final": True,
    }


SAMPLE = Sample(
    adapter="brand_tables.chat_days",
    rows=(
        {"客服账号": "kf01", "日期": "2026-05-01", "渠道": "tmall", "接待会话数": "1,200",
         "平均首次响应秒数": "22.5", "询单人数": "60", "询单成交人数": "21", "客服姓名": "李雷"},
        {"客服账号": "kf01", "日期": "2026-05-01", "渠道": "youzan", "接待会话数": "12",
         "平均首次响应秒数": "-"},
        {"客服账号": "合计", "接待会话数": "1212"},
    ),
    skipped={"footer": 1},
    personal=("李雷",),
    expected={
        "daily_metrics": [
            metric("kf01@tmall", "service_chats", 1200.0),
            metric("kf01@tmall", "service_first_reply_seconds", 22.5),
            metric("kf01@tmall", "service_asking_people", 60.0),
            metric("kf01@tmall", "service_asking_buyers", 21.0),
            metric("kf01@youzan", "service_chats", 12.0),
        ]
    },
)  # fmt: skip
