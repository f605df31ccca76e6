"""An answer of getusercumulate: how many followers there were at the end of each day."""

from tests.samples.official_account.user_summary import metric
from tests.samples.sample import Sample

SAMPLE = Sample(
    adapter="official_account.user_cumulate",
    encoding="utf-8",
    scope={"exported_at": "2026-01-08 09:00:00"},
    document={
        "list": [
            {"ref_date": "2026-01-05", "user_source": 0, "cumulate_user": 180_109},
            {"ref_date": "2026-01-06", "user_source": 0, "cumulate_user": 180_118},
        ]
    },
    expected={
        "daily_metrics": [
            metric("followers", 180_109.0),
            metric("followers", 180_118.0, "2026-01-06"),
        ],
    },
)
