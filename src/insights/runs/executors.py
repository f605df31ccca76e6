"""Executors: on which machine does a report's notebook run?

Whatever the answer, the scheduling machine alone writes the ledger and publishes; the others hand
back a finished run folder.
"""

import os
from pathlib import Path
from typing import Protocol

import psutil

from insights.errors import ParameterError
from insights.runs.making import Progress, Work, make
from insights.runs.record import RunRecord

KERNEL_GB = 1.5  # Of memory, with what the runner and the system want beside it; and a core.
KNOWN = "'local' (this machine), or 'dask://HOST:PORT' (workers of a Dask scheduler)"


class Executor(Protocol):
    """Where notebooks run; `workers` is how many at a time."""

    workers: int

    def make(self, work: Work, folder: Path, tell: Progress) -> RunRecord:
        """Make a page in a folder; see `making.make`."""
        ...

    def interrupt(self) -> None:
        """End whatever runs."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Here:
    """Kernels of this machine."""

    def __init__(self) -> None:
        room = psutil.virtual_memory().total / 2**30
        self.workers = max(min(os.cpu_count() or 1, int(room / KERNEL_GB)), 1)

    def make(self, work: Work, folder: Path, tell: Progress) -> RunRecord:
        """Make a page in a folder; see `making.make`."""
        return make(work, folder, tell)

    def interrupt(self) -> None:
        """End every kernel of this process."""
        from insights.runs import kernel  # noqa: PLC0415 - loaded already if anything runs

        kernel.end_all()

    def close(self) -> None:
        """Nothing is open: kernels end with their reports."""


def executor(name: str) -> Executor:
    """Return an executor by its name.

    Raises
    ------
    ParameterError
        If there is none of this name, or nobody answers at its address.
    MissingExtra
        If it needs a package that is not installed.
    """
    if name == "local":
        return Here()
    if name.startswith("dask://"):
        from insights.runs.cluster import Cluster  # noqa: PLC0415 - an extra

        return Cluster(name)
    raise ParameterError(f"There is no executor '{name}'. Known: {KNOWN}.")
