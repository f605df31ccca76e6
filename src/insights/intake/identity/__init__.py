"""Identity: which ids belong to one person, as far as exact evidence says; and why."""

from insights.intake.identity.explaining import Case, Link, Step, cases, why
from insights.intake.identity.finding import customer_of, phone_ref
from insights.intake.identity.grouping import GUARDS, Guards
from insights.intake.identity.resolving import Resolved, resolve

__all__ = [
    "GUARDS",
    "Case",
    "Guards",
    "Link",
    "Resolved",
    "Step",
    "cases",
    "customer_of",
    "phone_ref",
    "resolve",
    "why",
]
