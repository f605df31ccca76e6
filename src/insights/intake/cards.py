"""Cards: what of a file is not even kept as received? Columns of identity cards.

Some consoles export names and numbers of identity cards beside an order, for customs or subsidies.
Nobody here needs them and the law calls them sensitive, so they never reach the disk: a text is
kept with these cells empty, and of a file that cannot be written again cell by cell (a workbook, an
archive, JSON) the vault keeps nothing.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from insights.intake.reading import Page

_CARD = re.compile(r"身份证|实名|证件号|id[ _]?card|ID (?:Name|Number)\b", re.IGNORECASE)
_LONGEST = 40  # A longer cell is no header.
_NO_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")


def has_cards(page: Page) -> bool:
    """Whether a page has a column of identity cards, whatever else it is.

    Examples
    --------
    >>> is_card("收件人身份证号"), is_card("订单号")
    (True, False)
    """
    cells = (cell for record in page.head for cell in record)
    return any(is_card(cell) for cell in (*cells, *page.keys))


def is_card(header: str) -> bool:
    """Whether a header is one of identity cards."""
    return len(header) <= _LONGEST and _CARD.search(header) is not None


def without_cards(stream: BinaryIO, suffix: str) -> Iterator[bytes] | None:
    """Return a text's content with those cells empty; None if it cannot be written so.

    Parameters
    ----------
    stream : binary stream that can seek
    suffix : str
        Of the file's name, lower case.
    """
    from insights.intake.erasing import codec_of, suffix_is_text  # noqa: PLC0415 - for few files

    start = stream.read(4)
    stream.seek(0)
    if not suffix_is_text(suffix) or start.startswith(_NO_TEXT):
        return None
    try:
        codec = codec_of(stream)
    except ValueError:
        return None
    return _written(stream, codec)


def _written(stream: BinaryIO, codec: str) -> Iterator[bytes]:
    encoder = codecs.getincrementalencoder(codec)()
    text = io.TextIOWrapper(stream, codec, newline="")
    try:
        first = text.readline()
        text.seek(0)
        delimiter = "\t" if first.count("\t") > first.count(",") else ","
        csv.field_size_limit(1 << 30)
        hidden: set[int] = set()
        for record in csv.reader((line.replace("\0", "") for line in text), delimiter=delimiter):
            found = {n for n, cell in enumerate(record) if is_card(cell)}
            hidden |= found
            row = ["" if n in hidden - found else cell for n, cell in enumerate(record)]
            line = io.StringIO()
            csv.writer(line, delimiter=delimiter, lineterminator="\r\n").writerow(row)
            yield encoder.encode(line.getvalue())
        yield encoder.encode("", final=True)
    finally:
        text.detach()
