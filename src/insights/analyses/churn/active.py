"""Active customers with what is at stake: the ground that exposure and the list both stand on."""

import numpy as np
import pandas as pd

from insights.analyses.churn.recipe import usual_gap_days
from insights.analyses.churn.study import ACTIVE_DAYS, Study
from insights.wording import _

MORE_LIKELY_THAN_NOT = 0.5
OVERDUE = 2.0
SLOWER = 0.5

REASON_OVERDUE = _("silent for more than twice the usual gap")
REASON_SLOWER = _("bought less than half as often in the last four weeks as before")
REASON_NEW = _("bought on one day only")
REASON_RARE = _("buys seldom")


def active_customers(found: Study) -> pd.DataFrame:
    """Return the customers who bought in the last 91 days, one row each.

    Returns
    -------
    DataFrame
        `p_silent`, the chance of no purchase within the horizon, in [0, 1]; `usual_spend`, what the
        customer spends in a window of that length, from the last 91 days; `value_at_risk`, the one
        times the other (money); `days_since` and `usual_gap` in days; `reason`.
    """
    scores = found.scores
    active = scores[scores["days_since"] < ACTIVE_DAYS]
    gap = usual_gap_days(active)
    usual = active["amount_91"].astype(float).clip(lower=0) * found.horizon_days / ACTIVE_DAYS
    return pd.DataFrame(
        {
            "customer_id": active["customer_id"],
            "p_silent": active["forecast"],
            "usual_spend": usual,
            "value_at_risk": usual * active["forecast"],
            "days_since": active["days_since"],
            "usual_gap": gap,
            "reason": _reasons(active, gap),
        }
    )


def _reasons(active: pd.DataFrame, gap: pd.Series) -> np.ndarray:
    """Say what in a customer's history stands out; the first that applies."""
    before = (active["occasions_91"] - active["occasions_28"]) / (ACTIVE_DAYS - 28)
    now = active["occasions_28"] / 28
    return np.select(
        [
            active["frequency"] == 0,
            active["days_since"] > OVERDUE * gap,
            now < SLOWER * before,
        ],
        [REASON_NEW, REASON_OVERDUE, REASON_SLOWER],
        default=REASON_RARE,
    )
