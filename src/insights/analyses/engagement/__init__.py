"""Engagement: which content moves people, what is it worth, and when do they tire of us?

Stands on results, charts and models. Reads no file and no database: give it frames.
"""

from insights.analyses.engagement.affinity import Affinity, affinity, cut_offs
from insights.analyses.engagement.aged import Aged, aged
from insights.analyses.engagement.ages import ANSWERS, at_age
from insights.analyses.engagement.alarms import Alarms, alarms
from insights.analyses.engagement.answered import Answered, answered
from insights.analyses.engagement.by_channel import (
    ChannelScores,
    channel_scores,
    leading_kind,
    of_channel,
)  # fmt: skip
from insights.analyses.engagement.campaigns import CampaignScores, campaign_scores
from insights.analyses.engagement.coupon_uplift import CouponUplift, coupon_uplift
from insights.analyses.engagement.drivers import Drivers, drivers
from insights.analyses.engagement.execution import Execution, execution
from insights.analyses.engagement.experiment import experiments
from insights.analyses.engagement.fatigue import Fatigue, fatigue
from insights.analyses.engagement.funnel import Funnel, funnel
from insights.analyses.engagement.group_buys import GroupBuys, group_buys
from insights.analyses.engagement.kinds import KindScores, kind_scores
from insights.analyses.engagement.leads import Leads, leads
from insights.analyses.engagement.lifetimes import Lifetimes, lifetimes
from insights.analyses.engagement.lives import ProductLives, product_lives
from insights.analyses.engagement.luck import Luck, luck
from insights.analyses.engagement.money import margin
from insights.analyses.engagement.next_content import NextContent, next_content
from insights.analyses.engagement.overlap import Overlap, overlap
from insights.analyses.engagement.push_days import with_pushes
from insights.analyses.engagement.readout import Readout, readout
from insights.analyses.engagement.score import ContentScores, content_scores
from insights.analyses.engagement.slot_days import SlotDays, slot_days
from insights.analyses.engagement.slots import SlotEffects, slot_effects
from insights.analyses.engagement.stages import Stages, stages
from insights.analyses.engagement.styles import Styles, styles
from insights.analyses.engagement.testers import Testers, testers
from insights.analyses.engagement.wci import BesideScore, beside_score, wci
from insights.analyses.engagement.worth import Worth, worth
from insights.periods import let_read_days

__all__ = [
    "ANSWERS",
    "Affinity",
    "Aged",
    "Alarms",
    "Answered",
    "BesideScore",
    "CampaignScores",
    "ChannelScores",
    "ContentScores",
    "CouponUplift",
    "Drivers",
    "Execution",
    "Fatigue",
    "Funnel",
    "GroupBuys",
    "KindScores",
    "Leads",
    "Lifetimes",
    "Luck",
    "NextContent",
    "Overlap",
    "ProductLives",
    "Readout",
    "SlotDays",
    "SlotEffects",
    "Stages",
    "Styles",
    "Testers",
    "Worth",
    "affinity",
    "aged",
    "alarms",
    "answered",
    "at_age",
    "beside_score",
    "campaign_scores",
    "channel_scores",
    "content_scores",
    "coupon_uplift",
    "cut_offs",
    "drivers",
    "execution",
    "experiments",
    "fatigue",
    "funnel",
    "group_buys",
    "kind_scores",
    "leading_kind",
    "leads",
    "lifetimes",
    "luck",
    "margin",
    "next_content",
    "of_channel",
    "overlap",
    "product_lives",
    "readout",
    "slot_days",
    "slot_effects",
    "stages",
    "styles",
    "testers",
    "wci",
    "with_pushes",
    "worth",
]

let_read_days(globals(), __all__)
