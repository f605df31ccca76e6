"""Friends: who adds the brand's accounts, how quickly are they answered, when do they leave?

Good customers join more (selection). What a friendship causes is planted in `purchases`; here only
who joins when, the conversion of people who had not bought, and how mass messages drive people off.
"""

from dataclasses import dataclass, replace

import numpy as np

from insights.demo.world.brand import GUIDE, IP, Staff
from insights.demo.world.columns import NEVER, Bools, Columns, Floats, Ints
from insights.demo.world.customers import Customers, standing
from insights.demo.world.draws import Draws
from insights.demo.world.parameters import DOUYIN, JD, STORE, TMALL, Parameters
from insights.demo.world.setting import Setting

BY_GUIDE, BY_CARD, BY_ARTICLE, BY_LIVE = range(4)
WAY_WORDS = ("门店导购", "包裹卡", "公众号", "视频号直播")
WAY_STATES = ("guide", "card", "mp", "live")
CONVERT_DAYS = 30
REPLY_FADES = 60.0  # minutes


@dataclass(frozen=True, eq=False)
class Friends(Columns):
    """Friendship spells of customers with accounts. Days count from the world's first."""

    row: Ints  # place of the customer in the block
    who: Ints
    nth: Ints  # 0 first account, 1 a second one
    staff: Ints
    way: Ints
    joined: Floats
    left: Floats  # NEVER while it lasts
    left_by_customer: Bools
    reply_minutes: Floats
    converted: Bools  # had not bought, and did within 30 days
    caused: Bools  # would not have, had nobody answered

    def of_customers(self, count: int) -> tuple[Floats, Floats, Ints]:
        """Return when each customer's first friendship begins and ends, and with whom (-1)."""
        joined, left = np.full(count, float(NEVER)), np.full(count, float(NEVER))
        staff = np.full(count, -1)
        first = self.nth == 0
        joined[self.row[first]], left[self.row[first]] = self.joined[first], self.left[first]
        staff[self.row[first]] = self.staff[first]
        return joined, left, staff


def friends(setting: Setting, people: Customers) -> tuple[Friends, Customers]:
    """Return the friendships, and the customers with those whom a friendship made buy."""
    draws, parameters, calendar = setting.draws, setting.parameters, setting.calendar
    accounts, who = setting.staff, people.who
    share = np.array(parameters.join_share)[people.home]
    odds = np.log(share / (1 - share))
    odds += parameters.join_selection * standing(people.rate, parameters)
    joins = people.prospect | draws.happens("joins", who, 1 / (1 + np.exp(-odds)))
    wait = draws.exponential("join wait", who) * parameters.join_days
    anytime = draws.uniform("prospect joins", who) * calendar.days
    joined = np.where(people.prospect, anytime, people.born + wait)
    row = np.flatnonzero(joins & (joined < calendar.days))
    staff, way = _account(draws, people.take(row), accounts)
    minutes = parameters.reply_minutes * np.exp(1.3 * draws.normal("reply", who[row]))
    first = Friends(
        row=row,
        who=who[row],
        nth=np.zeros(row.size, np.int64),
        staff=staff,
        way=way,
        joined=joined[row],
        left=np.full(row.size, float(NEVER)),
        left_by_customer=draws.happens("left by", who[row], 0.9),
        reply_minutes=np.minimum(minutes, 3 * 24 * 60.0),
        converted=np.zeros(row.size, bool),
        caused=np.zeros(row.size, bool),
    )
    chance = conversion(parameters, first.reply_minutes, accounts.skill[staff])
    aim = draws.uniform("converts", who[row])
    fresh = people.prospect[row] & (aim < chance)
    caused = fresh & (aim >= parameters.convert_never)
    born = people.born.copy()
    after = draws.uniform("converts after", who[row]) * CONVERT_DAYS
    born[row[fresh]] = (first.joined + after)[fresh]
    people = replace(people, born=born)
    # Some have an account of the head office too: one customer, two contacts.
    twice = draws.happens("second friend", first.who, parameters.second_friend)
    twice &= accounts.role[staff] == GUIDE
    more = first.take(twice)
    day = more.joined + draws.exponential("second wait", more.who) * 40
    head = np.flatnonzero(accounts.role == IP)
    second = replace(
        more,
        nth=np.ones(len(more), np.int64),
        joined=day,
        staff=head[draws.pick("second account", more.who, np.ones(head.size))],
        way=np.full(len(more), BY_ARTICLE),
    )
    every = Friends.stacked(
        [replace(first, converted=fresh, caused=caused), second.take(day < calendar.days)]
    )
    return _leaving(setting, every, people), people


def conversion(parameters: Parameters, minutes: Floats, skill: Floats) -> Floats:
    """Return the chance that who had not bought does within 30 days of adding."""
    gain = parameters.effects.reply_gain * np.exp(-minutes / REPLY_FADES)
    return np.asarray(np.clip((parameters.convert_never + gain) * np.exp(skill), 0, 1))


def _account(draws: Draws, people: Customers, accounts: Staff) -> tuple[Ints, Ints]:
    """Return who is added, and how: guides in stores, head office accounts elsewhere."""
    weight = np.tile(np.array([0.35, 0.15, 0.4, 0.1]), (len(people), 1))
    weight[people.home == STORE] = (0.9, 0.02, 0.06, 0.02)
    weight[np.isin(people.home, (TMALL, JD))] = (0.15, 0.6, 0.2, 0.05)
    weight[people.home == DOUYIN] = (0.15, 0.45, 0.1, 0.3)
    weight[people.prospect] = (0.55, 0.0, 0.35, 0.1)
    way = draws.pick("way", people.who, weight)
    guides, heads = np.flatnonzero(accounts.role == GUIDE), np.flatnonzero(accounts.role == IP)
    # A guide of one's own region: guides are numbered so that regions alternate by store.
    near = [guides[accounts.region[guides] == region] for region in range(4)]
    staff = heads[draws.pick("account", people.who, np.ones(heads.size))]
    aim = draws.uniform("guide", people.who)
    for region, there in enumerate(near):
        mine = (way == BY_GUIDE) & (people.region == region)
        pool = there if there.size else guides
        staff[mine] = pool[(aim[mine] * pool.size).astype(np.int64)]
    return staff, way


def _leaving(setting: Setting, found: Friends, people: Customers) -> Friends:
    """Return the friendships with their ends: a weekly hazard that grows with what is sent."""
    draws, parameters = setting.draws, setting.parameters
    dose = setting.doses[found.staff]
    hazard = parameters.leave_week + parameters.effects.fatigue * np.maximum(dose - 1, 0)
    weeks = dose.shape[1]
    gone = people.gone[found.row, None] / 7 < np.arange(weeks)
    begun = (found.joined / 7).astype(np.int64)[:, None] < np.arange(weeks)
    hazard = hazard * np.where(gone, parameters.leave_gone, 1.0) * begun
    spent = np.cumsum(hazard, axis=1)
    aim = draws.exponential("leaves", found.who, found.nth)
    week = (spent < aim[:, None]).sum(axis=1)
    day = (week + draws.uniform("leaves at", found.who, found.nth)) * 7
    return replace(found, left=np.where(week < weeks, day, float(NEVER)))
