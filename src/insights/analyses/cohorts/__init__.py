"""Cohorts: do the customers we win come back, what are they worth, and how soon do they return?

Stands on results, charts and models. Reads no file and no database: give it frames.
"""

from insights.analyses.cohorts.retention import Retention, retention
from insights.analyses.cohorts.sales import Sales, sales
from insights.analyses.cohorts.second_purchase import SecondPurchase, second_purchase
from insights.analyses.cohorts.value import CumulativeValue, cumulative_value

__all__ = [
    "CumulativeValue",
    "Retention",
    "Sales",
    "SecondPurchase",
    "cumulative_value",
    "retention",
    "sales",
    "second_purchase",
]
