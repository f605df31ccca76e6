"""Payback: after how many months have new contacts brought in what winning them cost?

And where they have not yet: by when can it be known? The margin is that of their purchases in
private shops, all counted as additional, so that the true payback is no sooner than the earliest
month said. What goods cost has to be known of most of it, as for `money_bridge`.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.analyses.cohorts.bridge import LEAST_COSTED
from insights.analyses.cohorts.contact_margins import (
    CONFIDENCE,
    costs_of,
    curves_of,
    known_of,
    paid_back,
    pooled,
    pooled_payback,
)
from insights.analyses.cohorts.joining import NO_CONTACTS
from insights.charts import marks
from insights.errors import MissingColumns
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEEDED = {
    "joined_on", "bought_before", "age_months", "people", "net_amount", "margin_amount",
    "margin_square", "margin_cube", "most_amount", "most_square", "most_cube",
}  # fmt: skip
CENT = 0.005
UNCOSTED = 0.005  # Share of net sales without a known cost, above which it is said.
_TITLE = _("When new contacts have paid back what they cost")


@dataclass(frozen=True, eq=False, kw_only=True)
class Payback(Result):
    """Margin so far against the cost of winning, by month of joining. One row per month.

    `payback` is the first calendar month by whose end the mean margin covers the cost, that of
    joining being month 1; `low` and `high` are the first by which the ends of its interval do;
    missing where that has not happened. `known_on` is the month by whose end the answer can be
    expected, where it is still open.
    """

    name = "payback"
    columns = {
        "cohort": Column(_("Joined in"), "month"),
        "people": Column(_("New contacts"), "count", people=True),
        "cost": Column(_("Cost of each"), "money"),
        "age_months": Column(_("Months seen"), "count"),
        "margin": Column(_("Margin of each so far"), "money"),
        "margin_low": Column(_("Low"), "money"),
        "margin_high": Column(_("High"), "money"),
        "payback": Column(_("Paid back in month"), "count"),
        "low": Column(_("At the earliest"), "count"),
        "high": Column(_("At the latest"), "count"),
        "known_on": Column(_("Can be known by"), "month"),
    }

    as_of: date
    curve: pd.DataFrame

    def plot(self) -> "Axes":
        """Draw the margin so far of the cohort that the claim is about, against its cost."""
        return marks.line(
            self.curve[self.curve["cohort"] == self.facts["shown"]],
            x="age_months",
            y="margin",
            low="low",
            high="high",
            y_kind="money",
            xlabel=_("months after joining"),
            ylabel=_("margin of each contact so far"),
            reference=float(self.facts["shown_cost"]),
            reference_label=_("cost"),
        )


def payback(
    value: pd.DataFrame,
    bridge: pd.DataFrame,
    *,
    as_of: date,
    data_from: date | None = None,
    min_people: int = 30,
) -> Payback | NotEnoughData:
    """Set the margin of each month's new contacts against what winning them cost.

    Parameters
    ----------
    value : DataFrame, one row per month of joining, bought_before and age
        The mart `contact_value`.
    bridge : DataFrame, one row per month
        The mart `private_bridge`: what was paid for contacts, and for the team.
    as_of : date
        Last day of complete data; months that are not over are left out.
    data_from : date, optional
        First day of data: the month in which they begin has contacts who joined before, left out.
    min_people : int, default 30
        Months with fewer new contacts are left out.

    Returns
    -------
    Payback or NotEnoughData

    Notes
    -----
    Goods whose cost is not known are taken to leave what the others leave; the interval goes from
    the lower end of what it is if they left nothing to the upper end of what it is if they left all
    that they brought. Where they are more than half of net sales, nothing is said.

    What is paid in a month for contacts and team is spread over the contacts who joined in it. When
    an open cohort can be known is read off the pooled curve of all cohorts: the first age at which
    a cohort of its size, drawn from them, has an interval clear of its cost.
    """
    if missing := NEEDED - set(value.columns):
        raise MissingColumns("value", missing, value.columns)
    if missing := {"month_on", "contact_amount", "team_amount"} - set(bridge.columns):
        raise MissingColumns("bridge", missing, bridge.columns)
    curve = curves_of(value, as_of, data_from, min_people)
    facts: dict[str, Any] = {"as_of": as_of, "min_people": min_people}
    if curve.empty:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "No month with at least {min_people:count} new contacts is over by {as_of:day}."
            ),
            needs=NO_CONTACTS,
            facts=facts,
        )
    costs = costs_of(bridge, curve)
    if not (costs > 0).any():
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "What winning contacts cost is not known of any month: no cost is in the data."
            ),
            needs=_(
                "Needed: the cost table (template: costs) with what was paid for contacts and for "
                "the team."
            ),
            facts=facts,
        )
    costed, rate = known_of(value)
    facts |= {"costed": costed, "uncosted": 1 - costed, "least": LEAST_COSTED}
    if costed < LEAST_COSTED:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "What the goods cost is known for {costed:percent} of what contacts bought in "
                "private shops; below {least:percent} no payback is said."
            ),
            needs=_("Needed: a list of products with their unit cost (template: products)."),
            facts=facts,
        )
    table = paid_back(curve, costs[costs > 0])
    facts |= _facts(table, bridge, curve) | _together(table, curve, costs[costs > 0])
    return Payback(
        table=table,
        curve=curve,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(facts),
        checks=(_reconciled(value, curve, rate),),
        tiles=_tiles(facts),
        title=_TITLE,
        subtitle=_(
            "Contacts who joined in {shown:month}: margin of each so far, with {confidence:percent}"
            " interval, against {shown_cost:money} that each cost"
        ),
        meaning=_(
            "Where the band has crossed the line, they have paid back; where it lies across it, "
            "wait."
        ),
        alt=_(
            "Line of the margin of each contact by months after joining, against a cost of "
            "{shown_cost:money}."
        ),
    )


def _facts(table: pd.DataFrame, bridge: pd.DataFrame, curve: pd.DataFrame) -> dict[str, Any]:
    """Choose what is said: all together, and the oldest cohort that is still open."""
    sure, still = table[table["high"].notna()], table[table["high"].isna()]
    shown = table.iloc[0]  # Seen the longest; chosen before its outcome is looked at.
    facts: dict[str, Any] = {
        "confidence": CONFIDENCE,
        "sure": len(sure),
        "shown": shown["cohort"],
        "shown_cost": shown["cost"],
        "shown_people": shown["people"],
        "shown_margin": shown["margin"],
        "cohorts": len(table),
        "team_known": bool(bridge["team_amount"].astype(float).sum()),
        "costless": int(curve["cohort"].nunique() - len(table)),
        "open": len(still),
    }
    if len(still):
        # The oldest of which a month can be named; else the oldest.
        dated = still[still["known_on"].notna()]
        first = (dated if len(dated) else still).iloc[0]
        most = pooled(curve)["most"]
        facts |= {
            "open_cohort": first["cohort"],
            "open_margin": first["margin"],
            "open_low": first["margin_low"],
            "open_high": first["margin_high"],
            "open_cost": first["cost"],
            "open_age": int(first["age_months"]),
            # A column with months and none has its own word for none.
            "open_known": None if pd.isna(first["known_on"]) else first["known_on"],
            "oldest": int(curve["age_months"].max()),
            "open_reached": bool(most.iloc[-1] >= first["cost"]),
        }
    return facts


def _together(table: pd.DataFrame, curve: pd.DataFrame, costs: pd.Series) -> dict[str, Any]:
    """Say when all months together have paid back, and how many of those seen so long alone."""
    found = pooled_payback(curve, costs)
    long = table[table["age_months"] + 1 >= found["high"]] if found["high"] else table
    return found | {"pooled_sure": int(long["high"].notna().sum())}


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    claims = []
    if facts["high"] is not None:
        message = (
            _(
                "Contacts of {pooled_cohorts:count} months together paid back the "
                "{usual_cost:money} each cost in month {payback:count} ({low:count}–{high:count}); "
                "{pooled_sure:count} of the months surely have by themselves."
            )
            if facts["team_known"]
            else _(
                "Contacts of {pooled_cohorts:count} months together paid back the "
                "{usual_cost:money} of incentive each cost in month {payback:count} "
                "({low:count}–{high:count}), {pooled_sure:count} of the months surely by "
                "themselves; wages are not known."
            )
        )
        claims.append(
            Claim(
                key="paid_back",
                topic="payback",
                # An incentive alone is soon paid back: no sentence for a first screen.
                place="answer" if facts["team_known"] else "evidence",
                message=message,
            )
        )
    elif facts["sure"]:
        claims.append(
            Claim(
                key="payback_some",
                topic="payback",
                undecided=True,
                place="answer" if facts["team_known"] else "evidence",
                message=_(
                    "{sure:count} of {cohorts:count} months of joining have surely paid back what "
                    "each contact cost; whether all together have ({usual_cost:money} each) cannot "
                    "be told yet."
                ),
                holds=[Holds("the pooled interval is not clear of it", facts["high"] is None)],
            )
        )
    if facts["open"] and facts["open_known"] is not None:
        claims.append(
            Claim(
                key="payback_open",
                topic="payback_open",
                place="evidence" if facts["high"] is not None else "answer",
                message=_(
                    "Those of {open_cohort:month}: {open_margin:money} ({open_low:money}–"
                    "{open_high:money}) of {open_cost:money} after {open_age:months}; can be known "
                    "in {open_known:month}."
                ),
            )
        )
    elif facts["open"] and not facts["open_reached"]:
        claims.append(
            Claim(
                key="payback_out_of_sight",
                topic="payback_open",
                place="evidence" if facts["high"] is not None else "answer",
                message=_(
                    "Those of {open_cohort:month}: {open_margin:money} ({open_low:money}–"
                    "{open_high:money}) of {open_cost:money} after {open_age:months}; all cohorts "
                    "together do not reach that within the {oldest:months} seen."
                ),
                holds=[
                    Holds(
                        "the mean of all stays below the cost at the most",
                        not facts["open_reached"],
                    ),
                ],
            )
        )
    elif facts["open"]:
        claims.append(
            Claim(
                key="payback_undecided",
                topic="payback_open",
                undecided=True,
                place="evidence" if facts["high"] is not None else "answer",
                message=_(
                    "Those of {open_cohort:month}: {open_margin:money} ({open_low:money}–"
                    "{open_high:money}) of {open_cost:money} after {open_age:months}; whether that "
                    "pays back cannot be told yet."
                ),
                holds=[
                    Holds("the lower end is short of it", facts["open_low"] < facts["open_cost"])
                ],
            )
        )
    return tuple(claims)


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = [
        _(
            "All that contacts bought in private shops counts as additional: the true payback is "
            "no sooner than the earliest month said."
        )
    ]
    if facts["uncosted"] > UNCOSTED:
        caveats.append(
            _(
                "Of {uncosted:percent} of what contacts bought the cost of the goods is not known: "
                "they are taken to leave what the others leave; the interval holds both ends."
            )
        )
    if not facts["team_known"]:
        caveats.append(
            _(
                "Only what was paid for each contact is counted as its cost; wages are not in the "
                "data, and with them payback takes longer."
            )
        )
    if facts["costless"]:
        caveats.append(
            _("Of {costless:count} months of joining no cost is known: they are left out.")
        )
    return tuple(caveats)


def _tiles(facts: dict[str, Any]) -> tuple[Tile, ...]:
    if facts["high"] is None or not facts["team_known"]:
        return ()
    return (
        Tile(
            key="payback",
            label=_("Month in which new contacts paid back"),
            fact="payback",
            low="low",
            high="high",
            kind="count",
            good="down",
            note=_("{pooled_cohorts:count} months of joining, {usual_cost:money} each"),
        ),
    )


def _reconciled(value: pd.DataFrame, curve: pd.DataFrame, rate: float) -> Check:
    """Check that each curve ends at the margin of its purchases in months that are over."""
    newest = curve.groupby("cohort").tail(1).set_index("cohort")
    frame = value.assign(cohort=pd.to_datetime(value["joined_on"]).dt.strftime("%Y-%m"))
    frame = frame.join(newest["age_months"].rename("last"), on="cohort", how="inner")
    seen = frame[frame["age_months"] <= frame["last"]]
    least, most = seen[["margin_amount", "most_amount"]].astype(float).sum()
    given = float(least + rate * (most - least))
    shown = float((newest["margin"] * newest["people"]).sum())
    return Check(
        key="payback_reconciles",
        message=_("The curves end at the margin of the purchases that they stand on."),
        passed=abs(given - shown) <= max(CENT, 1e-9 * abs(given)),
        evidence=_("{shown:money} at the ends of the curves, {given:money} in the purchases"),
        facts={"shown": shown, "given": given},
    )
