"""Timers: who asks `insights run --due`, again and again, on this machine?

A systemd timer that catches up after the machine was off, or a cron table. What is due is worked
out by the clock each time it is asked: a timer that rang late, twice or not at all loses nothing.
"""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Literal

from insights.errors import ParameterError, RunFailed, SettingsError
from insights.runs.catalog import Catalog
from insights.runs.due import brands_of
from insights.runs.schedule import Schedule
from insights.settings import WORKSPACE_VARIABLE, Settings

Kind = Literal["systemd", "cron"]
AHEAD = timedelta(days=400)
MINUTES = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)  # They divide the hour, so that cron can.
CRON_FILE = "insights.cron"


@dataclass(frozen=True)
class Exceptional:
    """Special days of a schedule: their next first and last day, why, and what holds on them."""

    first: date
    last: date
    why: str
    holds: str


@dataclass(frozen=True)
class Upcoming:
    """A report's next moments, the day that its page will look back from, and its special days."""

    report: str
    brand: str
    cron: str
    time_zone: str
    owner: str
    moments: tuple[datetime, ...]
    as_of: date | None
    special: tuple[Exceptional, ...] = ()


def upcoming(settings: Settings, catalog: Catalog, now: datetime, count: int = 1) -> list[Upcoming]:
    """Return the next moments of every report that has a schedule, soonest first."""
    found = []
    for report in catalog.reports.values():
        schedule = report.schedule
        if schedule is None:
            continue
        for brand in brands_of(settings, report):
            asks = tuple(islice(schedule.asks(now, now + AHEAD, brand.zone), count))
            found.append(
                Upcoming(
                    report=report.name,
                    brand=brand.name,
                    cron=schedule.cron,
                    time_zone=schedule.time_zone or brand.time_zone,
                    owner=report.owner,
                    moments=tuple(ask.at for ask in asks),
                    as_of=asks[0].as_of if asks else None,
                    special=tuple(_exceptional(schedule, now.astimezone(brand.zone).date())),
                )
            )
    return sorted(found, key=lambda one: (one.moments[:1] or (now + AHEAD,), one.report))


def _exceptional(schedule: Schedule, today: date) -> Iterator[Exceptional]:
    """Return the special days that are not over, or come within the time ahead, soonest first."""
    found = []
    for special in schedule.special:
        spans = special.dated(today - AHEAD, today + AHEAD)
        coming = next(((first, last) for first, last in spans if last >= today), None)
        if coming is not None:
            found.append(Exceptional(*coming, why=special.title, holds=special.said))
    yield from sorted(found, key=lambda one: one.first)


def files(settings: Settings, kind: Kind, *, minutes: int = 15) -> dict[str, str]:
    """Return the timer's files by name.

    Parameters
    ----------
    kind : {"systemd", "cron"}
        Two units for systemd, or the lines of a cron table.
    minutes : int, default 15
        How often it asks; a divisor of 60.

    Raises
    ------
    ParameterError
        If the minutes do not divide the hour.
    SettingsError
        If the path of the workspace has a line break, which no timer can hold.
    """
    if minutes not in MINUTES:
        raise ParameterError(
            f"A timer cannot ask every {minutes} minutes. Known: {', '.join(map(str, MINUTES))}."
        )
    if "\n" in f"{settings.root}{sys.executable}":
        raise SettingsError("The path of the workspace has a line break. Rename the folder.")
    if kind == "cron":
        return {CRON_FILE: _cron(settings.root, minutes)}
    name = unit_name(settings.root)
    return {
        f"{name}.service": _service(settings.root, name),
        f"{name}.timer": _timer(name, minutes),
    }


def unit_name(root: Path) -> str:
    """Name the units of a workspace; two workspaces of one name are told apart by who sets them up.

    Examples
    --------
    >>> unit_name(Path("/srv/My Brand"))
    'insights-my-brand'
    """
    return f"insights-{re.sub(r'[^a-z0-9]+', '-', root.name.lower()).strip('-') or 'workspace'}"


def write(folder: Path, contents: Mapping[str, str]) -> list[Path]:
    """Write a timer's files into a folder; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in contents.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in contents]


def commands(kind: Kind, folder: Path, root: Path) -> list[list[str]]:
    """Return the commands that make a written timer ring, for the user who runs them."""
    if kind == "cron":
        return [["crontab", str(folder / CRON_FILE)]]
    name = unit_name(root)
    units = [str(folder / f"{name}.{kind}") for kind in ("service", "timer")]
    return [
        ["systemctl", "--user", "link", "--force", *units],
        ["systemctl", "--user", "daemon-reload"],
        ["systemctl", "--user", "enable", "--now", f"{name}.timer"],
    ]


def install(kind: Kind, folder: Path, root: Path) -> None:
    """Run those commands. A cron table is added to what the user's has, never put in its place.

    Raises
    ------
    RunFailed
        If the system has no such timer, or refuses.
    """
    program = "crontab" if kind == "cron" else "systemctl"
    if shutil.which(program) is None:
        other = "systemd" if kind == "cron" else "cron"
        raise RunFailed(f"This machine has no {program}. Try --kind {other}.")
    if kind == "cron":
        table = _merged(_asked(["crontab", "-l"], may_fail=True), (folder / CRON_FILE).read_text())
        _asked(["crontab", "-"], table)
        return
    for command in commands(kind, folder, root):
        _asked(command)


def _asked(command: list[str], given: str | None = None, *, may_fail: bool = False) -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode and not may_fail:
        raise RunFailed(f"'{shlex.join(command)}' was refused: {done.stderr.strip()}")
    return done.stdout if not done.returncode else ""


def _merged(table: str, ours: str) -> str:
    """Return a user's cron table with our lines, in the place of those that were there before."""
    first, last = ours.splitlines()[0], ours.splitlines()[-1]
    kept = re.sub(rf"{re.escape(first)}\n.*?{re.escape(last)}\n?", "", table, flags=re.DOTALL)
    return f"{kept.rstrip()}\n{ours}".lstrip("\n")


def _service(root: Path, name: str) -> str:
    return f"""\
[Unit]
Description=insights: make the reports that are due in {_unit(str(root))}

[Service]
Type=oneshot
WorkingDirectory={_unit(str(root))}
Environment={_quoted(f"{WORKSPACE_VARIABLE}={root}")}
# Secrets, one NAME=VALUE a line: the keys of ids, the addresses of chats. Mode 0600.
EnvironmentFile=-%E/{name}.env
ExecStart={_quoted(sys.executable).replace("$", "$$")} -m insights run --due
# The runner hears SIGTERM, ends its kernels and records it; what is left is killed.
KillMode=mixed
TimeoutStopSec=120
Nice=10
"""


def _timer(name: str, minutes: int) -> str:
    every = "hourly" if minutes == 60 else f"*:0/{minutes}"
    return f"""\
[Unit]
Description=insights: ask every {minutes} minutes what is due

[Timer]
OnCalendar={every}
# Rings once after the machine was off, whatever it missed.
Persistent=true
RandomizedDelaySec=30
Unit={name}.service

[Install]
WantedBy=timers.target
"""


def _cron(root: Path, minutes: int) -> str:
    name = unit_name(root)
    every = "0" if minutes == 60 else f"*/{minutes}"
    log = root / "reports" / "runs" / "due.log"
    asked = (
        f"cd {shlex.quote(str(root))} && mkdir -p reports/runs && "
        f"{WORKSPACE_VARIABLE}={shlex.quote(str(root))} {shlex.quote(sys.executable)} "
        f"-m insights run --due >> {shlex.quote(str(log))} 2>&1"
    ).replace("%", r"\%")
    return (
        f"# {name}: begin\n"
        f"{every} * * * * {asked}\n"
        "# After the machine was off: what was missed is due.\n"
        f"@reboot {asked}\n"
        f"# {name}: end\n"
    )


def _unit(text: str) -> str:
    """Escape what systemd would take for a specifier."""
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    escaped = _unit(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
