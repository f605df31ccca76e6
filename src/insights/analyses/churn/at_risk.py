"""At risk: which active customers stand out by their chance of buying nothing, and why them?"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from insights.analyses.churn.active import active_customers, high_risk_from
from insights.analyses.churn.caveats import identity_caveats
from insights.analyses.churn.study import Study
from insights.errors import ParameterError
from insights.results import Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _


@dataclass(frozen=True, eq=False, kw_only=True)
class AtRisk(Result):
    """The most valuable of the customers whose chance of buying nothing stands out.

    One row per customer, ordered by `value_at_risk`; columns as in `active_customers`.
    """

    name = "at_risk"
    columns = {
        "customer_id": Column(_("Customer"), "text"),
        "reason": Column(_("Why"), "said"),
        "value_at_risk": Column(_("Net sales at risk"), "money"),
        "p_silent": Column(_("Chance of no purchase"), "percent"),
        "days_since": Column(_("Days since last purchase"), "count"),
        "usual_gap": Column(_("Usual days between purchases"), "number"),
        "usual_spend": Column(_("Spends in the window, if at all"), "money"),
    }


def at_risk(found: Study | NotEnoughData, *, list_size: int = 50) -> AtRisk | NotEnoughData:
    """List active customers whose chance of buying nothing is high, the most valuable first.

    High is more likely than not; and where most active customers buy nothing in such a window
    anyway, half the way from that base rate to certainty.

    Parameters
    ----------
    found : Study
    list_size : int, default 50
        Customers in the table; the claims are about all of them.

    Returns
    -------
    AtRisk or NotEnoughData

    Raises
    ------
    ParameterError
        If the list has no room for anybody.
    """
    if list_size < 1:
        raise ParameterError(f"list_size must be 1 or more; found {list_size}.")
    if isinstance(found, NotEnoughData):
        return found
    active = active_customers(found)
    limit = high_risk_from(found.facts)
    listed = active[active["p_silent"] >= limit].sort_values(
        ["value_at_risk", "customer_id"], ascending=[False, True], ignore_index=True
    )
    facts = found.facts | {"high_risk": limit} | _facts(listed, list_size)
    return AtRisk(
        table=listed.head(list_size),
        facts=facts,
        claims=_claims(facts),
        caveats=(
            _(
                "A high risk is not a reason why contacting helps: whether it does, only a random "
                "control group can show."
            ),
            *identity_caveats(facts),
        ),
        tiles=(
            Tile(
                key="high_risk",
                label=_("High risk of staying away"),
                fact="listed",
                kind="count",
                good="down",
                note=_("a chance of {high_risk:percent} or more"),
            ),
        ),
        title=_("Whom to contact first"),
        subtitle=_(
            "Active customers with a chance of {high_risk:percent} or more to buy nothing in the "
            "next {horizon:days}, by the net sales at risk"
        ),
        meaning=_("Start at the top: the further down, the less hangs on a customer."),
    )


def _facts(listed: pd.DataFrame, list_size: int) -> dict[str, Any]:
    return {
        "listed": len(listed),
        "lowest_listed": float(listed["p_silent"].min()) if len(listed) else None,
        "listed_value": float(listed["value_at_risk"].sum()),
        "shown": min(len(listed), list_size),
        "shown_value": float(listed["value_at_risk"].head(list_size).sum()),
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if not facts["listed"]:
        return ()
    return (
        Claim(
            key="high_risk",
            message=_(
                "{listed:count} active customers have a chance of {high_risk:percent} or more of "
                "buying nothing; {listed_value:money} of net sales hang on them, "
                "{shown_value:money} of it on the {shown:count} most valuable."
            ),
            holds=[
                Holds(
                    "each has at least that chance",
                    facts["lowest_listed"] >= facts["high_risk"],
                ),
            ],
        ),
    )
