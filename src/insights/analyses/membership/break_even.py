"""Break-even: does the fee pay for the gift and the member prices, and what would have to follow?

The gift counts at what it costs the brand, not at the price on its label. What members would have
bought anyway is not known; so this says what the membership leaves by itself, and how much more
members would have to buy for it to come out even. Reductions read off orders are those of the shelf
too, which others get as well: they are the most that member prices can have cost.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.membership.renewal import no_terms
from insights.analyses.membership.years import NEARLY_ALL, Years, ended_years
from insights.charts import marks
from insights.errors import ParameterError
from insights.models.intervals import mean_interval
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.95
FEWEST = 30
TITLE = _("Does the paid membership pay for itself?")
FEE, GIFT, PRICES, REDUCTIONS, LEFT = (
    _("Fee"),
    _("Gift, at cost"),
    _("Margin lost to member prices"),
    _("All reductions on their orders"),
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
    if terms.empty:
        return no_terms(TITLE, as_of)
    years = ended_years(terms, discount_share)
    facts = _facts(years, as_of, len(terms), margin)
    if facts["told"] < FEWEST:
        return _refusal(facts)
    known, fee, gift, left = (facts[name] for name in ("prices_known", "fee", "gift", "left"))
    lost = facts["lost"]
    table = pd.DataFrame(
        {
            "part": [FEE, GIFT, REDUCTIONS if facts["read_off"] else PRICES, LEFT],
            "amount": [fee, -gift, -lost, left],
            "low": [np.nan, np.nan, -facts["lost_high"], facts["left_low"]],
            "high": [np.nan, np.nan, -facts["lost_low"], facts["left_high"]],
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
                evidence=_("{told:count} of {whole:count} years that have ended"),
                facts={"told": facts["told"], "whole": facts["whole"]},
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
                note=_note(facts),
            ),
        ),
        title=TITLE,
        subtitle=_(
            "Mean of {told:count} paid years that have ended by {as_of:day}: fee, less the gift at "
            "cost, less what member prices give away, as far as it is known"
        ),
        meaning=_(
            "This is what is left before a member buys anything more, or less, than without the "
            "card. Whether they do, only cards offered by lot would show."
        ),
        alt=_(
            "Bar chart of a member's year: fee {fee:money}, gift {gift:money}, left {left:money}."
        ),
    )


def _facts(years: Years, as_of: date, terms: int, margin: float) -> dict[str, Any]:
    each, known = years.each, years.source != "unknown"
    fee, gift, lost, left, net = (
        float(each[name].mean()) for name in ("fee", "gift", "prices", "left", "net")
    )
    nothing = (np.nan, np.nan)
    low, high = mean_interval(each["left"]) if known and len(each) else nothing
    lost_low, lost_high = mean_interval(each["prices"]) if known and len(each) else nothing
    partly = years.source != "orders" and (years.told_share or 0) > 0
    return {
        "as_of": as_of,
        "terms": terms,
        "whole": years.ended,
        "told": len(each),
        "untold": years.ended - len(each),
        "giftless": years.giftless,
        "fewest": FEWEST,
        "margin": margin,
        "confidence": CONFIDENCE,
        "prices_known": known,
        "read_off": years.source == "orders",
        "prices_stated": years.source == "stated",
        "told_in_part": partly,
        "told_share": years.told_share,
        "nearly_all": NEARLY_ALL,
        "fee": fee,
        "gift": gift,
        "after_gift": fee - gift,
        "net": net,
        "lost": lost if known else np.nan,
        "lost_low": lost_low,
        "lost_high": lost_high,
        "left": left,
        "left_low": low,
        "left_high": high,
        "short": -left,
        "most_discount": (fee - gift) / (net + fee - gift) if net > 0 else None,
        "extra": -left / margin if left < 0 else 0.0,
        "extra_share": -left / margin / net if left < 0 < net else 0.0,
    }


def _note(facts: dict[str, Any]) -> str:
    if facts["read_off"]:
        return _("after gift and all reductions")
    return _("after gift and member prices") if facts["prices_known"] else _("before member prices")


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    return _after_prices(facts) if facts["prices_known"] else _before_prices(facts)


def _before_prices(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if facts["after_gift"] < 0:
        return (
            Claim(
                key="gift_above_fee",
                topic="break_even",
                message=_(
                    "The gift costs {short:money} more than the fee brings, before any member "
                    "price."
                ),
                holds=[Holds("the gift's cost is above the fee", facts["gift"] > facts["fee"])],
            ),
        )
    if facts["most_discount"] is None or facts["after_gift"] == 0:
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


def _after_prices(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if facts["left_low"] > 0:
        return (
            Claim(
                key="pays_by_itself",
                topic="break_even",
                message=_(
                    "A paid year leaves {left:money} ({left_low:money}–{left_high:money}) after "
                    "the gift and all reductions on members' orders, even if members buy nothing "
                    "more than they would have."
                )
                if facts["read_off"]
                else _(
                    "A paid year leaves {left:money} ({left_low:money}–{left_high:money}) after "
                    "gift and member prices, even if members buy nothing more than they would have."
                ),
                holds=[
                    Holds("the interval of what is left lies above zero", facts["left_low"] > 0)
                ],
            ),
        )
    below = Holds("the interval of what is left lies below zero", facts["left_high"] < 0)
    if facts["left_high"] < 0 and facts["read_off"]:
        return (
            Claim(
                key="reductions_use_it_up",
                undecided=True,
                topic="break_even",
                message=_(
                    "Gift and all reductions on members' orders are {short:money} a year more than "
                    "the fee; how much of that member prices took, and shelf promotions for "
                    "everybody, is not told."
                ),
                holds=[below],
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
                holds=[below],
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
    said = [selection]
    if facts["read_off"]:
        said.append(
            _(
                "Reductions are read off orders with {told_share:percent} of net sales, and are of "
                "all kinds: shelf promotions that everybody gets count too. Member prices cost at "
                "most that."
            )
        )
    elif facts["prices_stated"]:
        said.append(_("What member prices took off is stated, not read off orders."))
    elif not facts["told_in_part"]:
        said.append(
            _(
                "No export tells what member prices took off. Needed: the member price reductions "
                "of each order (till or mini-program orders with the column), or the share stated."
            )
        )
    if facts["told_in_part"]:
        said.append(
            _(
                "Only orders with {told_share:percent} of these members' net sales tell their "
                "reductions; what the others took off is not known, so none of it is counted. "
                "Needed: {nearly_all:percent}."
            )
        )
    if facts["untold"]:
        said.append(
            _(
                "{untold:count} of {whole:count} ended years are left out: their fee, gift cost or "
                "member is not known."
            )
        )
    if facts["giftless"]:
        said.append(
            _("{giftless:count} renewed years name no gift and are counted as without one.")
        )
    return tuple(said)


def _refusal(facts: dict[str, Any]) -> NotEnoughData:
    return NotEnoughData(
        title=TITLE,
        because=_(
            "{whole:count} of {terms:count} paid years have ended, and of {told:count} of these "
            "fee, gift cost and member are known."
        ),
        needs=_(
            "Needed: {fewest:count} years that have ended, with fee and gift cost in the brand's "
            "own table of memberships."
        ),
        facts=facts,
    )
