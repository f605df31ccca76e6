"""One study of churn: the panel, every rival's forecasts for past cut-offs, and today's scores."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.analyses.churn.amounts import UsualAmount
from insights.analyses.churn.forecaster import SilenceForecaster
from insights.analyses.churn.horizon import Horizon
from insights.analyses.churn.panel import audit, closed_before, known_by, labelled, sorted_cutoffs
from insights.analyses.churn.recipe import (
    RECIPES,
    Forecast,
    fitted,
    purchase_models,
    thinned,
    with_lifetime,
)
from insights.analyses.churn.requirements import (
    MIN_CUSTOMERS,
    MIN_HISTORY_DAYS,
    MIN_REPEATERS,
    MIN_TRAINING_CUTOFFS,
    TITLE,
    no_windows,
    nothing_to_tell_apart,
    too_little,
)
from insights.analyses.churn.spend import UsualSpend, spend_check
from insights.errors import ParameterError
from insights.models.gaps import gap_facts, gaps
from insights.models.lifetime import BetaGeoNBD
from insights.results import Check, NotEnoughData, nobody_known

if TYPE_CHECKING:
    from insights.analyses.churn.everyone import Everyone
    from insights.analyses.churn.explanation import Explanation

TESTS = 4  # Cut-offs that every forecast is judged on.
ACTIVE_DAYS = 91  # A customer who bought within these days is active.


@dataclass(frozen=True, eq=False)
class Study:
    """What `at_risk`, `backtest`, `calibration` and the others show.

    Attributes
    ----------
    panel : DataFrame, one row per (customer, cutoff)
        The features, what the purchase models say (`bg_`, `mbg_`), and what followed: `churned`,
        `purchases`, `spent`, `closed`.
    forecasts : DataFrame, one row per (cutoff, recipe, customer) of the test cut-offs
        `forecast` is P(no purchase within the horizon), `churned` what happened.
    scores : DataFrame, one row per customer known at `as_of`
        The features, `forecast` by the best recipe, and `expected`, purchases within the horizon.
    forecaster : SilenceForecaster
        The best recipe as it was fitted for today.
    purchase_models : dict of fitted BG/NBD models
        Those behind today's `bg_` and `mbg_` columns.
    usual_spend : UsualSpend
        What a customer spends in a window, if anything, as learned for today.
    usual_amount : UsualAmount
        What a customer pays in one purchase, as learned from all purchases until today.
    everyone : Everyone, optional
        All customers, where the study itself is one of a sample; see `for_everyone`.
    """

    panel: pd.DataFrame = field(repr=False)
    forecasts: pd.DataFrame = field(repr=False)
    scores: pd.DataFrame = field(repr=False)
    forecaster: SilenceForecaster = field(repr=False)
    purchase_models: Mapping[str, BetaGeoNBD] = field(repr=False)
    usual_spend: UsualSpend = field(repr=False)
    usual_amount: UsualAmount = field(repr=False)
    audit: Check
    facts: dict[str, Any] = field(repr=False)
    as_of: date
    horizon_days: int
    everyone: "Everyone | None" = field(default=None, repr=False)

    def explain(self, customer_id: str) -> "Explanation":
        """Say why a customer got the chance that it got; see `churn.explain`."""
        from insights.analyses.churn.explanation import explain  # noqa: PLC0415 - it needs this

        return explain(customer_id, self)


def study(
    features: pd.DataFrame,
    changes: pd.DataFrame,
    *,
    as_of: date,
    horizon_days: int | Horizon,
    identified_share: float | None = None,
    share: float = 1.0,
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
    horizon_days : int or Horizon
        Length of the window in which a purchase is looked for; see `horizon`.
    identified_share : float in [0, 1], optional
        Share of net sales whose customer is known (`identified_share`); said beside every figure.
    share : float in (0, 1], default 1
        Of the customers that features and changes are of, where they are a sample (`lake.share`).

    Returns
    -------
    Study or NotEnoughData

    Raises
    ------
    LeakageFound
        If a feature knows something from after its cut-off.
    ParameterError
        If the features hold no rows of `as_of`.
    """
    chosen = horizon_days if isinstance(horizon_days, Horizon) else _asked(horizon_days)
    horizon_days = chosen.days
    purchases = known_by(changes, as_of)
    first = purchases["paid_at"].min()
    facts: dict[str, Any] = {
        "as_of": as_of,
        **chosen.facts,
        "customers": int(purchases["customer_id"].nunique()),
        "history": (as_of - first.date()).days + 1 if pd.notna(first) else 0,
        "repeaters": int((purchases.groupby("customer_id").size() > 2).sum()),
        "min_customers": MIN_CUSTOMERS,
        "min_history": MIN_HISTORY_DAYS,
        "min_repeaters": MIN_REPEATERS,
        "until": as_of + timedelta(days=horizon_days),
        "identified": identified_share,
        "share": share,
        "everyone": None,
        **gap_facts(gaps(purchases["paid_at"], as_of=as_of)),
    }
    if (
        facts["customers"] < MIN_CUSTOMERS
        or facts["history"] < MIN_HISTORY_DAYS
        or facts["repeaters"] < MIN_REPEATERS
    ):
        return too_little(facts) if facts["customers"] else nobody_known(TITLE, facts)
    checked = audit(features, changes)
    panel = labelled(features, changes, as_of=as_of, horizon_days=horizon_days)
    told = panel.loc[panel["closed"], "churned"]
    if len(told) and (told.all() or not told.any()):
        return nothing_to_tell_apart(facts | {"all_silent": bool(told.all())})
    panel = with_lifetime(panel, horizon_days=horizon_days)
    tests = _tests(panel, as_of, horizon_days)
    if not tests:
        back = (
            pd.Timestamp(as_of) - panel.loc[panel["closed"], "cutoff"].drop_duplicates()
        ).dt.days
        closed = int((back % horizon_days == 0).sum())
        return no_windows(facts | {"closed": closed, "needed": MIN_TRAINING_CUTOFFS + 1})
    learned = closed_before(panel, pd.Timestamp(as_of), horizon_days)
    today = panel[panel["cutoff"] == pd.Timestamp(as_of)]
    if not len(today):
        raise ParameterError(
            f"The features hold no rows of {as_of}, the day that is scored. Ask the mart for the "
            "days of `cutoffs(...)`."
        )
    learned = thinned(learned)
    model, moved = fitted(learned, pd.Timestamp(as_of), horizon_days)
    scores = today.assign(
        forecast=model.predict_proba(today)[:, 1], expected=model.expected_purchases(today)
    )
    facts |= moved.facts | _last_window(panel, tests[-1], horizon_days)
    facts |= spend_check(
        closed_before(panel, tests[-1], horizon_days), panel[panel["cutoff"] == tests[-1]]
    )
    facts |= {
        "tests": len(tests),
        "first_test": tests[0].date(),
        "last_test": tests[-1].date(),
        "learned_rows": len(learned),
        "learned_cutoffs": int(learned["cutoff"].nunique()),
    }
    made = Study(
        panel=panel,
        forecasts=forecasts_of(panel, tests, horizon_days, RECIPES),
        scores=scores.drop(columns=["closed", "churned", "purchases", "spent"]).reset_index(
            drop=True
        ),
        forecaster=model,
        purchase_models=purchase_models(today),
        usual_spend=UsualSpend.learned(learned),
        usual_amount=UsualAmount.learned(today),
        audit=checked,
        facts=facts,
        as_of=as_of,
        horizon_days=horizon_days,
    )
    _Latest.study = made
    return made


class _Latest:
    """The study made last, for `churn.explain(customer_id)` at a prompt. No report reads it."""

    study: Study | None = None


def latest() -> Study:
    """Return the study made last in this process.

    Raises
    ------
    ParameterError
        If there is none.
    """
    if _Latest.study is None:
        raise ParameterError("No study has been made yet. Make one: churn.study(features, ...).")
    return _Latest.study


def forecasts_of(
    panel: pd.DataFrame,
    tests: list[pd.Timestamp],
    horizon_days: int,
    recipes: Mapping[str, Forecast],
) -> pd.DataFrame:
    """Forecast each test cut-off with each recipe, from windows that had closed by then."""
    found = []
    for cutoff in tests:
        train = thinned(closed_before(panel, cutoff, horizon_days))
        test = panel[panel["cutoff"] == cutoff]
        for name, recipe in recipes.items():
            found.append(
                test[["cutoff", "customer_id", "churned"]].assign(
                    recipe=name, forecast=recipe(train, test, horizon_days)
                )
            )
    return pd.concat(found, ignore_index=True)


def identified_share(sales: pd.DataFrame) -> float | None:
    """Return the share of net sales whose customer is known, of the newest twelve months.

    Parameters
    ----------
    sales : DataFrame, one row per month, channel and shop
        The mart `identified_sales`: `month_on`, `net_amount`, `known_amount`.

    Returns
    -------
    float in [0, 1], or None where nothing was sold
    """
    month = pd.to_datetime(sales["month_on"])
    recent = sales[month > month.max() - pd.DateOffset(months=12)]
    net = float(recent["net_amount"].sum())
    return min(1.0, float(recent["known_amount"].sum()) / net) if net > 0 else None


def _asked(days: int) -> Horizon:
    return Horizon(days=days, usual_gap_days=float("nan"), limited=False, given=True)


def _tests(panel: pd.DataFrame, as_of: date, horizon_days: int) -> list[pd.Timestamp]:
    """Return the cut-offs to judge on: whole horizons back, with enough to learn from before."""
    found = []
    for cutoff in sorted_cutoffs(panel):
        back = (pd.Timestamp(as_of) - cutoff).days
        if back == 0 or back % horizon_days:
            continue
        known = closed_before(panel, cutoff, horizon_days)
        told_apart = known["churned"].any() and not known["churned"].all()
        if known["cutoff"].nunique() >= MIN_TRAINING_CUTOFFS and told_apart:
            found.append(cutoff)
    return found[-TESTS:]


def _last_window(panel: pd.DataFrame, cutoff: pd.Timestamp, horizon_days: int) -> dict[str, Any]:
    """Say what came true in the newest closed window, to set today's forecast beside."""
    then = panel[(panel["cutoff"] == cutoff) & (panel["days_since"] < ACTIVE_DAYS)]
    return {
        "last_silent": int(then["churned"].sum()),
        "last_active": len(then),
        "last_until": (cutoff + pd.Timedelta(days=horizon_days)).date(),
    }
