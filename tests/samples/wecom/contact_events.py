"""Callbacks change_external_contact, their XML's fields as JSON: who comes and who goes."""

from typing import Any

from tests.samples.sample import Row, Sample

AT = 1767578400  # 2026-01-05 10:00:00 in Shanghai


def event(what: str, after: int = 0, **more: Any) -> Row:
    return {
        "ToUserName": "ww0001",
        "FromUserName": "sys",
        "CreateTime": AT + after,
        "MsgType": "event",
        "Event": "change_external_contact",
        "ChangeType": what,
        "UserID": "amy",
        "ExternalUserID": "wmAAA1",
    } | more


def touch(what: str, stamp: str, **more: Any) -> Row:
    return {
        "touch_id": f"wecom:main:wmAAA1:amy:{what}:202601051{stamp}",
        "channel": "chat",
        "staff_id": "amy",
        "customer_ref": "external_userid:main:wmAAA1",
    } | more


WORDS = {
    "ChangeType": {
        "add_external_contact": "added",
        "add_half_external_contact": "half_added",
        "edit_external_contact": "edited",
        "del_external_contact": "deleted_by_staff",
        "del_follow_user": "deleted_by_customer",
        "transfer_fail": "transfer_failed",
    }
}

SAMPLE = Sample(
    adapter="wecom.contact_events",
    encoding="utf-8",
    document={
        "events": [
            event("add_half_external_contact", State="card_7", WelcomeCode="WELCOMECODE"),
            event("add_external_contact", 60, State="card_7", WelcomeCode="WELCOMECODE"),
            event("edit_external_contact", 90),
            event("del_follow_user", 120),
            event("del_external_contact", 180),
            event("del_external_contact", 240, Source="DELETE_BY_TRANSFER"),
            event("transfer_fail", 300, FailReason="customer_refused"),
            event("update", 300, Event="change_external_chat", ChatId="wrOgQ1"),
        ],
    },
    skipped={"no_change": 2, "another_event": 1},
    word="events[].ChangeType",
    words=WORDS,
    id="events[].ExternalUserID",
    personal=("WELCOMECODE",),
    expected={
        "contacts": [
            {
                "contact_id": "wecom:main:wmAAA1:amy:20260105100100",
                "state": "card_7",
                "added_at": "2026-01-05 10:01:00",
                "corp": "main",
                "staff_id": "amy",
            },
        ],
        "touches": [
            touch("half_added", "00000", kind="follow", detail="half"),
            touch("added", "00100", kind="follow", detail=None),
            touch("deleted_by_customer", "00200", kind="unfollow", detail="customer"),
            touch("deleted_by_staff", "00300", kind="unfollow", detail="staff"),
            touch("deleted_by_staff", "00400", kind="unfollow", detail="transfer"),
        ],
        "identity_links": [
            {
                "left_value": "wmAAA1",
                "first_seen_at": "2026-01-05 10:00:00",
                "last_seen_at": "2026-01-05 10:04:00",
            },
        ],
    },
)
