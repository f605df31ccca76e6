"""Orphans: whose is a process whose parent ended, and what ends it?

The system gives an orphan to the nearest of its forebears that adopts (Linux). A kernel adopts, so
that whatever a cell started stays in its family, with whatever environment and in whatever session.
When the kernel has ended, its orphans come to the fork server, which adopts, too. What comes there
and is no kernel was left by one that is over.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Collection, Sequence
from contextlib import suppress
from time import monotonic, sleep

import psutil

PR_SET_CHILD_SUBREAPER = 36
BURIAL_SECONDS = 10  # What hangs in the system, on a dead disk, is not waited for.

# A plain kernel adopts before it is one. No more is imported for that than the kernel itself needs.
_ADOPTING = (
    f"import ctypes, runpy; ctypes.CDLL(None).prctl({PR_SET_CHILD_SUBREAPER}, 1); "
    "runpy.run_module({!r}, run_name='__main__', alter_sys=True)"
)


def adopt() -> None:
    """Let orphans among this process's descendants become its children, where the system can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(1))


def adopting(argv: Sequence[str]) -> list[str]:
    """Return the command line of a Python module, changed so that its process adopts.

    Examples
    --------
    >>> adopting(["python", "-m", "ipykernel_launcher", "-f", "kernel.json"])[3:]
    ['-f', 'kernel.json']
    """
    python, how, module, *words = argv
    if sys.platform != "linux" or how != "-m":
        return list(argv)
    return [python, "-c", _ADOPTING.format(module), *words]


def end_children(but: Collection[int] = ()) -> None:
    """End this process's children, except some, and in turn those that become its own by that.

    Parameters
    ----------
    but : collection of int
        Ids of those that stay. Their exit codes are left for who waits for them.
    """
    me, end = psutil.Process(), monotonic() + BURIAL_SECONDS
    while monotonic() < end:
        others = [child.pid for child in me.children() if child.pid not in but]
        if not others:
            return
        for pid in others:
            # They cannot become another's number: nobody else waits for them.
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        sleep(0.005)
