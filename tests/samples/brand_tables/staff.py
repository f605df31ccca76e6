"""员工模板: Chinese headers, a forgotten example row, dates as a spreadsheet writes them."""

from tests.samples.sample import Sample

PHONE = "13800000021"

WORDS = {
    "角色": {
        "导购": "guide",
        "guide": "guide",
        "店长": "manager",
        "manager": "manager",
        "IP号": "ip",
        "ip": "ip",
        "客服": "service",
        "service": "service",
        "电销": "phone",
        "phone": "phone",
        "主播": "host",
        "host": "host",
    },
    "门店性质": {
        "直营": "direct",
        "direct": "direct",
        "加盟": "franchise",
        "franchise": "franchise",
    },
}

SAMPLE = Sample(
    adapter="brand_tables.staff",
    rows=(
        {
            "员工账号": "\tgd0007\t", "角色": "导购", "门店编号": "S01", "门店名称": "示例一店",
            "经销商": "D02", "大区": "华东", "门店性质": "加盟", "入职日期": "2024/3/1",
            "离职日期": "2027-01-31", "接手账号": "gd0008", "姓名": "郑十", "手机号": PHONE,
        },
        {"员工账号": "ip0001", "角色": "IP号", "门店编号": "-", "门店性质": "无", "自定义": "x"},
        {"员工账号": "svc01", "角色": "service", "门店编号": "", "门店性质": "direct"},
        {"员工账号": "示例-请删除", "角色": "导购", "门店编号": "S00", "姓名": "示例"},
    ),
    word="角色",
    words=WORDS,
    id="员工账号",
    skipped={"example": 1},
    personal=(PHONE, "郑十"),
    expected={
        "staff": [
            {
                "staff_id": "gd0007", "role": "guide", "store_id": "S01",
                "store_name": "示例一店", "dealer_id": "D02", "region": "华东",
                "ownership": "franchise", "hired_on": "2024-03-01 00:00:00",
                "left_on": "2027-01-31 00:00:00", "successor_id": "gd0008",
            },
            {"staff_id": "ip0001", "role": "ip", "store_id": None, "ownership": None},
            {"staff_id": "svc01", "role": "service", "ownership": "direct"},
        ],
        "identity_links": [
            {"left_type": "phone", "right_type": "phone", "is_staff": True}
            | {"first_seen_at": "2024-03-01 00:00:00"},
        ],
    },
)  # fmt: skip
