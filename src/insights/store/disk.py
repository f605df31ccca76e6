"""Writing so that a crash or a power cut leaves the old or the new, never a mixture.

A rename makes a file visible at once; only fsync makes sure that what was renamed, and the files
that it names, are really on the disk when the power fails.
"""

import os
from collections.abc import Iterable
from pathlib import Path


def replace_text(path: Path, text: str) -> None:
    """Replace a file by new text: written beside it, flushed to disk, then one rename."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        with draft.open("w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)  # A full disk must not be fuller for the attempt.
        raise
    flush_folders([path.parent])


def flush_files(paths: Iterable[Path]) -> None:
    """Make the content of files survive a power cut."""
    for path in paths:
        _flush(path, os.O_RDWR)


def flush_folders(paths: Iterable[Path]) -> None:
    """Make what was created, renamed or removed in folders survive a power cut."""
    if os.name == "posix":  # Elsewhere a folder cannot be opened, nor need it be.
        for path in paths:
            _flush(path, os.O_RDONLY)


def _flush(path: Path, mode: int) -> None:
    handle = os.open(path, mode)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
