"""The panel: customers at past cut-offs, what was known of them then, and what they did next.

The label of a customer at a cut-off is whether no purchase followed within the horizon. A label is
known once its window has closed; a model for a cut-off may learn only from windows that closed by
then.

What counts as a purchase depends on the day that one looks: an order that was refunded in full
later was a purchase until then. Features go by what was known at their cut-off, labels by what was
known when their window closed, so that nothing of what a model learns came after its own cut-off.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd

from insights.errors import LeakageFound, MissingColumns, ParameterError
from insights.periods import rolling_cutoffs
from insights.results import Check
from insights.wording import _

MIN_HISTORY_DAYS = 84  # A cut-off with less behind it knows too little of its customers.
FEATURES = {
    "customer_id",
    "as_of",
    "frequency",
    "recency_days",
    "age_days",
    "days_since",
    "occasions_28",
    "occasions_91",
    "pace_28",
    "pace_91",
    "mean_amount",
    "total_amount",
    "amount_91",
    "last_event_at",
}
CHANGES = {"customer_id", "order_id", "paid_at", "known_at", "net_amount"}
CENT = 0.005


def cutoffs(as_of: date, *, horizon_days: int, first_day: date) -> list[date]:
    """Return the days at which to look back: every horizon before `as_of`, and `as_of` itself.

    The windows after them do not overlap and, but for the last, are closed by `as_of`. Days with
    less than 12 weeks of data behind them are left out.

    Raises
    ------
    ParameterError
        If the horizon is not at least a day.
    """
    if horizon_days < 1:
        raise ParameterError(f"horizon_days must be 1 or more; found {horizon_days}.")
    earliest = first_day + timedelta(days=MIN_HISTORY_DAYS - 1)
    count = (as_of - earliest).days // horizon_days if as_of > earliest else 0
    past = rolling_cutoffs(as_of, horizon_days=horizon_days, count=count, first=earliest)
    return [*past, as_of]


def known_by(changes: pd.DataFrame, day: date) -> pd.DataFrame:
    """Return the purchases that were known at the end of a day, one row per customer and day.

    Parameters
    ----------
    changes : DataFrame, one row per thing that became known of an order
        The mart `purchase_changes`: `customer_id`, `order_id`, `paid_at`, `known_at`, and
        `net_amount`, by which the net amount of the order changed (money).

    Returns
    -------
    DataFrame
        `customer_id`, `day`, `paid_at` (first payment of the day) and `net_amount`. Orders of which
        nothing is left are no purchase.
    """
    if missing := CHANGES - set(changes.columns):
        raise MissingColumns("changes", missing, changes.columns)
    end = pd.Timestamp(day) + pd.Timedelta(days=1)
    known = changes[(changes["paid_at"] < end) & (changes["known_at"] < end)]
    left = known.groupby("order_id")["net_amount"].transform("sum") > CENT
    kept = known[left]
    by = kept.assign(day=kept["paid_at"].dt.normalize()).groupby(["customer_id", "day"])
    return by.agg(paid_at=("paid_at", "min"), net_amount=("net_amount", "sum")).reset_index()


def labelled(
    features: pd.DataFrame, changes: pd.DataFrame, *, as_of: date, horizon_days: int
) -> pd.DataFrame:
    """Return the panel: features with `cutoff`, `churned` and `closed`, in a stable order.

    Parameters
    ----------
    features : DataFrame, one row per customer and cut-off
        The mart `customer_features` at several days; its `as_of` is the cut-off.
    changes : DataFrame, one row per thing that became known of an order
        As for `known_by`.

    Returns
    -------
    DataFrame
        `churned` is True where no purchase followed within the horizon that still was one when the
        window closed, and missing where it has not closed by `as_of` (`closed` False).
    """
    if missing := FEATURES - set(features.columns):
        raise MissingColumns("features", missing, features.columns)
    panel = features.rename(columns={"as_of": "cutoff"})
    panel = panel.sort_values(["cutoff", "customer_id"], kind="stable").reset_index(drop=True)
    horizon = pd.Timedelta(days=horizon_days)
    returned = []
    for cutoff in panel["cutoff"].unique():
        known = known_by(changes, cutoff + horizon)
        bought = known.loc[known["day"] > cutoff, "customer_id"].unique()
        returned.append(panel.loc[panel["cutoff"] == cutoff, "customer_id"].isin(bought))
    panel["closed"] = panel["cutoff"] + horizon <= pd.Timestamp(as_of)
    panel["churned"] = (~pd.concat(returned)).astype("boolean").where(panel["closed"])
    return panel


def audit(features: pd.DataFrame, changes: pd.DataFrame) -> Check:
    """Prove that no feature knows anything from after its cut-off; raise if one does.

    Two ways: no row holds a moment later than its cut-off, and counts, recency and money are
    computed again, in another way, from what had become known by the cut-off alone: a payment or a
    refund of the day after is not among it.

    Raises
    ------
    LeakageFound
        If either finds a difference; the message says where and how many.
    """
    late = features["last_event_at"].dt.normalize() > features["as_of"]
    if late.any():
        raise LeakageFound(
            f"{int(late.sum())} of {len(features)} feature rows hold a moment after their cut-off, "
            f"first at {features.loc[late, 'as_of'].iloc[0]:%Y-%m-%d}. Filter the events by the "
            "cut-off in the mart."
        )
    for cutoff, rows in features.groupby("as_of"):
        again = _recomputed(changes, pd.Timestamp(cutoff))
        both = rows.merge(again, on="customer_id", how="outer", suffixes=("", "_again"))
        for column, tolerance in _RECOMPUTED.items():
            found = both[column].astype(float)
            expected = both[f"{column}_again"].astype(float)
            wrong = ~((found - expected).abs() <= tolerance)
            if wrong.any():
                raise LeakageFound(
                    f"'{column}' of {int(wrong.sum())} customers at the cut-off {cutoff:%Y-%m-%d} "
                    "is not what was known of purchases on that day. It knows what came later, or "
                    "forgot what came before: compare the mart customer_features."
                )
    return Check(
        key="no_leakage",
        message=_("No feature knows anything from after its cut-off."),
        passed=True,
        evidence=_("{rows:count} rows of {cutoffs:count} cut-offs computed again"),
        facts={"rows": len(features), "cutoffs": features["as_of"].nunique()},
    )


_RECOMPUTED = {"frequency": 0.0, "days_since": 0.0, "age_days": 0.0, "total_amount": CENT}


def _recomputed(changes: pd.DataFrame, cutoff: pd.Timestamp) -> pd.DataFrame:
    grouped = known_by(changes, cutoff).groupby("customer_id")
    return pd.DataFrame(
        {
            "frequency": grouped.size() - 1,
            "days_since": (cutoff - grouped["day"].max()).dt.days,
            "age_days": (cutoff - grouped["day"].min()).dt.days,
            "total_amount": grouped["net_amount"].sum(),
        }
    )


def closed_before(panel: pd.DataFrame, cutoff: pd.Timestamp, horizon_days: int) -> pd.DataFrame:
    """Return the rows a forecast at `cutoff` may learn from: their windows closed by then."""
    known = panel["cutoff"] + pd.Timedelta(days=horizon_days) <= cutoff
    return panel[known & panel["closed"]]


def sorted_cutoffs(panel: pd.DataFrame) -> Sequence[pd.Timestamp]:
    """Cut-offs of a panel, oldest first."""
    return sorted(panel["cutoff"].unique())
