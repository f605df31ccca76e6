"""An answer of getbizsummary: the account as a whole, a row a day; the last day is too young."""

from typing import Any

from tests.samples.sample import Row, Sample


def day(on: str, readers: int, from_message: int, published: int) -> dict[str, Any]:
    return {
        "ref_date": on,
        "detail": {
            "read_user": readers,
            "read_user_source": [
                {"user_count": readers, "scene_desc": "全部"},
                {"user_count": from_message, "scene_desc": "公众号消息"},
            ],
            "share_user": 20,
            "zaikan_user": 5,
            "like_user": 9,
            "comment_count": 2,
            "collection_user": 4,
            "redirect_ori_page_user": 3,
            "send_page_count": published,
        },
    }


def told(on: str, readers: float, from_message: float, published: float, final: bool) -> list[Row]:
    values = {
        "account_read_users": readers,
        "account_message_read_users": from_message,
        "account_share_users": 20.0,
        "account_zaikan_users": 5.0,
        "account_like_users": 9.0,
        "account_comments": 2.0,
        "account_collect_users": 4.0,
        "account_original_page_users": 3.0,
        "account_published_contents": published,
    }
    return [
        {
            "on_date": f"{on} 00:00:00",
            "entity_kind": "account",
            "entity_id": "official_account:main",
            "metric": name,
            "value": value,
            "is_final": final,
        }
        for name, value in values.items()
    ]


SAMPLE = Sample(
    adapter="official_account.biz_summary",
    encoding="utf-8",
    scope={"exported_at": "2026-01-11 09:00:00"},
    document={
        "list": [day("2026-01-05", 150, 100, 2), day("2026-01-10", 70, 0, 0)],
        "is_delay": False,
    },
    expected={
        "daily_metrics": [
            *told("2026-01-05", 150.0, 100.0, 2.0, True),
            *told("2026-01-10", 70.0, 0.0, 0.0, False),
        ],
    },
)
