"""Effects: each is in the planted world as large as it was planted, and absent from the null.

Looked up with the truth in hand; that honest analyses find them without it is tests/truth.
"""

import numpy as np
import pytest

from insights.demo.world import Spec, World
from insights.demo.world.calls import ANSWER_DAYS, day_of
from insights.demo.world.columns import DAY, NEVER
from insights.demo.world.contents import ARTICLE, MOMENT
from insights.demo.world.messages import LIKE
from insights.demo.world.parameters import PLANTED, TMALL
from insights.demo.world.purchases import CALL, FRIENDSHIP, MEMBERSHIP, OWN, SALE, tired_from


@pytest.fixture(scope="module")
def null():
    world = World(Spec(customers=20_000, world="null"))
    return world, world.block(0, 20_000)


@pytest.fixture(scope="module")
def planted(world, everybody):
    return world, everybody


def friend_orders(found):
    """Orders of the days on which their buyer was a friend, and each buyer's segment."""
    made, people = found.orders, found.people
    joined, left, _ = found.friends.of_customers(len(people))
    day = made.created // DAY
    friend = (made.kind == SALE) & (day > joined[made.row]) & (day <= left[made.row])
    return friend, people.segment[made.row]


class TestFriendship:
    def test_causes_the_planted_share_of_extra_orders_by_segment(self, planted):
        _, found = planted
        friend, segment = friend_orders(found)
        old = ~found.people.prospect[found.orders.row]
        for number, lift in enumerate(PLANTED.join_lift):
            here = friend & old & (segment == number)
            own = np.sum(found.orders.cause[here] == OWN)
            extra = np.sum(found.orders.cause[here] == FRIENDSHIP)
            # Skill varies the lift around it; its mean is exp(sd^2 / 2).
            assert extra / own == pytest.approx(lift * np.exp(0.35**2 / 2), rel=0.45)

    def test_moves_the_planted_share_of_tmall_orders_by_segment(self, planted):
        _, found = planted
        friend, segment = friend_orders(found)
        for number, share in enumerate(PLANTED.moved_share):
            mine = friend & (segment == number) & (found.orders.otherwise == TMALL)
            moved = found.orders.channel[mine] != TMALL
            assert moved.mean() == pytest.approx(share, abs=4 * np.sqrt(0.25 / mine.sum()))

    def test_a_quick_answer_converts_more_and_none_does_in_the_null(self, planted, null):
        gaps = []
        for _, found in (planted, null):
            fresh = found.friends.take(
                found.people.prospect[found.friends.row] & (found.friends.nth == 0)
            )
            quick = fresh.reply_minutes < 20
            gaps.append(fresh.converted[quick].mean() - fresh.converted[~quick].mean())
        assert gaps[0] > 0.02
        assert abs(gaps[1]) < 0.02

    def test_more_messages_drive_more_friends_off(self, planted, null):
        ratios = []
        for world, found in (planted, null):
            friends = found.friends
            end = world.spec.days
            busy = world.setting.staff.zeal[friends.staff] > 1.5
            exposed = np.minimum(friends.left, end) - friends.joined
            rate = [
                np.sum(friends.left[mine] < end) / exposed[mine].sum() for mine in (busy, ~busy)
            ]
            ratios.append(rate[0] / rate[1])
        assert ratios[0] > 1.3
        assert ratios[1] == pytest.approx(1, abs=0.12)


class TestResponses:
    def likes_a_day(self, world, found, mine):
        """Likes of some people by day of the world, per thousand friends among them."""
        touches, friends = found.touches, found.friends
        liked = touches.take((touches.kind == LIKE) & mine[friends.row[touches.friend]])
        likes = np.bincount(liked.at // DAY, minlength=world.spec.days)
        theirs = friends.take(mine[friends.row])
        days = np.arange(world.spec.days)
        there = (theirs.joined[:, None] < days) & (theirs.left[:, None] > days)
        return likes, there.sum(axis=0)

    def test_the_region_that_tires_answers_less_weeks_before_it_buys_less(self, planted):
        world, found = planted
        parameters = world.parameters
        tired = tired_from(parameters, world.calendar)
        falls = tired + 7 * parameters.lead_weeks
        region = found.people.region == parameters.region_tires

        def change(counts, here, other, split, until):
            before, after = slice(split - 60, split), slice(split, until)
            ratio = [counts[here][s].sum() / counts[other][s].sum() for s in (before, after)]
            return ratio[1] / ratio[0]

        likes, friends = zip(
            *(self.likes_a_day(world, found, mine) for mine in (region, ~region)), strict=True
        )
        rate = [likes[n] / np.maximum(friends[n], 1) for n in (0, 1)]
        assert change(rate, 0, 1, tired, falls) == pytest.approx(0.6, abs=0.15)
        made = found.orders
        bought = [
            np.bincount(made.created[region[made.row] == mine] // DAY, minlength=world.spec.days)
            for mine in (True, False)
        ]
        assert change(bought, 0, 1, tired, falls) == pytest.approx(1.0, abs=0.12)
        assert change(bought, 0, 1, falls, world.spec.days) == pytest.approx(0.78, abs=0.12)

    def test_responses_fade_before_a_customer_is_gone(self, planted, null):
        shares = []
        for world, found in (planted, null):
            friends, people = found.friends, found.people
            moments = world.setting.contents.of_kind(MOMENT).at // DAY
            gone = people.gone[friends.row]
            leaving = (
                (gone < world.spec.days) & (friends.left > gone) & (friends.joined < gone - 84)
            )
            day = found.touches.at // DAY
            like = (found.touches.kind == LIKE) & leaving[found.touches.friend]
            ahead = gone[found.touches.friend] - day
            last = np.sum(like & (ahead > 0) & (ahead <= 21))
            before = np.sum(like & (ahead > 63) & (ahead <= 84))
            assert moments.size > 100
            shares.append(last / before)
        assert shares[0] < 0.7
        assert shares[1] > 0.7


class TestContents:
    def test_places_drawn_by_lot_tell_the_slot_effect(self):
        """On average over many pushes; one world has a few dozen."""
        world = World(Spec(customers=1_000, months=60))
        articles = world.setting.contents.of_kind(ARTICLE)
        drawn = articles.take(articles.drawn)
        rate = drawn.reads / drawn.delivered
        mean = [np.log(rate[drawn.slot == slot].mean()) for slot in range(4)]
        for slot, effect in enumerate(PLANTED.slots):
            assert mean[slot] - mean[0] == pytest.approx(effect, abs=0.3)

    def test_editors_put_the_best_first_where_no_lot_decides(self, world):
        articles = world.setting.contents.of_kind(ARTICLE)
        chosen = articles.take(~articles.drawn)
        assert (
            chosen.quality[chosen.slot == 0].mean() > chosen.quality[chosen.slot == 3].mean() + 0.4
        )


def test_a_call_causes_the_planted_orders_and_none_in_the_null(planted, null):
    for (world, found), expected in ((planted, True), (null, False)):
        drawn, made = found.calls, found.orders
        assert np.any(made.cause == CALL) == expected
        day = day_of(world.parameters, world.calendar)
        during = (made.created // DAY > day) & (made.created // DAY <= day + 1 + ANSWER_DAYS)
        caused = np.isin(drawn.row, made.row[during & (made.cause == CALL)])
        treated = drawn.take(drawn.treated)
        assert caused[drawn.treated].mean() == pytest.approx(treated.uplift.mean(), abs=0.008)
        assert not caused[~drawn.treated].any()


def test_a_call_that_nobody_picked_up_sells_nothing_and_none_sells_before_it_was_made(planted):
    _, found = planted
    drawn, made = found.calls, found.orders
    row = made.row[made.cause == CALL]
    place = np.searchsorted(drawn.row, row)
    assert row.size > 20
    assert drawn.connected[place].all()
    assert (made.created[made.cause == CALL] > drawn.at[place]).all()


def test_paid_members_buy_more_because_of_it(planted):
    _, found = planted
    made = found.orders
    paid = found.memberships.take(found.memberships.program == 1)
    mine = np.isin(made.row, paid.row) & (made.kind == SALE)
    extra = made.cause[mine] == MEMBERSHIP
    assert 0.02 < extra.mean() < 0.15


def test_padding_comes_by_night_before_the_incentive_stops(planted):
    world, _ = planted
    bought = world.padding
    assert len(bought) > 100
    assert np.all(bought.at % DAY < 5 * 3600)
    assert bought.at.max() < world.parameters.reward_until * world.spec.days * DAY
    assert set(bought.staff) <= set(np.flatnonzero(world.setting.staff.padding))
    assert np.mean(bought.left < NEVER) == pytest.approx(0.6, abs=0.08)
