"""Publishing: a page is on the shelf whole, or the page before it is.

The files are written and flushed in the run's private folder, on the same disk, and take their
place by one rename; a folder that is there already is exchanged for the new one in one step. Where
the system cannot exchange folders (not Linux, some network disks), the files are replaced one by
one, `index.html` last: a reader then never sees a torn file, but for a moment may see new data
files beside the old page.
"""

import hashlib
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from insights.runs import disk
from insights.runs.record import RunRecord

PAGE = "index.html"
ANALYST = "analyst.html"
FAILURE = "failure.html"
STAGED = "publish"
SUMS = "SHA256SUMS"


def stage(run_folder: Path, files: Mapping[str, bytes]) -> tuple[Path, dict[str, str]]:
    """Write a page's files into the run's folder, flushed; return the folder and their SHA-256.

    The sums lie beside the page as well, as `sha256sum -c` reads them, for a copy without ledger.
    """
    folder = run_folder / STAGED
    shutil.rmtree(folder, ignore_errors=True)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    said = "".join(f"{digest}  {name}\n" for name, digest in sums.items())
    disk.write_folder(folder, {**files, SUMS: said.encode()})
    return folder, sums


def place(staged: Path, target: Path) -> None:
    """Put a staged folder in the place of the published one; its old content is removed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        if not disk.exchange(staged, target):
            _replace_files(staged, target)
    else:
        staged.rename(target)
    with suppress(
        OSError
    ):  # The page is out by now: it is no failure that it may not outlast a cut.
        disk.flush_folder(target.parent)
    # What is left under the old name is the page before; nobody reads it any more.
    shutil.rmtree(staged, ignore_errors=True)


def is_whole(reports: Path, record: RunRecord) -> bool:
    """Whether every file that a run published is on the disk as it was published."""
    return bool(record.files) and all(
        disk.sha256(reports / record.home / name) == digest for name, digest in record.files.items()
    )


def put_latest(reports: Path, record: RunRecord) -> None:
    """Put a copy of the manager's page at the address that does not move.

    Links to the files beside the page are turned towards its folder, so that the copy works too.
    """
    page = (reports / record.home / PAGE).read_text("utf-8")
    away = "../" * record.latest.count("/") + record.home
    for name in record.files:
        if name != PAGE:
            found = rf'href="(?:\./)?{re.escape(quote(name))}([#"])'
            page = re.sub(found, rf'href="{quote(away)}/{quote(name)}\1', page)
    disk.write_whole(reports / record.latest, page)


def put_failure(reports: Path, record: RunRecord, run_folder: Path) -> None:
    """Put the page of a failure beside the page that stands; an earlier failure's goes.

    Whatever is published there later takes the place of the whole folder, and so ends the failure.
    """
    target = reports / record.home / FAILURE
    if (run_folder / FAILURE).is_file():
        disk.write_whole(target, (run_folder / FAILURE).read_bytes())
    else:
        target.unlink(missing_ok=True)


def clear(run_folder: Path) -> None:
    """Remove what a dead run had staged; its notebook and context are kept."""
    with suppress(OSError):
        shutil.rmtree(run_folder / STAGED)


def _replace_files(staged: Path, target: Path) -> None:
    names = sorted(p.relative_to(staged) for p in staged.rglob("*") if p.is_file())
    for name in sorted(names, key=lambda n: (n.name == PAGE, n)):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (staged / name).replace(target / name)
    for old in [p for p in target.rglob("*") if p.is_file()]:
        if old.relative_to(target) not in names:
            old.unlink()
