"""Official account: how articles were read, as the API answers, and how many follow.

Until October 2025 the old interface told of them, from November 2025 on the new one: sums since the
push, with other fields and another way of counting.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from insights.demo.direct.brand import FIRST_PUSH, NEW_INTERFACE, readers_to_date
from insights.demo.exports.files import write_json_lines
from insights.demo.world import World
from insights.demo.world.columns import DAY
from insights.demo.world.contents import ARTICLE, SLOTS_A_PUSH
from insights.demo.world.customers import TOPICS

Answer = dict[str, Any]
LOST_A_DAY = 0.0003  # of the followers


def write(world: World, folder: Path) -> list[Path]:
    """Write what each interface told of the articles, and the followers day by day."""
    written = [
        write_json_lines(folder / "getusersummary.jsonl", _followers(world, summary=True)),
        write_json_lines(folder / "getusercumulate.jsonl", _followers(world, summary=False)),
    ]
    for name, old in (("getarticletotal", True), ("getarticletotaldetail", False)):
        # A brand that is younger than the new interface has no answers of the old one.
        if answers := list(_articles(world, old=old)):
            written.append(write_json_lines(folder / f"{name}.jsonl", answers))
    return written


def _articles(world: World, *, old: bool) -> Iterator[Answer]:
    found = world.setting.contents.of_kind(ARTICLE)
    for n in range(len(found)):
        day = int(found.at[n]) // DAY
        pushed = world.calendar.on(day)
        if (pushed < NEW_INTERFACE) != old or day >= world.spec.days:
            continue
        told = [
            (pushed + timedelta(days=later), *readers)
            for later, readers in enumerate(readers_to_date(found, n))
            if day + later < world.spec.days
        ]
        push = FIRST_PUSH + int(found.number[n]) // SLOTS_A_PUSH
        about = {
            "ref_date": str(pushed),
            "msgid": f"{push}_{int(found.slot[n]) + 1}",
            "title": f"示例{TOPICS[found.topic[n]]}{found.number[n]}",
        }
        shares, clicks = int(found.shares[n]), int(found.clicks[n])
        delivered = int(found.delivered[n])
        if old:
            details = [
                {
                    "stat_date": str(on),
                    "target_user": delivered,
                    "int_page_read_user": readers,
                    "int_page_read_count": readers,
                    "ori_page_read_user": clicks,
                    "ori_page_read_count": clicks,
                    "share_user": shares,
                    "share_count": shares,
                    "add_to_fav_user": 0,
                    "add_to_fav_count": 0,
                    "int_page_from_session_read_user": from_message,
                    "int_page_from_session_read_count": from_message,
                    "int_page_from_feed_read_user": readers - from_message,
                    "int_page_from_feed_read_count": readers - from_message,
                }
                for on, readers, from_message in told
            ]
            yield {"list": [about | {"user_source": 0, "details": details}]}
            continue
        detail_list = [
            {
                "stat_date": str(on),
                "read_user": readers,
                "read_user_source": [
                    {"scene_desc": "全部", "user_count": readers},
                    {"scene_desc": "公众号消息", "user_count": from_message},
                    {"scene_desc": "朋友圈", "user_count": readers - from_message},
                ],
                "share_user": shares,
                "zaikan_user": 0,
                "like_user": 0,
                "comment_count": 0,
                "collection_user": 0,
                "read_subscribe_user": 0,
                "read_delivery_rate": round(from_message / delivered, 8),
            }
            for on, readers, from_message in told
        ]
        url = f"http://mp.weixin.qq.com/s?__biz=demo&mid={push}&idx={int(found.slot[n]) + 1}"
        listed = about | {"publish_type": 0, "content_url": url, "detail_list": detail_list}
        yield {"list": [listed], "is_delay": False}


def _followers(world: World, *, summary: bool) -> Iterator[Answer]:
    """Return answers of a week each: followers at the end of a day, or those won and lost."""
    before = _fans(world, -1)
    rows = []
    for day in range(world.spec.days):
        now = _fans(world, day)
        on, lost = str(world.calendar.on(day)), int(LOST_A_DAY * now)
        if summary:
            won = now - before + lost
            rows.append({"ref_date": on, "user_source": 0, "new_user": won, "cancel_user": lost})
        else:
            rows.append({"ref_date": on, "user_source": 0, "cumulate_user": now})
        before = now
    return ({"list": rows[at : at + 7]} for at in range(0, len(rows), 7))


def _fans(world: World, day: int) -> int:
    """Return the followers at the end of a day: those whom its articles are delivered to."""
    grown = 0.75 + 0.25 * day / world.spec.days
    return int(world.spec.customers * world.parameters.fans_per_customer * grown)
