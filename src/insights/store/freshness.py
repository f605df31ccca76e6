# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Freshness: of each source system, what happened last and when its newest row came in?"""

from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime

from insights import schema
from insights.periods import end_of_day
from insights.settings import Brand, Settings
from insights.store.engine import connect, identifier
from insights.store.loads import Current, lake_folder
from insights.store.views import read_parquet


@dataclass(frozen=True)
class Freshness:
    """How fresh one source is, on the brand's wall clock.

    `last_at` is its last event up to the day asked for; None where none of its tables has events.
    `loaded_at` is when its newest row came in: a load that brought only known rows does not count.
    """

    source: str
    last_at: datetime | None
    loaded_at: datetime


def by_source(settings: Settings, brand: Brand, load: Current, as_of: date) -> list[Freshness]:
    """Return the freshness of every source of a load, by name, as seen at the end of a day."""
    folder = lake_folder(settings, brand)
    parts = []
    for name, held in load.tables.items():
        if held.files:
            when = schema.get(name).event_time
            moment = f"CAST({identifier(when)} AS TIMESTAMP)" if when else "NULL::TIMESTAMP"
            parts.append(
                f"SELECT source, {moment} AS happened_at, loaded_at "
                f"FROM {read_parquet(folder / name, held.files)}"
            )
    if not parts:
        return []
    with closing(connect(settings, brand)) as connection:
        found = connection.execute(
            "SELECT source, max(happened_at) FILTER (WHERE happened_at <= $as_of), max(loaded_at) "
            f"FROM ({' UNION ALL '.join(parts)}) GROUP BY source ORDER BY source",
            {"as_of": end_of_day(as_of)},
        ).fetchall()
    return [Freshness(*row) for row in found]
