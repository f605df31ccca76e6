"""Terms: by what rules is a week's list made, and for whom is it: those at risk, or those gone?

A list of customers at risk asks who may be kept; one of lapsed customers asks who may be won back.
They are two experiments: each has its own lots, and each is read out alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Self

import pandas as pd

from insights.errors import ParameterError, did_you_mean
from insights.wording import _

SHORTEST_WINDOW = 7


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a list is made by.

    Attributes
    ----------
    capacity : int
        People whom one account can contact in the week.
    capacities : mapping of account to int >= 0
        Those of accounts that can contact another number; 0 for who is away.
    margin : float in (0, 1]
        Share of net sales that is left after the goods.
    contact_cost : float >= 0
        What one contact costs (money).
    lift : float in (0, 1)
        Difference in the share who buy that the lists together shall be able to show.
    pooled_weeks : int
        Weekly lists that are read out together.
    window_days : int
        Days after the lot in which a purchase counts; for so long nobody is drawn again.
    """

    capacity: int = 30
    capacities: Mapping[str, int] = field(default_factory=dict)
    margin: float = 0.5
    contact_cost: float = 3.0
    lift: float = 0.03
    pooled_weeks: int = 12
    window_days: int = 28

    def __post_init__(self) -> None:
        for name, good, rule in (
            ("capacity", self.capacity >= 1, "1 or more people"),
            ("capacities", min(self.capacities.values(), default=0) >= 0, "0 or more people each"),
            ("margin", 0 < self.margin <= 1, "a share above 0, up to 1"),
            ("contact_cost", self.contact_cost >= 0, "money, 0 or more"),
            ("lift", 0 < self.lift < 1, "a share between 0 and 1"),
            ("pooled_weeks", self.pooled_weeks >= 1, "1 week or more"),
            ("window_days", self.window_days >= SHORTEST_WINDOW, "7 days or more"),
        ):
            if not good:
                raise ParameterError(f"{name} is {rule}; found {getattr(self, name)}.")

    def capacity_of(self, accounts: pd.Series) -> pd.Series:
        """Return how many people each account can contact, row by row.

        Examples
        --------
        >>> Terms(capacity=30, capacities={"G2": 5}).capacity_of(pd.Series(["G1", "G2"])).tolist()
        [30, 5]
        """
        return accounts.map(self.capacities).astype("Int64").fillna(self.capacity).astype(int)

    def over(self, horizon_days: int) -> Self:
        """Return the same terms with the forecast's horizon as the window, of 7 days or more.

        One rule for all: the list on a page, the list that is handed out and the read-out look at
        the time for which the forecast was made.

        Examples
        --------
        >>> Terms().over(91).window_days, Terms().over(3).window_days
        (91, 7)
        """
        return replace(self, window_days=max(horizon_days, SHORTEST_WINDOW))


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """Whom a list is for, and how it speaks.

    `prefix` names its experiments, `capacity` is how many people an account contacts in a week
    where nothing else is said, `lists` names all weeks together; the others are messages.
    """

    name: str
    prefix: str
    capacity: int
    lists: str
    title: str
    subtitle: str
    claim: str
    whom: str
    tile: str


AT_RISK = Purpose(
    name="at_risk",
    prefix="contact",
    capacity=30,
    lists=_("Weekly contact lists"),
    title=_("Whom to contact this week"),
    subtitle=_(
        "Active customers with a standing friendship and consent, by the margin that hangs on "
        "them; {capacity:count} an account where nothing else is declared, {share:percent} held "
        "out by lot"
    ),
    claim=_(
        "This week {accounts:count} accounts contact {contact:count} customers, on whom a "
        "margin of {margin_at_risk:money} hangs, at {margin:percent} of net sales; "
        "{hold_out:count} are held out by lot, to read off the effect."
    ),
    whom=_("of {active:count} active customers"),
    tile=_("To contact this week"),
)
WIN_BACK = Purpose(
    name="win_back",
    prefix="winback",
    capacity=10,
    lists=_("Weekly win-back lists"),
    title=_("Whom to try to win back this week"),
    subtitle=_(
        "Lapsed customers with a standing friendship and consent, by the margin of one usual "
        "purchase times the chance that they are still there but will not come by themselves; "
        "{capacity:count} an account where nothing else is declared, {share:percent} held out by "
        "lot"
    ),
    claim=_(
        "To win back: this week {accounts:count} accounts write to {contact:count} lapsed "
        "customers; a margin of {margin_at_risk:money} is there to be won, at {margin:percent} of "
        "net sales; {hold_out:count} are held out by lot."
    ),
    whom=_("of {active:count} lapsed customers"),
    tile=_("To win back this week"),
)
PURPOSES = {purpose.name: purpose for purpose in (AT_RISK, WIN_BACK)}


def purpose_of(name: str) -> Purpose:
    """Return a purpose by its name.

    Raises
    ------
    ParameterError
        If there is none of that name.
    """
    if name not in PURPOSES:
        raise ParameterError(
            f"There is no list called '{name}'.{did_you_mean(name, PURPOSES)} There are: "
            f"{', '.join(PURPOSES)}."
        )
    return PURPOSES[name]


def week_of(as_of: date) -> tuple[str, date]:
    """Return the name of the week that a list made on `as_of` is for, and its Monday.

    It is the week of the day after, so that a list made on Sunday evening is for the new week.

    Examples
    --------
    >>> week_of(date(2026, 6, 28))
    ('2026-W27', datetime.date(2026, 6, 29))
    """
    after = as_of + timedelta(days=1)
    year, week, weekday = after.isocalendar()
    return f"{year}-W{week:02d}", after - timedelta(days=weekday - 1)
