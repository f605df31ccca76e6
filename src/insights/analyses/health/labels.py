"""Labels: what sources, tables and channels are called on a page."""

from collections.abc import Collection
from functools import cache
from typing import Any

import pandas as pd

from insights import sources
from insights.errors import MissingColumns
from insights.results.channels import SOURCES
from insights.wording import _, voice

TABLES = {
    "orders": _("Orders"),
    "order_lines": _("Order lines"),
    "refunds": _("Refunds"),
    "contacts": _("Contacts"),
    "memberships": _("Memberships"),
    "touches": _("Touches"),
    "contents": _("Pieces of content"),
    "daily_metrics": _("Daily totals"),
    "customers": _("Customer records"),
    "identities": _("Identities"),
    "identity_links": _("Evidence of identity"),
    "products": _("Products"),
    "staff": _("Staff"),
    "campaigns": _("Campaign calendar"),
    "costs": _("Costs"),
    "targets": _("Targets"),
    "assignments": _("Assignments"),
}
UNKNOWN = _("not recognised")


def source_said(source: Any) -> str:
    """Return what a source is called; an adapter as it calls itself, in the voice in force.

    Examples
    --------
    >>> source_said("wecom"), source_said("tills"), source_said(None)
    ('WeCom', 'tills', 'not recognised')
    >>> source_said("douyin.orders")
    'Douyin shop: order export'
    """
    if not isinstance(source, str) or not source:
        return UNKNOWN
    return _adapters(voice().lang).get(source) or SOURCES.get(source, source)


@cache
def _adapters(lang: str) -> dict[str, str]:
    """Return what each adapter calls its export."""
    return {
        one.name: one.source.label_en if lang == "en" else one.source.label
        for one in sources.adapters()
    }


def system(source: Any) -> str | None:
    """Return the system to which an adapter belongs: `douyin` of `douyin.orders`."""
    return source.split(".", 1)[0] if isinstance(source, str) and source else None


def needed(frame: pd.DataFrame, name: str, columns: Collection[str]) -> pd.DataFrame:
    """Return the frame.

    Raises
    ------
    MissingColumns
        If it lacks a column.
    """
    if missing := set(columns) - set(frame.columns):
        raise MissingColumns(name, missing, frame.columns)
    return frame
