"""How far what customers do lies from what is expected of them: variances, and the total's."""

import numpy as np
import pandas as pd
import pytest

from insights.models.lifetime import (
    BetaGeoBetaBinomial,
    BetaGeoNBD,
    GammaGamma,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    lifetime_value,
)
from tests.models.lifetime.worlds import amounts, geometric, occasions, pareto

SIZE = 40_000


def with_parameters(model, **values):
    for name, value in values.items():
        setattr(model, f"{name}_", value)
    return model


WORLDS = {
    "bgnbd": (
        with_parameters(BetaGeoNBD(), r=0.6, alpha=60.0, a=0.8, b=2.5),
        geometric(SIZE, until=300),
        300,
    ),
    "mbgnbd": (
        with_parameters(ModifiedBetaGeoNBD(), r=0.6, alpha=60.0, a=0.8, b=2.5),
        geometric(SIZE, until=300, first=True),
        300,
    ),
    "nobody leaves": (
        with_parameters(BetaGeoNBD(), r=0.6, alpha=60.0, a=1e-9, b=2.5),
        geometric(SIZE, until=300, a=0),
        300,
    ),
    "pareto": (
        with_parameters(ParetoNBD(), r=0.8, alpha=40.0, s=0.9, beta=120.0),
        pareto(SIZE, until=300.0),
        300,
    ),
    "occasions": (
        with_parameters(BetaGeoBetaBinomial(), alpha=1.2, beta=0.75, gamma=0.65, delta=2.8),
        occasions(SIZE, ahead=12),
        12,
    ),
}


@pytest.mark.parametrize("name", WORLDS)
def test_purchases_stray_from_the_expected_number_as_far_as_the_variance_says(name):
    model, world, horizon = WORLDS[name]
    expected = model.expected_purchases(world, horizon=horizon)
    variance = model.purchase_variance(world, horizon=horizon)
    squared = (world["bought"].to_numpy() - expected) ** 2
    assert squared.mean() == pytest.approx(variance.mean(), rel=0.06)
    # Not only on the whole: of those who bought often, and of those who never came back.
    for part in (world["frequency"] == 0, world["frequency"] >= 3):
        assert squared[part].mean() == pytest.approx(variance[part].mean(), rel=0.1)


def test_leaving_that_hardly_happens_is_no_leaving():
    """The formula changes where leaving is rare: both sides of the change give the same."""
    known = [3.0], [80.0], [100.0]
    found = [
        with_parameters(
            BetaGeoNBD(), r=0.6, alpha=60.0, a=mean * 1e3, b=(1 - mean) * 1e3
        ).purchase_variance(*known, horizon=100.0)[0]
        for mean in (1e-9, 1e-7, 3e-7, 1e-6, 3e-6, 1e-5)
    ]
    assert found == pytest.approx([found[0]] * 6, rel=2e-4)


@pytest.mark.parametrize("seeds", [12, pytest.param(150, marks=pytest.mark.slow)])
def test_the_total_of_what_is_really_spent_lies_in_its_interval_over_seeds(seeds):
    """Few customers, of whom much hangs on chance: parameters alone would not hold it."""
    purchases = with_parameters(ParetoNBD(), r=0.8, alpha=40.0, s=0.9, beta=120.0)
    purchases.covariance_, purchases.note_ = np.zeros((4, 4)), ""
    money = with_parameters(GammaGamma(), p=4.0, q=3.5, v=60.0)
    money.covariance_, money.note_ = np.zeros((3, 3)), ""
    covered, errors = [], []
    for seed in range(seeds):
        world = pareto(200, seed=seed, until=365.25)
        draw = np.random.default_rng(seed)
        x = world["frequency"].to_numpy()
        nu = 4.0 / amounts(200, seed=seed)["true_mean"].to_numpy()
        world["mean_amount"] = draw.gamma(4.0 * np.maximum(x, 1)) / nu / np.maximum(x, 1)
        later = world["bought"].to_numpy()
        spent = np.where(later > 0, draw.gamma(4.0 * np.maximum(later, 1)) / nu, 0.0)
        found = lifetime_value(purchases, money, world, monthly_discount=0.0)
        assert found.parameter_error == 0
        covered.append(found.total_low < spent.sum() < found.total_high)
        errors.append((spent.sum() - found.total) / found.customer_error)
    assert np.mean(covered) >= (0.7 if seeds < 50 else 0.9)
    assert np.std(errors) == pytest.approx(1, abs=0.5 if seeds < 50 else 0.2)


def test_amounts_without_a_variance_give_a_total_without_an_interval():
    money = with_parameters(GammaGamma(), p=2.0, q=1.6, v=30.0)
    money.covariance_, money.note_ = np.eye(3) * 1e-4, ""
    model = ParetoNBD().fit(pareto(1_500, grid=1.0))
    customers = pd.DataFrame(
        {"frequency": [0, 4], "recency": [0.0, 90.0], "age": [100.0, 100.0], "mean_amount": [1, 30]}
    )
    found = lifetime_value(model, money, customers)
    assert np.isfinite(found.total)
    assert np.isnan([found.total_low, found.total_high]).all()
    assert "no variance" in found.note
    assert "No interval can be given" in found.note
    assert found.table[["low", "high"]].notna().all(axis=None)
