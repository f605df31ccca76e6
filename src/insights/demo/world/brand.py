"""The brand itself: its goods, its stores, and the accounts that look after customers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from insights.demo.world.columns import NEVER, Bools, Columns, Floats, Ints
from insights.demo.world.draws import Draws
from insights.demo.world.parameters import REGIONS, Parameters

CATEGORIES = ("连衣裙", "上衣", "下装", "外套", "鞋包", "配饰")
SERIES = ("经典", "四季", "联名", "通勤", "度假")
TYPICAL_YUAN = (429, 259, 299, 799, 459, 129)
PRODUCTS_EACH = 20
COST_SHARE = 0.30
SHORTEST_LIFE = 8 * 7  # days from the launch of a product until it may be withdrawn
MEAN_LIFE = 40 * 7  # days more, on average
GIFT_CODE = "GIFT001"  # What is given free with other goods.

GUIDE, IP, SERVICE, PHONE, HOST = range(5)
ROLES = ("guide", "ip", "service", "phone", "host")
ROLE_WORDS = ("导购", "IP号", "客服", "电销", "主播")
OTHERS = (4, 2, 2, 2)  # accounts of the roles after guides
STORE_GUIDES = 4
MOST_A_WEEK = 4  # mass messages


@dataclass(frozen=True, eq=False)
class Products(Columns):
    """Goods, dearest last within a category. Prices in cents."""

    code: NDArray[np.str_]
    name: NDArray[np.str_]
    category: Ints
    series: Ints
    price: Ints
    cost: Ints
    launched: Ints  # day of the world; before 0 where it was sold already
    withdrawn: Ints  # day from which it is not sold any more; NEVER for what was there before

    def on_sale(self, day: Ints | int) -> Bools:
        """Return which are sold on a day, or whether each is on a day of its own."""
        return np.asarray((self.launched <= day) & (self.withdrawn > day))


@dataclass(frozen=True, eq=False)
class Staff(Columns):
    """Accounts: guides of stores first, then those of the head office."""

    code: NDArray[np.str_]
    role: Ints
    store: Ints  # -1 at the head office
    region: Ints
    hired: Ints  # days before the world begins
    skill: Floats  # logarithm of what this guide makes of a friendship
    zeal: Floats  # mass messages a week
    padding: Bools


def products(draws: Draws, days: int) -> Products:
    """Return the goods on sale."""
    number = np.arange(len(CATEGORIES) * PRODUCTS_EACH)
    category = number // PRODUCTS_EACH
    spread = np.sort(draws.normal("price", number).reshape(len(CATEGORIES), -1), axis=1).ravel()
    yuan = np.round(np.array(TYPICAL_YUAN)[category] * np.exp(0.45 * spread) / 10) * 10 - 1
    price = (np.maximum(yuan, 19) * 100).astype(np.int64)
    new = draws.happens("launched later", number, 0.25)
    launched = np.where(new, (draws.uniform("launch", number) * days * 0.8).astype(int), -30)
    # Lives of what is launched: nobody gives up at once, and then as many in each week.
    life = SHORTEST_LIFE + draws.exponential("life", number) * MEAN_LIFE
    series = draws.pick("series", number, np.ones(len(SERIES)))
    return Products(
        code=np.array([f"SKU{n + 1:04d}" for n in number]),
        name=np.array(
            [
                f"{SERIES[s]}{CATEGORIES[c]}{n % PRODUCTS_EACH + 1:02d}"
                for n, c, s in zip(number, category, series, strict=True)
            ]
        ),
        category=category,
        series=series,
        price=price,
        cost=np.round(price * COST_SHARE).astype(np.int64),
        launched=launched,
        withdrawn=np.where(new, launched + life.astype(np.int64), NEVER),
    )


def staff(draws: Draws, parameters: Parameters, customers: int) -> Staff:
    """Return the accounts; the larger the world, the more guides."""
    guides = max(12, customers // parameters.people_a_guide)
    role = np.concatenate(
        [np.zeros(guides, int), np.repeat(np.arange(1, len(ROLES)), OTHERS)]
    ).astype(np.int64)
    number = np.arange(role.size)
    guide = role == GUIDE
    store = np.where(guide, number // STORE_GUIDES, -1)
    effects = parameters.effects
    prefix = {GUIDE: "guide", IP: "ip", SERVICE: "kf", PHONE: "tel", HOST: "live"}
    within = number - np.searchsorted(role, role, side="left")
    return Staff(
        code=np.array([f"{prefix[int(r)]}{n + 1:04d}" for r, n in zip(role, within, strict=True)]),
        role=role,
        store=store,
        region=np.where(guide, store % len(REGIONS), 0),
        hired=(30 + 1500 * draws.uniform("hired", number) ** 2).astype(np.int64),
        skill=np.where(guide, effects.guide_skill * draws.normal("skill", number), 0.0),
        zeal=np.where(role <= IP, 0.2 + 2.3 * draws.uniform("zeal", number), 0.0),
        padding=guide & draws.happens("padding", number, effects.padding_guides),
    )


def doses(draws: Draws, people: Staff, weeks: int) -> Ints:
    """Return how many mass messages each account sends in each week, at most four."""
    row = np.repeat(np.arange(len(people)), weeks)
    week = np.tile(np.arange(weeks), len(people))
    sent = draws.poisson("dose", row, people.zeal[row], week)
    return np.minimum(sent, MOST_A_WEEK).reshape(len(people), weeks)
