"""git compares notebooks by their cells and keeps no output, once `make lab` has said so."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


def run(folder, *command):
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=True, timeout=60
    ).stdout


@pytest.fixture
def repository(tmp_path):
    """Return a repository with this one's rules, set up as `make lab` does."""
    for name in ("Makefile", ".gitattributes", "requirements.lock", "pyproject.toml"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    run(tmp_path, "git", "init", "-q")
    run(tmp_path, "git", "config", "user.email", "nobody@localhost")
    run(tmp_path, "git", "config", "user.name", "nobody")
    # The setting-up itself is tested elsewhere.
    run(tmp_path, "make", "-o", "setup", "diffs", f"BIN={Path(sys.prefix) / 'bin'}")
    return tmp_path


def notebook(source, outputs=()):
    cell = {"cell_type": "code", "id": "one", "metadata": {}, "source": [source]}
    cell |= {"execution_count": 7 if outputs else None, "outputs": list(outputs)}
    whole = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1) + "\n"


@pytest.mark.slow
def test_outputs_stay_out_and_a_change_is_shown_by_its_cell(repository):
    path = repository / "x.ipynb"
    path.write_text(notebook("a = 1"))
    run(repository, "git", "add", ".")
    run(repository, "git", "commit", "-qm", "one")
    said = {"output_type": "stream", "name": "stdout", "text": ["a secret figure"]}
    path.write_text(notebook("a = 1", [said]))
    run(repository, "git", "add", ".")
    assert run(repository, "git", "diff", "--cached", "--name-only") == ""
    path.write_text(notebook("a = 2"))
    shown = run(repository, "git", "diff")
    assert "nbdiff" in shown
    assert "a = 2" in shown
    assert "secret" not in run(repository, "git", "show", "HEAD:x.ipynb")


def test_the_programs_are_named_in_full(repository):
    said = run(repository, "git", "config", "--list")
    for name in ("diff.jupyternotebook.command", "filter.nbstripout.clean"):
        (line,) = [line for line in said.splitlines() if line.startswith(name)]
        assert Path(line.partition("=")[2].split()[0]).is_file()
