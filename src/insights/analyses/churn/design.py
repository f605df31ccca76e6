"""Design: what is known of a customer, as numbers that a linear model can weigh.

Mostly logarithms, because habits differ by ratios: from one week to two is as far as from one month
to two. Each number belongs to a concept, by which reasons are given in words.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from insights.analyses.churn.features import FEATURES
from insights.errors import DataError, MissingColumns

SILENCE, HABIT, HISTORY, MONEY = "silence", "habit", "history", "money"
# Weight with which the average customer's rhythm enters one's own, in gaps.
OWN_RHYTHM, OWN_SPREAD = 2.0, 4.0
LEAST_VARIANCE = 0.2  # Of the logarithm of gaps: nobody's rhythm is a clock's.

PURCHASE_MODELS = {
    "bg_alive": HISTORY,
    "bg_buys": HISTORY,
    "bg_expected": HISTORY,
    "mbg_alive": HISTORY,
    "mbg_buys": HISTORY,
    "mbg_expected": HISTORY,
}
CONCEPTS = {
    "days_since": SILENCE,
    "frequency": HISTORY,
    "age_days": HISTORY,
    "mean_amount": MONEY,
    "total_amount": MONEY,
    "occasions_28": HABIT,
    "occasions_91": HABIT,
    "pace_28": HABIT,
    "pace_91": HABIT,
    "usual_gap": HISTORY,
    "silence_to_gap": SILENCE,
    "bg_expected": HISTORY,
    "bg_alive": SILENCE,
    "bg_buys": HISTORY,
    "occasions_14": HABIT,
    "occasions_56": HABIT,
    "occasions_182": HABIT,
    "pace_7": HABIT,
    "pace_182": HABIT,
    "amount_91": MONEY,
    "rhythm": HISTORY,
    "silence_to_rhythm": SILENCE,
    "silence_to_spread": SILENCE,
    "silence_to_longest": SILENCE,
    "bought_once": HISTORY,
    "mbg_expected": HISTORY,
    "mbg_alive": SILENCE,
    "mbg_buys": HISTORY,
}
NAMES = tuple(CONCEPTS)
CORE = NAMES[:14]  # What the published comparisons use, and what bends.
BENT = (
    "days_since",
    "frequency",
    "age_days",
    "total_amount",
    "occasions_91",
    "pace_91",
    "silence_to_gap",
    "bg_expected",
    "bg_buys",
)


@dataclass(frozen=True)
class Rhythm:
    """The average customer's gaps between purchases, towards which one's own few are drawn."""

    mean: float
    variance: float

    @classmethod
    def of(cls, panel: pd.DataFrame) -> Self:
        """Average over customers; of a panel in which nobody returned, four weeks."""
        mean, sd = panel["gap_log_mean"].mean(), panel["gap_log_sd"].pow(2).mean()
        return cls(
            mean=float(mean) if mean == mean else float(np.log(28)),  # noqa: PLR0124 - NaN
            variance=float(sd) if sd == sd else 1.0,  # noqa: PLR0124
        )


def design(panel: pd.DataFrame, rhythm: Rhythm) -> pd.DataFrame:
    """Return the numbers of each row, in the order of `NAMES`.

    Raises
    ------
    MissingColumns, DataError
        If a feature is missing, or is not a number where it must be one.
    """
    needed = {*FEATURES, *PURCHASE_MODELS}
    if missing := needed - set(panel.columns):
        raise MissingColumns("panel", missing, panel.columns)
    refuse_holes(panel)
    x = panel["frequency"].to_numpy(float)
    since = panel["days_since"].to_numpy(float)
    gap = usual_gap_days(panel).to_numpy(float)
    own = x / (x + OWN_RHYTHM)
    usual = own * panel["gap_log_mean"].fillna(rhythm.mean) + (1 - own) * rhythm.mean
    extra = np.maximum(x - 1, 0)
    spread = extra / (extra + OWN_SPREAD)
    variance = panel["gap_log_sd"].pow(2).fillna(rhythm.variance)
    variance = spread * variance + (1 - spread) * rhythm.variance
    late = np.log1p(since) - usual.to_numpy(float)
    columns: dict[str, Any] = {
        "usual_gap": _log(gap),
        "silence_to_gap": _log(since / gap),
        "rhythm": usual,
        "silence_to_rhythm": late,
        "silence_to_spread": late / np.sqrt(variance.to_numpy(float) + LEAST_VARIANCE),
        "silence_to_longest": _log(since / panel["longest_gap"].fillna(1).clip(lower=1)),
        "bought_once": (x == 0).astype(float),
    }
    for name in NAMES:
        if name in columns:
            continue
        value = panel[name].to_numpy(float)
        columns[name] = log_odds(value) if name.endswith(("_alive", "_buys")) else _log(value)
    return pd.DataFrame({name: np.asarray(columns[name], dtype=float) for name in NAMES})


def refuse_holes(panel: pd.DataFrame) -> None:
    """Raise if a feature that everybody has is missing or infinite in some row.

    Raises
    ------
    DataError
    """
    always = [name for name in (*FEATURES, *PURCHASE_MODELS) if not name.startswith(_SOMETIMES)]
    known = [name for name in always if name in panel.columns]
    holes = {n: int((~np.isfinite(panel[n].to_numpy(float))).sum()) for n in known}
    if wrong := {name: count for name, count in holes.items() if count}:
        worst = max(wrong, key=lambda name: wrong[name])
        raise DataError(
            f"'{worst}' is missing or infinite in {wrong[worst]} of {len(panel)} feature rows "
            f"({len(wrong)} columns have such rows). Compare the mart customer_features."
        )


_SOMETIMES = ("gap_log", "longest_gap")


def usual_gap_days(panel: pd.DataFrame) -> pd.Series:
    """Mean days between a customer's purchases; for one-time buyers, their age so far."""
    between = panel["recency_days"] / panel["frequency"].where(panel["frequency"] > 0)
    return between.fillna(panel["age_days"]).clip(lower=1)


def log_odds(probability: np.ndarray) -> np.ndarray:
    """Return the logarithm of the odds, of no more than one in ten thousand either way."""
    p = np.clip(np.asarray(probability, dtype=float), 1e-4, 1 - 1e-4)
    odds: np.ndarray = np.log(p / (1 - p))
    return odds


def _log(value: Any) -> np.ndarray:
    """Logarithm of one more; amounts below zero (more went back than was paid) count as none."""
    return np.asarray(np.log1p(np.maximum(np.asarray(value, dtype=float), 0)))
