"""Progress of reports: one bar each on a terminal, plain lines in a log."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from insights.cli.saying import err

if TYPE_CHECKING:
    from insights.runs.runner import Step


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
    """Progress as one bar a report."""

    def __init__(self, names: Sequence[str]) -> None:
        self.bars = Progress(
            TextColumn("{task.fields[report]}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
            console=err,
        )
        self.tasks = {
            name: self.bars.add_task("waiting", report=name, total=1, start=False) for name in names
        }

    def __enter__(self) -> "Callable[[Step], None]":
        self.bars.start()
        return self.tell

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def tell(self, step: "Step") -> None:
        task = self.tasks[step.report]
        if step.stage == "starting":
            self.bars.start_task(task)
            self.bars.update(task, description="starting")
        elif step.stage == "running":
            self.bars.update(task, completed=step.done, total=step.cells)
            if step.heading:
                self.bars.update(task, description=step.heading)
        else:
            said = step.record.status if step.record else "writing the page"
            self.bars.update(task, description=said)
            if step.record:
                self.bars.stop_task(task)


def shown_progress(
    names: Sequence[str], *, quiet: bool
) -> AbstractContextManager["Callable[[Step], None] | None"]:
    """Return what shows the progress of some reports; nothing where one asked for quiet."""
    if quiet:
        return nullcontext()
    return _Bars(names) if err.is_terminal else _Lines()
