"""Which months of which cohorts have been seen in full.

A customer's cohort is the calendar month of the first purchase. The cell (cohort, age k) is about
the k-th calendar month after it and is closed once that month is over: then all members' whole
window has been seen. Cells still open are masked and enter no average.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from insights.errors import MissingColumns, ParameterError
from insights.models.gaps import Gap, gaps
from insights.periods import is_month_end, month_number
from insights.wording import _


@dataclass(frozen=True)
class Cohorts:
    """Purchases with their cohort and age, and the cells that exist.

    Attributes
    ----------
    purchases : DataFrame, one row per purchase up to `as_of`
        `customer_id`, `cohort` (Period, month), `age_months`, and what was given beside them.
    sizes : DataFrame, one row per cohort large enough
        `cohort`, `customers`, `panel_start` (the month in which the data begin).
    cells : DataFrame, one row per (cohort, age_months) that has begun
        Also `open`: whether its month is still running; `unknown`: whether data of it are missing.
    gaps : list of Gap
        Spells for which data are missing. A cell whose month touches one is `unknown`.
    small : int
        Customers in cohorts that were left out because they are too small.
    unfinished : int
        Customers of the month still running, whose cohort is not complete.
    """

    purchases: pd.DataFrame
    sizes: pd.DataFrame
    cells: pd.DataFrame
    gaps: list[Gap]
    small: int
    unfinished: int

    @property
    def later(self) -> pd.Series:
        """Cohorts after the one in which the data begin."""
        return self.sizes.loc[~self.sizes["panel_start"], "cohort"]


def cohorts_of(
    purchases: pd.DataFrame, *, as_of: date, data_from: date | None, min_customers: int
) -> Cohorts:
    """Sort customers into cohorts and list the cells that can be known by the end of `as_of`.

    Parameters
    ----------
    purchases : DataFrame, one row per purchase (order, or occasion of a day)
        Needs `customer_id` and `paid_at`.
    data_from : date, optional
        First day of data. The cohort of that month holds old customers too: marked `panel_start`.
    """
    if missing := {"customer_id", "paid_at"} - set(purchases.columns):
        raise MissingColumns("purchases", missing, purchases.columns)
    if min_customers < 1:
        raise ParameterError(f"min_customers must be 1 or more; found {min_customers}.")
    known = purchases[purchases["customer_id"].notna() & purchases["paid_at"].notna()]
    seen = known[known["paid_at"] < pd.Timestamp(as_of) + pd.Timedelta(days=1)].copy()
    month = seen["paid_at"].dt.year * 12 + seen["paid_at"].dt.month - 1
    first = month.groupby(seen["customer_id"]).transform("min")
    seen["cohort"] = pd.PeriodIndex.from_ordinals(first - 1970 * 12, freq="M")
    seen["age_months"] = month - first
    # The last month that is over; the one still running opens no cohort.
    last = month_number(as_of) - (0 if is_month_end(as_of) else 1)
    counts = seen.groupby("cohort")["customer_id"].nunique().rename("customers").reset_index()
    number = counts["cohort"].dt.year * 12 + counts["cohort"].dt.month - 1
    finished = number <= last
    large = counts["customers"] >= min_customers
    sizes = counts[finished & large].reset_index(drop=True)
    start = pd.Period(data_from, freq="M") if data_from else None
    sizes["panel_start"] = sizes["cohort"] == start
    missing_days = gaps(seen["paid_at"], as_of=as_of)
    unknown = {
        number
        for gap in missing_days
        for number in range(month_number(gap.first), month_number(gap.last) + 1)
    }
    cells = [
        (cohort, age, month_number(cohort) + age > last, month_number(cohort) + age in unknown)
        for cohort in sizes["cohort"]
        for age in range(month_number(as_of) - month_number(cohort) + 1)
    ]
    return Cohorts(
        purchases=seen,
        sizes=sizes,
        cells=pd.DataFrame(cells, columns=["cohort", "age_months", "open", "unknown"]).astype(
            {"cohort": "period[M]", "age_months": int, "open": bool, "unknown": bool}
        ),
        gaps=missing_days,
        small=int(counts.loc[finished & ~large, "customers"].sum()),
        unfinished=int(counts.loc[~finished, "customers"].sum()),
    )


def gap_caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    """Say that data are missing, where they are."""
    if not facts["gap_days"]:
        return ()
    return (
        _(
            "Not a single purchase is known on {gap_days:days}, among them {gap_first:day} to "
            "{gap_last:day}: these data are missing, so months with such days are left blank and "
            "enter no average."
        ),
    )
