"""Lives: how long does a launched product keep selling?

A product that has not sold for eight weeks has ended; all others are still selling, for longer than
is known, so they are censored and not counted as ended today (Kaplan-Meier).
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.charts import marks
from insights.errors import MissingColumns
from insights.models.survival import kaplan_meier
from insights.results import Claim, Column, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TITLE = _("How long products keep selling")
MIN_LAUNCHES = 15


@dataclass(frozen=True, eq=False, kw_only=True)
class ProductLives(Result):
    """How long launched products keep selling. One row per week since launch.

    `surviving` is the share still selling after so many weeks (Kaplan-Meier), with its interval.
    """

    name = "product_lives"
    columns = {
        "weeks": Column(_("Weeks since launch"), "count"),
        "surviving": Column(_("Still selling"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
    }

    def plot(self) -> "Axes":
        """Draw the share of products still selling."""
        return marks.steps(
            self.table, x="weeks", y="surviving", low="low", high="high", x_kind="count",
            xlabel=_("weeks since launch"), ylabel=_("still selling"),
        )  # fmt: skip


def product_lives(lives: pd.DataFrame, *, as_of: date) -> ProductLives | NotEnoughData:
    """Estimate how long launched products keep selling.

    Parameters
    ----------
    lives : DataFrame, one row per product launched within the data
        The mart `product_lives`: ``weeks``, ``ended``.
    as_of : date
        Last day of complete data.

    Returns
    -------
    ProductLives or NotEnoughData

    Notes
    -----
    A product that has not sold for eight weeks has ended; all others are still selling, for longer
    than is known (censored).
    """
    if missing := {"product_id", "weeks", "ended"} - set(lives.columns):
        raise MissingColumns("product_lives", missing, lives.columns)
    facts: dict[str, Any] = {
        "as_of": as_of,
        "launched": len(lives),
        "ended": int(lives["ended"].sum()) if len(lives) else 0,
        "min_launches": MIN_LAUNCHES,
    }
    if len(lives) < MIN_LAUNCHES or not facts["ended"]:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "Of {launched:count} products launched within the data {ended:count} have stopped "
                "selling: how long they last cannot be told yet."
            ),
            needs=_(
                "Needed: {min_launches:count} launches, some of which have ended; the list of "
                "products with the day of launch (insights load products)."
            ),
            facts=facts,
        )
    curve = kaplan_meier(lives["weeks"].astype(float), lives["ended"].astype(bool))
    table = curve.table.rename(columns={"time": "weeks", "survival": "surviving"})
    facts |= {
        "half": curve.median,
        "last_week": float(table["weeks"].iloc[-1]),
        "last_share": float(table["surviving"].iloc[-1]),
    }
    return ProductLives(
        table=table,
        facts=facts,
        claims=(
            Claim(
                key="product_half_life",
                place="evidence",
                message=_(
                    "Of {launched:count} products launched, half had stopped selling after "
                    "{half:count} weeks."
                )
                if facts["half"] is not None
                else _(
                    "Of {launched:count} products launched, {last_share:percent} still sell after "
                    "{last_week:count} weeks."
                ),
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "Share of products still selling by weeks since launch (Kaplan-Meier, 95% band), "
            "{launched:count} launches up to {as_of:day}"
        ),
        meaning=_(
            "Judge a new product by where the curve stands at its age, not by its first week."
        ),
        alt=_("Curve of the share of products still selling by weeks since launch."),
    )
