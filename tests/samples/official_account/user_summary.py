"""An answer of getusersummary: a day has a row for each way in which followers came."""

from tests.samples.sample import Row, Sample


def metric(name: str, value: float, on: str = "2026-01-05") -> Row:
    return {
        "on_date": f"{on} 00:00:00",
        "entity_kind": "account",
        "entity_id": "official_account:main",
        "metric": name,
        "value": value,
        "is_final": True,
    }


SAMPLE = Sample(
    adapter="official_account.user_summary",
    encoding="utf-8",
    scope={"exported_at": "2026-01-08 09:00:00"},
    document={
        "list": [
            {"ref_date": "2026-01-05", "user_source": 0, "new_user": 8, "cancel_user": 3},
            {"ref_date": "2026-01-05", "user_source": 30, "new_user": 4, "cancel_user": 0},
        ]
    },
    id="list[].user_source",
    expected={
        "daily_metrics": [
            metric("new_followers", 12.0),
            metric("lost_followers", 3.0),
            metric("new_followers_from_0", 8.0),
            metric("new_followers_from_30", 4.0),
        ],
    },
)
