"""An answer of getarticleread, and one more day in its list, which is too young to be final."""

from typing import Any

from tests.samples.sample import Row, Sample


def article(msgid: str, on: str, readers: int, from_message: int) -> dict[str, Any]:
    sources = {"全部": readers, "公众号消息": from_message, "推荐": readers - from_message}
    return {
        "ref_date": on,
        "msgid": msgid,
        "detail": {
            "read_user": readers,
            "read_user_source": [
                {"user_count": count, "scene_desc": scene} for scene, count in sources.items()
            ],
        },
    }


def metric(msgid: str, on: str, name: str, value: float, *, final: bool = True) -> Row:
    return {
        "on_date": f"{on} 00:00:00",
        "entity_kind": "content",
        "entity_id": f"official_account:main:{msgid}",
        "metric": name,
        "value": value,
        "is_final": final,
    }


SAMPLE = Sample(
    adapter="official_account.article_reads",
    encoding="utf-8",
    scope={"exported_at": "2026-01-11 09:00:00"},
    document={
        "list": [
            article("2247490098_1", "2026-01-05", 120, 100),
            article("2247490098_2", "2026-01-05", 40, 0),
            article("2247490098_1", "2026-01-08", 30, 10),
        ],
        "is_delay": False,
    },
    id="list[].msgid",
    expected={
        "daily_metrics": [
            metric("2247490098_1", "2026-01-05", "day_read_users", 120.0),
            metric("2247490098_1", "2026-01-05", "day_message_read_users", 100.0),
            metric("2247490098_2", "2026-01-05", "day_read_users", 40.0),
            metric("2247490098_2", "2026-01-05", "day_message_read_users", 0.0),
            metric("2247490098_1", "2026-01-08", "day_read_users", 30.0, final=False),
            metric("2247490098_1", "2026-01-08", "day_message_read_users", 10.0, final=False),
        ],
    },
)
