"""Comparison: do two groups of customers come back differently?

Any two groups of a column, by the difference of their shares (Newcombe's interval) and by log-rank.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from insights.analyses.cohorts.drawing import SIGNIFICANCE
from insights.analyses.cohorts.occasions import Occasions
from insights.analyses.cohorts.split import Split, group_table, group_waits
from insights.errors import DataError
from insights.models.arms import share_difference
from insights.results import Claim, Holds, Result
from insights.wording import _


@dataclass(frozen=True, eq=False, kw_only=True)
class Comparison(Result):
    """Two groups side by side. One row per group, as in `Split`."""

    name = "comparison"
    columns = {name: column for name, column in Split.columns.items() if name != "verdict"}

    as_of: date


def compare(
    purchases: pd.DataFrame | Occasions,
    customers: pd.DataFrame,
    *,
    by: str,
    one: str,
    other: str,
    as_of: date,
    data_from: date | None = None,
    within_days: int = 90,
) -> Comparison:
    """Compare any two groups: difference of shares with its interval (Newcombe), and log-rank.

    Parameters are those of `split`; `one` and `other` are values of its column.

    Raises
    ------
    DataError
        If a group has nobody whose window is over.
    """
    waits = group_waits(
        purchases, customers, by, as_of=as_of, data_from=data_from, within=within_days
    )
    table = group_table(waits[waits["group"].isin([one, other])], 1).set_index("group")
    if lacking := [g for g in (one, other) if g not in table.index]:
        has = ", ".join(sorted(map(str, waits["group"].dropna().unique()))[:10])
        raise DataError(f"Nobody of {lacking} has been watched long enough. Groups: {has}.")
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
        "p": float(first["p"]),
    }
    apart = bool(facts["p"] < SIGNIFICANCE)
    message = (
        _(
            "{one:said}: {one_share:percent} bought again within {within:days}; {other:said}: "
            "{other_share:percent}, a difference of {change:points} "
            "({change_low:points} to {change_high:points})."
        )
        if apart
        else _(
            "{one:said} and {other:said} are not distinguishable: {one_share:percent} and "
            "{other_share:percent} bought again within {within:days} "
            "({change_low:points} to {change_high:points})."
        )
    )
    return Comparison(
        table=table.reset_index(),
        as_of=as_of,
        facts=facts,
        claims=(
            Claim(
                key="told_apart" if apart else "not_told_apart",
                undecided=not apart,
                topic="comparison",
                message=message,
                holds=[
                    Holds("log-rank p below 5%", apart)
                    if apart
                    else Holds("log-rank p not below 5%", not apart)
                ],
            ),
        ),
        title=_("{one:said} and {other:said}"),
    )
