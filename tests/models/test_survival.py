import warnings

import numpy as np
import pytest

from insights.errors import DataError
from insights.models.survival import kaplan_meier, logrank

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the oracle is only read for its numbers
    from lifelines import KaplanMeierFitter
    from lifelines.datasets import load_waltons
    from lifelines.statistics import multivariate_logrank_test
    from lifelines.utils import median_survival_times


@pytest.fixture(scope="module")
def waltons():
    return load_waltons()


@pytest.fixture(scope="module")
def waiting():
    """Two groups that wait alike, a third that does not; tied whole days; late joiners censored."""
    draw = np.random.default_rng(5)
    group = draw.integers(0, 3, 900)
    until = np.ceil(draw.exponential(np.where(group == 2, 60, 40)))
    end = draw.integers(5, 90, 900)
    return np.minimum(until, end), until <= end, group


class TestKaplanMeier:
    def test_the_medians_of_the_waltons_are_the_published_ones(self, waltons):
        assert kaplan_meier(waltons["T"], waltons["E"]).median == 56
        by_group = waltons.groupby("group")
        medians = {name: kaplan_meier(g["T"], g["E"]).median for name, g in by_group}
        assert medians == {"control": 58, "miR-137": 26}

    def test_curve_and_band_agree_with_lifelines(self, waiting):
        time, event, _ = waiting
        ours = kaplan_meier(time, event, confidence=0.9).table
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = KaplanMeierFitter(alpha=0.1).fit(time, event)
        rows = theirs.survival_function_.index.isin(ours["time"])
        band = theirs.confidence_interval_.to_numpy()[rows]
        assert ours["survival"].to_numpy() == pytest.approx(
            theirs.survival_function_.to_numpy()[rows, 0]
        )
        inside = ours["low"].notna().to_numpy()
        assert ours["low"].to_numpy()[inside] == pytest.approx(band[inside, 0])
        assert ours["high"].to_numpy()[inside] == pytest.approx(band[inside, 1])

    def test_the_interval_of_the_median_agrees_with_lifelines(self, waltons):
        ours = kaplan_meier(waltons["T"], waltons["E"])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = KaplanMeierFitter().fit(waltons["T"], waltons["E"])
            ends = median_survival_times(theirs.confidence_interval_).to_numpy()[0]
        assert [ours.median_low, ours.median_high] == ends.tolist()

    def test_someone_censored_on_the_day_of_an_event_was_still_waiting(self):
        table = kaplan_meier([5, 5], [True, False]).table
        assert table["at_risk"].tolist() == [2]
        assert table["survival"].tolist() == [0.5]

    def test_a_half_that_was_not_reached_is_none(self):
        curve = kaplan_meier([1, 9, 9, 9], [True, False, False, False])
        assert curve.median is None
        assert curve.median_high is None

    def test_exactly_a_half_is_reached_in_spite_of_rounding(self):
        assert kaplan_meier(range(1, 23), [True] * 22).median == 11

    def test_nothing_happening_keeps_everyone_and_claims_no_interval(self):
        curve = kaplan_meier([1, 2, 3], [False] * 3)
        survival, low, high = curve.at(2)
        assert survival == 1
        assert np.isnan([low, high]).all()

    def test_the_curve_is_read_between_its_steps_and_not_beyond_the_data(self):
        curve = kaplan_meier([2, 4, 6], [True, True, False])
        assert curve.at(1)[0] == 1
        assert curve.at(3)[0] == curve.at(2)[0] == pytest.approx(2 / 3)
        assert curve.at(6)[0] == pytest.approx(1 / 3)
        assert np.isnan(curve.at(6.5)).all()

    def test_a_weight_is_the_entry_repeated(self, waiting):
        time, event, _ = waiting
        weights = np.random.default_rng(6).integers(0, 4, time.size)
        by_weight = kaplan_meier(time, event, weights=weights).table
        by_row = kaplan_meier(np.repeat(time, weights), np.repeat(event, weights)).table
        assert by_weight.to_numpy() == pytest.approx(by_row.to_numpy(), nan_ok=True)

    def test_covers_the_planted_curve_as_often_as_promised(self):
        draw = np.random.default_rng(7)
        covered, medians = [], []
        for _ in range(400):
            until, end = draw.exponential(30, 150), draw.uniform(5, 80, 150)
            curve = kaplan_meier(np.minimum(until, end), until <= end)
            _, low, high = curve.at(25)
            covered.append(low <= np.exp(-25 / 30) <= high)
            medians.append(curve.median_low <= 30 * np.log(2) <= (curve.median_high or np.inf))
        assert np.mean(covered) == pytest.approx(0.95, abs=0.03)
        assert np.mean(medians) == pytest.approx(0.95, abs=0.03)

    @pytest.mark.parametrize(
        ("history", "complaint"),
        [
            (([], []), "nobody to follow"),
            (([-1], [True]), "1 of 1 durations"),
            (([np.nan], [True]), "durations are missing"),
            (([1], [2]), "neither True nor False"),
            (([1, 2], [True]), "one length"),
        ],
    )
    def test_what_cannot_be_a_duration_is_refused(self, history, complaint):
        with pytest.raises(DataError, match=complaint):
            kaplan_meier(*history)

    def test_a_negative_weight_is_refused(self):
        with pytest.raises(DataError, match="weights are missing"):
            kaplan_meier([1], [True], weights=[-1])

    def test_a_confidence_in_percent_is_refused(self):
        with pytest.raises(DataError, match="found 95"):
            kaplan_meier([1], [True], confidence=95)


class TestLogrank:
    def test_the_statistic_of_the_waltons_is_the_published_one(self, waltons):
        test = logrank(waltons["T"], waltons["E"], waltons["group"])
        assert round(test.statistic, 3) == 122.249
        assert test.degrees == 1
        assert test.p < 1e-27

    def test_three_groups_agree_with_lifelines(self, waiting):
        time, event, group = waiting
        ours = logrank(time, event, group)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = multivariate_logrank_test(time, group, event)
        assert ours.statistic == pytest.approx(theirs.test_statistic)
        assert ours.p == pytest.approx(theirs.p_value)

    def test_a_weight_is_the_entry_repeated(self, waiting):
        by_row = logrank(*(np.repeat(column, 2) for column in waiting))
        by_weight = logrank(*waiting, weights=np.full(waiting[0].size, 2))
        assert by_weight.statistic == pytest.approx(by_row.statistic)

    def test_a_null_world_is_called_different_one_time_in_twenty(self):
        draw = np.random.default_rng(8)
        p = []
        for _ in range(600):
            until, end = np.ceil(draw.exponential(30, 120)), draw.integers(5, 80, 120)
            group = draw.integers(0, 3, 120)
            p.append(logrank(np.minimum(until, end), until <= end, group).p)
        assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.025)

    def test_one_group_is_no_comparison(self):
        with pytest.raises(DataError, match="found 1"):
            logrank([1, 2], [True, True], ["a", "a"])

    def test_a_missing_label_is_refused(self):
        with pytest.raises(DataError, match="1 of them missing"):
            logrank([1, 2], [True, True], ["a", None])

    def test_groups_without_an_event_are_refused(self):
        with pytest.raises(DataError, match="No event"):
            logrank([1, 2], [False, False], ["a", "b"])
