"""People: customers, their identifiers, friendships, memberships and touches as canonical rows."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from insights.demo.wire import SHOP, constant, moments, money, text, words
from insights.demo.world import CHANNELS, Block, World
from insights.demo.world.calls import day_of
from insights.demo.world.columns import DAY, NEVER, Ints
from insights.demo.world.customers import CITIES
from insights.demo.world.friends import BY_GUIDE, WAY_STATES, WAY_WORDS
from insights.demo.world.identity import CORP, KINDS, customer_ids, member_numbers, names
from insights.demo.world.memberships import PAID, REASONS, TIER_WORDS, UPGRADE
from insights.demo.world.messages import CHANNELS as TOUCHED
from insights.demo.world.messages import (
    FAILED,
    GROUP_JOIN,
    LIKE,
    SENT,
    joined_at,
    left_at,
)
from insights.demo.world.messages import (
    KINDS as TOUCH_KINDS,
)
from insights.demo.world.parameters import DOUYIN, JD, TMALL, WX_STORE, YOUZAN

Table = dict[str, Any]

BUYER_IDS = {
    TMALL: "tb_ouid",
    JD: "jd_pin",
    DOUYIN: "douyin_open_id",
    YOUZAN: "yz_open_id",
    WX_STORE: "wx_store_openid",
}
PROVINCES = [city[0] for region in CITIES for city in region]
CITY_NAMES = [city[1] for region in CITIES for city in region]
CITIES_EACH = len(CITIES[0])
ADD_WAYS = ("1", "1", "16", "10")  # by way; 16 is an acquisition link


def first_seen(world: World, found: Block) -> tuple[Ints, Ints]:
    """Return when each person was first seen (NEVER if not at all) and where (-1 is WeCom)."""
    count = len(found.people)
    seen, channel = np.full(count, NEVER), np.full(count, -1)
    order = np.lexsort((found.orders.created, found.orders.row))[::-1]
    seen[found.orders.row[order]] = found.orders.created[order]
    channel[found.orders.row[order]] = found.orders.channel[order]
    friend, at = found.friends.row, joined_at(world.draws, found.friends)
    joined = np.full(count, NEVER)
    np.minimum.at(joined, friend, at)
    earlier = joined < seen
    return np.minimum(seen, joined), np.where(earlier, -1, channel)


def customers(world: World, found: Block) -> Table:
    """Return the table `customers`: who was ever seen."""
    at, channel = first_seen(world, found)
    seen = np.flatnonzero(at < NEVER)
    people, first = found.people.take(seen), world.spec.first
    place = people.region * CITIES_EACH + people.city
    agreed = world.draws.happens("consent", people.who, 0.8)
    count = seen.size
    return {
        "customer_id": customer_ids(people.who),
        "first_seen_at": moments(first, at[seen]),
        "first_source": words(channel[seen] + 1, ("wecom", *CHANNELS)),
        "province": words(place, PROVINCES),
        "city": words(place, CITY_NAMES),
        "gender": words(1 - people.female.astype(np.int64), ("female", "male")),
        "birth_month": pa.array(people.birth_month, pa.int32()),
        "link_quality": constant("exact", count),
        "consent_marketing": pa.array(agreed),
        "is_staff": constant(False, count),
        "is_test": constant(False, count),
    }


def identities(world: World, found: Block) -> list[Table]:
    """Return the table `identities`: a buyer's key in each channel, a friend's keys in WeChat."""
    tables = []
    for channel, kind in BUYER_IDS.items():
        mine = found.orders.channel == channel
        tables.append(_identity(world, kind, found.orders.who[mine], found.orders.created[mine]))
    at = joined_at(world.draws, found.friends)
    tables += [
        _identity(world, kind, found.friends.who, at) for kind in ("unionid", "external_userid")
    ]
    return tables


def _identity(world: World, kind: str, who: Ints, at: Ints) -> Table:
    order = np.lexsort((at, who))
    who, at = who[order], at[order]
    people, start, count = np.unique(who, return_index=True, return_counts=True)
    return {
        "id_type": constant(kind, people.size),
        "namespace": constant(KINDS[kind][1], people.size),
        "id_value": names(world.draws, kind, people),
        "customer_id": customer_ids(people),
        "method": constant("native", people.size),
        "probability": pa.array(np.ones(people.size)),
        "first_seen_at": moments(world.spec.first, at[start]),
        "last_seen_at": moments(world.spec.first, at[start + count - 1]),
    }


def contacts(world: World, found: Block) -> Table:
    """Return the table `contacts`."""
    friends, first = found.friends, world.spec.first
    at, left = joined_at(world.draws, friends), left_at(friends)
    left = np.where(left < world.spec.days * DAY, left, NEVER)
    by_link = np.array(ADD_WAYS)[friends.way] == "16"
    spoke = world.draws.happens("speaks", friends.who, 0.55)
    staff = pa.array(world.setting.staff.code).take(pa.array(friends.staff))
    gone = pa.array(left < NEVER)
    return {
        "contact_id": contact_ids(world, friends.who, staff, at),
        "customer_id": customer_ids(friends.who),
        "customer_ref": friend_refs(world, friends.who),
        "staff_id": staff,
        "corp": constant(CORP, len(friends)),
        "added_at": moments(first, at),
        "add_way": words(friends.way, ADD_WAYS),
        "state": words(friends.way, WAY_STATES),
        "source_channel": words(friends.way, WAY_WORDS),
        "customer_spoke": pc.if_else(pa.array(by_link), pa.array(spoke), None),
        "deleted_at": moments(first, left),
        "deleted_by": pc.if_else(
            gone, words(friends.left_by_customer.astype(np.int64), ("staff", "customer")), None
        ),
    }


def padding(world: World) -> Table:
    """Return the bought accounts among `contacts`: nobody is behind them."""
    bought, first = world.padding, world.spec.first
    left = np.where(bought.left < world.spec.days * DAY, bought.left, NEVER)
    staff = pa.array(world.setting.staff.code).take(pa.array(bought.staff))
    count = len(bought)
    return {
        "contact_id": contact_ids(world, bought.who, staff, bought.at),
        "customer_ref": friend_refs(world, bought.who),
        "staff_id": staff,
        "corp": constant(CORP, count),
        "added_at": moments(first, bought.at),
        "add_way": constant(ADD_WAYS[BY_GUIDE], count),
        "state": constant(WAY_STATES[BY_GUIDE], count),
        "source_channel": constant(WAY_WORDS[BY_GUIDE], count),
        "deleted_at": moments(first, left),
        "deleted_by": pc.if_else(
            pa.array(left < NEVER), constant("customer", count), pa.scalar(None, pa.string())
        ),
    }


def contact_ids(world: World, who: Ints, staff: Any, at: Ints) -> Any:
    """Return the ids of friendship spells."""
    stamp = pc.strftime(moments(world.spec.first, at), "%Y%m%d%H%M%S")
    return text(
        f"wecom:{CORP}:", names(world.draws, "external_userid", who), ":", staff, ":", stamp
    )


def friend_refs(world: World, who: Ints) -> Any:
    """Return people as WeCom knows them, as references."""
    return text(f"external_userid:{CORP}:", names(world.draws, "external_userid", who))


def memberships(world: World, found: Block) -> Table:
    """Return the table `memberships`."""
    spells, first, parameters = found.memberships, world.spec.first, world.parameters
    paying = spells.program == PAID
    number = member_numbers(spells.who)
    started = (spells.started * DAY).astype(np.int64)
    ended = np.where(spells.ended < NEVER, np.minimum(spells.ended, NEVER) * DAY, NEVER)
    kind = words(spells.program, ("free", "paid"))
    nth = pc.cast(pa.array(spells.nth), pa.string())
    joins = paying & (spells.reason != UPGRADE)

    def yuan(amount: int) -> Any:
        return money(np.where(joins, amount * 100, 0))

    return {
        "membership_id": text(f"member:{SHOP}:", number, ":", kind, ":", nth),
        "customer_id": customer_ids(spells.who),
        "customer_ref": text("member_no:brand:", number),
        "member_no": number,
        "program": kind,
        "tier": words(spells.tier, TIER_WORDS),
        "started_at": moments(first, started),
        "ended_at": moments(first, ended.astype(np.int64)),
        "reason": words(spells.reason, REASONS),
        "fee_amount": yuan(parameters.fee_yuan),
        "gift_value_amount": yuan(parameters.gift_value_yuan),
        "gift_cost_amount": yuan(parameters.gift_cost_yuan),
        "enrolled_by": words(spells.staff, list(world.setting.staff.code)),
    }


def touches(world: World, found: Block) -> list[Table]:
    """Return the table `touches`: messages, likes, replies, groups, coupons and calls."""
    rows, first = found.touches, world.spec.first
    codes = list(world.setting.staff.code)
    number = pc.cast(pa.array(rows.content), pa.string())
    kind = words(rows.kind, TOUCH_KINDS)
    mass = pa.array(np.isin(rows.kind, (SENT, FAILED)))
    liked = pa.array(rows.kind == LIKE)
    none = pa.scalar(None, pa.string())
    content = pc.if_else(mass, text("wecom:main:mass", number), none)
    content = pc.if_else(liked, text("wecom:main:mom", number), content)
    external = names(world.draws, "external_userid", rows.who)
    # A group event needs its time to be told apart; what concerns a content does not.
    about = pc.coalesce(content, pc.strftime(moments(first, rows.at), "%Y%m%d%H%M%S"))
    staff = words(rows.staff, codes)
    group = pa.array(rows.kind >= GROUP_JOIN)
    main = {
        "touch_id": text("wecom:", kind, ":", external, ":", staff, ":", about),
        "at": moments(first, rows.at),
        "customer_id": customer_ids(rows.who),
        "customer_ref": text(f"external_userid:{CORP}:", external),
        "staff_id": staff,
        "channel": words(rows.kind, TOUCHED),
        "kind": kind,
        "content_id": pc.if_else(group, none, content),
    }
    return [main, *coupons(world, found), *_calls(world, found)]


def coupons(world: World, found: Block) -> list[Table]:
    """Return the rows of `touches` that are coupons: those sent, and those used."""
    tables = []
    for kind in ("sent", "coupon_use"):
        rows = found.coupons
        at = rows.sent if kind == "sent" else rows.used
        happened = at < NEVER
        rows, at = rows.take(happened), at[happened]
        campaign = campaign_ids(rows.campaign)
        external = names(world.draws, "external_userid", rows.who)
        tables.append(
            {
                "touch_id": text(f"coupon:{kind}:", campaign, ":", external),
                "at": moments(world.spec.first, at),
                "customer_id": customer_ids(rows.who),
                "customer_ref": text(f"external_userid:{CORP}:", external),
                "staff_id": words(rows.staff, list(world.setting.staff.code)),
                "channel": constant("mass_msg", len(rows)),
                "kind": constant(kind, len(rows)),
                "campaign_id": campaign,
            }
        )
    return tables


def _calls(world: World, found: Block) -> list[Table]:
    made = found.calls.take(found.calls.treated & (found.calls.at < world.spec.days * DAY))
    who = customer_ids(made.who)
    return [
        {
            "touch_id": text("phone:call:", who),
            "at": moments(world.spec.first, made.at),
            "customer_id": who,
            "channel": constant("phone", len(made)),
            "kind": words(made.connected.astype(np.int64), ("call", "connect")),
            "campaign_id": constant(CALL_CAMPAIGN, len(made)),
            "value": pa.array(made.seconds.astype(np.float64)),
        }
    ]


def assignments(world: World, found: Block) -> Table:
    """Return the table `assignments`: who was called by lot, and who was not."""
    drawn = found.calls
    day = day_of(world.parameters, world.calendar)
    return {
        "campaign_id": constant(CALL_CAMPAIGN, len(drawn)),
        "customer_ref": text("member_no:brand:", member_numbers(drawn.who)),
        "customer_id": customer_ids(drawn.who),
        "arm": words(drawn.treated.astype(np.int64), ("control", "treatment")),
        "assigned_at": moments(world.spec.first, np.full(len(drawn), day * DAY + 8 * 3600)),
        "probability": pa.array(
            np.where(drawn.treated, world.parameters.called, 1 - world.parameters.called)
        ),
    }


CALL_CAMPAIGN = "CALL01"


def campaign_ids(number: Ints) -> Any:
    """Return the ids of campaigns of the calendar."""
    return text("C", pc.utf8_lpad(pc.cast(pa.array(number), pa.string()), 3, "0"))
