"""Styles: does what people answer to in content sell better afterwards?

For merchandisers who pick styles: how pieces rank by their answers of a week (by score, where their
channel has one) against how the products that they show sell in the four weeks after it. A product
that sold well before sells well after, shown or not, so growth over the four weeks before is ranked
beside plain later sales. Pieces that show the same products, or went out together, are not so many
proofs: the interval counts products and months, not pieces.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.ages import at_age
from insights.analyses.engagement.by_channel import HORIZON, ChannelScores
from insights.analyses.engagement.channels import KINDS
from insights.analyses.engagement.score import ContentScores
from insights.charts import marks
from insights.errors import MissingColumns
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.90
MIN_PIECES, MIN_PRODUCTS, MIN_BLOCKS = 8, 8, 5
WEEKS = 4
BLOCK_DAYS = 28  # Sales of pieces that went out within so many days are sales of the same weeks.
LATER, GROWTH = _("sales of the four weeks after"), _("growth over the four weeks before")
_TITLE = _("Do answers foretell what sells?")


@dataclass(frozen=True, eq=False, kw_only=True)
class Styles(Result):
    """Rank correlation of answers with later sales. One row per measure of sales.

    `correlation` is Spearman's over pieces and the products that they show, with its 90% interval.
    """

    name = "styles"
    columns = {
        "measure": Column(_("Against"), "said"),
        "pieces": Column(_("Pieces"), "count"),
        "products": Column(_("Products"), "count"),
        "correlation": Column(_("Rank correlation"), "number"),
        "low": Column(_("Low"), "number"),
        "high": Column(_("High"), "number"),
    }

    pieces: pd.DataFrame

    def plot(self) -> "Axes":
        """Draw both correlations with their intervals."""
        return marks.dots(
            self.table,
            name="measure",
            value="correlation",
            low="low",
            high="high",
            kind="number",
            xlabel=_("rank correlation"),
            reference=0.0,
        )


def styles(
    looks: pd.DataFrame,
    shown: pd.DataFrame,
    scored: ChannelScores | NotEnoughData | None = None,
    *,
    as_of: date,
) -> Styles | NotEnoughData:
    """Rank pieces by answers and by later sales of what they show, and compare the ranks.

    Parameters
    ----------
    looks : DataFrame, one row per content, audience and day of age
        The mart `content_looks`; answers count up to the seventh day after publication.
    shown : DataFrame, one row per content and product that it shows
        The mart `shown_products`: ``content_id``, ``product_id``, ``before_amount``,
        ``after_amount`` (from the eighth day on), ``whole``.
    scored : ChannelScores, optional
        Scores by channel; pieces of a channel that has none are ranked by their plain rate.
    as_of : date
        Last day of complete data.

    Returns
    -------
    Styles or NotEnoughData

    Raises
    ------
    MissingColumns
        If a mart lacks a column.

    Notes
    -----
    A score knows topics and places from all pieces of its channel, later ones too. Pieces that
    repeat another almost word for word are one: the last of them, with the sales that follow it.
    """
    if "kind" not in looks.columns:
        raise MissingColumns("content_looks", {"kind"}, looks.columns)
    columns = {"content_id", "product_id", "before_amount", "after_amount", "whole"}
    if missing := columns - set(shown.columns):
        raise MissingColumns("shown_products", missing, shown.columns)
    of = scored.of if isinstance(scored, ChannelScores) else {}
    pairs = _pairs(_answers(looks, of, as_of), shown)
    growing = pairs[pairs["before_amount"].astype(float) > 0]
    facts: dict[str, Any] = {
        "as_of": as_of,
        "confidence": CONFIDENCE,
        "pieces": int(growing["content_id"].nunique()),
        "products": int(growing["product_id"].nunique()),
        "blocks": int(growing["block"].nunique()),
        "by_score": int(growing.loc[growing["scored"], "content_id"].nunique()),
        "min_pieces": MIN_PIECES,
        "min_products": MIN_PRODUCTS,
        "min_blocks": MIN_BLOCKS,
        "weeks": WEEKS,
        "days": HORIZON,
        "showing": int(shown["content_id"].nunique()),
    }
    if (
        facts["pieces"] < MIN_PIECES
        or facts["products"] < MIN_PRODUCTS
        or facts["blocks"] < MIN_BLOCKS
    ):
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{showing:count} pieces say which products they show; of {pieces:count}, with "
                "{products:count} products, from {blocks:count} spans of four weeks, the answers "
                "and the {weeks:count} weeks of sales before and after are known."
            ),
            needs=_(
                "Needed: {min_pieces:count} pieces with {min_products:count} products from "
                "{min_blocks:count} spans of four weeks (a table of contents with product_ids: "
                "insights load contents) and order lines that name the product."
            ),
            facts=facts,
        )
    after = pairs["after_amount"].astype(float)
    growth = np.log1p(growing["after_amount"].astype(float)) - np.log(
        growing["before_amount"].astype(float)
    )
    rows = [
        {
            "measure": measure,
            "pieces": int(mine["content_id"].nunique()),
            "products": int(mine["product_id"].nunique()),
            **rank_correlation(
                mine["answer"], values, clusters=[mine["product_id"], mine["block"]],
                weights=1 / mine.groupby("content_id")["product_id"].transform("size"),
            ),
        }
        for measure, mine, values in ((LATER, pairs, after), (GROWTH, growing, growth))
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    for prefix, row in zip(("later", "growth"), rows, strict=True):
        facts |= {f"{prefix}_{name}": row[name] for name in ("correlation", "low", "high")}
    return Styles(
        table=table,
        pieces=pairs,
        facts=facts,
        claims=_claims(facts),
        caveats=(
            _(
                "A piece that is answered to and a product that sells may have a season, a "
                "discount or a slot in common: a correlation picks styles to try, and proves no "
                "cause."
            ),
            _(
                "Of {pieces:count} pieces, {by_score:count} are ranked by their score and the "
                "others by their plain rate, each among those of its channel."
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "Rank correlation (Spearman) of the answers of the first {days:days} with sales of the "
            "products shown in the {weeks:count} weeks after; {pieces:count} pieces, "
            "{products:count} products; lines are {confidence:percent} intervals over products "
            "and months"
        ),
        meaning=_(
            "Right of zero, what people answer to sells better later; left of it, worse. An "
            "interval that holds zero says to pick styles by something else until more products "
            "were shown."
        ),
        alt=_("Dot chart of two rank correlations over {pieces:count} pieces, with intervals."),
    )


def rank_correlation(
    first: pd.Series,
    second: pd.Series,
    *,
    clusters: list[pd.Series],
    weights: pd.Series | None = None,
) -> dict[str, float]:
    """Return Spearman's correlation with a 90% interval for pairs that hang together.

    Parameters
    ----------
    first, second : Series, one entry a pair
    clusters : list of two Series
        Labels; pairs that share one of them may be alike.
    weights : Series > 0, optional

    Notes
    -----
    The variance of the weighted correlation of the ranks is that of its influence function, summed
    within either cluster less within both (Cameron, Gelbach and Miller 2011), never less than
    within one of them; the interval is Fisher's transformation with Student's quantile at the
    fewer clusters less one.

    Examples
    --------
    >>> each = pd.Series(range(20))
    >>> found = rank_correlation(each, each**2, clusters=[each, each])
    >>> round(found["correlation"], 3)
    1.0
    """
    from scipy.special import stdtrit  # noqa: PLC0415 - one quantile

    w = np.ones(len(first)) if weights is None else weights.to_numpy(float)
    w = w / w.sum()
    x, y = (_standard(_same(part).rank().to_numpy(float), w) for part in (first, second))
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return {"correlation": 0.0, "low": -1.0, "high": 1.0}  # All alike: no rank is known.
    rho = float(w @ (x * y))
    pull = w * (x * y - rho * (x**2 + y**2) / 2)
    codes = [pd.factorize(label)[0] for label in clusters]
    both = pd.factorize(pd.Series(list(zip(*codes, strict=True))))[0]
    sums = [_summed(pull, code) for code in (*codes, both)]
    variance = max(sums[0] + sums[1] - sums[2], sums[0], sums[1])
    inside = float(np.clip(rho, -0.999_999, 0.999_999))
    fewest = min(code.max() for code in codes)
    student = float(stdtrit(max(fewest, 1), (1 + CONFIDENCE) / 2))
    reach = student * np.sqrt(variance) / (1 - inside**2)
    low, high = np.tanh(np.arctanh(inside) - reach), np.tanh(np.arctanh(inside) + reach)
    return {"correlation": rho, "low": float(min(low, rho)), "high": float(max(high, rho))}


def _same(values: pd.Series) -> pd.Series:
    """Return values that differ by more than the order in which an engine adds them up."""
    return values.astype(float).round(8)


def _standard(values: np.ndarray, w: np.ndarray) -> np.ndarray:
    apart = values - w @ values
    spread = float(np.sqrt(w @ apart**2))
    return apart / spread if spread > 1e-9 else np.full(values.size, np.nan)


def _summed(pull: np.ndarray, code: np.ndarray) -> float:
    count = int(code.max()) + 1
    return float((np.bincount(code, pull) ** 2).sum() * count / max(count - 1, 1))


def _answers(
    looks: pd.DataFrame, of: Mapping[str, ContentScores | NotEnoughData], as_of: date
) -> pd.DataFrame:
    """Rank pieces by the answers of their first week, each among those of its channel."""
    parts = []
    for kind in [kind for kind in KINDS if kind in set(looks["kind"])]:
        found = of.get(kind)
        if isinstance(found, ContentScores):
            items = found.pieces.items
            mine = pd.DataFrame(
                {
                    "content_id": items["content_id"],
                    "published_on": items["published_on"],
                    "value": found.quality.draws.mean(axis=1),
                }
            )
        else:
            week = at_age(looks, as_of=as_of, kind=kind, horizon=HORIZON)
            week = week[week["answered"].notna() & (week["reached"].astype(float) > 0)]
            by = week.groupby("content_id", as_index=False).agg(
                published_on=("published_on", "first"),
                answered=("answered", "sum"),
                reached=("reached", "sum"),
            )
            mine = by.assign(value=by["answered"].astype(float) / by["reached"].astype(float))
        parts.append(
            mine[["content_id", "published_on"]].assign(
                # Rates of channels have different denominators: ranked within the kind.
                answer=_same(mine["value"]).rank(pct=True),
                scored=isinstance(found, ContentScores),
            )
        )
    if not parts:
        return pd.DataFrame(columns=["content_id", "published_on", "answer", "scored"])
    return pd.concat(parts, ignore_index=True)


def _pairs(answers: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """Return pieces with each product that they show, where its sales around are known."""
    found = shown[shown["whole"] == 1].merge(answers, on="content_id")
    day = (pd.to_datetime(found["published_on"]) - pd.Timestamp("1970-01-01")).dt.days
    return found.assign(block=day // BLOCK_DAYS).reset_index(drop=True)


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if facts["growth_low"] > 0:
        key, message = (
            "answers_foretell",
            _(
                "Answers go with later growth of the products shown: rank correlation "
                "{growth_correlation:number3} ({growth_low:number3} – {growth_high:number3}) over "
                "{products:count} products in {pieces:count} pieces."
            ),
        )
    elif facts["growth_high"] < 0:
        key, message = (
            "answers_foretell_decline",
            _(
                "Products in pieces that are answered to more sell less afterwards: rank "
                "correlation of answers with growth {growth_correlation:number3} "
                "({growth_low:number3} – {growth_high:number3}) over {products:count} products in "
                "{pieces:count} pieces."
            ),
        )
    else:
        key, message = (
            "answers_foretell_nothing",
            _(
                "That answers foretell sales of the products shown cannot be told: rank "
                "correlation with growth {growth_correlation:number3} "
                "({growth_low:number3} – {growth_high:number3}) over {products:count} products in "
                "{pieces:count} pieces."
            ),
        )
    return (
        Claim(
            key=key,
            undecided=key == "answers_foretell_nothing",
            topic="styles",
            message=message,
            holds=[
                Holds(
                    "the side of zero on which the interval lies is what is said",
                    (facts["growth_low"] > 0, facts["growth_high"] < 0)
                    == (key == "answers_foretell", key == "answers_foretell_decline"),
                )
            ],
        ),
    )
