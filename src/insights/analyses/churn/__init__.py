"""Churn: which customers will probably buy nothing in the next weeks, and how right were we before?

Stands on results, charts and models. Reads no file and no database: give it frames.

A study comes first (`study`): the panel of past cut-offs, the audit that no feature knows what came
after its own, and every rival forecast. What it shows are `exposure` (how many, how much),
`at_risk` (who and why), `backtest` and `calibration` (how right).
"""

from insights.analyses.churn.at_risk import AtRisk, at_risk
from insights.analyses.churn.backtest import Backtest, backtest
from insights.analyses.churn.calibration import Calibration, calibration
from insights.analyses.churn.exposure import Exposure, exposure
from insights.analyses.churn.panel import audit, cutoffs
from insights.analyses.churn.study import Study, study

__all__ = [
    "AtRisk",
    "Backtest",
    "Calibration",
    "Exposure",
    "Study",
    "at_risk",
    "audit",
    "backtest",
    "calibration",
    "cutoffs",
    "exposure",
    "study",
]
