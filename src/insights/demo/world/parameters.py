"""Parameters: everything that is planted, and what the claims behind the numbers are.

`Effects` holds what analyses look for; its fields default to nothing happening, so that the null
world is `Effects()`. What is no effect stays in every world: people differ, good customers join
more, seasons come round, live sales come back. An analysis that takes those for effects is caught.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

CHANNELS = ("tmall", "jd", "douyin", "store", "youzan", "wx_store")
TMALL, JD, DOUYIN, STORE, YOUZAN, WX_STORE = range(6)
PRIVATE = (YOUZAN, WX_STORE)
SEGMENTS = ("light", "regular", "heavy")
REGIONS = ("华东", "华南", "华北", "西南")

Three = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Effects:
    """What is caused. Zero everywhere is the null world."""

    # Extra purchases while a friend, as a share of one's own pace, by segment.
    join_lift: Three = (0.0, 0.0, 0.0)
    # Of a friend's Tmall purchases, the share placed in a private shop instead.
    moved_share: Three = (0.0, 0.0, 0.0)
    # 30-day conversion of people who had not bought: answered at once, less answered never.
    reply_gain: float = 0.0
    # Extra weekly hazard of leaving, for each mass message a week beyond the first.
    fatigue: float = 0.0
    # Extra purchases while a paid member, as a share of one's own pace.
    member_lift: float = 0.0
    # Chance of one extra order within 30 days of being called, by segment, of those not gone.
    call_uplift: Three = (0.0, 0.0, 0.0)
    # Spread (standard deviation of the logarithm) of what guides make of a friendship.
    guide_skill: float = 0.0
    # Spread of content on the logit scale, and of what a person's favourite topic adds.
    content_quality: float = 0.0
    topic_spread: float = 0.0
    taste_match: float = 0.0
    # Spread of coupon campaigns, on the logit scale of a redemption.
    campaign_quality: float = 0.0
    # Logit of a read by place in the push, against the headline.
    slots: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    # The region that tires: share of responses lost, share of purchases lost so many weeks later.
    response_decline: float = 0.0
    sales_decline: float = 0.0
    # Guides who pad their counts, and bought accounts a real contact of theirs.
    padding_guides: float = 0.0
    padding_rate: float = 0.0
    # Share of responsiveness lost by the end of the weeks before a customer leaves for good.
    fading: float = 0.0


PLANTED = Effects(
    join_lift=(0.30, 0.20, 0.10),
    moved_share=(0.25, 0.40, 0.55),
    reply_gain=0.07,
    fatigue=0.006,
    member_lift=0.15,
    call_uplift=(0.02, 0.06, 0.03),
    guide_skill=0.35,
    content_quality=0.35,
    topic_spread=0.20,
    taste_match=0.50,
    campaign_quality=0.40,
    slots=(0.0, -0.7, -1.2, -1.6),
    response_decline=0.40,
    sales_decline=0.25,
    padding_guides=0.15,
    padding_rate=2.0,
    fading=0.9,
)


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The world without its effects, which are in `effects`. Times are in the unit that is named.

    The figures in the comments are what practitioners report; see docs/demo.md.
    """

    effects: Effects = field(default_factory=Effects)

    # Pareto/NBD: rates of purchase and of leaving, a year, Gamma over customers.
    rate_shape: float = 1.1
    rate_mean: float = 2.1
    drop_shape: float = 0.9
    drop_scale_years: float = 0.9
    segment_edges: tuple[float, float] = (1.0, 3.0)  # purchases a year
    launch_share: float = 0.10  # of the customers, won in the first 60 days
    prospects: float = 0.12  # people who add the brand before they buy, if they ever do

    # Where people buy. Store buyers are the rest of a department-store business gone online.
    home: tuple[float, ...] = (0.385, 0.105, 0.285, 0.175, 0.029, 0.021)
    loyalty: float = 0.78  # share of purchases made in the home channel
    hunters: float = 0.30  # share of customers who wait for promotions

    # Joining: share by home channel for an average customer; log odds a standard deviation of pace.
    join_share: tuple[float, ...] = (0.14, 0.06, 0.08, 0.42, 0.45, 0.45)
    join_selection: float = 0.7
    join_days: float = 60.0
    second_friend: float = 0.10  # of friends, who also have an IP account
    leave_week: float = 0.004
    leave_gone: float = 3.0  # times as fast once one no longer buys
    reply_minutes: float = 35.0  # median of the first reply
    convert_never: float = 0.035  # of people who had not bought, within 30 days, if never answered

    # Members. Paid: 1,000 yuan a year with a gift worth 1,500; gifts at 5,000 / 10,000 / ... yuan.
    register_share: float = 0.38
    paid_share: float = 0.10
    paid_selection: float = 1.0
    fee_yuan: int = 1_000
    gift_value_yuan: int = 1_500
    gift_cost_yuan: int = 420
    sample_share: float = 0.03  # of members who have not bought for a year, each quarter
    sample_cost_yuan: int = 6
    renewal: float = 0.62
    renewal_gone: float = 0.05
    tiers_yuan: tuple[int, ...] = (5_000, 10_000, 50_000, 100_000)

    # Refunds: share of orders given back soon after payment and after receipt, by channel.
    # Live: 25 points right after the stream, 15 after receipt; 40-45% together.
    refund_soon: tuple[float, ...] = (0.05, 0.04, 0.265, 0.0, 0.03, 0.03)
    refund_late: tuple[float, ...] = (0.07, 0.06, 0.165, 0.02, 0.05, 0.05)
    soon_hours: float = 5.0
    late_days: float = 3.0
    part_refund: float = 0.12  # of refunds, one line only

    # Orders that are no sale, a sale: never paid, tests, samples, top-ups of a price difference.
    unpaid: float = 0.06
    tests: float = 0.0015
    gifts: float = 0.008
    trifles: float = 0.004
    presale: float = 0.30  # of Tmall orders in the weeks of a presale
    forfeited: float = 0.08  # of presales, deposit paid and never the rest

    # Contents. An account of 1 M fans gets upwards of 10,000 visits a push: about 1%.
    fans_per_customer: float = 8.0
    read_share: float = 0.0034  # of the delivered, headline of average quality
    # Posts of a real brand at about 2% have phi = 188: a spread of half the mean, kept at 0.3%.
    read_phi: float = 1_100.0
    rotated: float = 0.20  # share of pushes whose order was drawn by lot
    moments_a_week: int = 2
    # Guides who post Moments at all, by region, and what those who do post of what is issued.
    posting_guides: tuple[float, ...] = (0.95, 0.90, 0.92, 0.75)
    posted_each: float = 0.97
    like_share: float = 0.028  # of the friends of whoever posted it
    coupon_share: float = 0.05  # of coupons sent, used
    coupon_reach: float = 0.6  # of friends, sent one
    groups: float = 0.30  # of friends, in a group
    live_shown: float = 0.8  # a customer of the brand, shown a livestream on average
    live_share: float = 0.12  # of those, who come in
    group_talk: float = 0.04  # of a group's members, who say something on a day
    region_tires: int = 0  # place in REGIONS
    lead_weeks: int = 5

    # People of the brand: one guide to so many people of the world.
    people_a_guide: int = 600
    wage_yuan: int = 9_000  # a month, of whoever looks after IP and service accounts
    accounts_a_head: int = 2
    reward_yuan: int = 5  # a contact, until padding was found out
    reward_until: float = 0.55  # of the time simulated
    calls_after: float = 0.70
    silent_days: int = 60
    called: float = 0.5

    # Faults of the data: a day missing at Tmall, a month of Youzan exported twice.
    missing_at: float = 0.62
    doubled_at: float = 0.40

    def told(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return asdict(self)


WORLDS = {"default": Parameters(effects=PLANTED), "null": Parameters()}
