"""Comparison: do two groups of customers come back differently?

Any two groups of a column: within a window of the first purchase by the difference of their shares
(Newcombe's interval), and over the whole follow-up by log-rank, each judged by itself; or by a
declared definition from any entry, cohort by cohort.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from insights.analyses.cohorts.by_group import closed_cells, group_cells
from insights.analyses.cohorts.definition import (
    CONFIDENCE,
    COUNTED,
    ENTRIES,
    Definition,
    check_entry,
)
from insights.analyses.cohorts.drawing import SIGNIFICANCE
from insights.analyses.cohorts.occasions import Occasions
from insights.analyses.cohorts.split import Split, group_table, group_waits
from insights.errors import DataError, ParameterError
from insights.models.arms import share_difference
from insights.models.intervals import wilson
from insights.models.survival import logrank
from insights.results import Claim, Holds, Result
from insights.results.segmented import told_apart
from insights.wording import _


@dataclass(frozen=True, eq=False, kw_only=True)
class Comparison(Result):
    """Two groups side by side. One row per group, as in `Split`."""

    name = "comparison"
    columns = {name: column for name, column in Split.columns.items() if name != "verdict"}

    as_of: date


@dataclass(frozen=True, eq=False, kw_only=True)
class CohortComparison(Comparison):
    """Two groups at one age of a declared definition, of cohorts that both have people of."""

    name = "comparison_by_cohort"
    columns = {
        name: column for name, column in Comparison.columns.items() if name not in {"median", "p"}
    }


def compare(
    purchases: pd.DataFrame | Occasions,
    customers: pd.DataFrame,
    *,
    by: "str | pd.DataFrame",
    one: str,
    other: str,
    as_of: date,
    data_from: date | None = None,
    within_days: int | None = None,
    definition: Definition | None = None,
    entry: str = "first_paid",
    age: int = 1,
    min_customers: int = 1,
) -> Comparison:
    """Compare any two groups: difference of shares with its interval (Newcombe), and log-rank.

    The shares are judged by the interval, the waits over the whole follow-up by log-rank; where
    only one of the two tells the groups apart, the sentence says both.

    Parameters are those of `split`; `one` and `other` are values of its column. With a
    `definition`, another `entry` or `started_on` in `customers`, those of `retention`: the shares
    at `age` are then compared within each cohort of which both groups have people, and pooled
    (Mantel-Haenszel), so that the months in which people came do not pass for the group.

    Raises
    ------
    DataError
        If a group has nobody whose window is over.
    ParameterError
        If both a window of days and a definition are given.
    """
    customers, by = told_apart(customers, by)
    if definition is not None or entry != "first_paid" or "started_on" in customers.columns:
        if within_days is not None:
            raise ParameterError(
                "within_days belongs to first purchases; with a definition, an entry or started_on "
                "the definition says the window: leave one of them out."
            )
        return _by_cohort(
            purchases, customers, by, (one, other), entry=entry, age=age,
            asked=definition or Definition(), as_of=as_of, data_from=data_from,
            min_customers=min_customers,
        )  # fmt: skip
    if age != 1:
        raise ParameterError(f"age {age} needs a definition: without one, within_days is watched.")
    within_days = 90 if within_days is None else within_days
    waits = group_waits(
        purchases, customers, by, as_of=as_of, data_from=data_from, within=within_days
    )
    two = waits[waits["group"].isin([one, other])]
    # The two are one test, made below: nothing to correct.
    table = group_table(two, min_customers=len(two) + 1).set_index("group")
    if lacking := [g for g in (one, other) if g not in table.index]:
        has = ", ".join(sorted(map(str, waits["group"].dropna().unique()))[:10])
        raise DataError(f"Nobody of {lacking} has been watched long enough. Groups: {has}.")
    happened = two["returned"].any()
    p = logrank(two["days"], two["returned"], two["group"]).p if happened else 1.0
    table["p"] = p
    first, second = table.loc[one], table.loc[other]
    gap = share_difference(
        int(first["returned"]),
        int(first["customers"]),
        int(second["returned"]),
        int(second["customers"]),
    )
    facts: dict[str, Any] = {
        "one": one,
        "other": other,
        "within": within_days,
        "one_share": float(first["share"]),
        "other_share": float(second["share"]),
        "change": float(first["share"] - second["share"]),
        "change_low": gap.low,
        "change_high": gap.high,
        "p": p,
    }
    return Comparison(
        table=table.reset_index(),
        as_of=as_of,
        facts=facts,
        claims=(_claim(facts),),
        title=_("{one:said} and {other:said}"),
    )


def _claim(facts: dict[str, Any]) -> Claim:
    """Judge the shares by their interval and the waits by log-rank; say both where they differ."""
    apart = facts["change_low"] > 0 or facts["change_high"] < 0
    waits = facts["p"] < SIGNIFICANCE
    if apart and waits:
        message = _(
            "{one:said}: {one_share:percent} bought again within {within:days}; {other:said}: "
            "{other_share:percent}, a difference of {change:points} "
            "({change_low:points} to {change_high:points})."
        )
    elif apart:
        message = _(
            "{one:said}: {one_share:percent} bought again within {within:days}; {other:said}: "
            "{other_share:percent}, a difference of {change:points} ({change_low:points} to "
            "{change_high:points}); over the whole follow-up they are not distinguishable "
            "(log-rank, p {p:number3})."
        )
    elif waits:
        message = _(
            "{one:said} and {other:said} wait differently over the whole follow-up (log-rank, "
            "p {p:number3}); within {within:days} alone they are not distinguishable: "
            "{one_share:percent} and {other_share:percent} bought again "
            "({change_low:points} to {change_high:points})."
        )
    else:
        message = _(
            "{one:said} and {other:said} are not distinguishable: {one_share:percent} and "
            "{other_share:percent} bought again within {within:days} "
            "({change_low:points} to {change_high:points})."
        )
    return Claim(
        key="told_apart" if apart else "waits_apart" if waits else "not_told_apart",
        undecided=not (apart or waits),
        topic="comparison",
        message=message,
        holds=[
            Holds("the interval of the difference leaves out zero", apart)
            if apart
            else Holds("the interval of the difference holds zero", not apart),
            Holds("log-rank p below 5%", waits)
            if waits
            else Holds("log-rank p not below 5%", not waits),
        ],
    )


def _by_cohort(
    purchases: pd.DataFrame | Occasions,
    customers: pd.DataFrame,
    by: str,
    names: tuple[str, str],
    *,
    entry: str,
    age: int,
    asked: Definition,
    as_of: date,
    data_from: date | None,
    min_customers: int,
) -> CohortComparison:
    """Compare two groups within the cohorts that both have people of, at one age."""
    check_entry(entry, customers)
    _seen, cells = group_cells(
        purchases, by, customers, as_of=as_of, data_from=data_from, min_customers=min_customers,
        definition=asked,
    )  # fmt: skip
    closed = closed_cells(cells)
    closed = closed[closed["age"] == age] if len(closed) else closed
    if lacking := [name for name in names if name not in set(closed["group"])]:
        has = ", ".join(sorted(set(closed["group"]))[:10])
        raise DataError(f"Nobody of {lacking} has been watched long enough. Groups: {has}.")
    first, second = (closed[closed["group"] == name].set_index("cohort") for name in names)
    shared = first.index.intersection(second.index)
    if shared.empty:
        raise DataError(
            f"{names[0]} and {names[1]} have no cohort in common that is over at age {age}."
        )
    columns = ["customers", "returned"]
    one, other = (side.loc[shared, columns].astype(float) for side in (first, second))
    gap = share_difference(one["returned"], one["customers"], other["returned"], other["customers"])
    table = (
        pd.DataFrame([one.sum(), other.sum()])
        .assign(group=list(names))
        .astype(dict.fromkeys(columns, int))
    )
    low, high = wilson(table["returned"], table["customers"], confidence=CONFIDENCE)
    table = table.assign(share=table["returned"] / table["customers"], low=low, high=high)
    apart = gap.low > 0 or gap.high < 0
    facts: dict[str, Any] = {
        "one": names[0],
        "other": names[1],
        "age": age,
        "cohorts": len(shared),
        "entry": ENTRIES[entry],
        "counted": COUNTED[asked.windows, asked.when],
        "window_days": asked.days,
        "one_share": gap.treated,
        "other_share": gap.control,
        "change": gap.difference,
        "change_low": gap.low,
        "change_high": gap.high,
    }
    message = (
        _(
            "Counted from {entry:said}, age {age:count}, {cohorts:count} cohorts in common: of "
            "{one:said} {one_share:percent} {counted:said}, of {other:said} {other_share:percent}, "
            "a difference of {change:points} ({change_low:points} to {change_high:points})."
        )
        if apart
        else _(
            "Counted from {entry:said}, age {age:count}, {cohorts:count} cohorts in common: "
            "{one:said} and {other:said} are not distinguishable, {one_share:percent} and "
            "{other_share:percent} {counted:said} ({change_low:points} to {change_high:points})."
        )
    )
    return CohortComparison(
        table=table.reset_index(drop=True),
        as_of=as_of,
        facts=facts,
        claims=(
            Claim(
                key="told_apart" if apart else "not_told_apart",
                undecided=not apart,
                topic="comparison",
                message=message,
                holds=[
                    Holds("the interval of the difference leaves out zero", apart)
                    if apart
                    else Holds("the interval of the difference holds zero", not apart)
                ],
            ),
        ),
        title=_("{one:said} and {other:said}"),
    )
