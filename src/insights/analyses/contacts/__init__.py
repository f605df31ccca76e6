"""Contacts: how much of the pool is alive, what wears it out, and what warns of it?

Stands on results, charts and models. Reads no file and no database: give it frames.
"""

from insights.analyses.contacts.first_reply import FirstReply, first_reply
from insights.analyses.contacts.pushes import Pushes, pushes
from insights.analyses.contacts.states import Pool, pool, state_of
from insights.analyses.contacts.warning import EarlyWarning, early_warning
from insights.periods import let_read_days

__all__ = [
    "EarlyWarning",
    "FirstReply",
    "Pool",
    "Pushes",
    "early_warning",
    "first_reply",
    "pool",
    "pushes",
    "state_of",
]

let_read_days(globals(), __all__)
