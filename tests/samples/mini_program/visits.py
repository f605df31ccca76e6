"""An answer of getDailyVisitTrend: what is not told is not 0."""

from tests.samples.sample import Row, Sample


def metric(name: str, value: float) -> Row:
    return {
        "on_date": "2026-05-01 00:00:00",
        "entity_kind": "app",
        "entity_id": "mini_program:main",
        "metric": name,
        "value": value,
        "is_final": True,
    }


SAMPLE = Sample(
    adapter="mini_program.visits",
    encoding="utf-8",
    scope={"exported_at": "2026-05-05 09:00:00"},
    document={
        "list": [
            {
                "ref_date": "20260501",
                "session_cnt": 142549,
                "visit_pv": 472351,
                "visit_uv": 55500,
                "visit_uv_new": 5464,
                "stay_time_session": 0,
                "visit_depth": 1.9838,
            }
        ]
    },
    id="list[].ref_date",
    expected={
        "daily_metrics": [
            metric("sessions", 142549.0),
            metric("views", 472351.0),
            metric("visitors", 55500.0),
            metric("new_visitors", 5464.0),
            metric("seconds_a_session", 0.0),
            metric("pages_a_session", 1.9838),
        ]
    },
)
