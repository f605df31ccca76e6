"""Frames of friendships from a planted block, as the marts give them, every customer known."""

import numpy as np
import pandas as pd

from insights.demo.world.brand import GUIDE
from insights.demo.world.columns import DAY, NEVER
from insights.demo.world.friends import WAY_STATES
from insights.demo.world.messages import LIKE, joined_at
from insights.demo.world.parameters import REGIONS
from tests.truth.plant import Planted


def ids(who) -> list[str]:
    return [f"d{one:08d}" for one in who]


def account_weeks(planted: Planted) -> pd.DataFrame:
    """The mart `account_weeks`, by the weeks of the world; `gone` of the friends buy no more."""
    found, people = planted.block.friends, planted.block.people
    doses = planted.world.setting.doses
    accounts, weeks = doses.shape
    begun = (found.joined // 7).astype(int)[:, None]
    ended = np.where(found.left < NEVER, found.left // 7, 10**6).astype(int)[:, None]
    week = np.arange(weeks)
    stands = (begun < week) & (week <= ended)
    gone = stands & (people.gone[found.row][:, None] / 7 < week)
    cells = {}
    for name, which in {"friends": stands, "ended": stands & (week == ended), "gone": gone}.items():
        table = np.zeros((accounts, weeks))
        np.add.at(table, found.staff, which)
        cells[name] = table.ravel()
    frame = pd.DataFrame(
        {
            "staff_id": np.repeat(np.arange(accounts), weeks).astype(str),
            "week_on": np.tile(week, accounts),
            "messages": doses.ravel(),
            **cells,
        }
    )
    return frame[frame["friends"] > 0].reset_index(drop=True)


def first_replies(planted: Planted) -> pd.DataFrame:
    """The mart `first_replies`, with `minutes` and the account's `skill` beside."""
    found = planted.block.friends.take(planted.block.friends.nth == 0)
    added = planted.moments(joined_at(planted.world.draws, found))
    bought = planted.purchases
    end = pd.Timestamp(planted.as_of)
    frame = pd.DataFrame(
        {
            "customer_id": ids(found.who),
            "staff_id": found.staff.astype(str),
            "state": np.array(WAY_STATES)[found.way],
            "added_at": added,
            "days_seen": (end - added.normalize()).days,
            "replied_at": added + pd.to_timedelta(found.reply_minutes, unit="m"),
            "minutes": found.reply_minutes,
            "skill": planted.world.setting.staff.skill[found.staff],
        }
    )
    both = frame[["customer_id", "added_at"]].merge(bought, on="customer_id")
    # An hour of the day is drawn for adding, so of one day only the world knows what came first:
    # all but prospects add after they have bought.
    day = both["added_at"].dt.normalize()
    before = both.loc[both["paid_at"] < day, "customer_id"].unique()
    after = both[both["paid_at"] >= day]
    wait = (after["paid_at"].dt.normalize() - after["added_at"].dt.normalize()).dt.days
    first = wait.groupby(after["customer_id"]).min()
    prospect = planted.block.people.prospect[found.row]
    frame["bought_before"] = frame["customer_id"].isin(before) | ~prospect
    frame["days_to_order"] = frame["customer_id"].map(first).astype("Float64")
    return frame


def response_weeks(planted: Planted) -> pd.DataFrame:
    """The mart `response_week`, by the weeks of the world."""
    found, world = planted.block.friends, planted.world
    staff = world.setting.staff
    guide = staff.role == GUIDE
    weeks = world.spec.days // 7
    first = pd.Timestamp(world.spec.first)
    shape = (len(REGIONS), weeks)
    friends, occasions = np.zeros(shape), np.zeros(shape)
    region = staff.region[found.staff]
    of_guide = guide[found.staff]
    week = np.arange(weeks)
    middle = 7 * week + 3.5
    stands = (found.joined[:, None] < middle) & (found.left[:, None] >= middle)
    np.add.at(friends, region[of_guide], stands[of_guide])
    touches = planted.block.touches
    liked = (touches.kind == LIKE) & guide[touches.staff] & (touches.at < weeks * 7 * DAY)
    likes = np.zeros(shape)
    moment = touches.take(liked)
    np.add.at(likes, (staff.region[moment.staff], moment.at // DAY // 7), 1)
    spells = pd.DataFrame(
        {"customer_id": ids(found.who), "region": region, "joined": found.joined,
         "left": found.left}
    )[of_guide]  # fmt: skip
    bought = planted.purchases.merge(spells, on="customer_id")
    day = (bought["paid_at"] - first).dt.total_seconds() / 86_400
    inside = (day >= bought["joined"]) & (day < bought["left"]) & (day < weeks * 7)
    once = bought[inside].assign(day=day[inside].astype(int))
    once = once.drop_duplicates(["customer_id", "region", "day"])
    np.add.at(occasions, (once["region"], once["day"] // 7), 1)
    return pd.DataFrame(
        {
            "week_on": np.tile(first + pd.to_timedelta(7 * week, unit="D"), len(REGIONS)),
            "region": np.repeat(REGIONS, weeks),
            "friends": friends.ravel(),
            "posts": world.parameters.moments_a_week,
            "responses": likes.ravel(),
            "occasions": occasions.ravel(),
        }
    )
