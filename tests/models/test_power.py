import numpy as np
import pytest
from statsmodels.stats.power import TTestIndPower

import insights as ins
from insights.errors import ParameterError
from insights.models.power import power


class TestPower:
    def test_the_published_table_of_fleiss(self):
        """Fleiss (1981), table A.3: 5% against 10%, 95% and 80%."""
        assert power(0.05, 0.05).per_group == 474

    def test_about_5400_an_arm_show_seventeen_tenths_of_a_point(self):
        assert power(0.10, 0.017).per_group == pytest.approx(5_400, rel=0.01)
        assert power(0.10, people=300).lift > 0.07

    def test_means_agree_with_statsmodels(self):
        theirs = TTestIndPower().solve_power(effect_size=0.1, alpha=0.05, power=0.8)
        assert power(sd=10, lift=1).per_group == pytest.approx(theirs, abs=2)

    def test_people_and_lift_are_each_others_inverse(self):
        asked = power(0.2, 0.03)
        assert power(0.2, people=asked.per_group).lift == pytest.approx(0.03, rel=0.01)

    def test_a_true_difference_is_found_as_often_as_promised_and_none_no_more_than_it_should(self):
        draw = np.random.default_rng(2)
        plan = power(0.10, 0.03)
        n = plan.per_group

        def found(second):
            a, b = draw.binomial(n, 0.10, 4_000) / n, draw.binomial(n, second, 4_000) / n
            mean = (a + b) / 2
            return np.mean(np.abs(b - a) / np.sqrt(2 * mean * (1 - mean) / n) > 1.96)

        assert found(0.13) == pytest.approx(0.80, abs=0.03)
        assert found(0.10) == pytest.approx(0.05, abs=0.015)

    def test_weeks_are_those_until_both_groups_are_full(self):
        assert power(0.10, 0.02, per_week=2 * 3_941).weeks == 1
        assert power(0.10, 0.02, per_week=2 * 3_941 - 1).weeks == 2
        assert power(0.10, 0.02).weeks is None

    @pytest.mark.parametrize("lang", ["en", "zh-CN"])
    def test_it_says_itself(self, lang):
        said = power(0.10, 0.02, per_week=1_000).text(lang)
        assert "3,941" in said
        assert "8" in said
        assert "{" not in power(sd=100, lift=5).text(lang)

    @pytest.mark.parametrize(
        ("wrong", "complaint"),
        [
            ({"baseline": 0.1}, "either the `lift`"),
            ({"baseline": 0.1, "lift": 0.1, "people": 5}, "either the `lift`"),
            ({"lift": 0.1}, "either the `baseline`"),
            (
                {"baseline": 18, "lift": 0.1},
                r"baseline lies between 0 and 1; found 18. 18% is 0.18",
            ),
            ({"baseline": 0.95, "lift": 0.1}, "below 1"),
            ({"baseline": 0.1, "lift": -0.1}, "above 0"),
            ({"baseline": 0.1, "people": 1}, "no difference at all"),
            ({"baseline": 0.1, "lift": 1e-6}, "not a plan"),
            ({"baseline": "18%", "lift": 0.1}, "baseline must be a number; found '18%'"),
            ({"baseline": 0.1, "people": "many"}, "people must be a number; found 'many'"),
            ({"baseline": 0.1, "lift": 0.1, "power": None}, "power must be a number; found None"),
        ],
    )
    def test_what_cannot_be_is_refused(self, wrong, complaint):
        with pytest.raises(ParameterError, match=complaint):
            power(**wrong)

    def test_the_door_has_it(self):
        assert ins.power(0.05, 0.05).per_group == 474
