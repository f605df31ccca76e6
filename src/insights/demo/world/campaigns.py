"""Campaigns: the marketing calendar, promotions of the year and a member day a month."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from insights.demo.world.calendar import Calendar
from insights.demo.world.columns import Columns, Floats, Ints
from insights.demo.world.draws import Draws
from insights.demo.world.parameters import Parameters

MEMBER_DAY_ON = 18  # of the month
RUN_DAYS = 7


@dataclass(frozen=True, eq=False)
class Campaigns(Columns):
    """The marketing calendar: promotions of the year, and a member day each month."""

    number: Ints
    name: NDArray[np.str_]
    slot: NDArray[np.str_]
    begins: Ints  # day
    ends: Ints  # last day
    quality: Floats  # logit, added to that of an average campaign


def campaigns(draws: Draws, parameters: Parameters, calendar: Calendar) -> Campaigns:
    """Return the campaigns that lie within the world."""
    rows = [
        (name, name.split(" ", 1)[1], begin, end) for name, begin, end in calendar.named_seasons()
    ]
    for month in range(calendar.month_of(calendar.on(calendar.days - 1)) + 1):
        months = calendar.first.year * 12 + calendar.first.month - 1 + month
        on = date(months // 12, months % 12 + 1, MEMBER_DAY_ON)
        begin = (on - calendar.first).days
        rows.append((f"{on:%Y-%m} 会员日", "会员日", begin, begin + RUN_DAYS - 1))
    rows.sort(key=lambda row: (row[2], row[0]))
    number = np.arange(len(rows))
    return Campaigns(
        number=number,
        name=np.array([row[0] for row in rows]),
        slot=np.array([row[1] for row in rows]),
        begins=np.array([row[2] for row in rows]),
        ends=np.array([row[3] for row in rows]),
        quality=parameters.effects.campaign_quality * draws.normal("campaign quality", number),
    )
