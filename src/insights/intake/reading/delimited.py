"""Delimited text: rows between commas, tabs or semicolons, whatever their number.

Arrow parses, because it is fast and counts records where cells hold line breaks; everything that
it would do silently (an open quotation mark at the end, a row of another width) is caught here.
"""

import csv
from array import array
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from insights.errors import UnreadableFile
from insights.intake.reading.joined import Joined
from insights.intake.reading.layout import delimiter_of, first_records, named_width, row_width
from insights.intake.reading.page import (
    BELOW_KEPT,
    ROWS,
    WRAPPED,
    Columns,
    Header,
    Page,
    RefusedRows,
    Stored,
)
from insights.intake.reading.text import UNDECODABLE, Pieces, beginning, chunks

# A row of our own after the last one. If it comes out as it went in, no quotation mark was open.
_END = "\ufdd1"
_BLOCK = 4 << 20  # No record is longer than this; one that seems to be has an open quotation mark.
_TELLING = 6  # A cell with line breaks and commas is no row where rows have fewer columns.
_BLANK = " \t\r\n\x1a"  # The last is how DOS ended a file.


def page(stored: Stored, encoding: str) -> Page:
    """Return a delimited text as a page.

    Raises
    ------
    UnreadableFile
        If its beginning is no text in this encoding.
    """
    text, whole = beginning(stored, encoding)
    delimiter = delimiter_of(text, whole=whole)
    head = first_records(text, delimiter, whole=whole)

    def stream(header: Header, columns: Columns, refused: RefusedRows) -> Iterator[Any]:
        reading = _Reading(stored, encoding, delimiter, header, row_width(head, header), refused)
        return reading.batches({int(position): name for position, name in columns.items()})

    return Page(stored.name, "csv", encoding, stored.sha256, head, (), stream, delimiter=delimiter)


@dataclass
class _Reading:
    """One pass over a file."""

    stored: Stored
    encoding: str
    delimiter: str
    header: Header
    width: int
    refused: RefusedRows
    skipped: deque[int] = field(default_factory=deque)  # records that Arrow left out, in order
    rescued: list[tuple[int, list[str]]] = field(default_factory=list)
    undecodable: bool = False
    ended: bool = False
    open_end: bool = False  # the file's last line does not end
    short: "array[int]" = field(default_factory=lambda: array("q"))
    failed: BaseException | None = None
    joined: Joined = field(init=False)
    below: bool = False  # what ends the table has come
    wide_below: bool = False  # the same, in rows as wide as the table's

    def batches(self, columns: dict[int, str]) -> Iterator[Any]:
        self.joined = Joined(self.stored.name, self.header, tuple(columns), self.width)
        held: tuple[Any, Any] | None = None
        number = 1
        for batch in self._parsed():
            self._stop_if_failed()
            if not batch.num_rows:
                continue
            numbers, number = self._numbers(number, batch.num_rows)
            if held:
                yield from self._fit(*held, columns)
            held = numbers, batch
        self._stop_if_failed()
        yield from self._fit(*self._without_end(*held), columns) if held else ()
        yield from self._saved(columns, number)
        # What ends in the middle of a line was cut there; the last number is that of our own row.
        for short in self.short:
            cut = self.open_end and short == number - 2
            self.refused.add(short, "cut_short" if cut else "too_few_cells")
        if (turned := self.joined.turned_at) is not None:
            self.refused.forget_cells(turned)
        self._not_mostly_refused(number)

    def _parsed(self) -> Iterator[Any]:
        """Yield Arrow's batches, of all columns, by position: an open quotation mark may be in any.

        Those that nobody asked for go no further than `_fit`.
        """
        names = [str(position) for position in range(self.width)]
        source = Pieces(self._marked())
        try:
            yield from arrow_csv.open_csv(
                pa.PythonFile(source, mode="r"),
                # One thread: only then are records that do not fit told by number.
                read_options=arrow_csv.ReadOptions(
                    use_threads=False, block_size=_BLOCK, column_names=names
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=self.delimiter,
                    newlines_in_values=True,
                    ignore_empty_lines=False,
                    invalid_row_handler=self._mismatch,
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    strings_can_be_null=False,
                    check_utf8=False,
                ),
            )
        except (pa.ArrowException, UnreadableFile) as error:
            if isinstance(self.failed, UnreadableFile):
                raise self.failed from None
            raise self._damaged(
                "a quotation mark is opened and never closed, or a row is longer than "
                f"{_BLOCK >> 20} MB"
            ) from error

    def _marked(self) -> Iterator[bytes]:
        """Yield the text as UTF-8, with our row at its end."""
        last = "\n"
        try:
            for text in chunks(self.stored, self.encoding):
                self.undecodable = self.undecodable or UNDECODABLE in text
                last = text[-1]
                yield text.encode()
        except BaseException as error:
            self.failed = error  # Arrow's threads may lose which one it was.
            raise
        self.open_end = last not in "\r\n"
        end = self.delimiter.join([_END] * self.width) + "\n"
        yield (f"\n{end}" if self.open_end else end).encode()

    def _numbers(self, start: int, count: int) -> tuple[Any, int]:
        """Return the record numbers of the next rows, and the number after them."""
        end, left_out = start + count, []
        while self.skipped and self.skipped[0] < end:
            left_out.append(self.skipped.popleft())
            end += 1
        numbers = np.arange(start, end, dtype=np.int64)
        return np.setdiff1d(numbers, left_out, assume_unique=True), end

    def _mismatch(self, row: Any) -> str:
        """Take a record of another width: Arrow leaves it out."""
        self.skipped.append(row.number)
        if _END in row.text:
            self.ended = True
            self._refuse_cut(row.number, row.text)
            return "skip"
        if row.number <= self.header.row:
            return "skip"
        try:
            cells = next(csv.reader([row.text], delimiter=self.delimiter), [])
        except csv.Error:
            cells = [_END] * row.actual_columns
        if self.joined.is_header(cells):
            self._take_header(row.number, cells)
            return "skip"
        missing = self.width - len(cells)
        if not "".join(cells).strip(_BLANK):
            self.rescued.append((row.number, [""] * self.width))
        elif self._is_below(cells) and missing > 0:
            # Its cells stand under headers that are none of theirs: to the table it is blank.
            self.rescued.append((row.number, [""] * self.width))
        elif (
            missing <= self.width - named_width(self.header)
            and not "".join(cells[self.width :]).strip()
        ):
            self.rescued.append((row.number, cells[: self.width] + [""] * missing))
        else:
            if missing > 0:
                self.short.append(row.number)
                cells = cells[:-1]  # The last one may be cut.
            else:
                self.refused.add(row.number, "too_many_cells")
            there = (cells[at] if at < len(cells) else None for at in self.joined.wanted)
            self.refused.keep(row.number, there)
        for _ in range(self._rows_in(row.text) - 1):
            self.refused.add(row.number, "open_quote")
        return "skip"

    def _take_header(self, number: int, cells: list[str]) -> None:
        """Take a header of another width than the rows, as the first one may be, too."""
        try:
            self.joined.meet(number, cells)
            self.refused.add(number, "header_again")
        except UnreadableFile as error:  # Arrow would lose which one it was.
            self.failed = error

    def _stop_if_failed(self) -> None:
        if self.failed is not None:
            raise self.failed

    def _is_below(self, cells: list[str]) -> bool:
        """Whether a record stands below the table: totals in cells of their own."""
        self.below = self.below or (bool(cells) and cells[0].strip(WRAPPED) in self.header.ends)
        if self.below:
            self.refused.keep_below(cell.strip(WRAPPED) for cell in cells)
        return self.below

    def _rows_in(self, text: str) -> int:
        """Return how many rows a record swallowed: an open quotation mark runs to the next one.

        A line break in a cell is no row; a line with as many delimiters as a row has is one.
        """
        lines = 1 + max(text.count("\n"), text.count("\r"))
        rows = text.count(self.delimiter) // (self.width - 1) if self.width > 1 else lines
        return max(1, min(lines, rows))

    def _without_end(self, numbers: Any, batch: Any) -> tuple[Any, Any]:
        """Take our row off the last batch, or refuse the row that swallowed it."""
        count = batch.num_rows
        if self.ended:
            return numbers, batch
        last = batch.column(batch.num_columns - 1)[count - 1].as_py()
        if _END not in last:
            raise self._damaged("its last row is not where it should be")
        if last != _END:  # Before the last cell of the row there were the others.
            self._refuse_cut(int(numbers[-1]), self.delimiter * (self.width - 1) + last)
        return numbers[:-1], batch.slice(0, count - 1)

    def _refuse_cut(self, number: int, text: str) -> None:
        """Refuse the rows that an open quotation mark swallowed."""
        rows = self._rows_in(text[: text.index(_END)].rstrip("\r\n"))
        for row in range(max(number, self.header.row + 1), number + rows):
            self.refused.add(row, "cut_short")

    def _fit(self, numbers: Any, batch: Any, columns: dict[int, str]) -> Iterator[Any]:
        """Yield a batch, and what was saved since, once it is worth a batch."""
        if (swallowed := self._swallowed(batch)) is not None:
            for number, rows in zip(numbers[swallowed > 0], swallowed[swallowed > 0], strict=True):
                for _ in range(rows + 1 if number > self.header.row else 0):
                    self.refused.add(int(number), "open_quote")
            batch, numbers = batch.filter(pa.array(swallowed == 0)), numbers[swallowed == 0]
        numbers, batch = self._without_headers(numbers, batch)
        self._see_below(batch)
        for part, places in self.joined.parts(numbers):
            rows = batch.slice(part.start, part.stop - part.start)
            yield from self._chosen(numbers[part], [rows.column(at) for at in places], columns)
        if len(self.rescued) >= ROWS and len(numbers):
            yield from self._saved(columns, int(numbers[-1]))

    def _without_headers(self, numbers: Any, batch: Any) -> tuple[Any, Any]:
        """Take out headers that come again: exports are joined by hand, one below the other."""
        for at in np.flatnonzero(numbers == self.header.row).tolist():
            if any(batch.column(p)[at].as_py() != self.header.cells[p] for p in self.joined.wanted):
                raise self._damaged(f"its rows cannot be counted: row {at} is not its header")
        keep = np.ones(len(numbers), dtype=bool)
        for at in self.joined.rows(batch.columns):
            if (number := int(numbers[at])) > self.header.row:
                self.joined.meet(number, [column[at].as_py() for column in batch.columns])
                self.refused.add(number, "header_again")
                keep[at] = False
        return (numbers, batch) if keep.all() else (numbers[keep], batch.filter(pa.array(keep)))

    def _see_below(self, batch: Any) -> None:
        """Keep what stands below the table in rows as wide as its own: a spreadsheet saved it."""
        start = 0
        if self.header.ends and not self.wide_below:
            first = pc.utf8_trim(batch.column(0), characters=WRAPPED)
            found = np.flatnonzero(pc.is_in(first, value_set=pa.array(self.header.ends)))
            self.wide_below, start = bool(len(found)), int(found[0]) if len(found) else 0
        if self.wide_below:
            for row in batch.slice(start, BELOW_KEPT).to_pylist():
                self.refused.keep_below(cell.strip(WRAPPED) for cell in row.values())

    def _swallowed(self, batch: Any) -> Any:
        """Return how many whole rows lie in a cell of each row, if there are any.

        A stray quotation mark that the next one closes may leave a row of the right width, with
        the first cells of one row and the last cells of another.
        """
        swallowed = None
        for values in batch.columns if self.width >= _TELLING else ():
            data = values.buffers()[2]
            if data is None or b"\n" not in data.to_pybytes():
                continue
            delimiters = pc.count_substring(values, self.delimiter).to_numpy(zero_copy_only=False)
            lines = pc.count_substring(values, "\n").to_numpy(zero_copy_only=False)
            rows, rest = np.divmod(delimiters, self.width - 1)
            rows[(rest > 0) | (rows > lines)] = 0
            if rows.any():
                swallowed = rows if swallowed is None else np.maximum(swallowed, rows)
        return swallowed

    def _saved(self, columns: dict[int, str], upto: int) -> Iterator[Any]:
        """Yield the rows of another width that lack nothing, up to one whose header is known."""
        saved = [one for one in self.rescued if one[0] <= upto]
        self.rescued = [one for one in self.rescued if one[0] > upto]
        numbers = np.array([number for number, _ in saved], dtype=np.int64)
        for part, places in self.joined.parts(numbers):
            rows = [row for _, row in saved[part]]
            cells = [pa.array([row[at] for row in rows], pa.string()) for at in places]
            yield from self._chosen(numbers[part], cells, columns)

    def _chosen(self, numbers: Any, cells: list[Any], columns: dict[int, str]) -> Iterator[Any]:
        """Yield the rows after the header that are text, under the names wanted."""
        keep = numbers > self.header.row
        if self.undecodable:
            bad = np.zeros(len(numbers), dtype=bool)
            for values in cells:
                bad |= pc.match_substring(values, UNDECODABLE).to_numpy(zero_copy_only=False)
            self._refuse(numbers[bad & keep], "undecodable")
            for row in np.flatnonzero(bad & keep).tolist():
                there = (values[row].as_py() for values in cells)
                whole = (None if UNDECODABLE in cell else cell for cell in there)
                self.refused.keep(int(numbers[row]), whole)
            keep &= ~bad
        arrays = [*cells, pa.array(numbers)]
        chosen = pa.RecordBatch.from_arrays(arrays, names=[*columns.values(), "_row"])
        if not keep.all():
            chosen = chosen.filter(pa.array(keep))
        if chosen.num_rows:
            yield chosen

    def _refuse(self, numbers: Any, reason: str) -> None:
        for number in numbers:
            self.refused.add(int(number), reason)

    def _not_mostly_refused(self, rows: int) -> None:
        if self.refused.counts.get("undecodable", 0) * 2 > rows:
            raise UnreadableFile(
                self.stored.name,
                "encoding",
                f"'{self.stored.name}' was read as {self.encoding}, in which most of its rows are "
                "no text. Export it again, or save it as CSV UTF-8.",
            )

    def _damaged(self, why: str) -> UnreadableFile:
        return UnreadableFile(
            self.stored.name,
            "damaged",
            f"'{self.stored.name}' cannot be told into rows: {why}. Nothing of it was read; export "
            "it again.",
        )
