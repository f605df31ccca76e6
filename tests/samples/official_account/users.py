"""An answer of user/info/batchget: a follower, one without unionid, and one who has left."""

from tests.samples.sample import Sample

AT = 1767578400  # 2026-01-05 10:00:00 in Shanghai

SAMPLE = Sample(
    adapter="official_account.users",
    encoding="utf-8",
    scope={"exported_at": "2026-01-08 09:00:00"},
    document={
        "user_info_list": [
            {
                "subscribe": 1,
                "openid": "oPaaa1",
                "unionid": "oUaaa1",
                "language": "zh_CN",
                "subscribe_time": AT,
                "subscribe_scene": "ADD_SCENE_QR_CODE",
                "remark": "张三丰",
                "groupid": 0,
                "tagid_list": [128, 2],
                "qr_scene": 98765,
                "qr_scene_str": "card_7",
            },
            {
                "subscribe": 1,
                "openid": "oPaaa2",
                "subscribe_time": AT + 60,
                "subscribe_scene": "ADD_SCENE_SEARCH",
                "tagid_list": [],
            },
            {"subscribe": 0, "openid": "oPaaa3"},
        ]
    },
    id="user_info_list[].openid",
    personal=("张三丰",),
    expected={
        "touches": [
            {
                "touch_id": "official_account:main:oPaaa1:follow:20260105100000",
                "at": "2026-01-05 10:00:00",
                "channel": "article",
                "kind": "follow",
                "detail": "ADD_SCENE_QR_CODE",
                "customer_ref": "unionid:openplatform:oUaaa1",
            },
            {
                "touch_id": "official_account:main:oPaaa2:follow:20260105100100",
                "customer_ref": "openid:main:oPaaa2",
            },
        ],
        "identity_links": [
            {"left_value": "oUaaa1", "right_value": "oUaaa1"},
            {"left_value": "oUaaa1", "right_value": "oPaaa1"},
            {"left_value": "oPaaa2"},
            {"left_value": "oPaaa3"},
        ],
    },
)
