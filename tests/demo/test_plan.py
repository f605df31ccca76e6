"""Bad input is refused before anything is written."""

import json
import shutil
from functools import partial
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from insights.cli import app
from insights.demo import plan as planning
from insights.demo.plan import plan
from insights.demo.world import Spec
from insights.errors import IntakeError, ParameterError, SettingsError
from insights.settings import Settings


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    (tmp_path / "insights.toml").write_text(
        "[brands.demo]\nsimulated = true\n[brands.real]\n", "utf-8"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def planned(spec=None, brand="demo", **options):
    settings = Settings.load()
    chosen = {"direct": False, "force": False} | options
    return plan(settings, settings.brand(brand), spec or Spec(), **chosen)


def test_a_brand_that_may_be_real_is_not_written_over(workspace):
    with pytest.raises(SettingsError, match="simulated = true"):
        planned(brand="real")
    assert not (workspace / "data").exists()


def test_a_world_too_large_for_files_is_pointed_to_the_lake(workspace):
    with pytest.raises(ParameterError, match="--direct"):
        planned(Spec(customers=5_000_000))
    assert planned(Spec(customers=5_000_000), direct=True).bytes > 1e9


def test_what_is_there_is_kept_unless_forced(workspace):
    kept = workspace / "data" / "demo" / "exports" / "mine.csv"
    kept.parent.mkdir(parents=True)
    kept.write_text("a")
    with pytest.raises(IntakeError, match="not empty"):
        planned()
    assert planned(force=True).exports == kept.parent
    assert kept.exists()


def test_too_small_a_disk_is_seen_before_it_is_full(workspace, monkeypatch):
    usage = shutil.disk_usage(workspace)._replace(free=10**6)
    monkeypatch.setattr(planning.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(IntakeError, match="Make room"):
        planned()


def run(*arguments):
    return CliRunner().invoke(app, ["demo", "brand", *arguments])


def test_the_command_says_what_to_do_next(workspace):
    done = run("--customers", "150", "--months", "3")
    assert done.exit_code == 0, done.output
    assert "insights demo load" in done.output
    assert (workspace / "data" / "demo" / "truth" / "planted.json").is_file()
    assert not [p for p in (workspace / "data" / "demo").iterdir() if p.name.startswith(".")]


def test_the_command_writes_a_lake_straight_and_another_in_its_place(workspace):
    for seed in ("1", "2"):
        done = run("--customers", "150", "--months", "3", "--direct", "--force", "--seed", seed)
        assert done.exit_code == 0, done.output
    assert "insights run" in done.output


def test_an_impossible_size_leaves_no_trace(workspace):
    done = run("--customers", "3")
    assert isinstance(done.exception, ParameterError)
    assert not (workspace / "data").exists()


def load():
    done = CliRunner().invoke(app, ["demo", "load"])
    assert done.exit_code == 0, done.output
    return done.output


def test_loading_loads_what_is_there_once_and_another_world_takes_the_lake_with_it(workspace):
    assert run("--customers", "150", "--months", "3").exit_code == 0
    first, second = load(), load()
    assert "files loaded" in first
    assert "files loaded" not in second
    assert "skipped, in the lake already" in second
    assert "left out" not in first
    assert run("--customers", "150", "--months", "3", "--seed", "2", "--force").exit_code == 0
    assert not (workspace / "data" / "demo" / "lake").exists()


@pytest.fixture
def small(monkeypatch):
    """The brand that is made where none is asked for, but a small one."""
    monkeypatch.setattr("insights.demo.world.Spec", partial(Spec, customers=150, months=3))


@pytest.mark.usefixtures("small")
def test_loading_makes_the_brand_where_there_is_none_or_half_of_one(workspace):
    """A run that was killed has left a folder that it had not finished."""
    left = workspace / "data" / "demo" / ".exports.new" / "exports" / "half.csv"
    left.parent.mkdir(parents=True)
    left.write_text("half")
    assert "there is none yet" in load()
    assert not left.exists()
    assert (workspace / "data" / "demo" / "lake" / "current.json").is_file()


def test_a_lake_that_was_written_straight_gets_no_exports_of_another_world(workspace):
    assert run("--customers", "150", "--months", "3", "--direct").exit_code == 0
    assert "written straight" in load()
    assert not (workspace / "data" / "demo" / "exports").exists()


def test_nothing_that_was_remembered_of_another_worlds_people_stays(workspace):
    assert run("--customers", "150", "--months", "3").exit_code == 0
    home = workspace / "data" / "demo"
    for name in ("lake", "raw", "quarantine", "segments", "actions"):
        (home / name).mkdir()
        (home / name / "of the old one").write_text("d00000001")
    (home / "id.key").write_text("kept")
    assert run("--customers", "150", "--months", "3", "--seed", "2", "--force").exit_code == 0
    assert sorted(p.name for p in home.iterdir()) == [
        "exports", "exports_again", "id.key", "truth", "warehouse",
    ]  # fmt: skip


class TestAsking:
    @pytest.fixture
    def full(self, workspace, monkeypatch):
        """A brand that is there already, and a user at a terminal."""
        kept = workspace / "data" / "demo" / "exports" / "mine.csv"
        kept.parent.mkdir(parents=True)
        kept.write_text("a")
        monkeypatch.setattr("insights.cli.demo.sys", SimpleNamespace(stdin=Terminal()))
        return kept

    def answered(self, answer, *size):
        return CliRunner().invoke(app, ["demo", "brand", *size, "--json"], input=answer)

    def test_yes_puts_the_new_brand_in_its_place(self, full):
        done = self.answered("y\n", "--customers", "150", "--months", "3")
        assert done.exit_code == 0, done.output
        assert not full.exists()
        assert "Put the new brand in its place?" in done.stderr
        # The runner echoes what is typed where a terminal would.
        assert json.loads(done.stdout.removeprefix(" y\n"))["files"] > 10

    def test_no_leaves_everything_as_it_was(self, full):
        done = self.answered("n\n", "--customers", "150", "--months", "3")
        assert done.exit_code == 1
        assert "Aborted" in done.output
        assert [p.name for p in full.parents[1].iterdir()] == ["exports"]

    def test_nobody_is_asked_about_a_brand_that_cannot_be_made(self, full):
        done = self.answered("y\n", "--customers", "5000000")
        assert isinstance(done.exception, ParameterError)
        assert "in its place" not in done.output


class Terminal:
    """What a terminal says of itself."""

    def isatty(self):
        return True


def test_loading_leaves_a_brand_alone_that_may_be_real(workspace):
    done = CliRunner().invoke(app, ["demo", "load", "real"])
    assert isinstance(done.exception, SettingsError)
