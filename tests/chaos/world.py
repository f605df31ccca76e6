"""A small world for disasters: a workspace with a true kernel's reports, and a reader who polls."""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread

import psutil

from insights.runs import load_catalog, plan, run_reports
from insights.runs.forked import ForkedProcess, ForkServer
from insights.runs.shelf import Shelf
from tests.runs.conftest import ANSWER, notebook, workspace

MARK = "INSIGHTS_CHAOS"
SLEEP = "import time\ntime.sleep(0.3)"
WAIT = 300.0  # A busy machine is ten times slower; nobody waits as long on one that is not.


class Reader:
    """Reads the shelf again and again, and keeps what was torn and what it saw."""

    def __init__(self, reports: Path):
        self.reports = reports
        self.torn: list[str] = []
        self.seen: set[str] = set()
        self.looks = 0
        self._last: dict[Path, bytes] = {}
        self._over = Event()
        self._thread = Thread(target=self._read, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _read(self):
        while not self._over.wait(0.02):
            for pattern in ("index.html", "latest/*/*/*.html", "shop/*/*/*/index.html"):
                for path in self.reports.glob(pattern):
                    self._look(path)

    def _look(self, path: Path):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return
        self.looks += 1
        if content == self._last.get(path):
            return
        self._last[path] = content
        if not content.rstrip().endswith(b"</html>"):
            self.torn.append(str(path))
        if path.parts[len(self.reports.parts)] == "shop":
            self.seen.add(hashlib.sha256(content).hexdigest())


class World:
    """A workspace that disasters strike.

    Parameters
    ----------
    forks : ForkServer, optional
        What forks its runners; without it, each is a Python of its own.
    """

    def __init__(self, folder: Path, forks: ForkServer | None = None):
        self.root = folder
        self.forks = forks
        self.forked: list[ForkedProcess] = []
        self.write(SLEEP)
        self.told: dict[str, set[str]] = {}  # Sums of all that was ever to be published, by page.

    def write(self, cell: str, *lines: str) -> None:
        """Give the report another cell, and its catalog entry other lines."""
        self.settings = workspace(self.root, cohort=notebook(cell, "1 + 1", ANSWER))
        path = self.settings.notebooks / "catalog.toml"
        path.write_text("\n".join([path.read_text(), *lines, ""]))

    @property
    def shelf(self) -> Shelf:
        return Shelf(self.settings)

    def run(self, **asked):
        """Run the report in this process."""
        spec = plan(self.settings, load_catalog(self.settings), "cohort")
        (record,) = run_reports(self.settings, [spec], force=True, **asked)
        return record

    def runner(self, *words: str) -> subprocess.Popen | ForkedProcess:
        """Start a runner of its own; all that descends from it carries our mark."""
        said = ["run", "cohort", "--force", *words]
        env = os.environ | {MARK: str(self.root), "INSIGHTS_WORKSPACE": str(self.root)}
        if self.forks is not None:
            with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - as subprocess does it
                outputs = [nowhere.fileno()] * 2
                made = self.forks.launch(said, cwd=str(self.root), env=env, outputs=outputs)
            self.forked.append(made)
            return made
        program = [sys.executable, "-m", "insights", *said]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(program, cwd=self.root, env=env, **quiet)

    def reach(self, stage: str, before: set[str]) -> None:
        """Wait until a new run stands so; one that is over by then will do."""
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            for row in self.rows(10):
                if row.run_id not in before and (
                    row.status != "running" or stage in (row.doing or "started")
                ):
                    return
            time.sleep(0.05)
        raise AssertionError(f"no run came to '{stage}'")

    def rows(self, count: int = -1):
        found = self.shelf.ledger.recent(count) if (self.root / "reports").is_dir() else []
        for row in found:
            self.told.setdefault(row.home, set()).update(row.files.values())
        return found

    def known(self) -> set[str]:
        return {row.run_id for row in self.rows()}

    def ours(self) -> list[psutil.Process]:
        """Whatever still lives of a runner of ours, or of a run."""
        found = [psutil.Process(one.pid) for one in self.forked if one.poll() is None]
        for process in psutil.process_iter():
            try:
                env = process.environ()
                zombie = process.status() == psutil.STATUS_ZOMBIE
            except psutil.Error:
                continue
            run = env.get("INSIGHTS_RUN", "").startswith(str(self.root))
            if not zombie and (env.get(MARK) == str(self.root) or run):
                found.append(process)
        return found

    def pages_seen_were_published(self, reader: Reader) -> bool:
        """Whether each page that a reader saw was announced in the ledger, whole."""
        return reader.seen <= {digest for sums in self.told.values() for digest in sums}


def cells_named(record) -> bool:
    """Whether a failure says which cells did not run, where some did not."""
    unrun = [cell for cell in record.cells if not cell["ok"]]
    return not unrun or "code cell" in record.reason


def patient(until, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True
