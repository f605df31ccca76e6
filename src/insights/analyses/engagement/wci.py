"""WCI: what does the familiar index of official accounts say, and why does the score disagree?

WCI v14.2 (Tsinghua's index of WeChat accounts) adds up logarithms of totals: who has more fans has
more of it. It ranks accounts by reach; it cannot say which piece was better, nor how sure that is.
It is an index of official accounts' articles, of their reads, looks (在看), likes and shares: of
other content, or without one of these counts, there is none.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import spearmanr

from insights.analyses.engagement.channels import KINDS
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
COUNTS = ["reads", "looks", "likes", "shares"]
VERSION = "V14.2"
PERIOD = 30  # days that the account's own index is said of
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
    """Rank the pieces by score, by plain rate and, of articles, by WCI's index; say why they part.

    Parameters
    ----------
    scores : ContentScores
    totals : DataFrame, one row per article, optional
        The mart `article_totals`. Without it, or of other content than articles, there is no
        index, and the page says why.

    Raises
    ------
    MissingColumns
        If the mart lacks a column.
    """
    if isinstance(scores, NotEnoughData):
        return scores
    table = scores.table
    value, why = _indices(scores, totals)
    known = np.isfinite(value)
    ranked = pd.DataFrame(
        {
            "title": table["title"],
            "slot": table["slot"],
            "by_score": table["expected"].rank(ascending=False, method="min").astype(int),
            "by_rate": table["raw"].rank(ascending=False, method="min").astype(int),
            "by_index": pd.Series(value).rank(ascending=False, method="min").astype("Int64"),
        }
    )
    has_index = why is None
    facts: dict[str, Any] = {
        "as_of": scores.as_of,
        "channel": scores.facts["channel"],
        "items": len(ranked),
        "has_index": has_index,
        "indexed": int(known.sum()),
        "min_pieces": MIN_PIECES,
        "rate_agrees": _rank_correlation(ranked["by_score"], ranked["by_rate"]),
        "index_agrees": _rank_correlation(
            ranked.loc[known, "by_score"], ranked.loc[known, "by_index"].astype(float)
        ),
        "moved": int(((ranked["by_score"] - ranked["by_rate"]).abs() > len(ranked) / 4).sum()),
    }
    caveats = [
        _("A plain rate credits the piece with its place, its day and its luck."),
        why
        or _(
            "WCI adds up totals, so it follows the number of people reached, and knows no doubt; "
            "the interface gives people where WCI counts reads."
        ),
    ]
    if has_index and totals is not None:
        facts |= _account(totals, scores.as_of)
    return BesideScore(
        table=ranked,
        facts=facts,
        claims=_claims(facts),
        caveats=tuple(caveats),
        title=_TITLE,
        subtitle=_("{channel:said}: rank correlation of other ways of ranking with the score"),
        meaning=_("A value of one would be the same ranking."),
        alt=_("Bar chart of how far other ways of ranking rank as the score does."),
    )


def _indices(scores: ContentScores, totals: pd.DataFrame | None) -> tuple[Floats, str | None]:
    """Return the index of each piece, NaN where there is none, and why there is none at all."""
    nothing = np.full(len(scores.table), np.nan)
    if scores.facts["channel"] != KINDS["article"]:
        return nothing, _(
            "WCI is an index of official accounts' articles: it does not apply to {channel:said}."
        )
    if totals is not None and (
        missing := {"content_id", "published_on", *COUNTS, "headline"} - set(totals.columns)
    ):
        raise MissingColumns("article_totals", missing, totals.columns)
    # A count that no article has is one that the platform did not give.
    told = totals is not None and bool((totals[COUNTS].astype(float).sum() > 0).all())
    if totals is None or not told:
        return nothing, _(
            "WCI is not worked out: it needs reads, looks (在看), likes and shares of articles, "
            "and not all of them are in the data (getarticletotaldetail of the official account)."
        )
    own = totals.drop_duplicates("content_id").set_index("content_id")
    counts = own.reindex(scores.table["content_id"])[COUNTS].astype(float)
    whole = counts.notna().all(axis=1).to_numpy()
    if whole.sum() < MIN_PIECES:
        return nothing, _(
            "WCI is not worked out: fewer than {min_pieces:count} of the articles with a score "
            "have all of its four counts."
        )
    nothing[whole] = index(*counts[whole].to_numpy().T)
    return nothing, None


def _account(totals: pd.DataFrame, as_of: Any) -> dict[str, Any]:
    """Return the account's own index of the last days, as tables of accounts print it."""
    on = pd.to_datetime(totals["published_on"])
    since = pd.Timestamp(as_of) - pd.Timedelta(days=PERIOD)
    recent = totals[(on > since) & totals[[*COUNTS, "headline"]].notna().all(axis=1)]
    if recent.empty:
        return {"wci_articles": 0}
    return {
        "wci": wci(recent, days=PERIOD),
        "wci_articles": len(recent),
        "wci_days": PERIOD,
        "wci_version": VERSION,
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    once = [Holds("no piece is counted twice", facts["moved"] <= facts["items"])]
    if not facts["has_index"]:
        return (
            Claim(
                key="rankings_part",
                place="evidence",
                message=_(
                    "{channel:said}: the score's ranking correlates {rate_agrees:number} with that "
                    "of plain rates; {moved:count} of {items:count} pieces move by a quarter of "
                    "the list or further."
                ),
                holds=once,
            ),
        )
    found = [
        Claim(
            key="rankings_part",
            place="evidence",
            message=_(
                "The score's ranking correlates {rate_agrees:number} with that of plain rates "
                "and {index_agrees:number} with that of WCI's index; {moved:count} of "
                "{items:count} pieces move by a quarter of the list or further."
            ),
            holds=once,
        )
    ]
    if facts.get("wci_articles"):
        found.append(
            Claim(
                key="wci_of_account",
                place="evidence",
                message=_(
                    "WCI {wci_version} of the account is {wci:number} over {wci_articles:count} "
                    "articles of {wci_days:days}."
                ),
                holds=[Holds("there are articles", facts["wci_articles"] > 0)],
            )
        )
    return tuple(found)


def _rank_correlation(one: pd.Series, two: pd.Series) -> float:
    if one.nunique() < 2 or two.nunique() < 2:
        return float("nan")
    return float(spearmanr(one, two).statistic)
