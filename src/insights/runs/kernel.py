"""Kernels: this interpreter's own, one a run, and none left behind.

Whatever kernel specifications are installed, a report runs in the Python that runs the suite.
"""

import os
import signal
import sys
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from subprocess import Popen
from threading import Lock
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

from insights.runs import forked, scratch
from insights.runs.limits import MARK
from insights.runs.secrecy import harmless

NAME = "python3"
PLACE_BYTES = 76  # Of a folder's name; our own names below it take the rest of 104.

_running: set["Popen[bytes] | None"] = set()
_interrupted: set[int] = set()
_lock = Lock()


class _ThisPython(KernelSpecManager):  # type: ignore[misc]  # traitlets has no types here
    """Knows one kernel: this interpreter."""

    def get_kernel_spec(self, kernel_name: str) -> Any:
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3 (insights)",
            language="python",
            metadata={"kernel_provisioner": {"provisioner_name": forked.NAME}},
        )


def spec() -> Any:
    """Return the specification that every report's kernel is started by."""
    return _ThisPython().get_kernel_spec(NAME)


class _Manager(AsyncKernelManager):  # type: ignore[misc]  # as above
    """Hands its own context on to its client, so that whoever made the one can end everything."""

    def client(self, **kwargs: Any) -> Any:
        return super().client(context=self.context, **kwargs)


def place_of_sockets() -> str:
    """Return a folder for the folders of sockets: the temporary one, if its name is short enough.

    A socket's address has 104 bytes at most (Linux: 108), and some temporary folders have longer
    names.
    """
    usual, *others = scratch.places()
    for place in (usual, *others):
        if len(os.fsencode(place)) <= PLACE_BYTES and os.access(place, os.W_OK | os.X_OK):
            return place
    return usual


def manager(folder: Path, context: Any) -> Any:
    """Return a manager for one kernel of this interpreter.

    Parameters
    ----------
    folder : Path
        Private and short-named: on POSIX systems runner and kernel talk through sockets in it,
        which no other user can reach and no other program can take, as they could a port.
    context : zmq.asyncio.Context
        What all sockets of the manager and its client are made in; the caller ends it. One that is
        left to the garbage collector waits for ever for sockets that would be collected after it.
    """
    how = {"transport": "ipc", "ip": str(folder / "kernel")} if os.name == "posix" else {}
    return _Manager(
        context=context,
        kernel_name=NAME,
        kernel_spec_manager=_ThisPython(),
        connection_file=str(folder / "kernel.json"),
        **how,
    )


def started(process: "Popen[bytes] | None") -> None:
    """Remember a kernel, so that an interrupted runner ends it."""
    with _lock:
        _running.add(process)
        if process is not None:
            _interrupted.discard(process.pid)  # The number may have been another's before.


def ended(process: "Popen[bytes] | None") -> None:
    """Forget a kernel."""
    with _lock:
        _running.discard(process)


def was_interrupted(process: "Popen[bytes] | None") -> bool:
    """Whether `end_all` ended a kernel."""
    return process is not None and process.pid in _interrupted


def end_all() -> None:
    """End every kernel of this process at once, with what it started."""
    with _lock:
        processes = [process for process in _running if process is not None]
    for process in processes:
        if process.poll() is None:
            _interrupted.add(process.pid)
            with suppress(ProcessLookupError, PermissionError):
                # jupyter_client starts each kernel as leader of a session of its own.
                if hasattr(os, "killpg"):
                    os.killpg(process.pid, signal.SIGKILL)
                else:
                    process.kill()


def environment(
    run: Path, workspace: Path, runs: Path, secrets: Collection[str] = ()
) -> dict[str, str]:
    """Environment of a run's kernel: this process's without `secrets`, and the run's context."""
    return {
        # One thread a kernel: parallel reports share the cores, and sums come out the same.
        "OMP_NUM_THREADS": "1",
        **harmless(os.environ, secrets),
        MARK: str(run / "context.json"),
        "INSIGHTS_WORKSPACE": str(workspace),
        # A start-up file of whoever runs this must not change what a report says.
        "IPYTHONDIR": str(runs / ".ipython"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
