"""An answer of getDailySummary: days without anything between their digits."""

from tests.samples.sample import Row, Sample


def metric(name: str, value: float) -> Row:
    return {
        "on_date": "2026-05-01 00:00:00",
        "entity_kind": "app",
        "entity_id": "mini_program:main",
        "metric": name,
        "value": value,
        "is_final": False,
    }


SAMPLE = Sample(
    adapter="mini_program.summary",
    encoding="utf-8",
    scope={"exported_at": "2026-05-02 09:00:00"},
    document={
        "list": [{"ref_date": "20260501", "visit_total": 391, "share_pv": 572, "share_uv": 383}]
    },
    id="list[].ref_date",
    expected={
        "daily_metrics": [
            metric("users_to_date", 391.0),
            metric("shares", 572.0),
            metric("share_users", 383.0),
        ]
    },
)
