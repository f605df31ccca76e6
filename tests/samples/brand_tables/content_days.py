"""内容日数据模板: a livestream of an evening, and a note of which nobody counted the clicks."""

from tests.samples.sample import Row, Sample


def metric(content: str, name: str, value: float) -> Row:
    return {
        "entity_kind": "content",
        "entity_id": content,
        "metric": name,
        "value": value,
        "is_final": True,
        "on_date": "2026-01-05 00:00:00",
    }


SAMPLE = Sample(
    adapter="brand_tables.content_days",
    encoding="gb18030",
    rows=(
        {
            "内容编号": "channels:live7", "日期": "2026-01-05", "曝光人数": "12,000",
            "观看人数": "1800", "点赞人数": "240", "分享人数": "35", "点击人数": "160",
        },
        {"内容编号": "xhs:note3", "日期": "2026/1/5", "曝光人数": "900", "观看人数": "80"},
        {"内容编号": "示例-导入前可删", "日期": "2026-01-05", "曝光人数": "1", "观看人数": "1"},
    ),
    id="内容编号",
    skipped={"example": 1},
    expected={
        "daily_metrics": [
            metric("channels:live7", "impression_users", 12_000.0),
            metric("channels:live7", "viewer_users", 1_800.0),
            metric("channels:live7", "like_users", 240.0),
            metric("channels:live7", "share_users", 35.0),
            metric("channels:live7", "click_users", 160.0),
            metric("xhs:note3", "impression_users", 900.0),
            metric("xhs:note3", "viewer_users", 80.0),
        ]
    },
)  # fmt: skip
