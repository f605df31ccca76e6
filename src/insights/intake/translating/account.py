"""The account of a file: what became of each of its rows, its columns and its money."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from insights.errors import IntakeError
from insights.intake.translating.remarks import Remark


class FileRefused(IntakeError):
    """A file cannot be loaded, as a whole; `reason` is one word for it, `zh` the message again."""

    def __init__(self, reason: str, message: str, zh: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.zh = zh


@dataclass(frozen=True, kw_only=True)
class FileAccount:
    """What became of one file: rows_read = rows_used + rows_skipped + rows_refused.

    Attributes
    ----------
    rows_skipped : int
        Rows that are no records, counted by reason in `skipped`: blank ones, totals, those that a
        later one of the file repeats, and those that differ from a later one of the same key.
    rows_refused : int
        Rows that are in quarantine; `refused` counts the reasons, of which a row may have several.
    unknown_headers : tuple of str
        Columns that the adapter does not know; they were not read.
    missing_columns : tuple of str
        Columns that the adapter knows and the file lacks.
    scope : dict
        What was said of the file for this load, and when it was made, or else written.
    remarks : tuple of Remark
        What had to be assumed, and what else whoever loads it must know.
    totals : dict
        For each column of money (its sum in the file, the sum that the rows account for).
    held, unheld : dict
        The sums of the tables' columns of money (`orders.paid_amount`), by whether a total was held
        against the file.
    told_at : datetime or None
        How new what it tells is, as far as that can be known.
    """

    file: str
    sha256: str
    adapter: str
    adapter_version: str
    encoding: str = ""
    header_row: int = 0
    rows_read: int = 0
    rows_used: int = 0
    rows_skipped: int = 0
    rows_refused: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    unknown_headers: tuple[str, ...] = ()
    missing_columns: tuple[str, ...] = ()
    scope: dict[str, str] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    totals: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    held: dict[str, Decimal] = field(default_factory=dict)
    unheld: dict[str, Decimal] = field(default_factory=dict)
    told_at: datetime | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None
    tables: dict[str, int] = field(default_factory=dict)

    @property
    def warnings(self) -> tuple[str, ...]:
        """The remarks in English."""
        return tuple(remark.en for remark in self.remarks)

    def as_json(self) -> dict[str, Any]:
        """Return the account in values that JSON has; money as text."""
        found = dict(vars(self))
        found["totals"] = {h: [str(a), str(b)] for h, (a, b) in self.totals.items()}
        for name in ("held", "unheld"):
            found[name] = {column: str(total) for column, total in found[name].items()}
        for name in ("told_at", "first_at", "last_at"):
            found[name] = found[name].isoformat(" ") if found[name] else None
        for name in ("unknown_headers", "missing_columns"):
            found[name] = list(found[name])
        found["remarks"] = [asdict(remark) for remark in self.remarks]
        return found


@dataclass(frozen=True)
class RefusedFile:
    """A file that was left out: one word for the reason, and what to do, said in a sentence.

    `message_zh` is '' where all that is known of it is what the reason means.
    """

    file: str
    reason: str
    message: str
    nearest: str = ""
    message_zh: str = ""


@dataclass(frozen=True)
class SkippedFile:
    """A file that the lake has already, since a load, or that is the same as another one."""

    file: str
    load_id: str = ""
    same_as: str = ""
