"""Messages of the archive: who wrote to whom and when; not a word of what was said is kept."""

from typing import Any

from tests.samples.sample import Row, Sample

AT = 1767578400000  # 2026-01-05 10:00:00 in Shanghai, in milliseconds


def message(number: int, sender: str, to: list[str], after: int = 0, **more: Any) -> Row:
    return {
        "msgid": f"MSG{number}",
        "action": "send",
        "from": sender,
        "tolist": to,
        "roomid": "",
        "msgtime": AT + after * 1000,
        "msgtype": "text",
        "text": {"content": "SECRETWORDS"},
    } | more


def touch(number: int, kind: str, **more: Any) -> Row:
    return {
        "touch_id": f"wecom:main:message:MSG{number}",
        "channel": "chat",
        "kind": kind,
        "staff_id": "amy",
        "customer_ref": "external_userid:main:wmAAA1",
    } | more


SAMPLE = Sample(
    adapter="wecom.messages",
    encoding="utf-8",
    document=[
        message(1, "wmAAA1", ["amy"]),
        message(2, "amy", ["wmAAA1"], 90, msgtype="image", image={"md5sum": "x"}),
        message(3, "amy", ["wmAAA1", "wmAAA2"], 95, roomid="wrOgQ1"),
        message(4, "amy", ["ben"], 100),
        message(5, "amy", ["wmAAA1"], 110, action="recall"),
    ],
    skipped={"in_a_group": 1, "no_customer": 1, "recalled": 1},
    personal=("SECRETWORDS",),
    expected={
        "touches": [
            touch(1, "reply_in", at="2026-01-05 10:00:00"),
            touch(2, "reply_out", at="2026-01-05 10:01:30"),
        ],
    },
)
