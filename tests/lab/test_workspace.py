"""`insights init` and then everything works; outside of a workspace every command says so."""

import json
from pathlib import Path

import pytest
from typer.main import get_command

from insights.cli import app, main
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


def lines(command, words=()):
    """Yield a line for each command, with a word for every argument that it must have."""
    for name, inner in getattr(command, "commands", {}).items():
        yield from lines(inner, (*words, name))
    if not hasattr(command, "commands"):
        must = [given for given in command.params if given.required]
        options = [[given.opts[-1]] * (given.param_type_name == "option") for given in must]
        yield " ".join([*words, *(word for option in options for word in [*option, "x"])])


# What makes a workspace, and what tells of sources that none is needed for.
ANYWHERE = {"init x", "sources show x"}
COMMANDS = [*lines(get_command(app)), "run --due", "show last"]


@pytest.mark.parametrize("command", [line for line in COMMANDS if line not in ANYWHERE])
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
