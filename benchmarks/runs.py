"""Runs: what does one more report cost, beside the tools that everybody uses?

The same notebook (one of the catalog, or a small one) is run

1. by `insights run`, one more in a batch: the slope between a batch of two and one of `--sets`;
2. by the commands `papermill` and `jupyter nbconvert --to html`, a fresh process each;
3. by papermill's API with a fresh kernel each, in one process, and nbconvert's exporter.

Then `--sets` parameter sets on two cores: reports a minute, the ratio of all processor time to that
of the cells themselves, and the memory of each report. Processor time is that of a process and all
that descended from it, so other work on the machine changes it little, unlike reports a minute.

    python benchmarks/runs.py [--sets 100] [--workspace FOLDER --report NAME --brand NAME]

`--repeats 0` leaves the other tools out.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
BIN = Path(sys.executable).parent
CELLS = "INSIGHTS_BENCHMARK_CELLS"  # Variable that names the file for what the cells took.
WORK = f"""
import io
import os
import time
began = time.process_time()
import pandas as pd
import seaborn as sns
import matplotlib.pyplot as plt
frame = pd.DataFrame({{"x": range(20_000)}}).assign(y=lambda d: d.x % (min_customers + 7))
table = frame.groupby("y").agg(["mean", "sum", "std"])
sns.lineplot(table["x"]["mean"]).figure.savefig(io.BytesIO(), format="svg")
plt.close()
if os.environ.get("{CELLS}"):
    with open(os.environ["{CELLS}"], "a") as told:
        told.write(f"{{time.process_time() - began}}\\n")
"""


def cpu() -> float:
    """Processor seconds of this process and of all its children that ended."""
    parts = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(part) for part in parts]
    return sum(one.ru_utime + one.ru_stime for one in used)


def cost(work: Callable[[], object]) -> tuple[float, float]:
    """Return processor seconds and wall seconds of a piece of work."""
    began, start = cpu(), time.perf_counter()
    work()
    return cpu() - began, time.perf_counter() - start


def ours(workspace: Path, report: str, brand: str, sets: list[int], parameter: str) -> dict:
    """Run a batch in a process of its own, and return what it cost and what its cells took."""
    program = (
        "import json, sys, time\n"
        "from insights.runs import forked\n"
        "from insights.runs import load_catalog, plan, run_reports\n"
        "from insights.settings import Settings\n"
        "settings = Settings.load()\n"
        "report, brand, parameter, sets = json.loads(sys.argv[1])\n"
        "catalog = load_catalog(settings)\n"
        "given = [{parameter: number} for number in sets]\n"
        "specs = [plan(settings, catalog, report, brand=brand, given=one) for one in given]\n"
        "records = run_reports(settings, specs, force=True)\n"
        "assert all(r.status == 'published' for r in records), [r.error for r in records]\n"
        # What a child took counts when it was waited for: the fork server, with its kernels.
        "time.sleep(0.5)\nforked.end()\n"
        "print(json.dumps([[sum(c['seconds'] for c in r.cells), r.usage] for r in records]))\n"
    )
    asked = json.dumps([report, brand, parameter, sets])
    told = workspace / "cells.txt"
    told.unlink(missing_ok=True)
    env = os.environ | {
        "INSIGHTS_WORKSPACE": str(workspace),
        "OMP_NUM_THREADS": "1",
        CELLS: str(told),
    }
    began, start = cpu(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program, asked], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return {
        "cpu": cpu() - began,
        "wall": time.perf_counter() - start,
        "runs": json.loads(done.stdout.splitlines()[-1]),
        # Of a report of the catalog, which tells nobody, the time by the clock has to do.
        "cells": sum(map(float, told.read_text().split())) if told.is_file() else None,
    }


def commands(notebook: Path, folder: Path, env: dict[str, str]) -> None:
    """Run `papermill` and `jupyter nbconvert` as one types them."""
    made = folder / "out.ipynb"
    for words in (
        [BIN / "papermill", notebook, made, "--no-progress-bar"],
        [BIN / "jupyter", "nbconvert", "--to", "html", made],
    ):
        subprocess.run(words, check=True, capture_output=True, env=env, cwd=folder)


def api(notebook: Path, folder: Path, env: dict[str, str], count: int) -> float:
    """Run papermill's API with a fresh kernel and nbconvert's exporter; return the slope."""
    program = (
        "import sys, papermill\nfrom nbconvert import HTMLExporter\n"
        "for n in range(int(sys.argv[3])):\n"
        "    papermill.execute_notebook(sys.argv[1], sys.argv[2], progress_bar=False)\n"
        "    HTMLExporter().from_filename(sys.argv[2])\n"
    )

    def batch(size: int) -> float:
        words = [sys.executable, "-c", program, notebook, folder / "api.ipynb", str(size)]

        def run() -> None:
            subprocess.run(words, check=True, capture_output=True, env=env, cwd=folder)

        return cost(run)[0]

    return (batch(1 + count) - batch(1)) / count


def small(folder: Path) -> Path:
    """Write a workspace with one small report: a frame, a table, a chart, an answer."""
    from tests.runs.conftest import ANSWER, notebook, workspace  # noqa: PLC0415 - after the path

    workspace(folder, cohort=notebook(WORK, ANSWER))
    return folder


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--sets", type=int, default=100)
    asked.add_argument("--repeats", type=int, default=3)
    asked.add_argument("--workspace", type=Path)
    asked.add_argument("--report", default="cohort")
    asked.add_argument("--brand", default="shop")
    asked.add_argument("--parameter", default="min_customers")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="insights-bench-") as name:
        folder = Path(name)
        workspace = given.workspace or small(folder / "shop")
        notebook = workspace / "notebooks" / f"{given.report}.ipynb"
        env = os.environ | {
            "INSIGHTS_WORKSPACE": str(workspace),
            "INSIGHTS_BRAND": given.brand,
            "OMP_NUM_THREADS": "1",
        }
        few, sets = (
            ours(
                workspace,
                given.report,
                given.brand,
                list(range(10, 10 + count)),
                given.parameter,
            )
            for count in (2, given.sets)
        )
        one_more = (sets["cpu"] - few["cpu"]) / (given.sets - 2)
        print(f"one more report          {one_more:6.2f} CPU s")
        if given.repeats:
            by_commands = statistics.median(
                cost(lambda: commands(notebook, folder, env))[0] for _ in range(given.repeats)
            )
            by_api = api(notebook, folder, env, given.repeats)
            for tool, other in (
                ("papermill + nbconvert", by_commands),
                ("papermill's API", by_api),
            ):
                print(f"{tool:<24} {other:6.2f} CPU s  ratio {one_more / other:.3f}")
        by_clock = sum(seconds for seconds, _usage in sets["runs"])
        cells, how = (sets["cells"], "CPU s") if sets["cells"] else (by_clock, "s by the clock")
        memory = [usage["memory_mb"] for _seconds, usage in sets["runs"]]
        print(
            f"{given.sets} parameter sets: {60 * given.sets / sets['wall']:.1f} reports a minute, "
            f"{sets['cpu']:.1f} CPU s in all; cells took {cells:.1f} {how}; "
            f"ratio {sets['cpu'] / cells:.2f}, with what comes once ({few['cpu']:.1f} CPU s, two "
            f"reports)"
        )
        print(
            f"memory of a report: median {statistics.median(memory):.0f} MB, "
            f"most {max(memory):.0f} MB"
        )


if __name__ == "__main__":
    main()
