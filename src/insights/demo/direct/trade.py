"""Trade: orders, their lines, refunds, and the costs of contacts as canonical rows."""

from typing import Any

import numpy as np
import pyarrow as pa

from insights.demo.direct.people import BUYER_IDS, CALL_CAMPAIGN, Table, friend_refs
from insights.demo.wire import (
    SHOP,
    constant,
    line_ids,
    moments,
    money,
    order_ids,
    text,
    words,
)  # fmt: skip
from insights.demo.world import CHANNELS, Block, World
from insights.demo.world.brand import GIFT_CODE, GUIDE
from insights.demo.world.columns import DAY, NEVER, Ints
from insights.demo.world.contents import LIVE
from insights.demo.world.identity import KINDS, customer_ids, member_numbers, names
from insights.demo.world.memberships import PAID
from insights.demo.world.messages import joined_at
from insights.demo.world.orders import FREEBIE, Orders
from insights.demo.world.padding import incentive_ends
from insights.demo.world.parameters import DOUYIN, STORE
from insights.demo.world.purchases import FORFEITED, GIFT, TEST, UNPAID
from insights.demo.world.refunds import KINDS as REFUND_KINDS
from insights.demo.world.refunds import PHASES
from insights.demo.world.samples import samples

STATUSES = (
    "unpaid", "deposit_paid", "cancelled_unpaid", "paid", "shipped", "done", "part_refunded",
    "closed_refunded",
)  # fmt: skip
(UNPAID_NOW, DEPOSIT_PAID, CANCELLED, PAID_NOW, SHIPPED, DONE, PART_REFUNDED, CLOSED) = range(8)


def statuses(made: Orders, back: Ints) -> Ints:
    """Return the status of each order at the end of the world, `back` being cents given back."""
    status = np.select(
        [
            made.kind == UNPAID,
            made.kind == FORFEITED,
            made.paid >= NEVER,
            made.shipped >= NEVER,
            made.received >= NEVER,
        ],
        [
            np.where(made.closed < NEVER, CANCELLED, UNPAID_NOW),
            np.where(made.closed < NEVER, CANCELLED, DEPOSIT_PAID),
            np.where(made.presale, DEPOSIT_PAID, UNPAID_NOW),
            PAID_NOW,
            SHIPPED,
        ],
        DONE,
    )
    status = np.where((back > 0) & (back < made.amount), PART_REFUNDED, status)
    return np.where((back > 0) & (back >= made.amount), CLOSED, status)


def given_back(found: Block) -> Ints:
    """Return the cents given back of each order."""
    rows = found.refunds
    return np.bincount(rows.order, rows.amount, len(found.orders)).astype(np.int64)


def orders(world: World, found: Block) -> Table:
    """Return the table `orders`."""
    made, first = found.orders, world.spec.first
    back = given_back(found)
    member = found.member[made.row] * DAY <= made.created
    return {
        "order_id": order_ids(first, made),
        "customer_id": customer_ids(made.who),
        "buyer_ref": _buyers(world, made, member),
        "channel": words(made.channel, CHANNELS),
        "shop_id": constant(SHOP, len(made)),
        "store_id": words(made.store, store_ids(world)),
        "created_at": moments(first, made.created),
        "paid_at": moments(first, made.paid),
        "shipped_at": moments(first, made.shipped),
        "received_at": moments(first, made.received),
        "closed_at": moments(first, made.closed),
        "status": words(statuses(made, back), STATUSES),
        "goods_amount": money(made.goods),
        "discount_merchant_amount": money(made.merchant_off),
        "discount_platform_amount": money(made.platform_off),
        "freight_amount": money(np.zeros(len(made), np.int64)),
        "paid_amount": money(made.amount),
        "merchant_receipt_amount": money(made.amount + made.platform_off),
        "deposit_amount": money(made.deposit, ~made.presale),
        "is_presale": pa.array(made.presale),
        "is_gift": pa.array(made.kind == GIFT),
        "is_test": pa.array(made.kind == TEST),
        "seller_ref": words(made.staff, list(world.setting.staff.code)),
        "content_id": live_ids(world, made),
    }


def order_lines(world: World, found: Block) -> Table:
    """Return the table `order_lines`."""
    made, lines, first = found.orders, found.lines, world.spec.first
    goods = world.setting.products
    back = np.zeros(len(lines), np.int64)
    back[found.refunds.line] = found.refunds.amount
    order = lines.order
    whole = made.take(order)
    status = statuses(whole, given_back(found)[order])
    # What holds of the whole order need not hold of a line.
    part = status == PART_REFUNDED
    alone = np.where(
        whole.received < NEVER, DONE, np.where(whole.shipped < NEVER, SHIPPED, PAID_NOW)
    )
    status = np.where(part, np.where(back > 0, CLOSED, alone), status)
    free = lines.product == FREEBIE
    place = np.where(free, len(goods), lines.product)
    return {
        "line_id": line_ids(first, made, lines),
        "order_id": order_ids(first, whole),
        "created_at": moments(first, whole.created),
        "product_id": words(place, [*goods.code, GIFT_CODE]),
        "raw_title": words(place, [*goods.name, "赠品小样"]),
        "status": words(status, STATUSES),
        "quantity": pa.array(lines.quantity.astype(np.float64)),
        "paid_amount": money(lines.amount),
        "merchant_receipt_amount": money(lines.amount + lines.platform_off),
        "list_amount": money(lines.goods),
        "is_freebie": pa.array(free),
    }


def refunds(world: World, found: Block) -> Table:
    """Return the table `refunds`."""
    rows, first = found.refunds, world.spec.first
    line = line_ids(first, found.orders, found.lines.take(rows.line))
    return {
        "refund_id": text(line, ":R"),
        "order_id": order_ids(first, found.orders.take(rows.order)),
        "line_id": line,
        "applied_at": moments(first, rows.applied),
        "refunded_at": moments(first, rows.refunded),
        "amount": money(rows.amount),
        "phase": words(rows.phase, PHASES),
        "kind": words(rows.phase, REFUND_KINDS),
        "is_estimated": constant(False, len(rows)),
    }


def costs(world: World, found: Block) -> list[Table]:
    """Return the table `costs`, as far as people cause them: rewards, gifts, samples, calls."""
    first, parameters = world.spec.first, world.parameters
    friends = found.friends
    day = friends.joined.astype(np.int64)
    guides = world.setting.staff.role[friends.staff] == GUIDE
    rows = friends.take(guides & (day < incentive_ends(parameters, world.calendar)))
    at = joined_at(world.draws, rows)
    tables = [
        rewards(world, rows.who, rows.staff, at),
    ]
    years = found.memberships.take(found.memberships.program == PAID)
    started = (years.started * DAY).astype(np.int64)
    number = member_numbers(years.who)
    tables.append(
        {
            "cost_id": text("gift:", number, ":", pa.array(years.nth).cast(pa.string())),
            "on_date": moments(first, started).cast(pa.date32()),
            "kind": constant("gift", len(years)),
            "amount": money(np.full(len(years), parameters.gift_cost_yuan * 100)),
            "customer_id": customer_ids(years.who),
            "customer_ref": text("member_no:brand:", number),
        }
    )
    given = samples(world.setting, found.people, found.member, found.orders)
    number = member_numbers(given.who)
    tables.append(
        {
            "cost_id": text("sample:", number, ":", pa.array(given.turn).cast(pa.string())),
            "on_date": moments(first, given.at).cast(pa.date32()),
            "kind": constant("sample", len(given)),
            "amount": money(np.full(len(given), parameters.sample_cost_yuan * 100)),
            "customer_id": customer_ids(given.who),
            "customer_ref": text("member_no:brand:", number),
        }
    )
    called = found.calls.take(found.calls.treated)
    tables.append(
        {
            "cost_id": text("call:", customer_ids(called.who)),
            "on_date": moments(first, called.at).cast(pa.date32()),
            "kind": constant("phone", len(called)),
            "amount": money(np.full(len(called), 350)),
            "campaign_id": constant(CALL_CAMPAIGN, len(called)),
            "customer_id": customer_ids(called.who),
        }
    )
    return tables


def rewards(world: World, who: Ints, staff: Ints, at: Ints) -> Table:
    """Return what guides were paid for contacts, one row each."""
    reference = friend_refs(world, who)
    codes = words(staff, list(world.setting.staff.code))
    return {
        "cost_id": text("reward:", codes, ":", reference),
        "on_date": moments(world.spec.first, at).cast(pa.date32()),
        "kind": constant("contact_incentive", who.size),
        "amount": money(np.full(who.size, world.parameters.reward_yuan * 100)),
        "staff_id": codes,
        "customer_ref": reference,
    }


def store_ids(world: World) -> list[str]:
    """Return the stores' codes."""
    count = int(world.setting.staff.store.max()) + 1
    return [f"S{number + 1:03d}" for number in range(count)]


def live_ids(world: World, made: Orders) -> Any:
    """Return the stream that led to a Douyin order, where there was one on that day."""
    streams = world.setting.contents.of_kind(LIVE)
    of_day = np.full(world.spec.days + 1, -1)
    of_day[streams.at // DAY] = streams.number
    number = of_day[made.created // DAY]
    known = (made.channel == DOUYIN) & (number >= 0)
    return words(np.where(known, number, -1), [f"douyin:live{n}" for n in streams.number])


def _buyers(world: World, made: Orders, member: Any) -> Any:
    """Return who bought, as the channel knows them; nobody in a store who shows no card."""
    found = np.full(len(made), None, dtype=object)
    for channel, kind in BUYER_IDS.items():
        mine = np.flatnonzero(made.channel == channel)
        values = text(f"{kind}:{KINDS[kind][1]}:", names(world.draws, kind, made.who[mine]))
        found[mine] = values.to_numpy(zero_copy_only=False)
    mine = np.flatnonzero((made.channel == STORE) & member)
    cards = text("member_no:brand:", member_numbers(made.who[mine]))
    found[mine] = cards.to_numpy(zero_copy_only=False)
    return pa.array(found, pa.string())
