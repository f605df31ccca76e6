"""`insights init` and then everything works; outside of a workspace every command says so."""

import json
from pathlib import Path

import pytest

from insights.cli import main
from insights.errors import SettingsError
from insights.lab import workspace
from insights.runs import load_catalog
from insights.settings import Settings


def test_a_workspace_has_settings_and_every_report_of_the_catalog(tmp_path):
    made = workspace.make(tmp_path / "mine")
    settings = Settings.load(tmp_path / "mine")
    assert settings.brand(for_loading=True).name == "my_brand"
    catalog = load_catalog(settings)
    assert {"cohort_analysis", "churn_prediction", "content_engagement"} <= set(catalog.reports)
    assert all(catalog.notebook(report).is_file() for report in catalog.reports.values())
    assert made[-1].name == "insights.toml"
    assert (settings.notebooks / "research").is_dir()


def test_nothing_of_anybodys_is_written_over(tmp_path):
    workspace.make(tmp_path / "mine")
    with pytest.raises(SettingsError, match="workspace already"):
        workspace.make(tmp_path / "mine")
    (tmp_path / "other" / "notebooks").mkdir(parents=True)
    (tmp_path / "other" / "notebooks" / "own.ipynb").write_text("{}")
    with pytest.raises(SettingsError, match="has files already"):
        workspace.make(tmp_path / "other")
    assert not (tmp_path / "other" / "insights.toml").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="is a file"):
        workspace.make(tmp_path / "file")


def test_own_ignored_files_stay(tmp_path):
    (tmp_path / ".gitignore").write_text("mine\n")
    workspace.make(tmp_path)
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


def test_the_command_says_how_to_go_on(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["init", "mine"])
    assert not ended.value.code
    assert "insights demo load demo" in capsys.readouterr().out


def test_a_free_notebook_is_one_that_a_kernel_can_open(tmp_path):
    path = workspace.free_notebook(tmp_path / "x.ipynb", "Why?")
    notebook = json.loads(path.read_text("utf-8"))
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert notebook["cells"][0]["source"] == ["# Why?"]


@pytest.mark.parametrize(
    "command",
    [
        "run",
        "run --due",
        "status",
        "serve",
        "show last",
        "doctor",
        "tables",
        "ingest completejourney",
        "quarantine list",
        "demo load demo",
        "export actions",
        "identity cases",
        "prune",
        "new analysis baskets",
        "promote notebooks/research/x.ipynb",
    ],
)
def test_outside_of_a_workspace_every_command_says_how_to_make_one(
    command, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(command.split())
    assert ended.value.code == 2
    assert "insights init FOLDER" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_making_that_was_ended_is_taken_up_again(tmp_path):
    whole = workspace.make(tmp_path / "whole")
    notebooks = tmp_path / "half" / "notebooks"
    notebooks.mkdir(parents=True)
    first = next(path for path in whole if path.suffix == ".toml")
    (notebooks / first.name).write_bytes(first.read_bytes()[:100])
    assert [path.name for path in workspace.make(tmp_path / "half")] == [p.name for p in whole]
    assert (notebooks / first.name).read_bytes() == first.read_bytes()


def test_a_place_that_cannot_be_written_is_refused_in_words():
    with pytest.raises(SettingsError, match="cannot be made a workspace"):
        workspace.make(Path("/proc/nowhere"))
