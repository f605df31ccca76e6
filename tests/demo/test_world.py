"""The world: equal for equal seeds, whatever the block size; in the null nothing is planted."""

from dataclasses import fields

import numpy as np
import pytest

from insights.demo.world import CHANNELS, PRIVATE, Parameters, Spec, World
from insights.demo.world.columns import DAY, NEVER, Columns
from insights.demo.world.contents import ARTICLE, SLOTS_A_PUSH
from insights.demo.world.parameters import DOUYIN, STORE
from insights.demo.world.purchases import OWN, SALE
from insights.errors import ParameterError

SMALL = Spec(customers=1_500, months=9, seed=5)
TABLES = ("people", "friends", "memberships", "orders", "lines", "refunds", "calls", "touches")
PLACES = {"row", "order", "line", "friend"}  # places in a block, which its size does change


def columns(table: Columns) -> dict[str, np.ndarray]:
    return {f.name: getattr(table, f.name) for f in fields(table) if f.name not in PLACES}


@pytest.fixture(scope="module")
def sold(everybody):
    made = everybody.orders
    return (made.kind == SALE) & (made.paid < NEVER)


class TestSeeds:
    def test_the_size_of_a_block_does_not_change_the_world(self):
        world = World(SMALL)
        whole = world.block(0, SMALL.customers)
        parts = list(world.blocks(size=400))
        for name in TABLES:
            together = columns(
                type(getattr(whole, name)).stacked([getattr(p, name) for p in parts])
            )
            for column, values in columns(getattr(whole, name)).items():
                other = together[column]
                if name in {"friends", "touches", "memberships"}:  # Their order is by kind first.
                    assert np.array_equal(np.sort(values), np.sort(other))
                else:
                    assert np.array_equal(values, other)

    def test_another_seed_is_another_world(self):
        mine, other = World(SMALL), World(Spec(customers=1_500, months=9, seed=6))
        assert not np.array_equal(mine.block(0, 50).people.rate, other.block(0, 50).people.rate)

    def test_a_larger_world_begins_with_the_same_people(self):
        larger = World(Spec(customers=3_000, months=9, seed=5))
        assert np.array_equal(
            World(SMALL).block(0, 50).people.rate, larger.block(0, 50).people.rate
        )

    @pytest.mark.parametrize(
        "wrong", [{"customers": 5}, {"months": 2}, {"months": 400}, {"seed": -1}, {"world": "nul"}]
    )
    def test_an_impossible_world_is_refused(self, wrong):
        with pytest.raises(ParameterError, match=r"found|Did you mean 'null'"):
            Spec(**wrong)


class TestCalibration:
    """Figures that practitioners report; see docs/demo.md."""

    def test_private_shops_have_a_tenth_of_online_revenue(self, everybody, sold):
        made = everybody.orders
        online = sold & (made.channel != STORE)
        private = online & np.isin(made.channel, PRIVATE)
        assert made.amount[private].sum() / made.amount[online].sum() == pytest.approx(
            0.10, abs=0.02
        )

    def test_live_sales_come_back_at_40_to_45_percent_on_two_clocks(self, world, everybody, sold):
        made, given = everybody.orders, everybody.refunds
        ripe = sold & (made.channel == DOUYIN) & (made.paid < (world.spec.days - 40) * DAY)
        gross = made.amount[ripe].sum()
        of_these = ripe[given.order]
        soon = given.applied - made.paid[given.order] < 36 * 3600
        at_once = given.amount[of_these & soon].sum() / gross
        later = given.amount[of_these & ~soon].sum() / gross
        assert at_once == pytest.approx(0.25, abs=0.03)
        assert later == pytest.approx(0.15, abs=0.03)
        assert 0.39 < at_once + later < 0.46

    def test_a_push_is_read_by_about_a_hundredth_of_the_fans(self, world):
        articles = world.setting.contents.of_kind(ARTICLE)
        reads = articles.reads.reshape(-1, SLOTS_A_PUSH).sum(axis=1)
        fans = articles.delivered.reshape(-1, SLOTS_A_PUSH)[:, 0]
        assert (reads / fans).mean() == pytest.approx(0.0105, abs=0.003)

    def test_about_60_percent_of_members_buy_again_within_a_year(self, world, everybody, sold):
        made, given = everybody.orders, everybody.refunds
        back = np.bincount(given.order, given.amount, len(made))
        kept = sold & (back < made.amount)
        day = np.stack([made.row[kept], made.paid[kept] // DAY])
        first = np.full(len(everybody.people), NEVER)
        np.minimum.at(first, day[0], day[1])
        within = (day[1] > first[day[0]]) & (day[1] <= first[day[0]] + 365)
        again = np.bincount(day[0][within], minlength=first.size) > 0
        ripe = first < world.spec.days - 365
        member = everybody.member < world.spec.days
        assert again[ripe & member].mean() == pytest.approx(0.62, abs=0.04)
        assert again[ripe & ~member].mean() < again[ripe & member].mean() - 0.1

    def test_the_pool_of_friends_grows_as_reported(self, world, everybody):
        """730,000 grew to 1.0-1.4 million by the end of the same year."""
        joined = everybody.friends.joined
        then, now = (np.sum(joined < day) for day in (world.spec.days - 250, world.spec.days))
        assert 1.3 < now / then < 2.2

    def test_purchases_swell_on_double_11_and_stop_at_spring_festival(self, world, everybody):
        day = np.bincount(everybody.orders.created // DAY, minlength=world.spec.days)
        on = {name: begin for name, begin, _ in world.calendar.named_seasons()}
        assert day[on["2025 双11"] : on["2025 双11"] + 3].mean() > 2 * day.mean()
        spring = (np.datetime64("2026-02-17") - np.datetime64(world.spec.first)).astype(int)
        assert day[spring : spring + 5].mean() < 0.8 * day[spring - 60 : spring - 30].mean()


class TestOrders:
    def test_an_orders_amount_is_the_sum_of_its_lines(self, everybody):
        made, lines = everybody.orders, everybody.lines
        for name in ("amount", "goods", "merchant_off", "platform_off"):
            total = np.bincount(lines.order, getattr(lines, name), len(made))
            assert np.array_equal(total, getattr(made, name))
        assert np.array_equal(made.goods - made.merchant_off - made.platform_off, made.amount)

    def test_nothing_happens_before_its_time(self, world, everybody):
        made, given = everybody.orders, everybody.refunds
        end = world.spec.days * DAY
        paid, shipped, received = (
            (later >= earlier) | (later == NEVER)
            for earlier, later in (
                (made.created, made.paid),
                (made.paid, made.shipped),
                (made.shipped, made.received),
            )
        )
        assert paid.all()
        assert shipped.all()
        assert received.all()
        assert (given.applied >= made.paid[given.order]).all()
        assert (given.refunded < end).all()
        assert (everybody.touches.at < end).all()

    def test_no_line_is_given_back_twice_or_for_more_than_was_paid(self, everybody):
        given = everybody.refunds
        assert np.unique(given.line).size == given.line.size
        assert (given.amount <= everybody.lines.amount[given.line]).all()

    def test_friends_of_the_brand_had_better_pace_to_begin_with(self, everybody):
        buyers = ~everybody.people.prospect
        joined, _, _ = everybody.friends.of_customers(len(everybody.people))
        rate = everybody.people.rate
        assert (
            rate[buyers & (joined < NEVER)].mean() > 1.3 * rate[buyers & (joined >= NEVER)].mean()
        )


class TestNull:
    def test_nothing_is_caused_and_nobody_is_moved(self):
        world = World(Spec(customers=4_000, months=12, world="null"))
        found = world.block(0, 4_000)
        assert (found.orders.cause == OWN).all()
        assert np.array_equal(found.orders.channel, found.orders.otherwise)
        assert len(world.padding) == 0
        assert (found.calls.uplift == 0).all()
        assert (world.setting.contents.quality == 0).all()
        assert (world.setting.staff.skill == 0).all()

    def test_good_customers_still_join_more(self):
        found = World(Spec(customers=4_000, months=12, world="null")).block(0, 4_000)
        joined, _, _ = found.friends.of_customers(4_000)
        buyers = ~found.people.prospect
        rate = found.people.rate
        assert rate[buyers & (joined < NEVER)].mean() > rate[buyers & (joined >= NEVER)].mean()

    def test_the_effects_of_the_null_are_all_zero(self):
        effects = Parameters().effects
        for field in fields(effects):
            assert not np.any(getattr(effects, field.name)), field.name


def test_channels_are_those_of_the_schema():
    from insights import schema  # noqa: PLC0415

    column = next(c for c in schema.get("orders").columns if c.name == "channel")
    assert set(CHANNELS) <= set(column.values)
