"""Campaign scores: the share of the customers reached who redeemed at least one coupon.

The share is drawn towards the mean of the campaign's kind as far as campaigns of few customers
deserve (empirical Bayes), so that the best of many is not merely the luckiest.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.frame import CONFIDENCE, read_campaigns
from insights.charts import marks
from insights.models.shrinkage import BetaBinomial
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TOLD_APART = 0.95  # Two campaigns differ when one is above the other with this probability.
TOP = 3
NAMED = 2  # Up to so many campaigns that tie with the best are named, more are counted.
DRAWS = 20_000
SEED = 27
MIN_CAMPAIGNS = 3

WHOLE = _("whole")
RUNNING = _("still running")
BEGUN_BEFORE = _("began before the data")
ABOVE = _("above average")
BELOW = _("below average")
NOT_TOLD = _("not told apart")
_TITLE = _("Campaigns by share of reached customers who redeemed")


@dataclass(frozen=True, eq=False, kw_only=True)
class CampaignScores(Result):
    """Score of each campaign, best first. One row per campaign.

    `score` is the shrunk share of reached customers who redeemed, in [0, 1], with its 90% interval
    `low`, `high`; `raw` the plain share; `p_top` the chance to be among the best three.
    """

    name = "campaign_scores"
    columns = {
        "title": Column(_("Campaign"), "text"),
        "kind": Column(_("Kind"), "text"),
        "starts_on": Column(_("Start"), "day"),
        "ends_on": Column(_("End"), "day"),
        "reached": Column(_("Reached"), "count", people=True),
        "redeemers": Column(_("Redeemed"), "count"),
        "raw": Column(_("Plain share"), "percent"),
        "score": Column(_("Share, drawn in"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
        "p_top": Column(_("Chance of top three"), "percent"),
        "verdict": Column(_("Against the average"), "said"),
        "seen": Column(_("How much was seen"), "said"),
    }

    as_of: date
    p_better: np.ndarray

    def plot(self) -> "Axes":
        """Draw score and interval of each campaign, best first."""
        return marks.dots(
            self.table.assign(stands_out=self.table["verdict"] != NOT_TOLD),
            name="title",
            value="score",
            low="low",
            high="high",
            emphasis="stands_out",
            kind="percent",
            xlabel=_("customers reached who redeemed"),
            reference=float(self.facts["average"]),
            reference_label=_("average"),
        )


def campaign_scores(
    campaigns: pd.DataFrame, *, as_of: date, data_from: date | None = None
) -> CampaignScores | NotEnoughData:
    """Score campaigns by redemption per customer reached.

    Parameters
    ----------
    campaigns : DataFrame, one row per campaign
        The mart `campaign_response`: `campaign_id`, `title`, `kind`, `starts_on`, `ends_on`,
        `reached`, `redeemers`, `redemptions`, `uninvited`.
    as_of : date
        Last day of complete data; a campaign that ends later is marked as still running.
    data_from : date, optional
        First day of data; what a campaign did before is not known.

    Returns
    -------
    CampaignScores or NotEnoughData
    """
    found = read_campaigns(campaigns)
    facts: dict[str, Any] = {
        "as_of": as_of,
        "data_from": data_from,
        "campaigns": len(found),
        "min_campaigns": MIN_CAMPAIGNS,
        "reached": int(found["reached"].sum()),
        "redeemers": int(found["redeemers"].sum()),
    }
    if len(found) < MIN_CAMPAIGNS or not facts["redeemers"]:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{campaigns:count} campaigns reached {reached:count} customers and "
                "{redeemers:count} redeemed by {as_of:day}: there is nothing to compare."
            ),
            needs=_(
                "Needed: {min_campaigns:count} campaigns with customers reached, and redemptions."
            ),
            facts=facts,
        )
    counted = _within(found)
    table, p_better = _scored(found, as_of, data_from)
    facts |= _facts(table, p_better, found)
    return CampaignScores(
        table=table,
        p_better=p_better,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts, table),
        caveats=_caveats(facts),
        checks=(counted,),
        tiles=_tiles(),
        title=_TITLE,
        subtitle=_(
            "Share of customers reached by {as_of:day} who redeemed at least one coupon, "
            "drawn towards the mean of its kind; lines are {confidence:percent} intervals"
        ),
        meaning=_(
            "Repeat what the filled dots did: they stand out from the average. Hollow ones do"
            " not, whatever their place in the list."
        ),
        alt=_(
            "Dot chart of {campaigns:count} campaigns by score with intervals, best first; "
            "{not_told:count} of them are not told apart from the average, {average:percent}."
        ),
    )


def _scored(
    found: pd.DataFrame, as_of: date, data_from: date | None
) -> tuple[pd.DataFrame, np.ndarray]:
    counts = (found["redeemers"].to_numpy(float), found["reached"].to_numpy(float))
    groups = found["kind"].to_numpy(object)
    model = BetaBinomial().fit(*counts, groups=groups)
    posterior = model.posterior(*counts, groups=groups, confidence=CONFIDENCE)
    top = model.top_probability(
        *counts, min(TOP, len(found)), groups=groups, draws=DRAWS, seed=SEED
    )
    better = model.p_better(*counts, groups=groups, draws=DRAWS, seed=SEED)
    seen = np.select(
        [
            pd.to_datetime(found["ends_on"]) > pd.Timestamp(as_of),
            pd.to_datetime(found["starts_on"]) < pd.Timestamp(data_from)
            if data_from
            else np.zeros(len(found), bool),
        ],
        [RUNNING, BEGUN_BEFORE],
        default=WHOLE,
    )
    table = found.assign(
        raw=counts[0] / counts[1],
        score=posterior["mean"].to_numpy(),
        low=posterior["low"].to_numpy(),
        high=posterior["high"].to_numpy(),
        p_top=top,
        seen=seen,
    )
    # The average campaign, each counted once: else the few largest would be the measure of all.
    average = table["score"].mean()
    table["verdict"] = np.select(
        [table["low"] > average, table["high"] < average], [ABOVE, BELOW], default=NOT_TOLD
    )
    order = table.sort_values(["score", "campaign_id"], ascending=[False, True]).index
    return table.loc[order].reset_index(drop=True), better[np.ix_(order, order)]


def _facts(table: pd.DataFrame, p_better: np.ndarray, found: pd.DataFrame) -> dict[str, Any]:
    best = table.iloc[0]
    ties = table.iloc[1:][p_better[0, 1:] < TOLD_APART]
    return {
        "confidence": CONFIDENCE,
        "mean": float(found["redeemers"].sum() / found["reached"].sum()),
        "average": float(table["score"].mean()),
        "best": best["title"],
        "best_score": float(best["score"]),
        "best_low": float(best["low"]),
        "best_high": float(best["high"]),
        "best_top": float(best["p_top"]),
        "top": TOP,
        "ties": len(ties),
        "tied": " / ".join(ties["title"]) if len(ties) <= NAMED else "",
        "above": int((table["verdict"] == ABOVE).sum()),
        "below": int((table["verdict"] == BELOW).sum()),
        "not_told": int((table["verdict"] == NOT_TOLD).sum()),
        "running": int((table["seen"] == RUNNING).sum()),
        "begun_before": int((table["seen"] == BEGUN_BEFORE).sum()),
        "uninvited": int(table["uninvited"].sum()),
        "redemptions": int(table["redemptions"].sum()),
    }


def _claims(facts: dict[str, Any], table: pd.DataFrame) -> tuple[Claim, ...]:
    leads = Holds("no campaign has a higher score", bool(table["score"].idxmax() == 0))
    if facts["ties"]:
        first = Claim(
            key="leader_tied",
            undecided=True,
            topic="leader",
            message=_(
                "{best} has the highest share, {best_score:percent} "
                "({best_low:percent}–{best_high:percent}) of the customers reached redeemed, "
                "but it cannot be told apart from {tied}."
            )
            if facts["tied"]
            else _(
                "{best} has the highest share, {best_score:percent} "
                "({best_low:percent}–{best_high:percent}) of the customers reached redeemed, "
                "but it cannot be told apart from {ties:count} of the others."
            ),
            holds=[leads, Holds("another is below it with less than 95%", facts["ties"] > 0)],
        )
    else:
        first = Claim(
            key="leader_ahead",
            topic="leader",
            message=_(
                "{best} moved more of the customers it reached than every other campaign: "
                "{best_score:percent} ({best_low:percent}–{best_high:percent}) redeemed."
            ),
            holds=[leads, Holds("it is above each other with at least 95%", facts["ties"] == 0)],
        )
    sums = facts["above"] + facts["below"] + facts["not_told"] == facts["campaigns"]
    return (
        first,
        Claim(
            key="told_apart",
            message=_(
                "Of {campaigns:count} campaigns, {above:count} are clearly above the average "
                "campaign ({average:percent}) and {below:count} clearly below; "
                "{not_told:count} cannot be told apart from it."
            ),
            holds=[Holds("the three numbers are all campaigns", sums)],
        ),
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = [
        _(
            "Who was reached was not drawn at random: a high score may come from choosing good "
            "customers, and what these would have bought without a coupon is not known."
        ),
    ]
    if facts["running"]:
        caveats.append(
            _(
                "{running:count} campaigns were still running on {as_of:day}: their share can "
                "still grow."
            )
        )
    if facts["begun_before"]:
        caveats.append(
            _(
                "{begun_before:count} campaigns began before the data of {data_from:day}: what was "
                "redeemed before is missing."
            )
        )
    if facts["uninvited"]:
        caveats.append(
            _("{uninvited:count} coupons were redeemed by customers that were not reached.")
        )
    return tuple(caveats)


def _tiles() -> tuple[Tile, ...]:
    return (
        Tile(
            key="redemption",
            label=_("Redeemed, of all reached"),
            fact="mean",
            kind="percent",
            good="up",
            note=_("{redeemers:count} of {reached:count} mailings"),
        ),
        Tile(
            key="best_score",
            label=_("Highest share redeemed"),
            fact="best_score",
            low="best_low",
            high="best_high",
            confidence=CONFIDENCE,
            kind="percent",
            good="up",
            before="average",
            against=_("the average campaign"),
            note=_("{best}"),
        ),
        Tile(
            key="not_told_apart",
            label=_("Not told apart from the average"),
            fact="not_told",
            kind="count",
            note=_("of {campaigns:count} campaigns"),
        ),
    )


def _within(found: pd.DataFrame) -> Check:
    wrong = int((found["redeemers"] > found["reached"]).sum())
    return Check(
        key="redeemers_within_reached",
        message=_("No campaign has more redeemers than customers reached."),
        passed=wrong == 0,
        evidence=_("{wrong:count} of {campaigns:count} campaigns"),
        facts={"wrong": wrong, "campaigns": len(found)},
    )
