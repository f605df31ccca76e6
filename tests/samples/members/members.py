"""会员表 of a brand's own: UTF-16 as a spreadsheet saves it, a title above, and a total below."""

from tests.samples.sample import Row, Sample

PHONES = ("13800000011", "13800000012", "13800000013")


def row(card: str, phone: str, **more: str) -> Row:
    return {
        "会员卡号": f'="{card}"',
        "姓名": "钱八斗",
        "手机号码": phone,
        "unionid": f"oUnion{card}",
        "会员等级": "金卡",
        "成长值": "1,280",
        "注册时间": "2024年5月1日 8:30",
        "入会渠道": "门店",
        "开卡门店": "S01",
        "专属导购": "吴九天",
        "生日": "1990-12-31",
        "性别": "女",
        "省": "浙江省",
        "营销授权": "是",
        "状态": "正常",
        "钱包余额": "3.20",
    } | more


def member(card: str, **more: object) -> Row:
    return {
        "membership_id": f"members:{card}:free:20240501083000",
        "customer_ref": f"member_no:brand:{card}",
        "member_no": card,
        "program": "free",
        "tier": "金卡",
        "started_at": "2024-05-01 08:30:00",
        "ended_at": None,
        "reason": "join",
        "enrolled_store": "S01",
        "enrolled_by": None,
    } | more


def link(card: str, kind: str) -> Row:
    return {
        "left_type": "member_no",
        "left_namespace": "brand",
        "left_value": card,
        "right_type": kind,
        "first_seen_at": "2024-05-01 08:30:00",
    }


SAMPLE = Sample(
    adapter="members.members",
    encoding="utf-16",
    before=(("会员列表", "导出时间：2026-05-01"), ()),
    rows=(
        row("6900000000000000001", f"+86 {PHONES[0]}"),
        # A masked phone and no unionid; what is empty is written in three ways.
        row("VIP0002", "138****0012", unionid="-", 会员等级="无", 开卡门店="--", 生日="5月3日"),
        # The card's number is the phone.
        row(PHONES[2], PHONES[2], unionid="", 性别="保密", 生日="31/12/1990", 营销授权=""),
        {"会员卡号": "合计", "成长值": "3,840"},
    ),
    id="会员卡号",
    skipped={"footer": 1},
    personal=(*PHONES, "138****0012", "钱八斗", "吴九天", "1990-12-31"),
    scope={"exported_at": "2026-05-01 12:00:00"},
    expected={
        "memberships": [
            member("6900000000000000001"),
            member("VIP0002", tier=None, enrolled_store=None),
            {"tier": "金卡", "program": "free", "started_at": "2024-05-01 08:30:00"},
        ],
        "identity_links": [
            link("6900000000000000001", "member_no")
            | {"right_value": "6900000000000000001", "snapshot_at": "2026-05-01 12:00:00"}
            | {"gender": "female", "birth_month": 12, "province": "浙江省", "city": None}
            | {"consent_marketing": True, "opted_out_at": None},
            link("6900000000000000001", "unionid")
            | {"right_namespace": "openplatform", "right_value": "oUnion6900000000000000001"},
            link("6900000000000000001", "phone") | {"gender": None, "province": None},
            link("VIP0002", "member_no") | {"birth_month": 5},
            {"left_type": "member_no", "right_type": "member_no", "gender": None}
            | {"birth_month": None, "consent_marketing": None},
            {"left_type": "member_no", "right_type": "phone"},
        ],
    },
)
