"""An answer of getarticleshare: how many shared each article; it says that it comes late."""

from tests.samples.official_account.article_reads import metric
from tests.samples.sample import Sample

SAMPLE = Sample(
    adapter="official_account.article_shares",
    encoding="utf-8",
    scope={"exported_at": "2026-01-11 09:00:00"},
    document={
        "list": [
            {"ref_date": "2026-01-05", "msgid": "2247490098_1", "detail": {"share_user": 8}},
            {"ref_date": "2026-01-05", "msgid": "2247490098_2", "detail": {"share_user": 0}},
        ],
        "is_delay": True,
    },
    id="list[].msgid",
    expected={
        "daily_metrics": [
            metric("2247490098_1", "2026-01-05", "day_share_users", 8.0, final=False),
            metric("2247490098_2", "2026-01-05", "day_share_users", 0.0, final=False),
        ],
    },
)
