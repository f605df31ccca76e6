"""Content scores side by side: judge headlines on a share of their readers, check on the rest.

INSIGHTS_UPWORTHY=.../upworthy_dev.parquet python benchmarks/engagement.py --splits 3

The Upworthy Research Archive (Matias, Munger, Aubin Le Quere and Ebersole 2021, CC BY 4.0) has the
impressions and clicks of headline arms in randomised tests. Impressions of each arm are split at
random; every method sees one share and predicts the click rate of the rest. Columns:

log_loss   nats per 1,000 impressions of the rest
mae        mean absolute error of the rate, in points, weighted by impressions
spearman   rank correlation over all arms
ndcg_10    mean over 800 slates of 50 arms
cover      share of the rest's counts within 90% intervals that hold their chance, too
lift       claimed over realised lift of the arm that a method would choose in each test

Standard errors are of a bootstrap over tests. Spreads are found on the visible share alone.
"""

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit, xlog1py, xlogy
from scipy.stats import betabinom, spearmanr

from insights.models.intervals import wilson
from insights.models.mixed import BinomialMixed, draw, expected_rates
from insights.models.shrinkage import BetaBinomial

VARIABLE = "INSIGHTS_UPWORTHY"
SHARES = (0.02, 0.10, 0.50)
SLATES, SLATE, BEST = 800, 50, 10
DRAWS = 400
RESAMPLES = 200
HIGHER_IS_BETTER = {"log_loss": False, "mae": False, "spearman": True, "ndcg_10": True}


@dataclass(frozen=True)
class Arms:
    """The arms of all tests, with the share of their impressions that a method may see."""

    test: np.ndarray
    headline: np.ndarray  # within its test
    image: np.ndarray  # within its test
    week: np.ndarray
    clicks: np.ndarray
    seen: np.ndarray
    rest_clicks: np.ndarray
    rest_seen: np.ndarray


@dataclass(frozen=True)
class Answer:
    """A score for each arm, and draws (arms x draws) of its rate."""

    score: np.ndarray
    draws: np.ndarray


def read(path: Path, share: float, seed: int) -> Arms:
    rows = pd.read_parquet(path)
    random = np.random.default_rng(seed)
    seen, clicks = rows["impressions"].to_numpy(), rows["clicks"].to_numpy()
    part = np.maximum(1, np.round(seen * share).astype(int))
    won = random.hypergeometric(clicks, seen - clicks, part)

    def within(column: str) -> np.ndarray:
        test = rows["clickability_test_id"]
        return pd.factorize(test + "|" + rows[column].fillna(""))[0]

    return Arms(
        test=pd.factorize(rows["clickability_test_id"])[0],
        headline=within("headline"),
        image=within("eyecatcher_id"),
        week=pd.factorize(rows["test_week"])[0],
        clicks=won,
        seen=part,
        rest_clicks=clicks - won,
        rest_seen=seen - part,
    )


def raw(arms: Arms) -> Answer:
    rate = arms.clicks / arms.seen
    return Answer(rate, _chance_alone(arms))


def wilson_lower(arms: Arms) -> Answer:
    low, _ = wilson(arms.clicks, arms.seen, confidence=0.90)
    return Answer(np.asarray(low), _chance_alone(arms))


def _chance_alone(arms: Arms) -> np.ndarray:
    """What a plain share is usually given: a normal interval of its own noise."""
    rate = arms.clicks / arms.seen
    spread = np.sqrt(rate * (1 - rate) / arms.seen)
    return np.random.default_rng(0).normal(rate[:, None], spread[:, None], (rate.size, DRAWS))


def empirical_bayes(arms: Arms) -> Answer:
    model = BetaBinomial().fit(arms.clicks, arms.seen)
    return _beta(arms, np.full(arms.seen.size, model.mean_), model.concentration_)


def nested_empirical_bayes(arms: Arms) -> Answer:
    clicks, seen = np.bincount(arms.test, arms.clicks), np.bincount(arms.test, arms.seen)
    tests = BetaBinomial().fit(clicks, seen)
    worth = tests.concentration_
    mean = ((tests.mean_ * worth + clicks) / (worth + seen))[arms.test]
    # Arms of a test are drawn to its mean, as strongly as is most likely over all tests.
    grid = np.exp(np.linspace(np.log(30), np.log(30_000), 60))
    fits = [betabinom.logpmf(arms.clicks, arms.seen, mean * k, (1 - mean) * k).sum() for k in grid]
    return _beta(arms, mean, float(grid[int(np.argmax(fits))]))


def _beta(arms: Arms, mean: np.ndarray, worth: float) -> Answer:
    a, b = mean * worth + arms.clicks, (1 - mean) * worth + arms.seen - arms.clicks
    rates = np.random.default_rng(0).beta(a[:, None], b[:, None], (a.size, DRAWS))
    return Answer(a / (a + b), rates)


def mixed(*names: str) -> Callable[[Arms], Answer]:
    def answer(arms: Arms) -> Answer:
        terms = {name: getattr(arms, name) for name in names}
        model = BinomialMixed().fit(arms.clicks, arms.seen, terms)
        drawn = draw(model, draws=DRAWS)
        logits = drawn.intercept + drawn.effects["own"]
        for name, codes in terms.items():
            logits = logits + drawn.effects[name][codes]
        return Answer(expected_rates(model), expit(logits))

    return answer


METHODS: dict[str, Callable[[Arms], Answer]] = {
    "raw": raw,
    "Wilson lower bound": wilson_lower,
    "beta-binomial EB": empirical_bayes,
    "nested EB": nested_empirical_bayes,
    "mixed: test, arm": mixed("test"),
    "mixed: + headline, image": mixed("test", "headline", "image"),
    "insights: + week": mixed("test", "headline", "image", "week"),
}
OURS = list(METHODS)[-1]


def measure(arms: Arms, answer: Answer, slates: np.ndarray) -> tuple[dict[str, float], "Parts"]:
    """Return the figures of one answer, and what their bootstrap needs."""
    rest = arms.rest_clicks / arms.rest_seen
    chance = np.clip(answer.score, 1e-5, 1 - 1e-5)
    losses = -(
        xlogy(arms.rest_clicks, chance) + xlog1py(arms.rest_seen - arms.rest_clicks, -chance)
    )
    random = np.random.default_rng(0)
    counts = random.binomial(
        arms.rest_seen[:, None],
        np.clip(np.repeat(answer.draws, DRAWS // answer.draws.shape[1], 1), 0, 1),
    )
    low, high = np.quantile(counts, [0.05, 0.95], axis=1)
    gains = np.array([_ndcg(answer.score[slate], rest[slate]) for slate in slates])
    parts = Parts(
        arms.test, losses, np.abs(answer.score - rest), arms.rest_seen, answer.score, rest,
        (low <= arms.rest_clicks) & (arms.rest_clicks <= high), gains,
        *_lifts(arms.test, answer.score, rest),
    )  # fmt: skip
    return parts.figures(np.ones(int(arms.test.max()) + 1)), parts


@dataclass(frozen=True)
class Parts:
    """One entry an arm, a slate or a test; figures are weighted by how often a test was drawn."""

    test: np.ndarray
    loss: np.ndarray
    error: np.ndarray
    seen: np.ndarray
    score: np.ndarray
    rest: np.ndarray
    within: np.ndarray
    gains: np.ndarray
    claimed: np.ndarray
    realised: np.ndarray

    def figures(self, drawn: np.ndarray) -> dict[str, float]:
        """Return the figures for tests drawn so many times each."""
        arm = drawn[self.test]
        seen = arm * self.seen
        often = np.repeat(np.arange(arm.size), arm.astype(int))
        return {
            "log_loss": 1_000 * float((arm * self.loss).sum() / seen.sum()),
            "mae": 100 * float((seen * self.error).sum() / seen.sum()),
            "spearman": float(spearmanr(self.score[often], self.rest[often]).statistic),
            "ndcg_10": float(self.gains.mean()),
            "cover": float((arm * self.within).sum() / arm.sum()),
            "lift": float((drawn * self.claimed).sum() / (drawn * self.realised).sum()),
        }


def _ndcg(score: np.ndarray, rest: np.ndarray) -> float:
    discount = 1 / np.log2(np.arange(2, BEST + 2))
    chosen = np.argsort(-score, kind="stable")[:BEST]
    return float((rest[chosen] * discount).sum() / (np.sort(rest)[::-1][:BEST] * discount).sum())


def _lifts(test: np.ndarray, score: np.ndarray, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return claimed and realised lift of the arm chosen in each test, against the test's mean."""
    frame = pd.DataFrame({"test": test, "score": score, "rest": rest})
    means = frame.groupby("test").mean()
    chosen = frame.loc[frame.groupby("test")["score"].idxmax()].set_index("test")
    told = frame.groupby("test")["score"].agg(np.ptp) > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        lifts = (chosen / means - 1).where(told, 0.0)
    # A test without a click in the rest has no lift to be realised.
    lifts = lifts.where(np.isfinite(lifts).all(axis=1), 0.0)
    return lifts["score"].to_numpy(), lifts["rest"].to_numpy()


def standard_errors(parts: Parts, seed: int) -> dict[str, float]:
    """Bootstrap over tests; of the slates, which are drawn already, over slates."""
    random = np.random.default_rng(seed)
    tests = int(parts.test.max()) + 1
    found = [
        parts.figures(random.multinomial(tests, np.full(tests, 1 / tests)).astype(float))
        for _ in range(RESAMPLES)
    ]
    errors = pd.DataFrame(found).std().to_dict()
    return errors | {"ndcg_10": float(parts.gains.std() / np.sqrt(parts.gains.size))}


def verdict(table: pd.DataFrame, errors: dict[str, float]) -> str:
    """Say whether our row holds all bars of a share at once."""
    ours, failed = table.loc[OURS], []
    for name, higher in HIGHER_IS_BETTER.items():
        best = table[name].max() if higher else table[name].min()
        if abs(ours[name] - best) > errors[name]:
            failed.append(name)
    if not 0.88 <= ours["cover"] <= 0.92:
        failed.append("cover")
    if not 0.8 <= ours["lift"] <= 1.25:
        failed.append("lift")
    return "all bars held" if not failed else f"missed: {', '.join(failed)}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--splits", type=int, default=3)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--data", type=Path, default=os.environ.get(VARIABLE))
    chosen = options.parse_args()
    if chosen.data is None or not Path(chosen.data).exists():
        print(f"Not run: set {VARIABLE} to the path of upworthy_dev.parquet.")
        return
    for share in SHARES:
        tables, spent = [], dict.fromkeys(METHODS, 0.0)
        for split in range(chosen.splits):
            arms = read(Path(chosen.data), share, chosen.seed + split)
            draws = np.random.default_rng(1_000 + split)
            slates = np.array(
                [draws.choice(arms.seen.size, SLATE, replace=False) for _ in range(SLATES)]
            )
            rows, kept = {}, {}
            for name, method in METHODS.items():
                start = time.process_time()
                answer = method(arms)
                spent[name] += time.process_time() - start
                rows[name], kept[name] = measure(arms, answer, slates)
            tables.append(pd.DataFrame(rows).T)
        errors = standard_errors(kept[OURS], chosen.seed)
        table = sum(tables) / len(tables)
        shown = table.assign(cpu_seconds=[spent[name] / chosen.splits for name in METHODS])
        shown.loc["standard error of ours"] = errors
        print(f"\n{share:.0%} of the impressions seen, mean of {chosen.splits} splits")
        print(shown.to_string(float_format="%.4f", na_rep=""))
        print(f"{OURS}: {verdict(table, errors)}")


if __name__ == "__main__":
    main()
