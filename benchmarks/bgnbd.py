"""BG/NBD side by side with lifetimes: CPU seconds and parameters, same customers, one run.

python benchmarks/bgnbd.py                      1,000,000 customers
python benchmarks/bgnbd.py --customers 100000

Fails where lifetimes needs less than 20 times the CPU at a million, or a parameter differs in the
fourth decimal: both look for the maximum of the same likelihood.
"""

import argparse
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

from insights.models.lifetime import BetaGeoNBD

LEAST, LARGE, APART = 20, 1_000_000, 5e-5
TRUTH = {"r": 0.6, "alpha": 60.0, "a": 0.8, "b": 2.5}


def simulate(size: int, seed: int, *, whole_days: bool) -> pd.DataFrame:
    """Return histories of a world in which the model is true, 30 to 400 days old."""
    draw = np.random.default_rng(seed)
    age = draw.uniform(30, 400, size)
    rate = draw.gamma(TRUTH["r"], 1 / TRUTH["alpha"], size)
    leaves = draw.beta(TRUTH["a"], TRUTH["b"], size)
    frequency, recency, now = np.zeros(size), np.zeros(size), np.zeros(size)
    active = np.arange(size)
    while active.size:
        now[active] += draw.exponential(1 / rate[active])
        active = active[now[active] <= age[active]]
        frequency[active] += 1
        recency[active] = now[active]
        active = active[draw.random(active.size) >= leaves[active]]
    if whole_days:
        recency, age = np.round(recency), np.round(age)
    return pd.DataFrame({"frequency": frequency, "recency": recency, "age": age})


def ours(customers: pd.DataFrame) -> dict[str, float]:
    model = BetaGeoNBD().fit(customers)
    return {"r": model.r_, "alpha": model.alpha_, "a": model.a_, "b": model.b_}


def theirs(customers: pd.DataFrame) -> dict[str, float]:
    from lifetimes import BetaGeoFitter  # noqa: PLC0415 - its import is not what is measured

    fitter = BetaGeoFitter()
    columns = (customers[name].to_numpy() for name in ("frequency", "recency", "age"))
    fitter.fit(*columns)
    return {name: float(fitter.params_[name]) for name in TRUTH}


def timed(fit: Callable[[pd.DataFrame], dict[str, float]], customers: pd.DataFrame) -> pd.Series:
    start = time.process_time()
    found = fit(customers)
    return pd.Series({"cpu_seconds": time.process_time() - start, **found})


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--customers", type=int, default=1_000_000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--continuous", action="store_true", help="times off the grid of days")
    chosen = options.parse_args()
    warnings.simplefilter("ignore")  # lifetimes is archived and warns on import and on its way
    customers = simulate(chosen.customers, chosen.seed, whole_days=not chosen.continuous)
    warm = customers.head(2_000)
    ours(warm)
    theirs(warm)
    table = pd.DataFrame(
        {
            "planted": pd.Series(TRUTH),
            "insights": timed(ours, customers),
            "lifetimes": timed(theirs, customers),
        }
    ).loc[["cpu_seconds", *TRUTH]]
    print(f"BG/NBD, {chosen.customers:,} simulated customers, seed {chosen.seed}")
    print(table.to_string(float_format="%.4f", na_rep=""))
    ratio = table.loc["cpu_seconds", "lifetimes"] / table.loc["cpu_seconds", "insights"]
    apart = (table["insights"] - table["lifetimes"]).abs()[list(TRUTH)].max()
    print(f"lifetimes / insights in CPU: {ratio:.1f}; parameters at most {apart:.6f} apart")
    if apart >= APART or (chosen.customers >= LARGE and ratio < LEAST):
        raise SystemExit(f"below {LEAST} times, or {APART} apart or more")


if __name__ == "__main__":
    main()
