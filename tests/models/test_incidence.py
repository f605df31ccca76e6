import warnings

import numpy as np
import pytest

from insights.errors import DataError
from insights.models.incidence import cumulative_incidence
from insights.models.survival import kaplan_meier

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the oracles are only read for their numbers
    from lifelines import AalenJohansenFitter
    from statsmodels.duration.survfunc import CumIncidenceRight


@pytest.fixture(scope="module")
def returns():
    """Two clocks and an end of watching; tied whole hours."""
    draw = np.random.default_rng(9)
    soon, late = np.ceil(draw.exponential(40, 700)), np.ceil(draw.exponential(90, 700))
    end = draw.integers(10, 120, 700)
    time = np.minimum(np.minimum(soon, late), end)
    which = np.select([soon == time, late == time], [1, 2], 0)
    return time, which, [None if w == 0 else ("soon", "late")[w - 1] for w in which]


class TestCumulativeIncidence:
    def test_shares_and_errors_agree_with_statsmodels(self, returns):
        time, which, outcomes = returns
        theirs = CumIncidenceRight(time, which)
        found = cumulative_incidence(time, outcomes)
        for number, cause in enumerate(("soon", "late")):
            mine = found.curve(cause)
            mine = mine[mine["time"].isin(theirs.times)]
            assert mine["share"].to_numpy() == pytest.approx(theirs.cinc[number])
            # Theirs leaves out the small term of ties; both say the same to a hundredth.
            assert mine["error"].to_numpy()[5:] == pytest.approx(
                theirs.cinc_se[number][5:], rel=0.02
            )

    def test_shares_and_variances_agree_with_lifelines(self):
        draw = np.random.default_rng(4)
        time = draw.exponential(30, 400)
        which = draw.choice([0, 1, 2], 400, p=[0.3, 0.4, 0.3])
        names = [None if w == 0 else f"c{w}" for w in which]
        found = cumulative_incidence(time, names).curve("c1")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = AalenJohansenFitter(calculate_variance=True).fit(time, which, 1)
        for moment in (30.0, 60.0):
            mine = found[found["time"] <= moment].iloc[-1]
            share = theirs.cumulative_density_.loc[:moment].iloc[-1, 0]
            variance = theirs.variance_.loc[:moment].iloc[-1]
            assert mine["share"] == pytest.approx(share, rel=1e-9)
            assert mine["error"] ** 2 == pytest.approx(variance, rel=0.02)

    def test_any_cause_is_one_less_kaplan_meier(self, returns):
        time, which, outcomes = returns
        curve = kaplan_meier(time, which > 0).table
        found = cumulative_incidence(time, outcomes).curve()
        assert found["share"].to_numpy() == pytest.approx(1 - curve["survival"].to_numpy())
        greenwood = np.sqrt(
            curve["survival"] ** 2
            * (curve["events"] / (curve["at_risk"] * (curve["at_risk"] - curve["events"]))).cumsum()
        )
        inside = (curve["survival"] > 0).to_numpy()
        assert found["error"].to_numpy()[inside] == pytest.approx(greenwood[inside], rel=1e-6)

    def test_causes_add_up_to_any(self, returns):
        found = cumulative_incidence(returns[0], returns[2])
        both = found.curve("soon")["share"].to_numpy() + found.curve("late")["share"].to_numpy()
        assert both == pytest.approx(found.curve()["share"].to_numpy())

    def test_a_weight_is_the_case_repeated(self, returns):
        time, _, outcomes = returns
        weights = np.random.default_rng(1).integers(0, 4, time.size)
        by_weight = cumulative_incidence(time, outcomes, weights=weights)
        names = np.array(outcomes, dtype=object)
        by_row = cumulative_incidence(np.repeat(time, weights), list(np.repeat(names, weights)))
        columns = ["time", "share", "error", "low"]
        assert by_weight.table[columns].to_numpy(float) == pytest.approx(
            by_row.table[columns].to_numpy(float), nan_ok=True
        )

    def test_amounts_of_a_thousand_are_no_thousand_cases(self):
        time, outcomes = [1, 2, 3, 4], ["a", None, "a", None]
        ones = cumulative_incidence(time, outcomes)
        money = cumulative_incidence(time, outcomes, weights=[1000] * 4, squares=[1000**2] * 4)
        assert money.at(3) == pytest.approx(ones.at(3))

    @pytest.mark.parametrize("count", [60, pytest.param(400, marks=pytest.mark.slow)])
    def test_amounts_cover_the_planted_share_as_often_as_promised(self, count):
        draw = np.random.default_rng(11)
        covered = []
        for _ in range(count):
            amount = draw.lognormal(5, 0.8, 400)
            soon = draw.random(400) < 0.25
            late = ~soon & (draw.random(400) < 0.2)
            wait = np.where(soon, draw.exponential(5, 400), 150 + draw.exponential(72, 400))
            until = np.where(soon | late, wait, np.inf)
            end = draw.uniform(0, 1200, 400)
            names = np.where(until > end, "", np.where(soon, "soon", "late"))
            found = cumulative_incidence(
                np.minimum(until, end),
                [name or None for name in names],
                weights=amount,
                squares=amount**2,
            )
            _, low, high = found.at(24, "soon")
            covered.append(low <= 0.25 * -np.expm1(-24 / 5) <= high)
            _, low, high = found.at(700)
            covered.append(low <= 0.25 + 0.15 * -np.expm1(-550 / 72) <= high)
        assert np.mean(covered) == pytest.approx(0.95, abs=0.025 if count > 100 else 0.05)

    def test_it_is_not_read_beyond_the_data(self):
        found = cumulative_incidence([1, 5], ["a", None])
        assert found.at(0.5)[0] == 0
        assert np.isnan(found.at(6)).all()

    @pytest.mark.parametrize(
        ("case", "complaint"),
        [
            (([], []), "nobody to follow"),
            (([1, 2], [None, None]), "No event was observed"),
            (([-1], ["a"]), "1 of 1 durations"),
            (([1, 2], ["a"]), "one length"),
        ],
    )
    def test_what_cannot_be_is_refused(self, case, complaint):
        with pytest.raises(DataError, match=complaint):
            cumulative_incidence(*case)

    def test_a_cause_that_there_is_not_is_refused_by_name(self):
        with pytest.raises(DataError, match=r"no cause 'late'\. There are: soon"):
            cumulative_incidence([1], ["soon"]).at(1, "late")
