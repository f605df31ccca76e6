"""Bad input is refused before anything is written."""

import shutil

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
    assert "insights ingest" in done.output
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
