"""Definition: what counts as having come back? Declared, because each choice gives another number.

Of each cohort and age it says which days are looked at, when that has been seen in full of the last
member, and who came back. A cell that is not over is open: nothing is said of it. An age in which
nobody bought is a zero; an age that has not begun is absent.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd

from insights.analyses.cohorts.occasions import (
    NEVER,
    Ints,
    Occasions,
    check_every,
    day_number,
    last_complete,
    needed,
    period_first,
    period_last,
    period_name,
    period_numbers,
)
from insights.errors import ParameterError
from insights.models.intervals import wilson
from insights.wording import _

CONFIDENCE = 0.95
ENTRIES = {
    "first_paid": _("first purchase"),
    "joined": _("joining the private domain"),
    "member": _("becoming a member"),
}
NO_ENTRIES = {
    "joined": _(
        "Needed: the WeCom contacts (customer list with time of adding and `state`), by the API or "
        "as a file."
    ),
    "member": _("Needed: the member table with its dates of joining."),
}
COUNTED = {
    ("calendar", "in"): _("bought in that calendar period after the one of the start"),
    ("calendar", "in_or_after"): _(
        "bought in that calendar period after the one of the start, or in a later one up to the "
        "last age watched"
    ),
    ("rolling", "in"): _("bought in that stretch of days after their own start"),
    ("rolling", "in_or_after"): _(
        "bought in that stretch of days after their own start, or later up to the last age watched"
    ),
}
_DAYS = {"month": 30, "week": 7}


@dataclass(frozen=True, kw_only=True)
class Definition:
    """What is counted as coming back.

    Parameters
    ----------
    every : {'month', 'week'}
        Length of a cohort's period and of an age.
    windows : {'calendar', 'rolling'}
        Calendar: age k is the k-th calendar period after the cohort's own. Rolling: it is the k-th
        stretch of 30 (7) days after the customer's own start, which itself does not count.
    when : {'in', 'in_or_after'}
        Bought in age k; or in any age from k to `until`.
    until : int, optional
        Last age that is looked at. 'In or after' needs one: without an end the figure would grow
        for ever, and no cell would ever be over.
    """

    every: Literal["month", "week"] = "month"
    windows: Literal["calendar", "rolling"] = "calendar"
    when: Literal["in", "in_or_after"] = "in"
    until: int | None = None

    def __post_init__(self) -> None:
        check_every(self.every)
        if self.windows not in {"calendar", "rolling"}:
            raise ParameterError(f"windows must be 'calendar' or 'rolling'; found {self.windows}.")
        if self.when not in {"in", "in_or_after"}:
            raise ParameterError(f"when must be 'in' or 'in_or_after'; found {self.when}.")
        if self.until is None and self.when == "in_or_after":
            raise ParameterError("'in_or_after' needs until, the last age that it looks at.")
        if self.until is not None and self.until < 1:
            raise ParameterError(f"until is an age of 1 or more; found {self.until}.")

    @property
    def days(self) -> int:
        """Length of a rolling window."""
        return _DAYS[self.every]


def triangle(
    seen: Occasions,
    definition: Definition,
    *,
    starts: Ints | None = None,
    data_from: date | None = None,
    min_customers: int = 1,
) -> tuple[pd.DataFrame, int, int]:
    """Count who came back, by cohort and age.

    Parameters
    ----------
    seen : Occasions
    starts : array, optional
        Day on which each customer of `seen` enters a cohort, `NEVER` for those who do not; the
        first occasion if not given.
    data_from : date, optional
        First day of data; its cohort is marked `panel_start`.

    Returns
    -------
    DataFrame, one row per cohort and age
        `cohort`, `customers`, `age`, `returned`, `retention`, `low`, `high`, `open`, `unknown`
        (data are missing in its window), `panel_start`.
    small : int
        Customers in cohorts with fewer than `min_customers`.
    unfinished : int
        Customers whose cohort's period is not over.
    """
    every = definition.every
    start = seen.first if starts is None else np.asarray(starts, dtype=np.int64)
    enters = start <= seen.as_of
    cohort = np.full(start.size, -1, dtype=np.int64)
    cohort[enters] = period_numbers(start[enters], every)
    numbers, sizes = np.unique(cohort[enters], return_counts=True)
    over, large = numbers <= last_complete(seen.as_of, every), sizes >= min_customers
    small, unfinished = int(sizes[over & ~large].sum()), int(sizes[~over].sum())
    age = _ages(seen, start, cohort, definition)
    first_period = (
        int(period_numbers(np.array([day_number(data_from)]), every)[0]) if data_from else None
    )
    parts = []
    for number, size in zip(numbers[over & large], sizes[over & large], strict=True):
        mine = cohort == number
        begin, end = _windows(definition, int(number), start[mine], seen.as_of)
        returned = _returned(seen.who, age, mine, definition, begin.size)
        ages = np.arange(1, begin.size + 1)
        unknown = _touched(seen, begin, end)
        parts.append((int(number), int(size), returned, ages, end > seen.as_of, unknown))
    if not parts:
        return _no_cells(), small, unfinished
    # One frame of all: a frame a cohort and putting them together takes most of the time.
    of, people, returned, ages, open_, unknown = zip(*parts, strict=True)
    cells = [part.size for part in ages]
    table = pd.DataFrame(
        {
            "cohort": np.repeat([period_name(number, every) for number in of], cells).astype(
                object
            ),
            "customers": np.repeat(people, cells),
            "age": np.concatenate(ages),
            "returned": np.concatenate(returned),
            "open": np.concatenate(open_),
            "unknown": np.concatenate(unknown),
            "panel_start": np.repeat([number == first_period for number in of], cells),
        }
    )
    low, high = wilson(table["returned"], table["customers"], confidence=CONFIDENCE)
    table = table.assign(retention=table["returned"] / table["customers"], low=low, high=high)
    table["returned"] = table["returned"].astype("Int64")
    hidden = table["open"] | table["unknown"]
    table.loc[hidden, ["returned", "retention", "low", "high"]] = None
    return table, small, unfinished


def _ages(seen: Occasions, start: Ints, cohort: Ints, definition: Definition) -> Ints:
    """Return the age of each occasion; 0 or less where it is in no window of its customer."""
    since = seen.day - start[seen.who]
    if definition.windows == "rolling":
        age = -(-since // definition.days)
    else:
        age = period_numbers(seen.day, definition.every) - cohort[seen.who]
    outside = (cohort[seen.who] < 0) | (since <= 0)
    return np.where(outside, 0, age)


def _windows(definition: Definition, number: int, start: Ints, as_of: int) -> tuple[Ints, Ints]:
    """First day of each age's window for the first member, last day for the last member."""
    every = definition.every
    # Of 'in or after' no cell is over before its last age is.
    until = definition.until if definition.when == "in_or_after" else None
    if definition.windows == "calendar":
        begun = int(period_numbers(np.array([as_of]), every)[0]) - number
        ages = number + np.arange(1, max(begun, 0) + 1)
        begin = period_first(ages, every)
        last = ages if until is None else np.full(ages.size, number + until)
        end = period_last(last, every)
    else:
        days = definition.days
        begun = max(0, -(-(as_of - int(start.min())) // days))
        ages = np.arange(1, begun + 1)
        begin = int(start.min()) + (ages - 1) * days + 1
        last = ages if until is None else np.full(ages.size, until)
        end = int(start.max()) + last * days
    kept = slice(None) if definition.until is None else slice(0, definition.until)
    return begin[kept], end[kept]


def _returned(who: Ints, age: Ints, mine: np.ndarray, definition: Definition, ages: int) -> Ints:
    """Return how many customers came back at each age from 1 on; each counts once an age."""
    inside = mine[who] & (age >= 1)
    if definition.when == "in_or_after":
        inside &= age <= (definition.until or 0)
        furthest = np.zeros(mine.size, dtype=np.int64)
        np.maximum.at(furthest, who[inside], age[inside])
        counts = np.bincount(furthest[mine], minlength=ages + 1)
        at_least: Ints = counts[::-1].cumsum()[::-1][1 : ages + 1]
        return at_least
    inside &= age <= ages
    once = np.unique(who[inside] * (ages + 1) + age[inside])
    return np.bincount(once % (ages + 1), minlength=ages + 1)[1:].astype(np.int64)


def _touched(seen: Occasions, begin: Ints, end: Ints) -> np.ndarray:
    """Whether data of a window are missing."""
    hit = np.zeros(begin.size, dtype=bool)
    for gap in seen.gaps:
        hit |= (begin <= day_number(gap.last)) & (end >= day_number(gap.first))
    return hit


def _no_cells() -> pd.DataFrame:
    kinds = {"cohort": str, "customers": int, "age": int, "returned": "Int64", "retention": float}
    kinds |= {"low": float, "high": float, "open": bool, "unknown": bool, "panel_start": bool}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def check_entry(entry: str, customers: pd.DataFrame | None) -> bool:
    """Refuse an entry that is not known, or whose day is not given; return whether it is given."""
    if entry not in ENTRIES:
        raise ParameterError(f"entry must be one of {sorted(ENTRIES)}; found '{entry}'.")
    given = customers is not None and "started_on" in customers.columns
    if entry != "first_paid" and not given:
        raise ParameterError(
            f"entry '{entry}' needs customers with started_on, the day of entry; see `entries`."
        )
    return given


def starts_of(seen: Occasions, customers: pd.DataFrame, column: str) -> Ints:
    """Return the day of each customer's start from a frame with one row per customer.

    Whoever is not in it, or has no such day, enters no cohort.
    """
    found = np.full(len(seen.ids), NEVER, dtype=np.int64)
    place = seen.places(customers["customer_id"])
    given = (place >= 0) & customers[column].notna().to_numpy()
    found[place[given]] = customers[column].to_numpy()[given].astype("datetime64[D]").astype(int)
    return found


def entries(frame: pd.DataFrame, *, who: str, at: str, keep: tuple[str, ...] = ()) -> pd.DataFrame:
    """Make the frame of entries that `retention` takes: one row per person, with the day of entry.

    Parameters
    ----------
    frame : DataFrame, one row per person
        The mart `joiners`, `members`, or a part of `first_purchases`.
    who, at : str
        Its columns with the person and with the time of entry.
    keep : tuple of str, default ()
        Columns to split by afterwards: `card`, `region`, `staff_id`.
    """
    needed(frame, "entries", who, at, *keep)
    return frame[[who, at, *keep]].rename(columns={who: "customer_id", at: "started_on"})


def pooled(cells: pd.DataFrame, prefix: str) -> dict[str, Any]:
    """Return the pooled share of cells as facts, each name with a prefix; none without people."""
    customers, returned = int(cells["customers"].sum()), int(cells["returned"].sum())
    if not customers:
        return {}
    low, high = wilson([returned], [customers], confidence=CONFIDENCE)
    return {
        f"{prefix}customers": customers,
        f"{prefix}returned": returned,
        f"{prefix}share": returned / customers,
        f"{prefix}low": float(low[0]),
        f"{prefix}high": float(high[0]),
    }
