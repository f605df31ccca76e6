"""Stand-ins for the slow parts of a run, so that publishing is tested without a kernel.

Also a program: `python fakes.py WORKSPACE STEP WORD` runs a report and kills itself with SIGKILL
just before its STEP-th write.
"""

import itertools
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

from insights.runs import disk, ledger, load_catalog, making, plan, publish, run_report, shelf
from insights.settings import Settings


def pages(word: str) -> dict[str, bytes]:
    body = f"<!doctype html><p>{word} " + word * 30_000
    page = body + f'<a href="rows.csv">rows</a><a href="analyst.html">a</a>end of {word}'
    return {
        "index.html": page.encode(),
        "analyst.html": b"analyst " + page.encode(),
        "rows.csv": word.encode(),
    }


def write_index(self: shelf.Shelf, _periods=()) -> None:
    lines = [f"{(good or bad).run_id} {bool(bad)}" for good, bad in self.ledger.pages()]
    disk.write_whole(self.reports / "index.html", "\n".join(lines))


def execute(work, *_):
    return SimpleNamespace(metadata={}), work.record.but(headline="It holds.", kpis={"facts": {}})


def install(word: str, put=setattr) -> None:
    put(making, "_execute", execute)
    put(making, "_pages", lambda _notebook: pages(word))
    put(making, "_failure_page", lambda _folder, _notebook, _record: None)
    put(shelf.Shelf, "_write_index", write_index)


def run(settings: Settings, **asked):
    spec = plan(settings, load_catalog(settings), "cohort", **asked)
    return run_report(settings, spec, force=True)


def die_at(step: int) -> None:
    """Kill this process just before the step-th thing that it does to the disk."""
    steps = itertools.count(1)

    def deadly(holder, name):
        whole = getattr(holder, name)

        def counted(*given, **named):
            if next(steps) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return whole(*given, **named)

        setattr(holder, name, counted)

    deadly(ledger.Ledger, "write")
    deadly(disk, "_write")
    deadly(disk, "exchange")
    deadly(disk, "flush_folder")
    deadly(publish.shutil, "rmtree")
    deadly(Path, "replace")
    deadly(Path, "rename")


if __name__ == "__main__":
    root, step, word = sys.argv[1:]
    install(word)
    settings = Settings.load(root)
    die_at(int(step))
    run(settings)
    sys.stdout.write("finished")
