"""An answer of batch/get_by_user: a row for each customer and account, tags as bare ids."""

from typing import Any

from tests.samples.sample import Row, Sample

PHONE = "13800000001"
AT = 1767578400  # 2026-01-05 10:00:00 in Shanghai


def friend(who: str, staff: str, at: int, union: str | None = None, **more: Any) -> Row:
    customer = {"external_userid": who, "name": "张三丰", "type": 1, "gender": 2}
    customer |= {"avatar": "http://wx.qlogo.cn/mmhead/0"} | ({"unionid": union} if union else {})
    return {
        "external_contact": customer,
        "follow_info": {
            "userid": staff,
            "remark": "张三丰 玫瑰精华",
            "description": "住西湖区文三路",
            "createtime": at,
            "tag_id": [],
            "add_way": 1,
            "state": "",
            "remark_mobiles": [],
            "oper_userid": staff,
        }
        | more,
    }


def contact(who: str, staff: str, stamp: str, **more: Any) -> Row:
    return {
        "contact_id": f"wecom:main:{who}:{staff}:{stamp}",
        "staff_id": staff,
        "corp": "main",
        "listed_at": "2026-02-01 06:00:00",
    } | more


SAMPLE = Sample(
    adapter="wecom.contacts",
    encoding="utf-8",
    scope={"exported_at": "2026-02-01 06:00:00"},
    document={
        "errcode": 0,
        "errmsg": "ok",
        "external_contact_list": [
            friend(
                "wmAAA1",
                "amy",
                AT,
                "oUnion1",
                state="card_7",
                tag_id=["etA", "etB"],
                remark_mobiles=[PHONE, "138****0002"],
            ),
            # Another account of the same customer, and a code that nobody documents.
            friend("wmAAA1", "ben", AT + 86400, "oUnion1", add_way=16),
            # From a live room of Channels; somebody of another company has no unionid.
            friend(
                "wmAAA2", "amy", AT, add_way=10, wechat_channels={"nickname": "某", "source": 2}
            ),
            friend("wmAAA3", "z", AT, add_way=0, wechat_channels={"source": 0}, tag_id=None),
        ],
        "next_cursor": "",
    },
    id="external_contact_list[].external_contact.external_userid",
    personal=(PHONE, "138****0002", "张三丰", "文三路"),
    expected={
        "contacts": [
            contact(
                "wmAAA1",
                "amy",
                "20260105100000",
                added_at="2026-01-05 10:00:00",
                state="card_7",
                add_way="1",
                tags=["etA", "etB"],
                customer_ref="unionid:openplatform:oUnion1",
                source_channel=None,
            ),
            contact(
                "wmAAA1",
                "ben",
                "20260106100000",
                added_at="2026-01-06 10:00:00",
                state=None,
                add_way="16",
                tags=[],
                customer_ref="unionid:openplatform:oUnion1",
            ),
            contact(
                "wmAAA2",
                "amy",
                "20260105100000",
                add_way="10",
                source_channel="视频号直播间",
                customer_ref="external_userid:main:wmAAA2",
            ),
            contact("wmAAA3", "z", "20260105100000", add_way="0", source_channel=None, tags=None),
        ],
        "identity_links": [
            {
                "left_value": "wmAAA1",
                "right_value": "wmAAA1",
                "snapshot_at": "2026-02-01 06:00:00",
                "first_seen_at": "2026-01-05 10:00:00",
                "last_seen_at": "2026-01-06 10:00:00",
            },
            {"left_value": "wmAAA1", "right_type": "unionid", "right_value": "oUnion1"},
            {"left_value": "wmAAA1", "right_type": "phone"},
            {"left_value": "wmAAA2", "right_value": "wmAAA2", "left_namespace": "main"},
            {"left_value": "wmAAA3", "right_value": "wmAAA3"},
        ],
    },
)
