"""Brand: goods, staff, campaigns, contents, targets and daily totals as canonical rows."""

import numpy as np
import pyarrow as pa

from insights.demo.direct.people import CALL_CAMPAIGN, Table, campaign_ids
from insights.demo.direct.trade import store_ids
from insights.demo.wire import constant, days, moments, money, text, words
from insights.demo.world import World
from insights.demo.world.brand import CATEGORIES, GIFT_CODE, IP, ROLES, SERIES, SERVICE
from insights.demo.world.calls import day_of
from insights.demo.world.columns import DAY, NEVER
from insights.demo.world.contents import ARTICLE, LIVE, MOMENT, SLOT_WORDS, reads_by_day
from insights.demo.world.customers import TOPICS
from insights.demo.world.parameters import REGIONS

CONTENT_KINDS = ("article", "moment", "mass_msg", "live")
CONTENT_CHANNELS = ("mp", "moments", "mass_msg", "douyin")
CONTENT_PREFIXES = ("mp:article", "wecom:moment", "wecom:mass", "douyin:live")


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


def contents(world: World) -> Table:
    """Return the table `contents`."""
    found = world.setting.contents
    found = found.take(found.at < world.spec.days * DAY)
    articles = found.kind == ARTICLE
    number = pa.array(found.number).cast(pa.string())
    titled = np.isin(found.kind, (ARTICLE, LIVE, MOMENT))
    topics = [TOPICS[t] if has else None for t, has in zip(found.topic, titled, strict=True)]
    return {
        "content_id": text(words(found.kind, CONTENT_PREFIXES), number),
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
        "published_at": moments(world.spec.first, found.at),
        "slot": words(found.slot, SLOT_WORDS),
        "audience_size": pa.array(found.delivered, mask=~articles),
    }


def daily_metrics(world: World) -> Table:
    """Return the table `daily_metrics`: what the official account tells of its articles."""
    found = world.setting.contents.of_kind(ARTICLE)
    per_day = reads_by_day(found.reads)
    entity = [f"mp:article{n}" for n in found.number]
    rows: list[tuple[int, str, str, int]] = []
    for place, name in enumerate(entity):
        day = int(found.at[place]) // DAY
        rows.append((day, name, "delivered_users", int(found.delivered[place])))
        rows.append((day, name, "share_users", int(found.shares[place])))
        rows.append((day, name, "click_users", int(found.clicks[place])))
        rows += [
            (day + later, name, "read_subscribe_users", int(reads))
            for later, reads in enumerate(per_day[place])
            if day + later < world.spec.days
        ]
    day_no = np.array([row[0] for row in rows], np.int64)
    return {
        "on_date": days(world.spec.first, np.where(day_no < world.spec.days, day_no, NEVER)),
        "entity_kind": constant("content", len(rows)),
        "entity_id": pa.array([row[1] for row in rows]),
        "metric": pa.array([row[2] for row in rows]),
        "value": pa.array([float(row[3]) for row in rows]),
        "is_final": constant(True, len(rows)),
    }


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
    ends = [np.datetime64(start, "M") + 1 - np.timedelta64(1, "D") for start in starts]
    return {
        "cost_id": pa.array([f"wages:{start:%Y-%m}" for start in starts]),
        "on_date": pa.array([end.astype(object) for end in ends], pa.date32()),
        "kind": constant("labour", len(starts)),
        "amount": money(np.full(len(starts), paid)),
    }


def _month_starts(world: World) -> list[np.datetime64]:
    first = np.datetime64(world.spec.first, "M")
    return [(first + month).astype(object) for month in range(world.spec.months)]
