"""A runaway notebook is ended, with all that it started, and the reason is said."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from insights.runs import kernel
from insights.runs.execute import execute
from insights.runs.limits import MARK, Limits, end_left
from tests.runs.conftest import notebook

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

GIVEN = {"as_of": "2017-11-30"}
# A child, a grandchild, and one that leaves the family and the session.
START = (
    "import os, subprocess, sys\n"
    "wait = [sys.executable, '-c', 'import time; time.sleep(300)']\n"
    "nested = [sys.executable, '-c', f'import subprocess; subprocess.run({wait!r})']\n"
    "made = [subprocess.Popen(wait), subprocess.Popen(nested),\n"
    "        subprocess.Popen(wait, start_new_session=True)]\n"
    "open('pids', 'w').write(' '.join(str(p.pid) for p in made))\n"
)


def run(folder: Path, source: str, **limits: float):
    return execute(
        notebook(source, "'after'"),
        GIVEN,
        folder=folder,
        environment=kernel.environment(folder, folder, folder.parent),
        limits=Limits(**limits),
    )


def of_the_run(folder: Path) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            told = process.environ().get("INSIGHTS_RUN")
        except psutil.Error:
            continue
        if told == str(folder / "context.json") and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process.pid)
    return found


@pytest.mark.parametrize(
    ("source", "limits", "said"),
    [
        ("import time; time.sleep(300)", {"minutes": 0.05}, "longer than 0.05 minutes"),
        ("while True: pass", {"cpu_minutes": 0.04}, "more than 0.04 minutes of processor time"),
        ("x = bytearray(700 << 20); import time; time.sleep(300)", {"memory_gb": 0.5}, "0.5 GB"),
    ],
)
def test_a_report_that_takes_too_much_is_ended_and_says_which_limit(tmp_path, source, limits, said):
    began = time.monotonic()
    found = run(tmp_path, source, **limits)
    assert said in found.error
    assert "and was ended. (code cell 3 of 4 under 'Answer')" in found.error
    assert "Not run: code cells 4." in found.traceback
    assert time.monotonic() - began < 200
    assert not of_the_run(tmp_path)


def test_what_a_cell_started_does_not_outlive_its_report(tmp_path):
    found = run(tmp_path, START)
    assert found.error == ""
    assert len((tmp_path / "pids").read_text().split()) == 3
    assert not of_the_run(tmp_path)


def test_what_is_started_while_the_rest_is_ended_is_ended_too(tmp_path, monkeypatch):
    marked = {**os.environ, MARK: str(tmp_path / "context.json")}
    started = [subprocess.Popen(["sleep", "300"], env=marked)]
    looks = psutil.process_iter

    def look():
        yield from list(looks())
        if len(started) == 1:  # Nobody is shown a process that starts after the list was made.
            started.append(subprocess.Popen(["sleep", "300"], env=marked))

    monkeypatch.setattr(psutil, "process_iter", look)
    ended = end_left(tmp_path / "context.json")
    assert ended == sorted(process.pid for process in started)
    assert [process.wait(10) for process in started] == [-signal.SIGKILL] * 2


# As daemons do: forked twice, out of the session, and no program started that would tell its mark.
DAEMON = (
    "import os, time\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    "    if os.fork() == 0:\n"
    "        open('pid', 'w').write(str(os.getpid()))\n"
    "        time.sleep(300)\n"
    "    os._exit(0)\n"
    "os.wait()\n"
    "while not os.path.exists('pid') or not open('pid').read(): time.sleep(0.05)\n"
)


def lives(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def test_a_daemon_that_a_cell_forked_does_not_outlive_its_report(tmp_path):
    assert run(tmp_path, DAEMON).error == ""
    pid = int((tmp_path / "pid").read_text())
    end = time.monotonic() + 20  # It is shot by now; a busy machine may take a moment to bury it.
    while lives(pid):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_what_a_run_takes_is_known(tmp_path):
    found = run(tmp_path, "x = bytearray(300 << 20)\nimport time\nsum(range(10**7)); time.sleep(2)")
    assert found.error == ""
    assert found.usage.memory_mb > 300
    assert found.usage.cpu_seconds > 0


def test_nobody_is_ended_for_a_run_that_left_nothing(tmp_path):
    assert end_left(tmp_path / "context.json") == []
