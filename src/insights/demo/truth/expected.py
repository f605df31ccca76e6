"""Expected: given what a customer is, what will happen? What forecasts are held against."""

import numpy as np

from insights.demo.world import Block, World
from insights.demo.world.brand import CATEGORIES, PRODUCTS_EACH
from insights.demo.world.columns import Floats
from insights.demo.world.customers import YEAR, Customers, channel_weights
from insights.demo.world.memberships import PAID
from insights.demo.world.orders import DISCOUNTS, LINES
from insights.demo.world.purchases import decline

_GRID = (np.arange(32) + 0.5) / 32


def no_purchase(world: World, found: Block, day: int, horizon_days: int) -> Floats:
    """Return the true chance that each customer buys nothing in the days after a day.

    It knows the customer's pace, rate of leaving, friendship and membership, and whether the
    customer has left; it does not know when the customer will leave. NaN before the first purchase.
    A purchase that is given back whole is none.

    Notes
    -----
    While alive purchases come at rate a and leaving at rate m, so that the chance of a purchase
    before leaving and within H is a / (a + m) * (1 - exp(-(a + m) H)).
    """
    people = found.people
    buying = pace(world, found, day, horizon_days) * kept_share(world, people)
    leaving = people.drop / YEAR
    both = buying + leaving
    chance = buying / both * -np.expm1(-both * horizon_days)
    chance = np.where(people.gone > day + 1, chance, 0.0)
    return np.where(people.born < day + 1, 1 - chance, np.nan)


def expected_net(world: World, found: Block, day: int, horizon_days: int) -> Floats:
    """Return the net yuan that each customer is expected to spend in the days after a day."""
    people = found.people
    leaving = people.drop / YEAR
    lived = -np.expm1(-leaving * horizon_days) / leaving
    count = pace(world, found, day, horizon_days) * lived
    alive = (people.born < day + 1) & (people.gone > day + 1)
    return np.where(alive, count * order_yuan(world, people) * kept_share(world, people), 0.0)


def pace(world: World, found: Block, day: int, horizon_days: int) -> Floats:
    """Return purchases a day, averaged over the days after a day.

    Beyond the end of the world every day is an average one.
    """
    people, calendar = found.people, world.calendar
    end = min(day + 1 + horizon_days, calendar.days)
    inside = max(end - day - 1, 0)
    start = min(day + 1, calendar.days)
    lived = calendar.elapsed[:, end] - calendar.elapsed[:, start] + (horizon_days - inside)
    season = (lived / horizon_days)[people.hunter.astype(np.int64)]
    effects = world.parameters.effects
    joined, left, staff = found.friends.of_customers(len(people))
    friend = (joined < day + 1) & (left > day + 1)
    lift = np.array(effects.join_lift)[people.segment] * np.exp(world.setting.staff.skill[staff])
    level = np.where(friend, 1 + lift, 1.0)
    years = found.memberships.take(found.memberships.program == PAID)
    now = years.take((years.started < day + 1) & (years.ended > day + 1))
    level[now.row] *= 1 + effects.member_lift
    level *= 1 - decline(world.parameters, calendar, people.region, np.full(len(people), day + 1))
    return np.asarray(people.rate / YEAR * season * level)


def kept_share(world: World, people: Customers) -> Floats:
    """Return the share of each customer's orders that is not given back whole."""
    parameters = world.parameters
    back = np.array(parameters.refund_soon) + np.array(parameters.refund_late)
    several = 1 - LINES[0]
    whole = back * (1 - parameters.part_refund * several)
    weight = channel_weights(parameters, people.home)
    return np.asarray(1 - (weight * whole).sum(axis=1) / weight.sum(axis=1))


def order_yuan(world: World, people: Customers) -> Floats:
    """Return the mean amount of an order of each customer, in yuan."""
    price = world.setting.products.price.reshape(len(CATEGORIES), PRODUCTS_EACH) / 100
    place = _GRID[None, :] ** np.exp(-0.9 * people.spend)[:, None]
    position = (place * PRODUCTS_EACH).astype(np.int64)
    typical = price[:, position].mean(axis=2)  # category x customer
    own = typical[people.category, np.arange(len(people))]
    mean = 0.55 * own + 0.45 * typical.mean(axis=0)
    weight = channel_weights(world.parameters, people.home)
    off = (weight * np.array(DISCOUNTS)).sum(axis=1) / weight.sum(axis=1)
    off = off + world.calendar.discount.mean() + 0.03 * people.hunter
    lines = float(np.dot(LINES, np.arange(1, len(LINES) + 1)))
    return np.asarray(mean * (1 - off) * lines * 1.05)
