"""What the index page lists: one entry a page address, from the ledger."""

from typing import Any

from insights.runs.ledger import Ledger


def entries(ledger: Ledger) -> list[Any]:
    """Return the index's entries, newest period first."""
    return []
