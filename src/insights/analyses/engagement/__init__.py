"""Engagement: which campaigns moved people, and which cannot be told apart?

Stands on results, charts and models. Reads no file and no database: give it frames.
"""

from insights.analyses.engagement.campaigns import CampaignScores, campaign_scores
from insights.analyses.engagement.kinds import KindScores, kind_scores
from insights.analyses.engagement.luck import Luck, luck

__all__ = ["CampaignScores", "KindScores", "Luck", "campaign_scores", "kind_scores", "luck"]
