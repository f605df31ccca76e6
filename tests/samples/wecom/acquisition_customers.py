"""An answer of customer_acquisition/customer, the link beside it: who came, and who ever wrote."""

from tests.samples.sample import Sample

WORDS = {"customer_list[].chat_status": {"0": "silent", "1": "spoke", "2": ""}}

SAMPLE = Sample(
    adapter="wecom.acquisition_customers",
    encoding="utf-8",
    scope={"exported_at": "2026-01-07 06:00:00"},
    document={
        "link_id": "cawA1",
        "errcode": 0,
        "errmsg": "ok",
        "next_cursor": "",
        "customer_list": [
            {
                "external_userid": f"wmAAA{status}",
                "userid": "amy",
                "chat_status": status,
                "state": "live",
            }
            for status in (0, 1, 2)
        ],
    },
    word="customer_list[].chat_status",
    words=WORDS,
    id="customer_list[].external_userid",
    expected={
        "touches": [
            {
                "touch_id": f"wecom:main:wmAAA{status}:amy:click:cawA1",
                "channel": "chat",
                "kind": "click",
                "staff_id": "amy",
                "detail": detail,
                "customer_ref": f"external_userid:main:wmAAA{status}",
            }
            for status, detail in ((0, "silent"), (1, "spoke"), (2, None))
        ],
        "identity_links": [{"left_value": f"wmAAA{status}"} for status in (0, 1, 2)],
    },
)
