"""Customers: how often, for how long, where and what would each buy, if nobody did anything?

Pareto/NBD: purchases while alive are Poisson at a rate of one's own, a lifetime is exponential with
a rate of one's own, both Gamma over customers and independent of each other.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from insights.demo.world.brand import CATEGORIES
from insights.demo.world.calendar import Calendar
from insights.demo.world.columns import NEVER, Bools, Columns, Floats, Ints
from insights.demo.world.draws import Draws
from insights.demo.world.parameters import Parameters

YEAR = 365.0
LAUNCH_DAYS = 60.0
TOPICS = ("穿搭", "面料", "新品", "故事", "福利", "育儿")
CITIES = (
    (("上海", "上海市"), ("浙江省", "杭州市"), ("江苏省", "南京市")),
    (("广东省", "广州市"), ("广东省", "深圳市"), ("福建省", "厦门市")),
    (("北京", "北京市"), ("天津", "天津市"), ("山东省", "青岛市")),
    (("四川省", "成都市"), ("重庆", "重庆市"), ("云南省", "昆明市")),
)
REGION_WEIGHTS = (0.40, 0.25, 0.20, 0.15)


@dataclass(frozen=True, eq=False)
class Customers(Columns):
    """People of the world, one row each. Days count from the world's first, with fractions."""

    who: Ints
    rate: Floats  # purchases a year
    drop: Floats  # a year; 1 / expected lifetime
    born: Floats  # first purchase; NEVER for who never buys
    life: Floats  # days from the first purchase to leaving for good
    prospect: Bools  # adds the brand before buying anything
    segment: Ints
    spend: Floats  # standard normal: how dear are the things this customer chooses
    home: Ints  # channel
    hunter: Bools
    category: Ints
    topic: Ints
    responsive: Floats  # logit, added to that of a content
    region: Ints
    city: Ints  # within the region
    female: Bools
    birth_month: Ints

    @property
    def gone(self) -> Floats:
        """Day on which a customer leaves for good; NEVER for who never comes."""
        return np.minimum(self.born + self.life, NEVER)


def customers(draws: Draws, parameters: Parameters, calendar: Calendar, who: Ints) -> Customers:
    """Draw the people with these numbers."""
    rate = _gamma(draws, "rate", who, parameters.rate_shape)
    rate *= parameters.rate_mean / parameters.rate_shape
    drop = _gamma(draws, "drop", who, parameters.drop_shape) / parameters.drop_scale_years
    prospect = draws.happens("prospect", who, parameters.prospects)
    region = draws.pick("region", who, np.array(REGION_WEIGHTS))
    return Customers(
        who=who,
        rate=rate,
        drop=drop,
        born=np.where(prospect, float(NEVER), _born(draws, parameters, calendar, who)),
        life=np.minimum(draws.exponential("life", who) / drop * YEAR, NEVER / 2),
        prospect=prospect,
        segment=np.searchsorted(parameters.segment_edges, rate).astype(np.int64),
        spend=draws.normal("spend", who),
        home=draws.pick("home", who, np.array(parameters.home)),
        hunter=draws.happens("hunter", who, parameters.hunters),
        category=draws.pick("category", who, np.ones(len(CATEGORIES))),
        topic=draws.pick("topic", who, np.ones(len(TOPICS))),
        responsive=0.9 * draws.normal("responsive", who),
        region=region,
        city=draws.pick("city", who, np.array([3.0, 2.0, 1.0])),
        female=draws.happens("female", who, 0.86),
        birth_month=1 + draws.pick("birth month", who, np.ones(12)),
    )


def channel_weights(parameters: Parameters, home: Ints) -> Floats:
    """Return how likely each customer is to buy in each channel on an average day."""
    base = np.array(parameters.home)
    weight = np.tile(base * (1 - parameters.loyalty), (home.size, 1))
    weight[np.arange(home.size), home] += parameters.loyalty
    return weight


def standing(rate: Floats, parameters: Parameters) -> Floats:
    """Return how good a customer is: the logarithm of the pace, about 0 on average, spread 1."""
    return np.asarray(np.clip(np.log(rate / parameters.rate_mean) + 0.5, -3, 3) / 1.1)


def _born(draws: Draws, parameters: Parameters, calendar: Calendar, who: Ints) -> Floats:
    aim = draws.uniform("born", who)
    early = parameters.launch_share
    launch = aim / early * min(LAUNCH_DAYS, calendar.days)
    spent = np.clip((aim - early) / (1 - early), 0, 1) * calendar.elapsed[0, -1]
    later = calendar.moment(spent, np.zeros(who.size, bool))
    return np.where(aim < early, launch, later)


def _gamma(draws: Draws, stream: str, who: Ints, shape: float) -> Floats:
    return np.asarray(np.maximum(gammaincinv(shape, draws.uniform(stream, who)), 1e-6))
