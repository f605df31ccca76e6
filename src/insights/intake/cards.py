"""Cards: what of a file is not even kept as received? Columns of identity cards.

Some consoles export names and numbers of identity cards beside an order, for customs or subsidies.
Nobody here needs them and the law calls them sensitive, so they never reach the disk: a text is
kept with these cells empty, and of a file that cannot be written again cell by cell (a workbook, an
archive, JSON) the vault keeps nothing.

A stray comma, a missing cell or an open quotation mark moves a card to where no card should be. So
of a row of another width no more is kept than its order, amounts and words of a total: enough for
it to be refused again as it was, and too little to hold a name.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from insights.intake.detection import Match
from insights.intake.reading import Header, Joined, Page, moved
from insights.intake.reading.layout import named_width, row_width
from insights.sources import Adapter
from insights.sources.headers import normalise

if TYPE_CHECKING:
    from insights.intake.files import Look
    from insights.intake.vault import Vault

_CARD = re.compile(r"身份证|实名|证件号|id[ _]?card|ID (?:Name|Number)\b", re.IGNORECASE)
_LONGEST = 40  # A longer cell is no header.
_NO_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")
_LONGEST_RECORD = 4 << 20  # As the reader of pages has it: more is an open quotation mark.
_REFUSED = "-"  # Makes a record one that the reader refuses, where nothing else is left of it.

# 18 places with a day of birth in them, or 15: a number of an order or a parcel rarely has the day.
_NUMBER = re.compile(
    r"(?<!\d)\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
)
_LIKE_NUMBER = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|\d{15})(?!\d)")
_AMOUNT = re.compile(r"[¥￥\s]*-?(?:\d{1,8}|\d{1,3}(?:,\d{3}){1,3})(?:\.\d{1,4})?\s*元?")
_TOTAL = re.compile(r"(?:合计|总计|小计|共计|汇总|total)[:：]?", re.IGNORECASE)
_ID = re.compile(r"[\s'\"`=]*(?=\S*\d)[0-9A-Za-z_\-]{4,}[\s'\"`]*")


class CannotTell(ValueError):
    """Where a text's cards are cannot be told: nothing of it may be kept."""


@dataclass(frozen=True)
class Layout:
    """Where the cells of a text are, as its reader has them, and which of them are ids.

    `asked` are the positions that the adapter reads, and `ids` those of them that are ids: a long
    number that stands there is no card.
    """

    page: Page
    header: Header
    asked: frozenset[int]
    ids: frozenset[int]

    @classmethod
    def of(cls, page: Page, match: Match[Adapter]) -> "Layout":
        """Return the layout of a page that was recognised."""
        kinds = match.adapter.kinds
        asked = {at: name for at, name in match.columns.items() if isinstance(at, int)}
        ids = frozenset(at for at, name in asked.items() if kinds.get(name) in {"id", "card"})
        return cls(page, match.header, frozenset(asked), ids)


def keep(vault: "Vault", look: "Look", *, cards: bool, load: str) -> str:
    """Let the vault keep a file that was read to its end; return what must be said of it, if so.

    Parameters
    ----------
    vault : Vault
    look : Look
        The first page of the file, and the adapter of it.
    cards : bool
        Whether the file has columns of identity cards.
    load : str
        Whatever tells the files that are received together from others.
    """
    digest = vault.keep(
        look.path,
        adapter=look.match.adapter.name,
        without=without_cards(Layout.of(look.page, look.match)) if cards else None,
        load=load,
        scope=look.scope,
    )
    if cards and (entry := vault.entry(digest)) and entry.removed:
        return (
            f"{look.path.name} has columns of identity cards and cannot be kept without them: the "
            "vault has nothing of it. Export it as CSV for that."
        )
    return ""


def has_cards(page: Page, header: Header | None = None) -> bool:
    """Whether a page has a column of identity cards.

    Parameters
    ----------
    page : Page
    header : Header, optional
        Of a page that was recognised. Without it any cell that reads like such a header counts.

    Examples
    --------
    >>> is_card("收件人身份证号"), is_card("订单号")
    (True, False)
    """
    if page.format == "json":
        return any(map(is_card, page.keys))
    if header is None:
        return any(is_card(cell) for record in page.head for cell in record)
    return bool(_columns(page, header))


def is_card(header: str) -> bool:
    """Whether a header is one of identity cards."""
    return len(header) <= _LONGEST and _CARD.search(header) is not None


def without_cards(layout: Layout) -> Callable[[BinaryIO, str], Iterator[bytes] | None]:
    """Return what gives a text's content without its cards, from its stream and its suffix.

    It gives None where the content cannot be written again, and raises `CannotTell` on its way
    where it turns out that it cannot be told which of its cells are cards.
    """

    def left(stream: BinaryIO, suffix: str) -> Iterator[bytes] | None:
        from insights.intake.erasing import suffix_is_text  # noqa: PLC0415 - for few files

        start = stream.read(4)
        stream.seek(0)
        is_text = suffix_is_text(suffix) and layout.page.format == "csv"
        if not is_text or start.startswith(_NO_TEXT):
            return None
        return _written(stream, _codec(layout.page.encoding, start), layout)

    return left


def _codec(encoding: str, start: bytes) -> str:
    """Return the codec that keeps a byte order mark as the character that it is."""
    if encoding == "utf-16":
        return "utf-16-be" if start.startswith(codecs.BOM_UTF16_BE) else "utf-16-le"
    return "utf-8" if encoding == "utf-8-sig" else encoding


def _columns(page: Page, header: Header) -> frozenset[int]:
    """Return the columns of cards: by the header, and by a row of groups above it."""
    found = {at for at, cell in enumerate(header.cells) if is_card(cell)}
    for record in page.head[: max(header.row - 1, 0)]:
        if sum(map(bool, map(str.strip, record))) < 2:  # One is a title.
            continue
        group = ""
        for at, cell in enumerate(record):
            group = cell.strip() or group
            if is_card(group):
                found.add(at)
    return frozenset(found)


def _written(stream: BinaryIO, codec: str, layout: Layout) -> Iterator[bytes]:
    """Yield the text without its cards.

    Raises
    ------
    CannotTell
    """
    encoder = codecs.getincrementalencoder(codec)()
    text = io.TextIOWrapper(stream, codec, newline="")
    try:
        csv.field_size_limit(_LONGEST_RECORD)
        lines = (line.replace("\0", "") for line in text)
        records = csv.reader(lines, delimiter=layout.page.delimiter)
        for row in _Cleaning(layout).rows(records):
            line = io.StringIO()
            written = csv.writer(line, delimiter=layout.page.delimiter, lineterminator="\r\n")
            written.writerow(row)
            yield encoder.encode(line.getvalue())
        yield encoder.encode("", final=True)
    except (csv.Error, UnicodeError) as error:
        raise CannotTell("it cannot be told into rows") from error
    finally:
        text.detach()


class _Cleaning:
    """One pass over the records of a text."""

    def __init__(self, layout: Layout) -> None:
        header = layout.header
        self.first = self.layout = layout
        self.delimiter = layout.page.delimiter
        self.hidden = _columns(layout.page, header)
        self.named = named_width(header)
        self.width = row_width(layout.page.head, header)
        self.joined = Joined(layout.page.name, header, ())

    def rows(self, records: Iterator[list[str]]) -> Iterator[list[str]]:
        number = 0
        for number, cells in enumerate(records, start=1):
            if number < self.layout.header.row:
                yield [_LIKE_NUMBER.sub(_masked, cell) for cell in cells]
            elif number == self.layout.header.row:
                if [*map(normalise, cells)] != [*map(normalise, self.layout.header.cells)]:
                    raise CannotTell("its header is not where its reader has it")
                yield cells
            elif self.joined.is_header(cells):
                self._turn(cells)
                yield cells
            elif self._is_regular(cells):
                yield [self._cell(at, cell) for at, cell in enumerate(cells)]
            else:
                yield self._rest(cells)
                for _ in range(self._rows_in(cells) - 1):
                    yield [_REFUSED]
        if number < self.layout.header.row:
            raise CannotTell("it has no header")

    def _turn(self, cells: Sequence[str]) -> None:
        """Go on below another header: exports were joined by hand, one below the other.

        Raises
        ------
        CannotTell
            If its columns are others than those of the first one.
        """
        layout, places = self.first, moved(self.first.header.cells, cells)
        if places is None:
            raise CannotTell("another header has other columns")

        def there(columns: Iterable[int]) -> frozenset[int]:
            return frozenset(places.get(at, at) for at in columns)

        self.hidden = there(_columns(layout.page, layout.header))
        self.layout = replace(layout, asked=there(layout.asked), ids=there(layout.ids))

    def _is_regular(self, cells: Sequence[str]) -> bool:
        """Whether each cell of a record stands under its header.

        Raises
        ------
        CannotTell
            If a column without a header has something in it: then others may have moved too.
        """
        if not any(map(str.strip, cells)):
            return True
        if any(self._whole_rows(cell) for cell in cells) or len(cells) < self.named:
            return False
        beyond = [at for at, cell in enumerate(cells) if at >= self.named and cell.strip()]
        if beyond and beyond[-1] < self.width:
            raise CannotTell("a column has no header")
        return not beyond

    def _cell(self, at: int, cell: str) -> str:
        """Return what is kept of a cell that stands under its header."""
        if at in self.hidden:
            return ""
        if self.delimiter in cell and ("\n" in cell or "\r" in cell):
            # Where a quotation mark was left open, the beginning of another row.
            return _LIKE_NUMBER.sub(_masked, cell) if at in self.layout.asked else ""
        return cell if at in self.layout.ids else _NUMBER.sub(_masked, cell)

    def _rest(self, cells: Sequence[str]) -> list[str]:
        """Return what is kept of a record whose cells may stand under any header: too few cells."""
        if len(cells) == self.width:  # Two halves of two rows: nothing in it is of one order.
            return [_REFUSED]
        # As many cells as it lacks may have moved this far to the left.
        first = min(self.hidden, default=0) - max(self.named - len(cells), 0)
        row = [self._unmoved(at, cell, at < first) for at, cell in enumerate(cells)]
        row = row[: self.named - 1]
        return row if any(row) else [_REFUSED]

    def _unmoved(self, at: int, cell: str, before: bool) -> str:
        told = cell.strip()
        if _AMOUNT.fullmatch(told) or _TOTAL.fullmatch(told):
            return cell
        is_id = before and at in self.layout.ids and _ID.fullmatch(cell)
        return cell if is_id and not _NUMBER.search(cell) else ""

    def _whole_rows(self, cell: str) -> int:
        """Return how many rows an open quotation mark may have put into a cell."""
        lines = max(cell.count("\n"), cell.count("\r"))
        return min(lines, cell.count(self.delimiter) // max(self.named - 1, 1))

    def _rows_in(self, cells: Sequence[str]) -> int:
        """Return how many rows a record swallowed, itself among them."""
        lines = 1 + sum(max(cell.count("\n"), cell.count("\r")) for cell in cells)
        delimiters = len(cells) - 1 + sum(cell.count(self.delimiter) for cell in cells)
        return max(1, min(lines, delimiters // max(self.width - 1, 1)))


def _masked(found: re.Match[str]) -> str:
    return "*" * len(found[0])
