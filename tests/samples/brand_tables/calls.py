"""电话外呼: a vendor's list; lengths in every spelling, a masked number, two calls at once."""

from tests.samples.sample import Row, Sample

PHONE = "13900000031"


def row(at: str, length: str, **more: str) -> Row:
    return {
        "号码": PHONE,
        "拨打时间": at,
        "接通": "是",
        "时长": length,
        "坐席": "tel0001",
        "结果": "赵先生说再考虑",
        "活动编号": "CALL01",
    } | more


def call(number: str, at: str, kind: str, seconds: float, **more: object) -> Row:
    return {
        "touch_id": f"call:tel0001-{number}",
        "at": at,
        "channel": "phone",
        "kind": kind,
        "staff_id": "tel0001",
        "campaign_id": "CALL01",
        "value": seconds,
    } | more


SAMPLE = Sample(
    adapter="brand_tables.calls",
    rows=(
        row("2026-05-01 10:00:00", "95秒"),
        row("2026-05-01 10:05:00", "1分35秒"),
        row("2026/5/1 10:10", "00:01:35", 号码="139****0031"),
        row("2026-05-01 10:15:00", "0秒", 接通="否"),
        # An automatic dialler reaches two people within one second.
        row("2026-05-01 10:20:00", "7"),
        row("2026-05-01 10:20:00", "9", 号码="139****0032"),
        row("昨天", "9"),
        {"号码": "合计", "时长": "300"},
    ),
    skipped={"total": 1},
    refused={"拨打时间_not_time": 1},
    personal=(PHONE, "赵先生", "139****0031"),
    expected={
        "touches": [
            call("20260501100000-1", "2026-05-01 10:00:00", "connect", 95.0),
            call("20260501100500-1", "2026-05-01 10:05:00", "connect", 95.0),
            call("20260501101000-1", "2026-05-01 10:10:00", "connect", 95.0, customer_ref=None),
            call("20260501101500-1", "2026-05-01 10:15:00", "call", 0.0),
            call("20260501102000-1", "2026-05-01 10:20:00", "connect", 7.0),
            call("20260501102000-2", "2026-05-01 10:20:00", "connect", 9.0, customer_ref=None),
        ],
        "identity_links": [{"left_type": "phone", "right_type": "phone"}],
    },
)
