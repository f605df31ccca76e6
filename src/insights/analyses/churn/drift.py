"""Drift: do today's customers look like those that the forecast has learned from?

Measured by the population stability index (PSI) of each feature: the customers of the training
cut-offs are cut into tenths, and today's are counted into the same; the index adds up how far the
shares differ. By custom, below 0.1 is quiet and above 0.25 is another population. Age and number
of purchases so far are not watched: they grow with the history, whatever customers do.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.churn.design import usual_gap_days
from insights.analyses.churn.panel import closed_before
from insights.analyses.churn.study import Study
from insights.charts import marks
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BINS = 10
STRONG = 0.25
FLOOR = 0.5  # Of a customer: an empty bin is not infinitely unlikely.
WATCHED = {
    "days_since": _("days since the last purchase"),
    "usual_gap": _("usual days between purchases"),
    "occasions_91": _("purchases in the last 91 days"),
    "pace_28": _("pace of the last weeks"),
    "mean_amount": _("mean amount of a purchase"),
    "amount_91": _("amount of the last 91 days"),
    "mbg_buys": _("chance to buy, by the purchase-rate model"),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Drift(Result):
    """How far today's customers differ from those learned from. One row per feature.

    `psi` >= 0; `learned` and `today` are medians, in the feature's own unit.
    """

    name = "drift"
    columns = {
        "feature": Column(_("Feature"), "said"),
        "psi": Column(_("Shift (PSI)"), "number3"),
        "learned": Column(_("Median, learned from"), "number"),
        "today": Column(_("Median, today"), "number"),
    }

    def plot(self) -> "Axes":
        """Draw the indices."""
        return marks.dots(
            self.table.assign(name=[say(text) for text in self.table["feature"]]),
            name="name",
            value="psi",
            kind="number3",
            xlabel=_("shift (PSI)"),
            reference=STRONG,
            reference_label=_("another population"),
        )


def drift(found: Study | NotEnoughData) -> Drift | NotEnoughData:
    """Compare today's customers with those of the training cut-offs.

    Returns
    -------
    Drift or NotEnoughData
    """
    if isinstance(found, NotEnoughData):
        return found
    learned = closed_before(found.panel, pd.Timestamp(found.as_of), found.horizon_days)
    learned = learned.assign(usual_gap=usual_gap_days(learned))
    today = found.scores.assign(usual_gap=usual_gap_days(found.scores))
    table = pd.DataFrame(
        {
            "feature": list(WATCHED.values()),
            "psi": [psi(learned[name], today[name]) for name in WATCHED],
            "learned": [float(learned[name].median()) for name in WATCHED],
            "today": [float(today[name].median()) for name in WATCHED],
        }
    ).sort_values("psi", ascending=False, ignore_index=True)
    strong = int((table["psi"] > STRONG).sum())
    facts: dict[str, Any] = found.facts | {
        "features": len(table),
        "strong": strong,
        "limit": STRONG,
        "worst": table["feature"].iloc[0],
        "worst_psi": float(table["psi"].iloc[0]),
    }
    return Drift(
        table=table,
        facts=facts,
        claims=(_claim(facts),),
        title=_("Whether today's customers are those that the forecast knows"),
        subtitle=_(
            "Population stability index of each feature, customers at {as_of:day} against those of "
            "{learned_cutoffs:count} earlier cut-offs"
        ),
        meaning=_(
            "Beyond the dotted line customers are no longer those that were learned from: take the "
            "percentages with care until the next window has closed."
        ),
        alt=_(
            "Dot chart of the shift of {features:count} features; the largest is "
            "{worst_psi:number3}."
        ),
    )


def psi(learned: pd.Series, today: pd.Series) -> float:
    """Return the population stability index of one feature, >= 0.

    Ties are kept together: a feature that most have at zero has fewer bins than ten.
    """
    before, now = learned.to_numpy(float), today.to_numpy(float)
    edges = np.unique(np.quantile(before, np.linspace(0, 1, BINS + 1)[1:-1]))
    size = len(edges) + 1
    counts = [
        np.bincount(np.searchsorted(edges, values, side="left"), minlength=size)
        for values in (before, now)
    ]
    shares = [np.maximum(count, FLOOR) / max(count.sum(), 1) for count in counts]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def _claim(facts: dict[str, Any]) -> Claim:
    if facts["strong"]:
        return Claim(
            key="drifted",
            topic="drift",
            place="data",
            message=_(
                "Today's customers differ strongly from those learned from in {strong:count} of "
                "{features:count} features, most in this: {worst:said} (PSI {worst_psi:number3}, "
                "limit {limit:number})."
            ),
            holds=[Holds("the largest shift is above the limit", facts["worst_psi"] > STRONG)],
        )
    return Claim(
        key="no_drift",
        undecided=True,
        topic="drift",
        place="data",
        message=_(
            "Today's customers look like those that the forecast has learned from: no feature "
            "shifted by more than PSI {limit:number} (the most: {worst_psi:number3})."
        ),
        holds=[Holds("no shift is above the limit", facts["worst_psi"] <= STRONG)],
    )
