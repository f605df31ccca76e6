"""Answers of getarticletotal: totals since the push, as they were given until 2025."""

from typing import Any

from tests.samples.official_account.article_details import metric
from tests.samples.sample import Row, Sample

PUSH = "official_account:main:2247480000"


def day(on: str, readers: int, from_message: int, shares: int) -> dict[str, Any]:
    return {
        "stat_date": on,
        "target_user": 2_000,
        "int_page_read_user": readers,
        "int_page_read_count": readers * 2,
        "ori_page_read_user": 6,
        "ori_page_read_count": 7,
        "share_user": shares,
        "share_count": shares,
        "add_to_fav_user": 4,
        "add_to_fav_count": 4,
        "int_page_from_session_read_user": from_message,
        "int_page_from_session_read_count": from_message + 3,
        "int_page_from_feed_read_user": readers - from_message,
        "int_page_from_feed_read_count": readers - from_message,
    }


def told(on: str, readers: float, from_message: float, shares: float) -> list[Row]:
    values = {
        "totals_delivered_users": 2_000.0,
        "totals_read_users_to_date": readers,
        "totals_message_read_users_to_date": from_message,
        "totals_click_users_to_date": 6.0,
        "totals_share_users_to_date": shares,
        "totals_collect_users_to_date": 4.0,
    }
    return [metric("2247480000_3", on, name, value) for name, value in values.items()]


SAMPLE = Sample(
    adapter="official_account.article_totals",
    encoding="utf-8",
    scope={"exported_at": "2025-06-30 09:00:00"},
    document={
        "list": [
            {
                "ref_date": "2025-06-05",
                "msgid": "2247480000_3",
                "title": "夏装",
                "user_source": 0,
                "details": [day("2025-06-05", 90, 80, 5), day("2025-06-06", 130, 100, 7)],
            }
        ]
    },
    id="list[].msgid",
    expected={
        "contents": [
            {"content_id": f"{PUSH}_3", "kind": "article", "title": "夏装",
             "published_at": "2025-06-05 00:00:00", "push": PUSH, "slot": "三条",
             "audience_size": 2000.0},
        ],
        "daily_metrics": [
            *told("2025-06-05", 90.0, 80.0, 5.0),
            *told("2025-06-06", 130.0, 100.0, 7.0),
        ],
    },
)  # fmt: skip
