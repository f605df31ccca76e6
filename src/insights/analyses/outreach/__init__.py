"""Outreach: whom to contact, who is held out by lot, and what did contacting change?

Stands on results, charts and models. Reads no file and no database: give it frames.
"""

from insights.analyses.outreach.drawing import campaign_of, lots_of, watched
from insights.analyses.outreach.listing import Listing, Terms, listing, lot, week_of
from insights.analyses.outreach.profit import Profit, profit
from insights.analyses.outreach.readout import Readout, readout

__all__ = [
    "Listing",
    "Profit",
    "Readout",
    "Terms",
    "campaign_of",
    "listing",
    "lot",
    "lots_of",
    "profit",
    "readout",
    "watched",
    "week_of",
]
