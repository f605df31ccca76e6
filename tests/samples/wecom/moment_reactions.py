"""Answers of get_moment_comments, post and account beside each: two lists, some of colleagues."""

from typing import Any

from tests.samples.sample import Row, Sample

AT = 1767578400  # 2026-01-05 10:00:00 in Shanghai


def touch(who: str, kind: str, moment: int, **more: Any) -> Row:
    return {
        "touch_id": f"wecom:main:{who}:amy:{kind}:momA1:{moment}",
        "kind": kind,
        "channel": "moments",
        "staff_id": "amy",
        "content_id": "wecom:main:momA1",
        "customer_ref": f"external_userid:main:{who}",
    } | more


SAMPLE = Sample(
    adapter="wecom.moment_reactions",
    encoding="utf-8",
    document=[
        {
            "moment_id": "momA1",
            "userid": "amy",
            "errcode": 0,
            "errmsg": "ok",
            "comment_list": [
                {"external_userid": "wmAAA1", "create_time": AT},
                {"external_userid": "wmAAA1", "create_time": AT + 60},
                {"userid": "ben", "create_time": AT},
            ],
            "like_list": [{"external_userid": "wmAAA2", "create_time": AT}],
        },
        {"moment_id": "momA2", "userid": "amy", "comment_list": [], "like_list": []},
    ],
    expected={
        "touches": [
            touch("wmAAA1", "comment", AT, at="2026-01-05 10:00:00"),
            touch("wmAAA1", "comment", AT + 60, at="2026-01-05 10:01:00"),
            touch("wmAAA2", "like", AT, at="2026-01-05 10:00:00"),
        ],
    },
)
