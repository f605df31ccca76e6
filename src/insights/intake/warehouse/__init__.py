"""Warehouse: a team that has its tables already offers them as canonical ones, checked before."""

from collections.abc import Callable

from insights.intake.loading import ingest
from insights.intake.outcome import IngestReport
from insights.intake.warehouse.checking import check
from insights.intake.warehouse.offered import Offered, offered
from insights.intake.warehouse.source import TableSource
from insights.settings import Brand, Settings

__all__ = ["Offered", "check", "load", "offered"]


def load(
    offer: Offered,
    settings: Settings,
    brand: Brand,
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> IngestReport:
    """Load rows offered for a canonical table.

    Raises
    ------
    IntakeError
        If something stands in the way of the whole load; `check` lists all of it.
    """
    with offer.opened(settings, brand) as rows:
        return ingest(settings, brand, TableSource(rows), progress=progress)
