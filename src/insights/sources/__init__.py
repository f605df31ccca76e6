"""Source systems: one folder each, found by scanning; what a system's exports mean.

A folder declares each kind of export in `<kind>.toml`, an adapter; a source that is no file has a
module `source` with one object, `SOURCE`. Adding one touches its folder and one sample.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any, Protocol

from insights.errors import UnknownSource, did_you_mean
from insights.settings import Brand
from insights.sources.adapter import Adapter, AdapterError
from insights.sources.declared import read

__all__ = ["Adapter", "AdapterError", "Batch", "Source", "adapters", "get", "names"]


@dataclass(frozen=True)
class Batch:
    """Rows for one canonical table from one file.

    `rows` is an Arrow table or, for what may be large, a stream of Arrow record batches that is
    read once (a `RecordBatchReader`). Its columns are canonical columns, typed or as text, those
    that the source cannot fill left out, and `_row`, the row number in the file. An id is never a
    floating-point number, and a time is on the brand's wall clock, without a zone. `source` is the
    system that the rows came from, where it is not the one that offers them. `told_at` says how new
    what they tell is, where that is known, and a column `_told_at` says it row by row: what a newer
    export told stays.
    """

    table: str
    rows: Any
    file: str
    file_sha256: str
    source: str = ""
    told_at: datetime | None = None


class Source(Protocol):
    """What a source offers.

    `tables` are the canonical tables that it may fill.
    """

    name: str
    label: str
    version: str

    @property
    def tables(self) -> tuple[str, ...]: ...  # noqa: D102 - said above

    def fingerprint(self) -> str:
        """Return a digest of the input and of the adapter's version: equal means nothing new.

        Raises
        ------
        MissingExtra
            If the input comes with a package that is not installed.
        """

    def batches(self, brand: Brand) -> Iterator[Batch]:
        """Yield the rows, in any order of tables; of two rows with one key the later one wins."""


@cache
def names() -> tuple[str, ...]:
    """Names of all sources."""
    folders = (f for f in files("insights.sources").iterdir() if f.is_dir())
    return tuple(sorted(f.name for f in folders if (f / "source.py").is_file()))


def get(name: str) -> Source:
    """Return a source.

    Raises
    ------
    UnknownSource
        If there is none of this name.
    """
    if name not in names():
        raise UnknownSource(f"There is no source called '{name}'.{did_you_mean(name, names())}")
    source: Source = import_module(f"insights.sources.{name}.source").SOURCE
    return source


@cache
def adapters() -> tuple[Adapter, ...]:
    """Return what is declared for files: one adapter for each `<source>/<kind>.toml`.

    Raises
    ------
    AdapterError
        If a declaration cannot be; the message names everything that is wrong in it.
    """
    found = []
    for folder in sorted(files("insights.sources").iterdir(), key=lambda f: f.name):
        if not folder.is_dir():
            continue
        for file in sorted(folder.iterdir(), key=lambda f: f.name):
            if not file.name.endswith(".toml"):
                continue
            place = f"{folder.name}/{file.name}"
            adapter = read(place, file.read_text("utf-8"))
            if f"{adapter.name.replace('.', '/')}.toml" != place:
                raise AdapterError(
                    f"{place} calls itself '{adapter.name}'; folder and file are named after it."
                )
            found.append(adapter)
    return tuple(found)
