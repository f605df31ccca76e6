"""实验分组模板: English headers; people by card, by phone, by WeCom id, and by nothing."""

from tests.samples.sample import Row, Sample

PHONES = ("13800000031", "13800000032")


def row(**more: str) -> Row:
    return {
        "campaign_id": "2026-CALL",
        "会员卡号": "",
        "phone": "",
        "external_userid": "",
        "arm": "treatment",
        "assigned_at": "2026-05-01 08:00:00",
        "入组概率": "0.5",
        "name": "",
    } | more


def assigned(who: str, **more: object) -> Row:
    return {
        "campaign_id": "2026-CALL",
        "customer_ref": who,
        "arm": "treatment",
        "assigned_at": "2026-05-01 08:00:00",
        "probability": 0.5,
    } | more


SAMPLE = Sample(
    adapter="brand_tables.assignments",
    encoding="gb18030",
    rows=(
        row(会员卡号='="6900000000000000001"', phone=PHONES[0], name="卫十一"),
        row(external_userid="wmAbc", arm="control", 入组概率="50%"),
        # The card's number is a phone; and the probability is none.
        row(会员卡号=PHONES[1], 入组概率="一半"),
        row(name="无人"),
    ),
    id="会员卡号",
    personal=(*PHONES, "卫十一"),
    scope={"corp": "ww1"},
    expected={
        "assignments": [
            assigned("member_no:brand:6900000000000000001"),
            assigned("external_userid:ww1:wmAbc", arm="control"),
            {"probability": None, "arm": "treatment"},
            {"customer_ref": None},
        ],
        "identity_links": [
            {"left_type": "member_no", "right_type": "member_no", "snapshot_at": None},
            {"left_type": "member_no", "right_type": "phone", "right_namespace": "global"},
            {"left_type": "external_userid", "left_namespace": "ww1", "left_value": "wmAbc"},
            {"left_type": "member_no", "left_namespace": "brand"},
            {
                "left_type": "member_no",
                "right_type": "phone",
                "evidence": "brand_tables.assignments",
            },
        ],
    },
)
