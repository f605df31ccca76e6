"""Luck: how much of the difference between campaigns is the luck of small numbers?

The plain shares differ more than the campaigns do, because a campaign that reached few customers
may have been lucky. The variance of the plain shares is split into what chance alone would give
and the rest (method of moments, as in Morris 1983, "Parametric empirical Bayes inference").
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.campaigns import CampaignScores
from insights.charts import marks
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MIN_CAMPAIGNS = 8
RESAMPLES = 2_000
SEED = 1983
CONFIDENCE = 0.90
_TITLE = _("How much is luck")


@dataclass(frozen=True, eq=False, kw_only=True)
class Luck(Result):
    """Plain share and the share to expect again, one row per campaign; both in [0, 1]."""

    name = "luck"
    columns = {
        "title": Column(_("Campaign"), "text"),
        "reached": Column(_("Reached"), "count", people=True),
        "raw": Column(_("Plain share"), "percent"),
        "score": Column(_("To be expected again"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
    }

    def plot(self) -> "Axes":
        """Draw the share to expect again against the plain share, a dot a campaign."""
        return marks.reliability(
            self.table,
            predicted="raw",
            observed="score",
            count="reached",
            low="low",
            high="high",
            xlabel=_("plain share"),
            ylabel=_("to be expected again"),
            joined=False,
        )


def luck(scores: CampaignScores | NotEnoughData) -> Luck | NotEnoughData:
    """Split the differences between campaigns into luck and what would come again.

    The interval resamples campaigns (percentile bootstrap, 90%).
    """
    if isinstance(scores, NotEnoughData):
        return scores
    table = scores.table[["title", "reached", "redeemers", "raw", "score", "low", "high"]]
    facts: dict[str, Any] = {
        "confidence": CONFIDENCE,
        "as_of": scores.as_of,
        "campaigns": len(table),
        "min_campaigns": MIN_CAMPAIGNS,
    }
    if len(table) < MIN_CAMPAIGNS:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{campaigns:count} campaigns are too few to tell luck from what comes again."
            ),
            needs=_("Needed: at least {min_campaigns:count} campaigns."),
            facts=facts,
        )
    best = table.loc[table["raw"].idxmax()]
    share, low, high = luck_share(table)
    facts |= {
        "luck": share,
        "luck_low": low,
        "luck_high": high,
        "best": best["title"],
        "best_raw": float(best["raw"]),
        "best_score": float(best["score"]),
        "best_reached": int(best["reached"]),
    }
    return Luck(
        table=table.drop(columns="redeemers"),
        facts=facts,
        claims=_claims(facts, table),
        title=_TITLE,
        subtitle=_(
            "Plain share redeemed of the campaigns until {as_of:day} against the share to be "
            "expected again, with {confidence:percent} intervals; the larger the dot, the more "
            "customers were reached"
        ),
        meaning=_(
            "Judge a campaign by where its dot stands on the vertical axis: what lies below the "
            "dotted line was good fortune, and will not come again."
        ),
        alt=_(
            "Scatter chart of {campaigns:count} campaigns, plain share against the share to be "
            "expected again; {luck:percent} of the differences are luck."
        ),
    )


def luck_share(table: pd.DataFrame) -> tuple[float, float, float]:
    """Return the share of luck in the variance of the plain shares, with its 90% interval.

    Parameters
    ----------
    table : DataFrame, one row per campaign
        ``raw`` and ``score`` in [0, 1], ``reached`` customers.
    """
    raw, expected, reached = (table[name].to_numpy(float) for name in ("raw", "score", "reached"))
    # What chance gives to a campaign whose true share is the one to be expected.
    chance = expected * (1 - expected) / reached
    draws = np.random.default_rng(SEED).integers(len(raw), size=(RESAMPLES, len(raw)))
    found = _ratio(raw, chance)
    drawn = np.array([_ratio(raw[draw], chance[draw]) for draw in draws])
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return found, float(min(low, found)), float(max(high, found))


def _ratio(raw: np.ndarray, chance: np.ndarray) -> float:
    spread = raw.var(ddof=1)
    return float(min(1.0, chance.mean() / spread)) if spread > 0 else 1.0


def _claims(facts: dict[str, Any], table: pd.DataFrame) -> tuple[Claim, ...]:
    claims = [
        Claim(
            key="luck_of_differences",
            message=_(
                "About {luck:percent} ({luck_low:percent}–{luck_high:percent}) of the differences "
                "between the campaigns' plain shares is luck."
            ),
        )
    ]
    if facts["best_score"] < facts["best_raw"]:
        claims.append(
            Claim(
                key="best_raw_drawn_in",
                place="evidence",
                message=_(
                    "{best} has the highest plain share, {best_raw:percent} of "
                    "{best_reached:count} customers reached; {best_score:percent} is what to "
                    "expect of it again."
                ),
                holds=[
                    Holds(
                        "no plain share is higher",
                        facts["best_raw"] >= float(table["raw"].max()),
                    ),
                    Holds("it is drawn in", facts["best_score"] < facts["best_raw"]),
                ],
            )
        )
    return tuple(claims)
