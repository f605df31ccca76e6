"""`current.json`: the one file that says which load is visible.

A load touches many tables and becomes visible by one atomic rename of this file, which lists the
version and the parquet files of every table. Readers need nothing else, and a writer never blocks
them: files of an older load stay until maintenance removes them.
"""

import json
import os
from datetime import date, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from insights.errors import LakeError
from insights.settings import Brand, Settings

FILE_NAME = "current.json"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TableFiles(_Frozen):
    """One table as of the current load; `files` are relative to the table's folder."""

    version: int
    rows: int
    files: tuple[str, ...]
    first_at: datetime | None = None
    last_at: datetime | None = None


class Rows(_Frozen):
    """Accounting over all loads: read = kept + merged + quarantined."""

    read: int = 0
    kept: int = 0
    merged: int = 0
    quarantined: int = 0


class Current(_Frozen):
    """The visible load.

    `inputs` maps the fingerprint of everything ever loaded to the load that took it, so that the
    same input is not loaded twice. `first_day` and `last_day` are those of the first and the last
    paid order, on the brand's wall clock.
    """

    load_id: str
    loaded_at: datetime
    tables: dict[str, TableFiles] = {}
    inputs: dict[str, str] = {}
    rows: Rows = Rows()
    first_day: date | None = None
    last_day: date | None = None


def lake_folder(settings: Settings, brand: Brand) -> Path:
    """Folder of the brand's lake."""
    return settings.data / brand.name / "lake"


def read_current(folder: Path) -> Current | None:
    """Return the visible load of a lake folder; None where nothing was ever loaded.

    Raises
    ------
    LakeError
        If the file is there but cannot be understood.
    """
    path = folder / FILE_NAME
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None
    try:
        return Current.model_validate_json(text)
    except ValidationError as error:
        raise LakeError(
            f"{FILE_NAME} of the lake '{folder.parent.name}' cannot be read "
            f"({error.error_count()} problems; first: {error.errors()[0]['msg']}). It may come from "
            "another version: load the exports again into an empty lake folder."
        ) from error


def read_load(folder: Path, load_id: str) -> Current | None:
    """Return an earlier load, as long as maintenance has kept it; None if it was never visible."""
    newest = read_current(folder)
    path = folder / "loads" / f"{load_id}.json"
    if newest is None or load_id > newest.load_id or not path.is_file():
        return None
    return Current.model_validate(json.loads(path.read_text("utf-8"))["current"])


def publish(folder: Path, current: Current) -> None:
    """Make a load visible: written, flushed to disk, then one rename."""
    path = folder / FILE_NAME
    replace_text(path, current.model_dump_json(indent=1))


def replace_text(path: Path, text: str) -> None:
    """Replace a file by new text so that a reader or a crash sees the old or the new, no mixture."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    with draft.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut, where the system can."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
