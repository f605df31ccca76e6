"""内容登记模板: lists in one cell, a lot that was drawn, and what is left open."""

from tests.samples.sample import Sample

WORDS = {
    "内容类型": {
        "文章": "article", "article": "article", "朋友圈": "moment", "moment": "moment",
        "群发": "mass_msg", "mass_msg": "mass_msg", "社群": "group_post",
        "group_post": "group_post", "直播": "live", "live": "live", "短视频": "short_video",
        "short_video": "short_video", "笔记": "note", "note": "note", "优惠券": "coupon",
        "coupon": "coupon", "直邮": "mailer", "mailer": "mailer",
    }
}  # fmt: skip

SAMPLE = Sample(
    adapter="brand_tables.contents",
    encoding="utf-8-sig",
    before=(("内容登记 2026",),),
    rows=(
        {
            "内容编号": "official_account:main:2247490098_1", "内容类型": "文章",
            "发布时间": "2026-01-05 20:00", "标题": "春季上新", "主题": "上新、亚麻",
            "商品编码": "SKU0001；SKU0002", "推送位置": "头条", "位置由抽签决定": "是",
        },
        {
            "内容编号": "wecom:main:mom7", "内容类型": "朋友圈", "渠道": "wecom",
            "发布时间": "2026-01-06", "商品编码": "SKU0003", "位置由抽签决定": "",
            "创作者账号": "ip0001", "活动编号": "2026-618", "可触达人数": "1200",
        },
        {"内容编号": "示例-导入前可删", "内容类型": "文章", "发布时间": "2026-01-05"},
    ),
    word="内容类型",
    words=WORDS,
    id="内容编号",
    skipped={"example": 1},
    expected={
        "contents": [
            {
                "content_id": "official_account:main:2247490098_1", "kind": "article",
                "channel": "official_account", "title": "春季上新", "topics": ["上新", "亚麻"],
                "product_ids": ["SKU0001", "SKU0002"], "published_at": "2026-01-05 20:00:00",
                "slot": "头条", "drawn_by_lot": True,
            },
            {
                "content_id": "wecom:main:mom7", "kind": "moment", "channel": "wecom",
                "title": None, "topics": None, "product_ids": ["SKU0003"],
                "creator_staff_id": "ip0001", "campaign_id": "2026-618", "drawn_by_lot": None,
                "audience_size": 1200.0,
            },
        ]
    },
)  # fmt: skip
