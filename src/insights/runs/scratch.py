"""Scratch: where is what nobody needs after a run, and who takes it away when the run was killed?

A folder of scratch lies in the system's place for temporary files and names the process that it
belongs to. When that is gone, the next run of whichever workspace removes it; one whose process is
at work, or on another machine, stays. A kernel has its temporary files in such a folder, so that
what a query spilled goes with it.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from insights.runs.processes import is_alive, this_process

PREFIX = "insights-"
OWNER = "owner"  # File in a folder that names its process.


@contextmanager
def folder(kind: str = "", place: str | None = None) -> Iterator[Path]:
    """Make a private folder that goes with the block, or with the next run after a crash.

    Parameters
    ----------
    kind : str
        A word of its name, with a hyphen.
    place : str, optional
        The folder that it is made in; the system's for temporary files when None.
    """
    with tempfile.TemporaryDirectory(
        prefix=PREFIX + kind, dir=place, ignore_cleanup_errors=True
    ) as name:
        made = Path(name)
        (made / OWNER).write_text(this_process(), "utf-8")
        yield made


def places() -> list[str]:
    """Return the folders that scratch may lie in; the system's own for temporary files first."""
    named = (tempfile.gettempdir(), os.environ.get("XDG_RUNTIME_DIR", ""), "/tmp", "/var/tmp")  # noqa: S108
    return [place for place in dict.fromkeys(named) if place]


def left() -> list[Path]:
    """Return this user's folders of scratch whose process is gone."""
    found = []
    for path in (path for place in places() for path in Path(place).glob(f"{PREFIX}*")):
        try:
            ours = not hasattr(os, "getuid") or path.lstat().st_uid == os.getuid()
            owner = (path / OWNER).read_text("utf-8")
        except OSError:  # Another's, or going at this moment.
            continue
        if ours and not path.is_symlink() and is_alive(owner) is False:
            found.append(path)
    return sorted(set(found))


def clear() -> list[Path]:
    """Remove what processes that are gone have left; return it."""
    found = left()
    for path in found:
        shutil.rmtree(path, ignore_errors=True)
    return found
