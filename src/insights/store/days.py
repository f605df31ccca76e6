"""For which days can a lake answer? From its first day with data to soon after its last."""

from datetime import date, datetime, timedelta

from insights.errors import EmptyLake, OutsideData
from insights.settings import Brand
from insights.store.loads import Current

MAX_GAP_DAYS = 7  # Beyond this, days without data would be read as days without customers.


def check_as_of(found: Current | None, brand: Brand, as_of: date | None) -> date:
    """Return the day a question is asked for: the given one, or the last day with data.

    Raises
    ------
    EmptyLake
        If the brand has no orders.
    OutsideData
        If the day lies before the first day of data or too far after the last one.
    """
    if found is None or found.first_day is None or found.last_day is None:
        raise EmptyLake(
            f"The lake of '{brand.name}' has no orders yet. Load some: "
            f"`insights ingest PATH --brand {brand.name}` (for the bundled retailer: "
            "`insights ingest completejourney`)."
        )
    asked = as_of or found.last_day
    if isinstance(asked, datetime):
        asked = asked.date()
    if asked < found.first_day:
        raise OutsideData(
            f"as_of {asked} lies before the data: the first order of '{brand.name}' is of "
            f"{found.first_day}, the last of {found.last_day}. Ask for a day between them; the "
            f"nearest month with data is {found.first_day:%Y-%m}."
        )
    if asked > found.last_day + timedelta(days=MAX_GAP_DAYS):
        raise OutsideData(
            f"as_of {asked} lies {(asked - found.last_day).days} days after the last order of "
            f"'{brand.name}' ({found.last_day}): days without data would look like days without "
            f"customers. Load newer exports, or ask for a day up to {found.last_day}; the nearest "
            f"month with data is {found.last_day:%Y-%m}."
        )
    return asked
