"""微信广告报表: lines above the header, a total below that would double what was spent."""

from decimal import Decimal

from tests.samples.sample import Row, Sample


def row(on: str, spent: str, seen: str, **more: str) -> Row:
    return {
        "日期": on,
        "账户ID": "\t20000001",
        "推广计划ID": "\t70000000000001",
        "推广计划名称": "加粉计划",
        "花费(元)": spent,
        "曝光次数": seen,
        "点击次数": "1,200",
        "点击率": "1.2%",
        "关注次数": "",
        "加企微人数": "30",
    } | more


def metric(name: str, value: float, on: str = "2026-05-01") -> Row:
    return {
        "on_date": f"{on} 00:00:00",
        "entity_kind": "content",
        "entity_id": "wechat_ads:20000001:70000000000001",
        "metric": name,
        "value": value,
        "is_final": True,
    }


SAMPLE = Sample(
    adapter="wechat_ads.report",
    before=(("腾讯广告自定义报表",), ("生成时间：2026-06-01 09:00",)),
    scope={"exported_at": "2026-06-01 09:00:00"},
    rows=(
        row("2026-05-01", "1,000.50", "100,000"),
        row("2026-05-02", "¥0.00", "10", 点击次数="0"),
        row("2026-05-03", "十元", "10"),
        {"日期": "总计", "花费(元)": "1,000.50", "曝光次数": "100,010"},
    ),
    id="账户ID",
    skipped={"footer": 1},
    refused={"花费_not_money": 1},
    totals={"花费 (costs)": "1000.50"},
    expected={
        "costs": [
            {
                "cost_id": "wechat_ads:20000001:70000000000001:20260501",
                "on_date": "2026-05-01 00:00:00",
                "kind": "media",
                "amount": Decimal("1000.50"),
                "channel": "wechat_ads",
            }
        ],
        "daily_metrics": [
            metric("impressions", 100000.0),
            metric("clicks", 1200.0),
            metric("new_contacts", 30.0),
            metric("impressions", 10.0, "2026-05-02"),
            metric("clicks", 0.0, "2026-05-02"),
            metric("new_contacts", 30.0, "2026-05-02"),
        ],
    },
)
