"""One study of churn: the panel, every rival's forecasts for past cut-offs, and today's scores."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from insights.analyses.churn.panel import audit, closed_before, known_by, labelled, sorted_cutoffs
from insights.analyses.churn.recipe import BEST, RECIPES, with_lifetime
from insights.models.gaps import gap_facts, gaps
from insights.results import Check, NotEnoughData, nobody_known
from insights.wording import _

MIN_CUSTOMERS = 500
MIN_HISTORY_DAYS = 180
MIN_REPEATERS = 50  # Customers with at least three purchase days, to learn a habit from.
MIN_TRAINING_CUTOFFS = 2
TESTS = 4  # Cut-offs that every forecast is judged on.
SEASON_DAYS = 364
ACTIVE_DAYS = 91  # A customer who bought within these days is active.


@dataclass(frozen=True, eq=False)
class Study:
    """What `at_risk`, `backtest` and `calibration` show.

    Attributes
    ----------
    forecasts : DataFrame, one row per (cutoff, recipe, customer) of the test cut-offs
        `forecast` is P(no purchase within the horizon), `churned` what happened.
    scores : DataFrame, one row per customer known at `as_of`
        The features, and `forecast` by the best recipe.
    """

    forecasts: pd.DataFrame
    scores: pd.DataFrame
    audit: Check
    facts: dict[str, Any]
    as_of: date
    horizon_days: int


def study(
    features: pd.DataFrame, changes: pd.DataFrame, *, as_of: date, horizon_days: int
) -> Study | NotEnoughData:
    """Forecast past cut-offs with every recipe and score today's customers with the best.

    Parameters
    ----------
    features : DataFrame, one row per customer and cut-off
        The mart `customer_features` at `cutoffs(...)`.
    changes : DataFrame, one row per thing that became known of an order
        The mart `purchase_changes`: `customer_id`, `order_id`, `paid_at`, `known_at`, `net_amount`.
    as_of : date
        Last day of complete data.
    horizon_days : int
        Length of the window in which a purchase is looked for.

    Returns
    -------
    Study or NotEnoughData

    Raises
    ------
    LeakageFound
        If a feature knows something from after its cut-off.
    """
    purchases = known_by(changes, as_of)
    first = purchases["paid_at"].min()
    facts: dict[str, Any] = {
        "as_of": as_of,
        "horizon": horizon_days,
        "customers": int(purchases["customer_id"].nunique()),
        "history": (as_of - first.date()).days + 1 if pd.notna(first) else 0,
        "repeaters": int((purchases.groupby("customer_id").size() > 2).sum()),
        "min_customers": MIN_CUSTOMERS,
        "min_history": MIN_HISTORY_DAYS,
        "min_repeaters": MIN_REPEATERS,
        "until": as_of + timedelta(days=horizon_days),
        **gap_facts(gaps(purchases["paid_at"], as_of=as_of)),
    }
    if (
        facts["customers"] < MIN_CUSTOMERS
        or facts["history"] < MIN_HISTORY_DAYS
        or facts["repeaters"] < MIN_REPEATERS
    ):
        return _refusal(facts) if facts["customers"] else nobody_known(_TITLE, facts)
    checked = audit(features, changes)
    panel = labelled(features, changes, as_of=as_of, horizon_days=horizon_days)
    past = [c for c in sorted_cutoffs(panel) if panel.loc[panel["cutoff"] == c, "closed"].all()]
    tests = past[MIN_TRAINING_CUTOFFS:][-TESTS:]
    if not tests:
        return _no_windows(facts | {"closed": len(past), "needed": MIN_TRAINING_CUTOFFS + 1})
    panel = with_lifetime(panel, horizon_days=horizon_days)
    forecasts = []
    for cutoff in tests:
        train = closed_before(panel, cutoff, horizon_days)
        test = panel[panel["cutoff"] == cutoff]
        for name, recipe in RECIPES.items():
            forecasts.append(
                test[["cutoff", "customer_id", "churned"]].assign(
                    recipe=name, forecast=recipe(train, test, horizon_days)
                )
            )
    today = panel[panel["cutoff"] == pd.Timestamp(as_of)]
    learned = closed_before(panel, pd.Timestamp(as_of), horizon_days)
    scores = today.assign(forecast=RECIPES[BEST](learned, today, horizon_days))
    facts |= _last_window(panel, tests[-1], horizon_days)
    facts |= {"tests": len(tests), "first_test": tests[0].date(), "last_test": tests[-1].date()}
    return Study(
        forecasts=pd.concat(forecasts, ignore_index=True),
        scores=scores.drop(columns=["closed", "churned"]).reset_index(drop=True),
        audit=checked,
        facts=facts,
        as_of=as_of,
        horizon_days=horizon_days,
    )


def _last_window(panel: pd.DataFrame, cutoff: pd.Timestamp, horizon_days: int) -> dict[str, Any]:
    """Say what came true in the newest closed window, to set today's forecast beside."""
    then = panel[(panel["cutoff"] == cutoff) & (panel["days_since"] < ACTIVE_DAYS)]
    return {
        "last_silent": int(then["churned"].sum()),
        "last_until": (cutoff + pd.Timedelta(days=horizon_days)).date(),
    }


_TITLE = _("Who will probably stop buying")


def _refusal(facts: dict[str, Any]) -> NotEnoughData:
    return NotEnoughData(
        title=_TITLE,
        because=_(
            "There are {customers:count} customers, {history:days} of history and "
            "{repeaters:count} customers with a third purchase: a forecast would be a guess."
        ),
        needs=_(
            "Needed: {min_customers:count} customers, {min_history:days} of history, "
            "{min_repeaters:count} customers with a third purchase, and several windows of "
            "{horizon:days} that have closed."
        ),
        facts=facts,
    )


def _no_windows(facts: dict[str, Any]) -> NotEnoughData:
    return NotEnoughData(
        title=_TITLE,
        because=_(
            "Only {closed:count} windows of {horizon:days} have closed in {history:days} of "
            "history: no forecast of that length could be tried on the past."
        ),
        needs=_("Needed: {needed:count} closed windows. Ask for a shorter horizon, or wait."),
        facts=facts,
    )


def history_caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    """Say what is missing in the history: days without data, and a second season to compare."""
    missing = (
        _(
            "Not a single purchase is known on {gap_days:days}, among them {gap_first:day} to "
            "{gap_last:day}: these data are missing, and customers look more silent than they were."
        ),
    )
    said = missing if facts["gap_days"] else ()
    if facts["history"] >= 2 * SEASON_DAYS:
        return said
    return (
        *said,
        _(
            "The history covers {history:days}: seasons (holidays, promotions) cannot be told from "
            "habits yet."
        ),
    )
