"""Card: what is this model, what has it learned from, how good was it, and where does it end?

A fitted model without its card is a number machine that nobody can question. The card has the
window of the data, the versions of the tables, the features, the quality at each past cut-off, the
limits, and the parameters themselves, as a file of plain JSON beside the page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from insights.analyses.churn.backtest import quality
from insights.analyses.churn.caveats import history_caveats, identity_caveats
from insights.analyses.churn.design import NAMES
from insights.analyses.churn.recipe import BEST
from insights.analyses.churn.scoring import ScoringModel
from insights.analyses.churn.study import Study
from insights.results import Claim, Column, FilePart, NotEnoughData, Result, model_card
from insights.wording import _, say

METRICS = ("auc", "average_precision", "brier", "calibration_error", "lift")


@dataclass(frozen=True, eq=False, kw_only=True)
class Card(Result):
    """The model's quality at each past cut-off. One row per cut-off; measures as in `Backtest`."""

    name = "model_card"
    columns = {
        "cutoff": Column(_("Forecast made on"), "day"),
        "customers": Column(_("Customers"), "count"),
        "auc": Column(_("AUC"), "number3"),
        "average_precision": Column(_("Average precision"), "number3"),
        "brier": Column(_("Brier score"), "number3"),
        "calibration_error": Column(_("Calibration error"), "number3"),
        "lift": Column(_("Lift of the top tenth"), "number"),
    }

    model: ScoringModel = field(repr=False)
    versions: Mapping[str, int] = field(default_factory=dict, repr=False)

    def file(self) -> FilePart:
        """Return the whole card, parameters included; `ScoringModel.from_card` reads it again."""
        facts = self.facts
        return model_card(
            "silence",
            question="no purchase within the horizon",
            as_of=facts["as_of"],
            horizon_days=facts["horizon"],
            learned_from={
                "first_cutoff": facts["learned_first"],
                "last_cutoff": facts["learned_last"],
                "cutoffs": facts["learned_cutoffs"],
                "rows": facts["learned_rows"],
                "customers": facts["customers"],
                "share_of_customers": facts["share"],
                "identified_share_of_net_sales": facts["identified"],
            },
            versions=self.versions,
            features=NAMES,
            quality=[
                {"cutoff": row["cutoff"], **{name: row[name] for name in METRICS}}
                for row in self.table.to_dict("records")
            ],
            limits=[say(text, self.facts, "en") for text in self.caveats],
            model=self.model.to_plain(),
        )


def card(
    found: Study | NotEnoughData, *, versions: Mapping[str, int] | None = None
) -> Card | NotEnoughData:
    """Describe the model that today's scores come from.

    Parameters
    ----------
    found : Study
    versions : mapping of table to version, optional
        Of the lake (`lake.versions()`), so that the same model can be fitted again.

    Returns
    -------
    Card or NotEnoughData
    """
    if isinstance(found, NotEnoughData):
        return found
    best = quality(found.forecasts[found.forecasts["recipe"] == BEST])
    known = found.panel["cutoff"][found.panel["closed"]]
    facts = found.facts | {
        "learned_first": known.min().date(),
        "learned_last": known.max().date(),
        "features": len(NAMES),
        "tables": len(versions or {}),
        "card_auc": float(best["auc"].mean()),
        "card_brier": float(best["brier"].mean()),
    }
    return Card(
        table=best,
        model=ScoringModel.of(found),
        versions=dict(versions or {}),
        facts=facts,
        claims=(
            Claim(
                key="model",
                place="data",
                message=_(
                    "The model was fitted on {learned_rows:count} rows of {learned_cutoffs:count} "
                    "cut-offs from {learned_first:day} to {learned_last:day}, from "
                    "{features:count} numbers a customer; mean AUC {card_auc:number3}, Brier score "
                    "{card_brier:number3} at {tests:count} cut-offs that it had not seen."
                ),
            ),
        ),
        caveats=(*history_caveats(found.facts), *identity_caveats(found.facts)),
        title=_("Model card"),
        subtitle=_("Quality at each past cut-off, each forecast made with what was known then"),
        meaning=_("The file beside the table is the whole card, the fitted model included."),
    )
