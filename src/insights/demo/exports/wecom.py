"""WeCom: contacts, events, groups, Moments, messages and staff behaviour as the API answers."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from insights.demo.direct.people import ADD_WAYS
from insights.demo.exports.files import write_json_lines
from insights.demo.wire import moments
from insights.demo.world import Block, World
from insights.demo.world.columns import DAY, NEVER, Ints
from insights.demo.world.contents import MASS, MOMENT
from insights.demo.world.friends import BY_GUIDE, WAY_STATES
from insights.demo.world.identity import names, phones
from insights.demo.world.messages import (
    FAILED,
    GROUP_JOIN,
    GROUP_LEAVE,
    LIKE,
    REPLY_OUT,
    SENT,
    joined_at,
    left_at,
)  # fmt: skip

Answer = dict[str, Any]
REMARKS = 0.45  # of contacts whose phone the guide has noted
TYPOS = 0.03  # of those, noted wrongly
PAGE = 100


def write(world: World, found: Block, folder: Path) -> list[Path]:
    """Write one file an endpoint."""
    view = _View(world, found)
    return [
        write_json_lines(folder / "externalcontact_batch_get_by_user.jsonl", view.contacts()),
        write_json_lines(folder / "change_external_contact_events.jsonl", view.events()),
        write_json_lines(folder / "groupchat_get.jsonl", view.groups()),
        write_json_lines(folder / "get_groupmsg_list_v2.jsonl", view.messages()),
        write_json_lines(folder / "get_groupmsg_send_result.jsonl", view.sent()),
        write_json_lines(folder / "get_moment_list.jsonl", view.moments()),
        write_json_lines(folder / "get_moment_comments.jsonl", view.likes()),
        write_json_lines(folder / "get_user_behavior_data.jsonl", view.behaviour()),
        write_json_lines(folder / "msgaudit.jsonl", view.archive()),
    ]


class _View:
    """What the API sees of a world: friendships and bought accounts alike."""

    def __init__(self, world: World, found: Block) -> None:
        self.world = world
        friends, bought = found.friends, world.padding
        count = len(friends)
        self.count = count
        self.people = np.concatenate([friends.who, bought.who])
        self.staff = np.concatenate([friends.staff, bought.staff])
        self.way = np.concatenate([friends.way, np.full(len(bought), BY_GUIDE)])
        self.at = self._epoch(np.concatenate([joined_at(world.draws, friends), bought.at]))
        end = world.spec.days * DAY
        left = np.concatenate([left_at(friends), bought.left])
        self.left = np.where(left < end, self._epoch(np.where(left < end, left, 0)), NEVER)
        self.by_customer = np.concatenate([friends.left_by_customer, np.ones(len(bought), bool)])
        self.external = names(world.draws, "external_userid", self.people).to_pylist()
        self.unionid = names(world.draws, "unionid", self.people).to_pylist()
        self.codes = world.setting.staff.code
        self.touches = found.touches
        self.minutes = friends.reply_minutes
        self.nth = friends.nth

    def contacts(self) -> Iterator[Answer]:
        """Friends of each account as they stand at the end, a hundred a page."""
        draws, seed = self.world.draws, self.world.spec.seed
        noted = draws.happens("remark phone", self.people, REMARKS)
        wrong = draws.happens("remark typo", self.people, TYPOS)
        # A slip of the finger: the number of somebody who is not in the world.
        number = phones(seed, np.where(wrong, self.people + 50_000_000, self.people)).to_pylist()
        for code in range(len(self.codes)):
            mine = np.flatnonzero((self.staff == code) & (self.left >= NEVER))
            rows = [self._contact(int(n), number[n] if noted[n] else None) for n in mine]
            for begin in range(0, len(rows), PAGE):
                more = begin + PAGE < len(rows)
                yield {
                    "errcode": 0,
                    "errmsg": "ok",
                    "external_contact_list": rows[begin : begin + PAGE],
                    "next_cursor": f"c{begin + PAGE}" if more else "",
                }

    def events(self) -> Iterator[Answer]:
        """Every friendship that began, and every one that ended, as it happened."""
        rows = []
        for n in range(self.people.size):
            base = {
                "ToUserName": "ww0demo",
                "MsgType": "event",
                "Event": "change_external_contact",
                "UserID": str(self.codes[self.staff[n]]),
                "ExternalUserID": self.external[n],
            }
            state = WAY_STATES[self.way[n]]
            begun = {"ChangeType": "add_external_contact", "State": state}
            rows.append((int(self.at[n]), base | begun))
            if self.left[n] < NEVER:
                kind = "del_follow_user" if self.by_customer[n] else "del_external_contact"
                rows.append((int(self.left[n]), base | {"ChangeType": kind}))
        rows.sort(key=lambda row: (row[0], row[1]["ExternalUserID"]))
        return (event | {"CreateTime": at} for at, event in rows)

    def groups(self) -> Iterator[Answer]:
        """Members of each account's group at the end, who left being gone from the list."""
        rows, end = self.touches, self.world.spec.days * DAY
        left = {int(f) for f in rows.friend[(rows.kind == GROUP_LEAVE) & (rows.at < end)]}
        inside: dict[int, list[Answer]] = defaultdict(list)
        joins = rows.take(rows.kind == GROUP_JOIN)
        for friend, at in zip(joins.friend, self._epoch(joins.at), strict=True):
            if int(friend) in left:
                continue
            inside[int(self.staff[friend])].append(
                {
                    "userid": self.external[friend],
                    "type": 2,
                    "unionid": self.unionid[friend],
                    "join_time": int(at),
                    "join_scene": 3,
                }
            )
        for code, members in sorted(inside.items()):
            owner = str(self.codes[code])
            first = min(member["join_time"] for member in members)
            yield {
                "errcode": 0,
                "errmsg": "ok",
                "group_chat": {
                    "chat_id": f"wr{owner}",
                    "name": "示例福利群",
                    "owner": owner,
                    "create_time": first - 3600,
                    "member_list": [
                        {"userid": owner, "type": 1, "join_time": first - 3600},
                        *members,
                    ],
                },
            }

    def messages(self) -> Iterator[Answer]:
        """Mass messages that anybody sent."""
        used = self.touches.content[self.touches.kind == SENT]
        contents = self.world.setting.contents.of_kind(MASS)
        contents = contents.take(np.isin(contents.number, used))
        for number, at in zip(contents.number, self._epoch(contents.at), strict=True):
            yield {
                "msgid": f"mass{number}",
                "creator": "ip0001",
                "create_time": int(at),
                "create_type": 0,
            }

    def sent(self) -> Iterator[Answer]:
        """Who was sent each message; status 2 is no friend any more."""
        rows = self.touches.take(np.isin(self.touches.kind, (SENT, FAILED)))
        rows = rows.take(np.lexsort((rows.friend, rows.staff, rows.content)))
        at = self._epoch(rows.at)
        pairs = np.stack([rows.content, rows.staff], axis=1)
        change = np.flatnonzero(np.any(np.diff(pairs, axis=0) != 0, axis=1)) + 1
        for part in np.split(np.arange(len(rows)), change):
            if not part.size:
                continue
            code = str(self.codes[rows.staff[part[0]]])
            yield {
                "errcode": 0,
                "errmsg": "ok",
                "msgid": f"mass{rows.content[part[0]]}",
                "send_list": [
                    {
                        "external_userid": self.external[rows.friend[n]],
                        "userid": code,
                        "status": 2 if rows.kind[n] == FAILED else 1,
                        "send_time": int(at[n]),
                    }
                    for n in part
                ],
            }

    def moments(self) -> Iterator[Answer]:
        """Moments that were published."""
        found = self.world.setting.contents.of_kind(MOMENT)
        for number, at in zip(found.number, self._epoch(found.at), strict=True):
            yield {
                "moment_id": f"mom{number}",
                "creator": "ip0001",
                "create_time": int(at),
                "create_type": 0,
                "visible_type": 1,
            }

    def likes(self) -> Iterator[Answer]:
        """Who liked each Moment."""
        rows = self.touches.take(self.touches.kind == LIKE)
        rows = rows.take(np.lexsort((rows.at, rows.staff, rows.content)))
        at = self._epoch(rows.at)
        liked: dict[tuple[int, int], list[Answer]] = defaultdict(list)
        for n in range(len(rows)):
            liked[int(rows.content[n]), int(rows.staff[n])].append(
                {"external_userid": self.external[rows.friend[n]], "create_time": int(at[n])}
            )
        for (moment, code), people in liked.items():
            yield {
                "errcode": 0,
                "errmsg": "ok",
                "moment_id": f"mom{moment}",
                "userid": str(self.codes[code]),
                "comment_list": [],
                "like_list": people,
            }

    def behaviour(self) -> Iterator[Answer]:
        """Totals of each account and day on which anything happened, one account at a time."""
        day = (self.at - self._epoch(np.zeros(1, np.int64))[0]) // DAY
        days = self.world.spec.days
        added = np.bincount(self.staff * days + day, minlength=len(self.codes) * days)
        first = self.nth == 0
        cell = self.staff[: self.count][first] * days + day[: self.count][first]
        answered = self.minutes[first] < DAY / 60
        size = added.size
        waited = np.bincount(cell, self.minutes[first] * answered, size)
        chats = np.bincount(cell, answered, size)
        midnight = self._epoch(np.arange(days) * DAY)
        for code in range(len(self.codes)):
            for number in np.flatnonzero(added[code * days : (code + 1) * days]):
                place = code * days + number
                row: Answer = {
                    "stat_time": int(midnight[number]),
                    "new_apply_cnt": int(added[place]),
                    "new_contact_cnt": int(added[place]),
                    "chat_cnt": int(chats[place]),
                    "message_cnt": int(chats[place] * 3),
                    "negative_feedback_cnt": 0,
                }
                if chats[place]:
                    row["reply_percentage"] = 100.0
                    row["avg_reply_time"] = int(waited[place] / chats[place])
                yield {
                    "errcode": 0,
                    "errmsg": "ok",
                    "userid": str(self.codes[code]),
                    "behavior_data": [row],
                }

    def archive(self) -> Iterator[Answer]:
        """First answers, from the paid message archive, without a word of what was said."""
        rows = self.touches.take(self.touches.kind == REPLY_OUT)
        at = self._epoch(rows.at)
        for n in range(len(rows)):
            yield {
                "msgid": f"msg{rows.friend[n]}",
                "action": "send",
                "from": str(self.codes[rows.staff[n]]),
                "tolist": [self.external[rows.friend[n]]],
                "roomid": "",
                "msgtime": int(at[n]) * 1000,
                "msgtype": "text",
            }

    def _contact(self, n: int, phone: str | None) -> Answer:
        contact: Answer = {
            "external_userid": self.external[n],
            "name": "示例客户",
            "type": 1,
            "gender": 0,
        }
        # Nobody stands behind a bought account, so it has never met the brand's mini-program.
        if n < self.count:
            contact["unionid"] = self.unionid[n]
        return {
            "external_contact": contact,
            "follow_info": {
                "userid": str(self.codes[self.staff[n]]),
                "remark": "",
                "createtime": int(self.at[n]),
                "tag_id": [],
                "remark_mobiles": [phone] if phone and n < self.count else [],
                "add_way": int(ADD_WAYS[self.way[n]]),
                "state": WAY_STATES[self.way[n]],
                "oper_userid": str(self.codes[self.staff[n]]),
            },
        }

    def _epoch(self, seconds: Ints) -> Ints:
        return epoch(self.world, seconds)


def epoch(world: World, seconds: Ints) -> Ints:
    """Return moments of the world in seconds since 1970 of the clock in Shanghai."""
    stamps = pc.assume_timezone(moments(world.spec.first, seconds), "Asia/Shanghai")
    return np.asarray(pc.cast(stamps, "int64").to_numpy(zero_copy_only=False), np.int64)
