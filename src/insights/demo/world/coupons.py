"""Coupons: which friends were sent one for which campaign, and who used it?"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from insights.demo.world.columns import DAY, NEVER, Columns, Floats, Ints, repeated
from insights.demo.world.customers import Customers
from insights.demo.world.friends import Friends
from insights.demo.world.setting import Setting


@dataclass(frozen=True, eq=False)
class Coupons(Columns):
    """One row a coupon sent. Times in seconds; `chance` is the true one of its being used."""

    friend: Ints
    who: Ints
    staff: Ints
    campaign: Ints
    sent: Ints
    used: Ints
    chance: Floats


def coupons(setting: Setting, people: Customers, found: Friends) -> Coupons:
    """Return the coupons of a block's friends, one at most a campaign and person."""
    draws, parameters, planned = setting.draws, setting.parameters, setting.campaigns
    first = np.flatnonzero(found.nth == 0)
    friend, campaign = repeated(np.full(first.size, len(planned)))
    friend = first[friend]
    day = planned.begins[campaign]
    there = (found.joined[friend] < day) & (found.left[friend] > day)
    there &= draws.happens("coupon", found.who[friend], parameters.coupon_reach, campaign)
    friend, campaign, day = friend[there], campaign[there], day[there]
    who = found.who[friend]
    added = planned.quality[campaign] + 0.6 * people.responsive[found.row[friend]]
    chance = expit(logit(parameters.coupon_share) + added)
    used = draws.happens("coupon used", who, chance, campaign)
    sent = day * DAY + 9 * 3600
    length = planned.ends[campaign] + 1 - day
    after = draws.uniform("coupon used at", who, campaign) * (length * DAY - 10 * 3600)
    at = sent + 60 + after.astype(np.int64)
    return Coupons(
        friend=friend,
        who=who,
        staff=found.staff[friend],
        campaign=campaign,
        sent=sent,
        used=np.where(used & (at < setting.calendar.days * DAY), at, NEVER),
        chance=chance,
    )
