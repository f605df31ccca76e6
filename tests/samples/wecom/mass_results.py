"""An answer of get_groupmsg_send_result, the message beside it: who got it, who did not and why."""

from typing import Any

from tests.samples.sample import Row, Sample

AT = 1767578400  # 2026-01-05 10:00:00 in Shanghai


def touch(number: int, kind: str, **more: Any) -> Row:
    return {
        "touch_id": f"wecom:main:wmAAA{number}:amy:mass_msg:msgA1",
        "kind": kind,
        "channel": "mass_msg",
        "staff_id": "amy",
        "content_id": "wecom:main:msgA1",
        "customer_ref": f"external_userid:main:wmAAA{number}",
    } | more


WORDS = {
    "send_list[].status": {"0": "not_sent", "1": "sent", "2": "not_a_friend", "3": "other_message"}
}

SAMPLE = Sample(
    adapter="wecom.mass_results",
    encoding="utf-8",
    scope={"exported_at": "2026-01-07 06:00:00"},
    document={
        "msgid": "msgA1",
        "errcode": 0,
        "errmsg": "ok",
        "next_cursor": "",
        "send_list": [
            {"external_userid": "wmAAA1", "userid": "amy", "status": 1, "send_time": AT},
            {"external_userid": "wmAAA2", "userid": "amy", "status": 2},
            {"external_userid": "wmAAA3", "userid": "amy", "status": 3, "send_time": AT},
            {"external_userid": "wmAAA4", "userid": "amy", "status": 0},
            {"chat_id": "wrOgQ1", "userid": "amy", "status": 1, "send_time": AT},
        ],
    },
    skipped={"not_sent": 1, "to_a_group": 1},
    word="send_list[].status",
    words=WORDS,
    id="send_list[].external_userid",
    expected={
        "touches": [
            touch(1, "sent", at="2026-01-05 10:00:00", detail=None),
            touch(2, "failed", at="2026-01-07 06:00:00", detail="not_a_friend"),
            touch(3, "failed", at="2026-01-05 10:00:00", detail="other_message"),
        ],
        "identity_links": [
            {"left_value": f"wmAAA{number}", "right_value": f"wmAAA{number}"}
            for number in (1, 2, 3)
        ],
    },
)
