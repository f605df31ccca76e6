"""Engagement: which content moves people, what is it worth, and when do they tire of us?

Stands on results, charts and models. Reads no file and no database: give it frames.
"""

from insights.analyses.engagement.alarms import Alarms, alarms
from insights.analyses.engagement.campaigns import CampaignScores, campaign_scores
from insights.analyses.engagement.fatigue import Fatigue, fatigue
from insights.analyses.engagement.funnel import Funnel, funnel
from insights.analyses.engagement.kinds import KindScores, kind_scores
from insights.analyses.engagement.leads import Leads, leads
from insights.analyses.engagement.luck import Luck, luck
from insights.analyses.engagement.money import margin
from insights.analyses.engagement.overlap import Overlap, overlap
from insights.analyses.engagement.readout import Readout, experiments, readout
from insights.analyses.engagement.worth import Worth, worth

__all__ = [
    "Alarms",
    "CampaignScores",
    "Fatigue",
    "Funnel",
    "KindScores",
    "Leads",
    "Luck",
    "Overlap",
    "Readout",
    "Worth",
    "alarms",
    "campaign_scores",
    "experiments",
    "fatigue",
    "funnel",
    "kind_scores",
    "leads",
    "luck",
    "margin",
    "overlap",
    "readout",
    "worth",
]
