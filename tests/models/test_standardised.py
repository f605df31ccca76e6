import numpy as np
import pandas as pd
import pytest

from insights.errors import DataError
from insights.models.standardised import standardised_shares
from tests.truth.plant import Coverage


def people(rng, effect=0.0, count=3_000):
    """Good guides answer soon and sell well: the raw shares differ though speed does nothing."""
    guide = rng.integers(0, 12, count)
    skill = np.linspace(-1, 1, 12)[guide]
    soon = rng.random(count) < 1 / (1 + np.exp(-2 * skill))
    chance = 1 / (1 + np.exp(-(-2 + skill + effect * soon)))
    return rng.random(count) < chance, np.where(soon, "soon", "late"), guide, skill


@pytest.mark.parametrize("effect", [0.0, 0.8])
def test_the_true_difference_is_found_under_confounding(effect):
    gathered, raw = Coverage(0.95), []
    for seed in range(60):
        yes, group, guide, skill = people(np.random.default_rng(seed), effect)
        found = standardised_shares(
            yes, group, pd.DataFrame({"guide": guide}), order=["soon", "late"]
        )
        base = -2 + skill
        truth = (1 / (1 + np.exp(-base - effect)) - 1 / (1 + np.exp(-base))).mean()
        gathered.add(*found.difference("soon", "late")[1:], truth)
        raw.append(found.table["raw"].diff().iloc[1] * -1 - truth)
    assert gathered.holds()
    assert np.mean(raw) > 0.05  # What would have been believed without the adjustment.


def test_without_nuisances_it_is_the_raw_share():
    yes, group, _, _ = people(np.random.default_rng(1))
    found = standardised_shares(
        yes, group, pd.DataFrame(index=range(3_000)), order=["soon", "late"]
    )
    assert found.table["share"].to_numpy() == pytest.approx(found.table["raw"].to_numpy(), abs=1e-4)


def test_a_group_of_nobody_is_refused():
    with pytest.raises(DataError, match="Nobody is in the group 'never'"):
        standardised_shares([True, False], ["a", "a"], pd.DataFrame(index=range(2)),
                            order=["a", "never"])  # fmt: skip


def test_answers_that_are_all_alike_are_refused():
    with pytest.raises(DataError, match="alike"):
        standardised_shares(
            [True, True], ["a", "b"], pd.DataFrame(index=range(2)), order=["a", "b"]
        )


def test_a_group_in_which_nobody_said_yes_is_not_called_certain():
    yes, group, guide, _ = people(np.random.default_rng(4))
    group, guide = np.append(group, ["never"] * 30), np.append(guide, np.arange(30) % 12)
    found = standardised_shares(
        np.append(yes, np.zeros(30, bool)), group, pd.DataFrame({"guide": guide}),
        order=["soon", "late", "never"],
    )  # fmt: skip
    row = found.table.set_index("group").loc["never"]
    assert (row["share"], row["low"]) == (0.0, 0.0)
    assert row["high"] == pytest.approx(0.1135, abs=1e-4)  # Wilson's, of 0 of 30.
    gap, low, high = found.difference("soon", "never")
    assert low < gap < high
    assert high - low > row["high"]
