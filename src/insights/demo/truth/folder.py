"""The truth folder: what was planted and what is really so, as JSON and parquet."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from insights.demo.direct.brand import CONTENT_KINDS, content_ids
from insights.demo.direct.people import BUYER_IDS, CALL_CAMPAIGN, campaign_ids, contact_ids
from insights.demo.faults import exported, faults
from insights.demo.truth.expected import expected_net, no_purchase
from insights.demo.truth.totals import Totals
from insights.demo.wire import (
    constant,
    days,
    moments,
    money,
    order_ids,
    small_order_ids,
    words,
)  # fmt: skip
from insights.demo.world import CHANNELS, Block, World
from insights.demo.world.calls import day_of
from insights.demo.world.columns import DAY, NEVER
from insights.demo.world.contents import MOMENT, topic_effects
from insights.demo.world.customers import TOPICS
from insights.demo.world.elsewhere import PLACES
from insights.demo.world.identity import KINDS as ID_KINDS
from insights.demo.world.identity import customer_ids, member_numbers, names, phones
from insights.demo.world.messages import joined_at
from insights.demo.world.padding import incentive_ends
from insights.demo.world.parameters import REGIONS, SEGMENTS
from insights.demo.world.posting import posted
from insights.demo.world.purchases import CAUSES, KINDS, tired_from

RISK_HORIZONS = (28, 91)
# Beyond, a risk for every customer and month would be larger than the brand itself.
MOST_FOR_ALL_MONTHS = 200_000


class TruthWriter:
    """Writes a world's truth while its blocks go by.

    Parameters
    ----------
    world : World
    folder : Path
        Is made; what is in it is written over.
    """

    def __init__(self, world: World, folder: Path) -> None:
        self._world = world
        self._folder = folder
        self._writers: dict[str, Any] = {}
        self.totals = Totals(world)
        self._campaigns = np.zeros((len(world.setting.campaigns), 3))
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, found: Block) -> None:
        """Write a block's part."""
        world = self._world
        self.totals.add(found)
        sent = found.coupons
        for column, value in enumerate((np.ones(len(sent)), sent.chance, sent.used < NEVER)):
            np.add.at(self._campaigns[:, column], sent.campaign, value)
        self._write("customers", _customers(world, found))
        self._write("identities", _identities(world, found))
        self._write("contacts", _contacts(world, found))
        self._write("orders", _orders(world, found))
        every = world.spec.customers <= MOST_FOR_ALL_MONTHS
        for month in range(0 if every else world.spec.months - 1, world.spec.months):
            self._write("risk", _risk(world, found, month))

    def close(self) -> None:
        """Write what is known at the end: totals, contents, staff, and what was planted."""
        self._write("contacts", _bought(self._world))
        for writer in self._writers.values():
            writer.close()
        self._writers = {}
        world = self._world
        pq.write_table(self.totals.table(), self._folder / "totals.parquet")
        pq.write_table(_elsewhere(world), self._folder / "elsewhere.parquet")
        pq.write_table(_contents(world), self._folder / "contents.parquet")
        pq.write_table(_staff(world), self._folder / "staff.parquet")
        pq.write_table(_products(world), self._folder / "products.parquet")
        sent, chance, used = self._campaigns.T
        planned = world.setting.campaigns
        pq.write_table(
            pa.table(
                {
                    "campaign_id": campaign_ids(planned.number),
                    "name": pa.array(planned.name),
                    "quality": planned.quality,
                    "sent": sent,
                    "true_share": chance / np.maximum(sent, 1),
                    "used": used,
                }
            ),
            self._folder / "campaigns.parquet",
        )
        text = json.dumps(
            planted(world) | {"counts": self.totals.counts, "sidelines": _sidelines(world)},
            ensure_ascii=False,
            indent=1,
        )
        (self._folder / "planted.json").write_text(text + "\n", "utf-8")

    def _write(self, name: str, rows: Any) -> None:
        if name not in self._writers:
            path = self._folder / f"{name}.parquet"
            self._writers[name] = pq.ParquetWriter(path, rows.schema)
        self._writers[name].write_table(rows)


def planted(world: World) -> dict[str, Any]:
    """Return what was planted, with its days as dates."""
    calendar, parameters = world.calendar, world.parameters
    lost, effects = faults(world), parameters.effects
    tired = tired_from(parameters, calendar)

    def on(day: int, planted: float) -> str | None:
        """Return the date of what is planted, None where it is not or comes after the world."""
        return str(calendar.on(day)) if planted and day < world.spec.days else None

    return {
        "simulated": True,
        "spec": asdict(world.spec),
        "first_day": str(world.spec.first),
        "last_day": str(calendar.on(world.spec.days - 1)),
        "parameters": parameters.told(),
        "topic_effects": dict(
            zip(TOPICS, map(float, topic_effects(world.draws, parameters)), strict=True)
        ),
        "faults": {
            "missing_day": str(calendar.on(lost.missing_day)),
            "missing_channel": CHANNELS[lost.missing_channel],
            "doubled_month": str(np.datetime64(world.spec.first, "M") + lost.doubled_month),
            "doubled_channel": CHANNELS[lost.doubled_channel],
        },
        "tired_region": REGIONS[parameters.region_tires] if effects.response_decline else None,
        "responses_fall_on": on(tired, effects.response_decline),
        "sales_fall_on": on(tired + 7 * parameters.lead_weeks, effects.sales_decline),
        "incentive_ends_on": str(calendar.on(incentive_ends(parameters, calendar))),
        "call_campaign": CALL_CAMPAIGN,
        "calls_begin_on": str(calendar.on(day_of(parameters, calendar))),
    }


def _customers(world: World, found: Block) -> Any:
    people, first = found.people, world.spec.first
    joined, left, staff = found.friends.of_customers(len(people))
    firsts = found.friends.nth == 0
    minutes = np.full(len(people), np.nan)
    minutes[found.friends.row[firsts]] = found.friends.reply_minutes[firsts]
    converted = np.zeros(len(people), bool)
    converted[found.friends.row[firsts]] = found.friends.converted[firsts]
    uplift = np.full(len(people), np.nan)
    uplift[found.calls.row] = found.calls.uplift
    last = world.spec.days - 1

    def at(day: Any) -> Any:
        return moments(first, np.where(day < world.spec.days, day * DAY, NEVER).astype(np.int64))

    return pa.table(
        {
            "customer_id": customer_ids(people.who),
            "segment": words(people.segment, SEGMENTS),
            "rate_a_year": people.rate,
            "drop_a_year": people.drop,
            "born_at": at(people.born),
            # A customer may leave after the world has ended; the truth knows that, too.
            "gone_day": pa.array(people.gone, mask=people.gone >= NEVER),
            "prospect": people.prospect,
            "home": words(people.home, CHANNELS),
            "hunter": people.hunter,
            "region": words(people.region, REGIONS),
            "topic": words(people.topic, TOPICS),
            "responsive": people.responsive,
            "joined_at": at(joined),
            "left_at": at(left),
            "staff_id": words(staff, list(world.setting.staff.code)),
            "reply_minutes": pa.array(minutes, mask=np.isnan(minutes)),
            "converted": converted,
            "member_at": at(found.member),
            "call_uplift": pa.array(uplift, mask=np.isnan(uplift)),
            "expected_net_365": expected_net(world, found, last, 365),
        }
    )


def _identities(world: World, found: Block) -> Any:
    who = found.people.who
    kinds = [*BUYER_IDS.values(), "unionid", "external_userid", "openid"]
    parts = [(kind, ID_KINDS[kind][1], names(world.draws, kind, who)) for kind in kinds]
    parts.append(("openid", ID_KINDS["mini_openid"][1], names(world.draws, "mini_openid", who)))
    parts.append(("phone", "global", phones(world.spec.seed, who)))
    parts.append(("member_no", "brand", member_numbers(who)))
    return pa.concat_tables(
        [
            pa.table(
                {
                    "id_type": constant(kind, who.size),
                    "namespace": constant(namespace, who.size),
                    "id_value": value,
                    "customer_id": customer_ids(who),
                }
            )
            for kind, namespace, value in parts
        ]
    )


def _contacts(world: World, found: Block) -> Any:
    friends = found.friends
    staff = pa.array(world.setting.staff.code).take(pa.array(friends.staff))
    at = joined_at(world.draws, friends)
    return pa.table(
        {
            "contact_id": contact_ids(world, friends.who, staff, at),
            "customer_id": customer_ids(friends.who),
            "staff_id": staff,
            "reply_minutes": friends.reply_minutes,
            "converted": friends.converted,
            "bought": constant(False, len(friends)),
        }
    )


def _bought(world: World) -> Any:
    """Return the contacts that guides bought: no customer is behind them."""
    bought = world.padding
    staff = pa.array(world.setting.staff.code).take(pa.array(bought.staff))
    return pa.table(
        {
            "contact_id": contact_ids(world, bought.who, staff, bought.at),
            "customer_id": pa.nulls(len(bought), pa.string()),
            "staff_id": staff,
            "reply_minutes": pa.nulls(len(bought), pa.float64()),
            "converted": constant(False, len(bought)),
            "bought": constant(True, len(bought)),
        }
    )


def _orders(world: World, found: Block) -> Any:
    made, first = found.orders, world.spec.first
    back = np.bincount(found.refunds.order, found.refunds.amount, len(made)).astype(np.int64)
    return pa.table(
        {
            "order_id": order_ids(first, made),
            "customer_id": customer_ids(made.who),
            "channel": words(made.channel, CHANNELS),
            "otherwise": words(made.otherwise, CHANNELS),
            "cause": words(made.cause, CAUSES),
            "kind": words(made.kind, KINDS),
            "paid_at": moments(first, made.paid),
            "paid_amount": money(made.amount),
            "refund_amount": money(back),
            "exported": exported(world, found),
        }
    )


def _elsewhere(world: World) -> Any:
    """Return orders of people whom the brand knows from nowhere else, one row an order."""
    rows, first = world.elsewhere, world.spec.first
    begun = np.flatnonzero(rows.nth == 0)
    made = rows.take(begun)
    _, order = np.unique(rows.order, return_inverse=True)
    amount = np.bincount(order, rows.amount).astype(np.int64)[order[begun]]
    return pa.table(
        {
            "order_id": small_order_ids(first, made),
            "channel": words(made.place, PLACES),
            "buyer": pa.array(made.buyer),
            "paid_at": moments(first, made.paid),
            "paid_amount": money(amount),
            "refund_amount": money(np.where(made.back, amount, 0)),
        }
    )


def _sidelines(world: World) -> dict[str, dict[str, int]]:
    """Return the sums of what platforms tell in totals, by table and measure."""
    return {
        name: {column: int(np.sum(values)) for column, values in table.items() if column != "day"}
        | {"rows": len(table["day"])}
        for name, table in world.sidelines.items()
    }


def _risk(world: World, found: Block, month: int) -> Any:
    ends = np.flatnonzero(world.calendar.months == month)[-1]
    here = found.people.born < ends + 1
    chances = {
        f"no_purchase_{horizon}": no_purchase(world, found, int(ends), horizon)[here]
        for horizon in RISK_HORIZONS
    }
    return pa.table(
        {
            "customer_id": customer_ids(found.people.who[here]),
            "on_date": moments(world.spec.first, np.full(int(here.sum()), ends * DAY)).cast(
                pa.date32()
            ),
            "gone": found.people.gone[here] <= ends + 1,
            **chances,
        }
    )


def _contents(world: World) -> Any:
    found = world.setting.contents
    return pa.table(
        {
            "content_id": content_ids(found),
            "kind": words(found.kind, CONTENT_KINDS),
            "topic": words(found.topic, TOPICS),
            "quality": found.quality,
            "slot": found.slot,
            "drawn_by_lot": found.drawn,
            "true_rate": found.rate,
            "delivered": found.delivered,
            "reads": found.reads,
        }
    )


def _products(world: World) -> Any:
    goods, first = world.setting.products, world.spec.first
    return pa.table(
        {
            "product_id": pa.array(goods.code),
            "launched_on": days(first, goods.launched),
            "withdrawn_on": days(first, goods.withdrawn),
        }
    )


def _staff(world: World) -> Any:
    accounts = world.setting.staff
    issued = world.setting.contents.of_kind(MOMENT).number
    done = posted(world.draws, world.parameters, accounts, issued)
    bought = np.bincount(world.padding.staff, minlength=len(accounts))
    return pa.table(
        {
            "staff_id": pa.array(accounts.code),
            "skill": accounts.skill,
            "messages_a_week": accounts.zeal,
            "padding": accounts.padding,
            "bought_accounts": bought,
            "moments_posted": done.sum(axis=1),
        }
    )
