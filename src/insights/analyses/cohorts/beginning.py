"""Beginning: how many of those who look new when the data begin have bought before?

A panel that begins in the middle of trade takes each old customer's next purchase for the first
one. Nothing in the data tells the two apart, but no month can win more customers than the best of
the others won: what is beyond that is old.
"""

from typing import Any

import numpy as np

from insights.analyses.cohorts.occasions import Ints, Occasions, period_name, period_numbers
from insights.results import Claim, Holds
from insights.wording import _


def beginning(
    facts: dict[str, Any], seen: Occasions, starts: Ints, period: str, every: str
) -> dict[str, Any]:
    """Return what it would do to the averages that old customers look new when the data begin.

    Parameters
    ----------
    facts : dict
        `customers` and `returned` of the cohorts after the first, `start_customers` and
        `start_returned` of the first.
    starts : array
        Day on which each customer of `seen` enters a cohort.
    period, every : str
        Name of the first cohort, and the length of its period.
    """
    entered = starts[starts <= seen.as_of]
    numbers, sizes = np.unique(period_numbers(entered, every), return_counts=True)
    others = [
        int(size)
        for number, size in zip(numbers, sizes, strict=True)
        if period_name(int(number), every) != period
    ]
    total = facts["customers"] + facts["start_customers"]
    return {
        "start_month": period,
        "start_of_all": facts["start_customers"] / entered.size,
        # No more can be new than in the best of the other months; the rest bought before.
        "start_old": max(0.0, 1 - max(others) / facts["start_customers"]),
        "mixed": (facts["returned"] + facts["start_returned"]) / total,
    }


def beginning_claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    """Say how many of the first cohort are old customers, and what counting them would do."""
    if "start_month" not in facts:
        return ()
    claims = []
    if facts["start_old"] > 0:
        claims.append(
            Claim(
                key="panel_start",
                place="data",
                message=_(
                    "The data start on {data_from:day}: {start_of_all:percent} of all customers "
                    "look new in {start_month:month}. If that month won no more customers than the "
                    "best later one, at least {start_old:percent} of them are old ones; they are "
                    "kept out of the average."
                ),
                holds=[
                    Holds(
                        "the first month shows more first purchases than any later month",
                        facts["start_old"] > 0,
                    )
                ],
                rows="panel_start and age_months == 1",
            )
        )
    if facts["start_low"] > facts["high"]:
        claims.append(
            Claim(
                key="panel_start_effect",
                place="data",
                message=_(
                    "Counted as new, they would lift the average from {share:percent} to "
                    "{mixed:percent}: {start_share:percent} of them buy again a month later."
                ),
                holds=[
                    Holds(
                        "their interval lies above that of later cohorts",
                        facts["start_low"] > facts["high"],
                    )
                ],
                rows="age_months == 1 and not open",
            )
        )
    return tuple(claims)
