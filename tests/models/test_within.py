import numpy as np
import pytest
import statsmodels.api as sm

from insights.errors import DataError
from insights.models.within import within_slopes
from tests.truth.plant import Coverage


def cells(rng, accounts=30, weeks=40, slope=0.2):
    """Accounts that send more are worse at everything: the raw slope is twice the true one."""
    zeal = rng.normal(0, 1, accounts)
    who, week = np.repeat(np.arange(accounts), weeks), np.tile(np.arange(weeks), accounts)
    dose = np.clip(np.round(zeal[who] + rng.normal(1, 1, who.size)), 0, 3)
    rate = 0.5 * zeal[who] + slope * dose + rng.normal(0, 0.3, who.size)
    return rate, dose, who, week, rng.uniform(1, 5, who.size)


def test_doses_agree_with_a_regression_on_all_dummies():
    rate, dose, who, week, weight = cells(np.random.default_rng(0))
    found = within_slopes(rate, dose, [who, week], weights=weight, cluster=who)
    dummies = np.column_stack(
        [np.eye(4)[dose.astype(int)][:, 1:], np.eye(30)[who], np.eye(40)[week][:, 1:]]
    )
    oracle = sm.WLS(rate, dummies, weights=weight).fit()
    assert found.contrast[1:] == pytest.approx(oracle.params[:3], abs=1e-6)


def test_the_planted_step_is_found_though_zealous_accounts_are_worse():
    gathered = Coverage(0.95)
    for seed in range(60):
        rate, dose, who, week, weight = cells(np.random.default_rng(seed))
        found = within_slopes(rate, dose, [who, week], weights=weight, cluster=who)
        _, low, high = found.between(3, 0)
        gathered.add(low, high, 0.6)
    assert gathered.holds()


def test_accounts_that_never_change_their_dose_say_nothing():
    who = np.repeat(np.arange(10), 5)
    with pytest.raises(DataError, match="cannot be told"):
        within_slopes(np.ones(50), who % 2, [who], weights=np.ones(50), cluster=who)


def test_one_dose_is_no_comparison():
    with pytest.raises(DataError, match="two doses"):
        within_slopes(np.ones(50), np.ones(50), [], weights=np.ones(50), cluster=np.arange(50))
