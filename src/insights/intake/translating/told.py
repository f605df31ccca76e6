# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Told: how new is what a file tells, so that an older export takes nothing back?

What was said of it (`--set exported_at=...`) comes first. Else it cannot be older than the newest
moment of which it tells, and exports tell of moments up to the one in which they are made. When the
file was written is no answer: copies and mails make old exports new.
"""

from datetime import datetime

from insights import schema
from insights.intake.translating import tables
from insights.intake.translating.fates import Fates
from insights.schema.model import TIMES as SCHEMA_TIMES
from insights.sources.adapter import TIMES, Adapter
from insights.sources.values import OfOrder, columns_of
from insights.store.engine import identifier, quoted


def newest_moment(fates: Fates, adapter: Adapter, now: datetime) -> datetime | None:
    """Return the newest moment of which the rows of a file tell; None if they tell of none.

    What lies in the future is a slip, and what is planned has not happened.
    """
    moments = [
        f"max({one}) FILTER ({one} <= TIMESTAMP {quoted(str(now))})"
        for one in map(identifier, (*happened(adapter), *_of_orders(adapter)))
    ]
    if not moments:
        return None
    newest = f"list_max([{', '.join(moments)}])"
    found: datetime | None = fates.ask(f"SELECT {newest} FROM file_rows WHERE _skip IS NULL")[0][0]
    return found


def happened(adapter: Adapter) -> list[str]:
    """Return the columns of moments that have happened: not those that only plans are made of.

    Examples
    --------
    >>> from insights import sources
    >>> by_name = {adapter.name: adapter for adapter in sources.adapters()}
    >>> happened(by_name["brand_tables.campaigns"])
    []
    """
    plans, facts = set[str](), set[str]()
    for block in adapter.blocks:
        table = schema.get(block.table)
        for name, value in block.values.items():
            column = table.column(name)
            used = tables.made_of(adapter, columns_of(value))
            if column.type in SCHEMA_TIMES:
                (plans if column.plan else facts).update(used)
    if adapter.identity:
        facts |= tables.made_of(adapter, (adapter.identity.at,))
    times = [name for name, kind in adapter.kinds.items() if kind in TIMES]
    return [name for name in times if name not in plans or name in facts]


def _of_orders(adapter: Adapter) -> list[str]:
    """Return the moments of their orders, for lines that have none of their own."""
    orders = schema.get("orders")
    names = [name for name in adapter.of_order if orders.column(name).type in SCHEMA_TIMES]
    return [OfOrder(name).column for name in names]
