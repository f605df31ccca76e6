"""Retention: what of old runs and old pages may go, and what stays whatever its age?

The newest of each report always stay, and so does every row of the ledger: it knows what was said,
and what the next report compares itself with. The row is changed before the files go, so that a
crash half way leaves files that the next call removes, never a link that leads nowhere.
"""

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from insights.runs import publish, scratch
from insights.runs.record import RunRecord
from insights.runs.shelf import Shelf

SERIES = ("brand", "report", "folder")  # Pages of one report with the same parameters.


@dataclass(frozen=True)
class Pruned:
    """What went, or would go.

    Attributes
    ----------
    runs : list of str
        Runs whose private folders go.
    pages : list of str
        Folders of published pages that go, relative to the reports folder.
    size : int
        Bytes of all of it.
    scratch : list of str
        Temporary folders that killed processes left, whatever their age.
    """

    runs: list[str]
    pages: list[str]
    size: int
    scratch: list[str] = field(default_factory=list, compare=False)  # Of the whole machine.


def prune(
    shelf: Shelf,
    *,
    days: float,
    keep: int,
    pages: bool = False,
    dry: bool = False,
    now: datetime | None = None,
) -> Pruned:
    """Remove the private folders of old runs and, where asked for, old published pages.

    Parameters
    ----------
    days : float
        Younger ones stay. A run's age counts from its start, a page's from when it was published.
    keep : int
        So many of each report with the same parameters stay however old: newest runs, and pages of
        the newest periods. At least 1.
    pages : bool, default False
        Take away published pages, too.
    dry : bool, default False
        Say what would go, and leave it.
    """
    before = (now or datetime.now(UTC)) - timedelta(days=days)
    rows = shelf.ledger.recent(-1)
    runs = [
        shelf.folder(run.run_id)
        for run in _old(rows, before, keep, newest=lambda run: run.run_id)
        if run.settled and shelf.folder(run.run_id).is_dir()
    ]
    known = {run.run_id for run in rows}
    runs += [one for one in _unknown(shelf.runs, known) if _changed(one) < before]
    gone = _old_pages(rows, before, keep) if pages else []
    homes = [shelf.reports / run.home for run in gone if (shelf.reports / run.home).is_dir()]
    left = scratch.left() if dry else scratch.clear()
    found = Pruned(
        sorted(folder.name for folder in runs),
        sorted(home.relative_to(shelf.reports).as_posix() for home in homes),
        sum(map(_size, [*runs, *homes])),
        list(map(str, left)),
    )
    if not dry:
        with shelf.alone("publish"):
            _take_down(shelf, gone, rows)
            for folder in [*runs, *homes]:
                shutil.rmtree(folder)
            for home in homes:
                _remove_empty(home.parent, shelf.reports)
    return found


def _old(
    rows: Iterable[RunRecord],
    before: datetime,
    keep: int,
    newest: Callable[[RunRecord], str],
) -> list[RunRecord]:
    """Return what is older than `before` and not among the newest of its series."""
    series: dict[tuple[str, ...], list[RunRecord]] = defaultdict(list)
    for row in rows:
        series[tuple(getattr(row, name) for name in SERIES)].append(row)
    return [
        row
        for of_one in series.values()
        for row in sorted(of_one, key=newest, reverse=True)[max(keep, 1) :]
        if datetime.fromisoformat(row.ended_at or row.started_at) < before
    ]


def _old_pages(rows: list[RunRecord], before: datetime, keep: int) -> list[RunRecord]:
    """Return the newest published run of each page that goes."""
    pages: dict[str, RunRecord] = {}
    for row in sorted(rows, key=lambda row: row.run_id):
        if row.status == "published":
            pages[row.home] = row
    return _old(pages.values(), before, keep, newest=lambda row: row.period)


def _take_down(shelf: Shelf, gone: list[RunRecord], rows: list[RunRecord]) -> None:
    """Say in the ledger that pages are off the shelf, and take them off the index."""
    homes = {page.home for page in gone}
    for row in rows:
        if row.home in homes and row.files:
            shelf.ledger.write(row.but(files={}), listed=False)
    if homes:
        shelf.show_index()


def _unknown(runs: Path, known: set[str]) -> list[Path]:
    """Return folders that look like a run's and are in no ledger: of one that was restored, say."""
    return [
        folder for folder in runs.glob("2*T*-*-*") if folder.is_dir() and folder.name not in known
    ]


def _changed(folder: Path) -> datetime:
    return datetime.fromtimestamp(folder.stat().st_mtime, UTC)


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            total += path.stat().st_size
    return total


def _remove_empty(folder: Path, top: Path) -> None:
    """Remove folders that nothing is left in, up to the reports folder."""
    while folder != top and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def changed_pages(shelf: Shelf) -> list[str]:
    """Return the published pages that are not on the disk as they were published, by their home."""
    return [
        good.home
        for good, _bad in shelf.ledger.pages()
        if good is not None and good.files and not publish.is_whole(shelf.reports, good)
    ]
