"""Every notebook runs unchanged in a plain kernel: neither JupyterLab nor our runner is there.

That is what VS Code starts: `ipykernel` as it is installed, by default in the notebook's folder.
"""

import os
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
EVERY = sorted(
    path.relative_to(NOTEBOOKS)
    for path in NOTEBOOKS.rglob("*.ipynb")
    if ".ipynb_checkpoints" not in path.parts
)
LAST_DAY = "2017-12-31"
OURS = ("INSIGHTS_", "JUPYTER_", "MPL", "PYTHONPATH")


@pytest.fixture(scope="module")
def workspace(shop):
    """The small lake's workspace with the repository's notebooks in it."""
    folder = shop.settings.root / "notebooks"
    shutil.copytree(NOTEBOOKS, folder, ignore=shutil.ignore_patterns(".*"), dirs_exist_ok=True)
    return shop.settings.root


def executed(workspace, name, where, monkeypatch):
    """Run a notebook for the lake's last day; its kernel is told nothing but the folder."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    for ours in set(os.environ) - set(plain):
        monkeypatch.delenv(ours)
    notebook = nbformat.read(workspace / "notebooks" / name, as_version=4)
    for cell in notebook.cells:  # Who has other data than the notebook was kept with asks so.
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = re.sub(r'(as_of\b.*?= )"[\d-]+"', rf'\1"{LAST_DAY}"', cell.source)
    client = NotebookClient(
        notebook, timeout=600, resources={"metadata": {"path": str(workspace / where)}}
    )
    client.execute(env=plain)
    return notebook


@pytest.mark.slow
@pytest.mark.parametrize("where", ["notebooks", "."], ids=["as VS Code", "from the workspace"])
@pytest.mark.parametrize("name", EVERY, ids=str)
def test_a_notebook_runs_to_its_end_and_shows_itself(workspace, name, where, monkeypatch):
    notebook = executed(workspace, name, where, monkeypatch)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in cells)
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    shown = [output.data for output in outputs if "data" in output]
    assert shown
    for data in shown:  # What no front end but ours knows has a picture or a text beside it.
        assert {"text/html", "image/png", "image/svg+xml", "text/plain"} & data.keys()
    assert any("text/html" in data for data in shown)
    left = {path.name for path in (workspace / "notebooks").iterdir()}
    assert left <= {path.name for path in NOTEBOOKS.iterdir()}, "it left a file beside itself"
