"""Execute one notebook through papermill, and tell truthfully whether it ran to its end.

papermill marks every cell completed once the kernel is dead, and takes `sys.exit(0)` for success.
So the truth is counted here: a run is good when every cell that should run was answered `ok` by the
kernel and no cell shows an error.
"""

import asyncio
import re
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import Any

import nbformat
import papermill
import zmq.asyncio
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import remove_error_markers

from insights.runs import kernel, scratch
from insights.runs.limits import MARK, Limits, Usage, end_left, watched
from insights.runs.parameters import Value
from insights.runs.record import Cause

ENGINE = "insights"
SKIPPED = "skip-execution"  # nbclient leaves cells with this tag out

CellProgress = Callable[[int, int, str], None]  # (cells done, cells in all, heading of the next)


@dataclass
class Tally:
    """Our own account of what the kernel answered, cell by cell."""

    headings: dict[int, str]
    progress: CellProgress | None = None
    notebook: Any = None
    kernel: "Popen[bytes] | None" = None
    seconds: dict[int, float] = field(default_factory=dict)
    good: list[int] = field(default_factory=list)
    left: bool = False
    usage: Usage = field(default_factory=Usage)
    _began: float = 0.0

    def starts(self, *, cell: Any, cell_index: int) -> None:
        """Note that the kernel was given a cell."""
        self._began = time.perf_counter()
        if self.progress:
            self.progress(len(self.good), len(self.headings), self.headings.get(cell_index, ""))

    def answered(self, *, cell: Any, cell_index: int, execute_reply: Any) -> None:
        """Note the kernel's answer to a cell."""
        self.seconds[cell_index] = time.perf_counter() - self._began
        content = execute_reply["content"] if execute_reply else {}
        # `exit()` answers `ok` and asks the front end to end the kernel: no report does that.
        leaves = any(part.get("source") == "ask_exit" for part in content.get("payload", ()))
        self.left = self.left or leaves
        if content.get("status") == "ok" and not leaves:
            self.good.append(cell_index)
            if self.progress:
                self.progress(len(self.good), len(self.headings), "")


@dataclass(frozen=True)
class Execution:
    """What came of a notebook: the notebook with its outputs, and whether it may be believed.

    `error` is empty for a run that ended well, else its first line is the reason in words;
    `traceback` is for the analyst; `cells` has (number, heading, seconds, ok) of each code cell;
    `usage` is what its kernel took, `cause` whom a failure is to be laid to.
    """

    notebook: Any
    error: str
    traceback: str
    cells: list[dict[str, Any]]
    usage: Usage
    cause: Cause


def execute(
    source: str,
    parameters: Mapping[str, Value],
    *,
    folder: Path,
    environment: Mapping[str, str],
    limits: Limits | None = None,
    progress: CellProgress | None = None,
) -> Execution:
    """Run a notebook's text in a kernel of its own, with `folder` as its working folder.

    Parameters
    ----------
    source : str
        The notebook as JSON; the file it came from is never touched.
    parameters : mapping
        Injected after the parameters cell by papermill.
    folder : Path
        Private folder of the run.
    environment : mapping
        The kernel's environment. This process's own is not changed: runs share it.
    limits : Limits, optional
        What it may take; the usual limits when None.
    progress : callable, optional
        Called with (cells done, cells in all, heading) before and after each cell.
    """
    given = nbformat.reads(source, as_version=4)
    for cell in given.cells:
        if cell.cell_type == "code":  # Tools that empty a notebook leave them out at times.
            cell.setdefault("outputs", [])
    tally = Tally(headings={}, progress=progress)
    problem: BaseException | None = None
    try:
        # Without output path papermill writes nothing: a save that is killed leaves broken JSON.
        # The notebook goes in as a node: a path would be formatted with the parameters.
        papermill.execute_notebook(
            given,
            None,
            parameters=dict(parameters),
            engine_name=ENGINE,
            kernel_name=kernel.NAME,
            language="python",
            progress_bar=False,
            tally=tally,
            folder=folder,
            environment=dict(environment),
            limits=limits or Limits(),
        )
    except Exception as error:  # whatever it is, it is the outcome of this run
        problem = error
    finally:
        _close_loop()
        if MARK in environment:
            end_left(Path(environment[MARK]))
    notebook = remove_error_markers(tally.notebook or given)
    notebook.metadata.get("papermill", {}).pop("input_path", None)
    reason, traceback, cause = _judged(notebook, tally, problem)
    return Execution(notebook, reason, traceback, _cells(tally), tally.usage, cause)


class _Client(PapermillNotebookClient):  # type: ignore[misc]  # papermill has no types
    """nbclient with the kernel, folder and environment of one run."""

    def __init__(
        self, nb_man: Any, tally: Tally, sockets: Path, limits: Limits, open_: ExitStack
    ) -> None:
        super().__init__(
            nb_man,
            startup_timeout=180,  # Importing on a busy machine takes long before it takes for ever.
            iopub_timeout=60,
            timeout=None,
            on_cell_execute=tally.starts,
            on_cell_executed=tally.answered,
        )
        self.tally = tally
        self.sockets = sockets
        self.limits = limits
        self.open = open_

    def create_kernel_manager(self) -> Any:
        context = zmq.asyncio.Context()
        self.open.callback(context.destroy, linger=0)
        self.km = kernel.manager(self.sockets, context)
        return self.km

    def start_new_kernel(self, **kwargs: Any) -> None:
        super().start_new_kernel(**kwargs)
        self.tally.kernel = self.km.provisioner.process
        kernel.started(self.tally.kernel)
        if self.tally.kernel is not None:
            watch = watched(self.tally.kernel.pid, self.limits)
            self.tally.usage = self.open.enter_context(watch)

    def papermill_execute_cells(self) -> None:
        super().papermill_execute_cells()
        # Once more while the kernel lives: it may be over before anybody looked.
        if self.tally.kernel is not None:
            self.tally.usage.note(self.tally.kernel.pid, self.limits, 0)


class _Engine(Engine):  # type: ignore[misc]  # papermill has no types
    """Hands the run's folder and environment to its kernel.

    papermill's own `cwd=` changes the folder of this whole process, which parallel runs share.
    """

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> None:
        tally, folder = kwargs["tally"], kwargs["folder"]
        tally.notebook = nb_man.nb
        tally.headings = _headings(nb_man.nb)
        with (
            scratch.folder(place=kernel.place_of_sockets()) as sockets,
            scratch.folder("kernel-") as temporary,
            (folder / "kernel.log").open("wb") as log,
            ExitStack() as open_,
        ):
            try:
                environment = kwargs["environment"] | {"TMPDIR": str(temporary)}
                _Client(nb_man, tally, sockets, kwargs["limits"], open_).execute(
                    cwd=str(folder), env=environment, stdout=log, stderr=log
                )
            finally:
                kernel.ended(tally.kernel)


papermill_engines.register(ENGINE, _Engine)


def _close_loop() -> None:
    """Close the event loop that jupyter opened for this thread; it leaves that to nobody."""
    loop = ensure_event_loop()
    if not loop.is_running():
        loop.close()
        asyncio.set_event_loop(None)


def _headings(notebook: Any) -> dict[int, str]:
    """Nearest heading above each cell that should run, by its index."""
    heading = ""
    found: dict[int, str] = {}
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            titles = [line for line in cell.source.splitlines() if line.startswith("#")]
            heading = titles[-1].lstrip("# ") if titles else heading
        elif (
            cell.cell_type == "code"
            and cell.source.strip()
            and SKIPPED not in cell.metadata.get("tags", [])
        ):
            found[index] = heading
    return found


# What the system says of a disk, however a library passes it on: no notebook's fault.
DISK = re.compile(
    r"No space left on device|Read-only file system|Disk quota exceeded|disk is full", re.IGNORECASE
)


def _judged(notebook: Any, tally: Tally, problem: BaseException | None) -> tuple[str, str, Cause]:
    """Return the reason of a failure in words, its traceback and cause; empty for success."""
    unrun = [n for n, index in enumerate(tally.headings, 1) if index not in tally.good]
    errors = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type == "error"
    ]
    if problem is None and not errors and not unrun and tally.headings:
        return "", "", ""
    cause: Cause = "notebook"
    if kernel.was_interrupted(tally.kernel):
        reason, cause = "The run was interrupted", "interrupted"
    elif tally.usage.broken:
        reason = f"{tally.usage.broken}, which is this report's limit, and was ended."
        cause = "limit"
    elif isinstance(problem, DeadKernelError):
        reason = f"The kernel died{_signal_of(tally.kernel)}."
        # A crash of its own (a segfault) comes again; a kernel that was killed is nobody's fault.
        cause = "infrastructure" if _was_killed(tally.kernel) else "notebook"
    elif tally.left or (errors and errors[0].ename == "SystemExit"):
        reason = "A cell ended the notebook (sys.exit or exit): a report has to run to its end."
    elif errors:
        reason = f"{errors[0].ename}: {_first_line(errors[0].evalue)}"
        cause = "infrastructure" if DISK.search(errors[0].evalue) else "notebook"
    elif problem is not None:
        reason = f"{type(problem).__name__}: {_first_line(str(problem))}"
        cause = "infrastructure"  # No cell said it: the kernel did not start, or did not answer.
    elif not tally.headings:
        reason = "The notebook has no cell to run."
    else:
        reason = "The notebook ended before its last cell."
    if unrun and tally.headings:
        first = list(tally.headings)[unrun[0] - 1]
        where = f" under '{tally.headings[first]}'" if tally.headings[first] else ""
        reason += f" (code cell {unrun[0]} of {len(tally.headings)}{where})"
    traceback = "\n".join("\n".join(output.traceback) for output in errors)
    if not traceback and problem is not None and not isinstance(problem, PapermillExecutionError):
        traceback = f"{type(problem).__name__}: {problem}"
    if len(unrun) > 1:
        traceback += f"\n\nNot run: code cells {', '.join(str(n) for n in unrun[1:])}."
    return reason, _plain(traceback), cause


def _was_killed(process: "Popen[bytes] | None") -> bool:
    return process is not None and process.returncode in {-signal.SIGKILL, -signal.SIGTERM}


def _plain(text: str) -> str:
    """Return a traceback without the terminal's colours."""
    return re.sub(r"\x1b\[[0-9;]*[@-~]", "", text)


def _signal_of(process: "Popen[bytes] | None") -> str:
    """Say what ended a kernel, where it was a signal."""
    code = process.returncode if process else None
    if code is None or code >= 0:
        return ""
    with suppress(ValueError):
        hint = ", as the system does when memory runs out" if -code == signal.SIGKILL else ""
        return f" of signal {signal.Signals(-code).name}{hint}"
    return ""


def _first_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[0] if lines else ""


def _cells(tally: Tally) -> list[dict[str, Any]]:
    return [
        {
            "cell": number,
            "heading": heading,
            "seconds": round(tally.seconds[index], 3) if index in tally.seconds else None,
            "ok": index in tally.good,
        }
        for number, (index, heading) in enumerate(tally.headings.items(), 1)
    ]
