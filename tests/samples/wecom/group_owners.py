"""Answers of groupchat/statistic, the day that was asked for beside each: one row an owner."""

from tests.samples.sample import Sample
from tests.samples.wecom.group_days import COUNTS, DAY

SAMPLE = Sample(
    adapter="wecom.group_owners",
    encoding="utf-8",
    scope={"exported_at": "2026-03-05 03:00:00"},
    document=[
        {
            "day_begin_time": DAY,
            "day_end_time": DAY,
            "errcode": 0,
            "errmsg": "ok",
            "total": 1,
            "next_offset": 1,
            "items": [{"owner": "amy", "data": COUNTS}],
        },
        # A month in one answer is no day.
        {
            "day_begin_time": DAY,
            "day_end_time": DAY + 30 * 86400,
            "items": [{"owner": "amy", "data": COUNTS}],
        },
    ],
    skipped={"more_than_a_day": 1},
    expected={
        "daily_metrics": [
            {
                "on_date": "2026-03-01 00:00:00",
                "entity_kind": "staff",
                "entity_id": "amy",
                "metric": name,
                "value": float(value),
                "is_final": True,
            }
            for name, value in COUNTS.items()
        ],
    },
)
