"""An answer of get_moment_list: posts, whose text and pictures are not read."""

from tests.samples.sample import Sample

AT = 1767578400  # 2026-01-05 10:00:00 in Shanghai

SAMPLE = Sample(
    adapter="wecom.moments",
    encoding="utf-8",
    document={
        "errcode": 0,
        "errmsg": "ok",
        "next_cursor": "",
        "moment_list": [
            {
                "moment_id": "momA1",
                "creator": "amy",
                "create_time": AT,
                "create_type": 1,
                "visible_type": 1,
                "text": {"content": "张三丰说好"},
                "image": [{"media_id": "WWCISP_x"}, {"media_id": "WWCISP_y"}],
                "location": {"latitude": "30.1", "longitude": "120.2", "name": "文三路"},
            },
            # By the company: no creator.
            {"moment_id": "momA2", "create_time": AT, "create_type": 0, "visible_type": 0},
        ],
    },
    id="moment_list[].moment_id",
    personal=("张三丰", "文三路"),
    expected={
        "contents": [
            {
                "content_id": "wecom:main:momA1",
                "kind": "moment",
                "creator_staff_id": "amy",
                "published_at": "2026-01-05 10:00:00",
            },
            {"content_id": "wecom:main:momA2", "creator_staff_id": None},
        ],
    },
)
