import numpy as np
import pytest
from scipy.stats import betabinom
from sklearn.base import clone

from insights.errors import DataError
from insights.models.betabinomial import distinct, fit_means, log_rising
from insights.models.shrinkage import BetaBinomial


def world(items, *, mean=0.1, concentration=40.0, trials=(50, 300), seed=0):
    """True rates, successes and trials; an infinite concentration makes all items alike."""
    draw = np.random.default_rng(seed)
    alike = np.isinf(concentration)
    rates = (
        np.full(items, mean)
        if alike
        else draw.beta(mean * concentration, (1 - mean) * concentration, items)
    )
    seen = draw.integers(*trials, items)
    return rates, draw.binomial(seen, rates), seen


def coverage(seeds, items, **options):
    covered, told = [], []
    for seed in range(seeds):
        rates, won, seen = world(items, seed=seed, **options)
        model = BetaBinomial().fit(won, seen)
        known = model.posterior(won, seen)
        covered.append(((known["low"] <= rates) & (rates <= known["high"])).mean())
        told.append(model.told_apart_)
    return np.mean(covered), np.mean(told)


class TestLikelihood:
    def test_rising_products_keep_their_digits_at_any_size(self):
        assert log_rising(np.array([2.0, 7.5]), np.array([3.0, 1.0])) == pytest.approx(
            np.log([2 * 3 * 4, 7.5])
        )
        huge = np.array([1e9, 2e4, 1e4])
        terms = [np.log(start + np.arange(500)).sum() for start in huge]
        assert log_rising(huge, np.full(3, 500.0)) == pytest.approx(terms, rel=1e-13)

    def test_the_mean_found_is_the_most_likely_one(self):
        _, won, seen = world(60)
        counts = distinct(np.zeros(60, dtype=int), won * 1.0, seen * 1.0, 1)
        best = fit_means(counts, 30.0, np.zeros(1)).logit[0]

        def likelihood(logit):
            mean = 1 / (1 + np.exp(-logit))
            return betabinom.logpmf(won, seen, 30 * mean, 30 * (1 - mean)).sum()

        assert likelihood(best) > max(likelihood(best - 0.01), likelihood(best + 0.01))


class TestFit:
    def test_recovers_the_planted_prior(self):
        _, won, seen = world(3_000)
        model = BetaBinomial().fit(won, seen)
        assert model.mean_ == pytest.approx(0.1, abs=0.004)
        assert model.concentration_ == pytest.approx(40, rel=0.12)
        assert model.told_apart_

    def test_recovers_the_planted_means_of_groups(self):
        _, low_won, low_seen = world(400, mean=0.05, concentration=60, seed=1)
        _, high_won, high_seen = world(400, mean=0.3, concentration=60, seed=2)
        won, seen = np.append(low_won, high_won), np.append(low_seen, high_seen)
        model = BetaBinomial().fit(won, seen, groups=["low"] * 400 + ["high"] * 400)
        assert model.group_means_ == pytest.approx({"low": 0.05, "high": 0.3}, abs=0.02)
        assert model.concentration_ == pytest.approx(60, rel=0.2)

    def test_a_null_world_is_told_apart_one_time_in_twenty(self):
        covered, told = coverage(60, 40, concentration=np.inf)
        assert told <= 0.12
        assert covered >= 0.9

    @pytest.mark.slow
    def test_a_null_world_is_told_apart_one_time_in_twenty_over_many_seeds(self):
        covered, told = coverage(400, 40, concentration=np.inf)
        assert told <= 0.075
        assert covered >= 0.9

    def test_items_more_alike_than_chance_stand_at_the_pooled_mean(self):
        model = BetaBinomial().fit([10, 10, 10, 11], [100, 100, 100, 100])
        known = model.posterior([10, 11, 0], [100, 100, 0])
        assert model.concentration_ == np.inf
        assert not model.told_apart_
        assert known["mean"].to_numpy() == pytest.approx(41 / 400, abs=1e-6)
        assert (known["low"] < known["mean"]).all()
        assert (known["high"] > known["mean"]).all()

    @pytest.mark.parametrize(("won", "at"), [([0, 0, 0], 0.0), ([9, 20, 4], 1.0)])
    def test_without_any_success_or_failure_there_is_still_an_interval(self, won, at):
        model = BetaBinomial().fit(won, [9, 20, 4])
        known = model.posterior(won, [9, 20, 4])
        assert not model.told_apart_
        assert (known["mean"] == at).all()
        assert (known["high"] - known["low"] > 0.01).all()
        assert model.top_probability(won, [9, 20, 4], 1) == pytest.approx([1 / 3] * 3, abs=0.03)

    def test_one_item_is_its_own_mean_and_told_apart_from_nothing(self):
        model = BetaBinomial().fit([30], [100])
        known = model.posterior([30], [100]).iloc[0]
        assert known["mean"] == pytest.approx(0.3, abs=0.005)
        assert known["low"] < 0.25
        assert known["high"] > 0.35
        assert not model.told_apart_

    def test_one_trial_an_item_says_nothing_of_differences(self):
        assert not BetaBinomial().fit([0, 1, 1, 0, 1], [1] * 5).told_apart_

    def test_items_never_seen_change_nothing(self):
        _, won, seen = world(50)
        plain = BetaBinomial().fit(won, seen)
        padded = BetaBinomial().fit(np.append(won, [0, 0]), np.append(seen, [0, 0]))
        assert padded.concentration_ == plain.concentration_
        assert padded.n_items_ == 50

    @pytest.mark.parametrize(
        ("won", "seen", "complaint"),
        [
            ([], [], "no items"),
            ([1], [0], "more successes than trials"),
            ([-1], [5], "1 of 1 items"),
            ([np.nan], [5], "missing"),
            ([0, 0], [0, 0], "None of 2 items has a trial"),
            ([1, 2], [3], "successes and trials"),
        ],
    )
    def test_counts_that_cannot_be_are_refused(self, won, seen, complaint):
        with pytest.raises(DataError, match=complaint):
            BetaBinomial().fit(won, seen)

    def test_a_missing_group_is_refused(self):
        with pytest.raises(DataError, match="1 of them missing"):
            BetaBinomial().fit([1, 2], [3, 4], groups=["a", None])

    def test_it_clones_like_any_estimator(self):
        assert not hasattr(clone(BetaBinomial().fit([1, 2], [3, 4])), "mean_")


class TestPosterior:
    def test_the_less_was_seen_the_more_an_item_is_drawn_to_the_mean(self):
        _, won, seen = world(200)
        mean = BetaBinomial().fit(won, seen).posterior([5, 50, 500], [10, 100, 1_000])["mean"]
        assert 0.1 < mean[0] < mean[1] < mean[2] < 0.5

    @pytest.mark.parametrize(
        ("items", "options"),
        [(12, {}), (40, {}), (40, {"trials": (5, 30)}), (8, {"concentration": 400.0})],
    )
    def test_covers_the_planted_rates_as_often_as_promised(self, items, options):
        covered, _ = coverage(40, items, **options)
        assert covered == pytest.approx(0.9, abs=0.05)

    def test_covers_in_groups_small_and_large(self):
        covered, lone = [], []
        for seed in range(25):
            draw = np.random.default_rng(seed)
            group = np.repeat(np.arange(30), draw.integers(1, 7, 30))
            mean = 1 / (1 + np.exp(-draw.normal(-3, 0.7, 30)))[group]
            rates = draw.beta(mean * 60, (1 - mean) * 60)
            seen = draw.integers(50, 400, group.size)
            won = draw.binomial(seen, rates)
            model = BetaBinomial().fit(won, seen, groups=group)
            known = model.posterior(won, seen, groups=group)
            inside = ((known["low"] <= rates) & (rates <= known["high"])).to_numpy()
            covered.append(inside.mean())
            lone.append(inside[~np.isin(group, list(model.group_means_))].mean())
        assert np.mean(covered) == pytest.approx(0.9, abs=0.03)
        assert np.mean(lone) == pytest.approx(0.9, abs=0.06)

    def test_a_small_or_unknown_group_has_the_common_prior_and_less_certainty(self):
        _, won, seen = world(100, concentration=200)
        groups = np.repeat(["a", "b"], 50)
        won = np.append(np.where(groups == "a", won, won * 2), 4)
        seen, groups = np.append(seen, 40), np.append(groups, "tiny")
        model = BetaBinomial().fit(won, seen, groups=groups)
        assert set(model.group_means_) == {"a", "b"}
        known = model.posterior([0, 0, 0], [0, 0, 0], groups=["a", "tiny", "new"])
        width = known["high"] - known["low"]
        assert width[1] == width[2] > width[0]

    def test_shrinking_beats_the_raw_rates(self):
        rates, won, seen = world(300, trials=(10, 60))
        mean = BetaBinomial().fit(won, seen).posterior(won, seen)["mean"]
        assert np.mean((mean - rates) ** 2) < 0.6 * np.mean((won / seen - rates) ** 2)

    def test_a_confidence_in_percent_is_refused(self):
        with pytest.raises(DataError, match="found 90"):
            BetaBinomial().fit([1, 2], [3, 4]).posterior([1], [3], confidence=90)


class TestRanking:
    def test_a_probability_of_being_on_top_comes_true_as_often_as_it_says(self):
        said, was = [], []
        for seed in range(40):
            rates, won, seen = world(30, seed=seed)
            p = BetaBinomial().fit(won, seen).top_probability(won, seen, 3, draws=1_000)
            assert p.sum() == pytest.approx(3)
            said.append(p)
            was.append(np.argsort(np.argsort(-rates)) < 3)
        said, was = np.concatenate(said), np.concatenate(was)
        sure = said > 0.6
        assert was[sure].mean() == pytest.approx(said[sure].mean(), abs=0.12)
        unsure = (said > 0.1) & (said <= 0.6)
        assert was[unsure].mean() == pytest.approx(said[unsure].mean(), abs=0.06)

    def test_everyone_is_among_as_many_as_there_are(self):
        model = BetaBinomial().fit([1, 2], [9, 9])
        assert model.top_probability([1, 2], [9, 9], 2).tolist() == [1, 1]

    def test_the_best_none_is_refused(self):
        with pytest.raises(DataError, match="found 0"):
            BetaBinomial().fit([1, 2], [9, 9]).top_probability([1, 2], [9, 9], 0)

    def test_a_clear_winner_is_told_from_a_clear_loser_and_not_from_its_twin(self):
        won, seen = np.array([300, 310, 100, 200, 150]), np.full(5, 1_000)
        better = BetaBinomial().fit(won, seen).p_better(won, seen)
        assert better[0, 2] > 0.99
        assert better[2, 0] < 0.01
        assert 0.2 < better[0, 1] < 0.5
        assert better[3, 3] == 0.5

    def test_in_a_null_world_hardly_a_pair_is_told_apart(self):
        told = []
        for seed in range(25):
            _, won, seen = world(20, concentration=np.inf, seed=seed)
            better = BetaBinomial().fit(won, seen).p_better(won, seen, draws=1_000)
            told.append((better > 0.975).mean() * 2)
        assert np.mean(told) < 0.01

    def test_the_same_seed_gives_the_same_answer(self):
        _, won, seen = world(20)
        model = BetaBinomial().fit(won, seen)
        first, again, other = (model.top_probability(won, seen, 5, seed=s) for s in (1, 1, 2))
        assert (first == again).all()
        assert (first != other).any()

    def test_too_many_pairs_are_refused(self):
        model = BetaBinomial().fit([1, 2], [9, 9])
        with pytest.raises(DataError, match="2001 items is too many"):
            model.p_better(np.ones(2_001), np.full(2_001, 9))
