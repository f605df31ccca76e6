"""An answer of get_groupmsg_list_v2: what was sent, whose text is not read."""

from tests.samples.sample import Sample

AT = 1767578400  # 2026-01-05 10:00:00 in Shanghai

SAMPLE = Sample(
    adapter="wecom.mass_messages",
    encoding="utf-8",
    document={
        "errcode": 0,
        "errmsg": "ok",
        "next_cursor": "",
        "group_msg_list": [
            {
                "msgid": "msgGCAAAXtWyujaWJHDDGi0mAAAA",
                "creator": "amy",
                "create_time": AT,
                "create_type": 1,
                "text": {"content": "张三丰您好，福利来了"},
                "attachments": [{"msgtype": "image", "image": {"media_id": "WWCISP_x"}}],
            },
            {"msgid": "msgGCAAAXtWyujaWJHDDGi0mBBBB", "create_time": AT, "create_type": 0},
        ],
    },
    id="group_msg_list[].msgid",
    personal=("张三丰",),
    expected={
        "contents": [
            {
                "content_id": "wecom:main:msgGCAAAXtWyujaWJHDDGi0mAAAA",
                "kind": "mass_msg",
                "channel": "wecom",
                "creator_staff_id": "amy",
                "published_at": "2026-01-05 10:00:00",
            },
            {"content_id": "wecom:main:msgGCAAAXtWyujaWJHDDGi0mBBBB", "creator_staff_id": None},
        ],
    },
)
