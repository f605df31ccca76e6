"""Comparable: may two spans be held against each other, or did something other than trade move?

Two things move figures without a customer doing anything: better linking (of the same people more
orders are known, which looks like coming back and like growth), and refunds that are still to come
(which make the newest span look richer). Where one of them differs, both figures are shown and no
judgement is made.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pandas as pd

from insights.analyses.cohorts.occasions import needed
from insights.analyses.cohorts.refunds import RefundCurve
from insights.results import Claim, Holds, Result
from insights.wording import _

SAME_IDENTITY = 0.02  # Shares of known sales that lie within two points of each other.
SETTLE_DAYS = 15  # Where no curve tells, or not of every channel: never fewer.


def identified(periods: pd.Series, months: pd.DataFrame | None) -> pd.Series:
    """Share of each month's net sales whose buyer is known; missing where nothing tells.

    Parameters
    ----------
    periods : Series of str
        Months as `YYYY-MM`.
    months : DataFrame, one row per month and channel, optional
        The mart `sales_month`.
    """
    if months is None or months.empty:
        return pd.Series(float("nan"), index=periods.index)
    sums = _sums(months)
    return periods.map(sums["known_amount"] / sums["net_amount"].where(sums["net_amount"] > 0))


def identity(
    newest: Iterable[str], before: Iterable[str], months: pd.DataFrame | None
) -> dict[str, Any]:
    """Return the share of sales whose buyer is known in two spans, and whether they are alike.

    `identified`, `before_identified` in [0, 1], missing where nothing tells; `like_for_like`: no
    more than two points apart, or not known.
    """
    sums = None if months is None or months.empty else _sums(months)
    now, then = (_share(set(span), sums) for span in (newest, before))
    return {
        "identified": now,
        "before_identified": then,
        "like_for_like": not abs(now - then) > SAME_IDENTITY,
    }


def lived(cohorts: Iterable[str], age: int) -> set[str]:
    """Months that cohorts have lived through by an age in months, their own included."""
    return {
        f"{pd.Period(cohort, freq='M') + step}" for cohort in cohorts for step in range(age + 1)
    }


def identity_claim(facts: dict[str, Any], *, key: str, what: str, topic: str) -> tuple[Claim, ...]:
    """Say why two spans are not held against each other, where linking has moved."""
    if facts.get("like_for_like", True):
        return ()
    facts["withheld"] = what
    return (
        Claim(
            key=key,
            topic=topic,
            place="data",
            message=_(
                "{withheld:said}: not held against what was before, because the share of sales "
                "whose buyer is known went from {before_identified:percent} to "
                "{identified:percent}, and better linking looks like more customers."
            ),
            holds=[
                Holds(
                    "the identified shares are further apart than two points",
                    abs(facts["identified"] - facts["before_identified"]) > SAME_IDENTITY,
                )
            ],
        ),
    )


def span_before(
    facts: dict[str, Any], before: str, said: str, *, of: str = "share"
) -> dict[str, Any]:
    """Return what a tile shows of the span before, as its arguments; nothing where none is alike.

    Parameters
    ----------
    facts : dict
        With the figure of that span as `<before>_<of>` and its interval, and `like_for_like`.
    before, of : str
        Which span, and which figure.
    said : str
        What the page calls that span.
    """
    held = facts.get("like_for_like", False) and f"{before}_{of}" in facts
    return {
        "before": f"{before}_{of}" if held else None,
        "before_low": f"{before}_low" if held else None,
        "before_high": f"{before}_high" if held else None,
        "against": said if held else None,
    }


def settle_days(refunds: Result | None) -> int:
    """Days after payment by which 95% of refunds have come, of the slowest channel."""
    if not isinstance(refunds, RefundCurve) or refunds.table.empty:
        return SETTLE_DAYS
    known = refunds.table["settle_days"].dropna().astype(int)
    untold = refunds.facts.get("blind") or len(known) < len(refunds.table)
    return max([*known, SETTLE_DAYS]) if untold else int(known.max())


def settled_by(as_of: date, refunds: Result | None) -> date:
    """Last day whose orders have had the time that refunds take.

    Only where a curve says that money goes back at all: no curve, nothing to wait for.
    """
    wait = settle_days(refunds) if isinstance(refunds, RefundCurve) else 0
    return as_of - timedelta(days=wait)


def unsettled_caveat(facts: dict[str, Any]) -> tuple[str, ...]:
    """Say how many of the newest month's returns may still be undone by a refund."""
    if not facts.get("unsettled"):
        return ()
    return (
        _(
            "{unsettled:count} of those won in {unsettled_month:month} who came back did so in the "
            "last {settle_days:days}: an order that is refunded in full will count as none. The "
            "intervals hold both cases."
        ),
    )


def _sums(months: pd.DataFrame) -> pd.DataFrame:
    needed(months, "months", "month_on", "net_amount", "known_amount")
    by = months.assign(month=pd.to_datetime(months["month_on"]).dt.strftime("%Y-%m"))
    return by.groupby("month")[["known_amount", "net_amount"]].sum().astype(float)


def _share(span: set[str], sums: pd.DataFrame | None) -> float:
    if sums is None:
        return float("nan")
    total = sums[sums.index.isin(span)].sum()
    net = float(total["net_amount"])
    return float(total["known_amount"]) / net if net > 0 else float("nan")


def unsettled(last_day: date, as_of: date, refunds: Result | None) -> bool:
    """Whether orders up to a day will still lose more than the twentieth part of their refunds."""
    return isinstance(refunds, RefundCurve) and last_day > settled_by(as_of, refunds)


def to_come(refunds: Result | None, channels: Iterable[str] | None = None) -> float:
    """Return the upper end of what may still go back of all young orders, of some channels."""
    if not isinstance(refunds, RefundCurve):
        return 0.0
    table = refunds.table
    if channels is not None:
        table = table[table["channel"].isin(set(channels))]
    return float(table["to_come_high"].fillna(0).sum())
