"""Churn: a forecast of silence is held against the true chance of it, customer by customer."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from insights.analyses import churn
from insights.analyses.churn.panel import known_by
from insights.demo.truth import no_purchase
from tests.analyses.conftest import features_at
from tests.truth.plant import Planted, plant

HORIZON = 28


def forecast_and_truth(planted: Planted) -> pd.DataFrame:
    """Return forecasts of past cut-offs with the true chance, one row a customer and cut-off."""
    changes = planted.changes
    first = changes["paid_at"].min().date()
    days = churn.cutoffs(planted.as_of, horizon_days=HORIZON, first_day=first)
    features = pd.concat([features_at(known_by(changes, day), [day]) for day in days])
    found = churn.study(features, changes, as_of=planted.as_of, horizon_days=HORIZON)
    best = found.forecasts[found.forecasts["recipe"] == churn.recipe.BEST]
    parts = []
    for cutoff, rows in best.groupby("cutoff"):
        day = (cutoff.date() - planted.world.spec.first) // timedelta(days=1)
        risk = no_purchase(planted.world, planted.block, day, HORIZON)
        who = rows["customer_id"].str[1:].astype(int).to_numpy()
        parts.append(rows.assign(truth=risk[who]))
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def judged():
    return forecast_and_truth(plant(seed=51, customers=2_500, months=9))


def test_the_mean_forecast_is_the_mean_truth(judged):
    assert judged["forecast"].mean() == pytest.approx(judged["truth"].mean(), abs=0.02)


def test_who_is_forecast_to_be_silent_truly_is_more_likely_to_be(judged):
    tenth = pd.qcut(judged["forecast"].rank(method="first"), 10, labels=False)
    truth = judged.groupby(tenth)["truth"].mean()
    assert truth.is_monotonic_increasing or np.all(np.diff(truth) > -0.01)
    forecast = judged.groupby(tenth)["forecast"].mean()
    assert (truth - forecast).abs().max() < 0.07


def test_the_truth_itself_is_calibrated(judged):
    """The forecast can only be judged by a truth that comes true."""
    churned = judged["churned"].astype(float)
    error = np.sqrt(judged["truth"].mean() * (1 - judged["truth"].mean()) / len(judged))
    assert churned.mean() == pytest.approx(judged["truth"].mean(), abs=4 * error)
    high = judged["truth"] > 0.9
    assert churned[high].mean() == pytest.approx(judged["truth"][high].mean(), abs=0.02)
