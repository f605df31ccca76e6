"""WeCom's totals: who of the staff sent each message and posted each Moment; who spoke."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from insights.demo.exports.files import write_json_lines
from insights.demo.exports.wecom import epoch
from insights.demo.world import Block, World
from insights.demo.world.brand import GUIDE
from insights.demo.world.columns import DAY
from insights.demo.world.contents import MASS, MOMENT
from insights.demo.world.messages import (
    GROUP_JOIN,
    GROUP_LEAVE,
    MASS_EACH,
    SENT,
)  # fmt: skip
from insights.demo.world.posting import posted

Answer = dict[str, Any]
MESSAGES_A_SPEAKER = 2


def write(world: World, found: Block, folder: Path) -> list[Path]:
    """Write one file an endpoint."""
    return [
        write_json_lines(folder / "get_groupmsg_task.jsonl", _tasks(world, found)),
        write_json_lines(folder / "get_moment_task.jsonl", _posts(world)),
        write_json_lines(folder / "groupchat_statistic_group_by_day.jsonl", _groups(world, found)),
    ]


def _tasks(world: World, found: Block) -> Iterator[Answer]:
    """All of the staff are asked to send each message; who sends so many a week does the first."""
    doses, codes = world.setting.doses, world.setting.staff.code
    sent = np.unique(found.touches.content[found.touches.kind == SENT])
    contents = world.setting.contents.of_kind(MASS)
    at = dict(zip(contents.number, epoch(world, contents.at), strict=True))
    for number in sent:
        week, nth = divmod(int(number), MASS_EACH)
        done = doses[:, week] > nth
        yield {
            "errcode": 0,
            "errmsg": "ok",
            "msgid": f"mass{number}",
            "task_list": [
                {"userid": str(code), "status": 2, "send_time": int(at[number])}
                if did
                else {"userid": str(code), "status": 0}
                for code, did in zip(codes, done, strict=True)
            ],
        }


def _posts(world: World) -> Iterator[Answer]:
    """Whom of the guides each Moment was issued to, and who posted it."""
    moments = world.setting.contents.of_kind(MOMENT)
    people = world.setting.staff
    done = posted(world.draws, world.parameters, people, moments.number)
    guides = np.flatnonzero(people.role == GUIDE)
    for column, (number, at) in enumerate(
        zip(moments.number, epoch(world, moments.at), strict=True)
    ):
        yield {
            "errcode": 0,
            "errmsg": "ok",
            "next_cursor": "",
            "moment_id": f"mom{number}",
            "create_time": int(at),
            "task_list": [
                {"userid": str(people.code[row]), "publish_status": int(done[row, column])}
                for row in guides
            ],
        }


def _groups(world: World, found: Block) -> Iterator[Answer]:
    """Members of all groups day by day, and how many of them said something, a month a call."""
    rows, days = found.touches, world.spec.days
    count = {
        kind: np.bincount(rows.at[rows.kind == kind] // DAY, minlength=days)[:days]
        for kind in (GROUP_JOIN, GROUP_LEAVE)
    }
    members = np.cumsum(count[GROUP_JOIN] - count[GROUP_LEAVE])
    chance = np.full(days, world.parameters.group_talk) * members
    spoke = np.minimum(world.draws.poisson("group talk", np.arange(days), chance), members)
    midnight = epoch(world, np.arange(days) * DAY)
    chats = len(world.setting.staff.code)
    items = [
        {
            "stat_time": int(midnight[day]),
            "data": {
                "new_chat_cnt": 0,
                "chat_total": chats,
                "chat_has_msg": int(min(spoke[day], chats)),
                "new_member_cnt": int(count[GROUP_JOIN][day]),
                "member_total": int(members[day]),
                "member_has_msg": int(spoke[day]),
                "msg_total": int(spoke[day]) * MESSAGES_A_SPEAKER,
            },
        }
        for day in range(days)
    ]
    return ({"errcode": 0, "errmsg": "ok", "items": items[n : n + 30]} for n in range(0, days, 30))
