"""`current.json`: the one file that says which load is visible.

A load touches many tables and becomes visible by one atomic rename of this file, which lists the
version and the parquet files of every table. Readers need nothing else, and a writer never blocks
them: files of an older load stay until maintenance removes them.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from insights.errors import LakeError
from insights.settings import Brand, Settings
from insights.store.disk import replace_text

FILE_NAME = "current.json"
LOADS = "loads"  # Folder with one file a load: its accounting and its list of files.
UNPROVEN = "unproven"  # The kind of remarks that are an adapter's own.
ERASED = "erased"  # In the log of a load that cannot be opened any more.
# What an erased load's log still tells: counts and reasons by table and by file, and no names.
_KEPT = ("source", "source_version", "fingerprint", "tables", "forgotten")
_KEPT_OF_FILES = (
    "sha256",
    "adapter",
    "adapter_version",
    "scope",
    "rows_read",
    "rows_used",
    "rows_skipped",
    "rows_refused",
    "skipped",
    "refused",
    "unknown_headers",
    "missing_columns",
    "totals",
    "first_at",
    "last_at",
    "tables",
)
_STAMP = "%Y%m%dT%H%M%S%fZ"


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
    """Accounting of one load, or over all of them: read = kept + merged + quarantined."""

    read: int = 0
    kept: int = 0
    merged: int = 0
    quarantined: int = 0


class Current(_Frozen):
    """The visible load.

    `inputs` maps the fingerprint of everything ever loaded to the load that took it, so that the
    same input is not loaded twice. `rows` are those of all loads so far. `first_day` and `last_day`
    are those of the first and the last paid order, on the brand's wall clock.
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
    try:
        text = (folder / FILE_NAME).read_text("utf-8")
    except FileNotFoundError:
        return None
    return _understood(text, folder, FILE_NAME)


def read_load(folder: Path, load_id: str) -> Current | None:
    """Return an earlier load, as long as it is kept; None if it was never visible or is erased.

    Raises
    ------
    LakeError
        If its file is there but cannot be understood.
    """
    newest = read_current(folder)
    path = folder / LOADS / f"{load_id}.json"
    if newest is None or load_id > newest.load_id or not path.is_file():
        return None
    try:
        told = json.loads(path.read_text("utf-8"))
        if told.get(ERASED):
            return None
        kept = json.dumps(told["current"])
    except (ValueError, KeyError, TypeError, AttributeError):
        kept = ""
    return _understood(kept, folder, f"{LOADS}/{path.name}")


def earlier(folder: Path, load_id: str) -> Current:
    """Return an earlier load that is wanted.

    Raises
    ------
    LakeError
        If it cannot be opened any more; the message says why.
    """
    if found := read_load(folder, load_id):
        return found
    why = (
        "cannot be opened any more: somebody was forgotten since, and what the tables were before "
        "is gone"
        if is_erased(folder, load_id)
        else "is not there any more"
    )
    raise LakeError(
        f"Load {load_id} of '{folder.parent.name}' {why}. Run the report again on the newest load."
    )


def file_gone(folder: Path, load_id: str) -> LakeError:
    """Return the error of a load that a file is gone of: an older one's, or the newest one's."""
    current = read_current(folder)
    if current and current.load_id != load_id:
        return LakeError(
            f"A file of load {load_id} is gone: maintenance removed it. Open the lake again."
        )
    return LakeError(
        f"A file of the newest load, {load_id}, is gone from the lake '{folder.parent.name}', "
        "though nothing of ours removed it. Put it back from a copy, or move the lake folder away "
        "and load the exports again."
    )


def logs(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what each load told, oldest first: its id and its log."""
    for path in sorted((folder / LOADS).glob("*.json")):
        yield path.stem, json.loads(path.read_text("utf-8")).get("log") or {}


def is_erased(folder: Path, load_id: str) -> bool:
    """Whether a load cannot be opened any more because somebody was forgotten since."""
    try:
        return bool(json.loads((folder / LOADS / f"{load_id}.json").read_text("utf-8"))[ERASED])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def erase_load(path: Path, *, is_private: Callable[[str], bool] = lambda text: False) -> None:
    """Leave of a load's log what became of how many rows; which files the tables had is gone.

    Parameters
    ----------
    path : Path
        The log.
    is_private : callable, optional
        Whether a word of the log has something of somebody; such words go, too.
    """
    told = json.loads(path.read_text("utf-8"))
    log = told.get("log") or {}
    kept: dict[str, Any] = {name: log[name] for name in _KEPT if name in log}
    if "files" in log:
        kept["files"] = [
            {name: file[name] for name in _KEPT_OF_FILES if name in file}
            # What is said of one file may hold a value of it.
            | {"remarks": [r for r in file.get("remarks", ()) if r["kind"] == UNPROVEN]}
            for file in log["files"]
        ]
        kept["refused_files"] = [
            {name: file[name] for name in ("reason", "nearest") if name in file}
            for file in log.get("refused_files", ())
        ]
    at = {name: told["current"][name] for name in ("load_id", "loaded_at")}
    erased = {"current": at | {"tables": {}}, ERASED: True, "log": _without(kept, is_private)}
    replace_text(path, json.dumps(erased, ensure_ascii=False))


def _without(node: Any, is_private: Callable[[str], bool]) -> Any:
    """Return a part of a log without words that have something of somebody."""
    if isinstance(node, dict):
        return {k: _without(v, is_private) for k, v in node.items() if not is_private(k)}
    if isinstance(node, list):
        texts = [one for one in node if not (isinstance(one, str) and is_private(one))]
        return [_without(one, is_private) for one in texts]
    return "" if isinstance(node, str) and is_private(node) else node


def rows_of_load(folder: Path, load_id: str) -> Rows | None:
    """Return the accounting of one load alone; None where maintenance has not kept it."""
    try:
        text = (folder / LOADS / f"{load_id}.json").read_text("utf-8")
    except FileNotFoundError:
        return None
    try:
        tables = json.loads(text)["log"]["tables"]
        return Rows(
            read=sum(table["rows_in"] for table in tables),
            kept=sum(table["kept"] for table in tables),
            merged=sum(table["merged"] for table in tables),
            quarantined=sum(table["quarantined"] for table in tables),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise LakeError(
            f"{LOADS}/{load_id}.json of the lake '{folder.parent.name}' has no accounting of its "
            "load. Put the file back from a copy, or load the exports again into an empty lake."
        ) from error


def new_load_id(before: Current | None) -> str:
    """Return an id that sorts after every earlier load, whatever the clock says.

    It is the moment in UTC; where the clock went backwards, the moment after the last load.
    """
    now = datetime.now(UTC)
    if before is not None:
        try:
            last = datetime.strptime(before.load_id, _STAMP).replace(tzinfo=UTC)
        except ValueError as error:
            raise LakeError(
                f"'{before.load_id}' in {FILE_NAME} is no load of ours: a load is named by its "
                "moment, as 20260131T083000000000Z. Put the file back from a copy."
            ) from error
        now = max(now, last + timedelta(microseconds=1))
    return now.strftime(_STAMP)


def publish(folder: Path, current: Current) -> None:
    """Make a load visible: written, flushed to disk, then one rename."""
    replace_text(folder / FILE_NAME, current.model_dump_json(indent=1))


def _understood(text: str, folder: Path, name: str) -> Current:
    try:
        return Current.model_validate_json(text)
    except ValidationError as error:
        raise LakeError(
            f"{name} of the lake '{folder.parent.name}' cannot be read "
            f"({error.error_count()} problems; first: {error.errors()[0]['msg']}). It may come "
            "from another version: move the folder away and load the exports again, "
            f"`insights ingest PATH --brand {folder.parent.name}`."
        ) from error
