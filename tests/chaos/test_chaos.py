"""Whatever strikes a run, and whenever: no torn page, nothing left, and the next call works.

One run of the test is one disaster with a seed of its own, which chooses what happens and when.
"""

import errno
import os
import random
import signal
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import psutil
import pytest

from insights.runs import disk, forked, kernel, ledger, runner
from insights.runs.executors import executor
from tests.chaos.world import SLEEP, WAIT, Reader, World, cells_named, patient
from tests.runs.test_cluster import _waited, _workers, machines

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SERVERS = Path(__file__).with_name("servers.py")
STAGES = ("started", "cell 1", "cell 3", "writing")
NEVER = "import time\ntime.sleep(600)"
SEGFAULT = "import ctypes\nctypes.string_at(0)"
GREEDY = "held = []\nwhile True: held.append(bytearray(50 << 20))"
LEAVES = "import sys\nsys.exit(0)"
CHILDREN = (
    "import subprocess, sys, os, signal\n"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], "
    "start_new_session=True)\nos.kill(os.getpid(), signal.SIGKILL)"
)


def shot_runner(world, rng, monkeypatch):
    """Kill -9 of the runner."""
    _strike(world, rng, signal.SIGKILL)
    return ("The run died",)


def told_to_stop(world, rng, monkeypatch):
    """SIGTERM, as a timer or a container sends it."""
    _strike(world, rng, signal.SIGTERM)
    return ("The run was interrupted", "Interrupted", "The run died", "The kernel died")


def _strike(world, rng, number):
    before = world.known()
    process = world.runner()
    world.reach(rng.choice(STAGES), before)
    time.sleep(rng.uniform(0, 0.2))
    process.send_signal(number)
    process.wait(WAIT)


def shot_kernel(world, rng, monkeypatch):
    """Kill -9 of the kernel, which is tried again: nothing was wrong with the report."""
    before = world.known()

    def shoot():
        world.reach("cell", before)
        time.sleep(rng.uniform(0, 0.2))  # A cell takes longer than that.
        for process in list(kernel._running):
            if process is not None:
                process.kill()

    _beside(shoot, world.run)
    return ("The kernel died of signal SIGKILL",)


def shot_server(world, rng, monkeypatch):
    """Kill -9 of the fork server, and so of its kernels."""
    before = world.known()
    forked.fork_server()

    def shoot():
        world.reach("cell", before)
        time.sleep(rng.uniform(0, 0.2))  # A cell takes longer than that.
        if forked._server is not None:
            forked._server.process.kill()

    _beside(shoot, world.run)
    return ("The kernel died of signal SIGKILL",)


def segfault(world, rng, monkeypatch):
    """A cell that crashes the interpreter."""
    world.write(SEGFAULT)
    world.run()
    return ("The kernel died of signal SIGSEGV",)


def greedy(world, rng, monkeypatch):
    """A cell that takes memory without end."""
    world.write(GREEDY, "limits = { memory_gb = 0.6 }")
    world.run()
    return ("It needed more than 0.6 GB of memory",)


def leaves(world, rng, monkeypatch):
    """A cell that ends the notebook as if all were well."""
    world.write(LEAVES)
    world.run()
    return ("A cell ended the notebook",)


def orphans(world, rng, monkeypatch):
    """A cell that starts a process, out of its session, and dies."""
    world.write(CHILDREN, "retries = 0")
    world.run()
    return ("The kernel died",)


def full_disk(world, rng, monkeypatch):
    """No space left, from some write on."""
    _failing_from(monkeypatch, rng.randint(1, 14), errno.ENOSPC)
    world.run()
    return ("The page could not be written: No space left", "The run died", "index is not up")


def read_only(world, rng, monkeypatch):
    """The reports folder cannot be written any more."""
    _failing_from(monkeypatch, rng.randint(1, 14), errno.EROFS)
    world.run()
    return ("The page could not be written: Read-only", "The run died", "index is not up")


def _failing_from(monkeypatch, count, code):
    writes = []
    whole = disk._write

    def write(path, content):
        writes.append(path)
        if len(writes) >= count:
            path.write_bytes(b"half")
            raise OSError(code, os.strerror(code), str(path))
        whole(path, content)

    monkeypatch.setattr(disk, "_write", write)


def clock_jump(world, rng, monkeypatch):
    """The clock is set back or forward between two runs and within one."""
    world.run()
    by = timedelta(days=rng.choice([-400, -1, 1, 400]))

    class Jumped(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + by

    monkeypatch.setattr(runner, "datetime", Jumped)
    monkeypatch.setattr(ledger, "datetime", Jumped)
    assert world.run().status == "published"
    return ()


def two_runners(world, rng, monkeypatch):
    """Two runners of the same report at once, one of which is shot."""
    before = world.known()
    process = world.runner()
    world.reach(rng.choice(STAGES), before)
    other = Thread(target=world.run)
    other.start()
    time.sleep(rng.uniform(0, 0.5))
    if rng.random() < 0.5:
        process.kill()
    process.wait(WAIT)
    other.join(120)
    return ("The run died",)


def _beside(shoot, work):
    thread = Thread(target=shoot)
    thread.start()
    work()
    thread.join()


SURE = (segfault, greedy, leaves, orphans, shot_kernel, shot_server)  # They always strike.
# A runner of its own costs seconds of imports, so the quick run has fewer of those.
CHEAP = (shot_kernel, segfault, greedy, leaves, orphans, full_disk, read_only, clock_jump)
DEAR = (shot_runner, told_to_stop, shot_server, two_runners)
QUICK = [*CHEAP, full_disk, read_only, shot_kernel, shot_runner, told_to_stop, shot_server]
QUICK += [two_runners]
WHOLE = (
    48  # So many of them with runners that are a Python of their own, and the whole fork server.
)
MANY = [(CHEAP + DEAR)[n % len(CHEAP + DEAR)] for n in range(200)]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One world for all disasters: each strikes where the one before it did."""
    world = World(tmp_path_factory.mktemp("chaos"))
    assert world.run().status == "published"
    return world


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The same for the quick ones, whose runners and kernels are forked and import little."""
    forks = forked.ForkServer((str(SERVERS), "runners"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(forked, "SERVER", (str(SERVERS), "kernels"))
        patched.setattr(forked, "_server", None)  # Another test's server waits until we are done.
        world = World(tmp_path_factory.mktemp("chaos"), forks)
        assert world.run().status == "published"
        yield world
        forked.end()
    forks.close()


def survives(world, disaster, seed, monkeypatch):
    rng = random.Random(f"{disaster.__name__} {seed}")  # noqa: S311 - the same disaster each time
    known = world.known()
    with Reader(world.settings.reports) as reader:
        with monkeypatch.context() as broken:
            reasons = disaster(world, rng, broken)
        struck = [row for row in world.rows() if row.run_id not in known]
        world.write(SLEEP)
        again = world.run()
    rows = world.rows()
    assert again.status == "published", again.error
    assert reader.torn == []
    assert reader.looks > 0
    assert world.pages_seen_were_published(reader)
    assert [row.run_id for row in rows if row.status == "running" or not row.settled] == []
    folders = {path.name for path in world.shelf.runs.glob("2*T*")}
    assert folders <= {row.run_id for row in rows}
    assert {row.run_id for row in struck} <= {row.run_id for row in rows}
    for row in rows:
        if row.run_id not in known and row.status == "failed":
            assert row.reason.startswith(reasons) or any(r in row.error for r in reasons), row.error
            assert cells_named(row), row.error
    if disaster in SURE:
        assert any(row.status == "failed" for row in struck), disaster
    good = world.shelf.ledger.published(again.run_key)
    assert good.run_id == again.run_id
    assert patient(lambda: not world.ours()), [p.cmdline() for p in world.ours()]


@pytest.mark.parametrize("number", range(len(QUICK)))
def test_a_run_that_is_struck_harms_nobody_and_the_next_one_works(small, monkeypatch, number):
    assert len(QUICK) == 15
    survives(small, QUICK[number], number, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(MANY)))
def test_two_hundred_of_them(request, monkeypatch, number):
    world = request.getfixturevalue("shared" if number < WHOLE else "small")
    survives(world, MANY[number], 1000 + number, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_dask_worker_or_the_client_is_shot(tmp_path, seed):
    pytest.importorskip("distributed")
    rng = random.Random(seed)  # noqa: S311 - as above
    world = World(tmp_path / "world")
    world.run()
    with machines(tmp_path, 2) as (address, workers):
        _waited(lambda: _workers(address) == 2)
        with Reader(world.settings.reports) as reader:
            before = world.known()
            process = world.runner("--executor", address)
            world.reach(rng.choice(["started", "cell 1", "cell 2"]), before)
            if seed % 2:
                process.kill()  # The client of the scheduler.
            else:
                workers[0].kill()
            process.wait(WAIT)
            with closing(executor(address)) as left:
                assert world.run(executor=left).status == "published"
        rows = world.rows()
        assert reader.torn == []
        assert world.pages_seen_were_published(reader)
        assert [row for row in rows if row.status == "running"] == []
    assert patient(lambda: not _kernels(world))


def _kernels(world: World) -> list[int]:
    """Kernels of the workspace, on whichever worker: their runs' folders lie elsewhere."""
    found = []
    for process in psutil.process_iter():
        try:
            told = process.environ()
            zombie = process.status() == psutil.STATUS_ZOMBIE
        except psutil.Error:
            continue
        if "INSIGHTS_RUN" in told and told.get("INSIGHTS_WORKSPACE") == str(world.root):
            found += [] if zombie else [process.pid]
    return found


def test_the_clock_may_go_back_and_the_newest_page_is_still_the_newest():
    future = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y%m%dT%H%M%S%f")[:18]
    first = runner._stamp(f"{future}-cohort-abcdef")
    second = runner._stamp(f"{first}-cohort-000000")
    assert future < first < second
