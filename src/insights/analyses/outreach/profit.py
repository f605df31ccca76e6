"""Profit: how far down the list do contacts pay, if they sell so much more?

What contacting adds is known from a lottery or not at all. Without one the curve says how much it
would have to add; with one, what to expect, as surely as the lottery knows.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.outreach.drawing import CONTACT
from insights.analyses.outreach.listing import Listing
from insights.analyses.outreach.readout import Readout
from insights.analyses.outreach.terms import Terms
from insights.charts import marks
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEPS = 10


@dataclass(frozen=True, eq=False, kw_only=True)
class Profit(Result):
    """The list cut into tenths, the most at risk first. One row per tenth.

    `needed` is by how many points more of the tenth's people must buy for its contacts to pay;
    `profit` with `low` and `high` what all contacts down to it bring with the effect measured.
    """

    name = "profit"
    columns = {
        "contacts": Column(_("Contacts so far"), "count"),
        "spend": Column(_("Spend of the tenth's people, if they buy"), "money"),
        "needed": Column(_("Must buy more"), "points"),
        "cost": Column(_("Cost so far"), "money"),
        "profit": Column(_("Profit so far, if the effect holds"), "money"),
        "low": Column(_("Low"), "money"),
        "high": Column(_("High"), "money"),
    }

    def plot(self) -> "Axes":
        """Draw by how much more people must buy, tenth by tenth, or the profit where known."""
        if self.facts["known"]:
            return marks.line(
                self.table, x="contacts", y="profit", low="low", high="high", y_kind="money",
                xlabel=_("contacts"), ylabel=_("profit so far"), reference=0.0,
            )  # fmt: skip
        return marks.line(
            self.table, x="contacts", y="needed", y_kind="points",
            xlabel=_("contacts"), ylabel=_("more who must buy for a contact to pay"),
        )  # fmt: skip


def profit(
    found: Listing | NotEnoughData,
    *,
    terms: Terms | None = None,
    effect: Readout | NotEnoughData | None = None,
) -> Profit | NotEnoughData:
    """Work out what the contacts of a list cost and must bring.

    Parameters
    ----------
    found : Listing
        The week's list.
    terms : Terms, optional
        The same that the list was made by.
    effect : Readout, optional
        What contacting changed; used for money only where it is proven.

    Returns
    -------
    Profit or NotEnoughData
    """
    if isinstance(found, NotEnoughData):
        return found
    terms = terms or Terms()
    people = found.rows[found.rows["arm"] == CONTACT]
    people = people.sort_values(["margin_at_risk", "customer_id"], ascending=[False, True])
    spend = people["usual_spend"].to_numpy(float)
    tenth = np.minimum(np.arange(len(people)) * STEPS // max(len(people), 1), STEPS - 1)
    by = pd.DataFrame({"tenth": tenth, "spend": spend}).groupby("tenth")["spend"]
    table = pd.DataFrame({"contacts": by.size().cumsum(), "spend": by.mean()})
    table["needed"] = terms.contact_cost / (terms.margin * table["spend"].clip(lower=1e-9))
    table["cost"] = table["contacts"] * terms.contact_cost
    at_stake = (by.sum().cumsum() * terms.margin).to_numpy()
    known = isinstance(effect, Readout) and effect.facts["low"] > 0
    for name, fact in (("profit", "difference"), ("low", "low"), ("high", "high")):
        lift = effect.facts[fact] if known and effect is not None else np.nan
        table[name] = at_stake * lift - table["cost"]
    facts = _facts(table, terms, spend, known=known)
    return Profit(
        table=table.reset_index(drop=True),
        facts=facts,
        claims=_claims(facts),
        caveats=(
            _(
                "A customer whom contacting brings back is taken to spend what is expected of "
                "those who buy in such a window, at the stated margin of {margin:percent}."
            ),
        ),
        title=_("How far down the list contacts pay"),
        subtitle=_(
            "Tenths of the list by the margin at risk; a contact costs {contact_cost:money}, the "
            "margin is {margin:percent}"
        ),
        meaning=_("Stop where people would have to buy more often than any contact makes them."),
        alt=_(
            "Line chart over {contacts:count} contacts; to pay, contacting must move the share who "
            "buy by {needed:points}."
        ),
    )


def _facts(table: pd.DataFrame, terms: Terms, spend: np.ndarray, *, known: bool) -> dict[str, Any]:
    last = table.iloc[-1]
    cost = float(last["cost"])
    total = float(spend.sum()) * terms.margin
    best = table["profit"].idxmax() if known else None
    return {
        "known": known,
        "contacts": int(last["contacts"]),
        "cost": cost,
        "margin": terms.margin,
        "contact_cost": terms.contact_cost,
        "needed": cost / total if total > 0 else None,
        "needed_first": float(table["needed"].iloc[0]),
        "needed_last": float(table["needed"].iloc[-1]),
        "profit": float(last["profit"]) if known else None,
        "profit_low": float(last["low"]) if known else None,
        "profit_high": float(last["high"]) if known else None,
        "best": int(table.loc[best, "contacts"]) if best is not None else None,
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if facts["needed"] is None:
        return ()
    claims = [
        Claim(
            key="must_add",
            message=_(
                "The {contacts:count} contacts cost {cost:money}; they pay if contacting moves the "
                    "share who buy by {needed:points} or more."
            ),
            holds=[Holds("the contacts cost something", facts["cost"] > 0)],
        )
    ] if facts["cost"] > 0 else []  # fmt: skip
    if facts["known"]:
        claims.append(
            Claim(
                key="expected_profit",
                message=_(
                    "With the effect that the lots proved, the list brings {profit:money} "
                    "({profit_low:money} to {profit_high:money}) after the cost of contacting."
                ),
            )
        )
    return tuple(claims)
