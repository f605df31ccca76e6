"""The mixed model finds planted spreads and effects, and refuses what it cannot fit."""

import time

import numpy as np
import pytest
from scipy.special import expit

from insights.errors import DataError
from insights.models.mixed.binomial import BinomialMixed
from insights.models.mixed.posterior import draw
from insights.models.shrinkage import BetaBinomial
from tests.models.mixed.worlds import planted
from tests.truth.plant import Coverage

SPREADS = {"item": 0.35, "author": 0.25, "topic": 0.3, "place": 0.5, "weekday": 0.15}
FEW, MANY = range(70, 74), range(100, 140)


def spreads_hold(seeds: range, own: float) -> Coverage:
    gathered = Coverage(0.90)
    truths = np.array([*SPREADS.values(), *([own] if own else [])])
    for seed in seeds:
        world = planted(seed, SPREADS, items=600, own=own)
        found = BinomialMixed(own=own > 0).fit(world.successes, world.trials, world.terms).spreads_
        gathered.add(found["low"], found["high"], truths)
    return gathered


class TestSpreads:
    def test_planted_spreads_lie_within_their_intervals(self):
        gathered = spreads_hold(FEW, own=0.2)
        assert gathered.holds(), gathered.share

    @pytest.mark.slow
    @pytest.mark.parametrize("own", [0.0, 0.2])
    def test_intervals_of_spreads_hold_as_often_as_they_claim(self, own):
        assert spreads_hold(MANY, own).share == pytest.approx(0.90, abs=0.06)

    def test_overdispersion_is_told_from_the_items_where_items_are_seen_repeatedly(self):
        world = planted(3, {"item": 0.4}, items=1_500, cells=4, own=0.6)
        found = BinomialMixed().fit(world.successes, world.trials, world.terms).spreads_["spread"]
        assert found["item"] == pytest.approx(0.4, rel=0.1)
        assert found["own"] == pytest.approx(0.6, rel=0.1)

    def test_a_spread_of_nothing_is_found_to_be_small(self):
        world = planted(5, {"item": 0.3, "author": 0.0}, items=1_500)
        found = BinomialMixed(own=False).fit(world.successes, world.trials, world.terms).spreads_
        assert found.loc["author", "spread"] < 0.08
        assert found.loc["author", "low"] < 0.03

    def test_alone_it_agrees_with_the_exact_beta_binomial(self):
        world = planted(8, {"item": 0.3}, items=3_000, cells=1, base=-2.5, trials=400)
        found = BinomialMixed(own=False).fit(world.successes, world.trials, world.terms)
        exact = BetaBinomial().fit(world.successes, world.trials)
        # A beta of this mean and concentration has this spread on the logit scale.
        spread = 1 / np.sqrt(exact.mean_ * (1 - exact.mean_) * exact.concentration_)
        assert found.spreads_.loc["item", "spread"] == pytest.approx(spread, rel=0.08)


def rates_hold(seeds: range) -> Coverage:
    gathered = Coverage(0.90)
    for seed in seeds:
        world = planted(seed, SPREADS, trials=60, base=-2.5)
        model = BinomialMixed().fit(world.successes, world.trials, world.terms)
        drawn = draw(model, draws=400, seed=seed)
        logits = drawn.intercept + drawn.effects["own"]
        for name, codes in world.terms.items():
            logits = logits + drawn.effects[name][codes]
        low, high = np.quantile(expit(logits), [0.05, 0.95], axis=1)
        gathered.add(low, high, world.rate)
    return gathered


class TestEffects:
    def test_true_rates_lie_within_their_intervals_where_counts_are_small(self):
        assert rates_hold(FEW).share == pytest.approx(0.90, abs=0.04)

    @pytest.mark.slow
    def test_intervals_of_rates_hold_as_often_as_they_claim(self):
        assert rates_hold(MANY).share == pytest.approx(0.90, abs=0.015)

    def test_small_counts_do_not_push_the_mean_rate_up(self):
        world = planted(9, {"item": 0.6}, items=4_000, cells=1, trials=60, base=-4.0)
        model = BinomialMixed(own=False).fit(world.successes, world.trials, world.terms)
        drawn = draw(model, draws=400)
        rates = expit(drawn.intercept + drawn.effects["item"][world.terms["item"]])
        expected = float((world.trials * rates.mean(axis=1)).sum())
        assert expected == pytest.approx(world.successes.sum(), rel=0.02)

    def test_the_same_seed_draws_the_same(self):
        world = planted(2, {"item": 0.3}, items=50)
        model = BinomialMixed().fit(world.successes, world.trials, world.terms)
        one, two = (draw(model, draws=40, seed=6).effects["item"] for _ in range(2))
        assert (one == two).all()


class TestCannot:
    def test_no_trial_at_all_is_refused(self):
        with pytest.raises(DataError, match="None of 3 cells has a trial"):
            BinomialMixed().fit([0, 0, 0], [0, 0, 0], {"item": np.arange(3)})

    def test_nothing_but_zeros_is_refused_in_words(self):
        with pytest.raises(DataError, match="no success in 30 trials"):
            BinomialMixed().fit([0, 0, 0], [10, 10, 10], {"item": np.arange(3)})

    def test_more_successes_than_trials_are_refused(self):
        with pytest.raises(DataError, match="more successes than trials"):
            BinomialMixed().fit([11, 2], [10, 10], {"item": np.arange(2)})

    def test_a_fit_that_does_not_come_to_rest_is_no_fit(self, monkeypatch):
        monkeypatch.setattr("insights.models.mixed.laplace._STEPS", 1)
        world = planted(2, {"item": 0.3}, items=50)
        with pytest.raises(DataError, match="did not come to rest"):
            BinomialMixed().fit(world.successes, world.trials, world.terms)

    def test_spreads_that_are_not_found_are_no_spreads(self, monkeypatch):
        monkeypatch.setattr("insights.models.mixed.binomial._AT_REST", -1.0)
        world = planted(2, {"item": 0.3}, items=50)
        with pytest.raises(DataError, match="did not converge"):
            BinomialMixed().fit(world.successes, world.trials, world.terms)

    def test_a_term_given_twice_still_converges_to_the_sum_of_both(self):
        world = planted(12, {"item": 0.5}, items=800, cells=1)
        once = BinomialMixed(own=False).fit(world.successes, world.trials, world.terms)
        twice = BinomialMixed(own=False).fit(
            world.successes, world.trials, {**world.terms, "again": world.terms["item"]}
        )
        both = np.sqrt((twice.spreads_["spread"] ** 2).sum())
        assert both == pytest.approx(once.spreads_.loc["item", "spread"], rel=0.05)


@pytest.mark.slow
def test_twenty_thousand_items_with_six_factors_take_less_than_twenty_cpu_seconds():
    spreads = SPREADS | {"audience": 0.2}
    world = planted(1, spreads, items=20_000, cells=3)
    start = time.process_time()
    model = BinomialMixed().fit(world.successes, world.trials, world.terms)
    draw(model, draws=400)
    assert time.process_time() - start < 20
