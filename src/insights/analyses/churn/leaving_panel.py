"""Who could leave at past cut-offs, what was known of them then, and whether they left."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from insights.errors import LeakageFound, MissingColumns, ParameterError
from insights.results import Check
from insights.wording import _

GRACE_DAYS = 30  # Who renews within them has renewed.
STEP_DAYS = 28
MOST_CUTOFFS = 13
SINCE = ("age", "newest", "held", "ended_before")  # What histories tell of people.
BOUGHT = ("frequency", "days_since", "occasions_91", "total_amount", "amount_91")


def leaving_cutoffs(as_of: date, *, horizon_days: int, first_day: date) -> list[date]:
    """Return the days for which features are needed: every four weeks back, and `as_of`.

    Raises
    ------
    ParameterError
        If the horizon is not at least a day.
    """
    if horizon_days < 1:
        raise ParameterError(f"horizon_days must be 1 or more; found {horizon_days}.")
    back = [as_of - timedelta(days=STEP_DAYS * n) for n in range(MOST_CUTOFFS)]
    return sorted(day for day in back if day >= first_day)


def friends_at(spells: pd.DataFrame, cutoff: pd.Timestamp, horizon_days: int) -> pd.DataFrame:
    """Return the contacts of a day with what was known of them then, and whether they left."""
    end = cutoff + pd.Timedelta(days=1)
    closes = end + pd.Timedelta(days=horizon_days)
    known = spells[spells["added_at"] < end]
    open_then = known["ended_at"].isna() | (known["ended_at"] >= end)
    standing = known[open_then]
    by = standing.groupby("customer_id")
    stay = spells[
        (spells["added_at"] < closes) & (spells["ended_at"].isna() | (spells["ended_at"] >= closes))
    ]["customer_id"].unique()
    gone = standing[standing["left_by_customer"].astype(bool) & (standing["ended_at"] < closes)][
        "customer_id"
    ].unique()
    found = pd.DataFrame(
        {
            "age": (end - by["added_at"].min()).dt.total_seconds() / 86_400,
            "newest": (end - by["added_at"].max()).dt.total_seconds() / 86_400,
            "held": by.size().astype(float),
        }
    )
    ended = known[~open_then].groupby("customer_id").size()
    found["ended_before"] = found.index.map(ended).fillna(0).astype(float)
    found["left"] = found.index.isin(gone) & ~found.index.isin(stay)
    found["settled_at"] = closes
    return found.reset_index().assign(cutoff=cutoff)


def terms_at(terms: pd.DataFrame, cutoff: pd.Timestamp, horizon_days: int) -> pd.DataFrame:
    """Return the terms that end soon after a day, and whether none followed."""
    end = cutoff + pd.Timedelta(days=1)
    closes = end + pd.Timedelta(days=horizon_days)
    grace = pd.Timedelta(days=GRACE_DAYS)
    # Who had renewed ahead of time by the cut-off is no longer in question.
    asked = (terms["ends_at"] >= end) & (terms["ends_at"] < closes) & (terms["started_at"] < end)
    soon = terms[asked & ~(terms["next_at"] < end)]
    renewed = soon["next_at"] <= soon["ends_at"] + grace
    return pd.DataFrame(
        {
            "customer_id": soon["customer_id"],
            "age": (end - soon["started_at"]).dt.total_seconds() / 86_400,
            "newest": (soon["ends_at"] - end).dt.total_seconds() / 86_400,
            "held": soon["term"].astype(float),
            "ended_before": 0.0,
            "left": ~renewed,
            "settled_at": closes + grace,
            "cutoff": cutoff,
        }
    )


def known_spells(spells: pd.DataFrame, cutoff: pd.Timestamp) -> pd.DataFrame:
    """Return the friendships as they were known at the end of a day: no end that came later."""
    end = cutoff + pd.Timedelta(days=1)
    known = spells[spells["added_at"] < end]
    over = known["ended_at"] < end
    return known.assign(
        ended_at=known["ended_at"].where(over),
        left_by_customer=known["left_by_customer"].astype(bool) & over,
    )


def known_terms(terms: pd.DataFrame, cutoff: pd.Timestamp) -> pd.DataFrame:
    """Return the paid terms as they were known at the end of a day: no renewal that came later."""
    end = cutoff + pd.Timedelta(days=1)
    known = terms[terms["started_at"] < end]
    return known.assign(next_at=known["next_at"].where(known["next_at"] < end))


def audit_history(
    parts: Sequence[pd.DataFrame], again: Sequence[pd.DataFrame], *, history: str
) -> Check:
    """Prove that nothing said of people at a cut-off was known only later; raise if it was.

    Parameters
    ----------
    parts, again : sequences of DataFrames, one per cut-off
        Who could leave, from the whole history and from what was known at the cut-off alone. What
        is known of people must be the same; whether they left comes later, and is not compared.
    history : str
        Name of the mart, for the message.

    Raises
    ------
    LeakageFound
        If anybody is asked about, or anything known, in one and not in the other.
    """
    known = ["customer_id", *SINCE]
    for part, truncated in zip(parts, again, strict=True):
        rows = [each[known].sort_values(known, ignore_index=True) for each in (part, truncated)]
        if len(rows[0]) != len(rows[1]) or not np.array_equal(
            rows[0]["customer_id"].to_numpy(str), rows[1]["customer_id"].to_numpy(str)
        ):
            wrong = "who is asked about"
        else:
            numbers = [each[list(SINCE)].to_numpy(float) for each in rows]
            off = ~np.isclose(numbers[0], numbers[1], equal_nan=True).all(axis=0)
            if not off.any():
                continue
            wrong = f"'{SINCE[int(np.flatnonzero(off)[0])]}'"
        day = part["cutoff"].iloc[0] if len(part) else truncated["cutoff"].iloc[0]
        raise LeakageFound(
            f"At the cut-off {day:%Y-%m-%d} {wrong} depends on what happened after it: worked out "
            f"from {history} up to that day alone, it differs. Filter the history by the cut-off."
        )
    return Check(
        key=f"no_leakage_{history}",
        message=_("Nothing known of people at a cut-off came after it."),
        passed=True,
        evidence=_("{rows:count} rows of {cutoffs:count} cut-offs computed again"),
        facts={"rows": sum(map(len, parts)), "cutoffs": len(parts)},
    )


def cutoffs_in(features: pd.DataFrame, as_of: date) -> list[Any]:
    """Return the days that the features are of, the last of which is `as_of`."""
    if missing := {"customer_id", "as_of", *BOUGHT} - set(features.columns):
        raise MissingColumns("features", missing, features.columns)
    days = sorted(features["as_of"].unique())
    if not days:  # Nobody has bought what they kept; of today alone nothing can be learned.
        return [as_of]
    if pd.Timestamp(days[-1]) != pd.Timestamp(as_of):
        raise ParameterError(f"The features hold no rows of {as_of}, the day that is forecast.")
    return days


def with_purchases(parts: Sequence[pd.DataFrame], features: pd.DataFrame) -> pd.DataFrame:
    """Stack the cut-offs and add what people had bought by each; missing of who never did."""
    panel = pd.concat(parts, ignore_index=True)
    bought = features[["customer_id", "as_of", *BOUGHT]].rename(columns={"as_of": "cutoff"})
    return panel.merge(bought, on=["customer_id", "cutoff"], how="left")
