"""Listing: whom should each guide contact this week, for what reason, and who is held out by lot?

Nobody is on the list who has not agreed to marketing, has no standing friendship with an account,
or is still being watched from an earlier list. What each guide can do is a limit, and a random part
of those who would have been contacted is not: without it nobody could tell what contacting did.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from math import floor
from typing import Any

import numpy as np
import pandas as pd

from insights.errors import DataError, MissingColumns, ParameterError
from insights.models.arms import people_per_arm
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

CONTACT, HOLD_OUT = "contact", "hold_out"
FEWEST = 20  # On a list; fewer leave nobody to hold out.
LEAST_SHARE, MOST_SHARE = 0.1, 0.3
PEOPLE = {"customer_id", "standing", "staff_id", "consent", "opted_out", "is_staff"}
SCORED = {"customer_id", "p_silent", "usual_spend", "value_at_risk", "reason"}
TITLE = _("Whom to contact this week")

OCCASIONS = {
    "overdue": _("Ask after the last purchase and remind of what usually follows it"),
    "first": _("Explain care and use of the first purchase, then show what goes with it"),
    "slower": _("Show what is new in the favourite category"),
    "other": _("A personal greeting before the next campaign"),
}


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a list is made by.

    Attributes
    ----------
    capacity : int
        People whom one account can contact in the week.
    margin : float in (0, 1]
        Share of net sales that is left after the goods.
    contact_cost : float >= 0
        What one contact costs (money).
    lift : float in (0, 1)
        Difference in the share who buy that the lists together shall be able to show.
    pooled_weeks : int
        Weekly lists that are read out together.
    window_days : int
        Days after the lot in which a purchase counts; for so long nobody is drawn again.
    """

    capacity: int = 30
    margin: float = 0.5
    contact_cost: float = 3.0
    lift: float = 0.03
    pooled_weeks: int = 12
    window_days: int = 28

    def __post_init__(self) -> None:
        for name, good, rule in (
            ("capacity", self.capacity >= 1, "1 or more people"),
            ("margin", 0 < self.margin <= 1, "a share above 0, up to 1"),
            ("contact_cost", self.contact_cost >= 0, "money, 0 or more"),
            ("lift", 0 < self.lift < 1, "a share between 0 and 1"),
            ("pooled_weeks", self.pooled_weeks >= 1, "1 week or more"),
            ("window_days", self.window_days >= 7, "7 days or more"),
        ):
            if not good:
                raise ParameterError(f"{name} is {rule}; found {getattr(self, name)}.")


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


def week_of(as_of: date) -> tuple[str, date]:
    """Return the name of the week that a list made on `as_of` is for, and its Monday.

    It is the week of the day after, so that a list made on Sunday evening is for the new week.

    Examples
    --------
    >>> week_of(date(2026, 6, 28))
    ('2026-W27', datetime.date(2026, 6, 29))
    """
    after = as_of + timedelta(days=1)
    year, week, weekday = after.isocalendar()
    return f"{year}-W{week:02d}", after - timedelta(days=weekday - 1)


def listing(
    scored: pd.DataFrame | NotEnoughData,
    people: pd.DataFrame,
    *,
    as_of: date,
    watched: pd.Series | None = None,
    drawn: pd.DataFrame | None = None,
    terms: Terms | None = None,
) -> Listing | NotEnoughData:
    """Choose whom to contact, within each account's capacity, and draw who is held out.

    Parameters
    ----------
    scored : DataFrame, one row per active customer, or NotEnoughData
        As `churn.active_customers` gives it: `customer_id`, `p_silent` (chance of no purchase
        within the window), `usual_spend` and `value_at_risk` (money), `reason`.
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
    may, facts = _may_be_contacted(scored, people, watched, terms)
    facts |= {"as_of": as_of, "week": week, "monday": monday, "until": monday + timedelta(days=6)}
    if drawn is None or drawn.empty:
        may = may[may["chosen"]].reset_index(drop=True)
        if len(may) < FEWEST:
            return _refusal(facts)
        share, plan = control_share(may, terms)
        rows = _drawn(may, week, share, terms.capacity)
    else:
        rows = _ordered(may.merge(drawn[["customer_id", "arm", "probability"]], on="customer_id"))
        if rows.empty:
            return _refusal(facts)
        share, plan = control_share(rows, terms)
        share = plan["share"] = round(float((rows["arm"] == HOLD_OUT).mean()), 2)
    facts |= plan | _facts(rows, terms)
    if facts["hold_out"] < 1 or facts["contact"] < 1:
        return _refusal(facts)
    return Listing(
        table=by_account(rows),
        rows=rows,
        week=week,
        facts=facts,
        claims=_claims(facts),
        caveats=(
            _(
                "High risk is no sign that contacting helps: that is what the people held out are "
                "for. Contacting them spoils the only proof."
            ),
            _(
                "{refused:count} of {reachable:count} reachable customers have not agreed to "
                "marketing, or nobody knows: they are not on the list."
            ),
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
                passed=facts["busiest"] <= terms.capacity,
                evidence=_("at most {busiest:count} of {capacity:count}"),
                facts={"busiest": facts["busiest"], "capacity": terms.capacity},
                stops=drawn is None,  # Friendships may have moved since the lots were drawn.
            ),
        ),
        tiles=(
            Tile(
                key="to_contact",
                label=_("To contact this week"),
                fact="contact",
                kind="count",
                note=_("{hold_out:count} held out by lot"),
            ),
            Tile(
                key="reachable",
                label=_("May be contacted"),
                fact="allowed",
                kind="count",
                good="up",
                note=_("of {active:count} active customers"),
            ),
        ),
        title=TITLE,
        subtitle=_(
            "Active customers with a standing friendship and consent, by the margin that hangs on "
            "them; at most {capacity:count} an account, {share:percent} held out by lot"
        ),
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


def occasion_of(reason: str) -> str:
    """Return the suggested occasion for a reason, as a message."""
    if "usual gap" in reason:
        return OCCASIONS["overdue"]
    if "one day" in reason or "few days" in reason:
        return OCCASIONS["first"]
    return OCCASIONS["slower" if "less often" in reason else "other"]


def control_share(may: pd.DataFrame, terms: Terms) -> tuple[float, dict[str, Any]]:
    """Return the share to hold out: the smallest with which the pooled lists show the lift.

    Between a tenth and three tenths: less teaches nothing, more costs more than an answer is worth.
    """
    listed = may.groupby("staff_id").head(terms.capacity)
    base = float(np.clip(1 - listed["p_silent"].mean(), 0.005, 0.995 - terms.lift))
    weekly = len(listed)
    enough = None
    for share in np.arange(LEAST_SHARE, MOST_SHARE + 1e-9, 0.01):
        needed = people_per_arm(base, terms.lift, ratio=(1 - share) / share)
        enough = needed <= share * weekly * terms.pooled_weeks
        if enough:
            break
    share = round(float(share), 2)
    needed = people_per_arm(base, terms.lift, ratio=(1 - share) / share)
    return share, {
        "share": share,
        "base": base,
        "lift": terms.lift,
        "needed": needed,
        "weeks_needed": int(np.ceil(needed / max(share * weekly, 1e-9))),
        "pooled_weeks": terms.pooled_weeks,
        "enough": bool(enough),
    }


def lot(week: str, customer_id: str) -> float:
    """Return the lot of a customer in a week, in [0, 1): a digest, the same whenever it is asked.

    Examples
    --------
    >>> lot("2026-W27", "C1") == lot("2026-W27", "C1") != lot("2026-W28", "C1")
    True
    """
    digest = hashlib.sha256(f"contact:{week}:{customer_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _may_be_contacted(
    scored: pd.DataFrame, people: pd.DataFrame, watched: pd.Series | None, terms: Terms
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return who may be contacted, `chosen` if worth it and not watched; and how many are not."""
    held = people[list(PEOPLE)]
    found = scored.merge(held, on="customer_id", how="inner", validate="one_to_one")
    reachable = found[(found["standing"] > 0) & ~found["is_staff"].astype(bool)]
    agreed = reachable["consent"].fillna(False).astype(bool) & ~reachable["opted_out"].astype(bool)
    allowed = reachable[agreed]
    free = allowed
    if watched is not None:
        free = allowed[~allowed["customer_id"].isin(watched)]
    worth = free["value_at_risk"].astype(float) * terms.margin > terms.contact_cost
    chosen = allowed["customer_id"].isin(free.loc[worth, "customer_id"])
    kept = allowed.assign(
        margin_at_risk=allowed["value_at_risk"].astype(float) * terms.margin,
        consent=True,
        opted_out=False,
        chosen=chosen,
    )
    kept = kept.sort_values(
        ["margin_at_risk", "customer_id"], ascending=[False, True], ignore_index=True
    )
    facts = {
        "active": len(scored),
        "reachable": len(reachable),
        "allowed": len(allowed),
        "refused": len(reachable) - len(allowed),
        "consent_known": int(reachable["consent"].notna().sum()),
        "watched": len(allowed) - len(free),
        "worth": int(worth.sum()),
        "capacity": terms.capacity,
        "margin": terms.margin,
        "contact_cost": terms.contact_cost,
        "window": terms.window_days,
        "fewest": FEWEST,
    }
    return kept, facts


def _drawn(may: pd.DataFrame, week: str, share: float, capacity: int) -> pd.DataFrame:
    """Return who is on the list with the arm that the lot gave.

    Of each account so many are taken that, those held out set aside, the rest fills its capacity.
    Within the account the lowest lots are held out; how many is rounded by a lot of the account's
    own, so that everybody has the same chance.
    """
    taken = may.groupby("staff_id").head(floor(capacity / (1 - share) + 1e-9)).copy()
    taken["lot"] = [lot(week, who) for who in taken["customer_id"]]
    parts = []
    for staff, mine in taken.groupby("staff_id", sort=True):
        held = floor(len(mine) * share + lot(week, f"account {staff}"))
        order = mine["lot"].rank(method="first")
        parts.append(mine.assign(arm=np.where(order <= held, HOLD_OUT, CONTACT)))
    rows = pd.concat(parts, ignore_index=True)
    if twice := int(rows["customer_id"].duplicated().sum()):
        raise DataError(f"{twice} customers are on the list twice: give one account for each.")
    rows["probability"] = np.where(rows["arm"] == HOLD_OUT, share, 1 - share)
    return _ordered(rows.drop(columns="lot"))


def _ordered(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows by account, the most at risk first, each with its occasion."""
    return rows.assign(occasion=[occasion_of(reason) for reason in rows["reason"]]).sort_values(
        ["staff_id", "margin_at_risk", "customer_id"],
        ascending=[True, False, True],
        ignore_index=True,
    )


def _facts(rows: pd.DataFrame, terms: Terms) -> dict[str, Any]:
    contact = rows[rows["arm"] == CONTACT]
    usual = float(contact["usual_spend"].sum()) * terms.margin
    cost = len(contact) * terms.contact_cost
    return {
        "contact": len(contact),
        "hold_out": len(rows) - len(contact),
        "accounts": int(contact["staff_id"].nunique()),
        "busiest": int(contact.groupby("staff_id").size().max()) if len(contact) else 0,
        "margin_at_risk": float(contact["margin_at_risk"].sum()),
        "cost": cost,
        "needed_lift": cost / usual if usual > 0 else np.nan,
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    claims = [
        Claim(
            key="listing",
            message=_(
                "This week {accounts:count} accounts contact {contact:count} customers, on whom a "
                "margin of {margin_at_risk:money} hangs; {hold_out:count} are held out by lot, to "
                "read off the effect."
            ),
        )
    ]
    if facts["enough"]:
        claims.append(
            Claim(
                key="control_size",
                topic="control_size",
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
                key="control_size_short",
                topic="control_size",
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


def _refusal(facts: dict[str, Any]) -> NotEnoughData:
    if not facts["reachable"]:
        because = _(
            "None of {active:count} active customers is known to be a contact of an account that "
            "stands, so no guide could reach anybody."
        )
        needs = _(
            "Needed: WeCom's customers of each account, and what joins them to orders: the "
            "unionid, or full phones in the member table."
        )
    elif not facts["consent_known"]:
        because = _(
            "Of {reachable:count} reachable active customers nobody is known to have agreed to "
            "marketing, and unknown counts as no."
        )
        needs = _(
            "Needed: the column for marketing consent in the member table, or the customer list of "
            "the shop system with it."
        )
    else:
        because = _(
            "{worth:count} customers may be contacted now: of {active:count} active ones "
            "{reachable:count} can be reached, {allowed:count} of these have agreed, and "
            "{watched:count} of those are still watched from an earlier list."
        )
        needs = _(
            "Needed: {fewest:count} people whose margin at risk is above the cost of a contact, "
            "{contact_cost:money}."
        )
    return NotEnoughData(title=TITLE, because=because, needs=needs, facts=facts)
