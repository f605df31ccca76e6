"""Limits: how much time and memory may a report take, and what ends the one that takes more?

A run's kernel is looked at twice a second, together with everything that it started: it adopts its
orphans, so that whatever a cell started stays in its family (see `orphans`). When the run is over,
whatever was met is ended. What else carries the run's name in its environment is ended as well, as
where a fork server was shot. A kernel that needs all of the machine's memory within half a second
is ended by the system first; it offers itself before the runner.
"""

import ctypes
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic, sleep

import psutil
from pydantic import BaseModel, ConfigDict, Field

EVERY_SECONDS = 0.5
MARK = "INSIGHTS_RUN"  # Variable that names a run's context; whatever a kernel starts inherits it.
ROOM = "INSIGHTS_ROOM"  # Variable of the fork server, in whose place its kernels write the mark.
LOOKS = 20  # For what a run left; what starts processes faster than they are ended is left there.
BURIAL_SECONDS = 10
ROOM_BYTES = 8192  # A path is of 4,096 bytes at most.


class Limits(BaseModel):
    """What one report may take; its notebook's kernel with everything that it starts.

    Attributes
    ----------
    minutes : float
        By the clock.
    cpu_minutes : float
        Of all cores together.
    memory_gb : float
        At any moment. Pages that it shares with other kernels count for its part.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    minutes: float = Field(default=60, gt=0)
    cpu_minutes: float = Field(default=60, gt=0)
    memory_gb: float = Field(default=8, gt=0)


@dataclass
class Usage:
    """What a run has taken so far, and which limit it broke.

    Attributes
    ----------
    cpu_seconds : float
        User and system time of the kernel and what it started.
    memory_mb : float
        The most that it held at a look.
    broken : str
        The limit that ended it, in words; empty where none did.
    """

    cpu_seconds: float = 0.0
    memory_mb: float = 0.0
    broken: str = ""
    _gone: dict[int, float] = field(default_factory=dict)
    _met: set[psutil.Process] = field(default_factory=set)
    _looking: Lock = field(default_factory=Lock)

    def note(self, pid: int, limits: Limits, seconds: float) -> None:
        """Look at a kernel that has run for so many seconds."""
        with self._looking:
            memory = 0
            for process in _family(pid):
                with suppress(psutil.Error):
                    with process.oneshot():
                        times = process.cpu_times()
                    memory += _held(process)
                    # A process that ends takes its time with it; what was seen of it is kept.
                    self._gone[process.pid] = times.user + times.system
                    self._met.add(process)
            cpu = sum(self._gone.values())
            self.cpu_seconds = max(self.cpu_seconds, cpu)
            self.memory_mb = max(self.memory_mb, memory / 2**20)
        if seconds > limits.minutes * 60:
            self.broken = f"It took longer than {limits.minutes:g} minutes"
        elif cpu > limits.cpu_minutes * 60:
            self.broken = f"It used more than {limits.cpu_minutes:g} minutes of processor time"
        elif memory > limits.memory_gb * 2**30:
            self.broken = f"It needed more than {limits.memory_gb:g} GB of memory"

    def end_met(self) -> None:
        """End what still runs of all that was met, wherever it went since."""
        for process in filter(_runs, self._met):
            end_family(process.pid)


@contextmanager
def watched(pid: int, limits: Limits) -> Iterator[Usage]:
    """Watch a kernel while the block lasts; one that breaks a limit is ended with its family.

    When the block is over, so is the kernel: what it started is ended then.
    """
    usage, over, began = Usage(), Event(), monotonic()

    def watch() -> None:
        while not over.wait(EVERY_SECONDS) and not usage.broken:
            usage.note(pid, limits, monotonic() - began)
        if usage.broken:
            end_family(pid)

    thread = Thread(target=watch, name=f"limits of {pid}", daemon=True)
    thread.start()
    try:
        yield usage
    finally:
        over.set()
        thread.join()
        usage.end_met()


def end_family(pid: int) -> None:
    """End a process and all that descends from it."""
    family = _family(pid)
    for process in [*family, *_session(pid, {one.pid for one in family})]:
        with suppress(psutil.Error):
            process.kill()


def end_left(context: Path) -> list[int]:
    """End whatever a run left behind, wherever it went; return the ids.

    Parameters
    ----------
    context : Path
        What `INSIGHTS_RUN` was in the run's kernel.
    """
    ended: list[psutil.Process] = []
    # One look is not enough: who is about to be ended may start another behind its back.
    for _ in range(LOOKS):
        met = []
        for process in _marked(context):
            if process not in ended:
                # A program that is only being started shows no mark; it is its parent's child.
                met += _family(process.pid)
                end_family(process.pid)
        if not met:
            break
        ended += met
        _wait_for_the_end(met)
    return sorted({process.pid for process in ended})


def carry_mark(environment: Mapping[str, str]) -> None:
    """Let the system show a forked process's mark, and so that of whatever it forks (Linux).

    What the system shows as the environment of a process is the memory that it began with, here the
    fork server's. A child that is forked, and starts no program, would be of no run.
    """
    stat = Path("/proc/self/stat").read_text("utf-8").rpartition(")")[2].split()
    start, end = int(stat[47]), int(stat[48])  # env_start and env_end: fields 50 and 51.
    at = ctypes.string_at(start, end - start).find(f"{ROOM}=".encode())
    said = os.fsencode(f"{MARK}={environment.get(MARK, '')}") + b"\0"
    if at >= 0 and len(said) <= ROOM_BYTES:
        ctypes.memmove(start + at, said, len(said))


def offer_to_the_system() -> None:
    """Let the system end this process before others when memory runs out (Linux)."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", "ascii")


def _marked(context: Path) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.pid != os.getpid() and process.environ().get(MARK) == str(context):
                yield process


def _wait_for_the_end(killed: list[psutil.Process]) -> None:
    """Wait until none of them runs; what hangs in the system, on a dead disk, is not waited for."""
    end = monotonic() + BURIAL_SECONDS
    while any(_runs(one) for one in killed) and monotonic() < end:
        sleep(0.01)


def _runs(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def _held(process: psutil.Process) -> int:
    """Return a process's memory in bytes; its part of what it shares, where the system tells."""
    if sys.platform == "linux":
        return int(process.memory_full_info().pss)
    return int(process.memory_info().rss)


def _family(pid: int) -> list[psutil.Process]:
    with suppress(psutil.Error):
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    return []


def _session(pid: int, known: set[int]) -> list[psutil.Process]:
    """Return what a kernel's session still holds: a child whose parent died is nobody's child."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError, PermissionError):
            if process.pid not in known and os.getsid(process.pid) == pid:
                found.append(process)
    return found
