"""门店优惠券: given by a guide, handed in at another store's till, or never."""

from decimal import Decimal

from tests.samples.sample import Row, Sample

PHONE = "13900000033"


def row(code: str, **more: str) -> Row:
    return {
        "券码": f'="{code}"',
        "券批次": "C-300-50",
        "券名称": "满300减50",
        "面额": "50元",
        "发放时间": "2026-05-01 10:00:00",
        "发放人": "gd0007",
        "核销时间": "",
        "核销门店": "",
        "核销人": "",
        "会员卡号": "VIP0001",
        "手机号": "",
        "姓名": "周小姐",
    } | more


def touch(code: str, kind: str, at: str, staff: str, **more: object) -> Row:
    return {
        "touch_id": f"store_coupon:{code}:{kind}",
        "at": at,
        "channel": "store",
        "kind": f"coupon_{kind}",
        "content_id": "C-300-50",
        "staff_id": staff,
        "value": Decimal("50.00"),
    } | more


GIVEN = "2026-05-01 10:00:00"
SAMPLE = Sample(
    adapter="brand_tables.store_coupons",
    rows=(
        row("100200300400500601", 核销时间="2026-05-05 15:00", 核销门店="S02", 核销人="gd0009"),
        row("100200300400500602", 会员卡号="", 手机号=PHONE),
        row("100200300400500603", 发放时间="五一"),
        {},
    ),
    id="券码",
    skipped={"blank": 1},
    refused={"发放时间_not_time": 1},
    personal=(PHONE, "周小姐"),
    totals={"面额": "150.00"},
    expected={
        "touches": [
            touch("100200300400500601", "issue", GIVEN, "gd0007",
                  customer_ref="member_no:brand:VIP0001"),
            touch("100200300400500601", "use", "2026-05-05 15:00:00", "gd0009", detail="S02"),
            touch("100200300400500602", "issue", GIVEN, "gd0007"),
        ],
        "identity_links": [
            {"left_type": "member_no", "right_type": "member_no"},
            {"left_type": "phone", "right_type": "phone"},
        ],
    },
)  # fmt: skip
