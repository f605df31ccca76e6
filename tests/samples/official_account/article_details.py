"""Answers of getarticletotaldetail: sums up to each day; nobody was told of the last."""

from typing import Any

from tests.samples.sample import Row, Sample

PUSH = "official_account:main:2247490098"


def day(on: str, readers: int, from_message: int, shares: int, rate: float) -> dict[str, Any]:
    return {
        "stat_date": on,
        "read_user": readers,
        "read_user_source": [
            {"scene_desc": "全部", "user_count": readers},
            {"scene_desc": "公众号消息", "user_count": from_message},
            {"scene_desc": "朋友圈", "user_count": readers - from_message},
        ],
        "share_user": shares,
        "zaikan_user": 2,
        "like_user": 3,
        "comment_count": 1,
        "collection_user": 4,
        "praise_money": 0,
        "read_subscribe_user": 5,
        "read_delivery_rate": rate,
        "read_finish_rate": 0.41,
        "read_avg_activetime": 0.8,
        "read_jump_position": [{"position": 1, "rate": 0.3}],
    }


def metric(article: str, on: str, name: str, value: float) -> Row:
    return {
        "on_date": f"{on} 00:00:00",
        "entity_kind": "content",
        "entity_id": f"official_account:main:{article}",
        "metric": name,
        "value": value,
        "is_final": True,
    }


def told(article: str, on: str, **values: float) -> list[Row]:
    always = {
        "zaikan_users_to_date": 2.0,
        "like_users_to_date": 3.0,
        "comments_to_date": 1.0,
        "collect_users_to_date": 4.0,
        "follow_users_to_date": 5.0,
        "finish_rate": 0.41,
    }
    every = always | values
    return [metric(article, on, name, value) for name, value in every.items()]


SAMPLE = Sample(
    adapter="official_account.article_details",
    encoding="utf-8",
    scope={"exported_at": "2026-01-11 09:00:00"},
    document={
            "is_delay": False,
            "list": [
                {
                    "ref_date": "2026-01-05",
                    "msgid": "2247490098_1",
                    "publish_type": 0,
                    "title": "春季上新",
                    "content_url": "http://mp.weixin.qq.com/s?__biz=x",
                    "detail_list": [
                        day("2026-01-05", 120, 100, 8, 0.05),
                        day("2026-01-06", 150, 110, 9, 0.055),
                    ],
                },
                {
                    "ref_date": "2026-01-05",
                    "msgid": "2247490098_2",
                    "publish_type": 0,
                    "title": "会员日",
                    "detail_list": [day("2026-01-05", 40, 30, 1, 0.015)],
                },
                # Published, and nobody was told: no share of the delivered.
                {
                    "ref_date": "2026-01-06",
                    "msgid": "2247490100_1",
                    "publish_type": 1,
                    "title": "门店地址",
                    "detail_list": [day("2026-01-06", 7, 0, 0, 0)],
                },
            ],
    },
    id="list[].msgid",
    expected={
        "contents": [
            {"content_id": f"{PUSH}_1", "kind": "article", "channel": "official_account",
             "title": "春季上新", "published_at": "2026-01-05 00:00:00", "push": PUSH,
             "slot": "头条"},
            {"content_id": f"{PUSH}_2", "slot": "次条", "push": PUSH},
            {"content_id": "official_account:main:2247490100_1", "title": "门店地址"},
        ],
        "daily_metrics": [
            *told("2247490098_1", "2026-01-05", read_users_to_date=120.0,
                  message_read_users_to_date=100.0, share_users_to_date=8.0,
                  delivered_read_rate=0.05),
            *told("2247490098_1", "2026-01-06", read_users_to_date=150.0,
                  message_read_users_to_date=110.0, share_users_to_date=9.0,
                  delivered_read_rate=0.055),
            *told("2247490098_2", "2026-01-05", read_users_to_date=40.0,
                  message_read_users_to_date=30.0, share_users_to_date=1.0,
                  delivered_read_rate=0.015),
            *told("2247490100_1", "2026-01-06", read_users_to_date=7.0,
                  message_read_users_to_date=0.0, share_users_to_date=0.0),
        ],
    },
)  # fmt: skip
