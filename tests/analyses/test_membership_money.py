"""What a paid year brings and costs, and which renewal rate pays for it."""

import numpy as np
import pytest

from insights.analyses import membership
from insights.errors import ParameterError
from insights.results import NotEnoughData
from tests.analyses.test_membership import AS_OF, term, terms, years
from tests.truth.plant import Coverage


def took(amount):
    """All orders of a year tell their reductions, and these were so much."""
    return {"discount_amount": amount, "net_told_amount": 2_000.0}


class TestBreakEven:
    def test_the_gift_counts_at_its_cost(self):
        found = membership.break_even(terms(*years(40, 0)), as_of=AS_OF)
        assert found.facts["left"] == 580
        assert [c.key for c in found.claims] == ["before_prices"]
        assert found.facts["most_discount"] == pytest.approx(580 / 2_580)

    def test_reductions_read_off_orders_are_taken_off_and_called_the_most_it_can_be(self):
        rows = [term(n, **took(100.0 + n)) for n in range(60)]
        found = membership.break_even(terms(*rows), as_of=AS_OF)
        assert found.facts["left"] == pytest.approx(580 - 129.5)
        assert [c.key for c in found.claims] == ["pays_by_itself"]
        assert any("shelf promotions" in caveat for caveat in found.caveats)

    def test_a_few_orders_that_tell_their_reductions_do_not_speak_for_the_others(self):
        """Each took 800: what nobody told must not count as nothing, or the year would pay."""
        few = [term(n, **(took(800.0) if n < 5 else {})) for n in range(100)]
        found = membership.break_even(terms(*few), as_of=AS_OF)
        assert [c.key for c in found.claims] == ["before_prices"]
        assert any("Only orders with" in caveat for caveat in found.caveats)
        stated = membership.break_even(terms(*few), as_of=AS_OF, discount_share=0.2)
        assert stated.facts["lost"] == pytest.approx(500)

    def test_the_few_that_do_not_tell_are_taken_to_be_like_those_that_do(self):
        rows = [term(n, **(took(300.0) if n < 97 else {})) for n in range(100)]
        facts = membership.break_even(terms(*rows), as_of=AS_OF).facts
        assert facts["lost"] == pytest.approx(300)

    def test_members_who_bought_nothing_tell_nothing_of_reductions(self):
        idle = terms(*years(40, 0)).assign(net_amount=0.0)
        found = membership.break_even(idle, as_of=AS_OF)
        assert not found.facts["prices_known"]
        assert found.claims == ()

    def test_fees_of_running_years_alone_do_not_price_the_ended_ones(self):
        ended = [term(n, fee_amount=np.nan) for n in range(40)]
        running = [term(100 + n, ended_ago=-100) for n in range(5)]
        found = membership.break_even(terms(*ended, *running), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert found.facts["told"] == 0

    def test_a_renewed_year_without_a_gift_is_one_of_the_years(self):
        again = [term(n, 2, gift_cost_amount=np.nan, gift_value_amount=np.nan) for n in range(40)]
        found = membership.break_even(terms(*years(40, 40), *again), as_of=AS_OF)
        assert found.facts["gift"] == pytest.approx(210)
        assert "without one" in found.caveats[-1]

    def test_a_gift_of_unknown_cost_leaves_its_year_out_and_is_said_to(self):
        unknown = [term(100 + n, gift_cost_amount=np.nan) for n in range(10)]
        found = membership.break_even(terms(*years(40, 0), *unknown), as_of=AS_OF)
        assert (found.facts["told"], found.facts["gift"]) == (40, 420)
        assert "10 of 50 ended years are left out" in found.bundle().caveats[-1]

    def test_a_gift_that_costs_more_than_the_fee_is_said_to(self):
        found = membership.break_even(
            terms(*years(40, 0)).assign(gift_cost_amount=1_300.0), as_of=AS_OF
        )
        assert [c.key for c in found.claims] == ["gift_above_fee"]

    def test_a_stated_share_stands_in_and_is_said_to(self):
        found = membership.break_even(terms(*years(40, 0)), as_of=AS_OF, discount_share=0.2)
        assert found.facts["lost"] == pytest.approx(2_000 * 0.25)
        assert "stated" in found.caveats[-1]

    def test_what_costs_more_than_the_fee_must_be_bought_back(self):
        rows = [term(n, net_amount=4_000.0 + n, gift_cost_amount=600.0) for n in range(60)]
        found = membership.break_even(terms(*rows), as_of=AS_OF, margin=0.5, discount_share=0.2)
        assert [c.key for c in found.claims] == ["must_buy_more"]
        assert found.facts["extra"] == pytest.approx((4_029.5 / 4 + 600 - 1_000) / 0.5)

    def test_reductions_of_all_kinds_above_the_fee_prove_no_loss(self):
        rows = [term(n, **took(1_000.0 + n)) for n in range(60)]
        found = membership.break_even(terms(*rows), as_of=AS_OF)
        assert [(c.key, c.undecided) for c in found.claims] == [("reductions_use_it_up", True)]

    def test_a_year_still_running_has_not_all_its_discounts_yet(self):
        running = [term(100 + n, ended_ago=-100, **took(5.0)) for n in range(40)]
        found = membership.break_even(terms(*years(40, 0), *running), as_of=AS_OF)
        assert found.facts["whole"] == 40

    def test_the_planted_mean_lies_within_the_interval(self):
        rng, gathered = np.random.default_rng(2), Coverage(0.95)
        for _ in range(150):
            rows = [term(n, **took(d)) for n, d in enumerate(rng.gamma(2, 60, 80))]
            facts = membership.break_even(terms(*rows), as_of=AS_OF).facts
            gathered.add(facts["left_low"], facts["left_high"], 580 - 120)
        assert gathered.share > 0.9

    @pytest.mark.parametrize("bad", [{"margin": 0}, {"margin": 1.2}, {"discount_share": 1.0}])
    def test_shares_that_cannot_be_are_refused(self, bad):
        with pytest.raises(ParameterError, match=next(iter(bad))):
            membership.break_even(terms(term()), as_of=AS_OF, **bad)

    def test_without_gift_costs_the_table_is_asked_for(self):
        found = membership.break_even(
            terms(*years(40, 0)).assign(gift_cost_amount=np.nan), as_of=AS_OF
        )
        assert isinstance(found, NotEnoughData)


def two_kinds(rng, first, later, rate=0.6, size=200):
    """Members whose first year leaves about `first`, and those renewed about `later`."""
    again = rng.random(size) < rate
    gifts = 1_000 - rng.normal(first, 80, size)
    prices = 1_000 - rng.normal(later, 80, int(again.sum()))
    ones = [
        term(n, ended_ago=500, renewed=bool(again[n]), gift_cost_amount=gifts[n], **took(0.0))
        for n in range(size)
    ]
    twos = [
        term(n, 2, gift_cost_amount=np.nan, gift_value_amount=np.nan, **took(amount))
        for n, amount in zip(np.flatnonzero(again), prices, strict=True)
    ]
    return terms(*ones, *twos)


class TestPayback:
    def test_the_rate_that_pays_is_what_the_first_year_lacks_over_what_a_renewed_one_leaves(self):
        rows = two_kinds(np.random.default_rng(1), -200, 400)
        found = membership.payback(rows, as_of=AS_OF)
        assert found.facts["needed"] == pytest.approx(0.5, abs=0.05)
        assert [c.key for c in found.claims] == [
            "rate_that_pays", "rate_over_years", "months_to_payback",
        ]  # fmt: skip
        assert found.facts["months"] == 12

    def test_several_renewals_ask_for_less_each(self):
        found = membership.payback(two_kinds(np.random.default_rng(2), -600, 500), as_of=AS_OF)
        rate = found.facts["needed_ahead"]
        assert sum(rate**k for k in range(1, 6)) == pytest.approx(found.facts["needed"])
        assert "rate_that_pays" not in [c.key for c in found.claims]

    def test_a_first_year_that_pays_needs_no_renewal(self):
        found = membership.payback(two_kinds(np.random.default_rng(3), 300, 700), as_of=AS_OF)
        assert [c.key for c in found.claims] == ["first_year_pays"]

    def test_where_a_renewed_year_loses_too_no_rate_pays(self):
        found = membership.payback(two_kinds(np.random.default_rng(4), -300, -100), as_of=AS_OF)
        assert [c.key for c in found.claims] == ["no_rate_shown"]

    def test_without_reductions_or_renewed_years_nothing_is_worked_out(self):
        rows = two_kinds(np.random.default_rng(5), -200, 400)
        unknown = rows.assign(discount_amount=np.nan, net_told_amount=0.0)
        assert isinstance(membership.payback(unknown, as_of=AS_OF), NotEnoughData)
        first = rows[rows["term"] == 1]
        assert isinstance(membership.payback(first, as_of=AS_OF), NotEnoughData)

    @pytest.mark.parametrize(("first", "truth"), [(-240, 0), (-100, 140)])
    def test_what_a_member_leaves_up_to_the_first_renewal_is_recovered(self, first, truth):
        gathered = Coverage(0.95)
        for seed in range(30):
            rows = two_kinds(np.random.default_rng(seed), first, 400)
            facts = membership.payback(rows, as_of=AS_OF).facts
            gathered.add(facts["value_low"], facts["value_high"], truth)
        assert gathered.holds()
