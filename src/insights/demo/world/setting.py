"""The setting: what all people of a world share."""

from dataclasses import dataclass

from insights.demo.world.brand import Products, Staff
from insights.demo.world.calendar import Calendar
from insights.demo.world.campaigns import Campaigns
from insights.demo.world.columns import Ints
from insights.demo.world.contents import Contents
from insights.demo.world.draws import Draws
from insights.demo.world.parameters import Parameters


@dataclass(frozen=True, eq=False)
class Setting:
    """Chance, what is planted, and what the brand is and does.

    `doses` has one row an account and one column a week: mass messages sent.
    """

    draws: Draws
    parameters: Parameters
    calendar: Calendar
    products: Products
    staff: Staff
    doses: Ints
    contents: Contents
    campaigns: Campaigns
