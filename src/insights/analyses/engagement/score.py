"""Score: which pieces are really better than their peers, from 0 to 100, and how sure is that?

A piece's score is the share of pieces of its channel, published in the last 180 days, that it
beats, averaged over everything that its quality may be (see `quality`). Where that could be nearly
anything, no score is given.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.channels import KINDS
from insights.analyses.engagement.pieces import DAYS, Pieces, read_pieces
from insights.analyses.engagement.quality import Quality, quality
from insights.analyses.engagement.verdicts import (
    ABOVE,
    BELOW,
    MIN_ANSWERS,
    MIN_ITEMS,
    NOT_TOLD,
    TITLE,
    caveats,
    claims,
    refused,
)  # fmt: skip
from insights.charts import marks
from insights.results import Check, Column, NotEnoughData, Result, Tile
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.90
HISTORY = 540
WIDEST = 40  # points of the band beyond which a score would say nothing
TOP_SHARE = 0.10
DRAWN = 15  # pieces: whoever wants more of them reads the table
_PIECES = _("Pieces of content")


@dataclass(frozen=True, eq=False, kw_only=True)
class ContentScores(Result):
    """Score of each piece, best first. One row per piece (near-duplicates are one).

    `score` is the mean percentile in [0, 100] with its 90% band `low`, `high`; score and `p_top`
    are NaN where the band is wider than 40 points, and the band shows why. `expected` orders the
    pieces, scored or not. `raw` is the plain rate; `rate` with `rate_low` and `rate_high` the one
    to expect in an average place.
    """

    name = "content_scores"
    columns = {
        "title": Column(_("Piece"), "text"),
        "published_on": Column(_("Published"), "day"),
        "slot": Column(_("Place"), "text"),
        "reached": Column(_("Reached"), "count", people=True),
        "answered": Column(_("Answered"), "count"),
        "raw": Column(_("Plain rate"), "percent"),
        "rate": Column(_("Rate without place, day and luck"), "percent"),
        "rate_low": Column(_("Low"), "percent"),
        "rate_high": Column(_("High"), "percent"),
        "score": Column(_("Score"), "count"),
        "low": Column(_("Band from"), "count"),
        "high": Column(_("Band to"), "count"),
        "p_top": Column(_("Chance of the top tenth"), "percent"),
        "verdict": Column(_("Against its peers"), "said"),
        "expected": Column(_("Order"), "number", shown=False),
        "copies": Column(_("Shown"), "count", shown=False),
    }

    as_of: date
    pieces: Pieces
    quality: Quality

    def plot(self) -> "Axes":
        """Draw each piece's band, best first; those that stand out are filled."""
        return marks.dots(
            self.table.assign(stands_out=self.table["verdict"] != NOT_TOLD),
            name="title",
            value="expected",
            low="low",
            high="high",
            emphasis="stands_out",
            kind="number",
            xlabel=_("share of peers beaten, of 100"),
            reference=50.0,
            reference_label=_("the middle"),
            rows=DRAWN,
        )


def content_scores(
    pieces: pd.DataFrame, *, as_of: date, days: int = DAYS, history: int = HISTORY
) -> ContentScores | NotEnoughData:
    """Score the pieces of one channel by one kind of answer.

    Parameters
    ----------
    pieces : DataFrame, one row per (content, audience, source)
        See `read_pieces`.
    as_of : date
        Last day of complete data.
    days : int, default 180
        Peers are the pieces published in so many days up to `as_of`.
    history : int, default 540
        Places, days and audiences are learned from so many days.

    Raises
    ------
    MissingColumns
        If a needed column is absent.
    DataError
        If the model does not converge.
    """
    read = read_pieces(pieces, as_of=as_of, days=max(days, history))
    peers = read.items["published_on"] > pd.Timestamp(as_of) - pd.Timedelta(days=days)
    facts: dict[str, Any] = {
        "as_of": as_of,
        "channel": _channel(pieces),
        "days": days,
        "learned": len(read.items),
        "confidence": CONFIDENCE,
        "items": int(peers.sum()),
        "min_items": MIN_ITEMS,
        "min_answers": MIN_ANSWERS,
        "answered": int(read.cells["answered"].sum()),
        "reached": int(read.cells["reached"].sum()),
        "unseen": read.unseen,
        "impossible": read.impossible,
        "uncounted": read.uncounted,
        "copies": int((read.items["copies"] - 1).sum()) if len(read.items) else 0,
        "young": int((read.cells["share_in"] < 1).sum()),
        "older": _older(read),
        "widest": WIDEST,
    }
    if answer := refused(facts):
        return answer
    found = quality(read)
    table = _table(read, found, peers.to_numpy())
    facts |= _facts(table, found)
    return ContentScores(
        table=table,
        as_of=as_of,
        pieces=read,
        quality=found,
        facts=facts,
        claims=claims(facts, table),
        caveats=caveats(facts),
        checks=(
            Check(
                key="verdicts_are_all",
                message=_("Each piece has one verdict."),
                passed=facts["above"] + facts["below"] + facts["not_told"] == len(table),
                evidence=_("{items:count} pieces"),
                facts={"items": len(table)},
            ),
        ),
        tiles=(
            Tile(
                key="clear_winners",
                label=_("Pieces clearly better than their peers"),
                fact="above",
                kind="count",
                note=_("of {items:count}"),
            ),
        ),
        title=TITLE,
        subtitle=_(
            "{channel:said}: share of peers that each piece beats, of those published in the "
            "{days:days} up to {as_of:day}, without place, day and audience; lines are "
            "{confidence:percent} bands"
        ),
        meaning=_(
            "Filled dots lie on one side of the middle with their whole band. The order of hollow "
            "ones is not to be trusted."
        ),
        alt=_(
            "Dot chart of {items:count} pieces by the share of peers that they beat; "
            "{not_told:count} cannot be told apart from the middle."
        ),
    )


def _channel(pieces: pd.DataFrame) -> str:
    """Return what the one channel of the pieces is called, or just pieces."""
    kinds = pieces["kind"].dropna().unique() if "kind" in pieces else []
    return KINDS.get(str(kinds[0]), _PIECES) if len(kinds) == 1 else _PIECES


def _older(read: Pieces) -> int:
    """Return how many pieces were counted otherwise than the newest one."""
    known = read.cells[read.cells["source"].notna()].sort_values("published_on", kind="stable")
    if known.empty:
        return 0
    return int(known.loc[known["source"] != known["source"].iloc[-1], "item"].nunique())


def percentiles(draws: np.ndarray) -> np.ndarray:
    """Return the percentile in (0, 100) of each item in each draw, items x draws."""
    size = draws.shape[0]
    rank = np.empty_like(draws)
    np.put_along_axis(
        rank, np.argsort(draws, axis=0), np.arange(size, dtype=float)[:, None], axis=0
    )
    return np.asarray((rank + 0.5) / size * 100)


def _table(read: Pieces, found: Quality, peers: np.ndarray) -> pd.DataFrame:
    tails = [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]
    place = percentiles(found.draws[peers])
    low, high = np.quantile(place, tails, axis=1)
    rate_low, rate_high = np.quantile(found.adjusted[peers], tails, axis=1)
    seen = read.cells.groupby("item")[["reached", "answered", "trials"]].sum()[peers]
    expected = place.mean(axis=1)
    items = read.items[peers].drop(columns=["topics", "titled"])
    table = items.assign(
        slot=items["slot"].where(items["slot"].notna(), "–"),
        reached=seen["reached"].astype("int64"),
        answered=seen["answered"].astype("int64"),
        raw=seen["answered"] / seen["reached"],
        rate=found.adjusted[peers].mean(axis=1),
        rate_low=rate_low,
        rate_high=rate_high,
        expected=expected,
        # Whole points: the draws behind them do not carry more.
        score=np.where(high - low <= WIDEST, np.round(expected), np.nan),
        low=np.round(low),
        high=np.round(high),
        p_top=np.where(high - low <= WIDEST, (place > 100 * (1 - TOP_SHARE)).mean(axis=1), np.nan),
        verdict=np.select([low > 50, high < 50], [ABOVE, BELOW], default=NOT_TOLD),
    )
    return table.sort_values(
        ["expected", "content_id"], ascending=[False, True], kind="stable"
    ).reset_index(names="item")


def _facts(table: pd.DataFrame, found: Quality) -> dict[str, Any]:
    best, lucky = table.iloc[0], table.loc[table["raw"].idxmax()]
    plain = float(table["answered"].sum() / table["reached"].sum())
    usual = float(table["rate"].mean())
    return {
        "above": int((table["verdict"] == ABOVE).sum()),
        "below": int((table["verdict"] == BELOW).sum()),
        "not_told": int((table["verdict"] == NOT_TOLD).sum()),
        "withheld": int(table["score"].isna().sum()),
        "best": best["title"],
        "best_score": round(best["expected"]),
        "best_low": int(best["low"]),
        "best_high": int(best["high"]),
        "best_top": float(best["p_top"]),
        "raw_best": lucky["title"],
        "raw_rate": float(lucky["raw"]),
        "raw_lift": float(lucky["raw"] / plain) if plain else float("nan"),
        "kept_lift": float(lucky["rate"] / usual),
        "randomised": found.randomised,
        "repeatable": found.repeatable,
    }
