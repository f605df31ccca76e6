"""店铺会员: members of shops, some bound to the brand's card; weekly ids are not read."""

from tests.samples.sample import Row, Sample

PHONE = "13900000036"


def row(number: str, platform: str, **more: str) -> Row:
    return {
        "店铺会员编号": number,
        "入会平台": platform,
        "店铺": "",
        "店铺入会时间": "2026-05-01 10:00:00",
        "店铺会员等级": "银卡",
        "绑定会员卡号": "",
        "手机号": "",
        "omid": "",
        "ouid": "",
        "oaid": "OAID-OF-THE-WEEK",
        "昵称": "小**",
    } | more


WORDS = {
    "天猫": "tmall", "淘宝": "tmall", "tmall": "tmall", "京东": "jd", "jd": "jd",
    "抖音": "douyin", "douyin": "douyin", "有赞": "youzan", "youzan": "youzan",
    "其他": "other", "other": "other",
}  # fmt: skip


def link(number: str, other: str, platform: str = "tmall") -> Row:
    return {
        "left_type": "buyer_id",
        "left_namespace": f"{platform}/main",
        "left_value": number,
        "right_type": other,
    }


SAMPLE = Sample(
    adapter="brand_tables.shop_members",
    rows=(
        row("m-001", "天猫", 绑定会员卡号="VIP0001", omid="AAE01", ouid="AAF01"),
        row("m-002", "京东", 手机号=PHONE, 店铺会员等级="-"),
        row("m-003", "抖音", 店铺入会时间="去年"),
    ),
    word="入会平台",
    words={"入会平台": WORDS},
    id="店铺会员编号",
    refused={"店铺入会时间_not_time": 1},
    personal=(PHONE, "OAID-OF-THE-WEEK", "小**"),
    expected={
        "memberships": [
            {
                "membership_id": "shop_member:tmall/main:m-001", "member_no": "VIP0001",
                "program": "free", "tier": "银卡", "started_at": "2026-05-01 10:00:00",
                "enrolled_store": "tmall/main",
            },
            {
                "membership_id": "shop_member:jd/main:m-002", "member_no": "jd/main:m-002",
                "tier": None, "enrolled_store": "jd/main",
            },
        ],
        "identity_links": [
            link("m-001", "buyer_id"),
            link("m-001", "member_no"),
            link("m-001", "tb_omid"),
            link("m-001", "tb_ouid"),
            link("m-002", "buyer_id", "jd"),
            link("m-002", "phone", "jd"),
        ],
    },
)  # fmt: skip
