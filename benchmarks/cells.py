"""What do a report's cells take once its marts are ready? Processor time, cell by cell.

python benchmarks/cells.py --brand demo [--report cohort_analysis] [--as-of 2026-06-30] [--each]

The notebook's cells run in one process, as a kernel runs them, results shown in every form that a
page may take; the first time to import and warm up, then so often as `--repeats` says. What the
engine takes for marts, questions and the health of the lake is told apart. The brand must have been
loaded (`make report` loads two).
"""

import argparse
import contextlib
import gc
import io
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
from IPython.core.interactiveshell import InteractiveShell

from insights.errors import EmptyLake, SettingsError
from insights.settings import Settings
from insights.store.lake import Lake, open_lake

ASKING = ("mart", "sql", "arrow", "health", "sample", "everyone")


class Asked:
    """Processor time within calls that ask the lake, the inner of two not twice."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._within = False
        for name in ASKING:
            if hasattr(Lake, name):
                setattr(Lake, name, self._timed(getattr(Lake, name)))

    def _timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*given: Any, **more: Any) -> Any:
            if self._within:
                return call(*given, **more)
            self._within, began = True, time.process_time()
            try:
                return call(*given, **more)
            finally:
                self.seconds += time.process_time() - began
                self._within = False

        return asked


def run(sources: list[str], asked: Asked) -> list[tuple[str, float, float]]:
    """Run the cells once: the first line of each, its processor time, and that of asking."""
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    shell.display_formatter.active_types = shell.display_formatter.format_types
    found = []
    for source in sources:
        began, before = time.process_time(), asked.seconds
        with contextlib.redirect_stdout(io.StringIO()):
            shell.run_cell(source, store_history=True).raise_error()
        asking = asked.seconds - before
        found.append((source.split("\n")[0][:60], time.process_time() - began - asking, asking))
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--report", default="cohort_analysis")
    options.add_argument("--brand", default="completejourney")
    options.add_argument("--as-of")
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--each", action="store_true", help="print every cell")
    given = options.parse_args()
    os.environ["INSIGHTS_BRAND"] = given.brand
    settings = Settings.load()
    try:
        open_lake(settings, given.brand)
    except (EmptyLake, SettingsError) as error:
        print(f"Nothing was measured. {error}")
        return
    path = Path(settings.notebooks) / f"{given.report}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    if given.as_of:
        sources.insert(1, f"as_of = {given.as_of!r}")
    asked = Asked()
    run(sources, asked)
    gc.collect()
    gc.freeze()  # As the fork server does, whose kernels do not look through what it imported.
    runs = [run(sources, asked) for _ in range(given.repeats)]
    if given.each:
        table = pd.DataFrame(runs[-1], columns=["cell", "CPU s", "of the lake"])
        print(table.to_string(index=False, float_format="{:.2f}".format))
    own = [sum(cell[1] for cell in one) for one in runs]
    lake = [sum(cell[2] for cell in one) for one in runs]
    print(
        f"{given.report} of {given.brand}: cells {statistics.median(own):.2f} CPU s "
        f"({min(own):.2f} to {max(own):.2f}), marts {statistics.median(lake):.2f}"
    )


if __name__ == "__main__":
    main()
