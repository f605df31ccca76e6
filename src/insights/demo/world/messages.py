"""Messages: which friends were sent what, who liked it, who spoke, who came to a group and left?

Responsiveness fades in the weeks before a customer leaves for good, and falls in the region that
tires some weeks before its sales do.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from insights.demo.world.columns import DAY, NEVER, Columns, Floats, Ints, repeated
from insights.demo.world.contents import MASS_WEEKDAYS, MOMENT, Contents, topic_effects
from insights.demo.world.customers import Customers
from insights.demo.world.draws import Draws
from insights.demo.world.friends import Friends
from insights.demo.world.posting import posted
from insights.demo.world.purchases import tired_from
from insights.demo.world.setting import Setting

SENT, FAILED, LIKE, REPLY_OUT, GROUP_JOIN, GROUP_LEAVE = range(6)
KINDS = ("sent", "failed", "like", "reply_out", "join", "leave")
CHANNELS = ("mass_msg", "mass_msg", "moments", "chat", "group", "group")
FADE_DAYS = 42.0
MASS_EACH = len(MASS_WEEKDAYS)


@dataclass(frozen=True, eq=False)
class Touches(Columns):
    """One row an event. `friend` is the place of the friendship in the block."""

    friend: Ints
    who: Ints
    staff: Ints
    kind: Ints
    content: Ints  # number within its kind, or -1
    at: Ints


def joined_at(draws: Draws, found: Friends) -> Ints:
    """Return the second at which each friendship began, at an hour when shops are open."""
    hour = 10 + draws.pick("join hour", found.who, np.ones(11), found.nth)
    second = (draws.uniform("join second", found.who, found.nth) * 3600).astype(np.int64)
    return np.floor(found.joined).astype(np.int64) * DAY + hour * 3600 + second


def left_at(found: Friends) -> Ints:
    """Return the second at which each friendship ended; NEVER while it lasts."""
    ends = np.where(found.left < NEVER, np.minimum(found.left, NEVER) * DAY, NEVER)
    return np.asarray(ends, np.int64)


def touches(setting: Setting, people: Customers, found: Friends) -> Touches:
    """Return the events between a block's friends and the brand, up to the end of the world."""
    begun, ended = joined_at(setting.draws, found), left_at(found)
    parts = [
        _mass(setting, found, begun, ended),
        _likes(setting, people, found, begun, ended),
        _replies(found, begun),
        *_groups(setting, found, begun, ended),
    ]
    every = Touches.stacked(parts)
    return every.take(every.at < setting.calendar.days * DAY)


def _mass(setting: Setting, found: Friends, begun: Ints, ended: Ints) -> Touches:
    dose = setting.doses[found.staff]
    weeks = dose.shape[1]
    friend, cell = repeated(np.full(len(found), weeks))
    # What was sent before or long after the friendship never was for this customer.
    first, last = begun // DAY // 7, np.minimum(ended // DAY // 7 + 4, weeks)
    wanted = (cell >= first[friend]) & (cell <= last[friend]) & (dose[friend, cell] > 0)
    friend, cell = friend[wanted], cell[wanted]
    copy, nth = repeated(dose[friend, cell])
    friend, cell = friend[copy], cell[copy]
    day = cell * 7 + np.array(MASS_WEEKDAYS)[nth]
    at = day * DAY + 10 * 3600 + found.staff[friend] % 600 * 30
    during = (at > begun[friend]) & (at <= ended[friend])
    late = at > ended[friend]
    # The first message after the end fails, and tells the brand that the friend is gone.
    failing = np.zeros(at.size, bool)
    place = np.flatnonzero(late)
    _, first_late = np.unique(friend[place], return_index=True)
    failing[place[first_late]] = True
    kept = during | failing
    friend, at, cell, nth = friend[kept], at[kept], cell[kept], nth[kept]
    kind = np.where(failing[kept], FAILED, SENT)
    return _rows(found, friend, kind, cell * MASS_EACH + nth, at)


def like_chance(setting: Setting, people: Customers, row: Ints, moments: Contents) -> Floats:
    """Return the chance that each customer likes the Moment in the same place."""
    parameters, calendar = setting.parameters, setting.calendar
    effects, day, topic = parameters.effects, moments.at // DAY, moments.topic
    added = moments.quality + topic_effects(setting.draws, parameters)[topic]
    matched = effects.taste_match * (people.topic[row] == topic)
    chance = expit(logit(parameters.like_share) + people.responsive[row] + matched + added)
    remaining = np.clip((people.gone[row] - day) / FADE_DAYS, 0, 1)
    chance = chance * (1 - effects.fading * (1 - remaining))
    tired = (people.region[row] == parameters.region_tires) & (
        day >= tired_from(parameters, calendar)
    )
    return np.asarray(np.where(tired, chance * (1 - effects.response_decline), chance))


def _likes(
    setting: Setting, people: Customers, found: Friends, begun: Ints, ended: Ints
) -> Touches:
    draws, moments = setting.draws, setting.contents.of_kind(MOMENT)
    friend, moment = repeated(np.full(len(found), len(moments)))
    seen = (moments.at[moment] > begun[friend]) & (moments.at[moment] <= ended[friend])
    posts = posted(draws, setting.parameters, setting.staff, moments.number)
    seen &= posts[found.staff[friend], moment]
    friend, moment = friend[seen], moment[seen]
    chance = like_chance(setting, people, found.row[friend], moments.take(moment))
    turn = moment * 2 + found.nth[friend]
    liked = draws.happens("likes", found.who[friend], chance, turn)
    friend, moment, turn = friend[liked], moment[liked], turn[liked]
    after = draws.exponential("likes at", found.who[friend], turn) * 5 * 3600
    return _rows(
        found, friend, np.full(friend.size, LIKE), moment,
        moments.at[moment] + 30 + after.astype(np.int64),
    )  # fmt: skip


def _replies(found: Friends, begun: Ints) -> Touches:
    friend = np.flatnonzero(found.nth == 0)
    at = begun[friend] + (found.reply_minutes[friend] * 60).astype(np.int64)
    none = np.full(friend.size, -1)
    return _rows(found, friend, np.full(friend.size, REPLY_OUT), none, at)


def _groups(setting: Setting, found: Friends, begun: Ints, ended: Ints) -> list[Touches]:
    draws = setting.draws
    comes = draws.happens("group", found.who, setting.parameters.groups, found.nth)
    friend = np.flatnonzero(comes & (found.nth == 0))
    who = found.who[friend]
    at = begun[friend] + (draws.exponential("group at", who) * 10 * DAY).astype(np.int64) + 60
    stays = (draws.exponential("group stays", who) * 300 * DAY).astype(np.int64) + 60
    friend, at, stays = (part[at < ended[friend]] for part in (friend, at, stays))
    leaves = np.minimum(at + stays, ended[friend])
    none = np.full(friend.size, -1)
    return [
        _rows(found, friend, np.full(friend.size, GROUP_JOIN), none, at),
        _rows(found, friend, np.full(friend.size, GROUP_LEAVE), none, leaves),
    ]


def _rows(found: Friends, friend: Ints, kind: Ints, content: Ints, at: Ints) -> Touches:
    return Touches(
        friend=friend,
        who=found.who[friend],
        staff=found.staff[friend],
        kind=kind.astype(np.int64),
        content=content,
        at=at,
    )
