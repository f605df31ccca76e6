import numpy as np
import pytest

from insights.errors import DataError
from insights.models.arms import people_per_arm, share_difference, smallest_lift


class TestPeoplePerArm:
    def test_the_rule_of_thumb_of_the_trade(self):
        """16 p q / d^2 people an arm: the usual reckoning for 80% power."""
        assert people_per_arm(0.10, 0.02) == pytest.approx(16 * 0.11 * 0.89 / 0.02**2, rel=0.03)

    def test_a_published_number(self):
        """Fleiss, Levin and Paik (2003), table A.4: 0.25 against 0.40 takes 152 an arm."""
        assert people_per_arm(0.25, 0.15) == 152

    def test_three_hundred_cannot_show_what_five_thousand_can(self):
        assert people_per_arm(0.104, 0.017) == pytest.approx(5_400, abs=50)
        assert smallest_lift(0.104, 300, 2_700) > 3 * 0.017

    def test_a_larger_second_arm_spares_people_in_the_first(self):
        assert people_per_arm(0.1, 0.02, ratio=9) < people_per_arm(0.1, 0.02)

    def test_the_promised_power_is_kept(self):
        rng, size = np.random.default_rng(4), people_per_arm(0.1, 0.05)
        yes = rng.binomial(size, [[0.15], [0.10]], (2, 2_000))
        seen = (
            sum(share_difference([a], [size], [b], [size]).low > 0 for a, b in yes.T.tolist())
            / 2_000
        )
        assert seen == pytest.approx(0.8, abs=0.04)

    @pytest.mark.parametrize("bad", [(0.0, 0.1), (0.95, 0.1), (0.1, 0.0)])
    def test_what_cannot_be_is_refused(self, bad):
        with pytest.raises(DataError):
            people_per_arm(*bad)


class TestShareDifference:
    def test_one_stratum_is_newcombes_tenth_method(self):
        """Newcombe (1998), table II, 56/70 against 48/80: 0.0524 to 0.3339."""
        found = share_difference([56], [70], [48], [80])
        assert found.low == pytest.approx(0.0524, abs=5e-5)
        assert found.high == pytest.approx(0.3339, abs=5e-5)

    def test_strata_drawn_with_other_chances_do_not_mix_levels_into_the_effect(self):
        """Week one has few buyers and few controls, week two many of both: no effect in either."""
        found = share_difference([90, 30], [900, 100], [10, 270], [100, 900])
        assert found.difference == pytest.approx(0)

    def test_a_stratum_without_controls_says_nothing(self):
        alone = share_difference([56], [70], [48], [80])
        assert share_difference([56, 10], [70, 10], [48, 0], [80, 0]) == alone

    def test_no_common_stratum_is_refused(self):
        with pytest.raises(DataError, match="both arms"):
            share_difference([1], [2], [0], [0])

    def test_the_interval_holds_with_small_arms(self):
        rng = np.random.default_rng(1)
        held = []
        for _ in range(1_500):
            a, b = rng.binomial([200, 30], [0.12, 0.08])
            found = share_difference([a], [200], [b], [30])
            held.append(found.low <= 0.04 <= found.high)
        assert np.mean(held) >= 0.94
