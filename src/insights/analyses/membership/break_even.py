"""Break-even: does the fee pay for the gift and the member prices, and what would have to follow?

The gift counts at what it costs the brand, not at the price on its label. What members would have
bought anyway is not known; so this says what the membership leaves by itself, and how much more
members would have to buy, or how much less, for it to come out even.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.membership.renewal import no_terms
from insights.charts import marks
from insights.errors import MissingColumns, ParameterError
from insights.models.intervals import mean_interval
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.95
FEWEST = 30
NEEDED = {"term", "started_at", "ends_no", "today_no", "fee_amount", "gift_cost_amount",
          "net_amount", "discount_amount"}  # fmt: skip
TITLE = _("Does the paid membership pay for itself?")
FEE, GIFT, PRICES, LEFT = (
    _("Fee"),
    _("Gift, at cost"),
    _("Margin lost to member prices"),
    _("Left of a year"),
)


@dataclass(frozen=True, eq=False, kw_only=True)
class BreakEven(Result):
    """What a paid year leaves, by part. One row per part; `amount` is money a member and year."""

    name = "break_even"
    columns = {
        "part": Column(_("A member's year"), "said"),
        "amount": Column(_("Amount"), "money"),
        "low": Column(_("Low"), "money"),
        "high": Column(_("High"), "money"),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw the parts of a member's year."""
        return marks.bars(
            self.table.dropna(subset=["amount"]),
            name="part",
            value="amount",
            emphasis="result",
            kind="money",
            xlabel=_("a member and year"),
        )


def break_even(
    terms: pd.DataFrame,
    *,
    as_of: date,
    margin: float = 0.5,
    discount_share: float | None = None,
) -> BreakEven | NotEnoughData:
    """Work out what a paid year of membership leaves, and what it takes to come out even.

    Parameters
    ----------
    terms : DataFrame, one row per paid term
        The mart `paid_terms`.
    as_of : date
        Last day of complete data; only terms that have ended by then are taken.
    margin : float in (0, 1]
        Share of net sales that is left after the goods, as the brand states it.
    discount_share : float in [0, 1), optional
        Share of the shelf price that member prices take off, as the brand states it; used where no
        export tells the reductions.

    Returns
    -------
    BreakEven or NotEnoughData

    Raises
    ------
    ParameterError
        If a share cannot be.
    """
    if not 0 < margin <= 1:
        raise ParameterError(f"margin is a share above 0, up to 1; found {margin}.")
    if discount_share is not None and not 0 <= discount_share < 1:
        raise ParameterError(f"discount_share is a share below 1; found {discount_share}.")
    if missing := NEEDED - set(terms.columns):
        raise MissingColumns("terms", missing, terms.columns)
    if terms.empty:
        return no_terms(TITLE, as_of)
    whole = terms[(terms["ends_no"] <= terms["today_no"]).fillna(False).astype(bool)]
    facts: dict[str, Any] = {
        "as_of": as_of,
        "terms": len(terms),
        "whole": len(whole),
        "priced": int((terms["fee_amount"].notna() & terms["gift_cost_amount"].notna()).sum()),
        "fewest": FEWEST,
        "margin": margin,
        "confidence": CONFIDENCE,
    }
    if not facts["priced"] or facts["whole"] < FEWEST:
        return _refusal(facts)
    fee = float(whole["fee_amount"].astype(float).mean())
    gift = float(whole["gift_cost_amount"].astype(float).mean())
    net = whole["net_amount"].astype(float).to_numpy()
    prices, known = _prices(whole, net, discount_share)
    low, high = mean_interval(prices) if known else (np.nan, np.nan)
    lost = float(prices.mean()) if known else np.nan
    left = fee - gift - (lost if known else 0.0)
    net_low, net_high = mean_interval(net)
    facts |= {
        "fee": fee,
        "gift": gift,
        "after_gift": fee - gift,
        "net": float(net.mean()),
        "net_low": net_low,
        "net_high": net_high,
        "prices_known": known,
        "prices_stated": known and discount_share is not None and _unknown(whole),
        "lost": lost,
        "left": left,
        "left_low": fee - gift - high if known else np.nan,
        "left_high": fee - gift - low if known else np.nan,
        "most_discount": (fee - gift) / (float(net.mean()) + fee - gift)
        if net.mean() > 0
        else None,
        "extra": -left / margin if left < 0 else 0.0,
        "extra_share": -left / margin / float(net.mean()) if left < 0 < net.mean() else 0.0,
        "may_lose": left / margin if left > 0 else 0.0,
    }
    table = pd.DataFrame(
        {
            "part": [FEE, GIFT, PRICES, LEFT],
            "amount": [fee, -gift, -lost, left],
            "low": [np.nan, np.nan, -high, facts["left_low"]],
            "high": [np.nan, np.nan, -low, facts["left_high"]],
            "result": [False, False, False, True],
        }
    )
    return BreakEven(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(facts),
        checks=(
            Check(
                key="parts_add_up",
                message=_("The parts of a year add up to what it leaves."),
                passed=abs(float(table["amount"].iloc[:3].sum()) - left) < 0.005,
                evidence=_("{whole:count} years that have ended"),
                facts={"whole": facts["whole"]},
            ),
        ),
        tiles=(
            Tile(
                key="left_of_a_year",
                label=_("A paid year leaves"),
                fact="left",
                low="left_low" if known else None,
                high="left_high" if known else None,
                kind="money",
                good="up",
                note=_("after gift and member prices") if known else _("before member prices"),
            ),
        ),
        title=TITLE,
        subtitle=_(
            "Mean of {whole:count} paid years that have ended by {as_of:day}: fee, less the gift "
            "at cost, less the margin that member prices give away"
        ),
        meaning=_(
            "This is what is left before a member buys anything more, or less, than without the "
            "card. Whether they do, only cards offered by lot would show."
        ),
        alt=_(
            "Bar chart of a member's year: fee {fee:money}, gift {gift:money}, left {left:money}."
        ),
    )


def _unknown(whole: pd.DataFrame) -> bool:
    return bool(whole["discount_amount"].isna().all())


def _prices(
    whole: pd.DataFrame, net: np.ndarray, discount_share: float | None
) -> tuple[np.ndarray, bool]:
    """Return what member prices took off each year's purchases, and whether that is known."""
    if not _unknown(whole):
        return whole["discount_amount"].astype(float).fillna(0).to_numpy(), True
    if discount_share is not None:
        # What was paid is the shelf price less the share.
        return net.clip(0) * discount_share / (1 - discount_share), True
    return np.zeros(len(whole)), False


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if not facts["prices_known"]:
        if facts["most_discount"] is None or facts["after_gift"] <= 0:
            return ()
        return (
            Claim(
                key="before_prices",
                topic="break_even",
                message=_(
                    "A paid year leaves {after_gift:money} after the gift at cost; member prices "
                    "may take up to {most_discount:percent} off before that is used up."
                ),
                holds=[Holds("the fee is above the gift's cost", facts["after_gift"] > 0)],
            ),
        )
    if facts["left_low"] > 0:
        return (
            Claim(
                key="pays_by_itself",
                topic="break_even",
                message=_(
                    "A paid year leaves {left:money} ({left_low:money}–{left_high:money}) after "
                    "gift and member prices, even if members buy nothing more than they would have."
                ),
                holds=[
                    Holds("the interval of what is left lies above zero", facts["left_low"] > 0)
                ],
            ),
        )
    if facts["left_high"] < 0:
        return (
            Claim(
                key="must_buy_more",
                topic="break_even",
                message=_(
                    "A paid year costs more than its fee brings: members must buy "
                    "{extra:money} more ({extra_share:percent}) than they would have, to come out "
                    "even at a margin of {margin:percent}."
                ),
                holds=[
                    Holds("the interval of what is left lies below zero", facts["left_high"] < 0)
                ],
            ),
        )
    return (
        Claim(
            key="near_break_even",
            undecided=True,
            topic="break_even",
            message=_(
                "Whether a paid year pays for itself cannot be told: it leaves {left:money} "
                "({left_low:money} to {left_high:money})."
            ),
            holds=[
                Holds(
                    "the interval of what is left holds zero",
                    facts["left_low"] <= 0 <= facts["left_high"],
                )
            ],
        ),
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    selection = _(
        "Members chose to be members and bought much before: what they buy above others is "
        "selection as much as effect, and is not counted here."
    )
    if not facts["prices_known"]:
        return (
            selection,
            _(
                "No export tells what member prices took off. Needed: the member price reductions "
                "of each order (till or mini-program orders with the column), or the share stated."
            ),
        )
    if facts["prices_stated"]:
        return (
            selection,
            _("What member prices took off is stated, not read off orders."),
        )
    return (selection,)


def _refusal(facts: dict[str, Any]) -> NotEnoughData:
    return NotEnoughData(
        title=TITLE,
        because=_(
            "{whole:count} of {terms:count} paid years have ended, and of {priced:count} fee and "
            "gift cost are known."
        ),
        needs=_(
            "Needed: {fewest:count} years that have ended, with fee and gift cost in the brand's "
            "own table of memberships."
        ),
        facts=facts,
    )
