"""Offers: a source that is one input, or files; both are loaded by the same steps."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from insights import schema, sources
from insights.intake.translating.account import FileAccount, RefusedFile, SkippedFile
from insights.settings import Brand

if TYPE_CHECKING:  # A source that is no file needs no reader.
    from insights.intake.files import FilesSource

Progress = Callable[[str, int, int], None]


def input_key(offered: sources.Source, brand: Brand) -> str:
    """Return a digest of everything that makes the rows of a load: equal means nothing new.

    These are the input, the wall clock that its times are put on, and what the tables declare.
    """
    digest = hashlib.sha256(f"{offered.fingerprint()} {brand.time_zone}".encode())
    for name in sorted(offered.tables):
        table = schema.get(name)
        types = [(column.name, column.sql_type) for column in table.columns]
        digest.update(repr((name, table.key, types, schema.reasons(table))).encode())
    return digest.hexdigest()


class Whole:
    """A source that is one input: all of it is loaded, or nothing."""

    def __init__(self, source: sources.Source, brand: Brand) -> None:
        self.name, self.version, self.tables = source.name, source.version, source.tables
        self.steps = 0
        self.accounts: list[FileAccount] = []
        self.skipped: list[SkippedFile] = []
        self.refused: list[RefusedFile] = []
        self.notices: list[str] = []
        self._source = source
        self._key = input_key(source, brand)

    def inputs(self) -> tuple[str, ...]:
        """Return the digest of its one input."""
        return (self._key,)

    taken = inputs

    def skip(self, known: Mapping[str, str]) -> None:
        """There is one input, and it is known."""

    def prepare(self, scratch: Path, known: Mapping[str, str], tell: Progress) -> None:
        """Nothing has to be made ready."""

    def batches(self, brand: Brand) -> Iterator[sources.Batch]:
        """Yield what it offers."""
        return self._source.batches(brand)

    def keep_refusals(self, connection: Any, folder: Path) -> None:
        """Every row that it offers is a row of a table."""

    def log(self) -> dict[str, Any]:
        """Return what the load log says of it beside its tables."""
        return {"fingerprint": self._key}


Offered: TypeAlias = Union[Whole, "FilesSource"]


def offered_by(source: Union[str, sources.Source, "FilesSource"], brand: Brand) -> Offered:
    """Return what a source offers; one may be called by its name."""
    if isinstance(source, str):
        return Whole(sources.get(source), brand)
    from insights.intake.files import FilesSource  # noqa: PLC0415 - a name needs no reader of files

    return source if isinstance(source, FilesSource) else Whole(source, brand)
