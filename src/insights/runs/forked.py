"""Forked kernels: a kernel that is ready in a moment, because its imports were done before.

A kernel provisioner for jupyter_client, so that papermill and nbclient work unchanged. The kernels
come from one `forkserver` of this process, which is started when the first is asked for and anew
when it has died. Linux only: elsewhere, and where the server cannot be trusted, they start plain.
"""

import itertools
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import Any

from jupyter_client.provisioning import LocalProvisioner

from insights.runs import orphans
from insights.runs.limits import ROOM, ROOM_BYTES

NAME = "insights-fork"
START_SECONDS = 120  # Importing on a busy machine takes long before it takes for ever.
ANSWER_SECONDS = 30
END_SECONDS = 15  # For a server to end its kernels, and what they started, by itself.
SERVER = ("-m", "insights.runs.forkserver")

log = logging.getLogger(__name__)

_lock = Lock()
_server: "ForkServer | None" = None
_refused = ""


class ForkServerError(Exception):
    """The fork server cannot be used; its message is the reason."""


class ForkedProcess:
    """A process that another process is the parent of, with the part of `Popen` that is asked."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._over = Event()

    def ended(self, code: int) -> None:
        """Note how it ended."""
        if self.returncode is None:
            self.returncode = code
            self._over.set()

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end."""
        if not self._over.wait(timeout):
            raise subprocess.TimeoutExpired(f"forked kernel {self.pid}", timeout or 0)
        return self.returncode or 0

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended: its number may be another's by now."""
        if self.returncode is None:
            with suppress(ProcessLookupError):  # Its parent knows of its end before we hear of it.
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class ForkServer:
    """The runner's end of the fork server.

    Parameters
    ----------
    program : sequence of str, optional
        What Python is to run as the server; ours when not given.
    """

    def __init__(self, program: Sequence[str] = ()) -> None:
        # Packets, because a stream tears a message with descriptors that is longer than 36 KB.
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - ours
                [sys.executable, *(program or SERVER)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=_single_threaded(os.environ) | {ROOM: "x" * ROOM_BYTES},
                start_new_session=True,
            )
        self._lines = self.control.makefile("rb")
        self._kernels: dict[int, ForkedProcess] = {}
        self._request = 0  # The number of the one that is waited for; 0 where none is.
        self._requests = itertools.count(1)
        self._started: ForkedProcess | None = None
        self._answered = Event()
        self._asking = Lock()
        self._noting = Lock()
        self._listener: Thread | None = None
        self.control.settimeout(START_SECONDS)
        try:
            said = json.loads(self._lines.readline() or "{}")
        except (OSError, ValueError) as error:
            self.close()
            raise ForkServerError(f"the fork server did not start: {error}") from error
        if said.get("threads") != 1:
            self.close()
            threads = said.get("threads", "no")
            raise ForkServerError(f"the fork server has {threads} threads, and one only can fork")
        self.control.settimeout(None)
        self._listener = Thread(target=self._listen, name="fork server", daemon=True)
        self._listener.start()

    @property
    def alive(self) -> bool:
        """Whether it can be asked for a kernel."""
        return self.process.poll() is None

    def launch(
        self, argv: Sequence[str], *, cwd: str, env: Mapping[str, str], outputs: Sequence[int]
    ) -> ForkedProcess:
        """Fork a kernel.

        Parameters
        ----------
        argv : sequence of str
            The command line that a plain kernel would be started by.
        cwd : str
            Its working folder.
        env : mapping
            Its environment.
        outputs : sequence of int
            Descriptors of its standard output and standard error.

        Raises
        ------
        ForkServerError
            If the server is gone.
        """
        with self._asking:
            number = next(self._requests)
            self._expect(number)
            asked = json.dumps(
                {"request": number, "argv": list(argv), "cwd": cwd, "env": dict(env)}
            ).encode()
            try:
                socket.send_fds(self.control, [asked], list(outputs))
            except OSError as error:
                raise ForkServerError(f"the fork server cannot be asked: {error}") from error
            self._answered.wait(ANSWER_SECONDS)
            kernel = self._expect(0)
        if kernel is None:
            raise ForkServerError("the fork server does not answer")
        return kernel

    def close(self) -> None:
        """End the server, and with it its kernels and what they started."""
        with suppress(OSError):
            self.control.shutdown(socket.SHUT_WR)
        try:
            # A server that was never ready is not listening yet.
            self.process.wait(END_SECONDS if self._listener else 0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self._listener is not None:
            self._listener.join()
        self._lines.close()
        self.control.close()

    def _expect(self, number: int) -> ForkedProcess | None:
        """Wait for the answer to one request only, or to none; return what came to the last one."""
        with self._noting:
            came, self._started = self._started, None
            self._request = number
            self._answered.clear()
        return came

    def _listen(self) -> None:
        """Take in what the server says, until it says no more."""
        try:
            for line in self._lines:
                self._take(json.loads(line))
        except (OSError, ValueError):
            log.debug("the fork server's socket closed")
        with self._noting:
            for kernel in self._kernels.values():
                kernel.ended(-signal.SIGKILL)  # They die with their parent.
        self._answered.set()
        self.process.wait()
        self._lines.close()
        self.control.close()

    def _take(self, said: dict[str, int]) -> None:
        with self._noting:
            if "started" in said:
                pid = said["started"]
                self._kernels[pid] = kernel = ForkedProcess(pid)
                if said["request"] == self._request:
                    self._started = kernel
                    self._answered.set()
                else:
                    # Whoever asked for it has a plain kernel by now; the next one asks for another.
                    kernel.kill()
            elif "ended" in said:
                kernel = self._kernels.pop(said["ended"])
                kernel.ended(said["code"])


class ForkProvisioner(LocalProvisioner):  # type: ignore[misc]  # jupyter_client has no types here
    """Starts kernels by the fork server, and plain where there is none."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start a kernel; see `LocalProvisioner.launch_kernel`."""
        server = fork_server()
        if server is not None:
            try:
                self.process = server.launch(
                    cmd,
                    cwd=str(kwargs.get("cwd") or "."),
                    env=kwargs["env"],
                    outputs=[kwargs["stdout"].fileno(), kwargs["stderr"].fileno()],
                )
            except ForkServerError as error:
                log.warning("a plain kernel is started: %s", error)
            else:
                self.pid = self.pgid = self.process.pid  # It leads a session of its own.
                self.cwd = kwargs.get("cwd")
                return self.connection_info
        return await super().launch_kernel(orphans.adopting(cmd), **kwargs)


def fork_server() -> ForkServer | None:
    """Return this process's fork server, started when it is not; None where there can be none."""
    global _server, _refused  # noqa: PLW0603 - one a process is the point
    with _lock:
        if _refused or not available():
            return None
        if _server is None or not _server.alive:
            try:
                _server = ForkServer()
            except (ForkServerError, OSError) as error:
                # Not tried again: each try would cost the time that it was to save.
                _refused = str(error)
                log.warning("kernels are started plain: %s", error)
                return None
        return _server


def refusal() -> str:
    """Say why no kernel is forked here; '' where none was refused."""
    return _refused


def available() -> bool:
    """Whether kernels may be forked here: on Linux, unless INSIGHTS_KERNELS=plain."""
    return sys.platform == "linux" and os.environ.get("INSIGHTS_KERNELS", "fork") != "plain"


def end() -> None:
    """End the fork server of this process, if there is one."""
    global _server  # noqa: PLW0603 - as above
    with _lock:
        if _server is not None:
            _server.close()
            _server = None


def _single_threaded(env: Mapping[str, str]) -> dict[str, str]:
    """Environment of the server: no library may start a pool of threads in it."""
    pools = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "RAYON", "ARROW_IO")
    return {
        **env,
        **{f"{pool}_NUM_THREADS": "1" for pool in pools},
        # pyarrow's allocator tidies up in a thread of its own, from the import on.
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
