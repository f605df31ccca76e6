"""Sidelines: what platforms and vendors tell in totals, of which no customer is a part.

Each is a table of plain columns; the export gives them a system's headers, the truth their sums.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from insights.demo.world.brand import SERVICE
from insights.demo.world.columns import Ints
from insights.demo.world.setting import Setting

Table = dict[str, Any]  # name -> numbers or words, equally long
RECENT = 90  # days: what interfaces give at once
ADS = 2
LIVE_EVERY = 7  # days
TOKENS, TOKEN_DAYS = 6, 10
POST_EVERY, POST_DAYS = 4, 3


def sidelines(setting: Setting, customers: int) -> dict[str, Table]:
    """Return every table of totals, in a world of so many people, by name."""
    return {name: make(setting, customers) for name, make in _MAKERS.items()}


def _ads(setting: Setting, customers: int) -> Table:
    """Return advertisements, a row a day and advertisement; money in cents."""
    day, ad = _days(setting, range(ADS))
    shown = _around(setting, "ads shown", day, ad, customers * 0.5)
    clicks = _around(setting, "ads clicks", day, ad, customers * 0.5 * 0.012)
    spent = clicks * 85 + shown // 40
    followers = clicks // 9
    return {
        "day": day, "ad": ad, "cents": spent, "impressions": shown, "clicks": clicks,
        "new_followers": followers,
    }  # fmt: skip


def _lives(setting: Setting, customers: int) -> Table:
    """Return livestreams in Channels, a row each."""
    day, none = _days(setting, range(1))
    day, none = day[::LIVE_EVERY], none[::LIVE_EVERY]
    came = _around(setting, "channels live", day, none, 40 + customers * 0.03)
    return {
        "day": day, "viewer_users": came, "live_seconds": np.full(day.size, 7_200),
        "new_followers": came // 50, "comments": came // 6,
    }  # fmt: skip


def _mini_program(setting: Setting, customers: int) -> Table:
    """Return the mini-program, a row a day."""
    day, none = _days(setting, range(1))
    visitors = _around(setting, "mini visitors", day, none, 10 + customers * 0.02)
    return {
        "day": day, "visitors": visitors, "sessions": visitors * 3 // 2, "views": visitors * 7,
        "new_visitors": visitors // 8, "shares": visitors // 10, "share_users": visitors // 12,
    }  # fmt: skip


def _chats(setting: Setting, customers: int) -> Table:
    """Return chats of customer service, a row an agent and day."""
    agents = np.flatnonzero(setting.staff.role == SERVICE)
    day, agent = _days(setting, agents)
    chats = _around(setting, "service chats", day, agent, 8 + customers * 0.001)
    return {
        "day": day, "agent": agent, "service_chats": chats,
        "service_customer_messages": chats * 4, "service_agent_messages": chats * 5,
        "service_ratings": chats // 3, "service_good_ratings": chats // 4,
    }  # fmt: skip


def _tokens(setting: Setting, customers: int) -> Table:
    """Return Taobao's tokens, a row a token and day."""
    token = np.repeat(np.arange(TOKENS), TOKEN_DAYS)
    day = _last(setting) - 80 + token * 12 + np.tile(np.arange(TOKEN_DAYS), TOKENS)
    opened = _around(setting, "token opened", day, token, 5 + customers * 0.004)
    return {"day": day, "token": token, "click_users": opened, "clicks": opened * 5 // 4}


def _posts(setting: Setting, customers: int) -> Table:
    """Return posts in Taobao's feed, a row a post and day."""
    days, _ = _days(setting, range(1))
    begun = days[:-POST_DAYS:POST_EVERY]
    post = np.repeat(np.arange(begun.size), POST_DAYS)
    later = np.tile(np.arange(POST_DAYS), begun.size)
    viewers = _around(setting, "post viewers", post, later, 20 + customers * 0.01) // (later + 1)
    return {
        "day": begun[post] + later, "post": post, "viewer_users": viewers,
        "impression_users": viewers * 6, "like_users": viewers // 15,
    }  # fmt: skip


_MAKERS: dict[str, Callable[[Setting, int], Table]] = {
    "wechat_ads": _ads,
    "channels": _lives,
    "mini_program": _mini_program,
    "chat_days": _chats,
    "taobao_tokens": _tokens,
    "taobao_posts": _posts,
}


def _last(setting: Setting) -> int:
    return int(setting.calendar.days) - 1


def _days(setting: Setting, items: Any) -> tuple[Ints, Ints]:
    """Return the recent days, and of each all items."""
    days = np.arange(_last(setting) - RECENT + 1, _last(setting) + 1)
    found = np.asarray(list(items), np.int64)
    return np.repeat(days, found.size), np.tile(found, days.size)


def _around(setting: Setting, stream: str, who: Ints, nth: Ints, mean: float) -> Ints:
    """Return counts about a mean, half of it at least."""
    drawn = setting.draws.uniform(stream, who, nth)
    return np.asarray(mean * (0.5 + drawn), np.int64)
