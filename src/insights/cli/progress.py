"""Progress of reports: one bar each on a terminal, plain lines in a log."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from insights.cli.saying import err

if TYPE_CHECKING:
    from insights.runs.making import Step


SHOWN = 10  # Reports that are done and stay on the screen.


class _Lines:
    """Progress as plain lines, for a log."""

    def __enter__(self) -> "Callable[[Step], None]":
        return self.tell

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    def tell(self, step: "Step") -> None:
        if step.stage == "running" and step.heading:
            err.print(f"{step.report}: cell {step.done + 1}/{step.cells} {step.heading}")
        elif step.stage in {"starting", "writing"}:
            err.print(f"{step.report}: {step.stage}")


class _Bars:
    """Progress as one bar for all, and one for each report at work."""

    def __init__(self, count: int) -> None:
        self.bars = Progress(
            TextColumn("{task.fields[report]}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
            console=err,
        )
        self.all = self.bars.add_task("reports", report="", total=count, visible=count > 1)
        self.tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "Callable[[Step], None]":
        self.bars.start()
        return self.tell

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def tell(self, step: "Step") -> None:
        if step.home not in self.tasks:
            self.tasks[step.home] = self.bars.add_task("starting", report=step.report, total=1)
        task = self.tasks[step.home]
        if step.stage == "running":
            self.bars.update(task, completed=step.done, total=step.cells)
            if step.heading:
                self.bars.update(task, description=step.heading)
        elif step.stage == "writing":
            self.bars.update(task, description="writing the page")
        elif step.record:
            self.bars.update(task, description=step.record.status)
            self.bars.stop_task(task)
            self.bars.advance(self.all)
            self._tidy()

    def _tidy(self) -> None:
        """Take the oldest bars that are done off the screen, where there are many."""
        done = [home for home, task in self.tasks.items() if self.bars.tasks[task].stop_time]
        for home in done[:-SHOWN]:
            self.bars.update(self.tasks.pop(home), visible=False)


def shown_progress(
    count: int, *, quiet: bool
) -> AbstractContextManager["Callable[[Step], None] | None"]:
    """Return what shows the progress of so many reports; nothing where one asked for quiet."""
    if quiet:
        return nullcontext()
    return _Bars(count) if err.is_terminal else _Lines()
