"""How long will it take, and can it be stopped? What a notebook shows while something is at work.

Bars are tqdm's in plain text, which JupyterLab, VS Code and a terminal's IPython all draw without a
widget. In a run, in a script and in a test there is nobody to look, so there are none.
"""

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any, TypeVar

T = TypeVar("T")
RUN_VARIABLE = "INSIGHTS_RUN"  # Set in a run: names the file of what the runner tells a kernel.
PATIENCE = 2.0  # Seconds without an answer after which it is said how long it has been.
_TICK = 0.5
_STEPS = "{desc}: {n_fmt}/{total_fmt} |{bar:24}| {elapsed}{postfix}"
_CLOCK = "{desc}: {elapsed} (stop with ■ or Ctrl-C)"


def somebody_looks() -> bool:
    """Whether this is a notebook's kernel outside a run."""
    shell: Any = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None and RUN_VARIABLE not in os.environ


@contextmanager
def steps(what: str) -> Iterator[Callable[[str, int, int], None] | None]:
    """Show how far a piece of work is; it tells (what is done now, steps done, steps in all).

    Raises
    ------
    KeyboardInterrupt
        When it was stopped, whatever it was at.
    """
    if not somebody_looks():
        with _stopped():
            yield None
        return
    from tqdm import tqdm  # noqa: PLC0415 - only where a bar is shown

    with (
        _stopped(),
        tqdm(total=1, desc=what, file=sys.stdout, leave=False, bar_format=_STEPS) as bar,
    ):

        def tell(doing: str, done: int, in_all: int) -> None:
            bar.total, bar.n = in_all, done
            bar.set_postfix_str(doing)

        yield tell


@contextmanager
def _stopped() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        if str(error) != "Query interrupted":
            raise
        raise KeyboardInterrupt from error  # What DuckDB makes of Ctrl-C.


@contextmanager
def asking(what: str = "asking the lake") -> Iterator[None]:
    """Show how long a piece of work takes, once it is known to take long.

    Raises
    ------
    KeyboardInterrupt
        When it was stopped, whatever it was at.
    """
    over = Event()
    clock = Thread(target=_tick, args=(what, over), daemon=True) if somebody_looks() else None
    if clock:
        clock.start()
    try:
        with _stopped():
            yield
    finally:
        over.set()
        if clock:
            clock.join()


def heard(work: Callable[[], T], stop: Callable[[], None]) -> T:
    """Do work of an engine so that Ctrl-C is heard while it lasts.

    The main thread alone hears signals, and only while it runs Python: in the engine it would be
    deaf until the answer came. So it waits, and another thread asks.

    Parameters
    ----------
    work : callable
        What to do, in another thread.
    stop : callable
        What makes the engine give up, from this one. It is called until the work is over: between
        two questions of a piece of work nobody would hear it.

    Raises
    ------
    KeyboardInterrupt
        When it was stopped, once the engine has given up.
    """
    with ThreadPoolExecutor(1) as other:
        answer = other.submit(work)
        try:
            return answer.result()
        except KeyboardInterrupt:
            stop()
            while not wait([answer], _TICK).done:
                stop()
            raise


def _tick(what: str, over: Event) -> None:
    if over.wait(PATIENCE):
        return
    from tqdm import tqdm  # noqa: PLC0415 - see `steps`

    with tqdm(desc=what, file=sys.stdout, leave=False, bar_format=_CLOCK) as bar:
        while not over.wait(_TICK):
            bar.refresh()
