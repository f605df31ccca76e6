"""A table of a warehouse as a source: one canonical table, loaded like any export."""

from collections.abc import Iterator

from insights.errors import IntakeError
from insights.intake.warehouse.checking import problems_of
from insights.intake.warehouse.offered import Opened
from insights.settings import Brand
from insights.sources import Batch

ROWS_A_BATCH = 50_000
_FEW = 5


class TableSource:
    """Open rows for one canonical table, as a source that `intake.ingest` takes.

    Raises
    ------
    IntakeError
        If something stands in the way of the whole load; `check` lists all of it.
    """

    name = "warehouse"
    label = "a table of a warehouse"
    version = "1"

    def __init__(self, rows: Opened) -> None:
        self._rows = rows
        self.tables = (rows.table.name,)
        if stops := [problem for problem in problems_of(rows) if problem.stops][:_FEW]:
            said = " ".join(f"{p.where}{p.problem} ({p.found}). {p.what_to_do}" for p in stops)
            raise IntakeError(f"Nothing was loaded into '{rows.table.name}'. {said}")

    def fingerprint(self) -> str:
        """Return a digest of the rows and of how they are read."""
        return self._rows.digest()

    def batches(self, brand: Brand) -> Iterator[Batch]:
        """Yield the rows as one stream."""
        rows = self._rows
        stream = rows.connection.sql(rows.select()).to_arrow_reader(ROWS_A_BATCH)
        yield Batch(rows.table.name, stream, rows.table.name, rows.digest())
