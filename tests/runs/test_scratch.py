"""What a killed run left in the temporary folder goes with the next one; what is in use stays."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from insights.runs import doctor, kernel, scratch
from insights.runs.execute import execute
from insights.runs.processes import this_process
from insights.runs.retention import prune
from insights.runs.shelf import Shelf
from tests.runs import fakes
from tests.runs.conftest import notebook


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    made = tmp_path / "temporary"
    made.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    monkeypatch.setattr(scratch, "places", lambda: [str(made)])
    return made


def killed(place: Path) -> Path:
    """Return the folder of a process that ended before its block did."""
    program = (
        "import os, signal\n"
        "from insights.runs import scratch\n"
        "with scratch.folder('kernel-') as made:\n"
        "    (made / 'spilled').write_bytes(b'x' * 1000)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    env = os.environ | {"TMPDIR": str(place)}
    subprocess.run([sys.executable, "-c", program], env=env, check=False)
    (left,) = place.iterdir()
    return left


def test_a_folder_goes_with_its_block(place):
    with scratch.folder("run-") as made:
        assert made.parent == place
        assert scratch.left() == []
    assert list(place.iterdir()) == []


def test_what_a_killed_process_left_goes_with_the_next_run(place, write, monkeypatch):
    fakes.install("page", monkeypatch.setattr)
    left = killed(place)
    settings = write(cohort=notebook())
    said = [finding.found for finding in doctor._disk(settings)]
    assert said[3:] == [f"1 temporary folders of processes that were killed, as {left}"]
    shelf = Shelf(settings)
    assert prune(shelf, days=35, keep=1, dry=True).scratch == [str(left)]
    from insights.runs import load_catalog, plan, run_reports  # noqa: PLC0415

    run_reports(settings, [plan(settings, load_catalog(settings), "cohort")])
    assert not left.exists()


def test_prune_takes_it_too(place, write):
    left = killed(place)
    shelf = Shelf(write(cohort=notebook()))
    assert prune(shelf, days=35, keep=1).scratch == [str(left)]
    assert not left.exists()


@pytest.mark.parametrize(
    "owner",
    [
        None,  # Of another program, or made at this moment.
        this_process(),
        "another-machine|boot|1|1",
    ],
    ids=["nobody's", "this process's", "another machine's"],
)
def test_what_may_be_in_use_stays(place, owner):
    made = place / "insights-abcdefgh"
    made.mkdir()
    if owner:
        (made / scratch.OWNER).write_text(owner)
    assert scratch.clear() == []
    assert made.is_dir()


def test_a_link_to_elsewhere_is_not_followed(place, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    host, boot, pid, start = this_process().split("|")
    (elsewhere / scratch.OWNER).write_text(f"{host}|{boot}|{pid}|{int(start or 1) + 1}")
    (place / "insights-link").symlink_to(elsewhere)
    assert scratch.clear() == []
    assert elsewhere.is_dir()


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")
def test_a_kernel_has_its_temporary_files_in_a_folder_that_goes_with_it(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    found = execute(
        notebook("import tempfile\nopen('where', 'w').write(tempfile.mkdtemp())"),
        {"as_of": "2017-11-30"},
        folder=folder,
        environment=kernel.environment(folder, folder, tmp_path),
    )
    assert found.error == ""
    where = Path((folder / "where").read_text())
    assert where.parent.name.startswith("insights-kernel-")
    assert not where.parent.exists()
