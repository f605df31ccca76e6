"""Outreach: whom to contact, who is held out by lot, and what did contacting change?

Stands on results, charts and models. Reads no file and no database: give it frames.
"""

from insights.analyses.outreach.drawing import campaign_of, lot, lots_of, watched
from insights.analyses.outreach.listing import Listing, listing
from insights.analyses.outreach.profit import Profit, profit
from insights.analyses.outreach.readout import Readout, readout
from insights.analyses.outreach.terms import (
    AT_RISK,
    WIN_BACK,
    Purpose,
    Terms,
    purpose_of,
    week_of,
)
from insights.periods import let_read_days

__all__ = [
    "AT_RISK",
    "WIN_BACK",
    "Listing",
    "Profit",
    "Purpose",
    "Readout",
    "Terms",
    "campaign_of",
    "listing",
    "lot",
    "lots_of",
    "profit",
    "purpose_of",
    "readout",
    "watched",
    "week_of",
]

let_read_days(globals(), __all__)
