"""An answer of youzan.scrm.customer.search: seconds, zeros for never, encrypted phones."""

from typing import Any

from tests.samples.sample import Row, Sample

PHONE = "13800000061"
ENCRYPTED = "$Yk1zT0JQdWtRc2Fs$1$"


def customer(uid: int, **more: Any) -> Row:
    return {
        "name": "沈十三",
        "show_name": "云上的日子",
        "gender": 2,
        "yz_uid": uid,
        "mobile": PHONE,
        "weixin_fans_id": 7001,
        "is_member": 1,
        "trade_count": 3,
        "points": 120,
        "card_ids": ["c1"],
        "created_at": 1777600000,
        "member_created_at": 1777600800,
    } | more


WORDS = {"record_list[].gender": {"0": "", "1": "male", "2": "female"}}

SAMPLE = Sample(
    adapter="youzan.customers",
    encoding="utf-8",
    document={
        "success": True,
        "code": 200,
        "data": {
            "total": 3,
            "record_list": [
                customer(9007199254740993, yz_open_id="yzOpen7"),
                customer(88, mobile=ENCRYPTED, gender=0),
                customer(89, mobile="", is_member=0, member_created_at=0),
            ],
        },
    },
    word="data.record_list[].gender",
    words=WORDS,
    id="data.record_list[].yz_open_id",
    personal=(PHONE, ENCRYPTED, "沈十三", "云上的日子"),
    scope={"root": "1234500", "exported_at": "2026-05-02 12:00:00"},
    expected={
        "memberships": [
            {
                "membership_id": "youzan:1234500:9007199254740993:20260501100000",
                "customer_ref": "yz_open_id:1234500:yzOpen7",
                "member_no": "9007199254740993",
                "program": "free",
                "tier": None,
                "started_at": "2026-05-01 10:00:00",
            },
            {
                "membership_id": "youzan:1234500:88:20260501100000",
                "customer_ref": "buyer_id:youzan_1234500:88",
            },
        ],
        "identity_links": [
            {"left_value": "9007199254740993", "right_type": "buyer_id", "gender": "female"},
            {"left_value": "9007199254740993", "right_type": "yz_open_id"},
            {"left_value": "9007199254740993", "right_type": "phone"},
            {"left_value": "88", "left_namespace": "youzan_1234500"},
            {"left_value": "89", "first_seen_at": "2026-05-01 09:46:40"},
        ],
    },
)
