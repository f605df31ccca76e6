"""Styles: does what people answer to in content sell better afterwards?

For merchandisers who pick styles: the rank of a piece by its answers against the rank of the later
sales of the products that it shows, with an interval. A product that sold well before sells well
after, shown or not, so growth over the four weeks before is ranked beside plain later sales.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.charts import marks
from insights.errors import MissingColumns
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.90
MIN_PIECES = 8
WEEKS = 4
LATER, GROWTH = _("sales of the four weeks after"), _("growth over the four weeks before")
_TITLE = _("Do answers foretell what sells?")


@dataclass(frozen=True, eq=False, kw_only=True)
class Styles(Result):
    """Rank correlation of answers with later sales. One row per measure of sales.

    `correlation` is Spearman's over pieces, with its 90% interval.
    """

    name = "styles"
    columns = {
        "measure": Column(_("Against"), "said"),
        "pieces": Column(_("Pieces"), "count"),
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
    reach: pd.DataFrame, shown: pd.DataFrame, *, as_of: date, score: str | None = None
) -> Styles | NotEnoughData:
    """Rank pieces by answers and by later sales of what they show, and compare the ranks.

    Parameters
    ----------
    reach : DataFrame, one row per content
        The mart `content_reach`; the answers are those of the kind's own step, or `score`.
    shown : DataFrame, one row per content and product that it shows
        The mart `shown_products`: ``content_id``, ``product_id``, ``before_amount``,
        ``after_amount``, ``whole``.
    as_of : date
        Last day of complete data.
    score : str, optional
        A column of `reach` to rank pieces by, such as an engagement score.

    Returns
    -------
    Styles or NotEnoughData
    """
    wanted = {"content_id", "kind", "reached", "opened", "responded", "redeemed"}
    if missing := (wanted | ({score} if score else set())) - set(reach.columns):
        raise MissingColumns("content_reach", missing, reach.columns)
    columns = {"content_id", "product_id", "before_amount", "after_amount", "whole"}
    if missing := columns - set(shown.columns):
        raise MissingColumns("shown_products", missing, shown.columns)
    pieces = _pieces(reach, shown, score)
    facts: dict[str, Any] = {
        "as_of": as_of,
        "confidence": CONFIDENCE,
        "pieces": len(pieces),
        "min_pieces": MIN_PIECES,
        "weeks": WEEKS,
        "showing": int(shown["content_id"].nunique()),
    }
    if len(pieces) < MIN_PIECES:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{showing:count} pieces say which products they show, and of {pieces:count} the "
                "answers and the {weeks:count} weeks before and after are known."
            ),
            needs=_(
                "Needed: {min_pieces:count} pieces with the products that they show (a table of "
                "contents with product_ids: insights load contents) and order lines that name the "
                "product."
            ),
            facts=facts,
        )
    rows = [
        {"measure": measure, "pieces": len(pieces), **rank_correlation(pieces["answer"], values)}
        for measure, values in ((LATER, pieces["after"]), (GROWTH, pieces["growth"]))
    ]
    table = pd.DataFrame(rows)
    for prefix, row in zip(("later", "growth"), rows, strict=True):
        facts |= {f"{prefix}_{name}": row[name] for name in ("correlation", "low", "high")}
    return Styles(
        table=table,
        pieces=pieces,
        facts=facts,
        claims=_claims(facts),
        caveats=(
            _(
                "A piece that is answered to and a product that sells may have a season, a "
                "discount or a slot in common: a correlation picks styles to try, and proves no "
                "cause."
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "Rank correlation (Spearman) over {pieces:count} pieces of answers per person reached "
            "with sales of the products shown; lines are {confidence:percent} intervals"
        ),
        meaning=_(
            "Right of zero, what people answer to sells better later. An interval that holds zero "
            "says to pick styles by something else until more pieces name their products."
        ),
        alt=_("Dot chart of two rank correlations over {pieces:count} pieces, with intervals."),
    )


def rank_correlation(first: pd.Series, second: pd.Series) -> dict[str, float]:
    """Return Spearman's correlation with its 90% interval.

    Notes
    -----
    The interval is Fisher's transformation with the variance of Bonett and Wright (2000), which
    holds its level from ten pairs on.

    Examples
    --------
    >>> found = rank_correlation(pd.Series(range(20)), pd.Series(range(20)) ** 2)
    >>> round(found["correlation"], 3)
    1.0
    """
    from statistics import NormalDist  # noqa: PLC0415 - one quantile

    rho = float(first.rank().corr(second.rank()))
    if not np.isfinite(rho):
        return {"correlation": 0.0, "low": -1.0, "high": 1.0}  # All alike: no rank is known.
    inside = float(np.clip(rho, -0.999_999, 0.999_999))
    error = np.sqrt((1 + inside**2 / 2) / max(len(first) - 3, 1))
    reach = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * error
    low, high = np.tanh(np.arctanh(inside) - reach), np.tanh(np.arctanh(inside) + reach)
    return {"correlation": rho, "low": float(min(low, rho)), "high": float(max(high, rho))}


def _pieces(reach: pd.DataFrame, shown: pd.DataFrame, score: str | None) -> pd.DataFrame:
    whole = shown[shown["whole"] == 1]
    sales = whole.groupby("content_id").agg(
        products=("product_id", "nunique"),
        before=("before_amount", "sum"),
        after=("after_amount", "sum"),
    )
    found = reach.merge(sales, left_on="content_id", right_index=True)
    found = found[found["reached"].astype(float) > 0]
    # Sales of an average product shown: a piece with a hundred products is not a hundred times as
    # good.
    found["growth"] = np.log1p(found["after"]) - np.log1p(found["before"])
    found["after"] = found["after"] / found["products"]
    if score:
        found["answer"] = found[score].astype(float)
    else:
        step = found["kind"].map({"coupon": "redeemed", "mailer": "redeemed", "article": "opened"})
        answered = np.select(
            [step == "redeemed", step == "opened"],
            [found["redeemed"].astype(float), found["opened"].astype(float)],
            default=found["responded"].astype(float),
        )
        rate = pd.Series(answered / found["reached"].astype(float), index=found.index)
        # Rates of channels have different denominators: ranked within the kind.
        found["answer"] = rate.groupby(found["kind"]).rank(pct=True)
    return found[found["answer"].notna()].reset_index(drop=True)


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    apart = facts["growth_low"] > 0 or facts["growth_high"] < 0
    if not apart:
        message = _(
            "That answers foretell sales of the products shown cannot be told: rank correlation "
            "with growth {growth_correlation:number3} "
            "({growth_low:number3} – {growth_high:number3}) over {pieces:count} pieces."
        )
    else:
        message = _(
            "Answers go with later growth of the products shown: rank correlation "
            "{growth_correlation:number3} ({growth_low:number3} – {growth_high:number3}) over "
            "{pieces:count} pieces."
        )
    return (
        Claim(
            key="answers_foretell" if apart else "answers_foretell_nothing",
            undecided=not apart,
            topic="styles",
            message=message,
            holds=[
                Holds(
                    "whether the interval holds zero is what is said",
                    apart == bool(facts["growth_low"] > 0 or facts["growth_high"] < 0),
                )
            ],
        ),
    )
