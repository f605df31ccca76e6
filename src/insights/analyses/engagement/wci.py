"""WCI: what does the familiar index of official accounts say, and why does the score disagree?

WCI v14.2 (Tsinghua's index of WeChat accounts) adds up logarithms of totals: who has more fans has
more of it. It ranks accounts by reach; it cannot say which piece was better, nor how sure that is.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import spearmanr

from insights.analyses.engagement.score import ContentScores
from insights.charts import marks
from insights.errors import DataError, MissingColumns
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
MOST_READS = 100_001  # what WCI enters for "100,000+"
NEEDED = {"published_on", "reads", "looks", "likes", "shares", "headline"}
MIN_PIECES = 10
_TITLE = _("The familiar index and plain rates beside the score")


def index(reads: ArrayLike, looks: ArrayLike, likes: ArrayLike, shares: ArrayLike) -> Floats:
    """Return the basic index of WCI v14.2.

    ``.70 ln(reads + 1) + .09 ln(10 looks + 1) + .06 ln(10 likes + 1) + .15 ln(10 shares + 1)``,
    where looks are 在看 and reads above 100,000 enter as 100,001.

    Examples
    --------
    >>> index(0, 0, 0, 0).item(), round(index(200_000, 0, 0, 0).item(), 4)
    (0.0, 8.0591)
    """
    counts = [np.asarray(part, np.float64) for part in (reads, looks, likes, shares)]
    if any((part < 0).any() or not np.isfinite(part).all() for part in counts):
        raise DataError(
            "WCI needs reads, looks, likes and shares of zero or more; found missing or negative "
            "ones. Leave out articles that the platform gives no totals for."
        )
    read = np.where(counts[0] > 100_000, MOST_READS, counts[0])
    return np.asarray(
        0.70 * np.log1p(read)
        + 0.09 * np.log1p(10 * counts[1])
        + 0.06 * np.log1p(10 * counts[2])
        + 0.15 * np.log1p(10 * counts[3])
    )


def wci(articles: pd.DataFrame, *, days: int) -> float:
    """Return WCI v14.2 of one account over a period.

    ``12 (.6 O + .2 A + .1 H + .1 P)**2``: O is the index of totals a day, A of means an article,
    H of the headlines' totals a day, P of the largest of each count.

    Parameters
    ----------
    articles : DataFrame, one row per article
        `published_on`, `reads`, `looks` (在看), `likes`, `shares`, `headline` (true for the first
        place of a push).
    days : int
        Days of the period, also those without an article.

    Raises
    ------
    MissingColumns, DataError
        If a count is absent, or there is no article or no day.
    """
    if missing := NEEDED - set(articles.columns):
        raise MissingColumns("articles", missing, articles.columns)
    if articles.empty or days < 1:
        raise DataError(
            f"WCI needs an article and a day; found {len(articles)} articles in {days} days. "
            "Take a longer period."
        )
    counts = articles[["reads", "looks", "likes", "shares"]].astype(float)
    first = counts[articles["headline"].astype(bool)]
    parts = [counts.sum() / days, counts.mean(), first.sum() / days, counts.max()]
    o, a, h, p = (index(*part.to_numpy()).item() for part in parts)
    return float(12 * (0.6 * o + 0.2 * a + 0.1 * h + 0.1 * p) ** 2)


@dataclass(frozen=True, eq=False, kw_only=True)
class BesideScore(Result):
    """Places of each piece by score, plain rate and index, 1 for the first. One row per piece."""

    name = "beside_score"
    columns = {
        "title": Column(_("Piece"), "text"),
        "slot": Column(_("Place"), "text"),
        "by_score": Column(_("By score"), "count"),
        "by_rate": Column(_("By plain rate"), "count"),
        "by_index": Column(_("By WCI's index"), "count"),
    }

    def plot(self) -> "Axes":
        """Draw how far each way of ranking agrees with the score."""
        return marks.bars(
            pd.DataFrame(
                {
                    "way": [_("plain rate"), _("WCI's index")],
                    "agrees": [self.facts["rate_agrees"], self.facts["index_agrees"]],
                }
            ).dropna(),
            name="way",
            value="agrees",
            kind="number",
            xlabel=_("rank correlation with the score"),
        )


def beside_score(
    scores: ContentScores | NotEnoughData, totals: pd.DataFrame | None = None
) -> BesideScore | NotEnoughData:
    """Rank the pieces three ways, and say why the rankings part.

    Parameters
    ----------
    scores : ContentScores
    totals : DataFrame, one row per content, optional
        `content_id`, `reads`, `looks`, `likes`, `shares`; without it the answers stand for reads.
    """
    if isinstance(scores, NotEnoughData):
        return scores
    table = scores.table
    if totals is None:
        nothing = np.zeros(len(table))
        value = index(table["answered"], nothing, nothing, nothing)
    else:
        own = totals.set_index("content_id").reindex(table["content_id"])
        known = own[["reads", "looks", "likes", "shares"]].astype(float).fillna(0)
        value = index(*known.to_numpy().T)
    ranked = pd.DataFrame(
        {
            "title": table["title"],
            "slot": table["slot"],
            "by_score": table["expected"].rank(ascending=False, method="min").astype(int),
            "by_rate": table["raw"].rank(ascending=False, method="min").astype(int),
            "by_index": pd.Series(value).rank(ascending=False, method="min").astype(int),
        }
    )
    facts: dict[str, Any] = {
        "as_of": scores.as_of,
        "items": len(ranked),
        "rate_agrees": _rank_correlation(ranked["by_score"], ranked["by_rate"]),
        "index_agrees": _rank_correlation(ranked["by_score"], ranked["by_index"]),
        "reach_agrees": _rank_correlation(-table["reached"], ranked["by_index"]),
        "moved": int(((ranked["by_score"] - ranked["by_rate"]).abs() > len(ranked) / 4).sum()),
    }
    return BesideScore(
        table=ranked,
        facts=facts,
        claims=(
            Claim(
                key="rankings_part",
                place="evidence",
                message=_(
                    "The score's ranking correlates {rate_agrees:number} with that of plain rates "
                    "and {index_agrees:number} with that of WCI's index; {moved:count} of "
                    "{items:count} pieces move by a quarter of the list or further."
                ),
                holds=[Holds("no piece is counted twice", facts["moved"] <= facts["items"])],
            ),
        ),
        caveats=(
            _(
                "A plain rate credits the piece with its place, its day and its luck; WCI adds up "
                "totals, so it follows the number of people reached, and knows no doubt."
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "Rank correlation of two other ways of ranking {items:count} pieces with the score"
        ),
        meaning=_("A value of one would be the same ranking."),
        alt=_("Bar chart of how far plain rates and WCI's index rank as the score does."),
    )


def _rank_correlation(one: pd.Series, two: pd.Series) -> float:
    if one.nunique() < 2 or two.nunique() < 2:
        return float("nan")
    return float(spearmanr(one, two).statistic)
