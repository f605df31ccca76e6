"""Backtest: how right were the forecasts at past cut-offs, next to simpler rules?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from insights.analyses.churn.caveats import identity_caveats
from insights.analyses.churn.recipe import BEST, RECIPES, of_estimator
from insights.analyses.churn.study import Study, forecasts_of
from insights.charts import marks
from insights.errors import ParameterError
from insights.models.judging import TOP, calibration_error, weighted_auc
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RESAMPLES = 200
SEED = 28
CONFIDENCE = 0.95
RULE, PURCHASES = "recency", "bgnbd"

NAMES = {
    "recency": _("recency rule"),
    "bgnbd": _("purchase-rate model (BG/NBD)"),
    "rfm": _("logistic regression on recency, frequency and money"),
    "ensemble": _("this report's forecast"),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Backtest(Result):
    """Quality of each forecast at each past cut-off. One row per (cutoff, recipe).

    `auc` and `average_precision` in [0, 1] (ranking; higher is better), `brier` and
    `calibration_error` in [0, 1] (lower is better), `lift` (share without a purchase among the
    tenth ranked highest, over that of all), `predicted` and `actual` customers without a purchase.
    """

    name = "backtest"
    columns = {
        "cutoff": Column(_("Forecast made on"), "day"),
        "model": Column(_("Forecast"), "said"),
        "customers": Column(_("Customers"), "count"),
        "predicted": Column(_("Predicted not to buy"), "count"),
        "actual": Column(_("Did not buy"), "count"),
        "auc": Column(_("AUC"), "number3"),
        "average_precision": Column(_("Average precision"), "number3"),
        "brier": Column(_("Brier score"), "number3"),
        "calibration_error": Column(_("Calibration error"), "number3"),
        "lift": Column(_("Lift of the top tenth"), "number"),
    }

    def plot(self) -> "Axes":
        """Draw the AUC of each forecast by cut-off."""
        return marks.line(
            self.table.assign(cutoff=self.table["cutoff"].astype(str)),
            x="cutoff",
            y="auc",
            by="model",
            y_kind="number",
            xlabel=_("forecast made on"),
            ylabel=_("AUC"),
            from_zero=False,
            reference=0.5,
            reference_label=_("chance"),
        )


def backtest(
    found: Study | NotEnoughData, *, models: Mapping[str, Any] | None = None
) -> Backtest | NotEnoughData:
    """Judge every forecast on past cut-offs that it had not seen.

    Parameters
    ----------
    found : Study
    models : mapping of name to estimator, optional
        Classifiers of scikit-learn's kind to set into the same table. Each is cloned for every
        cut-off, fitted on the windows that had closed by then, and given the design as a frame.

    Returns
    -------
    Backtest or NotEnoughData

    Raises
    ------
    ParameterError
        If a model has the name of a forecast of ours, or is no classifier.

    Examples
    --------
    ``churn.backtest(study, models={"trees": RandomForestClassifier(min_samples_leaf=50)})``
    """
    if isinstance(found, NotEnoughData):
        return found
    own = {name: of_estimator(name, model) for name, model in (models or {}).items()}
    if taken := set(own) & set(RECIPES):
        raise ParameterError(
            f"'{sorted(taken)[0]}' is the name of a forecast of ours. Give the model another name."
        )
    forecasts = found.forecasts
    if own:
        tests = sorted(forecasts["cutoff"].unique())
        added = forecasts_of(found.panel, tests, found.horizon_days, own)
        forecasts = pd.concat([forecasts, added], ignore_index=True)
    table = quality(forecasts)
    table["order"] = table["recipe"].map({name: n for n, name in enumerate([*RECIPES, *own])})
    table = table.sort_values(["cutoff", "order"], ignore_index=True).drop(columns="order")
    table.insert(1, "model", [NAMES.get(recipe, recipe) for recipe in table["recipe"]])
    facts = found.facts | _facts(table, forecasts)
    return Backtest(
        table=table,
        facts=facts,
        claims=_claims(facts),
        caveats=(
            _(
                "The backtest covers {tests:count} windows from {first_test:day} on; a year like "
                "no other is not in it."
            ),
            *identity_caveats(facts),
        ),
        checks=(found.audit, _totals_check(facts)),
        tiles=(
            Tile(
                key="predicted_actual",
                label=_("Predicted to actual, past windows"),
                fact="ratio",
                kind="percent",
                before="exact",
                against=_("a forecast that comes true exactly"),
                trend=tuple(_ratios(table)),
                note=_("{predicted:count} predicted, {actual:count} did not buy"),
            ),
        ),
        title=_("How right past forecasts were"),
        subtitle=_(
            "Ranking quality (AUC: chance that a customer who left was ranked above one who "
            "stayed), by cut-off; each forecast knew only what was known on its day"
        ),
        meaning=_(
            "A forecast that does not rank better than the recency rule is not worth its "
            "complexity."
        ),
        alt=_(
            "Line chart of ranking quality by cut-off for {forecasts:count} forecasts; the mean of "
            "this report's is {auc:number}, of the recency rule {rule_auc:number}."
        ),
    )


def quality(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Return the measures of each forecast at each cut-off, as in `Backtest`, without intervals."""
    rows = [
        {"cutoff": cutoff.date(), "recipe": recipe, **_measures(group)}
        for (cutoff, recipe), group in forecasts.groupby(["cutoff", "recipe"], sort=True)
    ]
    return pd.DataFrame(rows)


def _measures(group: pd.DataFrame) -> dict[str, Any]:
    churned = group["churned"].to_numpy(bool)
    forecast = group["forecast"].to_numpy(float)
    top = np.argsort(-forecast, kind="stable")[: max(1, round(TOP * len(forecast)))]
    both = 0 < churned.sum() < len(churned)
    return {
        "customers": len(group),
        "predicted": float(forecast.sum()),
        "actual": int(churned.sum()),
        "auc": float(roc_auc_score(churned, forecast)) if both else float("nan"),
        "average_precision": float(average_precision_score(churned, forecast))
        if both
        else float("nan"),
        "brier": float(brier_score_loss(churned, forecast)),
        "calibration_error": calibration_error(forecast, churned.astype(float)),
        "lift": float(churned[top].mean() / churned.mean()) if churned.any() else float("nan"),
    }


def _facts(table: pd.DataFrame, forecasts: pd.DataFrame) -> dict[str, Any]:
    mean = table.groupby("recipe")[
        ["auc", "average_precision", "brier", "calibration_error", "lift"]
    ].mean()
    best = table[table["recipe"] == BEST]
    (low, high), (over_low, over_high) = _auc_gains(forecasts, (RULE, PURCHASES))
    predicted, actual = float(best["predicted"].sum()), int(best["actual"].sum())
    newest = best.loc[best["cutoff"].idxmax()]
    return {
        "confidence": CONFIDENCE,
        "forecasts": table["recipe"].nunique(),
        "auc": float(mean.loc[BEST, "auc"]),
        "average_precision": float(mean.loc[BEST, "average_precision"]),
        "brier": float(mean.loc[BEST, "brier"]),
        "calibration_error": float(mean.loc[BEST, "calibration_error"]),
        "rule_auc": float(mean.loc[RULE, "auc"]),
        "rule_brier": float(mean.loc[RULE, "brier"]),
        "gain": float(mean.loc[BEST, "auc"] - mean.loc[RULE, "auc"]),
        "gain_low": low,
        "gain_high": high,
        "bgnbd_auc": float(mean.loc[PURCHASES, "auc"]),
        "over_low": over_low,
        "over_high": over_high,
        "lift": float(mean.loc[BEST, "lift"]),
        "predicted": predicted,
        "actual": actual,
        "predicted_buyers": float(newest["customers"] - newest["predicted"]),
        "actual_buyers": int(newest["customers"] - newest["actual"]),
        "ratio": predicted / actual if actual else float("nan"),
        "exact": 1.0,
        "base_rate": actual / int(best["customers"].sum()),
    }


def _ratios(table: pd.DataFrame) -> list[float]:
    """Predicted to actual of the best forecast, window by window."""
    best = table[(table["recipe"] == BEST) & (table["actual"] > 0)]
    return list(best["predicted"] / best["actual"])


def _auc_gains(forecasts: pd.DataFrame, rivals: Sequence[str]) -> list[tuple[float, float]]:
    """Intervals of the mean gain in AUC of the best forecast over rivals, customers resampled.

    A customer is drawn with all its cut-offs, because its outcomes go together. Each interval is so
    wide that all of them hold together (Bonferroni): several rivals are several tries.
    """
    people = np.sort(forecasts["customer_id"].unique())
    weights = resampled(len(people), SEED)
    gains: list[list[np.ndarray]] = [[] for _rival in rivals]
    for _cutoff, rows in forecasts.groupby("cutoff"):
        auc = {}
        for name in (BEST, *rivals):
            one = rows[rows["recipe"] == name]
            drawn = weights[:, np.searchsorted(people, one["customer_id"])]
            auc[name] = weighted_auc(
                one["forecast"].to_numpy(float), one["churned"].to_numpy(bool), drawn
            )
        for gain, rival in zip(gains, rivals, strict=True):
            gain.append(auc[BEST] - auc[rival])
    tail = (1 - CONFIDENCE) / 2 / len(rivals)
    ends = [np.quantile(np.mean(gain, axis=0), [tail, 1 - tail]) for gain in gains]
    return [(float(low), float(high)) for low, high in ends]


def resampled(count: int, seed: int) -> np.ndarray:
    """Return how often each of so many is drawn, one row a resample (whole numbers, small)."""
    draws = np.random.default_rng(seed).integers(count, size=(RESAMPLES, count))
    return np.stack([np.bincount(draw, minlength=count).astype(np.int32) for draw in draws])


_TOTALS = {
    False: _(
        "In the {horizon:days} to {last_until:day}, {predicted_buyers:count} customers "
        "were predicted to buy again, and {actual_buyers:count} did. Over "
        "{tests:count} such windows, those predicted to stay away came to "
        "{ratio:percent} of those who did."
    ),
    True: _(
        "In the {horizon:days} to {last_until:day}, {predicted_buyers:count} customers of a sample "
        "by lot were predicted to buy again, and {actual_buyers:count} did. Over "
        "{tests:count} such windows, those predicted to stay away came to "
        "{ratio:percent} of those who did."
    ),
}


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    claims = []
    if facts["actual"]:
        claims.append(Claim(key="predicted_actual", message=_TOTALS[facts["share"] < 1]))
    if facts["gain_low"] > 0:
        claims.append(
            Claim(
                key="beats_recency",
                topic="against_recency",
                place="evidence",  # An AUC tells a manager nothing.
                message=_(
                    "It ranks better than the recency rule: AUC {auc:number} against "
                    "{rule_auc:number} (gain {gain_low:number3} to {gain_high:number3})."
                ),
                holds=[Holds("the interval of the gain lies above zero", facts["gain_low"] > 0)],
            )
        )
    elif facts["gain_high"] < 0:
        claims.append(
            Claim(
                key="worse_than_recency",
                topic="against_recency",
                message=_(
                    "It ranks worse than the recency rule: AUC {auc:number} against "
                    "{rule_auc:number} (difference {gain_low:number3} to {gain_high:number3}). Go "
                    "by the days since the last purchase instead."
                ),
                holds=[Holds("the interval of the gain lies below zero", facts["gain_high"] < 0)],
            )
        )
    elif facts["gain_low"] == facts["gain_low"]:
        claims.append(
            Claim(
                key="no_better_than_recency",
                undecided=True,
                topic="against_recency",
                message=_(
                    "It is not distinguishable from the recency rule: AUC {auc:number} against "
                    "{rule_auc:number} (gain {gain_low:number3} to {gain_high:number3})."
                ),
                holds=[
                    Holds(
                        "the interval of the gain holds zero",
                        facts["gain_low"] <= 0 <= facts["gain_high"],
                    )
                ],
            )
        )
    if facts["over_low"] > 0:
        claims.append(
            Claim(
                key="beats_bgnbd",
                topic="against_bgnbd",
                place="evidence",
                message=_(
                    "It ranks better than the purchase-rate model: AUC {auc:number} against "
                    "{bgnbd_auc:number} (gain {over_low:number3} to {over_high:number3})."
                ),
                holds=[Holds("the interval of the gain lies above zero", facts["over_low"] > 0)],
            )
        )
    elif facts["over_high"] == facts["over_high"]:
        claims.append(
            Claim(
                key="no_better_than_bgnbd",
                undecided=True,
                topic="against_bgnbd",
                place="evidence",
                message=_(
                    "That it ranks better than the purchase-rate model is not shown: AUC "
                    "{auc:number} against {bgnbd_auc:number} (gain {over_low:number3} to "
                    "{over_high:number3})."
                ),
                holds=[Holds("the interval does not lie above zero", facts["over_low"] <= 0)],
            )
        )
    return tuple(claims)


def _totals_check(facts: dict[str, Any]) -> Check:
    """Check that predicted and actual totals agree; shown, because a season may break it."""
    tolerance = 0.15
    actual, predicted = facts["actual"], facts["predicted"]
    return Check(
        key="totals_agree",
        message=_("Over all past windows, predicted and actual totals agree within 15%."),
        passed=abs(predicted - actual) <= tolerance * actual if actual else None,
        evidence=_("{predicted:count} predicted, {actual:count} actual"),
        facts={"predicted": predicted, "actual": actual},
        stops=False,
    )
