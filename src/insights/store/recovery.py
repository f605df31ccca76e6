"""What a load that died left behind is put away before the next one begins.

A load writes a marker before its first change and removes it after `current.json` was renamed. A
marker that is still there means that the load died, and only then anything is undone: Delta
versions that no load made visible are taken off the log, so that the next load ends as if the dead
one had never been; data files that no load names are removed. Without a marker nothing is ever
removed, so a `current.json` that somebody lost or put back costs no data: where the tables and it
do not fit together, nothing begins.
"""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from insights import schema
from insights.errors import LakeError
from insights.store.disk import flush_folders, replace_text
from insights.store.loads import FILE_NAME, LOADS, Current, read_current

MARKER = ".loading"
RAW = "raw"  # Beside the lake: the files as received, see `intake.vault`.
SCRATCH = ".scratch"  # Where a load stages its rows and spills; nothing in it outlives the load.
DELTA_LOG = "_delta_log"

_VERSIONED = re.compile(r"^(\d{20})\.")
_HALF_WRITTEN = re.compile(r"(#\d+|\.tmp)$")  # Names that deltalake writes under before renaming.


def begin(folder: Path, load_id: str, before: Current | None) -> Path:
    """Mark a load as begun and return its scratch folder, new and private."""
    after = before.load_id if before else None
    replace_text(folder / MARKER, json.dumps({"load_id": load_id, "after": after}))
    scratch = folder / SCRATCH
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700)
    return scratch


def is_loading(folder: Path) -> bool:
    """Whether a load is at work, or died and was not put away yet."""
    return (folder / MARKER).exists()


def finish(folder: Path) -> None:
    """Take the marker away: the load is visible."""
    shutil.rmtree(folder / SCRATCH, ignore_errors=True)
    (folder / MARKER).unlink()
    flush_folders([folder])


def recover(folder: Path, quarantine: Path) -> None:
    """Undo what a load that died left behind, if one did.

    It may be killed itself at any point: what it has undone need not be undone again.

    Raises
    ------
    LakeError
        If the tables are not those of the visible load, and no load that died explains it.
    """
    current = read_current(folder)
    for drafts in (folder, folder / LOADS, folder.parent / RAW):
        for draft in drafts.glob(".*.draft"):
            draft.unlink()  # Not even renamed: nothing can depend on it.
    if not is_loading(folder):
        _check(folder, current)
        return
    died = json.loads((folder / MARKER).read_text("utf-8"))
    if current is None and died["after"] is not None:
        raise _lost(folder)
    shutil.rmtree(folder / SCRATCH, ignore_errors=True)
    if current is None or died["load_id"] != current.load_id:
        (folder / LOADS / f"{died['load_id']}.json").unlink(missing_ok=True)
        shutil.rmtree(quarantine / died["load_id"], ignore_errors=True)
    for path in _tables(folder):
        known = current.tables.get(path.name) if current else None
        if known is None:
            shutil.rmtree(path)
        else:
            _roll_back(path / DELTA_LOG, known.version)
    if current is not None:
        _sweep(folder, current)
    logs = (path / DELTA_LOG for path in _tables(folder))
    flush_folders(path for path in (folder, folder / LOADS, *logs) if path.is_dir())
    finish(folder)


def _check(folder: Path, current: Current | None) -> None:
    """Make sure that the tables are those of the visible load: a load would go on from them."""
    tables = _tables(folder)
    if current is None and tables:
        raise _lost(folder)
    for path in tables:
        known = current.tables.get(path.name) if current else None
        if known is None:
            raise LakeError(
                f"The folder of the table '{path.name}' is there, but no load knows it. Move it "
                "away and load again."
            )
        log = path / DELTA_LOG
        newest = max((_version(entry) for entry in log.glob("*.json")), default=-1)
        if newest != known.version:
            raise LakeError(
                f"The table '{path.name}' is at Delta version {newest}, but {FILE_NAME} says "
                f"{known.version}: something else wrote to it, or one of the two was put back from "
                "a copy. Put back both, or move the lake folder away and load the exports again."
            )


def _lost(folder: Path) -> LakeError:
    return LakeError(
        f"The lake '{folder.parent.name}' has tables but no {FILE_NAME}, which says what of them "
        "is visible. Put it back from a copy; or move the lake folder away and load the exports "
        "again. Nothing was changed."
    )


def _roll_back(log: Path, version: int) -> None:
    """Take later versions off a Delta log, the newest first, so that it is valid all the time."""
    for entry in sorted(log.iterdir(), reverse=True):
        if _HALF_WRITTEN.search(entry.name) or _version(entry) > version:
            entry.unlink()
    pointer = log / "_last_checkpoint"
    if pointer.exists() and json.loads(pointer.read_text("utf-8"))["version"] > version:
        pointer.unlink()


def _sweep(folder: Path, current: Current) -> None:
    """Remove data files that no load names: the dead load wrote them.

    Whoever publishes a load must therefore write its file under `loads/`.
    """
    named = {name: set(table.files) for name, table in current.tables.items()}
    for path in (folder / LOADS).glob("*.json"):
        try:
            kept = json.loads(path.read_text("utf-8"))["current"]["tables"]
            for name, table in kept.items():
                named.setdefault(name, set()).update(table["files"])
        except (ValueError, KeyError, TypeError) as error:
            raise LakeError(
                f"{LOADS}/{path.name} of the lake '{folder.parent.name}' cannot be read, so the "
                "files of that load cannot be told from those of a load that died. Put it back "
                "from a copy, or remove it to give up that load."
            ) from error
    for name in current.tables:
        for path in list(_data_files(folder / name)):
            if path.relative_to(folder / name).as_posix() not in named[name]:
                path.unlink()
                if not any(path.parent.iterdir()):
                    path.parent.rmdir()


def _data_files(table: Path) -> Iterator[Path]:
    return (
        path
        for path in table.rglob("*")
        if path.is_file() and DELTA_LOG not in path.relative_to(table).parts
    )


def _tables(folder: Path) -> list[Path]:
    return [path for name in schema.names() if (path := folder / name).is_dir()]


def _version(entry: Path) -> int:
    """Return the version that an entry of a Delta log is of; -1 for one that is of none."""
    found = _VERSIONED.match(entry.name)
    return int(found[1]) if found else -1
