"""An answer of get_moment_customer_list, the post beside it: for whom it was meant."""

from tests.samples.sample import Sample

AT = 1767578400  # 2026-01-05 10:00:00 in Shanghai

SAMPLE = Sample(
    adapter="wecom.moment_audience",
    encoding="utf-8",
    document={
        "moment_id": "momA1",
        "userid": "amy",
        "create_time": AT,
        "errcode": 0,
        "errmsg": "ok",
        "next_cursor": "",
        "customer_list": [
            {"userid": "amy", "external_userid": "wmAAA1"},
            {"userid": "amy", "external_userid": "wmAAA2"},
        ],
    },
    id="customer_list[].external_userid",
    expected={
        "touches": [
            {
                "touch_id": f"wecom:main:wmAAA{number}:amy:sent:momA1",
                "channel": "moments",
                "kind": "sent",
                "staff_id": "amy",
                "at": "2026-01-05 10:00:00",
                "content_id": "wecom:main:momA1",
                "customer_ref": f"external_userid:main:wmAAA{number}",
            }
            for number in (1, 2)
        ],
        "identity_links": [{"left_value": f"wmAAA{number}"} for number in (1, 2)],
    },
)
