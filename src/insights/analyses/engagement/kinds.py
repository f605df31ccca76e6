"""Kind scores: do kinds of campaigns differ, once the campaigns of a kind are allowed to?"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from insights.analyses.engagement.frame import CONFIDENCE, read_campaigns
from insights.charts import marks
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TITLE = _("Redemption by kind of campaign")


@dataclass(frozen=True, eq=False, kw_only=True)
class KindScores(Result):
    """Redemption by kind of campaign. One row per kind; `share` with its 90% interval."""

    name = "kind_scores"
    columns = {
        "kind": Column(_("Kind"), "text"),
        "campaigns": Column(_("Campaigns"), "count"),
        "reached": Column(_("Reached"), "count", people=True),
        "redeemers": Column(_("Redeemed"), "count"),
        "share": Column(_("Share who redeemed"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
    }

    def plot(self) -> "Axes":
        """Draw share and interval of each kind."""
        return marks.dots(
            self.table,
            name="kind",
            value="share",
            low="low",
            high="high",
            kind="percent",
            xlabel=_("customers reached who redeemed"),
        )


def kind_scores(campaigns: pd.DataFrame, *, as_of: date) -> KindScores | NotEnoughData:
    """Compare kinds of campaigns by redemption per customer reached.

    The interval lets campaigns of a kind differ: it is that of the mean over campaigns, not over
    customers as if all had got one campaign.

    Parameters
    ----------
    campaigns, as_of
        As for `campaign_scores`.
    """
    found = read_campaigns(campaigns)
    rows = []
    for kind, members in found.groupby("kind"):
        share, low, high = _mean_share(members)
        rows.append(
            {
                "kind": kind,
                "campaigns": len(members),
                "reached": int(members["reached"].sum()),
                "redeemers": int(members["redeemers"].sum()),
                "share": share,
                "low": low,
                "high": high,
            }
        )
    table = pd.DataFrame(rows)
    if len(table) < 2 or table["low"].notna().sum() < 2:
        return NotEnoughData(
            title=_TITLE,
            because=_("There are {kinds:count} kinds of campaigns with enough of them to compare."),
            needs=_("Needed: two kinds with two campaigns each."),
            facts={"kinds": int(table["low"].notna().sum()) if len(table) else 0},
        )
    table = table.sort_values("share", ascending=False, ignore_index=True)
    # One campaign tells nothing of how much those of its kind differ: it is shown, not compared.
    compared = table[table["low"].notna()]
    best, rest = compared.iloc[0], compared.iloc[1:]
    facts = {
        "confidence": CONFIDENCE,
        "as_of": as_of,
        "best": str(best["kind"]),
        "best_share": float(best["share"]),
        "best_low": float(best["low"]),
        "best_high": float(best["high"]),
        "second": str(rest.iloc[0]["kind"]),
        "second_share": float(rest.iloc[0]["share"]),
        "second_low": float(rest.iloc[0]["low"]),
        "second_high": float(rest.iloc[0]["high"]),
        "kinds": len(table),
        "compared": len(compared),
        "single": len(table) - len(compared),
    }
    apart = bool((best["low"] > rest["high"]).all())
    if not apart:
        claim = Claim(
            key="kinds_not_told_apart",
            undecided=True,
            topic="kinds",
            message=_(
                "Kinds of campaigns are not distinguishable: of the customers reached, "
                "{best_share:percent} ({best_low:percent}–{best_high:percent}) redeemed with "
                "{best}, {second_share:percent} ({second_low:percent}–{second_high:percent}) "
                "with {second}."
            ),
            holds=[Holds("the interval of the first reaches into that of another", not apart)],
        )
    else:
        claim = Claim(
            key="best_kind",
            topic="kinds",
            message=_(
                "Of the customers reached by campaigns of {best}, {best_share:percent} "
                "({best_low:percent}–{best_high:percent}) redeemed, more than of any other "
                "kind that was repeated; next is {second} with {second_share:percent}."
            )
            if facts["single"]
            else _(
                "Of the customers reached by campaigns of {best}, {best_share:percent} "
                "({best_low:percent}–{best_high:percent}) redeemed, more than of any other "
                "kind; next is {second} with {second_share:percent}."
            ),
            holds=[Holds("its interval lies above that of every other kind", apart)],
        )
    single = (
        _(
            "{single:count} kinds had one campaign only: how much campaigns of such a kind differ "
            "is not known, so they are shown without an interval and not compared."
        ),
    )
    return KindScores(
        table=table,
        facts=facts,
        claims=(claim,),
        caveats=(
            _(
                "Kinds of campaigns were sent to different customers on purpose, so a difference "
                "between them is not the effect of the kind."
            ),
            *(single if facts["single"] else ()),
        ),
        title=_TITLE,
        subtitle=_(
            "Share of customers reached by {as_of:day} who redeemed at least one coupon, by "
            "kind of campaign; lines are {confidence:percent} intervals over campaigns"
        ),
        meaning=_(
            "Kinds whose lines overlap cannot be told apart: choosing between them needs a test."
        ),
        alt=_(
            "Dot chart of {kinds:count} kinds of campaigns by share who redeemed; {best} has "
            "{best_share:percent}."
        ),
    )


def _mean_share(members: pd.DataFrame) -> tuple[float, float, float]:
    """Share over all customers of a kind, its interval from how much its campaigns differ.

    A ratio of sums over campaigns (Cochran, Sampling Techniques, 6.4) with Student's quantile;
    unknown for a single campaign.
    """
    from scipy.stats import t as student  # noqa: PLC0415 - scipy loads when something is scored

    reached = members["reached"].to_numpy(float)
    redeemers = members["redeemers"].to_numpy(float)
    share = redeemers.sum() / reached.sum()
    n = len(members)
    if n < 2:
        return share, float("nan"), float("nan")
    residual = redeemers - share * reached
    error = np.sqrt(n / (n - 1) * (residual**2).sum()) / reached.sum()
    reach = float(student.ppf((1 + CONFIDENCE) / 2, n - 1)) * error
    return float(share), max(0.0, float(share - reach)), min(1.0, float(share + reach))
