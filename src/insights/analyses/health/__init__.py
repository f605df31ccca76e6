"""Health: can these data carry the reports, and what would make them carry more?

Stands on results, charts and models. Reads no file and no database: give it frames. Other reports
take from `notes` what they must carry of it.
"""

from insights.analyses.health.accounting import Accounting, accounting
from insights.analyses.health.arrivals import Arrivals, arrivals
from insights.analyses.health.carried import Notes, notes
from insights.analyses.health.credited import Credited, credited
from insights.analyses.health.drift import Drift, drift
from insights.analyses.health.identified import Identified, identified
from insights.analyses.health.refusals import Refusals, refusals
from insights.analyses.health.settled import Settled, settled
from insights.analyses.health.unlinked import Unlinked, unlinked
from insights.periods import let_read_days

__all__ = [
    "Accounting",
    "Arrivals",
    "Credited",
    "Drift",
    "Identified",
    "Notes",
    "Refusals",
    "Settled",
    "Unlinked",
    "accounting",
    "arrivals",
    "credited",
    "drift",
    "identified",
    "notes",
    "refusals",
    "settled",
    "unlinked",
]

let_read_days(globals(), __all__)
