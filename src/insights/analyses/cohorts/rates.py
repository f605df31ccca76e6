"""Rates: repeat rate, buy-back rate, returning share: three numbers, each by its name.

All three are shares of people in [0, 1], over the same window; they are often quoted as one.

- repeat rate 复购率: of the buyers of the window, those with two purchase occasions or more in it
- buy-back rate 回购率: of the buyers of the window before, those who bought again in this one
- returning share 老客占比: of the buyers of the window, those who had bought before it
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.cohorts.definition import CONFIDENCE
from insights.analyses.cohorts.drawing import shares
from insights.analyses.cohorts.occasions import (
    Occasions,
    as_date,
    day_number,
    gap_caveat,
    occasions_of,
)
from insights.errors import ParameterError
from insights.models.gaps import gap_facts
from insights.models.intervals import wilson
from insights.results import Claim, Column, NotEnoughData, Result, nobody_known
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REPEAT = _("Repeat rate")
BUY_BACK = _("Buy-back rate")
RETURNING = _("Returning share")
_OF = {
    REPEAT: _("buyers of the window"),
    BUY_BACK: _("buyers of the window before"),
    RETURNING: _("buyers of the window"),
}
_WHO = {
    REPEAT: _("bought on two days or more in it"),
    BUY_BACK: _("bought again in the window"),
    RETURNING: _("had bought before it"),
}
YEAR = 365  # Days: who buys once a season is not seen before in fewer.
TRUNCATED = 0.01  # Where half of the history moves the share by so much, so may what is missing.
_TITLE = _("Three rates that are often confused")


@dataclass(frozen=True, eq=False, kw_only=True)
class Rates(Result):
    """The three rates over one window. One row per rate; shares in [0, 1] with interval."""

    name = "rates"
    columns = {
        "rate": Column(_("Rate"), "said"),
        "share": Column(_("Share"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
        "of": Column(_("Of whom"), "said"),
        "who": Column(_("Who counts"), "said"),
        "customers": Column(_("Of how many"), "count", people=True),
        "counted": Column(_("Counted"), "count"),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw the three side by side."""
        return shares(self.table, name="rate", xlabel=_("share"))


def rates(
    purchases: pd.DataFrame | Occasions,
    *,
    as_of: date,
    data_from: date | None = None,
    window_days: int = 90,
    min_customers: int = 30,
) -> Rates | NotEnoughData:
    """Measure the three rates over the last `window_days` days.

    Parameters
    ----------
    purchases : DataFrame, one row per paid order, or per customer and day
        Needs ``customer_id`` and ``paid_at``.
    as_of : date
        Last day of complete data, and of the window.
    data_from : date, optional
        First day of data; a rate that looks further back is left out. Whoever bought only before it
        looks new: a caveat says so where the history is short of a year, or where half of it would
        find fewer who return.
    window_days : int, default 90
        Length of the window and of the one before it.
    min_customers : int, default 30
        Fewer buyers in the window are not enough.

    Returns
    -------
    Rates or NotEnoughData
    """
    if window_days < 1:
        raise ParameterError(f"window_days must be 1 or more; found {window_days}.")
    seen = occasions_of(purchases, as_of=as_of)
    begin = seen.as_of - window_days + 1
    inside = seen.day >= begin
    before = (seen.day >= begin - window_days) & ~inside
    people = len(seen.ids)
    bought = np.bincount(seen.who[inside], minlength=people)
    earlier = np.bincount(seen.who[before], minlength=people) > 0
    ever = np.bincount(seen.who[~inside], minlength=people) > 0
    starts = int(seen.first.min()) if people else seen.as_of
    known_from = max(starts, day_number(data_from)) if data_from else starts
    counts = {
        REPEAT: (int((bought > 0).sum()), int((bought > 1).sum())),
        BUY_BACK: (int(earlier.sum()), int((earlier & (bought > 0)).sum())),
        RETURNING: (int((bought > 0).sum()), int(((bought > 0) & ever).sum())),
    }
    reaches = begin - window_days >= known_from
    lately = ~inside & (seen.day >= begin - (begin - known_from) // 2)
    half = (bought > 0) & (np.bincount(seen.who[lately], minlength=people) > 0)
    facts: dict[str, Any] = {
        "as_of": as_of,
        "begin": as_date(begin),
        "window": window_days,
        "before_begin": as_date(begin - window_days),
        "confidence": CONFIDENCE,
        "min_customers": min_customers,
        "customers": counts[REPEAT][0],
        "history": max(0, begin - known_from),
        "known_from": as_date(known_from),
        **gap_facts(seen.gaps),
    }
    if not people:
        return nobody_known(_TITLE, facts)
    if facts["customers"] < min_customers or begin < known_from:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{customers:count} customers bought in the {window:days} to {as_of:day}, or the "
                "data do not reach back so far."
            ),
            needs=_(
                "Needed: at least {min_customers:count} buyers within {window:days} that the data "
                "cover."
            ),
            facts=facts,
        )
    asked = [REPEAT, BUY_BACK, RETURNING] if reaches else [REPEAT]
    table = pd.DataFrame(
        {
            "rate": asked,
            "customers": [counts[name][0] for name in asked],
            "counted": [counts[name][1] for name in asked],
            "of": [_OF[name] for name in asked],
            "who": [_WHO[name] for name in asked],
        }
    )
    low, high = wilson(table["counted"], table["customers"], confidence=CONFIDENCE)
    table = table.assign(share=table["counted"] / table["customers"], low=low, high=high)
    names = {REPEAT: "repeat", BUY_BACK: "buy_back", RETURNING: "returning"}
    facts |= {names[row.rate]: row.share for row in table.itertuples()}
    facts["half_returning"] = int(half.sum()) / facts["customers"]
    whole = "buy_back" in facts and facts["buy_back"] == facts["buy_back"]
    return Rates(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=(
            Claim(
                key="rates",
                place="evidence",
                message=_(
                    "In the {window:days} to {as_of:day}: repeat rate {repeat:percent}, buy-back "
                    "rate {buy_back:percent}, returning share {returning:percent}; each answers "
                    "another question."
                )
                if whole
                else _("In the {window:days} to {as_of:day} the repeat rate is {repeat:percent}."),
            ),
        ),
        caveats=_caveats(facts, reaches),
        title=_TITLE,
        subtitle=_(
            "Window: {begin:day} to {as_of:day}; the window before begins on {before_begin:day}. "
            "{confidence:percent} Wilson intervals"
        ),
        meaning=_("Name the rate when you quote it: they move for different reasons."),
        alt=_("Dot chart of repeat rate, buy-back rate and returning share."),
    )


def _caveats(facts: dict[str, Any], reaches: bool) -> tuple[str, ...]:
    caveats = list(gap_caveat(facts))
    if not reaches:
        caveats.append(
            _(
                "The data reach back {history:days} before the window: too short for the buy-back "
                "rate and the returning share."
            )
        )
    elif facts["history"] < YEAR or facts["returning"] - facts["half_returning"] > TRUNCATED:
        caveats.append(
            _(
                "The returning share may be too low: the data start on {known_from:day}, "
                "{history:days} before the window, and whoever bought only before that looks new. "
                "By the newer half of these days alone it would be {half_returning:percent}."
            )
        )
    return tuple(caveats)
