"""Bridge: from what the private shops were paid to what they leave once all that they cost is off.

What is left counts every private sale as if it would not have been made otherwise. So it is a
ceiling, and the verdict says which part of the margin has to be additional for the work to pay:
a range, where the margin is one, and decided only where what was measured is clear of all of it.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.analyses.cohorts.increment import Increment
from insights.analyses.cohorts.private_sales import PrivateSales
from insights.analyses.cohorts.refunds import RefundCurve
from insights.charts import marks
from insights.errors import MissingColumns
from insights.periods import is_month_end, month_number
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result
from insights.results.channels import PRIVATE_SHOPS
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SALES = ["gross_amount", "refund_amount", "net_amount", "costed_amount", "goods_amount"]
SPENT = {
    "contact_amount": _("Paid for contacts"),
    "commission_amount": _("Commission"),
    "team_amount": _("Team"),
    "gift_amount": _("Gifts and samples"),
    "coupon_amount": _("Coupons"),
    "other_amount": _("Calls, media, fees, parcels"),
}
MONTHS = 12
CENT = 0.005
LEAST_COSTED = 0.5  # Share of net sales whose goods must have a known cost.
_TITLE = _("What the private domain leaves")


@dataclass(frozen=True, eq=False, kw_only=True)
class MoneyBridge(Result):
    """Paid, net, margin and contribution of the private domain. One row per step.

    `low` and `high` hold what is not known: the cost of goods without one, refunds still to come.
    """

    name = "money_bridge"
    columns = {
        "label": Column(_("Step"), "said"),
        "amount": Column(_("Amount"), "money"),
        "low": Column(_("Low"), "money"),
        "high": Column(_("High"), "money"),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw the sums that are left, from paid to contribution."""
        sums = self.table[self.table["step"].isin(["paid", "net", "margin", "contribution"])]
        return marks.bars(
            sums, name="label", value="amount", low="low", high="high", kind="money",
            xlabel=_("left after this step"),
        )  # fmt: skip


def money_bridge(
    bridge: pd.DataFrame,
    *,
    as_of: date,
    refunds: Result | None = None,
    private: Result | None = None,
    increment: Increment | None = None,
) -> MoneyBridge | NotEnoughData:
    """Lead the private shops' sales to their contribution, and say whether the work pays.

    Parameters
    ----------
    bridge : DataFrame, one row per month
        The mart `private_bridge`. The last 12 months that are over count, or all that there are.
    as_of : date
        Last day of complete data.
    refunds : Result, optional
        What `refund_curve` handed back: refunds still to come widen the interval.
    private : Result, optional
        What `private_sales` handed back: how many people a test of the increment needs.
    increment : Increment, optional
        The share of the margin that is additional, where it has been measured; see `increment`.
        One that was drawn among too few of the contacts decides nothing.

    Returns
    -------
    MoneyBridge or NotEnoughData

    Notes
    -----
    The break-even is the share of the margin that has to be additional. It is lowest at the upper
    end of the margin, where goods without a known cost cost nothing, and highest at the lower end,
    where they cost all that they brought and the most that may still go back does. It pays where
    the interval of the increment lies above the highest, and does not where it lies below the
    lowest; in between it is not known.
    """
    if missing := {"month_on", "fee_amount", *SALES, *SPENT} - set(bridge.columns):
        raise MissingColumns("bridge", missing, bridge.columns)
    number = pd.to_datetime(bridge["month_on"])
    number = number.dt.year * 12 + number.dt.month - 1
    last = month_number(as_of) - (0 if is_month_end(as_of) else 1)
    inside = bridge[(number <= last) & (number > last - MONTHS)]
    sums = inside[[*SALES, *SPENT, "fee_amount"]].astype(float).sum()
    facts: dict[str, Any] = {"as_of": as_of, "least": LEAST_COSTED}
    if sums["net_amount"] <= 0:
        return NotEnoughData(
            title=_TITLE,
            because=_("Of whole months up to {as_of:day} no net sales of private shops are known."),
            needs=_("Needed: orders of Youzan, the WeChat store or an own mall."),
            facts=facts,
        )
    costed = sums["costed_amount"] / sums["net_amount"]
    facts |= {"costed": costed}
    if costed < LEAST_COSTED:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "What the goods cost is known for {costed:percent} of the private shops' net "
                "sales; below {least:percent} no margin is said."
            ),
            needs=_("Needed: a list of products with their unit cost (template: products)."),
            facts=facts,
        )
    table, sure = _steps(sums, refunds)
    facts |= _facts(inside, sums, table, sure) | _test_of(private)
    if increment is not None and not increment.speaks_for(_contacts(private)):
        increment = None
    facts["measured"] = None if increment is None else increment.people
    return MoneyBridge(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=(_verdict(facts, increment), _steps_said()),
        caveats=_caveats(facts),
        checks=(_adds_up(table),),
        title=_TITLE,
        subtitle=_(
            "Private shops, {first:month} to {last:month}: what was paid, what stayed, what was "
            "left of it after goods and costs"
        ),
        meaning=_(
            "The last bar is a ceiling: it counts each private sale as one that would not have "
            "been made otherwise."
        ),
        alt=_(
            "Bars from {paid:money} paid over {net:money} net and {margin:money} margin to "
            "{contribution:money} contribution."
        ),
    )


def _steps(sums: pd.Series, refunds: Result | None) -> tuple[pd.DataFrame, float]:
    """Lay out the steps; return them with the share of net sales whose cost is known."""
    net, costed = sums["net_amount"], sums["costed_amount"]
    uncosted = max(net - costed, 0.0)
    margin = net - sums["goods_amount"] * (net / costed)
    rate = margin / net
    # Goods without a cost may have cost nothing, or all that they brought.
    low = costed - sums["goods_amount"]
    high = low + uncosted
    margin = min(max(margin, low), high)  # They are one number where each cost is known.
    if isinstance(refunds, RefundCurve):
        mine = refunds.table[refunds.table["channel"].isin(PRIVATE_SHOPS)]
        low -= float(mine["to_come_high"].sum()) * max(rate, 0.0)
    rows = [
        ("paid", _("Paid"), sums["gross_amount"], None, None),
        ("back", _("Refunded"), -sums["refund_amount"], None, None),
        ("net", _("Net"), net, None, None),
        ("goods", _("Cost of the goods"), margin - net, None, None),
        ("margin", _("Margin"), margin, low, high),
        ("fees", _("Membership fees"), sums["fee_amount"], None, None),
    ]
    rows += [(name, label, -sums[name], None, None) for name, label in SPENT.items()]
    rest = sums["fee_amount"] - sum(sums[name] for name in SPENT)
    rows.append(("contribution", _("Contribution"), margin + rest, low + rest, high + rest))
    table = pd.DataFrame(rows, columns=["step", "label", "amount", "low", "high"])
    keep = (table["amount"] != 0) | table["step"].isin(["paid", "net", "margin", "contribution"])
    return table[keep].reset_index(drop=True).astype({"low": float, "high": float}), costed / net


def _facts(
    inside: pd.DataFrame, sums: pd.Series, table: pd.DataFrame, sure: float
) -> dict[str, Any]:
    at = table.set_index("step")
    spent = float(sum(sums[name] for name in SPENT))
    margin = at.loc["margin"]
    owed = max(spent - float(sums["fee_amount"]), 0.0)
    days = pd.to_datetime(inside["month_on"])
    return {
        "first": f"{days.min():%Y-%m}",
        "last": f"{days.max():%Y-%m}",
        "paid": float(sums["gross_amount"]),
        "net": float(sums["net_amount"]),
        "margin": float(margin["amount"]),
        "spent": spent,
        "fees": float(sums["fee_amount"]),
        "contribution": float(at.loc["contribution", "amount"]),
        "low": float(at.loc["contribution", "low"]),
        "high": float(at.loc["contribution", "high"]),
        "break_even": _break_even(owed, margin["amount"]),
        # The less is left of the sales, the more of it has to be additional.
        "break_even_low": _break_even(owed, margin["high"]),
        "break_even_high": _break_even(owed, margin["low"]),
        "uncosted": 1 - sure,
        "team_known": bool(sums["team_amount"]),
    }


def _break_even(owed: float, margin: float) -> float | None:
    """Share of a margin that covers what is owed; None where no share of it does."""
    return float(owed / margin) if margin > 0 and owed <= margin else None


def _contacts(private: Result | None) -> int:
    return int(private.facts["have"] or 0) if isinstance(private, PrivateSales) else 0


def _test_of(private: Result | None) -> dict[str, Any]:
    if isinstance(private, PrivateSales) and private.facts.get("weeks") is not None:
        return {"per_group": private.facts["per_group"], "weeks": private.facts["weeks"]}
    return {"per_group": None, "weeks": None}


def _verdict(facts: dict[str, Any], increment: Increment | None) -> Claim:
    """Say whether it pays, does not pay, or is not known yet, and what it takes to know."""
    if facts["high"] < 0:
        return Claim(
            key="does_not_pay",
            topic="pays",
            message=_(
                "The private domain does not pay: even with all of its sales counted as "
                "additional, {contribution:money} is left."
            ),
            holds=[Holds("the upper end of the contribution is below zero", facts["high"] < 0)],
        )
    if not facts["team_known"]:
        return Claim(
            key="pays_not_known_without_wages",
            undecided=True,
            topic="pays",
            message=_(
                "Whether the private domain pays is not known: at most {contribution:money} "
                "({low:money}–{high:money}) is left before wages, which are not in the data."
            ),
            holds=[Holds("no labour cost is known", not facts["team_known"])],
        )
    # Where costs are not known, the break-even is a range; without its upper end, all may not do.
    takes, would_do = facts["break_even_low"], facts["break_even_high"]
    if increment is not None:
        facts |= {
            "added": increment.share,
            "added_low": increment.low,
            "added_high": increment.high,
        }
        if would_do is not None and increment.low > would_do:
            return Claim(
                key="pays",
                message=_(
                    "The private domain pays: {added:percent} ({added_low:percent}–"
                    "{added_high:percent}) of its margin is additional, and "
                    "{break_even_high:percent} would do."
                ),
                holds=[
                    Holds("the lower end is above all of the break-even", increment.low > would_do)
                ],
            )
        if takes is not None and increment.high < takes:
            return Claim(
                key="does_not_pay_yet",
                topic="pays",
                message=_(
                    "The private domain does not pay: {added:percent} ({added_low:percent}–"
                    "{added_high:percent}) of its margin is additional, and it takes at least "
                    "{break_even_low:percent}."
                ),
                holds=[
                    Holds("the upper end is below all of the break-even", increment.high < takes)
                ],
            )
    if facts["per_group"] is not None and would_do is not None:
        return Claim(
            key="pays_not_known",
            undecided=True,
            topic="pays",
            message=_(
                "The private domain pays if {break_even_high:percent} of its margin is additional; "
                "not known yet: a test needs {per_group:count} contacts a group, {weeks:count} "
                "weeks."
            ),
        )
    return Claim(
        key="pays_not_known",
        undecided=True,
        message=_(
            "Whether the private domain pays is not known: {contribution:money} "
            "({low:money}–{high:money}) is left if each of its sales was additional."
        ),
    )


def _steps_said() -> Claim:
    return Claim(
        key="bridge_steps",
        place="evidence",
        message=_(
            "{paid:money} paid → {net:money} net → {margin:money} margin → {spent:money} spent, "
            "{fees:money} fees → {contribution:money} ({low:money}–{high:money}) left."
        ),
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = [
        _(
            "Only costs in the cost table are off; stores' and platforms' own costs are not the "
            "private domain's."
        )
    ]
    if facts["measured"] is not None:
        caveats.append(
            _(
                "What is additional was measured by lot among {measured:count} contacts, in "
                "buyers: it is carried over to the margin as if their baskets were like those of "
                "others."
            )
        )
    if not facts["team_known"]:
        caveats.append(
            _("Wages of the team are not in the data: add them to the cost table as labour.")
        )
    if facts["uncosted"] > CENT:
        caveats.append(
            _(
                "Of {uncosted:percent} of net sales the cost of the goods is not known; the "
                "interval holds both ends."
            )
        )
    return tuple(caveats)


def _adds_up(table: pd.DataFrame) -> Check:
    at = table.set_index("step")["amount"]
    spent = float(at.drop(["net", "margin", "contribution"]).sum())
    left = float(at["contribution"])
    return Check(
        key="bridge_adds_up",
        message=_("Each step of the bridge is taken once: they add up to what is left."),
        passed=abs(spent - left) <= CENT * 4,
        evidence=_("{steps:money} step by step, {left:money} left"),
        facts={"steps": spent, "left": left},
    )
