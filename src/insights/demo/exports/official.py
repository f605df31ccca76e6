"""Official account: how articles were read, as the API answers, and how many follow.

Until October 2025 the old interface told of them, from November 2025 on the new one: sums since the
push, with other fields and another way of counting.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from insights.demo.direct.brand import FIRST_PUSH, NEW_INTERFACE, readers_to_date
from insights.demo.exports.files import Sheet, write_csv, write_json_lines
from insights.demo.exports.wecom import epoch
from insights.demo.world import Block, World
from insights.demo.world.columns import DAY
from insights.demo.world.contents import ARTICLE, SLOTS_A_PUSH, Contents
from insights.demo.world.customers import TOPICS
from insights.demo.world.identity import names

Answer = dict[str, Any]
LOST_A_DAY = 0.0003  # of the followers


FOLLOW_SHARE = 0.2  # of the people of the world, whom the interface of followers names
PAGE = 100


def write(world: World, found: Block, folder: Path) -> list[Path]:
    """Write what each interface told of the articles, the followers day by day, and who follows."""
    written = [
        write_json_lines(folder / "getusersummary.jsonl", _followers(world, summary=True)),
        write_json_lines(folder / "getusercumulate.jsonl", _followers(world, summary=False)),
    ]
    for name, old in (("getarticletotal", True), ("getarticletotaldetail", False)):
        # A brand that is younger than the new interface has no answers of the old one.
        if answers := list(_articles(world, old=old)):
            written.append(write_json_lines(folder / f"{name}.jsonl", answers))
    if listed := _listed(world):
        path = folder / "已通知内容.csv"
        written.append(write_csv(path, listed, encoding="utf-8-sig"))
    return [*written, write_json_lines(folder / "user_info_batchget.jsonl", _users(world, found))]


def _listed(world: World) -> Sheet | None:
    """Return the console's list of what was notified since the new interface: it has the reach."""
    found = world.setting.contents.of_kind(ARTICLE)
    day = found.at // DAY
    new = np.array([world.calendar.on(int(d)) >= NEW_INTERFACE for d in day], bool)
    found = found.take(new & (day < world.spec.days))
    if not len(found):
        return None
    return {
        "内容标题": [f"示例{TOPICS[t]}{n}" for t, n in zip(found.topic, found.number, strict=True)],
        "发表时间": [f"{world.calendar.on(int(at) // DAY):%Y%m%d}" for at in found.at],
        "总阅读人数": found.reads.tolist(),
        "总分享人数": found.shares.tolist(),
        "送达人数": found.delivered.tolist(),
        "内容url": [_address(found, n) for n in range(len(found))],
    }


def _address(found: Contents, n: int) -> str:
    push = FIRST_PUSH + int(found.number[n]) // SLOTS_A_PUSH
    return f"http://mp.weixin.qq.com/s?__biz=demo&mid={push}&idx={int(found.slot[n]) + 1}"


def _users(world: World, found: Block) -> Iterator[Answer]:
    """Return who follows, a hundred a call; who has left says nothing but that."""
    draws, who = world.draws, found.people.who
    who = who[draws.happens("follows", who, FOLLOW_SHARE)]
    openids = names(draws, "openid", who).to_pylist()
    unionids = names(draws, "unionid", who).to_pylist()
    since = (draws.uniform("follows since", who) * (world.spec.days - 1) * DAY).astype(np.int64)
    left = draws.happens("follows no more", who, 0.1)
    rows = [
        {"subscribe": 0, "openid": openid}
        if gone
        else {
            "subscribe": 1,
            "openid": openid,
            "unionid": unionid,
            "language": "zh_CN",
            "subscribe_time": at,
            "subscribe_scene": "ADD_SCENE_QR_CODE",
            "remark": "",
            "tagid_list": [],
        }
        for openid, unionid, at, gone in zip(
            openids, unionids, epoch(world, since).tolist(), left, strict=True
        )
    ]
    return ({"user_info_list": rows[n : n + PAGE]} for n in range(0, len(rows), PAGE))


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
        listed = about | {
            "publish_type": 0,
            "content_url": _address(found, n),
            "detail_list": detail_list,
        }
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
