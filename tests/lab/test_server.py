"""JupyterLab is started in the workspace, with cards, and with jobs that are reports."""

import json
import os
import sys
from pathlib import Path

import pytest

from insights.cli import app
from insights.errors import ParameterError
from insights.lab import server, skeleton, workspace
from insights.settings import Settings


@pytest.fixture
def place(tmp_path, monkeypatch):
    workspace.make(tmp_path)
    monkeypatch.setenv("INSIGHTS_WORKSPACE", str(tmp_path))
    return Settings.load()


class TestTheServer:
    def test_is_at_home_in_the_workspace_and_tells_nobody(self, place):
        said = dict(a.removeprefix("--").split("=", 1) for a in server.arguments(place))
        assert said["ServerApp.root_dir"] == str(place.root)
        assert said["LabApp.default_url"] == "/lab/tree/notebooks/start_here.ipynb"
        assert said["LabApp.news_url"] == "None"
        assert said["LabApp.extension_manager"] == "readonly"
        assert str(place.reports) in said["SchedulerApp.db_url"]

    def test_does_without_the_extra(self, place, monkeypatch):
        monkeypatch.setattr(server, "find_spec", lambda _: None)
        assert not [a for a in server.arguments(place) if "Scheduler" in a]

    def test_a_notebook_that_is_not_there_is_refused(self, place):
        with pytest.raises(ParameterError, match=r"no notebooks/x\.ipynb"):
            server.arguments(place, "x.ipynb")

    def test_becomes_this_process_with_what_else_is_given(self, place, monkeypatch):
        began = []
        monkeypatch.setattr(os, "execv", lambda program, given: began.append((program, given)))
        monkeypatch.setenv("PATH", "/bin")
        app(["lab", "--no-browser", "--ServerApp.port=0"], standalone_mode=False)
        ((program, given),) = began
        assert program == sys.executable
        assert given[1:3] == ["-m", "insights.lab.jupyter"]
        assert given[-2:] == ["--no-browser", "--ServerApp.port=0"]
        assert os.environ["PATH"].startswith(str(Path(sys.executable).parent))


class TestTheCards:
    def test_are_found_by_jupyterlab(self):
        folder = Path(server.__file__).parent / "labextensions" / "insights-lab"
        about = json.loads((folder / "package.json").read_text("utf-8"))
        container = (folder / about["jupyterlab"]["_build"]["load"]).read_text("utf-8")
        assert f'NAME = "{about["name"]}"' in container

    def test_a_new_analysis_is_a_free_notebook_where_there_is_no_source(self, place):
        assert skeleton.begin("basket_size") == "research/basket_size.ipynb"
        made = json.loads((place.notebooks / "research/basket_size.ipynb").read_text("utf-8"))
        assert made["cells"][0]["source"] == ["# Basket size?"]
        with pytest.raises(ParameterError, match="already"):
            skeleton.begin("basket_size")
        with pytest.raises(ParameterError, match="cannot name an analysis"):
            skeleton.begin("Basket Size")
