"""Drivers: which kinds of knowledge carry the forecast, and does any carry it at all?

What is known of each customer is handed to another customer, one kind at a time (permutation): how
much worse does the forecast rank then? In a world where nothing tells customers apart, nothing is
lost, and the page says so.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.churn.backtest import SEED, resampled
from insights.analyses.churn.caveats import identity_caveats
from insights.analyses.churn.explanation import LABELS, by_concept
from insights.analyses.churn.forecaster import SilenceForecaster
from insights.analyses.churn.panel import closed_before
from insights.analyses.churn.recipe import thinned
from insights.analyses.churn.study import Study
from insights.charts import marks
from insights.models.judging import weighted_auc
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHUFFLES = 5
CONFIDENCE = 0.95  # For all kinds together: each interval is that much wider (Bonferroni).


@dataclass(frozen=True, eq=False, kw_only=True)
class Drivers(Result):
    """What the forecast loses without each kind of knowledge. One row per concept.

    `loss` is the drop in AUC at the newest test cut-off, `low` and `high` its interval, which holds
    for all rows together.
    """

    name = "drivers"
    columns = {
        "concept": Column(_("What is known"), "said"),
        "loss": Column(_("Ranking lost without it"), "number3"),
        "low": Column(_("Low"), "number3"),
        "high": Column(_("High"), "number3"),
    }

    def plot(self) -> "Axes":
        """Draw the losses with their intervals."""
        return marks.dots(
            self.table.assign(name=[say(text) for text in self.table["concept"]]),
            name="name",
            value="loss",
            low="low",
            high="high",
            kind="number3",
            xlabel=_("AUC lost when handed to another customer"),
            reference=0.0,
        )


def drivers(found: Study | NotEnoughData) -> Drivers | NotEnoughData:
    """Measure what each kind of knowledge contributes to ranking customers.

    Returns
    -------
    Drivers or NotEnoughData
    """
    if isinstance(found, NotEnoughData):
        return found
    cutoff = found.forecasts["cutoff"].max()
    train = thinned(closed_before(found.panel, cutoff, found.horizon_days))
    test = found.panel[found.panel["cutoff"] == cutoff]
    model = SilenceForecaster().fit(train, train["churned"])
    parts = by_concept(model.contributions(test))
    churned = test["churned"].to_numpy(bool)
    rng = np.random.default_rng(SEED)
    weights = resampled(len(test), SEED)
    weights = np.vstack([np.ones_like(weights[:1]), weights])  # The first is the sample itself.
    whole = parts.sum(axis=1).to_numpy()
    before = weighted_auc(whole, churned, weights)
    tail = (1 - CONFIDENCE) / 2 / len(parts.columns)
    rows = []
    for concept in parts.columns:
        part = parts[concept].to_numpy()
        after = [
            weighted_auc(whole - part + rng.permutation(part), churned, weights)
            for _shuffle in range(SHUFFLES)
        ]
        loss = before - np.mean(after, axis=0)
        low, high = np.nanquantile(loss[1:], [tail, 1 - tail])
        rows.append({"concept": LABELS[concept], "loss": loss[0], "low": low, "high": high})
    table = pd.DataFrame(rows).sort_values("loss", ascending=False, ignore_index=True)
    matter = table[table["low"] > 0]
    # The largest loss may be the least certain: what is named first is the first that is shown.
    first = (matter if len(matter) else table).iloc[0]
    facts: dict[str, Any] = found.facts | {
        "drivers_cutoff": cutoff.date(),
        "kinds": len(table),
        "matter": len(matter),
        "confidence": CONFIDENCE,
        "largest_loss": float(table["loss"].max()),
        "first_kind": first["concept"],
        "first_loss": float(first["loss"]),
        "first_low": float(first["low"]),
        "first_high": float(first["high"]),
    }
    return Drivers(
        table=table,
        facts=facts,
        claims=(_claim(table, facts),),
        caveats=(
            _(
                "What carries a forecast is no cause: that the silent stay silent does not say "
                "what would bring them back."
            ),
            *identity_caveats(facts),
        ),
        title=_("What the forecast goes by"),
        subtitle=_(
            "AUC lost at {drivers_cutoff:day} when one kind of knowledge is handed to another "
            "customer; bars hold together with {confidence:percent}"
        ),
        meaning=_("The farther to the right, the more the forecast leans on it."),
        alt=_(
            "Dot chart of the ranking lost without each of {kinds:count} kinds of knowledge; the "
            "largest loss is {largest_loss:number3}."
        ),
    )


def _claim(table: pd.DataFrame, facts: dict[str, Any]) -> Claim:
    if not facts["matter"]:
        return Claim(
            key="nothing_matters",
            undecided=True,
            topic="drivers",
            message=_(
                "Nothing that is known of customers is shown to tell who will stay away: of "
                "{kinds:count} kinds of knowledge, the forecast misses none beyond chance."
            ),
            holds=[Holds("no interval lies above zero", bool((table["low"] <= 0).all()))],
        )
    return Claim(
        key="what_matters",
        topic="drivers",
        message=_(
            "The forecast goes by {matter:count} of {kinds:count} kinds of knowledge, first of all "
            "by this: {first_kind:said}."
        ),
        holds=[
            Holds("its interval lies above zero", facts["first_low"] > 0),
            Holds(
                "no other that is shown loses more",
                bool((table.loc[table["low"] > 0, "loss"] <= facts["first_loss"]).all()),
            ),
        ],
    )
