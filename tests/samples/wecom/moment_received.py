"""An answer of get_moment_send_result, post and account beside it: who did receive it."""

from tests.samples.sample import Sample

SAMPLE = Sample(
    adapter="wecom.moment_received",
    encoding="utf-8",
    scope={"exported_at": "2026-01-07 06:00:00"},
    document={
        "moment_id": "momA1",
        "userid": "amy",
        "errcode": 0,
        "errmsg": "ok",
        "next_cursor": "",
        "customer_list": [{"external_userid": "wmAAA1"}],
    },
    id="customer_list[].external_userid",
    expected={
        "touches": [
            {
                "touch_id": "wecom:main:wmAAA1:amy:delivered:momA1",
                "channel": "moments",
                "kind": "delivered",
                "staff_id": "amy",
                "at": "2026-01-07 06:00:00",  # Nothing says when.
            }
        ],
        "identity_links": [{"left_value": "wmAAA1"}],
    },
)
