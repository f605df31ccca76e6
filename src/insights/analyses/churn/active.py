"""Active customers with what is at stake: the ground that exposure and the list both stand on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from insights.analyses.churn.design import HABIT, HISTORY, MONEY, SILENCE, usual_gap_days
from insights.analyses.churn.explanation import by_concept, typical_parts
from insights.analyses.churn.spend import most_valuable
from insights.analyses.churn.study import ACTIVE_DAYS, Study
from insights.results import NotEnoughData
from insights.wording import _

OVERDUE = 2.0
MORE_LIKELY_THAN_NOT = 0.5
FEW = 2  # Purchases after the first.

REASON_OVERDUE = _("silent for more than twice the usual gap")
REASON_LATE = _("silent for longer than the usual gap")
REASON_SLOWER = _("bought less often in the last four weeks than before")
REASON_NEW = _("bought on one day only")
REASON_FEW = _("bought on few days so far")
REASON_SMALL = _("has spent less than most active customers")
REASON_NONE = _("no single sign stands out")
REASON_QUIET = _("silent for three months or longer")
REASONS = (REASON_OVERDUE, REASON_LATE, REASON_SLOWER, REASON_NEW, REASON_FEW, REASON_SMALL,
           REASON_NONE, REASON_QUIET)  # fmt: skip


def high_risk_from(facts: Mapping[str, Any]) -> float:
    """Return the chance of no purchase from which a customer stands out, in [0.5, 1].

    More likely than not; and where most active customers buy nothing in such a window anyway, half
    the way from that base rate to certainty, because else nearly everybody would stand out.
    """
    base = facts["last_silent"] / facts["last_active"] if facts["last_active"] else 0.0
    return max(MORE_LIKELY_THAN_NOT, (1 + base) / 2 if base > MORE_LIKELY_THAN_NOT else 0.0)


@dataclass(frozen=True)
class Ground:
    """What a customer is held against, worked out once for all: the active customers of a study."""

    parts: pd.Series
    spent: float

    @classmethod
    def of(cls, found: Study) -> Self:
        """Take the mean parts of a forecast, and the median of what active customers have spent."""
        active = found.scores[found.scores["days_since"] < ACTIVE_DAYS]
        return cls(typical_parts(found), float(active["total_amount"].astype(float).median()))


def scored(found: Study | NotEnoughData) -> pd.DataFrame | NotEnoughData:
    """Return `active_customers`, or the refusal that a study was, for a contact list."""
    return found if isinstance(found, NotEnoughData) else active_customers(found)


def active_customers(found: Study) -> pd.DataFrame:
    """Return the customers who bought in the last 91 days, one row each.

    Returns
    -------
    DataFrame
        `p_silent`, the chance of no purchase within the horizon, in [0, 1]; `usual_spend`, what the
        customer is expected to spend in it, if anything (`UsualSpend`); `value_at_risk`, the one
        times the other (money); `days_since` and `usual_gap` in days; `valuable`, whether among the
        fifth that spends most; `reason`.
    """
    if found.everyone is not None:
        return found.everyone.active
    active = found.scores[found.scores["days_since"] < ACTIVE_DAYS]
    return with_valuable(described(found, active, Ground.of(found)))


def described(found: Study, active: pd.DataFrame, ground: Ground) -> pd.DataFrame:
    """Return `active_customers` of these rows of scores, but for `valuable`."""
    gap = usual_gap_days(active)
    usual = found.usual_spend.expected(active)
    return pd.DataFrame(
        {
            "customer_id": active["customer_id"],
            "p_silent": active["forecast"],
            "usual_spend": usual,
            "value_at_risk": usual * active["forecast"],
            "days_since": active["days_since"],
            "usual_gap": gap,
            "reason": reasons(found, active, gap, ground),
        }
    )


def with_valuable(active: pd.DataFrame) -> pd.DataFrame:
    """Mark the fifth that spends most; ties go by the order of the rows."""
    return active.assign(valuable=most_valuable(active["usual_spend"]))


def reasons(found: Study, active: pd.DataFrame, gap: pd.Series, ground: Ground) -> np.ndarray:
    """Say what raises each forecast most, in words that are true of the customer.

    The concepts of the forecast are tried from the one that adds most; the first that adds at all
    and whose sentence holds for the customer's own figures is said.
    """
    if not len(active):
        return np.array([], dtype=object)
    parts = by_concept(found.forecaster.contributions(active)) - ground.parts
    before = (active["occasions_91"] - active["occasions_28"]) / (ACTIVE_DAYS - 28)
    once = active["frequency"] == 0
    true = {
        SILENCE: [
            (REASON_OVERDUE, ~once & (active["days_since"] > OVERDUE * gap)),
            (REASON_LATE, ~once & (active["days_since"] > gap)),
        ],
        HABIT: [(REASON_SLOWER, active["occasions_28"] / 28 < before)],
        HISTORY: [(REASON_NEW, once), (REASON_FEW, active["frequency"] <= FEW)],
        MONEY: [(REASON_SMALL, active["total_amount"] < ground.spent)],
    }
    said = np.full(len(active), REASON_NONE, dtype=object)
    order = np.argsort(-parts.to_numpy(), axis=1)
    # From the weakest place to the strongest, so that the strongest true one is what stays.
    for place in range(parts.shape[1] - 1, -1, -1):
        for column, concept in enumerate(parts.columns):
            here = (order[:, place] == column) & (parts[concept].to_numpy() > 0)
            for reason, holds in reversed(true[concept]):
                said[here & holds.to_numpy(bool)] = reason
    return said
