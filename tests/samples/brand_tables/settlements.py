"""店铺结算月报: months in every spelling, and what Excel makes of one."""

from decimal import Decimal

from tests.samples.sample import Row, Sample


def row(month: str, channel: str, paid: str, **more: str) -> Row:
    return {
        "结算月份": month,
        "结算渠道": channel,
        "店铺": "",
        "结算订单数": "",
        "结算支付金额": paid,
        "结算退款金额": "",
        "备注": "财务何姐提供",
    } | more


def metric(of: str, name: str, value: float | Decimal, month: str = "05") -> Row:
    return {
        "on_date": f"2026-{month}-01 00:00:00",
        "entity_kind": "store",
        "entity_id": of,
        "metric": f"settled_{name}",
        "value": value,
        "is_final": True,
    }


NAMES = {
    "门店": "store", "有赞": "youzan", "微信小店": "wx_store", "天猫": "tmall", "淘宝": "taobao",
    "京东": "jd", "抖音": "douyin", "快手": "kuaishou", "拼多多": "pdd", "小红书": "xhs",
    "自有商城": "self_mall", "微信转账": "wechat_transfer", "其他": "other",
}  # fmt: skip

SAMPLE = Sample(
    adapter="brand_tables.settlements",
    rows=(
        row("2026-05", "天猫", "¥358,000.00", 结算订单数="1,200", 结算退款金额="21,000.00"),
        row("2026年5月", "jd", "1000.00", 店铺="second"),
        row("2026-06-01 00:00:00", "天猫", "300"),
        {"结算月份": "合计", "结算支付金额": "359,300.00"},
    ),
    word="结算渠道",
    words={"结算渠道": NAMES | {word: word for word in NAMES.values()}},
    skipped={"footer": 1},
    refused={},
    personal=("何姐",),
    totals={
        "结算支付金额 (daily_metrics)": "359300.00",
        "结算退款金额 (daily_metrics)": "21000.00",
    },
    expected={
        "daily_metrics": [
            metric("tmall:main", "paid_amount", Decimal("358000.00")),
            metric("tmall:main", "refund_amount", Decimal("21000.00")),
            metric("tmall:main", "orders", 1200.0),
            metric("jd:second", "paid_amount", Decimal("1000.00")),
            metric("tmall:main", "paid_amount", Decimal("300.00"), "06"),
        ]
    },
)
