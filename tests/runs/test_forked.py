"""Kernels that are forked from a server: the same reports, whoever dies on the way."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from insights.runs import forked, forkserver, kernel
from insights.runs.execute import execute
from tests.runs.conftest import notebook

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")

GIVEN = {"as_of": "2017-11-30"}
CHART = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
ALL_KINDS = (
    "print('words')",
    CHART,
    "import pandas as pd, seaborn as sns\nsns.scatterplot(pd.DataFrame({'x': [1], 'y': [2]}))",
    "import os, numpy as np, sklearn, threadpoolctl\n"
    "sorted({p['num_threads'] for p in threadpoolctl.threadpool_info()})",
    "import sys, os\nsys.argv[0].rsplit('/')[-1], '' in sys.path, os.environ['MPLBACKEND']",
    "import duckdb\nduckdb.sql('SELECT sum(i) FROM range(100000) AS t(i)').fetchall()",
    "from deltalake import DeltaTable, write_deltalake\nimport pyarrow as pa\n"
    "write_deltalake('t', pa.table({'a': [1]}))\nDeltaTable('t').to_pyarrow_table().num_rows",
)


def run(folder: Path, *sources: str):
    folder.mkdir(exist_ok=True)
    environment = kernel.environment(folder, folder, folder.parent)
    return execute(notebook(*sources), GIVEN, folder=folder, environment=environment)


def outputs(found) -> list[list[tuple[str, list[str], str]]]:
    """What each cell showed: kind, formats, and the text without addresses of objects."""
    return [
        [
            (
                output.output_type,
                sorted(output.get("data", ())),
                re.sub("0x[0-9a-f]+", "", output.get("data", {}).get("text/plain", "")),
            )
            for output in cell.outputs
        ]
        for cell in found.notebook.cells
        if cell.cell_type == "code"
    ]


def test_a_forked_kernel_shows_words_and_charts_and_can_ask_its_engines(tmp_path):
    found = run(tmp_path, *ALL_KINDS)
    assert found.error == ""
    charts = [cell for cell in outputs(found) if any("image/png" in kinds for _, kinds, _ in cell)]
    assert len(charts) == 2


@pytest.mark.slow
def test_a_forked_kernel_shows_what_a_plain_one_shows(tmp_path, monkeypatch):
    one = run(tmp_path / "forked", *ALL_KINDS)
    monkeypatch.setenv("INSIGHTS_KERNELS", "plain")
    assert outputs(run(tmp_path / "plain", *ALL_KINDS)) == outputs(one)


def test_a_kernel_is_a_child_of_the_server_and_leads_a_session_of_its_own(tmp_path):
    ask = "import os\n[os.getppid(), os.getsid(0) == os.getpid(), os.environ['INSIGHTS_RUN']]"
    parent, leads, told = eval(outputs(run(tmp_path / "one", ask))[-1][0][2])  # noqa: S307 - a list of our own
    assert parent == forked.fork_server().process.pid
    assert (leads, told) == (True, str(tmp_path / "one" / "context.json"))


def test_two_kernels_draw_different_numbers(tmp_path):
    ask = "import random, numpy as np\n(random.random(), np.random.random())"
    first, second = (outputs(run(tmp_path / name, ask))[-1] for name in "ab")
    assert first != second


def test_a_server_whose_runner_is_gone_ends_without_a_word():
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "insights.runs.forkserver"]
    quiet = os.environ | {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    with theirs:
        server = subprocess.Popen(
            command, stdin=theirs.fileno(), stderr=subprocess.PIPE, env=quiet, text=True
        )
    with ours, ours.makefile("rb") as lines:
        assert b"ready" in lines.readline()
    assert server.communicate(timeout=60)[1] == ""
    assert server.returncode == 0


@pytest.mark.slow
def test_a_server_that_is_killed_fails_its_run_and_the_next_one_works(tmp_path):
    kill = "import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(60)"
    assert run(tmp_path / "a", kill, "1").error.startswith("The kernel died of signal SIGKILL")
    assert run(tmp_path / "b", "1").error == ""


@pytest.mark.slow
def test_no_kernel_and_no_server_outlives_a_killed_runner(tmp_path):
    program = (
        "from pathlib import Path\n"
        "from tests.runs.test_forked import run\n"
        f"run(Path({str(tmp_path / 'run')!r}), "
        "\"import os, time, pathlib; pathlib.Path('pids').write_text("
        "f'{os.getpid()} {os.getppid()}'); time.sleep(120)\")"
    )
    runner = subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).parents[2])
    told = tmp_path / "run" / "pids"
    waited(lambda: told.is_file() and len(told.read_text().split()) == 2)
    pids = [int(pid) for pid in told.read_text().split()]
    runner.kill()
    runner.wait()
    waited(lambda: not any(map(lives, pids)))


@pytest.mark.slow
def test_a_server_with_a_second_thread_is_not_used_and_the_reason_is_logged(
    tmp_path, monkeypatch, caplog
):
    forked.end()
    monkeypatch.setattr(forked, "_refused", "")
    monkeypatch.setattr(forked, "_single_threaded", lambda env: {**env})
    assert run(tmp_path / "run", "1").error == ""
    assert re.search(r"the fork server has \d+ threads, and one only can fork", caplog.text)


def test_the_server_holds_whatever_the_notebooks_import():
    """A module that is imported in every kernel anew costs what the server was to save."""
    folder = Path(__file__).parents[2] / "notebooks"
    words = re.compile(r"^(?:from|import) (insights[.\w]*)(?: import (.+))?$", re.MULTILINE)
    needed = set()
    for path in folder.glob("*.ipynb"):
        for cell in json.loads(path.read_text())["cells"]:
            for module, names in words.findall("".join(cell["source"])):
                inner = [f"{module}.{name.strip()}" for name in names.split(",") if name]
                needed |= {n for n in inner if n.startswith("insights.analyses.")}
    assert needed <= set(forkserver.MODULES)


def waited(until, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end
        time.sleep(0.05)


def lives(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


@pytest.mark.slow
def test_an_interrupted_runner_ends_its_kernels(tmp_path):
    program = (
        "from pathlib import Path\nfrom insights.runs import kernel\n"
        "from threading import Thread\nimport time\n"
        "from tests.runs.test_forked import run\n"
        f"work = Thread(target=run, args=(Path({str(tmp_path / 'run')!r}), "
        "\"import os, time, pathlib; pathlib.Path('pid').write_text(str(os.getpid())); "
        'time.sleep(120)"))\n'
        "work.start()\n"
        f"told = Path({str(tmp_path / 'run' / 'pid')!r})\n"
        "while not (told.is_file() and told.read_text()): time.sleep(.05)\n"
        "kernel.end_all()\nwork.join(60)\nprint(work.is_alive())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.split() == ["False"]
    assert not lives(int((tmp_path / "run" / "pid").read_text()))


LATE = """
import json, os, socket, subprocess, time
control = socket.socket(fileno=os.dup(0))
control.send(json.dumps({"ready": 1, "threads": 1}).encode() + b"\\n")
waits = 0.6
while asked := socket.recv_fds(control, 1 << 20, 2)[0]:
    time.sleep(waits)
    made = subprocess.Popen(["sleep", "60"])
    said = {"started": made.pid, "request": json.loads(asked)["request"]}
    control.send(json.dumps(said).encode() + b"\\n")
    waits = 0
"""


@pytest.fixture
def late(monkeypatch):
    """A server whose first answer comes when nobody waits for it any more."""
    monkeypatch.setattr(forked, "ANSWER_SECONDS", 0.3)
    server = forked.ForkServer(("-c", LATE))
    yield server
    server.close()


def test_a_late_answer_is_nobodys_kernel(late):
    def ask():
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - as subprocess does it
            return late.launch([], cwd="/", env={}, outputs=[nowhere.fileno()] * 2)

    with pytest.raises(forked.ForkServerError, match="does not answer"):
        ask()
    waited(lambda: late._kernels)
    (lost,) = late._kernels
    forked.ANSWER_SECONDS = 30
    found = ask()
    assert found.pid != lost
    assert lives(found.pid)
    waited(lambda: not lives(lost))
    found.kill()


def test_a_process_whose_end_was_not_heard_of_yet_may_be_sent_signals():
    gone = subprocess.Popen(["true"])
    gone.wait()
    kernel = forked.ForkedProcess(gone.pid)
    kernel.terminate()
    kernel.kill()
    assert kernel.poll() is None


def test_an_environment_may_be_long(tmp_path, monkeypatch):
    for number in range(4):
        monkeypatch.setenv(f"LONG_{number}", "x" * 30_000)
    found = run(tmp_path / "long", "import os\nlen(os.environ['LONG_3']), os.getppid()")
    server = forked.fork_server().process.pid
    assert outputs(found)[-1][0][2] == f"(30000, {server})"
