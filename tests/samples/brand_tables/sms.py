"""短信: one message a row; sent, arrived, opened, and who asked for no more."""

from tests.samples.sample import Row, Sample

PHONE = "13900000032"


def row(number: str, result: str, **more: str) -> Row:
    return {
        "短信编号": f"\t{number}",
        "批次编号": "SMS0501",
        "手机号": PHONE,
        "发送时间": "2026-05-01 10:00:00",
        "发送结果": result,
        "到达时间": "",
        "点击时间": "",
        "退订时间": "",
        "活动编号": "2026-618",
        "短信内容": "钱女士您好",
    } | more


def touch(number: str, kind: str, at: str = "2026-05-01 10:00:00", key: str = "") -> Row:
    return {
        "touch_id": f"sms:{number}:{key or kind}",
        "at": at,
        "channel": "sms",
        "kind": kind,
        "content_id": "SMS0501",
        "campaign_id": "2026-618",
    }


WORDS = {
    "送达": "delivered", "成功": "delivered", "发送成功": "delivered", "delivered": "delivered",
    "失败": "failed", "发送失败": "failed", "failed": "failed", "未知": "sent",
    "发送中": "sent", "sent": "sent",
}  # fmt: skip

SAMPLE = Sample(
    adapter="brand_tables.sms",
    rows=(
        row("700001", "送达", 到达时间="2026-05-01 10:00:04", 点击时间="2026-05-01 11:00:00"),
        row("700002", "失败"),
        row("700003", "成功", 退订时间="2026-05-02 08:00:00"),
        row("700004", "发送中"),
        {},
    ),
    word="发送结果",
    words={"发送结果": WORDS},
    id="短信编号",
    skipped={"blank": 1},
    personal=(PHONE, "钱女士"),
    expected={
        "touches": [
            touch("700001", "sent"),
            touch("700001", "delivered", "2026-05-01 10:00:04"),
            touch("700001", "click", "2026-05-01 11:00:00"),
            touch("700002", "failed", key="sent"),
            touch("700003", "sent"),
            touch("700003", "delivered"),
            touch("700004", "sent"),
        ],
        "identity_links": [{"left_type": "phone", "opted_out_at": "2026-05-02 08:00:00"}],
    },
)
