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

import numpy as np
import pandas as pd

from insights.analyses.churn.features import FEATURES as DESCRIBED
from insights.analyses.churn.features import describe
from insights.errors import LeakageFound, MissingColumns, ParameterError
from insights.results import Check
from insights.wording import _

MIN_HISTORY_DAYS = 84  # A cut-off with less behind it knows too little of its customers.
TRAINING_STEP_DAYS = 28  # About so far apart are the cut-offs that are learned from.
MOST_CUTOFFS = 24  # Older ones are of other customers and other seasons, and cost as much.
FEATURES = {"customer_id", "as_of", "last_event_at", *DESCRIBED}
CHANGES = {"customer_id", "order_id", "paid_at", "known_at", "net_amount"}
CENT = 0.005


def cutoffs(as_of: date, *, horizon_days: int, first_day: date) -> list[date]:
    """Return the days at which to look back, oldest first; `as_of` itself is the last.

    Whole horizons back from `as_of` lie the cut-offs that forecasts are judged on: their windows do
    not overlap and are closed. Between them, about four weeks apart, lie more to learn from. Days
    with less than 12 weeks of data behind them are left out, and all but the newest 24.

    Raises
    ------
    ParameterError
        If the horizon is not at least a day, or the data begin after `as_of`.
    """
    if horizon_days < 1:
        raise ParameterError(f"horizon_days must be 1 or more; found {horizon_days}.")
    if as_of < first_day:
        raise ParameterError(
            f"The cut-off {as_of} lies before the data, which begin on {first_day}. Ask for a "
            "later day."
        )
    earliest = first_day + timedelta(days=MIN_HISTORY_DAYS - 1)
    parts = max(1, round(horizon_days / TRAINING_STEP_DAYS))
    back = [horizon_days + round(horizon_days * n / parts) for n in range(MOST_CUTOFFS - 1)]
    past = [as_of - timedelta(days=days) for days in reversed(back)]
    return [*(day for day in past if day >= earliest), as_of]


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
        window closed; `purchases` is how many did (days with one), `spent` their net amount. All
        are missing where the window has not closed by `as_of` (`closed` False).
    """
    if missing := FEATURES - set(features.columns):
        raise MissingColumns("features", missing, features.columns)
    panel = features.rename(columns={"as_of": "cutoff"})
    panel = panel.sort_values(["cutoff", "customer_id"], kind="stable").reset_index(drop=True)
    horizon = pd.Timedelta(days=horizon_days)
    following, spent = [], []
    for cutoff in panel["cutoff"].unique():
        known = known_by(changes, cutoff + horizon)
        after = known[known["day"] > cutoff].groupby("customer_id")["net_amount"]
        rows = panel.loc[panel["cutoff"] == cutoff, "customer_id"]
        following.append(rows.map(after.size()).fillna(0).astype(float))
        spent.append(rows.map(after.sum()).fillna(0).astype(float))
    panel["closed"] = panel["cutoff"] + horizon <= pd.Timestamp(as_of)
    panel["purchases"] = pd.concat(following).where(panel["closed"])
    panel["spent"] = pd.concat(spent).where(panel["closed"])
    panel["churned"] = (panel["purchases"] == 0).astype("boolean").where(panel["closed"])
    return panel


def audit(features: pd.DataFrame, changes: pd.DataFrame) -> Check:
    """Prove that no feature knows anything from after its cut-off; raise if one does.

    Two ways: no row holds a moment later than its cut-off, and every feature is computed again, in
    another way, from what had become known by the cut-off alone: a payment or a refund of the day
    after is not among it.

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
        again = describe(known_by(changes, pd.Timestamp(cutoff)), cutoff)
        both = rows.merge(again.reset_index(), on="customer_id", how="outer", suffixes=("", "_"))
        # First the columns that say most of what is wrong.
        for column in sorted(DESCRIBED, key=lambda name: name not in _TELLING):
            found = both[column].astype(float).to_numpy()
            expected = both[f"{column}_"].astype(float).to_numpy()
            strangers = np.isnan(found) != np.isnan(expected)
            wrong = strangers | (np.abs(found - expected) > CENT)
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


_TELLING = {"frequency", "days_since", "age_days", "total_amount"}


def closed_before(panel: pd.DataFrame, cutoff: pd.Timestamp, horizon_days: int) -> pd.DataFrame:
    """Return the rows a forecast at `cutoff` may learn from: their windows closed by then."""
    known = panel["cutoff"] + pd.Timedelta(days=horizon_days) <= cutoff
    return panel[known & panel["closed"]]


def sorted_cutoffs(panel: pd.DataFrame) -> Sequence[pd.Timestamp]:
    """Cut-offs of a panel, oldest first."""
    return sorted(panel["cutoff"].unique())
