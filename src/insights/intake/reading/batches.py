"""Batches: rows that Python makes become Arrow record batches of a bounded size."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import pyarrow as pa

from insights.intake.reading.page import ROWS

Row = tuple[int, list[str | None]]  # its number, and its cells


def of_rows(rows: Iterable[Row], names: Iterable[str]) -> Iterator[Any]:
    """Yield rows as batches: each column text under its name, and `_row`, the row's number."""
    fields = [*((name, pa.string()) for name in names), ("_row", pa.int64())]
    schema = pa.schema(fields)
    left = iter(rows)
    while some := list(islice(left, ROWS)):
        columns = zip(*((*cells, number) for number, cells in some), strict=True)
        arrays = [
            pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)
