"""Layout: what does the beginning of a delimited text tell of its cells and its rows?"""

import csv
import io
from collections import Counter
from itertools import islice

from insights.intake.reading.page import HEAD, Header

_DELIMITERS = ",\t;"


def delimiter_of(text: str, *, whole: bool) -> str:
    r"""Return what stands between the cells of a text, told by its beginning.

    `whole` says that the beginning is all of it.

    Examples
    --------
    >>> delimiter_of("made: 1 May, 9 h\na;b;c\n1;2;3\n", whole=True)
    ';'
    """
    return max(_DELIMITERS, key=lambda each: _tells(first_records(text, each, whole=whole)))


def first_records(text: str, delimiter: str, *, whole: bool) -> tuple[tuple[str, ...], ...]:
    """Return the first records; the last one may be cut if the text is not the whole file."""
    records = []
    try:
        for cells in islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), HEAD):
            records.append(tuple(cells))  # noqa: PERF401 - those before an error are kept
    except csv.Error:  # A cell of more than 128 KB.
        whole = True
    if len(records) < HEAD and not whole and len(records) > 1:
        records.pop()
    return tuple(records)


def _tells(records: tuple[tuple[str, ...], ...]) -> int:
    """Return how well a delimiter explains the records: many of one width, and wide."""
    widths = Counter(len(cells) for cells in records)
    return max(((width - 1) * count for width, count in widths.items()), default=0)


def row_width(head: tuple[tuple[str, ...], ...], header: Header) -> int:
    """Return how many cells a row has: consoles end rows with a comma that the header lacks."""
    named = named_width(header)
    widths = Counter(len(cells) for cells in head[header.row :] if len(cells) >= named)
    usual = widths.most_common(1)
    return max(usual[0][0] if usual else len(header.cells), 1)


def named_width(header: Header) -> int:
    """Return the number of cells up to the last that the header names."""
    return max((n for n, cell in enumerate(header.cells, start=1) if cell.strip()), default=0)
