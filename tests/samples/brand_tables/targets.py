"""目标模板: periods and numbers as people write them, and as spreadsheets change them."""

from tests.samples.sample import Row, Sample


def row(period: str, low: str, high: str = "") -> Row:
    return {"指标": "private_share", "范围": "all", "周期": period, "下限": low, "上限": high}


def target(period: str | None, low: float, high: float | None = None) -> Row:
    return {"metric": "private_share", "scope": "all", "period": period, "low": low, "high": high}


SAMPLE = Sample(
    adapter="brand_tables.targets",
    encoding="utf-16",
    rows=(
        row("2026-06", "0.08", "12%"),
        row("2026-07-01 00:00:00", "8%"),
        row("2026年8月", "1,200"),
        row("2026Q3", "0.1"),
        row("2026年第4季度", "0.1"),
        row("2026", "0.09"),
        # Neither is a period, and one has no number.
        row("六月", "0.1"),
        row("2026-13", "约一成"),
        {"指标": "示例", "范围": "all", "周期": "2026-06", "下限": "1"},
    ),
    skipped={"example": 1},
    expected={
        "targets": [
            target("2026-06", 0.08, 0.12),
            target("2026-07", 0.08),
            target("2026-08", 1200.0),
            target("2026-Q3", 0.1),
            target("2026-Q4", 0.1),
            target("2026", 0.09),
            target(None, 0.1),
            target(None, float("nan")),
        ]
    },
)
