"""At risk: which active customers will probably buy nothing, what are they worth, and why them?"""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.churn.recipe import BEST, usual_gap_days
from insights.analyses.churn.study import Study, season_caveat
from insights.charts import marks
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ACTIVE_DAYS = 91
CONFIDENCE = 0.95
Z = 1.96  # Of a normal distribution, for that confidence.
MORE_LIKELY_THAN_NOT = 0.5
OVERDUE = 2.0
SLOWER = 0.5

REASON_OVERDUE = _("silent for more than twice the usual gap")
REASON_SLOWER = _("bought less than half as often in the last four weeks as before")
REASON_NEW = _("bought on one day only")
REASON_RARE = _("buys seldom")


@dataclass(frozen=True, eq=False, kw_only=True)
class AtRisk(Result):
    """Active customers who will more likely than not buy nothing within the horizon.

    One row per customer, ordered by `value_at_risk` (money): what the customer usually spends in
    such a window, times the chance that nothing is bought. `p_silent` in [0, 1]; gaps in days.
    """

    name = "at_risk"
    columns = {
        "customer_id": Column(_("Customer"), "text"),
        "p_silent": Column(_("Chance of no purchase"), "percent"),
        "usual_spend": Column(_("Usual spend in the window"), "money"),
        "value_at_risk": Column(_("Net sales at risk"), "money"),
        "days_since": Column(_("Days since last purchase"), "count"),
        "usual_gap": Column(_("Usual days between purchases"), "number"),
        "reason": Column(_("Why"), "said"),
    }

    as_of: date
    everyone: pd.DataFrame

    def plot(self) -> "Axes":
        """Draw how the customers who are active now spread over their chance of no purchase."""
        edges = np.linspace(0, 1, 11)
        active = self.everyone
        counted = np.histogram(active["p_silent"], bins=edges)[0]
        frame = pd.DataFrame(
            {
                "risk": [f"{low:.0%}–{high:.0%}" for low, high in pairwise(edges)],
                "customers": counted,
                "stands_out": edges[:-1] >= MORE_LIKELY_THAN_NOT,
            }
        )
        return marks.bars(
            frame,
            name="risk",
            value="customers",
            emphasis="stands_out",
            kind="count",
            xlabel=_("active customers"),
        )


def at_risk(found: Study | NotEnoughData, *, list_size: int = 50) -> AtRisk | NotEnoughData:
    """List active customers who will more likely than not buy nothing, the most valuable first.

    Parameters
    ----------
    found : Study
    list_size : int, default 50
        Customers in the table; the claims are about all of them.

    Returns
    -------
    AtRisk or NotEnoughData
    """
    if isinstance(found, NotEnoughData):
        return found
    scores = found.scores
    active = scores[scores["days_since"] < ACTIVE_DAYS]
    gap = usual_gap_days(active)
    usual = active["amount_91"].astype(float).clip(lower=0) * found.horizon_days / ACTIVE_DAYS
    everyone = pd.DataFrame(
        {
            "customer_id": active["customer_id"],
            "p_silent": active["forecast"],
            "usual_spend": usual,
            "value_at_risk": usual * active["forecast"],
            "days_since": active["days_since"],
            "usual_gap": gap,
            "reason": _reasons(active, gap),
        }
    )
    listed = everyone[everyone["p_silent"] >= MORE_LIKELY_THAN_NOT].sort_values(
        ["value_at_risk", "customer_id"], ascending=[False, True], ignore_index=True
    )
    facts = found.facts | _facts(found, everyone, listed, list_size)
    return AtRisk(
        table=listed.head(list_size),
        everyone=everyone,
        as_of=found.as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=(
            *season_caveat(facts),
            _(
                "A high risk is not a reason why contacting helps: whether it does, only a random "
                "control group can show."
            ),
            _(
                "Only purchases known here count: whoever buys elsewhere, or without being "
                "recognised, looks silent."
            ),
        ),
        checks=(_complete(scores, found),),
        tiles=_tiles(),
        title=_("Active customers by their chance of buying nothing"),
        subtitle=_(
            "Customers who bought in the last {active_days:days}, by the chance of no purchase in "
            "the next {horizon:days}"
        ),
        meaning=_(
            "The coloured bars are the customers who will more likely than not stay away; the "
            "table lists the most valuable of them."
        ),
        alt=_(
            "Bar chart of active customers by chance of no purchase; {listed:count} of "
            "{active:count} are more likely than not to buy nothing."
        ),
    )


def _reasons(active: pd.DataFrame, gap: pd.Series) -> np.ndarray:
    """Say what in a customer's history stands out; the first that applies."""
    before = (active["occasions_91"] - active["occasions_28"]) / (ACTIVE_DAYS - 28)
    now = active["occasions_28"] / 28
    return np.select(
        [
            active["frequency"] == 0,
            active["days_since"] > OVERDUE * gap,
            now < SLOWER * before,
        ],
        [REASON_NEW, REASON_OVERDUE, REASON_SLOWER],
        default=REASON_RARE,
    )


def _facts(
    found: Study, everyone: pd.DataFrame, listed: pd.DataFrame, list_size: int
) -> dict[str, Any]:
    silent = everyone["p_silent"].to_numpy(float)
    expected = float(silent.sum())
    # Two doubts: chance within one window, and how far whole windows went astray in the past.
    chance = float((silent * (1 - silent)).sum())
    best = found.forecasts[found.forecasts["recipe"] == BEST]
    windows = best.groupby("cutoff")[["forecast", "churned"]].sum().astype(float)
    astray = float(((windows["forecast"] / windows["churned"].clip(lower=1) - 1) ** 2).mean())
    spread = Z * float(np.sqrt(chance + astray * expected**2))
    usual = everyone["usual_spend"].to_numpy(float)
    value = float(everyone["value_at_risk"].sum())
    luck = float((usual**2 * silent * (1 - silent)).sum())
    value_spread = Z * float(np.sqrt(luck + astray * value**2))
    return {
        "active_days": ACTIVE_DAYS,
        "confidence": CONFIDENCE,
        "active": len(everyone),
        "expected": expected,
        "expected_low": max(0.0, expected - spread),
        "expected_high": min(float(len(everyone)), expected + spread),
        "expected_share": expected / max(len(everyone), 1),
        "value": value,
        "value_low": max(0.0, value - value_spread),
        "value_high": min(float(usual.sum()), value + value_spread),
        "listed": len(listed),
        "lowest_listed": float(listed["p_silent"].min()) if len(listed) else float("nan"),
        "listed_value": float(listed["value_at_risk"].sum()),
        "shown": min(len(listed), list_size),
        "shown_value": float(listed["value_at_risk"].head(list_size).sum()),
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if not facts["active"]:
        return ()
    claims = [
        Claim(
            key="expected_silent",
            message=_(
                "Of {active:count} customers who bought in the last {active_days:days}, about "
                "{expected:count} ({expected_low:count}–{expected_high:count}) will buy nothing in "
                "the {horizon:days} to {until:day}; {value:money} ({value_low:money}–"
                "{value_high:money}) of their usual net sales are at risk."
            ),
        )
    ]
    if facts["listed"]:
        claims.append(
            Claim(
                key="more_likely_than_not",
                message=_(
                    "{listed:count} of them will more likely than not buy nothing; the "
                    "{shown:count} most valuable hold {shown_value:money} of the "
                    "{listed_value:money} at risk among these."
                ),
                holds=[
                    Holds(
                        "each has a chance of at least one half",
                        facts["lowest_listed"] >= MORE_LIKELY_THAN_NOT,
                    )
                ],
            )
        )
    return tuple(claims)


def _tiles() -> tuple[Tile, ...]:
    return (
        Tile(
            key="expected_silent",
            label=_("Expected to buy nothing"),
            fact="expected",
            low="expected_low",
            high="expected_high",
            kind="count",
            good="down",
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
        Tile(
            key="more_likely_than_not",
            label=_("More likely than not to stay away"),
            fact="listed",
            kind="count",
            good="down",
        ),
    )


def _complete(scores: pd.DataFrame, found: Study) -> Check:
    whole = len(scores) == found.facts["customers"] and bool(scores["forecast"].between(0, 1).all())
    return Check(
        key="everyone_scored",
        message=_("Every known customer has a score between zero and one."),
        passed=whole,
        evidence=f"{len(scores)} = {found.facts['customers']}",
    )
