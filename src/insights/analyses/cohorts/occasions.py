"""Occasions: on which days did each customer buy, as numbers that every question can count with.

The days of a customer are the purchase occasions: several orders of one day are one. A day is its
number since 1970-01-01, so that two of them subtract to days.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from insights.errors import DataError, MissingColumns, ParameterError
from insights.models.gaps import Gap, gaps
from insights.periods import is_month_end
from insights.wording import _

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NEVER = np.iinfo(np.int64).max // 4  # A day so late that no window reaches it.
_EPOCH_MONDAY = 3  # 1970-01-01 was a Thursday; weeks begin on Mondays.
_CALENDAR_START = 1970


@dataclass(frozen=True, eq=False, kw_only=True)
class Occasions:
    """The purchase occasions of customers up to `as_of`.

    Attributes
    ----------
    ids : Index
        Customer ids; their places are the numbers in `who`.
    who, day : arrays, one entry per occasion, by customer and then by day
    as_of : int
        Day number of the last day of complete data.
    """

    ids: pd.Index
    who: Ints
    day: Ints
    as_of: int

    @cached_property
    def count(self) -> Ints:
        """Occasions of each customer; 0 for those who were only named."""
        return np.bincount(self.who, minlength=len(self.ids)).astype(np.int64)

    @cached_property
    def start(self) -> Ints:
        """Place of each customer's first occasion in `day`."""
        return np.cumsum(self.count) - self.count

    @cached_property
    def first(self) -> Ints:
        """Day of each customer's first occasion; `NEVER` for those who were only named."""
        return self.nth(0)

    def nth(self, n: int) -> Ints:
        """Day of each customer's n-th occasion, counted from 0; `NEVER` for those without one."""
        found = np.full(len(self.ids), NEVER, dtype=np.int64)
        has = self.count > n
        found[has] = self.day[self.start[has] + n]
        return found

    @cached_property
    def gaps(self) -> list[Gap]:
        """Spells for which no purchase at all is known."""
        return gaps(pd.Series(days_as_times(self.day)), as_of=as_date(self.as_of))

    def places(self, customer_ids: pd.Series) -> Ints:
        """Return the number of each customer id, -1 for those who never bought."""
        return np.asarray(self.ids.get_indexer(customer_ids), dtype=np.int64)

    def next_after(self, who: Ints, day: Ints) -> Ints:
        """Return for each (customer, day) the first occasion on a later day, or `NEVER`."""
        keys = self.who * NEVER_DAY + self.day
        at = np.searchsorted(keys, who * NEVER_DAY + day, side="right")
        found = np.full(who.size, NEVER, dtype=np.int64)
        inside = at < keys.size
        same = np.zeros(who.size, dtype=bool)
        same[inside] = self.who[at[inside]] == who[inside]
        found[same] = self.day[at[same]]
        return found

    def up_to(self, who: Ints, day: Ints) -> tuple[Ints, Ints]:
        """Return for each (customer, day) the occasions by that day, and the day of the last."""
        keys = self.who * NEVER_DAY + self.day
        at = np.searchsorted(keys, who * NEVER_DAY + day, side="right")
        number = at - self.start[who]
        last = np.where(number > 0, self.day[np.maximum(at - 1, 0)], -NEVER)
        return number, last


NEVER_DAY = 1_000_000  # More days than any history has: (customer, day) as one sorted number.


def occasions_of(
    purchases: "pd.DataFrame | Occasions", *, as_of: date, also: pd.Series | None = None
) -> Occasions:
    """Give customers and days numbers; rows without a buyer, a time, or after `as_of` go.

    Parameters
    ----------
    purchases : DataFrame, one row per paid order, or per customer and day
        Needs ``customer_id`` and ``paid_at``. Or what this function handed back, so that a page
        counts them once.
    as_of : date
        Last day of complete data.
    also : Series of customer ids, optional
        People who are counted whether they bought or not.
    """
    if isinstance(purchases, Occasions):
        if purchases.as_of != day_number(as_of):
            raise ParameterError(
                f"These occasions were counted up to {as_date(purchases.as_of)}; asked for {as_of}."
            )
        return purchases if also is None else _with(purchases, also)
    needed(purchases, "purchases", "customer_id", "paid_at")
    known = purchases["customer_id"].notna().to_numpy() & purchases["paid_at"].notna().to_numpy()
    day = day_numbers(purchases["paid_at"].to_numpy()[known])
    past = day <= day_number(as_of)
    who, ids = pd.factorize(purchases["customer_id"].array[known][past])
    key = np.unique(who.astype(np.int64) * NEVER_DAY + day[past])
    seen = Occasions(
        ids=pd.Index(ids), who=key // NEVER_DAY, day=key % NEVER_DAY, as_of=day_number(as_of)
    )
    return seen if also is None else _with(seen, also)


def _with(seen: Occasions, also: pd.Series) -> Occasions:
    """Name more people; those who never bought come last."""
    more = pd.Index(also.dropna()).difference(seen.ids, sort=False)
    return Occasions(ids=seen.ids.append(more), who=seen.who, day=seen.day, as_of=seen.as_of)


def needed(frame: pd.DataFrame, name: str, *columns: str) -> pd.DataFrame:
    """Return the frame; refuse it by name where a column is missing or its times carry a zone."""
    if not isinstance(frame, pd.DataFrame):
        raise DataError(
            f"'{name}' must be a DataFrame, as lake.mart(...) and ins.sql(...) give; found a "
            f"{type(frame).__name__}."
        )
    if missing := set(columns) - set(frame.columns):
        raise MissingColumns(name, missing, frame.columns)
    for column in columns:
        if (zone := _zone(frame[column])) is not None:
            raise DataError(
                f"The times in '{column}' of the frame '{name}' carry a time zone "
                f"({zone}); days here are those of the brand's wall clock, and "
                f"an hour of another zone is another day. Convert and drop the zone: "
                f"frame['{column}'].dt.tz_convert('Asia/Shanghai').dt.tz_localize(None)."
            )
    return frame


def _zone(values: pd.Series) -> Any:
    """Return the zone that times carry, if they do: as a type, or one by one as objects."""
    if values.dtype != object:
        return getattr(values.dtype, "tz", None)
    return next((getattr(value, "tzinfo", None) for value in values.dropna().head(1)), None)


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - date(_CALENDAR_START, 1, 1)).days


def day_numbers(times: Any) -> Ints:
    """Day numbers of timestamps; a missing one is negative beyond any history."""
    days = np.asarray(times).astype("datetime64[D]")
    return np.where(np.isnat(days), -NEVER, days.astype(np.int64))


def as_date(day: int) -> date:
    """Return the day of a number."""
    return np.datetime64(int(day), "D").item()


def days_as_times(day: Ints) -> Any:
    """Day numbers as timestamps at midnight."""
    return day.astype("datetime64[D]").astype("datetime64[s]")


def period_numbers(day: Ints, every: str) -> Ints:
    """Calendar months since 1970, or weeks that begin on Mondays."""
    if every == "month":
        return day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return (day + _EPOCH_MONDAY) // 7


def period_first(number: Ints | int, every: str) -> Ints:
    """First day of a period."""
    numbers = np.asarray(number, dtype=np.int64)
    if every == "month":
        return numbers.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return numbers * 7 - _EPOCH_MONDAY


def period_last(number: Ints | int, every: str) -> Ints:
    """Last day of a period."""
    return period_first(np.asarray(number, dtype=np.int64) + 1, every) - 1


def period_name(number: int, every: str) -> str:
    """`2026-03`, or for a week its Monday: `2026-03-02`."""
    first = as_date(int(period_first(number, every)))
    return f"{first:%Y-%m}" if every == "month" else first.isoformat()


def last_complete(as_of: int, every: str) -> int:
    """Return the newest period that is over by the end of `as_of`."""
    number = int(period_numbers(np.array([as_of]), every)[0])
    if every == "month":
        return number if is_month_end(as_date(as_of)) else number - 1
    return number if int(period_last(number, every)) <= as_of else number - 1


def check_every(every: str) -> None:
    """Refuse a period that is neither a month nor a week."""
    if every not in {"month", "week"}:
        raise ParameterError(f"every must be 'month' or 'week'; found '{every}'.")


def gap_caveat(facts: dict[str, Any]) -> tuple[str, ...]:
    """Say that data are missing, where they are."""
    if not facts.get("gap_days"):
        return ()
    return (
        _(
            "Not a single purchase is known on {gap_days:days}, among them {gap_first:day} to "
            "{gap_last:day}: these data are missing, and customers look more silent than they were."
        ),
    )
