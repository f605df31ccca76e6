"""Retention: of the customers who first bought in a month, how many bought in the k-th month after?

Declared definition: bought at least once IN calendar month k after the month of the first purchase,
over all customers of the cohort. Others can be asked for, by name (`Definition`). Intervals are
Wilson's (1927) for a share.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.cohorts.beginning import beginning, beginning_claims
from insights.analyses.cohorts.by_group import GroupRetention, retention_by_group
from insights.analyses.cohorts.comparable import (
    identity,
    identity_claim,
    lived,
    settle_days,
    settled_by,
    span_before,
    unsettled_caveat,
)
from insights.analyses.cohorts.definition import (
    CONFIDENCE,
    COUNTED,
    ENTRIES,
    NO_ENTRIES,
    Definition,
    check_entry,
    pooled,
    starts_of,
    triangle,
)
from insights.analyses.cohorts.grouping import split_by
from insights.analyses.cohorts.occasions import (
    Ints,
    Occasions,
    day_number,
    needed,
    occasions_of,
    period_last,
    period_name,
    period_numbers,
)
from insights.analyses.cohorts.split import Split
from insights.analyses.cohorts.windows import gap_caveats
from insights.charts import marks
from insights.errors import ParameterError
from insights.models.gaps import gap_facts
from insights.models.intervals import wilson
from insights.results import Claim, Column, NotEnoughData, Result, Tile, nobody_known
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes


PLAIN = Definition()


@dataclass(frozen=True, eq=False, kw_only=True)
class Retention(Result):
    """Share of each monthly cohort that bought again, by age. One row per (cohort, age_months).

    The columns `retention`, `low`, `high` are shares in [0, 1] with the 95% interval, and missing
    where the month is still running (`open`).
    """

    name = "retention"
    shape = "triangle"
    columns = {
        "cohort": Column(_("First purchase in"), "month"),
        "customers": Column(_("Customers"), "count", people=True),
        "age_months": Column(_("Months later"), "count"),
        "returned": Column(_("Bought again"), "count"),
        "retention": Column(_("Share"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
        "open": Column(_("Month still running"), "text", shown=False),
        "apart": Column(_("Kept apart"), "said", shown=False),
    }

    as_of: date
    definition: Definition = PLAIN
    age = "age_months"
    axis = _("months after the first purchase")
    drawn = _("bought in that month")

    def plot(self) -> "Axes":
        """Draw the pooled share by age, closed cells only, with the panel's first month apart."""
        return marks.line(
            self.by_age(),
            x=self.age,
            y="retention",
            low="low",
            high="high",
            by="group",
            y_kind="percent",
            xlabel=self.axis,
            ylabel=self.drawn if self.definition.when == "in" else _LATER_TOO,
        )

    def by_age(self) -> pd.DataFrame:
        """Pool closed cells by age: one row per (group, age), share with interval."""
        closed = self.table[~self.table["open"] & ~self.table["unknown"]]
        groups = closed["panel_start"].map({True: _IN_FIRST_MONTH, False: _LATER}).rename("group")
        pooled = (
            closed.groupby([groups, self.age], sort=False)[["customers", "returned"]]
            .sum()
            .reset_index()
        )
        low, high = wilson(pooled["returned"], pooled["customers"], confidence=CONFIDENCE)
        pooled = pooled.assign(
            retention=pooled["returned"] / pooled["customers"], low=low, high=high
        )
        return pooled.sort_values(["group", self.age], ascending=[False, True])


@dataclass(frozen=True, eq=False, kw_only=True)
class WeeklyRetention(Retention):
    """The same by weeks that begin on Mondays. One row per (cohort, age_weeks)."""

    name = "retention_by_week"
    columns = {
        "cohort": Column(_("Week of the start"), "day"),
        "customers": Column(_("Customers"), "count", people=True),
        "age_weeks": Column(_("Weeks later"), "count"),
        **dict(list(Retention.columns.items())[3:]),
    }
    age = "age_weeks"
    axis = _("weeks after the start")
    drawn = _("bought in that week")


_IN_FIRST_MONTH = _("first month of data")
_LATER = _("won later")
_LATER_TOO = _("bought then or later")


def retention(
    purchases: pd.DataFrame | Occasions,
    *,
    as_of: date,
    data_from: date | None = None,
    min_customers: int = 30,
    definition: Definition | None = None,
    customers: pd.DataFrame | None = None,
    entry: str = "first_paid",
    by: "str | pd.DataFrame | None" = None,
    months: pd.DataFrame | None = None,
    refunds: Result | None = None,
) -> Retention | Split | GroupRetention | NotEnoughData:
    """Measure how many of each month's new customers buy again.

    Parameters
    ----------
    purchases : DataFrame, one row per paid order, or per customer and day
        Needs ``customer_id`` and ``paid_at`` (timestamp on the brand's wall clock).
    as_of : date
        Last day of complete data; a month still running opens no cohort and is masked in others.
    data_from : date, optional
        First day of data. Customers first seen in that month are mostly old ones, so they are
        shown but kept out of every average and comparison.
    min_customers : int, default 30
        Smaller cohorts are left out and counted in the caveats.
    definition : Definition, optional
        What counts as coming back: in the k-th calendar month, if not given.
    customers : DataFrame, one row per customer, optional
        Whose cohorts are formed, by ``customer_id`` and ``started_on`` (their day of entry): those
        of one channel, say, or people by the day they joined, whether they bought or not.
    entry : {'first_paid', 'joined', 'member'}
        What `started_on` is the day of, for the sentences.
    by : str or DataFrame, optional
        Hold groups against each other instead: ``'first_channel'``, a column of `customers`, or a
        saved segment; see `grouping.grouped`. As `split` does, within 90 days of the first
        purchase, where nothing else is declared; with a `definition`, another `entry` or
        `started_on`, a triangle a group by just these.

    months : DataFrame, one row per month and channel, optional
        The mart `sales_month`: the newest cohort is held against those before only where the share
        of sales whose buyer is known did not move by more than two points.
    refunds : Result, optional
        What `refund_curve` handed back: what is said of the month after the first purchase holds
        that orders of its last days may still be refunded in full.

    Returns
    -------
    Retention or NotEnoughData; where `by` is given, Split or GroupRetention

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.to_datetime(["2026-01-05", "2026-02-07", "2026-01-20"])
    >>> orders = pd.DataFrame({"customer_id": ["a", "a", "b"], "paid_at": days})
    >>> found = retention(orders, as_of=date(2026, 2, 28), min_customers=1)
    >>> found.headline.text("en")
    'Of 2 customers won in 2026-01, 50% (9.5%–90.5%) bought again a month later.'
    """
    asked = definition or PLAIN
    if min_customers < 1:
        raise ParameterError(f"min_customers must be 1 or more; found {min_customers}.")
    if by is None and customers is not None:
        needed(customers, "customers", "customer_id", "started_on")
    started = check_entry(entry, customers)
    if by is not None:
        days: dict[str, Any] = {"as_of": as_of, "data_from": data_from}
        if definition is None and not started:
            return split_by(purchases, by, customers, min_customers=min_customers, **days)
        days |= {"definition": asked, "entry": entry, "min_customers": min_customers}
        return retention_by_group(purchases, by, customers, **days)
    also = None if customers is None else customers["customer_id"]
    seen = occasions_of(purchases, as_of=as_of, also=also)
    starts = seen.first if customers is None else starts_of(seen, customers, "started_on")
    cells, small, unfinished = triangle(
        seen, asked, starts=starts, data_from=data_from, min_customers=min_customers
    )
    kind = Retention if asked.every == "month" else WeeklyRetention
    cells["apart"] = cells["panel_start"].map({True: _IN_FIRST_MONTH, False: None})
    table = cells.rename(columns={"age": kind.age})[[*kind.columns, "unknown", "panel_start"]]
    facts: dict[str, Any] = {
        "as_of": as_of,
        "data_from": data_from,
        "confidence": CONFIDENCE,
        "min_customers": min_customers,
        "known": int((starts <= seen.as_of).sum()),
        "small": small,
        "unfinished": unfinished,
        "entry": ENTRIES[entry],
        "counted": COUNTED[asked.windows, asked.when],
        "window_days": asked.days,
        **gap_facts(seen.gaps),
    }
    facts |= _facts(seen, starts, table.rename(columns={kind.age: "age"}), asked)
    closed = table[table["retention"].notna() & ~table["panel_start"] & (table[kind.age] == 1)]
    if closed.empty:
        if entry != "first_paid":
            return NotEnoughData(
                title=_OTHER_TITLE,
                because=_(
                    "Counted from {entry:said}, no cohort of at least {min_customers:count} people "
                    "has been watched for a whole period: {known:count} people are known."
                ),
                needs=NO_ENTRIES[entry],
                facts=facts,
            )
        if not facts["known"]:
            orders = None if isinstance(purchases, Occasions) else purchases
            return nobody_known(_TITLE, facts, orders)
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "No cohort of at least {min_customers:count} new customers has a full month behind "
                "it: {known:count} customers were seen up to {as_of:day}."
            ),
            needs=_(
                "Needed: a month with at least {min_customers:count} first purchases, and the "
                "whole month after it."
            ),
            facts=facts,
            caveats=_caveats(facts, data_from),
        )
    plain = asked == PLAIN and entry == "first_paid"
    if plain:
        facts |= identity(
            lived(closed["cohort"].tail(1), 1), lived(closed["cohort"].iloc[:-1], 1), months
        )
        facts |= {"settle_days": settle_days(refunds)}
        facts |= _unsettled(seen, starts, closed, day_number(settled_by(as_of, refunds)))
    return kind(
        table=table,
        as_of=as_of,
        definition=asked,
        facts=facts,
        claims=_claims(facts) if plain else (_declared(kind),),
        caveats=_caveats(facts, data_from),
        tiles=(_tile(facts, closed),) if plain else (),
        title=_TITLE if plain else _OTHER_TITLE,
        subtitle=_OTHER_SUBTITLE
        if not plain
        else _(
            "Share of the customers won from {first:month} to {last:month} who bought in the "
            "month, {confidence:percent} Wilson intervals; months still running are left "
            "blank"
        ),
        meaning=_(
            "A level curve says that who comes back keeps coming: winning more of them a "
            "first return is worth more than reminding those who already return."
        ),
        alt=_(
            "Line chart of the share of customers who bought again by months since the first "
            "purchase: {share:percent} after a month."
        ),
    )


_TITLE = _("Who came back, month by month")
_OTHER_TITLE = _("Who came back, counted from {entry:said}")
_OTHER_SUBTITLE = _(
    "Share of the people of {first:said} to {last:said} who {counted:said}, "
    "{confidence:percent} Wilson intervals; what is not over yet is left blank"
)


def _declared(kind: type[Retention]) -> Claim:
    """Say one figure of another definition, with the definition in the sentence."""
    return Claim(
        key="declared",
        message=_(
            "Counted from {entry:said}: of {customers:count} people of {first:said} to "
            "{last:said}, {share:percent} ({low:percent}–{high:percent}) came back at the first "
            "age, that is {counted:said}."
        ),
        rows=f"{kind.age} == 1 and not open and not panel_start",
    )


def _facts(
    seen: Occasions, starts: "np.ndarray", table: pd.DataFrame, asked: Definition
) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    one = table[(table["age"] == 1) & table["retention"].notna()]
    later = one[~one["panel_start"]]
    facts |= pooled(later, "")
    if not later.empty:
        facts |= {"first": later["cohort"].iloc[0], "last": later["cohort"].iloc[-1]}
    if len(later) > 1:
        facts |= pooled(later.tail(1), "newest_") | pooled(later.iloc[:-1], "earlier_")
    start = one[one["panel_start"]]
    facts |= pooled(start, "start_")
    if not start.empty and not later.empty:
        facts |= beginning(facts, seen, starts, start["cohort"].iloc[0], asked.every)
    return facts


def _unsettled(seen: Occasions, starts: Ints, closed: pd.DataFrame, settled: int) -> dict[str, Any]:
    """Lower the shares at age 1 by who came back after the last settled day: it may be undone."""
    who = np.flatnonzero(starts <= seen.as_of)
    number = period_numbers(starts[who], "month")
    back = seen.next_after(who, period_last(number, "month"))
    late = number[(back > settled) & (back <= period_last(number + 1, "month"))]
    young = pd.Series([period_name(int(n), "month") for n in late], dtype=object).value_counts()
    sure = closed.assign(
        returned=closed["returned"] - closed["cohort"].map(young).fillna(0).astype(int)
    )
    facts = {"unsettled_month": closed["cohort"].iloc[-1]}
    facts |= {"unsettled": int((closed["returned"] - sure["returned"]).iloc[-1])}
    facts |= {"low": pooled(sure, "")["low"]}
    if len(sure) > 1:
        facts |= {"newest_low": pooled(sure.tail(1), "")["low"]}
        facts |= {"earlier_low": pooled(sure.iloc[:-1], "")["low"]}
    return facts


def _tile(facts: dict[str, Any], closed: pd.DataFrame) -> Tile:
    """Show the newest cohort beside those before it; with one cohort alone, that one."""
    trend = tuple(closed["retention"])
    if "earlier_share" not in facts:
        return Tile(
            key="retention_month_one",
            label=_("Bought again the month after"),
            fact="share",
            low="low",
            high="high",
            kind="percent",
            good="up",
            note=_("{customers:count} new customers, {first:month} to {last:month}"),
        )
    return Tile(
        key="retention_newest_cohort",
        label=_("Newest cohort: bought again the month after"),
        fact="newest_share",
        low="newest_low",
        high="newest_high",
        kind="percent",
        good="up",
        **span_before(facts, "earlier", _("the cohorts before")),
        trend=trend,
        note=_("{newest_customers:count} new customers of {last:month}"),
    )


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    one = facts["first"] == facts["last"]
    claims = [
        Claim(
            key="month_one",
            message=_(
                "Of {customers:count} customers won in {first:month}, {share:percent} "
                "({low:percent}–{high:percent}) bought again a month later."
            )
            if one
            else _(
                "Of {customers:count} customers won from {first:month} to {last:month}, "
                "{share:percent} ({low:percent}–{high:percent}) bought again in the month after."
            ),
            rows="age_months == 1 and not open and not panel_start",
        )
    ]
    if "earlier_share" in facts:
        claims += identity_claim(
            facts,
            key="retention_identity",
            what=_("Newest cohort: bought again the month after"),
            topic="retention_change",
        )
    return (*claims, *beginning_claims(facts))


def _caveats(facts: dict[str, Any], data_from: date | None) -> tuple[str, ...]:
    caveats = [*gap_caveats(facts), *unsettled_caveat(facts)]
    if data_from:
        caveats.append(
            _(
                "The data start on {data_from:day}. Whoever bought before looks new at the first "
                "purchase seen here; the months right after the start hold some old customers too."
            )
        )
    if facts["small"]:
        caveats.append(
            _(
                "{small:count} customers are in months with fewer than {min_customers:count} new "
                "customers; these months are left out."
            )
        )
    if facts["unfinished"]:
        caveats.append(
            _("{unfinished:count} customers were won in the month still running and are left out.")
        )
    return tuple(caveats)
