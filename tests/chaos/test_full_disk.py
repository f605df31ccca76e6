"""A disk that is truly full: what the system itself refuses, at whichever write, tears nothing.

The reports folder of a small world is a file system of its own, of a few megabytes in memory, which
is filled until so many kilobytes are free.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from insights.errors import LedgerError
from insights.runs import forked
from tests.chaos.world import Reader, World, cells_named, patient

SERVERS = Path(__file__).with_name("servers.py")
DISK_KB = 6_000
LEAST_KB = 96  # A run with its pages may just fit in that, in none with less.
NO_ROOM = ("No space left", "disk is full", "disk I/O error")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mounts a file system in memory")


@pytest.fixture(scope="module")
def narrow(tmp_path_factory):
    """A world whose reports folder lies on a small disk of its own."""
    root = tmp_path_factory.mktemp("narrow") / "world"
    reports = root / "reports"
    reports.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_KB}k", "insights-chaos", str(reports)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"this user may mount no file system: {error}")
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(forked, "SERVER", (str(SERVERS), "kernels"))
            patched.setattr(forked, "_server", None)
            world = World(root)
            assert world.run().status == "published"
            yield world
            forked.end()
    finally:
        subprocess.run(["umount", "--lazy", str(reports)], check=True, capture_output=True)


def fill(folder: Path, free_kb: int) -> Path:
    """Fill a folder's disk but for so many kilobytes."""
    filler = folder / "filler"
    block = 4096
    with filler.open("wb") as out:
        while os.statvfs(folder).f_bavail * block > free_kb * 1024:
            out.write(b"x" * block)
            out.flush()
    return filler


def strikes(world: World, free_kb: int) -> None:
    """Run on a full disk, make room, and run again."""
    known = world.known()
    filler = fill(world.settings.reports, free_kb)
    try:
        with Reader(world.settings.reports) as reader:
            try:
                said = world.run().error
            except LedgerError as error:  # Not even the row of a run could be written.
                said = str(error)
            filler.unlink()
            struck = [row for row in world.rows() if row.run_id not in known]
            again = world.run()
        assert any(words in said for words in NO_ROOM) or (not said and free_kb >= LEAST_KB), said
        assert again.status == "published", again.error
        assert reader.torn == []
        assert reader.looks > 0
        rows = world.rows()
        assert world.pages_seen_were_published(reader)
        assert [row.run_id for row in rows if row.status == "running" or not row.settled] == []
        assert all(cells_named(row) for row in rows if row in struck and row.status == "failed")
        index = (world.settings.reports / "index.html").read_text("utf-8")
        assert again.run_id in {row.run_id for row in rows}
        assert again.headline in index
        assert list(world.settings.reports.rglob("*.draft")) == []
    finally:
        filler.unlink(missing_ok=True)
    assert patient(lambda: not world.ours()), [p.cmdline() for p in world.ours()]


def test_a_full_disk_is_named_and_after_room_is_made_all_is_well(narrow):
    strikes(narrow, 84)


@pytest.mark.slow
@pytest.mark.parametrize("free_kb", range(0, 200, 12))
def test_wherever_the_room_ends(narrow, free_kb):
    strikes(narrow, free_kb)
