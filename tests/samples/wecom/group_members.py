"""Answers of groupchat/get, one a group: members, some of them staff, with how they joined."""

from typing import Any

from tests.samples.sample import Row, Sample

AT = 1767578400  # 2026-01-05 10:00:00 in Shanghai


def group(number: int, *members: Row) -> Row:
    return {
        "errcode": 0,
        "errmsg": "ok",
        "group_chat": {
            "chat_id": f"wrOgQ{number}",
            "name": "玫瑰精华福利群",
            "owner": "amy",
            "create_time": AT,
            "notice": "张三丰欢迎大家",
            "member_list": list(members),
            "admin_list": [{"userid": "amy"}],
        },
    }


def join(number: int, who: str, **more: Any) -> Row:
    return {
        "touch_id": f"wecom:main:group:wrOgQ{number}:{who}:join:20260105100000",
        "at": "2026-01-05 10:00:00",
        "channel": "group",
        "kind": "join",
        "listed_at": "2026-02-01 06:00:00",
    } | more


SAMPLE = Sample(
    adapter="wecom.group_members",
    encoding="utf-8",
    scope={"exported_at": "2026-02-01 06:00:00"},
    document={
        "groups": [
            group(
                1,
                {
                    "userid": "wmAAA1",
                    "type": 2,
                    "unionid": "oUnion1",
                    "join_time": AT,
                    "join_scene": 1,
                    "invitor": {"userid": "amy"},
                    "group_nickname": "月下独酌",
                    "name": "张三丰",
                },
                {"userid": "wmAAA2", "type": 2, "join_time": AT, "join_scene": 9},
                {"userid": "amy", "type": 1, "join_time": AT, "join_scene": 1, "name": "王五岳"},
            ),
            group(2, {"userid": "wmAAA1", "type": 2, "join_time": AT, "join_scene": 3}),
        ],
    },
    skipped={"staff_member": 1},
    id="groups[].group_chat.member_list[].userid",
    personal=("张三丰", "王五岳", "月下独酌"),
    expected={
        "touches": [
            join(
                1, "wmAAA1", detail="1", staff_id="amy", customer_ref="unionid:openplatform:oUnion1"
            ),
            join(
                1, "wmAAA2", detail="9", staff_id=None, customer_ref="external_userid:main:wmAAA2"
            ),
            join(2, "wmAAA1", detail="3", customer_ref="external_userid:main:wmAAA1"),
        ],
        "identity_links": [
            {"left_value": "oUnion1", "right_value": "oUnion1"},
            {"left_value": "oUnion1", "right_value": "wmAAA1"},
            {"left_value": "wmAAA2", "right_value": "wmAAA2"},
            {"left_value": "wmAAA1", "right_value": "wmAAA1"},
        ],
    },
)
