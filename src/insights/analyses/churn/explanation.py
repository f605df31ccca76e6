"""Explanation: why did this customer get this chance of staying away?"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.churn.caveats import identity_caveats
from insights.analyses.churn.design import CONCEPTS, HABIT, HISTORY, MONEY, SILENCE
from insights.analyses.churn.recipe import with_models
from insights.analyses.churn.study import ACTIVE_DAYS, Study, latest
from insights.charts import marks
from insights.errors import ParameterError
from insights.results import Claim, Column, Holds, Result
from insights.wording import _, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABELS = {
    SILENCE: _("How long silent, against their own rhythm"),
    HABIT: _("How often they bought lately"),
    HISTORY: _("How often and how long they have bought in all"),
    MONEY: _("How much they spent"),
}


def concept_parts(found: Study, rows: pd.DataFrame) -> pd.DataFrame:
    """Return what each concept adds to the log odds of silence, against active customers.

    Parameters
    ----------
    rows : DataFrame, one row a customer
        Rows of `found.scores`.

    Returns
    -------
    DataFrame, one row a customer, one column a concept
        0 is the average customer who bought in the last 91 days; a forecast is the sum of the
        parts, so that these tell where it comes from.
    """
    return by_concept(found.forecaster.contributions(rows)) - typical_parts(found)


def typical_parts(found: Study) -> pd.Series:
    """Return what each concept adds for the average customer who bought in the last 91 days."""
    active = found.scores[found.scores["days_since"] < ACTIVE_DAYS]
    return by_concept(found.forecaster.contributions(active)).mean()


def by_concept(parts: pd.DataFrame) -> pd.DataFrame:
    """Add up the parts of a forecast by concept; see `SilenceForecaster.contributions`."""
    return parts.T.groupby(pd.Series(CONCEPTS)).sum().T[list(LABELS)]


@dataclass(frozen=True, eq=False, kw_only=True)
class Explanation(Result):
    """Where one customer's forecast comes from. One row per concept.

    `part` is what the concept adds to the log odds of no purchase, against the average active
    customer: above 0 it makes silence likelier.
    """

    name = "explanation"
    columns = {
        "concept": Column(_("What is known"), "said"),
        "part": Column(_("Adds to the log odds of silence"), "number"),
    }

    def plot(self) -> "Axes":
        """Draw the parts."""
        return marks.dots(
            self.table.assign(name=[say(text) for text in self.table["concept"]]),
            name="name",
            value="part",
            kind="number",
            xlabel=_("less likely silent ← → more likely silent"),
            reference=0.0,
        )


def explain(
    customer_id: str, found: Study | None = None, *, features: pd.DataFrame | None = None
) -> Explanation:
    """Say why a customer got the chance of staying away that it got.

    Parameters
    ----------
    customer_id : str
    found : Study, optional
        The study made last, if not given.
    features : DataFrame, optional
        The mart `customer_features` at the study's day, or the customer's row of it. Needed where
        the study learned from a sample (`lake.sample`) that the customer is not in.

    Raises
    ------
    ParameterError
        If there is no such customer among those scored, nor in `features`.
    """
    found = found or latest()
    rows = _row_of(customer_id, found, features)
    parts = concept_parts(found, rows).iloc[0]
    table = pd.DataFrame(
        {"concept": [LABELS[name] for name in parts.index], "part": parts.to_numpy()}
    )
    table = table.sort_values("part", ascending=False, ignore_index=True)
    one = rows.iloc[0]
    facts: dict[str, Any] = {
        "as_of": found.as_of,
        "horizon": found.horizon_days,
        "identified": found.facts["identified"],
        "chance": float(one["forecast"]),
        "since": int(one["days_since"]),
        "purchases": int(one["frequency"]) + 1,
        "recent": int(one["occasions_91"]),
        "active_days": ACTIVE_DAYS,
        "strongest": table.loc[table["part"].abs().idxmax(), "concept"],
        "adds": float(table["part"].max()),
    }
    strongest = float(table.loc[table["part"].abs().idxmax(), "part"])
    return Explanation(
        table=table,
        facts=facts,
        claims=(
            Claim(
                key="chance",
                message=_(
                    "The chance of no purchase in the next {horizon:days} is {chance:percent}: "
                    "{since:days} since the last purchase, {purchases:count} purchases in all, "
                    "{recent:count} of them in the last {active_days:days}."
                ),
                holds=[Holds("counts add up", facts["recent"] <= facts["purchases"])],
            ),
            Claim(
                key="strongest",
                message=_("What raises it most, against other active customers: {strongest:said}.")
                if strongest > 0
                else _("What lowers it most, against other active customers: {strongest:said}."),
                holds=[
                    Holds(
                        "no other concept weighs more",
                        bool(np.isclose(abs(strongest), table["part"].abs().max())),
                    )
                ],
            ),
        ),
        caveats=(
            _(
                "Parts of a forecast are no causes: they say what the model went by, not what "
                "would bring the customer back."
            ),
            *identity_caveats(facts),
        ),
        title=_("Why this customer"),
        subtitle=_(
            "What each thing known adds to the log odds of no purchase in {horizon:days}, against "
            "the average customer who bought in the last {active_days:days}"
        ),
        meaning=_("To the right of the line, it makes silence likelier; to the left, less likely."),
        alt=_("Dot chart of four parts of the forecast; the largest raises it by {adds:number}."),
    )


def _row_of(customer_id: str, found: Study, features: pd.DataFrame | None) -> pd.DataFrame:
    """Return the customer's scores: the study's own, or worked out from the features."""
    rows = found.scores[found.scores["customer_id"] == customer_id]
    if len(rows):
        return rows
    if features is not None:
        one = features[features["customer_id"] == customer_id]
        if "as_of" in one:
            one = one[pd.to_datetime(one["as_of"]) == pd.Timestamp(found.as_of)]
        if len(one):
            known = with_models(one, found.purchase_models, horizon_days=found.horizon_days)
            return known.assign(forecast=found.forecaster.predict_proba(known)[:, 1])
    elif found.facts["share"] < 1:
        raise ParameterError(
            f"That id is not among the {len(found.scores)} customers of the sample that the study "
            "learned from; whether such a customer has bought, it does not know. Give "
            "features=lake.mart('customer_features'), or the customer's row of it."
        )
    asked = len(found.scores) if features is None else features["customer_id"].nunique()
    raise ParameterError(
        f"No customer of that id had bought by {found.as_of}; {asked} others had. "
        "Take an id from study.scores."
    )
