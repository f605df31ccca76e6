"""Exposure: how many of the active customers will probably buy nothing, and what hangs on them?"""

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.churn.active import active_customers, high_risk_from
from insights.analyses.churn.caveats import history_caveats, identity_caveats
from insights.analyses.churn.level import NEAR_DAYS, YEAR_DAYS
from insights.analyses.churn.recipe import BEST
from insights.analyses.churn.study import ACTIVE_DAYS, Study
from insights.charts import marks
from insights.results import (
    SMALLEST_GROUP,
    Check,
    Claim,
    Column,
    Holds,
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

    `value_at_risk` is money: what the customers of the band are expected to spend in the window if
    they buy, times each one's chance of spending nothing.
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
    table = _bands(active, facts["high_risk"])
    return Exposure(
        table=table,
        facts=facts,
        claims=_claims(facts),
        caveats=(
            *history_caveats(facts),
            *identity_caveats(facts),
        ),
        checks=(_complete(found),),
        tiles=(
            Tile(
                key="expected_silent",
                label=_("Expected to buy nothing"),
                # Shares: more people may stay away only because more are active.
                fact="expected_share",
                low="expected_share_low",
                high="expected_share_high",
                kind="percent",
                good="down",
                # What came true is known of the sample alone, where there is one.
                before="base_rate" if facts["share"] == 1 and facts["last_active"] else None,
                against=_("the {horizon:days} to {last_until:day}, as it came true"),
                note=_("about {expected:count} of {active:count} active, next {horizon:days}"),
            ),
            *_identified_tile(facts),
            Tile(
                key="value_at_risk",
                label=_("Net sales at risk"),
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
            "The coloured bars hold the customers to look at first, whose chance of staying away "
            "is {high_risk:percent} or more."
        )
        if table["stands_out"].any()
        else _("Hardly anybody's chance of staying away is {high_risk:percent} or more."),
        alt=_(
            "Bar chart of {active:count} active customers by chance of no purchase, of whom about "
            "{expected:count} are expected to buy nothing."
        ),
    )


def _bands(active: pd.DataFrame, high_risk: float) -> pd.DataFrame:
    # A bar is coloured whole: who stands out and who does not are never in one.
    edges = np.unique(np.append(np.linspace(0, 1, BANDS + 1), high_risk).round(9))
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
            "stands_out": edges[:-1] >= high_risk - 1e-6,
        }
    )


def _facts(found: Study, active: pd.DataFrame) -> dict[str, Any]:
    best = found.forecasts[found.forecasts["recipe"] == BEST]
    windows = best.groupby("cutoff")[["forecast", "churned"]].sum().astype(float)
    astray = float(((windows["forecast"] / windows["churned"].clip(lower=1) - 1) ** 2).mean())
    # By how much what people spend was off, in the newest window that could be judged.
    missed = _missed(found.facts, "spend"), _missed(found.facts, "spend_top")
    valuable = active["valuable"].to_numpy(bool)
    usual = active["usual_spend"].to_numpy(float)
    last = found.facts["last_active"]
    sums = _sums(active, astray, missed[0], "")
    return {
        "active_days": ACTIVE_DAYS,
        "confidence": CONFIDENCE,
        "active": len(active),
        "high_risk": high_risk_from(found.facts),
        "base_rate": found.facts["last_silent"] / last if last else None,
        **sums,
        **{
            f"expected_share{end}": sums[f"expected{end}"] / max(len(active), 1)
            for end in ("", "_low", "_high")
        },
        "valuable": int(valuable.sum()),
        **_sums(active[valuable], astray, missed[1], "valuable_"),
        # What makes them the most valuable: nobody else spends more than the least of them.
        "valuable_least": float(usual[valuable].min()) if valuable.any() else 0.0,
        "others_most": float(usual[~valuable].max()) if (~valuable).any() else 0.0,
    }


def _missed(facts: dict[str, Any], name: str) -> float:
    """Return the squared miss of what customers would spend, relative to the expected."""
    expected = facts[f"{name}_expected"]
    return float((facts[f"{name}_actual"] / expected - 1) ** 2) if expected > 0 else 0.0


def _sums(active: pd.DataFrame, astray: float, missed: float, prefix: str) -> dict[str, float]:
    """Sum up chances and money, with intervals of luck and of how far windows went astray."""
    silent = active["p_silent"].to_numpy(float)
    usual = active["usual_spend"].to_numpy(float)
    expected, value = float(silent.sum()), float(active["value_at_risk"].sum())
    luck = silent * (1 - silent)
    people = Z * float(np.sqrt(luck.sum() + astray * expected**2))
    money = Z * float(np.sqrt((usual**2 * luck).sum() + (astray + missed) * value**2))
    return {
        f"{prefix}expected": expected,
        f"{prefix}expected_low": max(0.0, expected - people),
        f"{prefix}expected_high": min(float(len(active)), expected + people),
        f"{prefix}value": value,
        f"{prefix}value_low": max(0.0, value - money),
        f"{prefix}value_high": min(float(usual.sum()), value + money),
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if not facts["active"]:
        return ()
    everybody = Claim(
        key="expected_silent",
        message=_(
            "Of {active:count} customers who bought in the last {active_days:days}, about "
            "{expected:count} ({expected_low:count}–{expected_high:count}) will buy nothing in "
            "the {horizon:days} to {until:day}; {value:money} ({value_low:money}–"
            "{value_high:money}) of what they would spend if they bought are at risk."
        ),
    )
    about = (*_about_horizon(facts), *_about_spend(facts), _about_level(facts))
    if facts["valuable"] < SMALLEST_GROUP:
        return (everybody, *about)
    valuable = Claim(
        key="valuable_at_risk",
        message=_(
            "Of the {valuable:count} most valuable active customers, about "
            "{valuable_expected:count} ({valuable_expected_low:count}–"
            "{valuable_expected_high:count}) will probably buy nothing in the next {horizon:days}; "
            "{valuable_value:money} ({valuable_value_low:money}–{valuable_value_high:money}) of "
            "net sales hang on them."
        ),
        holds=[
            Holds(
                "no other active customer is expected to spend more than any of them",
                facts["valuable_least"] >= facts["others_most"],
            )
        ],
    )
    return (valuable, everybody, *about)


def _about_horizon(facts: dict[str, Any]) -> tuple[Claim, ...]:
    """Declare the horizon: the rhythm that it follows, and the base rate that it makes."""
    if facts["base_rate"] is None:
        return ()
    gap_known = facts["usual_gap"] == facts["usual_gap"]
    if gap_known:
        message = _(
            "Silence is looked for over {horizon:days}: {share_back:percent} of the gaps between "
            "purchases are up to {usual_gap:days} long. In the window before, {base_rate:percent} "
            "of active customers bought nothing."
        )
    else:
        message = _(
            "Silence is looked for over {horizon:days}, as asked for. In the window before, "
            "{base_rate:percent} of active customers bought nothing."
        )
    return (Claim(key="horizon", message=message, place="data"),)


def _about_spend(facts: dict[str, Any]) -> tuple[Claim, ...]:
    """Set beside each other what was expected of those who bought, and what they spent."""
    if facts["spend_top_people"] < SMALLEST_GROUP or not facts["spend_top_expected"]:
        return ()
    ratios = facts["spend_ratio"], facts["spend_top_ratio"]
    return (
        Claim(
            key="spend_check",
            message=_(
                "What a customer spends is learned from earlier windows. In the one to "
                "{last_until:day} the {spend_people:count} active customers who bought spent "
                "{spend_ratio:percent} of what was expected of them, those of the most valuable "
                "fifth {spend_top_ratio:percent}."
            ),
            holds=[
                Holds(
                    "the shares are of the sums",
                    all(
                        abs(ratio * facts[f"{name}_expected"] - facts[f"{name}_actual"]) < 1
                        for name, ratio in zip(("spend", "spend_top"), ratios, strict=True)
                    ),
                )
            ],
            place="data",
        ),
    )


def _about_level(facts: dict[str, Any]) -> Claim:
    """Say what the level of the forecast owes to the same season before, or to the last window."""
    if not facts["level_known"]:
        message = _(
            "No earlier window of {horizon:days} could be forecast from what was known before it: "
            "the level of today's forecast is not corrected."
        )
    elif facts["level_of_last_year"]:
        message = _(
            "In the same season a year ago, from {level_on:day} on, {level_predicted:percent} of "
            "customers were forecast to buy nothing and {level_actual:percent} did; "
            "{level_part:percent} of that miss is taken into account today."
        )
    else:
        message = _(
            "In the window from {level_on:day} on, {level_predicted:percent} of customers were "
            "forecast to buy nothing and {level_actual:percent} did; {level_part:percent} of that "
            "miss is taken into account today, because the same season of last year is not known."
        )
    holds = [
        Holds(
            "the season is known only where the window is a year old",
            facts["level_of_last_year"]
            == (
                facts["level_known"]
                and abs((facts["as_of"] - facts["level_on"]).days - YEAR_DAYS) <= NEAR_DAYS
            ),
        )
    ]
    return Claim(key="level", message=message, holds=holds, place="data")


def _identified_tile(facts: dict[str, Any]) -> tuple[Tile, ...]:
    if facts["identified"] is None:
        return ()
    return (
        Tile(
            key="identified",
            label=_("Share of net sales by known customers"),
            fact="identified",
            kind="percent",
            good="up",
            note=_("who buys elsewhere is not seen, and not called lost"),
        ),
    )


def _complete(found: Study) -> Check:
    if found.everyone is not None:
        scored, known = found.everyone.scored, found.everyone.customers
    else:
        scored = int(found.scores["forecast"].between(0, 1).sum())
        known = found.facts["customers"]
    return Check(
        key="everyone_scored",
        message=_("Every known customer has a score between zero and one."),
        passed=scored == known,
        evidence=_("{scores:count} scores, {known:count} known customers"),
        facts={"scores": scored, "known": known},
    )
