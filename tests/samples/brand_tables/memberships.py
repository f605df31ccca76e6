"""会员期模板: a paid term, its renewal, a free one, a term that ends ahead, and one of nobody."""

from decimal import Decimal

from tests.samples.sample import Row, Sample

PHONE = "13800000051"


def row(card: str, start: str, end: str, reason: str, **more: str) -> Row:
    return {
        "会员卡号": card,
        "手机号": "",
        "会员计划": "付费",
        "等级": "PLUS",
        "开始时间": start,
        "结束时间": end,
        "变动原因": reason,
        "会费金额(元)": "199.00",
        "礼品价值": "299",
        "礼品成本": "89.9元",
        "办理员工": "gd0007",
        "办理门店": "S01",
        "姓名": "蒋十二",
    } | more


def term(card: str, start: str, **more: object) -> Row:
    return {
        "membership_id": f"members:{card}:paid:{start}",
        "member_no": card,
        "customer_ref": f"member_no:brand:{card}",
        "program": "paid",
        "tier": "PLUS",
        "fee_amount": Decimal("199.00"),
        "gift_value_amount": Decimal("299.00"),
        "gift_cost_amount": Decimal("89.90"),
        "enrolled_by": "gd0007",
        "enrolled_store": "S01",
    } | more


FREE = {"会员计划": "", "会费金额(元)": "0", "礼品价值": "", "礼品成本": ""}

WORDS = {
    "会员计划": {
        "付费": "paid",
        "paid": "paid",
        "免费": "free",
        "free": "free",
    },
    "变动原因": {
        "入会": "join",
        "join": "join",
        "升级": "upgrade",
        "upgrade": "upgrade",
        "续费": "renew",
        "renew": "renew",
        "到期": "expire",
        "expire": "expire",
        "取消": "cancel",
        "cancel": "cancel",
    },
}

SAMPLE = Sample(
    adapter="brand_tables.memberships",
    encoding="utf-8-sig",
    rows=(
        row("6900000000000000001", "2025-05-01", "2026-04-30", "入会", 手机号=PHONE),
        row("6900000000000000001", "2026-05-01 00:00:00", "2027/4/30", "续费", 会员计划=""),
        row("VIP0002", "2026-01-05 10:00", "", "join", **FREE | {"会员计划": "免费"}),
        # Neither a fee nor a programme: nobody can say which it is.
        row("VIP0003", "2026-01-05", "", "", **FREE),
        row("示例0001", "2026-01-01", "2026-12-31", "入会"),
    ),
    word="变动原因",
    words=WORDS,
    id="会员卡号",
    skipped={"example": 1},
    personal=(PHONE, "蒋十二"),
    expected={
        "memberships": [
            term("6900000000000000001", "20250501000000", reason="join",
                 started_at="2025-05-01 00:00:00", ended_at="2026-04-30 23:59:59"),
            term("6900000000000000001", "20260501000000", reason="renew",
                 ended_at="2027-04-30 23:59:59"),
            {"membership_id": "members:VIP0002:free:20260105100000", "program": "free",
             "ended_at": None, "fee_amount": Decimal("0.00"), "gift_cost_amount": None},
            {"membership_id": None, "member_no": "VIP0003", "program": None, "reason": None},
        ],
        "identity_links": [
            {"left_value": "6900000000000000001", "right_type": "member_no",
             "first_seen_at": "2025-05-01 00:00:00", "last_seen_at": "2026-05-01 00:00:00"},
            {"left_value": "6900000000000000001", "right_type": "phone"},
            {"left_value": "VIP0002"},
            {"left_value": "VIP0003"},
        ],
    },
)  # fmt: skip
