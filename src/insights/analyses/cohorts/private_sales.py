"""Private sales: how much does the private domain sell, by each of the four ways to count it?

Placed in private shops; bought anywhere by somebody who was a contact; bought by somebody touched
shortly before; and what would not have been bought without it. The last is the one that decides on
budgets, and no count of sales tells it: it is unknown until a group was left alone by lot.
"""

from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.analyses.cohorts.increment import Increment, measured, shown_by_lot
from insights.charts import marks
from insights.errors import MissingColumns
from insights.models.power import Power, power
from insights.periods import is_month_end, month_number
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEEDED = {
    "month_on", "channel", "is_private", "net_amount", "known_amount", "bound_amount",
    "touched_7_amount", "touched_30_amount",
}  # fmt: skip
CENT = 0.005
MONTHS = 12
RECENT_WEEKS = 13  # Over which the pace of new contacts is taken.
LIFT = 0.2  # Of those who buy anyway, the part more that a test is planned to see.
_TITLE = _("Private-domain sales, counted in four ways")
_ROWS = {
    "placed": _("Placed in private shops"),
    "bound": _("By contacts, in any channel"),
    "touched": _("Touched in the days before"),
    "incremental": _("Would not have been bought otherwise"),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class PrivateSales(Result):
    """Net sales of the private domain by four definitions. One row per definition, never added.

    `amount` and `share` (of all net sales) are missing where nobody can know them yet.
    """

    name = "private_sales"
    columns = {
        "label": Column(_("How it is counted"), "said"),
        "amount": Column(_("Net"), "money"),
        "low": Column(_("Low"), "money"),
        "high": Column(_("High"), "money"),
        "share": Column(_("Share of net sales"), "percent"),
    }

    as_of: date
    plan: Power | None

    def plot(self) -> "Axes":
        """Draw the four side by side; what is unknown has no bar."""
        return marks.bars(
            self.table,
            name="label",
            value="amount",
            low="low",
            high="high",
            kind="money",
            xlabel=_("net sales"),
        )


def private_sales(
    sales: pd.DataFrame, pool: pd.DataFrame, gains: pd.DataFrame, months: pd.DataFrame, *,
    as_of: date, increment: Increment | None = None,
) -> PrivateSales | NotEnoughData:  # fmt: skip
    """Set the four definitions of private-domain sales side by side, and plan the missing one.

    Parameters
    ----------
    sales : DataFrame, one row per month and channel
        The mart `private_sales`.
    pool : DataFrame, one row per window
        The mart `contact_pool`: contacts, and how many of them bought since.
    gains : DataFrame, one row per day
        The mart `contact_activity`: how many contacts come.
    months : DataFrame, one row per month and channel
        The mart `sales_month`, the ledger.
    as_of : date
        Last day of complete data. The last 12 months that are over count, or all that there are.
    increment : Increment, optional
        What a hold-out by lot measured; see `increment`. Where it left people alone altogether, at
        least half of the contacts in it, it is carried over to what contacts bought, which is the
        fourth definition; else it is said of its own action or people alone.

    Returns
    -------
    PrivateSales or NotEnoughData
    """
    if missing := NEEDED - set(sales.columns):
        raise MissingColumns("sales", missing, sales.columns)
    frame = sales.astype({name: float for name in NEEDED if name.endswith("_amount")})
    check = _reconciled(frame, months)
    number = pd.to_datetime(frame["month_on"])
    number = number.dt.year * 12 + number.dt.month - 1
    last = month_number(as_of) - (0 if is_month_end(as_of) else 1)
    inside = frame[(number <= last) & (number > last - MONTHS)]
    amounts = {
        "placed": float(inside.loc[inside["is_private"].astype(bool), "net_amount"].sum()),
        "bound": float(inside["bound_amount"].sum()),
        "touched": float(inside["touched_7_amount"].sum()),
        "incremental": None,
    }
    ends: dict[str, tuple[float, float]] = {}
    net = float(inside["net_amount"].sum())
    contacts = int(pool["people"].max()) if len(pool) else 0
    carried = increment is not None and increment.speaks_for(contacts)
    if increment is not None and carried:
        bound = float(inside["bound_amount"].sum())
        amounts["incremental"] = increment.share * bound
        ends["incremental"] = (increment.low * bound, increment.high * bound)
    if not (inside["is_private"].astype(bool).any() or contacts):
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "Up to {as_of:day} no sale of a private shop and no contact is known: there is no "
                "private domain in these data."
            ),
            needs=_(
                "Needed: orders of Youzan, the WeChat store or an own mall, and the WeCom contacts."
            ),
            facts={"as_of": as_of},
        )
    if net <= 0:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "Nothing is left of the sales of whole months up to {as_of:day}: of nothing there "
                "are no shares."
            ),
            needs=_("Needed: a whole month of orders that were not refunded."),
            facts={"as_of": as_of},
        )
    plans = _plans(pool, gains, as_of)
    chosen = dict(plans[0]) if plans else {}
    plan = chosen.pop("plan", None)
    facts = _facts(inside, amounts, net) | {"as_of": as_of, "planned": bool(plans)}
    facts |= {"have": contacts, **chosen} | measured(increment, contacts, amounts, ends)
    table = pd.DataFrame(
        [
            {"definition": key, "label": _ROWS[key], "amount": value,
             "low": ends.get(key, (None, None))[0], "high": ends.get(key, (None, None))[1],
             "share": None if value is None else value / net}
            for key, value in amounts.items()
        ]
    ).astype({"amount": float, "low": float, "high": float, "share": float})  # fmt: skip
    return PrivateSales(
        table=table,
        plan=plan,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=(
            _("The four answer four questions: they overlap, and none may be added to another."),
            _(
                "Only {known_share:percent} of net sales belong to a known customer: what contacts "
                "and touched customers bought elsewhere is counted too low."
            ),
            *(
                (
                    _(
                        "The hold-out counts buyers, not baskets, and purchases that were only "
                        "brought forward count as additional."
                    ),
                )
                if increment is not None
                else ()
            ),
        ),
        checks=(check,),
        title=_TITLE,
        subtitle=_("Net of refunds, {first:month} to {last:month}, by four definitions"),
        meaning=_(
            "Say which of the four is meant whenever a share is named; fund by the last alone."
        ),
        alt=_(
            "Bars of net sales: {placed:money} placed in private shops, {bound:money} by contacts, "
            "{touched:money} by customers touched before; the fourth is unknown."
        )
        if not carried
        else _(
            "Bars of net sales: {placed:money} placed in private shops, {bound:money} by contacts, "
            "{touched:money} by customers touched before, {added:money} additional."
        ),
    )


def _plans(pool: pd.DataFrame, gains: pd.DataFrame, as_of: date) -> list[dict[str, Any]]:
    """Return what a test would take, for each length of watching; the quickest first.

    Both groups have to be full, and then be watched. A longer watch sees more buyers, so that fewer
    people are needed.
    """
    days = (pd.Timestamp(as_of) - pd.to_datetime(gains["on_date"])).dt.days
    per_week = float(gains.loc[days < RECENT_WEEKS * 7, "gained"].sum() / RECENT_WEEKS)
    have = int(pool["people"].max()) if len(pool) else 0  # The shortest window has the newest.
    found = []
    for row in pool.itertuples():
        base = row.buyers / row.people if row.people else 0.0
        if not 0 < base * (1 + LIFT) < 1:
            continue
        asked = power(base, base * LIFT)
        lacking = max(2 * asked.per_group - have, 0)
        waits = ceil(lacking / per_week) if lacking and per_week else 0
        found.append(
            {
                "plan": asked,
                "base": base,
                "lift": asked.lift,
                "per_group": asked.per_group,
                "have": have,
                "lacking": lacking,
                "per_week": per_week,
                "window": int(row.window_days),
                "weeks": None if lacking and not per_week else waits + ceil(row.window_days / 7),
            }
        )
    return sorted(found, key=lambda one: (one["weeks"] is None, one["weeks"] or one["per_group"]))


def _facts(inside: pd.DataFrame, amounts: dict[str, Any], net: float) -> dict[str, Any]:
    days = pd.to_datetime(inside["month_on"])
    counted = {key: amounts[key] for key in ("placed", "bound", "touched")}
    return {
        "first": f"{days.min():%Y-%m}",
        "last": f"{days.max():%Y-%m}",
        "net": net,
        **counted,
        **{f"{key}_share": value / net for key, value in counted.items()},
        "touched_30": float(inside["touched_30_amount"].sum()),
        "known_share": float(inside["known_amount"].sum()) / net,
        "touch_days": 7,
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    claims = shown_by_lot(facts)
    if facts["carried"]:
        pass  # What was unknown is known.
    elif facts["planned"] and facts["weeks"] is not None:
        claims.append(
            Claim(
                key="increment_unknown",
                undecided=True,
                topic="increment",
                message=_(
                    "What the private domain adds: unknown. To see {lift:points} from "
                    "{base:percent} buying in {window:days}, each group needs {per_group:count} "
                    "contacts; there are {have:count}: {weeks:count} weeks."
                ),
            )
        )
    elif facts["planned"]:
        claims.append(
            Claim(
                key="increment_out_of_reach",
                undecided=True,
                topic="increment",
                message=_(
                    "What the private domain adds: unknown. To see {lift:points} from "
                    "{base:percent} buying in {window:days}, each group needs {per_group:count} "
                    "contacts; there are {have:count}, and no new ones come."
                ),
                holds=[
                    Holds("both groups need those there are and others", facts["lacking"] > 0),
                    Holds("nobody was gained in three months", facts["per_week"] == 0),
                ],
            )
        )
    claims.append(
        Claim(
            key="four_definitions",
            topic="private_share",
            place="evidence",
            message=_(
                "{placed_share:percent} of net sales were placed in private shops, "
                "{bound_share:percent} came from contacts in any channel, {touched_share:percent} "
                "from customers touched in the {touch_days:days} before."
            ),
        )
    )
    return tuple(claims)


def _reconciled(frame: pd.DataFrame, months: pd.DataFrame) -> Check:
    given = float(months["net_amount"].astype(float).sum())
    shown = float(frame["net_amount"].sum())
    return Check(
        key="private_sales_reconcile",
        message=_("Net sales by channel, private and public, are the ledger's net."),
        passed=abs(given - shown) <= CENT,
        evidence=_("{shown:money} by channel, {given:money} in the ledger"),
        facts={"shown": shown, "given": given},
    )
