"""Membership: do paid members renew, does the card pay for itself, and what do gifts and paths do?

Stands on results, charts and models. Reads no file and no database: give it frames.
"""

from insights.analyses.membership.break_even import BreakEven, break_even
from insights.analyses.membership.climb import Climb, climb
from insights.analyses.membership.entry import Entry, entry
from insights.analyses.membership.gifts import Gifts, gifts
from insights.analyses.membership.pace import Pace, pace
from insights.analyses.membership.payback import Payback, payback
from insights.analyses.membership.renewal import Renewal, renewal
from insights.analyses.membership.spending import of_members
from insights.analyses.membership.steps import Steps, joining_steps
from insights.periods import let_read_days

__all__ = [
    "BreakEven",
    "Climb",
    "Entry",
    "Gifts",
    "Pace",
    "Payback",
    "Renewal",
    "Steps",
    "break_even",
    "climb",
    "entry",
    "gifts",
    "joining_steps",
    "of_members",
    "pace",
    "payback",
    "renewal",
]

let_read_days(globals(), __all__)
