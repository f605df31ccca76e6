"""An answer of get_groupmsg_task, the message beside it: who of the staff has sent it."""

from tests.samples.sample import Sample

AT = 1767578400

WORDS = {"task_list[].status": {"0": "asked", "2": "done"}}

SAMPLE = Sample(
    adapter="wecom.mass_tasks",
    encoding="utf-8",
    scope={"exported_at": "2026-01-07 06:00:00"},
    document={
        "msgid": "msgA1",
        "errcode": 0,
        "errmsg": "ok",
        "next_cursor": "",
        "task_list": [
            {"userid": "amy", "status": 2, "send_time": AT},
            {"userid": "ben", "status": 0},
            {"userid": "cai", "status": 2, "send_time": AT},
        ],
    },
    word="task_list[].status",
    words=WORDS,
    expected={
        "daily_metrics": [
            {
                "on_date": "2026-01-05 10:00:00",
                "entity_kind": "content",
                "entity_id": "wecom:main:msgA1",
                "metric": metric,
                "value": value,
                "is_final": False,
            }
            for metric, value in (("staff_asked", 3.0), ("staff_done", 2.0))
        ],
    },
)
