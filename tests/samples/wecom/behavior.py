"""Answers of get_user_behavior_data, the account beside each: what is missing is not 0."""

from typing import Any

from tests.samples.sample import Row, Sample

DAY = 1772294400  # 2026-03-01 in Shanghai


def metric(day: int, name: str, value: float, **more: Any) -> Row:
    return {
        "on_date": f"2026-03-{day:02} 00:00:00",
        "entity_kind": "staff",
        "entity_id": "amy",
        "metric": name,
        "value": float(value),
    } | more


COUNTS = ("new_apply_cnt", "new_contact_cnt", "chat_cnt", "message_cnt", "negative_feedback_cnt")

SAMPLE = Sample(
    adapter="wecom.behavior",
    encoding="utf-8",
    scope={"exported_at": "2026-03-05 03:00:00"},
    document=[
        {
            "errcode": 0,
            "errmsg": "ok",
            "userid": "amy",
            "behavior_data": [
                {
                    "stat_time": DAY,
                    "chat_cnt": 100,
                    "message_cnt": 80,
                    "reply_percentage": 60.25,
                    "avg_reply_time": 1,
                    "negative_feedback_cnt": 0,
                    "new_apply_cnt": 6,
                    "new_contact_cnt": 5,
                },
                # No chats: neither a share nor a time. The day may still change.
                {
                    "stat_time": DAY + 86400,
                    "chat_cnt": 0,
                    "message_cnt": 0,
                    "negative_feedback_cnt": 0,
                    "new_apply_cnt": 0,
                    "new_contact_cnt": 0,
                },
            ],
        },
        {"errcode": 0, "errmsg": "ok", "userid": "ben", "behavior_data": []},
    ],
    refused={"empty_list": 1},
    expected={
        "daily_metrics": [
            metric(1, "new_apply_cnt", 6, is_final=True),
            metric(1, "new_contact_cnt", 5),
            metric(1, "chat_cnt", 100),
            metric(1, "message_cnt", 80),
            metric(1, "negative_feedback_cnt", 0),
            metric(1, "reply_percentage", 60.25),
            metric(1, "avg_reply_time", 1),
            *(metric(2, name, 0, is_final=False) for name in COUNTS),
        ],
    },
)
