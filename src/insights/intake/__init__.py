"""Intake: what a source offers goes into the lake, row by row accounted for."""

from typing import TYPE_CHECKING, Any

from insights.intake.loading import ingest
from insights.intake.outcome import IngestReport, TableAccount
from insights.intake.translating.account import FileAccount, RefusedFile, SkippedFile

if TYPE_CHECKING:
    from insights.intake.files import FilesSource

__all__ = [
    "FileAccount",
    "FilesSource",
    "IngestReport",
    "RefusedFile",
    "SkippedFile",
    "TableAccount",
    "ingest",
]


def __getattr__(name: str) -> Any:
    """Import what reads files when it is asked for: other sources do without."""
    if name != "FilesSource":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from insights.intake.files import FilesSource  # noqa: PLC0415 - see above

    return FilesSource
