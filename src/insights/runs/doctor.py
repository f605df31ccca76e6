"""Doctor: can this machine make reports, and would they be right?

Each finding says what was looked at, what was found, and what to do. It looks and tries; it mends
nothing and writes nothing that stays.
"""

import os
import shutil
import sqlite3
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Literal

import psutil

from insights.errors import InsightsError
from insights.runs import forked, kernel, ledger, retention, scratch
from insights.runs.catalog import load_catalog
from insights.runs.record import RunRecord
from insights.runs.shelf import Shelf
from insights.settings import Brand, Settings
from insights.store.loads import lake_folder, read_current

GB = 2**30
LEAST_DISK, SCARCE_DISK = 0.2 * GB, 2 * GB
SCARCE_MEMORY = 1 * GB
LEAST_INODES = 1_000
DRIFT_SECONDS = 5
OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO
SAMPLE = "客户留存率 ¥1,234"

State = Literal["good", "doubtful", "bad"]


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it stands, what was found, and what to do where it is not good."""

    about: str
    state: State
    found: str
    todo: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Look at everything that a report needs; a look that fails is a finding itself."""
    looks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("environment", lambda: _environment(settings)),
        ("kernels", _kernels),
        ("fonts", _fonts),
        ("browser", _browser),
        ("disk", lambda: _disk(settings)),
        ("memory", _memory),
        ("permissions", lambda: _permissions(settings)),
        ("clock", lambda: _clock(settings)),
        ("catalog", lambda: _catalog(settings)),
        ("notify", lambda: _notify(settings)),
        ("ledger", lambda: _ledger(settings)),
        *((f"lake {brand.name}", _of(settings, brand)) for brand in settings.brands.values()),
    ]
    found: list[Finding] = []
    for about, look in looks:
        try:
            found += look()
        except Exception as error:  # a doctor who faints has found something
            found.append(Finding(about, "bad", f"{type(error).__name__}: {error}", "See above."))
    return found


def _of(settings: Settings, brand: Brand) -> Callable[[], Iterator[Finding]]:
    return lambda: _lake(settings, brand)


def _environment(settings: Settings) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    lock = settings.root / "requirements.lock"
    if not lock.is_file():
        yield Finding("environment", "good", f"Python {version}; no requirements.lock to hold to")
        return
    asked = dict(
        line.split(";")[0].rstrip(" \\").split("==")
        for line in lock.read_text("utf-8").splitlines()
        if "==" in line and not line.startswith((" ", "#"))
    )
    has = {dist.name.lower().replace("_", "-"): dist.version for dist in metadata.distributions()}
    other = sorted(
        f"{name} {has[name]} for {wanted}"
        for name, wanted in asked.items()
        if name in has and has[name] != wanted
    )
    said = f"Python {version}, {sum(name in has for name in asked)} packages of the lock"
    if other:
        todo = "Set up again: make setup. Figures of other versions are other figures."
        yield Finding("environment", "doubtful", f"{said}; differing: {', '.join(other)}", todo)
    else:
        yield Finding("environment", "good", said)


def _kernels() -> Iterator[Finding]:
    spec = kernel.spec()
    if Path(spec.argv[0]) != Path(sys.executable):
        yield Finding("kernels", "bad", f"{kernel.NAME} is {spec.argv[0]}", "Set up again.")
    elif not forked.available():
        yield Finding("kernels", "good", f"{kernel.NAME} is this interpreter; kernels start plain")
    elif forked.fork_server() is None:
        todo = "Reports are right, and slower. The reason is above, in the log."
        yield Finding("kernels", "doubtful", f"kernels start plain: {forked.refusal()}", todo)
    else:
        forked.end()
        yield Finding("kernels", "good", f"{kernel.NAME} is this interpreter; kernels are forked")


def _fonts() -> Iterator[Finding]:
    from insights.charts.text import known_characters  # noqa: PLC0415 - matplotlib loads when needed
    from insights.charts.theme import register_font  # noqa: PLC0415

    family = register_font()
    lacking = [letter for letter in SAMPLE if ord(letter) not in known_characters()]
    if lacking:
        yield Finding("fonts", "bad", f"{family} lacks {''.join(lacking)}", "Set up again.")
    else:
        yield Finding("fonts", "good", f"{family} is shipped and draws Chinese")


def _browser() -> Iterator[Finding]:
    from insights.reporting.pdf import browser  # noqa: PLC0415 - only here

    if found := browser():
        yield Finding("browser", "good", f"{Path(found).name} prints PDFs and takes pictures")
    else:
        todo = "Only for --pdf and pictures in chats. Debian: apt-get install chromium"
        yield Finding("browser", "doubtful", "no Chromium: no PDF, no picture", todo)


def _disk(settings: Settings) -> Iterator[Finding]:
    for about, folder in (
        ("reports", settings.reports),
        ("data", settings.data),
        ("temporary files", Path(tempfile.gettempdir())),
    ):
        there = next(f for f in (folder, *folder.parents) if f.is_dir())
        free = shutil.disk_usage(there).free
        inodes = os.statvfs(there).f_favail if hasattr(os, "statvfs") else LEAST_INODES
        state: State = "good"
        if free < LEAST_DISK or 0 < inodes < LEAST_INODES:
            state = "bad"
        elif free < SCARCE_DISK:
            state = "doubtful"
        todo = "Make room: insights prune" if state != "good" else ""
        yield Finding("disk", state, f"{free / GB:.1f} GB free for {about}", todo)
    if left := scratch.left():
        said = f"{len(left)} temporary folders of processes that were killed, as {left[0]}"
        yield Finding("disk", "doubtful", said, "The next run removes them, or: insights prune")


def _memory() -> Iterator[Finding]:
    free = psutil.virtual_memory().available
    state: State = "doubtful" if free < SCARCE_MEMORY else "good"
    todo = "A report takes up to 1 GB; see [engine] memory_limit." if state != "good" else ""
    yield Finding("memory", state, f"{free / GB:.1f} GB free", todo)


def _permissions(settings: Settings) -> Iterator[Finding]:
    wrong = False
    for folder in (settings.data, settings.reports):
        there = next(f for f in (folder, *folder.parents) if f.is_dir())
        try:
            with tempfile.TemporaryFile(dir=there):
                pass
        except OSError as error:
            wrong = True
            todo = "Give this user the right to write there."
            yield Finding("permissions", "bad", f"{folder.name}/: {error.strerror}", todo)
    private = [settings.data / name / "raw" for name in settings.brands]
    for folder in filter(Path.is_dir, private if os.name == "posix" else []):
        if folder.stat().st_mode & OPEN_TO_OTHERS:
            wrong = True
            name = folder.relative_to(settings.root).as_posix()
            yield Finding("permissions", "bad", f"{name} is open to others", f"chmod 700 {name}")
    if not wrong:
        yield Finding("permissions", "good", "data and reports can be written; raw data are ours")


def _clock(settings: Settings) -> Iterator[Finding]:
    now = datetime.now(UTC)
    with tempfile.NamedTemporaryFile(dir=_existing(settings.reports)) as made:
        drift = Path(made.name).stat().st_mtime - time.time()
    if abs(drift) > DRIFT_SECONDS:
        yield Finding(
            "clock",
            "bad",
            f"the disk's clock is {drift:+.0f} s from this machine's",
            "Let both follow one time server (NTP).",
        )
    rows = _rows(settings)
    ahead = [row.run_id for row in rows if datetime.fromisoformat(row.started_at) > now]
    if ahead:
        yield Finding(
            "clock",
            "bad",
            f"{len(ahead)} runs are of the future, as {ahead[0]}",
            "The clock was set back, or was wrong. Mend it; runs after it will sort before these.",
        )
    elif abs(drift) <= DRIFT_SECONDS:
        yield Finding("clock", "good", f"{now:%Y-%m-%d %H:%M} UTC, as the disk and the ledger say")


def _catalog(settings: Settings) -> Iterator[Finding]:
    try:
        catalog = load_catalog(settings)
    except InsightsError as error:
        yield Finding("catalog", "bad", str(error), "Mend notebooks/catalog.toml.")
        return
    timed = sum(report.schedule is not None for report in catalog.reports.values())
    today = datetime.now(UTC).date()
    ended = {
        special.days
        for report in catalog.reports.values()
        for special in (report.schedule.special if report.schedule else ())
        if special.days and not any(special.dated(today, today + timedelta(days=400)))
    }
    if ended:
        said = f"no days to come are known of {', '.join(sorted(ended))}"
        todo = "Add them: data/reference/promotion_days.csv (docs/operations.md)."
        yield Finding("catalog", "doubtful", said, todo)
    else:
        yield Finding("catalog", "good", f"{len(catalog.reports)} reports, {timed} on a schedule")


def _notify(settings: Settings) -> Iterator[Finding]:
    lacking = [
        f"${settings.notify.variable(name)}"
        for name in settings.notify.to
        if not os.environ.get(settings.notify.variable(name))
    ]
    if lacking:
        said = f"{len(lacking)} recipients cannot be reached: {', '.join(lacking)} not set"
        yield Finding("notify", "doubtful", said, "Set it where the timer runs.")
    elif settings.notify.to:
        yield Finding("notify", "good", f"{len(settings.notify.to)} recipients have an address")
    else:
        yield Finding("notify", "good", "nobody is to be told")


def _ledger(settings: Settings) -> Iterator[Finding]:
    if not (settings.reports / "runs" / ledger.FILE_NAME).is_file():
        yield Finding("ledger", "good", "nothing was run yet")
        return
    shelf = Shelf(settings)
    with closing(sqlite3.connect(shelf.ledger.path)) as database:
        (whole,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if whole != "ok":
        yield Finding("ledger", "bad", f"damaged: {whole}", "Restore ledger.sqlite from a backup.")
        return
    dead, changed = shelf.ledger.dead(), retention.changed_pages(shelf)
    if dead:
        yield Finding("ledger", "doubtful", f"{len(dead)} runs died", "The next run mends them.")
    if changed:
        yield Finding(
            "pages",
            "doubtful",
            f"{len(changed)} are not as they were published, as {changed[0]}",
            "Run those reports again, or restore the folder from a backup.",
        )
    if not dead and not changed:
        count = sum(good is not None for good, _bad in shelf.ledger.pages())
        yield Finding("ledger", "good", f"whole; {count} pages are as they were published")


def _lake(settings: Settings, brand: Brand) -> Iterator[Finding]:
    about = f"lake {brand.name}"
    home = lake_folder(settings, brand)
    current = read_current(home)
    if current is None:
        todo = f"insights ingest FILE --brand {brand.name}"
        yield Finding(about, "good", f"no data yet ({todo})")
        return
    gone = [
        f"{name}/{file}"
        for name, held in current.tables.items()
        for file in held.files
        if not (home / name / file).is_file()
    ]
    if gone:
        todo = "Restore data/ from a backup, or build the lake anew from raw (docs/operations.md)."
        yield Finding(about, "bad", f"{len(gone)} files are gone, as {gone[0]}", todo)
        return
    age = datetime.now(brand.zone).date() - (current.last_day or datetime.now(brand.zone).date())
    files = sum(len(held.files) for held in current.tables.values())
    said = f"{len(current.tables)} tables, {files} files, orders to {current.last_day}"
    if age > timedelta(days=7) and not brand.simulated:
        yield Finding(about, "doubtful", f"{said}: {age.days} days old", "Load newer exports.")
    else:
        yield Finding(about, "good", said)


def _rows(settings: Settings) -> list[RunRecord]:
    if not (settings.reports / "runs" / ledger.FILE_NAME).is_file():
        return []
    return Shelf(settings).ledger.recent()


def _existing(folder: Path) -> Path:
    return next(f for f in (folder, *folder.parents) if f.is_dir())
