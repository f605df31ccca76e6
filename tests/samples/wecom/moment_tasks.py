"""An answer of get_moment_task, the post beside it: who of the staff has posted it."""

from tests.samples.sample import Sample

WORDS = {"task_list[].publish_status": {"0": "asked", "1": "done"}}

SAMPLE = Sample(
    adapter="wecom.moment_tasks",
    encoding="utf-8",
    scope={"exported_at": "2026-01-07 06:00:00"},
    document={
        "moment_id": "momA1",
        "errcode": 0,
        "errmsg": "ok",
        "next_cursor": "",
        "task_list": [
            {"userid": "amy", "publish_status": 1},
            {"userid": "ben", "publish_status": 1},
        ],
    },
    word="task_list[].publish_status",
    words=WORDS,
    expected={
        "daily_metrics": [
            {
                "on_date": "2026-01-07 06:00:00",
                "entity_kind": "content",
                "entity_id": "wecom:main:momA1",
                "metric": metric,
                "value": 2.0,
                "is_final": True,
            }
            for metric in ("staff_asked", "staff_done")
        ],
    },
)
