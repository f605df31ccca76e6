"""Requirements: how much must be known before a forecast is more than a guess?"""

from typing import Any

from insights.results import NotEnoughData
from insights.wording import _

MIN_CUSTOMERS = 500
MIN_HISTORY_DAYS = 180
MIN_REPEATERS = 50  # Customers with at least three purchase days, to learn a habit from.
MIN_TRAINING_CUTOFFS = 2
SEASON_DAYS = 364

TITLE = _("Who will probably stop buying")


def too_little(facts: dict[str, Any]) -> NotEnoughData:
    """Refuse a study of too few customers, days or third purchases."""
    return NotEnoughData(
        title=TITLE,
        because=_(
            "There are {customers:count} customers, {history:days} of history and "
            "{repeaters:count} customers with a third purchase: a forecast would be a guess."
        ),
        needs=_(
            "Needed: {min_customers:count} customers, {min_history:days} of history, "
            "{min_repeaters:count} customers with a third purchase, and several windows of "
            "{horizon:days} that have closed."
        ),
        facts=facts,
    )


def no_windows(facts: dict[str, Any]) -> NotEnoughData:
    """Refuse a horizon that the past cannot try."""
    return NotEnoughData(
        title=TITLE,
        because=_(
            "Only {closed:count} windows of {horizon:days} have closed in {history:days} of "
            "history: no forecast of that length could be tried on the past."
        ),
        needs=_("Needed: {needed:count} closed windows. Ask for a shorter horizon, or wait."),
        facts=facts,
    )


def nothing_to_tell_apart(facts: dict[str, Any]) -> NotEnoughData:
    """Refuse where all did the same: what makes customers differ cannot be learned."""
    return NotEnoughData(
        title=TITLE,
        because=_(
            "In every window of {horizon:days} that has closed, all customers stayed away: who "
            "will come back cannot be learned from that."
        )
        if facts["all_silent"]
        else _(
            "In every window of {horizon:days} that has closed, all customers came back: nobody "
            "was ever lost, so losing cannot be forecast."
        ),
        needs=_("Ask for another horizon, or check whether the newest orders were loaded."),
        facts=facts,
    )
