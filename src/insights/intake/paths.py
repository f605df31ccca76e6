"""Paths: which files lie below some files and folders, and are meant to be read?"""

from collections.abc import Iterator
from pathlib import Path

from insights.errors import IntakeError

# What systems put beside files.
_NOBODYS = ("__MACOSX", "Thumbs.db", "desktop.ini", "README.md")


def files_below(paths: list[Path]) -> Iterator[Path]:
    """Yield the files below some paths, each once, without hidden ones and those of nobody.

    Raises
    ------
    IntakeError
        If a path is not there, or there is no file at all.
    """
    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise IntakeError(f"There is no file or folder '{path}'.")
        found = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in found:
            parts = file.relative_to(path).parts if path.is_dir() else ()
            if any(part.startswith((".", "~$")) or part in _NOBODYS for part in parts):
                continue
            if (resolved := file.resolve()) not in seen:
                seen.add(resolved)
                yield file
    if not seen:
        raise IntakeError(f"There is no file in '{', '.join(p.name for p in paths)}'.")
