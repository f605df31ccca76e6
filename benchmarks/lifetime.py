"""The other lifetime models side by side with lifetimes: CPU seconds and parameters, one run.

python benchmarks/lifetime.py --customers 20000 --alone 1000000

lifetimes gets fewer customers, because its Pareto/NBD takes minutes for what ours does in a second;
what ours takes for many is measured alone. BG/NBD at full size on both sides is bgnbd.py.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from insights.models.lifetime import (
    BetaGeoBetaBinomial,
    GammaGamma,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    lifetime_value,
)

Fit = Callable[[pd.DataFrame], dict[str, float]]


def simulate(size: int, seed: int, *, whole_days: bool) -> pd.DataFrame:
    """Return histories of a Pareto/NBD world, 100 to 400 days old."""
    draw = np.random.default_rng(seed)
    age = draw.uniform(100, 400, size)
    rate = draw.gamma(0.8, 1 / 40.0, size)
    seen = np.minimum(draw.exponential(1 / draw.gamma(0.9, 1 / 120.0, size)), age)
    frequency, recency, now = np.zeros(size), np.zeros(size), np.zeros(size)
    active = np.arange(size)
    while active.size:
        now[active] += draw.exponential(1 / rate[active])
        active = active[now[active] <= seen[active]]
        frequency[active] += 1
        recency[active] = now[active]
    if whole_days:
        recency, age = np.round(recency), np.round(age)
    return pd.DataFrame({"frequency": frequency, "recency": recency, "age": age})


def with_money(customers: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Add mean amounts of a Gamma-Gamma world, to the cent."""
    draw = np.random.default_rng(seed)
    x = np.maximum(customers["frequency"].to_numpy(), 1)
    rate = draw.gamma(4.0, 1 / 15.0, len(x))
    spent = np.round(draw.gamma(6.0 * x) / rate / x, 2)
    return customers.assign(mean_amount=np.where(customers["frequency"] > 0, spent, 0.0))


def with_occasions(customers: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Add what the same people did on 6 to 12 occasions, in a BG/BB world."""
    draw = np.random.default_rng(seed)
    size = len(customers)
    age = draw.integers(6, 13, size)
    buys, leaves = draw.beta(1.2, 0.75, size), draw.beta(0.65, 2.8, size)
    there, taken, last = np.ones(size, dtype=bool), np.zeros(size), np.zeros(size)
    for k in range(1, 13):
        there &= draw.random(size) >= leaves
        bought = there & (draw.random(size) < buys) & (k <= age)
        taken += bought
        last[bought] = k
    return customers.assign(taken=taken, last=last, occasions=age)


def occasions(customers: pd.DataFrame) -> list[np.ndarray]:
    return [customers[name].to_numpy() for name in ("taken", "last", "occasions")]


def found(model: Any) -> dict[str, float]:
    return {name: getattr(model, f"{name}_") for name in model.standard_errors_}


def rivals() -> dict[str, tuple[Fit, Fit]]:
    """Return ours and theirs by the name of the model."""
    import lifetimes  # noqa: PLC0415 - it warns on import

    def histories(data: pd.DataFrame) -> list[np.ndarray]:
        return [data[name].to_numpy() for name in ("frequency", "recency", "age")]

    def theirs(fitter: Any, columns: list[np.ndarray]) -> dict[str, float]:
        fitter.fit(*columns)
        return dict(fitter.params_)

    def their_money(data: pd.DataFrame) -> dict[str, float]:
        buyers = data[data["frequency"] > 0]
        return theirs(lifetimes.GammaGammaFitter(), [buyers["frequency"], buyers["mean_amount"]])

    return {
        "MBG/NBD": (
            lambda data: found(ModifiedBetaGeoNBD().fit(data)),
            lambda data: theirs(lifetimes.ModifiedBetaGeoFitter(), histories(data)),
        ),
        "Pareto/NBD": (
            lambda data: found(ParetoNBD().fit(data)),
            lambda data: theirs(lifetimes.ParetoNBDFitter(), histories(data)),
        ),
        "BG/BB": (
            lambda data: found(BetaGeoBetaBinomial().fit(*occasions(data))),
            lambda data: theirs(lifetimes.BetaGeoBetaBinomFitter(), occasions(data)),
        ),
        "Gamma-Gamma": (lambda data: found(GammaGamma().fit(data)), their_money),
    }


def timed(fit: Fit, customers: pd.DataFrame) -> dict[str, float]:
    start = time.process_time()
    parameters = fit(customers)
    return {"cpu_seconds": time.process_time() - start, **parameters}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--customers", type=int, default=20_000)
    options.add_argument("--alone", type=int, default=1_000_000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--continuous", action="store_true", help="times off the grid of days")
    chosen = options.parse_args()
    warnings.simplefilter("ignore")  # lifetimes is archived and warns on import and on its way

    def world(size: int) -> pd.DataFrame:
        customers = simulate(size, chosen.seed, whole_days=not chosen.continuous)
        return with_occasions(with_money(customers, chosen.seed), chosen.seed)

    few, many = world(chosen.customers), world(chosen.alone)
    for name, (ours, theirs) in rivals().items():
        timed(ours, few.head(2_000))
        table = pd.DataFrame({"insights": timed(ours, few), "lifetimes": timed(theirs, few)})
        alone = timed(ours, many)["cpu_seconds"]
        print(f"{name}, {chosen.customers:,} simulated customers, seed {chosen.seed}")
        print(table.to_string(float_format="%.4f", na_rep=""))
        ratio = table.loc["cpu_seconds", "lifetimes"] / table.loc["cpu_seconds", "insights"]
        print(f"lifetimes / insights in CPU: {ratio:.1f}")
        print(f"insights alone, {chosen.alone:,} customers: {alone:.2f} CPU seconds\n")
    model, money = ParetoNBD().fit(many), GammaGamma().fit(many)
    start = time.process_time()
    lifetime_value(model, money, many)
    spent = time.process_time() - start
    print(f"Lifetime value with intervals, {chosen.alone:,} customers: {spent:.2f} CPU seconds")


if __name__ == "__main__":
    main()
