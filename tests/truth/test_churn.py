"""Churn: a forecast of silence is held against the true chance of it, customer by customer."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from insights.analyses import churn
from insights.analyses.churn.panel import closed_before, known_by
from insights.analyses.churn.recipe import BEST
from insights.analyses.churn.spend import most_valuable, spend_check
from insights.analyses.churn.study import ACTIVE_DAYS
from insights.demo.truth import no_purchase
from insights.demo.truth.expected import expected_net
from insights.models.lifetime import GammaGamma, ModifiedBetaGeoNBD, lifetime_value
from tests.analyses.conftest import features_at
from tests.truth.plant import Planted, plant

HORIZON = 28
DAYS_A_MONTH = 365.25 / 12


def studied(planted: Planted, horizon: int = HORIZON) -> churn.Study:
    """Make the study that a report would make."""
    changes = planted.changes
    first = changes["paid_at"].min().date()
    days = churn.cutoffs(planted.as_of, horizon_days=horizon, first_day=first)
    features = pd.concat([features_at(known_by(changes, day), [day]) for day in days])
    return churn.study(features, changes, as_of=planted.as_of, horizon_days=horizon)


def forecast_and_truth(
    planted: Planted, horizon: int = HORIZON, found: churn.Study | None = None
) -> pd.DataFrame:
    """Return forecasts of past cut-offs with the true chance, one row a customer and cut-off."""
    found = found or studied(planted, horizon)
    best = found.forecasts[found.forecasts["recipe"] == BEST]
    parts = []
    for cutoff, rows in best.groupby("cutoff"):
        day = (cutoff.date() - planted.world.spec.first) // timedelta(days=1)
        risk = no_purchase(planted.world, planted.block, day, horizon)
        who = rows["customer_id"].str[1:].astype(int).to_numpy()
        parts.append(rows.assign(truth=risk[who]))
    return pd.concat(parts, ignore_index=True)


def worst_tenth(judged: pd.DataFrame) -> float:
    """Return how far the mean forecast of a tenth lies from its mean truth, at the worst."""
    tenth = pd.qcut(judged["forecast"].rank(method="first"), 10, labels=False)
    means = judged.groupby(tenth)[["forecast", "truth"]].mean()
    return float((means["forecast"] - means["truth"]).abs().max())


def ranking(judged: pd.DataFrame) -> tuple[float, float]:
    """Return the mean AUC over cut-offs of the forecast, and of the truth itself: the ceiling."""
    both = [
        [
            roc_auc_score(rows["churned"].astype(bool), rows[name].astype(float))
            for name in ("forecast", "truth")
        ]
        for _cutoff, rows in judged.groupby("cutoff")
    ]
    found, ceiling = np.mean(both, axis=0)
    return float(found), float(ceiling)


def spend_ratios(found: churn.Study) -> dict[str, float]:
    """Return what those who bought spent, as a share of what was expected of them.

    Over all judged cut-offs, each learned from windows that had closed by then: `whole` and `top`,
    of the fifth of whom most was expected; `lately`, the same of the fifth who spent most in the
    last 91 days, against that spend.
    """
    sums = dict.fromkeys(("spend", "spend_top", "lately"), np.zeros(2))
    for cutoff in found.forecasts["cutoff"].unique():
        at = found.panel[found.panel["cutoff"] == cutoff]
        checked = spend_check(closed_before(found.panel, cutoff, found.horizon_days), at)
        for name in ("spend", "spend_top"):
            sums[name] = sums[name] + [checked[f"{name}_actual"], checked[f"{name}_expected"]]
        active = at[at["days_since"] < ACTIVE_DAYS]
        raw = active["amount_91"].astype(float) * found.horizon_days / ACTIVE_DAYS
        rows = most_valuable(raw) & (active["purchases"] > 0)
        sums["lately"] = sums["lately"] + [active.loc[rows, "spent"].sum(), raw[rows].sum()]
    return {name: float(actual / expected) for name, (actual, expected) in sums.items()}


@pytest.fixture(scope="module")
def world():
    planted = plant(seed=51, customers=2_500, months=9)
    return planted, studied(planted)


@pytest.fixture(scope="module")
def judged(world):
    planted, found = world
    return forecast_and_truth(planted, found=found)


def test_those_of_whom_most_is_expected_spend_it(world):
    """Who spent most was lucky, too: the learned spend is held against what came, at the top."""
    ratios = spend_ratios(world[1])
    assert ratios["spend"] == pytest.approx(1, abs=0.12)
    assert ratios["spend_top"] == pytest.approx(1, abs=0.2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60, 64))
def test_the_most_valuable_spend_what_is_expected_where_their_last_spend_would_not_hold(seed):
    ratios = spend_ratios(studied(plant(seed=seed, customers=5_000, months=24), 91))
    assert ratios["spend"] == pytest.approx(1, abs=0.12)
    assert ratios["spend_top"] == pytest.approx(1, abs=0.15)
    assert ratios["lately"] < 0.7  # Regression to the mean: what the learned spend is there for.


def test_the_mean_forecast_is_the_mean_truth(judged):
    assert judged["forecast"].mean() == pytest.approx(judged["truth"].mean(), abs=0.02)


def test_who_is_forecast_to_be_silent_truly_is_more_likely_to_be(judged):
    tenth = pd.qcut(judged["forecast"].rank(method="first"), 10, labels=False)
    truth = judged.groupby(tenth)["truth"].mean()
    assert truth.is_monotonic_increasing or np.all(np.diff(truth) > -0.01)
    assert worst_tenth(judged) < 0.07


def test_the_ranking_comes_near_what_the_truth_itself_could_do(judged):
    """Nobody can see who has left: the truth can, so it is a ceiling that no forecast reaches.

    Seen here: .677 of .820. With nine months of history and 28 days ahead most of what the truth
    knows, each one's own rate, cannot be learned yet; two points are room for other libraries.
    """
    found, ceiling = ranking(judged)
    assert ceiling - 0.165 < found < ceiling
    assert found > 0.655


def test_the_truth_itself_is_calibrated(judged):
    """The forecast can only be judged by a truth that comes true."""
    churned = judged["churned"].astype(float)
    error = np.sqrt(judged["truth"].mean() * (1 - judged["truth"].mean()) / len(judged))
    assert churned.mean() == pytest.approx(judged["truth"].mean(), abs=4 * error)
    high = judged["truth"] > 0.9
    assert churned[high].mean() == pytest.approx(judged["truth"][high].mean(), abs=0.02)


def test_the_mean_forecast_is_the_mean_truth_where_nothing_was_planted():
    judged = forecast_and_truth(plant("null", seed=53, customers=2_000, months=9))
    assert judged["forecast"].mean() == pytest.approx(judged["truth"].mean(), abs=0.02)
    assert worst_tenth(judged) < 0.07


def test_lifetime_value_adds_up_to_what_customers_will_truly_spend():
    """Of the next year's net sales, told from purchases alone, in sum and by tenth of customers."""
    planted = plant("null", seed=52, customers=6_000, months=18)
    bought = known_by(planted.changes, planted.as_of)
    features = features_at(bought, [planted.as_of]).set_index("customer_id")
    histories = features.rename(columns={"recency_days": "recency", "age_days": "age"})
    model = ModifiedBetaGeoNBD().fit(histories)
    days = bought.sort_values(["customer_id", "day"])
    repeat = days[days["customer_id"].duplicated()].groupby("customer_id")["net_amount"].mean()
    histories["mean_amount"] = repeat.reindex(histories.index).fillna(0.0).clip(lower=0.01)
    worth = lifetime_value(
        model, GammaGamma().fit(histories), histories, months=12, monthly_discount=0.0
    )
    truth = expected_net(planted.world, planted.block, planted.world.spec.days - 1, 365)
    true = truth[histories.index.str[1:].astype(int)]
    assert worth.total == pytest.approx(true.sum(), rel=0.15)
    tenth = pd.qcut(worth.table["value"].rank(method="first"), 10, labels=False).to_numpy()
    by_tenth = [true[tenth == n].mean() for n in range(10)]
    assert by_tenth[-1] > 3 * by_tenth[4]
    top = worth.table["value"].to_numpy()[tenth == 9].mean()
    assert top == pytest.approx(by_tenth[-1], rel=0.25)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60, 66))
@pytest.mark.parametrize("horizon", [28, 91])
def test_calibration_and_ceiling_over_seeds(seed, horizon):
    judged = forecast_and_truth(plant(seed=seed, customers=4_000, months=18), horizon)
    assert judged["forecast"].mean() == pytest.approx(judged["truth"].mean(), abs=0.025)
    assert worst_tenth(judged) < 0.055  # 1 to 4 points where written
    found, ceiling = ranking(judged)
    assert ceiling - 0.2 < found < ceiling
