"""Calibration: of the customers given a 30% chance not to buy, did 30% not buy?"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from insights.analyses.churn.caveats import identity_caveats
from insights.analyses.churn.recipe import BEST
from insights.analyses.churn.study import Study
from insights.charts import marks
from insights.models.intervals import wilson
from insights.models.judging import BINS, calibration_error
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.95


@dataclass(frozen=True, eq=False, kw_only=True)
class Calibration(Result):
    """Forecast against outcome over the past cut-offs. One row per tenth of the customers.

    `predicted` is the mean forecast of the tenth, `observed` the share that did not buy, `low` and
    `high` its 95% Wilson interval; all in [0, 1].
    """

    name = "calibration"
    columns = {
        "tenth": Column(_("Tenth"), "count"),
        "customers": Column(_("Customers"), "count", people=True),
        "predicted": Column(_("Predicted"), "percent"),
        "observed": Column(_("Came true"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
    }

    def plot(self) -> "Axes":
        """Draw predicted against observed."""
        return marks.reliability(
            self.table,
            predicted="predicted",
            observed="observed",
            count="customers",
            low="low",
            high="high",
            xlabel=_("predicted not to buy"),
            ylabel=_("did not buy"),
        )


def calibration(found: Study | NotEnoughData) -> Calibration | NotEnoughData:
    """Compare forecast and outcome by tenths of the forecast, all past cut-offs together."""
    if isinstance(found, NotEnoughData):
        return found
    best = found.forecasts[found.forecasts["recipe"] == BEST]
    forecast = best["forecast"].to_numpy(float)
    churned = best["churned"].to_numpy(float)
    rows = []
    for tenth, part in enumerate(np.array_split(np.argsort(forecast, kind="stable"), BINS), 1):
        rows.append(
            {
                "tenth": tenth,
                "customers": len(part),
                "predicted": forecast[part].mean(),
                "observed": churned[part].mean(),
                "left": churned[part].sum(),
            }
        )
    table = pd.DataFrame(rows)
    low, high = wilson(table["left"], table["customers"], confidence=CONFIDENCE)
    table = table.assign(low=low, high=high)
    inside = (table["predicted"] >= table["low"]) & (table["predicted"] <= table["high"])
    facts = found.facts | {
        "confidence": CONFIDENCE,
        "error": calibration_error(forecast, churned),
        "inside": int(inside.sum()),
        "bins": len(table),
        "top_predicted": float(table["predicted"].iloc[-1]),
        "top_observed": float(table["observed"].iloc[-1]),
        "bottom_predicted": float(table["predicted"].iloc[0]),
        "bottom_observed": float(table["observed"].iloc[0]),
    }
    return Calibration(
        table=table,
        facts=facts,
        claims=(
            Claim(
                key="top_tenth",
                message=_(
                    "Of the tenth of customers with the highest risk, {top_predicted:percent} were "
                    "predicted not to buy and {top_observed:percent} did not; in the lowest tenth "
                    "{bottom_predicted:percent} and {bottom_observed:percent}."
                ),
                holds=[
                    Holds(
                        "tenths are in order of the forecast",
                        bool(table["predicted"].is_monotonic_increasing),
                    )
                ],
            ),
        ),
        caveats=(
            _(
                "The forecasts are calibrated for {horizon:days} only; another horizon needs "
                "another study."
            ),
            *identity_caveats(facts),
        ),
        title=_("Whether the percentages can be taken at their word"),
        subtitle=_(
            "Predicted against observed share without a purchase, by tenths of customers over "
            "{tests:count} past windows; bars are {confidence:percent} Wilson intervals"
        ),
        meaning=_(
            "Where the points keep to the dotted line, a forecast can be taken at its word; "
            "above it, more customers stayed away than predicted."
        ),
        alt=_(
            "Reliability chart of predicted against observed share without a purchase; "
            "{inside:count} of {bins:count} tenths agree within their interval."
        ),
    )
