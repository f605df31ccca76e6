"""A page: what one table of a file looks like, how it is streamed, and what had to be refused."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal, NamedTuple

from insights.errors import UnreadableFile

HEAD = 40  # So many records are looked at to find the header.
ROWS = 10_000  # Rows of a batch where Python makes them.
BELOW_KEPT = 4  # Rows below a table: headers of its totals, and the totals.
WRAPPED = " \t\ufeff`'="  # What consoles put around what a cell says.
CELLS_KEPT = 10_000  # Of so many refused rows.

Format = Literal["csv", "sheet", "json"]
Columns = Mapping[int | str, str]


@dataclass(frozen=True)
class Limits:
    """What is too much, so that a hostile or broken file cannot take the machine with it.

    Delimited text and JSON lines are streamed and have no limit of their own outside an archive;
    a workbook and a JSON document have to be held in memory whole.
    """

    depth: int = 2  # archives in archives
    members: int = 2_000  # files of one archive
    archive_bytes: int = 16 << 30  # of all members, unpacked
    ratio: int = 300  # unpacked to packed, of members above `ratio_from`
    ratio_from: int = 100 << 20
    nested_bytes: int = 256 << 20  # an archive in an archive, packed
    workbook_bytes: int = 256 << 20  # a workbook, packed
    sheets_bytes: int = 1 << 30  # the parts of a workbook, unpacked
    sheet_cells: int = 50_000_000  # of a sheet, from A1 to its last row and column
    parser_bytes: int = 4 << 30  # of memory, to parse a binary workbook
    document_bytes: int = 128 << 20  # a JSON document that is not one object a line


LIMITS = Limits()


@dataclass(frozen=True)
class Header:
    """Where the rows of a page are.

    Parameters
    ----------
    row : int
        Number of the header's record, counted from 1; 0 for JSON.
    cells : tuple of str
        The header as written; empty for JSON.
    each : str
        JSON: path of the list whose elements are the rows; '' if a row is a record.
    ends : tuple of str
        First cells that end a delimited table: such a row, and one below it, that has fewer cells
        than the header is a blank one.
    merged : bool
        Workbooks: what a merged cell says holds for all of its rows.
    """

    row: int = 0
    cells: tuple[str, ...] = ()
    each: str = ""
    ends: tuple[str, ...] = ()
    merged: bool = False


class RefusedRow(NamedTuple):
    """A row that could not be read; `row` is its number in the file, counted from 1."""

    row: int
    reason: str


class RefusedRows:
    """Rows that could not be read, by number and reason. Eight bytes each: there may be millions.

    Of the first of them `cells` has what stands where the columns asked for should: enough, mostly,
    to tell whose the row was, and nothing to be believed otherwise.

    `below` has the cells of the first rows below what ends a table: the totals of a bill.

    Reasons are too_few_cells, too_many_cells, undecodable, cut_short, open_quote, header_again,
    not_json and empty_list.
    """

    def __init__(self) -> None:
        self._rows: dict[str, array[int]] = {}
        self.cells: dict[int, tuple[str | None, ...]] = {}
        self.below: list[tuple[str, ...]] = []

    def keep(self, row: int, cells: Iterable[str | None]) -> None:
        """Keep what a refused row has in the columns asked for, in their order."""
        if len(self.cells) < CELLS_KEPT:
            self.cells[row] = tuple(cells)

    def keep_below(self, cells: Iterable[str]) -> None:
        """Keep what a row below the table says."""
        if len(self.below) < BELOW_KEPT:
            self.below.append(tuple(cells))

    def forget_cells(self, after: int) -> None:
        """Forget the cells of rows after one: they stand in other columns than was thought."""
        self.cells = {row: cells for row, cells in self.cells.items() if row <= after}

    def add(self, row: int, reason: str) -> None:
        """Refuse a row."""
        self._rows.setdefault(reason, array("q")).append(row)

    def clear(self) -> None:
        """Forget all: the page is read again."""
        self._rows.clear()
        self.cells.clear()
        self.below.clear()

    @property
    def counts(self) -> dict[str, int]:
        """How many rows were refused for each reason."""
        return {reason: len(rows) for reason, rows in self._rows.items()}

    def __len__(self) -> int:
        return sum(map(len, self._rows.values()))

    def __iter__(self) -> Iterator[RefusedRow]:
        """Yield them in the order of the file."""
        return iter(sorted(RefusedRow(n, why) for why, rows in self._rows.items() for n in rows))


Stream = Callable[[Header, Columns, RefusedRows], Iterator[Any]]


@dataclass(frozen=True)
class Page:
    """One table of a file, not yet read past its first records.

    Parameters
    ----------
    name : str
        How it is said: "june.zip › orders.xlsx › Sheet1". Names only, no folders.
    format : {"csv", "sheet", "json"}
    encoding : str
        "utf-8-sig", "utf-8", "gb18030" or "utf-16"; '' for sheets.
    sha256 : str
        Of the file as received: of the archive, for a member.
    head : tuple of tuple of str
        The first records, as text. May hold personal data: nothing of it is ever said.
    keys : tuple of str
        JSON: paths seen in the first records, such as "orders[].oid".
    hidden : bool
        A sheet that its workbook hides.
    delimiter : str
        Between the cells of delimited text; '' for what else there is.
    refused : RefusedRows
        Filled while the page is streamed.
    """

    name: str
    format: Format
    encoding: str
    sha256: str
    head: tuple[tuple[str, ...], ...] = field(repr=False)
    keys: tuple[str, ...] = field(repr=False)
    _stream: Stream = field(repr=False, compare=False)
    hidden: bool = False
    refused: RefusedRows = field(default_factory=RefusedRows, repr=False, compare=False)
    delimiter: str = ""

    def stream(self, header: Header, columns: Columns) -> Iterator[Any]:
        """Yield Arrow record batches of the rows after the header, of the columns asked for only.

        Each column is text as written; `_row` is the row's number in the file, counted from 1.
        An absent cell is '' in a table, and NULL in JSON. Rows that cannot be read are in
        `refused` once the stream has ended.

        Parameters
        ----------
        header : Header
        columns : mapping of int or str to str
            Position in a table (from 0), or path in JSON, to the name wanted.

        Raises
        ------
        UnreadableFile
            Possibly after rows were yielded: an archive's checksum is known at its end only.
        """
        self.refused.clear()
        return self._stream(header, columns, self.refused)


@dataclass(frozen=True)
class Unreadable:
    """A file, or a part of one, that cannot be read, and why.

    `reason` is one of empty, password, unknown_format, encoding, damaged, too_large,
    nested_too_deep and joined; `error` says it in a sentence, with what to do.
    """

    name: str
    reason: str
    error: str

    @classmethod
    def of(cls, error: UnreadableFile) -> "Unreadable":
        """Return what an error says."""
        return cls(error.name, error.reason, str(error))


@dataclass(frozen=True)
class Stored:
    """Bytes that can be opened again and again: a file, or a member of an archive.

    `size` is what the archive's directory says, for a member; whoever reads it checks.
    """

    name: str
    sha256: str
    size: int
    open: Callable[[], AbstractContextManager[BinaryIO]]

    def bytes(self, limit: int, what: str) -> bytes:
        """Return all bytes.

        Raises
        ------
        UnreadableFile
            If they are more than `limit`.
        """
        if self.size <= limit:
            with self.open() as file:
                content = file.read(limit + 1)
            if len(content) <= limit:
                return content
        raise UnreadableFile(
            self.name,
            "too_large",
            f"'{self.name}' is {what} of {self.size / 2**20:,.0f} MB; at most "
            f"{limit / 2**20:,.0f} MB of that can be read. Export fewer days at a time, or as CSV.",
        )
