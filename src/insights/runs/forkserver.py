"""The fork server: one process that has imported everything and waits to become kernels.

Started by the runner as `python -m insights.runs.forkserver`, with a socket as its standard input.
Over it come one JSON message a kernel, with the kernel's output files as descriptors; back go the
kernel's process id, with the number of the request, and later its exit code. When the socket
closes, because the runner is gone, the server ends its kernels, whatever they started, and itself.

A fork copies memory but only one thread, and whoever held a lock is not there to let it go. So this
process never has a second thread: it imports libraries and calls nothing of them that starts one
(no DuckDB connection, no deltalake, BLAS and OpenMP at one thread), and says so before it serves.
"""

import atexit
import gc
import json
import os
import random
import selectors
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from insights.runs import orphans
from insights.runs.limits import carry_mark, offer_to_the_system

MODULES = (
    # The debugger starts a thread when it is imported in a kernel that was forked without it.
    "ipykernel.debugger",
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "IPython.core.completer",
    "matplotlib.backends.backend_svg",
    "matplotlib.pyplot",
    "seaborn",
    "scipy.optimize",
    "scipy.stats",
    "sklearn.isotonic",
    "sklearn.linear_model",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "duckdb",
    "pyarrow.parquet",
    "insights.store.session",
    "insights.store.lake",
    "insights.results.pages",
    "insights.results.html",
    "insights.charts.marks",
    "insights.analyses.churn",
    "insights.analyses.cohorts",
    "insights.analyses.contacts",
    "insights.analyses.engagement",
    "insights.analyses.health",
    "insights.analyses.membership",
    "insights.analyses.outreach",
    "insights.analyses.segments",
)
MESSAGE_BYTES = 1 << 20  # An environment is some kilobytes.
PR_SET_PDEATHSIG = 1


def main() -> None:
    """Import, say that it is done, and serve until the runner is gone."""
    control = socket.socket(fileno=os.dup(0))
    # Nobody reads our standard input any more, least of all a kernel.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.path[:] = [entry for entry in sys.path if entry not in {"", os.getcwd()}]  # noqa: PTH109 - as sys.path says it
    for name in MODULES:
        import_module(name)
    # What lives now lives for ever: a child's collector need not look at it, nor copy its pages.
    gc.collect()
    gc.freeze()
    orphans.adopt()
    _send(control, {"ready": os.getpid(), "threads": _threads()})
    _Server(control).serve()
    # What stays frozen is never given back at the end, and libraries would complain of it (duckdb's
    # binding lists each of its types on our standard error, after the runner's last word).
    gc.unfreeze()


class _Server:
    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.kernels: set[int] = set()
        # The system's word that a child ended comes as a byte that `select` sees.
        self.ended, self.told = socket.socketpair()
        for end in (self.ended, self.told):
            end.setblocking(False)
        signal.set_wakeup_fd(self.told.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # Ctrl-C reaches the whole group; the runner decides what it means.
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def serve(self) -> None:
        waiting = selectors.DefaultSelector()
        waiting.register(self.control, selectors.EVENT_READ)
        waiting.register(self.ended, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if key.fileobj is self.ended:
                    with suppress(BlockingIOError):
                        self.ended.recv(4096)
                    self._reap()
                elif not self._answer():
                    self._end_all()
                    return

    def _answer(self) -> bool:
        """Start one kernel; False where the runner is gone."""
        try:
            message, files, _, _ = socket.recv_fds(self.control, MESSAGE_BYTES, 2)
        except ConnectionError:
            return False
        if not message:
            return False
        asked = json.loads(message)
        pid = os.fork()
        if pid == 0:
            self._become(asked, files)
        for file in files:
            os.close(file)
        self.kernels.add(pid)
        _send(self.control, {"started": pid, "request": asked.get("request", 0)})
        return True

    def _become(self, asked: dict[str, Any], files: Sequence[int]) -> None:
        """Be a kernel from here on; never returns."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.setsid()
            _die_with_parent()
            offer_to_the_system()
            for number, file in enumerate(files, start=1):
                os.dup2(file, number)
            for file in files:
                os.close(file)
            self.control.close()
            self.ended.close()
            self.told.close()
            os.chdir(asked["cwd"])
            os.environ.clear()
            os.environ.update(asked["env"] | {"JPY_PARENT_PID": str(os.getppid())})
            tempfile.tempdir = None  # What the server found out is not for its kernels.
            carry_mark(os.environ)
            code = _kernel(asked["argv"])
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else int(left.code is not None)
        except BaseException:
            traceback.print_exc()
        finally:
            # Not the interpreter's own end: that belongs to the server, whose frames are below.
            with suppress(BaseException):
                atexit._run_exitfuncs()
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def _reap(self) -> None:
        ended = []
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    break
                if pid in self.kernels:
                    self.kernels.discard(pid)
                    ended.append((pid, status))
        # Before the runner hears of a kernel's end, what it left has ended, too.
        orphans.end_children(but=self.kernels)
        for pid, status in ended:
            _send(self.control, {"ended": pid, "code": os.waitstatus_to_exitcode(status)})

    def _end_all(self) -> None:
        for pid in self.kernels:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        orphans.end_children()


def _kernel(argv: Sequence[str]) -> int:
    """Run ipykernel in this process, as `python -m ipykernel_launcher` would."""
    import numpy as np  # noqa: PLC0415 - imported long ago, by the parent
    from ipykernel.kernelapp import IPKernelApp  # noqa: PLC0415

    # Two kernels must not draw the same numbers because one process was the parent of both.
    random.seed()
    np.random.seed()  # noqa: NPY002 - the global generator is what a fork shares
    orphans.adopt()
    sys.argv = ["ipykernel_launcher.py", *argv[argv.index("-m") + 2 :]]
    IPKernelApp.launch_instance(argv=sys.argv[1:])
    return 0


def _die_with_parent() -> None:
    """Ask the system to end this process when the server dies, even by kill -9."""
    import ctypes  # noqa: PLC0415 - Linux only, as all of this

    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


def _send(control: socket.socket, message: dict[str, Any]) -> None:
    with suppress(
        BrokenPipeError, ConnectionResetError
    ):  # The next read says that nobody is there.
        control.sendall(json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    main()
