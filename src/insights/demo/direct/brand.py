"""Brand: goods, staff, campaigns, contents, targets and daily totals as canonical rows."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from insights.demo.direct.people import CALL_CAMPAIGN, Table, campaign_ids
from insights.demo.direct.trade import store_ids
from insights.demo.wire import constant, days, moments, money, text, words
from insights.demo.world import World
from insights.demo.world.brand import CATEGORIES, GIFT_CODE, IP, ROLES, SERIES, SERVICE
from insights.demo.world.calls import day_of
from insights.demo.world.columns import DAY
from insights.demo.world.contents import (
    ARTICLE,
    LIVE,
    MOMENT,
    SLOT_WORDS,
    SLOTS_A_PUSH,
    Contents,
    reads_by_day,
)  # fmt: skip
from insights.demo.world.customers import TOPICS
from insights.demo.world.parameters import REGIONS
from insights.demo.world.shown import goods_shown
from insights.demo.world.watched import watched

CONTENT_KINDS = ("article", "moment", "mass_msg", "live")
CONTENT_CHANNELS = ("official_account", "wecom", "wecom", "douyin")
# As adapters name them, so that both ways into a lake have the same contents.
CONTENT_PREFIXES = ("official_account:main:", "wecom:main:mom", "wecom:main:mass", "douyin:live")
FIRST_PUSH = 2_247_480_000
NEW_INTERFACE = date(2025, 11, 1)
FORWARDED_A_SHARE = 2  # who reads what a friend has shared


def products(world: World) -> Table:
    """Return the table `products`."""
    goods, first = world.setting.products, world.spec.first
    gift = 3_900
    return {
        "product_id": pa.array([*goods.code, GIFT_CODE]),
        "spu_id": pa.array([*(f"SPU{code[3:]}" for code in goods.code), GIFT_CODE]),
        "name": pa.array([*goods.name, "赠品小样"]),
        "category_1": pa.array([*(CATEGORIES[c] for c in goods.category), "赠品"]),
        "series": pa.array([*(SERIES[s] for s in goods.series), None]),
        "list_price": money(np.append(goods.price, gift)),
        "unit_cost": money(np.append(goods.cost, 800)),
        "launched_on": days(first, np.append(goods.launched, -30)),
    }


def staff(world: World) -> Table:
    """Return the table `staff`."""
    accounts, first = world.setting.staff, world.spec.first
    stores = store_ids(world)
    franchise = np.where(accounts.store >= 0, accounts.store % 2, -1)
    dealer = np.where(franchise == 1, accounts.store // 4, -1)
    return {
        "staff_id": pa.array(accounts.code),
        "role": words(accounts.role, ROLES),
        "store_id": words(accounts.store, stores),
        "store_name": words(accounts.store, [f"示例{code}店" for code in stores]),
        "dealer_id": words(dealer, [f"D{n + 1:02d}" for n in range(int(dealer.max()) + 2)]),
        "region": words(accounts.region, REGIONS),
        "ownership": words(franchise, ("direct", "franchise")),
        "hired_on": days(first, -accounts.hired),
    }


def campaigns(world: World) -> Table:
    """Return the table `campaigns`, with the randomised calls."""
    planned, first = world.setting.campaigns, world.spec.first
    day = day_of(world.parameters, world.calendar)
    count = len(planned)
    return {
        "campaign_id": pa.concat_arrays([campaign_ids(planned.number), pa.array([CALL_CAMPAIGN])]),
        "name": pa.array([*planned.name, "沉默客户电话召回"]),
        "slot": pa.array([*planned.slot, "电话召回"]),
        "starts_at": moments(first, np.append(planned.begins, day) * DAY),
        "ends_at": moments(first, (np.append(planned.ends, day + 2) + 1) * DAY - 1),
        "offer": pa.array([*(["满300减50券"] * count), None]),
        "target_rule": pa.array([*(["企微好友"] * count), "60 天未购、电话已知"]),
        "is_experiment": pa.array([*([False] * count), True]),
    }


def content_ids(found: Contents) -> Any:
    """Return each content's id; that of an article is its push and its place in it."""
    push = pc.cast(pa.array(FIRST_PUSH + found.number // SLOTS_A_PUSH), pa.string())
    place = pc.cast(pa.array(np.maximum(found.slot, 0) + 1), pa.string())
    number = pc.cast(pa.array(found.number), pa.string())
    article = pa.array(found.kind == ARTICLE)
    own = pc.if_else(article, text(push, "_", place), number)
    return text(words(found.kind, CONTENT_PREFIXES), own)


def pushes(found: Contents) -> Any:
    """Return the push that each article was part of; NULL for what is no article."""
    number = np.where(found.kind == ARTICLE, FIRST_PUSH + found.number // SLOTS_A_PUSH, -1)
    known = pa.array(number, mask=number < 0)
    return text(CONTENT_PREFIXES[ARTICLE], pc.cast(known, pa.string()))


def contents(world: World) -> Table:
    """Return the table `contents`."""
    found = world.setting.contents
    found = found.take(found.at < world.spec.days * DAY)
    articles = found.kind == ARTICLE
    titled = np.isin(found.kind, (ARTICLE, LIVE, MOMENT))
    topics = [TOPICS[t] if has else None for t, has in zip(found.topic, titled, strict=True)]
    goods = world.setting.products
    shown = [list(goods.code[places]) for places in goods_shown(world.draws, found, goods)]
    return {
        "content_id": content_ids(found),
        "kind": words(found.kind, CONTENT_KINDS),
        "channel": words(found.kind, CONTENT_CHANNELS),
        "title": pa.array(
            [
                f"示例{topic}{n}" if topic else None
                for topic, n in zip(topics, found.number, strict=True)
            ],
            pa.string(),
        ),
        "topics": pa.array([[t] if t else None for t in topics], pa.list_(pa.string())),
        "product_ids": pa.array([codes or None for codes in shown], pa.list_(pa.string())),
        "published_at": moments(world.spec.first, found.at),
        "slot": words(found.slot, SLOT_WORDS),
        "push": pushes(found),
        "drawn_by_lot": pa.array(found.drawn, mask=~articles),
        "audience_size": pa.array(found.delivered, mask=~articles),
    }


def live_days(world: World) -> list[tuple[int, str, int, int]]:
    """Return day, content, people shown and people who came in, of each livestream."""
    customers = world.spec.customers
    lives, shown, came = watched(world.draws, world.parameters, world.setting.contents, customers)
    rows = zip(lives.at // DAY, content_ids(lives).to_pylist(), shown, came, strict=True)
    return [(int(day), name, int(s), int(c)) for day, name, s, c in rows if day < world.spec.days]


def daily_metrics(world: World) -> Table:
    """Return the table `daily_metrics`: what platforms tell of articles and livestreams."""
    found = world.setting.contents.of_kind(ARTICLE)
    told: list[tuple[int, str, str, float]] = [
        (int(found.at[n]) // DAY + later, entity, metric, value)
        for n, entity in enumerate(content_ids(found).to_pylist())
        for later, metric, value in read_of(world, found, n)
    ]
    for day, name, shown, came in live_days(world):
        told += [(day, name, "impression_users", shown), (day, name, "viewer_users", came)]
    return {
        "on_date": days(world.spec.first, np.array([row[0] for row in told], np.int64)),
        "entity_kind": constant("content", len(told)),
        "entity_id": pa.array([row[1] for row in told], pa.string()),
        "metric": pa.array([row[2] for row in told], pa.string()),
        "value": pa.array([float(row[3]) for row in told]),
        "is_final": constant(True, len(told)),
    }


def read_of(world: World, found: Contents, n: int) -> Iterator[tuple[int, str, float]]:
    """Yield what is told of one article: days after its push, metric, value.

    The interface of November 2025 tells more, and not how many an article was delivered to.
    """
    old = world.calendar.on(int(found.at[n]) // DAY) < NEW_INTERFACE
    prefix = "totals_" if old else ""
    shares, clicks = int(found.shares[n]), int(found.clicks[n])
    for later, (readers, from_message) in enumerate(readers_to_date(found, n)):
        if int(found.at[n]) // DAY + later >= world.spec.days:
            return
        yield later, f"{prefix}read_users_to_date", readers
        yield later, f"{prefix}message_read_users_to_date", from_message
        yield later, f"{prefix}share_users_to_date", shares
        if old:
            yield later, "totals_delivered_users", int(found.delivered[n])
            yield later, "totals_click_users_to_date", clicks
        else:
            yield later, "delivered_read_rate", from_message / int(found.delivered[n])


def readers_to_date(found: Contents, n: int) -> Iterator[tuple[int, int]]:
    """Yield day by day who has read an article by then: anybody, and those whom it was sent to."""
    from_message = 0
    forwarded = FORWARDED_A_SHARE * int(found.shares[n])
    for today in reads_by_day(found.reads[n : n + 1])[0]:
        from_message += int(today)
        elsewhere = forwarded * from_message // max(int(found.reads[n]), 1)
        yield from_message + elsewhere, from_message


def targets(world: World) -> Table:
    """Return the table `targets`: what the management hopes for, a month."""
    months = [f"{d:%Y-%m}" for d in _month_starts(world)]
    return {
        "metric": pa.array(["private_share"] * len(months)),
        "scope": pa.array(["all"] * len(months)),
        "period": pa.array(months),
        "low": pa.array([0.08] * len(months)),
        "high": pa.array([0.12] * len(months)),
    }


def wages(world: World) -> Table:
    """Return the wages of who works for the private domain alone, a line a month in `costs`.

    Guides are paid by their stores, whoever they chat with: they are no cost of it.
    """
    own = np.isin(world.setting.staff.role, (IP, SERVICE))
    heads = int(own.sum()) // world.parameters.accounts_a_head
    paid = heads * world.parameters.wage_yuan * 100
    starts = _month_starts(world)
    ends = [start.replace(day=monthrange(start.year, start.month)[1]) for start in starts]
    return {
        "cost_id": pa.array([f"wages:{start:%Y-%m}" for start in starts]),
        "on_date": pa.array(ends, pa.date32()),
        "kind": constant("labour", len(starts)),
        "amount": money(np.full(len(starts), paid)),
    }


def _month_starts(world: World) -> list[date]:
    first = np.datetime64(world.spec.first, "M")
    return [(first + month).astype(object) for month in range(world.spec.months)]
