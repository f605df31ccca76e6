"""淘口令点击: days of a token; the token is one content, first placed when its first row says."""

from decimal import Decimal

from tests.samples.sample import Row, Sample


def row(on: str, opened: str, **more: str) -> Row:
    return {
        "淘口令编号": "\ttk0501",
        "日期": on,
        "口令名称": "618 会场",
        "渠道": "wecom",
        "投放账号": "ip0001",
        "打开人数": opened,
        "打开次数": "",
        "成交笔数": "",
        "成交金额": "",
        "活动编号": "2026-618",
    } | more


def metric(on: str, name: str, value: float | Decimal) -> Row:
    return {
        "on_date": f"{on} 00:00:00",
        "entity_kind": "content",
        "entity_id": "taobao_token:tk0501",
        "metric": name,
        "value": value,
        "is_final": True,
    }


SAMPLE = Sample(
    adapter="brand_tables.taobao_tokens",
    rows=(
        row("2026-05-02", "1,320", 成交笔数="18", 成交金额="¥3,600.00"),
        row("2026-05-01", "300人", 打开次数="410"),
        row("2026-05-03", "很多"),
        {"淘口令编号": "合计", "打开人数": "1620"},
    ),
    id="淘口令编号",
    skipped={"footer": 1},
    refused={"打开人数_not_number": 1},
    totals={"成交金额 (daily_metrics)": "3600.00"},
    expected={
        "contents": [
            {
                "content_id": "taobao_token:tk0501", "kind": "note", "channel": "wecom",
                "title": "618 会场", "creator_staff_id": "ip0001",
                "published_at": "2026-05-01 00:00:00", "campaign_id": "2026-618",
            }
        ],
        "daily_metrics": [
            metric("2026-05-02", "click_users", 1320.0),
            metric("2026-05-02", "claimed_orders", 18.0),
            metric("2026-05-02", "claimed_amount", Decimal("3600.00")),
            metric("2026-05-01", "click_users", 300.0),
            metric("2026-05-01", "clicks", 410.0),
        ],
    },
)  # fmt: skip
