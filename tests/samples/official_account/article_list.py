"""The console's list of notified contents: the article's number stands in its address."""

from tests.samples.sample import Sample


def article(title: str, on: str, delivered: str, address: str) -> dict[str, str]:
    return {
        "内容标题": title, "发表时间": on, "总阅读人数": "94", "总阅读次数": "163",
        "总分享人数": "7", "总分享次数": "10", "阅读后关注人数": "0", "送达人数": delivered,
        "公众号消息阅读次数": "79", "送达阅读率": "0.0374", "首次分享次数": "5",
        "分享产生阅读次数": "69", "首次分享率": "0.0633", "每次分享带来阅读次数": "13.8",
        "阅读完成率": "0.6889", "内容url": address,
    }  # fmt: skip


ADDRESS = "http://mp.weixin.qq.com/s?__biz=MzA&mid=2247490098&idx={}&sn=ab#rd"
PUSH = "official_account:main:2247490098"

SAMPLE = Sample(
    adapter="official_account.article_list",
    encoding="utf-8-sig",
    rows=(
        article("春季上新", "20260105", "2112", ADDRESS.format(1)),
        article("会员日", "20260105", "2112", ADDRESS.format(2)),
        article("旧文", "20260104", "2100", "https://mp.weixin.qq.com/s/AbCdEf"),
    ),
    skipped={"no_number": 1},
    expected={
        "contents": [
            {"content_id": f"{PUSH}_1", "kind": "article", "title": "春季上新", "push": PUSH,
             "slot": "头条", "published_at": "2026-01-05 00:00:00", "audience_size": 2112.0},
            {"content_id": f"{PUSH}_2", "slot": "次条"},
        ],
        "daily_metrics": [
            {"entity_id": f"{PUSH}_1", "on_date": "2026-01-05", "metric": "delivered_users",
             "value": 2112.0, "is_final": True},
            {"entity_id": f"{PUSH}_2", "value": 2112.0},
        ],
    },
)  # fmt: skip
