"""Reading: what bytes hold, as pages of text. It knows no source, no table and no meaning.

A file is a page (delimited text, JSON) or holds several (sheets of a workbook, members of an
archive). Nothing is written to disk, memory stays bounded, and only columns that were asked for
leave: what nobody declared may be anybody's name.
"""

from insights.intake.reading.files import pages
from insights.intake.reading.joined import JOINED, Joined, moved
from insights.intake.reading.page import (
    LIMITS,
    Header,
    Limits,
    Page,
    RefusedRow,
    RefusedRows,
    Unreadable,
)

__all__ = [
    "JOINED",
    "LIMITS",
    "Header",
    "Joined",
    "Limits",
    "Page",
    "RefusedRow",
    "RefusedRows",
    "Unreadable",
    "moved",
    "pages",
]
