"""Listing: whom should each guide contact this week, for what reason, and who is held out by lot?

Nobody is on the list who has not agreed to marketing, has no standing friendship with an account,
or is still being watched from an earlier list. What each guide can do is a limit, and a random part
of those who would have been contacted is not: without it nobody could tell what contacting did.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from insights.analyses.outreach.drawing import CONTACT, HOLD_OUT, control_share, draw
from insights.analyses.outreach.eligible import PEOPLE, SCORED, may_be_contacted
from insights.analyses.outreach.terms import AT_RISK, WIN_BACK, Purpose, Terms, week_of
from insights.errors import MissingColumns
from insights.results import (
    Check,
    Claim,
    Column,
    Holds,
    NotEnoughData,
    Result,
    Tile,
    identity_caveats,
)
from insights.wording import _

FEWEST = 20  # On a list; fewer leave nobody to hold out.

OCCASIONS = {
    "overdue": _("Ask after the last purchase and remind of what usually follows it"),
    "first": _("Explain care and use of the first purchase, then show what goes with it"),
    "slower": _("Show what is new in the favourite category"),
    "gone": _("Say hello, ask what was missing, and show what came out since the last purchase"),
    "other": _("A personal greeting before the next campaign"),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Listing(Result):
    """The list of a week, by account. One row per account that has somebody to contact.

    `rows` has the people: one row each with `customer_id`, `staff_id`, `arm` ('contact' or
    'hold_out'), `probability` of that arm, `margin_at_risk`, `p_silent`, `reason`, `occasion`.
    """

    name = "listing"
    columns = {
        "staff_id": Column(_("Account"), "text"),
        "contact": Column(_("To contact"), "count"),
        "hold_out": Column(_("Held out by lot"), "count"),
        "margin_at_risk": Column(_("Margin at risk"), "money"),
        "first_reason": Column(_("Commonest reason"), "said"),
    }

    week: str
    rows: pd.DataFrame
    purpose: Purpose = AT_RISK


def listing(
    scored: pd.DataFrame | NotEnoughData,
    people: pd.DataFrame,
    *,
    as_of: date,
    watched: pd.Series | None = None,
    drawn: pd.DataFrame | None = None,
    terms: Terms | None = None,
    purpose: Purpose = AT_RISK,
    identified_share: float | None = None,
) -> Listing | NotEnoughData:
    """Choose whom to contact, within each account's capacity, and draw who is held out.

    Parameters
    ----------
    scored : DataFrame, one row per customer, or NotEnoughData
        As `churn.scored` gives it, or `churn.lapsed_customers`: `customer_id`, `p_silent` (chance
        of no purchase within the window), `usual_spend` and `value_at_risk` (money), `reason`.
    people : DataFrame, one row per contact
        The mart `contact_people`.
    as_of : date
        Last day of complete data.
    watched : Series of customer ids, optional
        Who is in the window of an earlier lot.
    drawn : DataFrame, optional
        The week's lots, where they were drawn before: `customer_id`, `arm`, `probability`. Then
        nobody is chosen; who may no longer be contacted is left off.
    terms : Terms, optional
    purpose : Purpose, default AT_RISK
        `WIN_BACK` for lapsed customers.
    identified_share : float in [0, 1], optional
        Share of net sales whose customer is known (`churn.identified_share`); said beside the list.

    Returns
    -------
    Listing or NotEnoughData
        The same arguments give the same list: the lot is a digest of week and customer.

    Raises
    ------
    MissingColumns
    """
    if isinstance(scored, NotEnoughData):
        return scored
    for name, frame, needed in (("scored", scored, SCORED), ("people", people, PEOPLE)):
        if missing := needed - set(frame.columns):
            raise MissingColumns(name, missing, frame.columns)
    terms = terms or Terms()
    week, monday = week_of(as_of)
    may, facts = may_be_contacted(scored, people, watched, terms)
    facts |= {"fewest": FEWEST, "identified": identified_share}
    facts |= {"as_of": as_of, "week": week, "monday": monday, "until": monday + timedelta(days=6)}
    if drawn is None or drawn.empty:
        able = terms.capacity_of(may["staff_id"]) > 0
        may = may[may["chosen"] & able].reset_index(drop=True)
        if len(may) < FEWEST:
            return _refusal(facts, purpose)
        share, plan = control_share(may, terms)
        rows = _ordered(draw(may, week, share=share, terms=terms, purpose=purpose), purpose)
    else:
        known = drawn[["customer_id", "arm", "probability"]]
        rows = _ordered(may.merge(known, on="customer_id"), purpose)
        if rows.empty:
            return _refusal(facts, purpose)
        share, plan = control_share(rows, terms)
        share = plan["share"] = round(float((rows["arm"] == HOLD_OUT).mean()), 2)
    facts |= plan | _facts(rows, terms, people)
    if facts["hold_out"] < 1 or facts["contact"] < 1:
        return _refusal(facts, purpose)
    return Listing(
        table=by_account(rows),
        rows=rows,
        week=week,
        purpose=purpose,
        facts=facts,
        claims=_claims(facts, purpose),
        caveats=(
            _(
                "High risk is no sign that contacting helps: that is what the people held out are "
                "for. Contacting them spoils the only proof."
            ),
            _(
                "{refused:count} of {reachable:count} reachable customers have not agreed to "
                "marketing, or nobody knows: they are not on the list."
            ),
            *_capacities(facts),
            *identity_caveats(facts),
        ),
        checks=(
            Check(
                key="consent",
                message=_("Everybody on the list has agreed to marketing and has not withdrawn."),
                passed=bool((rows["consent"] & ~rows["opted_out"]).all()),
                evidence=_("{listed:count} people"),
                facts={"listed": len(rows)},
            ),
            Check(
                key="capacity",
                message=_("No account is given more people than it can contact."),
                passed=facts["above"] == 0,
                evidence=_(
                    "{above:count} accounts above their number; at most {busiest:count} people"
                ),
                facts={"above": facts["above"], "busiest": facts["busiest"]},
                stops=drawn is None,  # Friendships may have moved since the lots were drawn.
            ),
        ),
        tiles=(
            Tile(
                key="to_contact" if purpose is AT_RISK else f"to_{purpose.name}",
                label=purpose.tile,
                fact="contact",
                kind="count",
                note=_("{hold_out:count} held out by lot"),
            ),
            Tile(
                key="reachable" if purpose is AT_RISK else f"reachable_{purpose.name}",
                label=_("May be contacted"),
                fact="allowed",
                kind="count",
                good="up",
                note=purpose.whom,
            ),
        ),
        title=purpose.title,
        subtitle=purpose.subtitle,
        meaning=_(
            "The names are not on this page: the command insights export actions writes the list "
            "of each account, and remembers who was held out."
        ),
    )


def by_account(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the list counted by account, the most at risk first."""
    contact = rows["arm"] == CONTACT
    table = (
        rows.assign(contact=contact, hold_out=~contact)
        .groupby("staff_id")
        .agg(
            contact=("contact", "sum"),
            hold_out=("hold_out", "sum"),
            margin_at_risk=("margin_at_risk", "sum"),
            first_reason=("reason", lambda reasons: reasons.mode().iloc[0]),
        )
        .reset_index()
    )
    return table.sort_values(
        ["margin_at_risk", "staff_id"], ascending=[False, True], ignore_index=True
    )


def occasion_of(reason: str, purpose: Purpose = AT_RISK) -> str:
    """Return the suggested occasion for a reason, as a message."""
    if purpose is WIN_BACK and "one day" not in reason:
        return OCCASIONS["gone"]
    if "usual gap" in reason:
        return OCCASIONS["overdue"]
    if "one day" in reason or "few days" in reason:
        return OCCASIONS["first"]
    return OCCASIONS["slower" if "less often" in reason else "other"]


def _ordered(rows: pd.DataFrame, purpose: Purpose) -> pd.DataFrame:
    """Return the rows by account, the most at risk first, each with its occasion."""
    said = [occasion_of(reason, purpose) for reason in rows["reason"]]
    return rows.assign(occasion=said).sort_values(
        ["staff_id", "margin_at_risk", "customer_id"],
        ascending=[True, False, True],
        ignore_index=True,
    )


def _facts(rows: pd.DataFrame, terms: Terms, people: pd.DataFrame) -> dict[str, Any]:
    contact = rows[rows["arm"] == CONTACT]
    busy = contact.groupby("staff_id").size()
    idle = set(terms.capacities) - set(people.loc[people["standing"] > 0, "staff_id"].dropna())
    own = [most for account, most in terms.capacities.items() if account not in idle]
    usual = float(contact["usual_spend"].sum()) * terms.margin
    cost = len(contact) * terms.contact_cost
    return {
        "contact": len(contact),
        "hold_out": len(rows) - len(contact),
        "accounts": len(busy),
        "busiest": int(busy.max()) if len(busy) else 0,
        "above": int((busy > terms.capacity_of(busy.index.to_series())).sum()),
        "own": len(own),
        "own_least": min(own, default=0),
        "own_most": max(own, default=0),
        "idle": ", ".join(sorted(idle)),
        "margin_at_risk": float(contact["margin_at_risk"].sum()),
        "cost": cost,
        "needed_lift": cost / usual if usual > 0 else np.nan,
    }


def _capacities(facts: dict[str, Any]) -> tuple[str, ...]:
    """Say which accounts have a number of their own, and which of these contact nobody."""
    said = []
    if facts["own"]:
        said.append(
            _(
                "{own:count} accounts can contact a number of their own, {own_least:count} to "
                "{own_most:count} people, as declared in insights.toml."
            )
        )
    if facts["idle"]:
        said.append(
            _(
                "A number is declared for accounts that are nobody's contact now: {idle}. Take "
                "them out of insights.toml, or correct how they are written."
            )
        )
    return tuple(said)


def _claims(facts: dict[str, Any], purpose: Purpose) -> tuple[Claim, ...]:
    key = "listing" if purpose is AT_RISK else purpose.name
    size = "control_size" if purpose is AT_RISK else f"control_size_{purpose.name}"
    claims = [Claim(key=key, message=purpose.claim)]
    if facts["enough"]:
        claims.append(
            Claim(
                key=size,
                topic=size,
                message=_(
                    "With {share:percent} held out, {pooled_weeks:count} such lists together can "
                    "show a difference of {lift:points} in who buys."
                ),
                holds=[Holds("the pooled lists reach the size that it takes", facts["enough"])],
                place="evidence",
            )
        )
    else:
        claims.append(
            Claim(
                key=f"{size}_short",
                topic=size,
                message=_(
                    "Even {pooled_weeks:count} such lists are too few to show a difference of "
                    "{lift:points}: it takes {needed:count} people held out, "
                    "{weeks_needed:count} weeks at this size."
                ),
                holds=[
                    Holds(
                        "the weeks needed are more than the weeks pooled",
                        facts["weeks_needed"] > facts["pooled_weeks"],
                    )
                ],
                place="evidence",
            )
        )
    return tuple(claims)


def _refusal(facts: dict[str, Any], purpose: Purpose) -> NotEnoughData:
    if not facts["reachable"]:
        because = _(
            "None of the {active:count} customers in question is known to be a contact of an "
            "account that stands, so no guide could reach anybody."
        )
        needs = _(
            "Needed: WeCom's customers of each account, and what joins them to orders: the "
            "unionid, or full phones in the member table."
        )
    elif not facts["consent_known"]:
        because = _(
            "Of {reachable:count} customers in question who can be reached nobody is known to have "
            "agreed to marketing, and unknown counts as no."
        )
        needs = _(
            "Needed: the column for marketing consent in the member table, or the customer list of "
            "the shop system with it."
        )
    else:
        because = _(
            "{worth:count} customers may be contacted now: of {active:count} in question "
            "{reachable:count} can be reached, {allowed:count} of these have agreed, and "
            "{watched:count} of those are still watched from an earlier list."
        )
        needs = _(
            "Needed: {fewest:count} people whose margin at risk is above the cost of a contact, "
            "{contact_cost:money}."
        )
    return NotEnoughData(title=purpose.title, because=because, needs=needs, facts=facts)
