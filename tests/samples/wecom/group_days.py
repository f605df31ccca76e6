"""An answer of groupchat/statistic_group_by_day: one row a day for the whole corp."""

from typing import Any

from tests.samples.sample import Row, Sample

DAY = 1772294400  # 2026-03-01 in Shanghai
COUNTS = {
    "new_chat_cnt": 2,
    "chat_total": 20,
    "chat_has_msg": 10,
    "new_member_cnt": 6,
    "member_total": 500,
    "member_has_msg": 60,
    "msg_total": 0,
}


def metric(day: int, name: str, value: int, **more: Any) -> Row:
    return {
        "on_date": f"2026-03-{day:02} 00:00:00",
        "entity_kind": "account",
        "entity_id": "main",
        "metric": name,
        "value": float(value),
    } | more


SAMPLE = Sample(
    adapter="wecom.group_days",
    encoding="utf-8",
    scope={"exported_at": "2026-03-05 03:00:00"},
    document={
        "errcode": 0,
        "errmsg": "ok",
        "items": [{"stat_time": DAY, "data": COUNTS}, {"stat_time": DAY + 86400, "data": COUNTS}],
    },
    expected={
        "daily_metrics": [
            metric(day, name, value, is_final=day == 1)
            for day in (1, 2)
            for name, value in COUNTS.items()
        ],
    },
)
