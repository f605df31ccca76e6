"""Notebooks on other machines: what a worker hands back is published here, once, whoever dies."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Thread

import psutil
import pytest

from insights.errors import ParameterError
from insights.runs import cluster, load_catalog, making, plan, publish, run_reports
from insights.runs.executors import executor
from insights.runs.ledger import History
from insights.runs.making import Work
from insights.runs.runner import _new
from insights.runs.shelf import Shelf
from insights.runs.spec import environment_hash
from tests.runs import fakes
from tests.runs.conftest import ANSWER, load, notebook, workspace

REPORTS = ("one", "two", "three", "four")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def work(tmp_path, monkeypatch):
    fakes.install("page", monkeypatch.setattr)
    monkeypatch.setattr(cluster, "_teller", lambda _run_id: lambda _step: None)
    monkeypatch.delenv("INSIGHTS_WORKSPACE", raising=False)
    settings = workspace(tmp_path, cohort=notebook())
    spec = plan(settings, load_catalog(settings), "cohort")
    return Work(settings, spec, _new(spec), History())


class TestHandedBack:
    def test_a_finished_folder_arrives_as_it_was(self, work, tmp_path):
        handed = cluster._made(work, environment_hash())
        home = tmp_path / "run"
        home.mkdir()
        cluster._unpack(handed.archive, home)
        assert handed.record.status == "running"
        for name, content in fakes.pages("page").items():
            assert (home / publish.STAGED / name).read_bytes() == content
        assert publish.SUMS in os.listdir(home / publish.STAGED)  # noqa: PTH208 - names

    def test_a_failure_arrives_with_its_reason(self, work, tmp_path, monkeypatch):
        monkeypatch.setattr(making, "_pages", lambda _notebook: 1 / 0)
        handed = cluster._made(work, environment_hash())
        cluster._unpack(handed.archive, tmp_path / "run")
        assert (handed.record.status, handed.record.cause) == ("failed", "notebook")
        assert "ZeroDivisionError" in (tmp_path / "run" / making.ERROR).read_text()

    def test_a_worker_with_other_code_makes_nothing_and_may_be_tried_again(self, work):
        handed = cluster._made(work, "another")
        assert handed.record.reason.startswith("The worker has other code or packages")
        assert handed.record.cause == "infrastructure"

    def test_a_worker_may_have_the_workspace_elsewhere(self, work, tmp_path, monkeypatch):
        seen = []
        monkeypatch.setattr(
            making, "_execute", lambda work, *_: seen.append(work.settings.root) or 1 / 0
        )
        workspace(tmp_path / "mounted", cohort=notebook())
        monkeypatch.setenv("INSIGHTS_WORKSPACE", str(tmp_path / "mounted"))
        cluster._made(work, environment_hash())
        assert seen == [tmp_path / "mounted"]

    def test_an_archive_cannot_write_outside_the_runs_folder(self, tmp_path):
        import io  # noqa: PLC0415
        import tarfile  # noqa: PLC0415

        held = io.BytesIO()
        with tarfile.open(fileobj=held, mode="w:gz") as tar:
            tar.addfile(tarfile.TarInfo("../outside"))
        with pytest.raises(tarfile.OutsideDestinationError):
            cluster._unpack(held.getvalue(), tmp_path / "run")
        assert not (tmp_path / "outside").exists()


def test_a_scheduler_that_does_not_answer_is_refused_with_the_command_that_starts_one(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 0.5)
    with pytest.raises(ParameterError, match=r"tcp://127.0.0.1:9. Start one there: dask scheduler"):
        executor("dask://127.0.0.1:9")


@contextmanager
def machines(folder: Path, count: int):
    """A scheduler and workers, each a process of its own, as on machines of their own."""
    told = folder / "scheduler.json"
    usual = ["--no-dashboard", "--scheduler-file", str(told)]
    python = [sys.executable, "-m"]
    scheduler = [*python, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    worker = [*python, "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny"]
    quiet = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    begun = [subprocess.Popen([*scheduler, *usual], **quiet)]
    try:
        _waited(lambda: _address(told))
        local = ["--local-directory", str(folder / "dask")]
        begun += [subprocess.Popen([*worker, *usual, *local], **quiet) for _ in range(count)]
        yield _address(told), begun[1:]
    finally:
        for process in begun:
            process.kill()
            process.wait()


def _address(told: Path) -> str:
    """Return where the scheduler is; nothing before it has said all: its file is made empty."""
    with suppress(OSError, ValueError):
        return json.loads(told.read_text())["address"].replace("tcp", "dask")
    return ""


@pytest.mark.slow
def test_one_of_two_workers_is_killed_and_all_reports_arrive_once(tmp_path):
    pytest.importorskip("distributed")
    started = tmp_path / "started"
    started.mkdir()
    asleep = f"import os, time\nopen('{started}/' + str(os.getpid()), 'w').close()\ntime.sleep(3)"
    settings = workspace(tmp_path / "shop", **dict.fromkeys(REPORTS, notebook(asleep, ANSWER)))
    specs = [plan(settings, load_catalog(settings), name) for name in REPORTS]
    steps: list[making.Step] = []
    with machines(tmp_path, 2) as (address, workers):
        _waited(lambda: _workers(address) == 2)
        with closing(executor(address)) as two:
            found: list = []
            asked = {"executor": two, "progress": steps.append, "workers": 2}
            thread = Thread(target=lambda: found.extend(run_reports(settings, specs, **asked)))
            thread.start()
            _waited(lambda: found or len(list(started.iterdir())) >= 2)
            assert found == []
            workers[0].kill()
            thread.join(240)
    assert [(r.report, r.status, r.reason) for r in found] == [
        (n, "published", "") for n in REPORTS
    ]
    rows = Shelf(settings).ledger.recent()
    assert Counter(row.report for row in rows) == dict.fromkeys(REPORTS, 1)
    assert all(publish.is_whole(settings.reports, row) for row in rows)
    assert len(list(started.iterdir())) == len(REPORTS) + 1  # The killed one was made twice.
    assert {step.stage for step in steps} == {"starting", "running", "writing", "done"}
    _waited(lambda: not any(_lives(int(path.name)) for path in started.iterdir()))
    load(settings, "L2")  # The runner itself is none the worse for it.


def _workers(address: str) -> int:
    with suppress(ParameterError), closing(executor(address)) as there:
        return there.workers
    return 0


def _waited(until, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end
        time.sleep(0.1)


def _lives(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False
