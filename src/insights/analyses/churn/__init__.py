"""Churn: which customers will probably buy nothing in the next weeks, and how right were we before?

Stands on results, charts and models. Reads no file and no database: give it frames.

A study comes first (`study`): the panel of past cut-offs, the audit that no feature knows what came
after its own, and every rival forecast. What it shows are `exposure` (how many, how much),
`at_risk` (who and why), `backtest` and `calibration` (how right), `groups` (right for whom),
`drivers` (what it goes by), `drift` (whether it still applies), `lapsed` (who comes back) and
`explain` (one customer). Two other ways to leave have forecasts of their own: `leaving_friends` and
`leaving_members`. Where customers are millions, the study is of a sample, and `for_everyone` scores
the others in a stream.
"""

from insights.analyses.churn.active import scored
from insights.analyses.churn.at_risk import AtRisk, at_risk
from insights.analyses.churn.backtest import Backtest, backtest
from insights.analyses.churn.calibration import Calibration, calibration
from insights.analyses.churn.card import Card, card
from insights.analyses.churn.drift import Drift, drift
from insights.analyses.churn.drivers import Drivers, drivers
from insights.analyses.churn.everyone import Everyone, for_everyone
from insights.analyses.churn.explanation import Explanation, explain
from insights.analyses.churn.exposure import Exposure, exposure
from insights.analyses.churn.groups import Groups, groups
from insights.analyses.churn.horizon import Horizon, horizon
from insights.analyses.churn.lapsed import Lapsed, lapsed, lapsed_customers
from insights.analyses.churn.leaving import (
    Leaving,
    leaving_friends,
    leaving_members,
)
from insights.analyses.churn.leaving_panel import leaving_cutoffs
from insights.analyses.churn.panel import audit, cutoffs
from insights.analyses.churn.scoring import ScoringModel
from insights.analyses.churn.study import Study, identified_share, study
from insights.analyses.churn.worth import Worth, worth
from insights.periods import let_read_days

__all__ = [
    "AtRisk",
    "Backtest",
    "Calibration",
    "Card",
    "Drift",
    "Drivers",
    "Everyone",
    "Explanation",
    "Exposure",
    "Groups",
    "Horizon",
    "Lapsed",
    "Leaving",
    "ScoringModel",
    "Study",
    "Worth",
    "at_risk",
    "audit",
    "backtest",
    "calibration",
    "card",
    "cutoffs",
    "drift",
    "drivers",
    "explain",
    "exposure",
    "for_everyone",
    "groups",
    "horizon",
    "identified_share",
    "lapsed",
    "lapsed_customers",
    "leaving_cutoffs",
    "leaving_friends",
    "leaving_members",
    "scored",
    "study",
    "worth",
]

let_read_days(globals(), __all__)
