"""淘宝内容: a livestream over two days and a post of the feed; claimed sales are no orders."""

from decimal import Decimal

from tests.samples.sample import Row, Sample


def row(number: str, kind: str, on: str, viewers: str, **more: str) -> Row:
    return {
        "淘宝内容编号": number,
        "日期": on,
        "内容类型": kind,
        "标题": "新品直播",
        "发布时间": "2026-05-01 20:00",
        "商品编码": "SKU0001；SKU0002",
        "曝光人数": "",
        "浏览人数": viewers,
        "引导成交金额": "",
        "主播": "陈主播",
    } | more


def metric(number: str, on: str, name: str, value: float | Decimal) -> Row:
    return {
        "on_date": f"{on} 00:00:00",
        "entity_kind": "content",
        "entity_id": f"taobao:{number}",
        "metric": name,
        "value": value,
    }


SAMPLE = Sample(
    adapter="brand_tables.taobao_posts",
    rows=(
        row("9001", "直播", "2026-05-01", "3,400", 引导成交金额="9,200.00元"),
        row("9001", "直播", "2026-05-02", "12"),
        row("9002", "微淘", "2026-05-01", "80", 曝光人数="1200", 标题="-"),
    ),
    word="内容类型",
    words={
        "内容类型": {
            "微淘": "note", "订阅": "note", "note": "note", "店铺群": "group_post",
            "group_post": "group_post", "直播": "live", "live": "live",
            "短视频": "short_video", "short_video": "short_video",
        }
    },
    id="淘宝内容编号",
    personal=("陈主播",),
    totals={"引导成交金额 (daily_metrics)": "9200.00"},
    expected={
        "contents": [
            {
                "content_id": "taobao:9001", "kind": "live", "channel": "taobao",
                "title": "新品直播", "product_ids": ["SKU0001", "SKU0002"],
                "published_at": "2026-05-01 20:00:00",
            },
            {"content_id": "taobao:9002", "kind": "note", "title": None},
        ],
        "daily_metrics": [
            metric("9001", "2026-05-01", "viewer_users", 3400.0),
            metric("9001", "2026-05-01", "claimed_amount", Decimal("9200.00")),
            metric("9001", "2026-05-02", "viewer_users", 12.0),
            metric("9002", "2026-05-01", "viewer_users", 80.0),
            metric("9002", "2026-05-01", "impression_users", 1200.0),
        ],
    },
)  # fmt: skip
