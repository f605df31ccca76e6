"""Exposure: how many of the active customers will probably buy nothing, and what hangs on them?"""

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.churn.active import MORE_LIKELY_THAN_NOT, active_customers
from insights.analyses.churn.recipe import BEST
from insights.analyses.churn.study import ACTIVE_DAYS, Study, history_caveats
from insights.charts import marks
from insights.results import (
    SMALLEST_GROUP,
    Check,
    Claim,
    Column,
    NotEnoughData,
    Result,
    Tile,
)
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.95
Z = 1.96  # Of a normal distribution, for that confidence.
BANDS = 10


@dataclass(frozen=True, eq=False, kw_only=True)
class Exposure(Result):
    """Active customers by their chance of buying nothing within the horizon. One row per band.

    `value_at_risk` is money: what the customers of the band usually spend in such a window, times
    each one's chance of spending nothing.
    """

    name = "exposure"
    columns = {
        "chance": Column(_("Chance of no purchase"), "text"),
        "customers": Column(_("Customers"), "count", people=True),
        "value_at_risk": Column(_("Net sales at risk"), "money"),
    }

    def plot(self) -> "Axes":
        """Draw how many active customers there are in each band."""
        return marks.bars(
            self.table,
            name="chance",
            value="customers",
            emphasis="stands_out",
            kind="count",
            xlabel=_("active customers"),
        )


def exposure(found: Study | NotEnoughData) -> Exposure | NotEnoughData:
    """Sum up today's scores: customers expected to buy nothing, and the sales that hang on them.

    The interval holds two doubts: chance within one window, and how far whole windows went astray
    in the backtest.
    """
    if isinstance(found, NotEnoughData):
        return found
    active = active_customers(found)
    facts = found.facts | _facts(found, active)
    return Exposure(
        table=_bands(active),
        facts=facts,
        claims=_claims(facts),
        caveats=(
            *history_caveats(facts),
            _(
                "Only purchases known here count: whoever buys elsewhere, or without being "
                "recognised, looks silent."
            ),
        ),
        checks=(_complete(found),),
        tiles=(
            Tile(
                key="expected_silent",
                label=_("Expected to buy nothing"),
                fact="expected",
                low="expected_low",
                high="expected_high",
                kind="count",
                good="neither",  # More may stay away only because more are active.
                before="last_silent",
                against=_("the {horizon:days} to {last_until:day}, as it came true"),
                note=_("of {active:count} active, next {horizon:days}"),
            ),
            Tile(
                key="value_at_risk",
                label=_("Usual net sales at risk"),
                fact="value",
                low="value_low",
                high="value_high",
                kind="money",
                good="down",
            ),
        ),
        title=_("Active customers by their chance of buying nothing"),
        subtitle=_(
            "Customers who bought in the last {active_days:days}, by the chance of no purchase in "
            "the next {horizon:days}"
        ),
        meaning=_(
            "The coloured bars are the customers to look at first: more likely than not"
            " they stay away."
        ),
        alt=_(
            "Bar chart of {active:count} active customers by chance of no purchase, of whom about "
            "{expected:count} are expected to buy nothing."
        ),
    )


def _bands(active: pd.DataFrame) -> pd.DataFrame:
    edges = np.linspace(0, 1, BANDS + 1)
    counted = np.histogram(active["p_silent"], edges)[0]
    # The highest bands hold few people: they are one band as soon as that is needed to show them.
    while len(counted) > 1 and 0 <= counted[-1] < SMALLEST_GROUP and counted[-2:].sum():
        edges = np.delete(edges, -2)
        counted = np.append(counted[:-2], counted[-2:].sum())
    value = np.histogram(active["p_silent"], edges, weights=active["value_at_risk"])[0]
    return pd.DataFrame(
        {
            "chance": [f"{low:.0%}–{high:.0%}" for low, high in pairwise(edges)],
            "customers": counted,
            "value_at_risk": value,
            "stands_out": edges[:-1] >= MORE_LIKELY_THAN_NOT - 1e-9,
        }
    )


def _facts(found: Study, active: pd.DataFrame) -> dict[str, Any]:
    silent = active["p_silent"].to_numpy(float)
    usual = active["usual_spend"].to_numpy(float)
    best = found.forecasts[found.forecasts["recipe"] == BEST]
    windows = best.groupby("cutoff")[["forecast", "churned"]].sum().astype(float)
    astray = float(((windows["forecast"] / windows["churned"].clip(lower=1) - 1) ** 2).mean())
    expected, value = float(silent.sum()), float(active["value_at_risk"].sum())
    luck = silent * (1 - silent)
    people_spread = Z * float(np.sqrt(luck.sum() + astray * expected**2))
    value_spread = Z * float(np.sqrt((usual**2 * luck).sum() + astray * value**2))
    return {
        "active_days": ACTIVE_DAYS,
        "confidence": CONFIDENCE,
        "active": len(active),
        "expected": expected,
        "expected_low": max(0.0, expected - people_spread),
        "expected_high": min(float(len(active)), expected + people_spread),
        "value": value,
        "value_low": max(0.0, value - value_spread),
        "value_high": min(float(usual.sum()), value + value_spread),
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if not facts["active"]:
        return ()
    return (
        Claim(
            key="expected_silent",
            message=_(
                "Of {active:count} customers who bought in the last {active_days:days}, about "
                "{expected:count} ({expected_low:count}–{expected_high:count}) will buy nothing in "
                "the {horizon:days} to {until:day}; {value:money} ({value_low:money}–"
                "{value_high:money}) of their usual net sales are at risk."
            ),
        ),
    )


def _complete(found: Study) -> Check:
    whole = len(found.scores) == found.facts["customers"]
    between = bool(found.scores["forecast"].between(0, 1).all())
    return Check(
        key="everyone_scored",
        message=_("Every known customer has a score between zero and one."),
        passed=whole and between,
        evidence=_("{scores:count} scores, {known:count} known customers"),
        facts={"scores": len(found.scores), "known": found.facts["customers"]},
    )
