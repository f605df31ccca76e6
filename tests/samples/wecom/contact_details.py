"""Answers of externalcontact/get, one a customer: accounts in a list, tags with names."""

from tests.samples.sample import Sample

PHONE = "13800000001"
AT = 1767578400  # 2026-01-05 10:00:00 in Shanghai

SAMPLE = Sample(
    adapter="wecom.contact_details",
    encoding="utf-8",
    scope={"exported_at": "2026-02-01 06:00:00"},
    document=[
        {
            "errcode": 0,
            "errmsg": "ok",
            "external_contact": {
                "external_userid": "wmAAA1",
                "name": "张三丰",
                "type": 1,
                "unionid": "oUnion1",
            },
            "follow_user": [
                {
                    "userid": "amy",
                    "remark": "张三丰 玫瑰精华",
                    "description": "文三路",
                    "createtime": AT,
                    "add_way": 201,
                    "state": "card_7",
                    "oper_userid": "amy",
                    "remark_mobiles": [PHONE],
                    "tags": [
                        {"group_name": "等级", "tag_name": "金卡", "tag_id": "etA", "type": 1},
                        {"group_name": "", "tag_name": "爱聊", "type": 2},
                    ],
                },
                {
                    "userid": "ben",
                    "createtime": AT + 86400,
                    "add_way": 10,
                    "wechat_channels": {"nickname": "某", "source": 1},
                },
            ],
        },
        {
            "errcode": 0,
            "errmsg": "ok",
            "external_contact": {"external_userid": "wmAAA2", "name": "李四光", "type": 2},
            "follow_user": [{"userid": "amy", "createtime": AT, "add_way": 2, "tags": []}],
        },
    ],
    personal=(PHONE, "张三丰", "李四光", "文三路"),
    expected={
        "contacts": [
            {
                "contact_id": "wecom:main:wmAAA1:amy:20260105100000",
                "tags": ["etA"],
                "add_way": "201",
                "state": "card_7",
                "added_at": "2026-01-05 10:00:00",
                "customer_ref": "unionid:openplatform:oUnion1",
            },
            {"contact_id": "wecom:main:wmAAA1:ben:20260106100000", "source_channel": "视频号主页"},
            {
                "contact_id": "wecom:main:wmAAA2:amy:20260105100000",
                "customer_ref": "external_userid:main:wmAAA2",
            },
        ],
        "identity_links": [
            {"left_value": "wmAAA1", "right_value": "wmAAA1"},
            {"left_value": "wmAAA1", "right_value": "oUnion1"},
            {"left_value": "wmAAA1", "right_type": "phone"},
            {"left_value": "wmAAA2", "right_value": "wmAAA2"},
        ],
    },
)
