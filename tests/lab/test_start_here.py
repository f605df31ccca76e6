"""The first notebook that anybody opens runs to its end on a small lake, in the runner's kernel."""

import json
import re
from html import unescape
from pathlib import Path

import pytest

from insights.runs import kernel
from insights.runs.execute import execute

START = Path(__file__).parents[2] / "notebooks" / "start_here.ipynb"


@pytest.fixture(scope="module")
def ran(shop, tmp_path_factory):
    """Run it twice, with the window that it has and with a shorter one."""
    folder = tmp_path_factory.mktemp("r")
    # The current load, as in JupyterLab.
    (folder / "context.json").write_text(json.dumps({"workspace": str(shop.settings.root)}))

    def run(**parameters):
        found = execute(
            START.read_text("utf-8"),
            {"lang": "en", **parameters},
            folder=folder,
            environment=kernel.environment(folder, shop.settings.root, folder.parent),
        )
        assert not found.error, found.traceback
        return found.notebook

    return [run(), run(within_days=45)]


def shown(notebook, part):
    """Return the HTML of every output of the cells whose source has the part."""
    return [
        output["data"]["text/html"]
        for cell in notebook.cells
        if cell.cell_type == "code" and part in cell.source
        for output in cell.outputs
        if "text/html" in output.get("data", {})
    ]


def test_it_shows_the_tables_an_answer_and_a_page(ran):
    notebook, _ = ran
    assert "orders" in shown(notebook, "ins.tables()")[0]
    assert "<svg" in shown(notebook, "r = cohorts")[0]
    pages = shown(notebook, "ins.preview")
    assert len(pages) == 2
    assert pages[0] != pages[1], "the shorter window moves the page"


def headline(notebook):
    """Return the headline of the preview of `r`."""
    page = unescape(shown(notebook, "ins.preview(r)")[0])
    return re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)[1]


def test_a_changed_parameter_moves_the_figure(ran):
    # Half of the customers come back; half of those after two months, which is later than 45 days.
    said = r"(\d+)% \(.*bought again within (\d+) days"
    assert [re.search(said, headline(notebook)).groups() for notebook in ran] == [
        ("50", "90"),
        ("25", "45"),
    ]


def test_every_cell_is_one_idea():
    for cell in json.loads(START.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            assert len(cell["source"]) <= 6
