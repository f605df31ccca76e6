"""Export of one executed notebook side by side with nbconvert's own HTML: bytes, requests, CPU.

python benchmarks/export.py --notebook reports/runs/<run>/executed.ipynb

Without a notebook it takes the workspace's newest run, or makes one on the demo data. CPU seconds
are of one process with one exporter: its first page, and each page after it; a command is a process
of its own, with all its imports.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pandas as pd
from nbconvert import HTMLExporter

from insights.intake import ingest
from insights.reporting.exporter import AnalystExporter, ManagerExporter
from insights.runs import load_catalog, plan, run_reports
from insights.settings import Settings

WORKSPACE = Path(__file__).parents[1]
REPORT = "cohort_analysis"
EXECUTED = "runs/*/executed.ipynb"


class Requests(HTMLParser):
    """Counts what a page loads from outside; links that a reader may follow are not loaded."""

    count = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            outside = (value or "").startswith(("http:", "https:", "//"))
            self.count += outside and (name == "src" or (tag == "link" and name == "href"))


def requests_in(html: str) -> int:
    reader = Requests()
    reader.feed(html)
    return reader.count


def newest() -> Path | None:
    """Return the newest executed notebook of the workspace's main example, if any ran."""
    found = Settings.load(WORKSPACE).reports.glob(EXECUTED)
    return max((path for path in found if REPORT in path.parent.name), default=None)


def made(folder: Path) -> Path:
    """Load the demo data into a folder and run the main example there."""
    shutil.copytree(WORKSPACE / "notebooks", folder / "notebooks")
    shutil.copy(WORKSPACE / "insights.toml", folder)
    settings = Settings.load(folder)
    ingest(settings, settings.brand(None), "completejourney")
    (record,) = run_reports(settings, [plan(settings, load_catalog(settings), REPORT)])
    print(f"ran {REPORT}: {record.status} {record.reason}")
    return next(settings.reports.glob(EXECUTED))


def in_process(
    export: Callable[[nbformat.NotebookNode], tuple[str, object]], path: Path, pages: int
) -> dict[str, float]:
    seconds, html = [], ""
    for _ in range(pages + 1):
        notebook = nbformat.read(path, as_version=4)
        start = time.process_time()
        html = export(notebook)[0]
        seconds.append(time.process_time() - start)
    return {
        "bytes": len(html.encode()),
        "requests": requests_in(html),
        "cpu_first": seconds[0],
        "cpu_each_after": sum(seconds[1:]) / pages,
    }


def as_command(form: list[str], path: Path, folder: Path) -> dict[str, float]:
    """Measure `jupyter nbconvert` as a user calls it; every page is a first page then."""
    command = [sys.executable, "-m", "nbconvert", "--log-level=ERROR", *form]
    before = os.times()
    subprocess.run([*command, "--output-dir", folder, path], check=True)
    after = os.times()
    html = next(folder.glob("*.html")).read_text("utf-8")
    seconds = after.children_user + after.children_system
    seconds -= before.children_user + before.children_system
    return {
        "bytes": len(html.encode()),
        "requests": requests_in(html),
        "cpu_first": seconds,
        "cpu_each_after": seconds,
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--notebook", type=Path)
    options.add_argument("--pages", type=int, default=5, help="pages after the first")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="insights-bench-") as room:
        folder = Path(room)
        path = chosen.notebook or newest() or made(folder / "workspace")
        rows = {
            "insights, manager": in_process(
                ManagerExporter().from_notebook_node, path, chosen.pages
            ),
            "insights, analyst": in_process(
                AnalystExporter().from_notebook_node, path, chosen.pages
            ),
            "nbconvert HTMLExporter": in_process(
                HTMLExporter(exclude_input=True).from_notebook_node, path, chosen.pages
            ),
            "command insights_manager": as_command(
                ["--to", "insights_manager"], path, folder / "ours"
            ),
            "command html --no-input": as_command(
                ["--to", "html", "--no-input"], path, folder / "theirs"
            ),
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table[["bytes", "requests"]] = table[["bytes", "requests"]].astype(int)
    print(f"Export of {path.parent.name}")
    print(table.to_string(float_format="%.3f"))
    ours, theirs = table.loc["insights, manager"], table.loc["nbconvert HTMLExporter"]
    for name in ("bytes", "cpu_each_after"):
        print(f"nbconvert / insights in {name}: {theirs[name] / ours[name]:.1f}")


if __name__ == "__main__":
    main()
