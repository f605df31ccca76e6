"""What a cell leaves running ends with its report, whatever it hides: name, session, parents."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from insights.runs import forked, kernel, orphans
from insights.runs.execute import execute
from tests.runs.conftest import notebook

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted on Linux only")

# With no environment, in a session of its own, by a parent that is gone at once.
HIDDEN = (
    "import subprocess, sys\n"
    "def hide(name):\n"
    "    program = ('import subprocess\\n'\n"
    '        \'made = subprocess.Popen(["sleep", "60"], env={}, start_new_session=True)\\n\'\n'
    "        f'open({name!r}, \"w\").write(str(made.pid))')\n"
    "    subprocess.run([sys.executable, '-c', program], check=True)\n"
    "hide('one')\n"
    "made = subprocess.Popen(['sleep', '60'], env={}, start_new_session=True)\n"
    "open('two', 'w').write(str(made.pid))\n"
)
KILLS = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"


def run(folder: Path, *sources: str):
    folder.mkdir(exist_ok=True)
    environment = kernel.environment(folder, folder, folder.parent)
    given = {"as_of": "2017-11-30"}
    return execute(notebook(*sources), given, folder=folder, environment=environment)


def hidden(folder: Path) -> list[int]:
    return [int((folder / name).read_text()) for name in ("one", "two")]


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def gone(pids: list[int], seconds: float = 20) -> bool:
    """Whether none is left; one that is shot by now may take a busy machine a moment to bury."""
    end = time.monotonic() + seconds
    while any(map(lives, pids)) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(map(lives, pids))


@pytest.mark.parametrize("end", ["'after'", KILLS], ids=["a good end", "a dead kernel"])
def test_a_hidden_process_ends_with_its_report(tmp_path, end):
    found = run(tmp_path, HIDDEN, end)
    assert bool(found.error) == (end == KILLS)
    assert gone(hidden(tmp_path))


@pytest.mark.slow
def test_a_hidden_process_of_a_plain_kernel_ends_with_its_report(tmp_path, monkeypatch):
    monkeypatch.setenv("INSIGHTS_KERNELS", "plain")
    assert run(tmp_path, HIDDEN).error == ""
    assert gone(hidden(tmp_path))


def test_what_one_kernel_left_is_ended_and_another_kernel_goes_on(tmp_path):
    server = forked.fork_server()
    spec = [sys.executable, "-m", "ipykernel_launcher", "-f", str(tmp_path / "other.json")]
    with (tmp_path / "log").open("wb") as log:
        other = server.launch(
            spec, cwd=str(tmp_path), env=dict(os.environ), outputs=[log.fileno()] * 2
        )
    run(tmp_path / "one", HIDDEN, KILLS)
    assert gone(hidden(tmp_path / "one"))
    assert other.poll() is None
    other.kill()
    other.wait(20)


def test_children_that_come_by_the_end_of_others_are_ended_too():
    program = (
        "import os, subprocess, sys\n"
        "from insights.runs import orphans\n"
        "orphans.adopt()\n"
        "nested = 'import subprocess, sys, time; '\n"
        'nested += \'print(subprocess.Popen(["sleep", "60"], env={}, start_new_session=True)\'\n'
        "nested += '.pid, flush=True); time.sleep(60)'\n"
        "one = subprocess.Popen([sys.executable, '-c', nested], stdout=subprocess.PIPE)\n"
        "kept = subprocess.Popen(['sleep', '60'])\n"
        "pid = one.stdout.readline()\n"
        "orphans.end_children(but={kept.pid})\n"
        "print(int(pid), one.pid, kept.pid, kept.poll())\n"
        "kept.kill()\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    inner, outer, _kept, ended = said.stdout.split()
    assert not lives(int(inner))
    assert not lives(int(outer))
    assert ended == "None"


def test_a_process_may_have_no_children_to_end():
    orphans.end_children(but={child.pid for child in psutil.Process().children()})
