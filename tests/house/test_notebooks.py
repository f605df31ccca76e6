"""Notebooks are kept as they are read by papermill and by people: typed parameters, no outputs."""

import ast
import json
import tomllib
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
# Who works in JupyterLab here has its copies beside them.
EVERY = sorted(p for p in NOTEBOOKS.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
REPORTS = sorted(
    {
        entry["notebook"]
        for entry in tomllib.loads((NOTEBOOKS / "catalog.toml").read_text("utf-8"))[
            "reports"
        ].values()
    }
)


def cells(path, kind):
    notebook = json.loads(path.read_text("utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def source(cell):
    return "".join(cell["source"])


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
class TestEveryNotebook:
    def test_holds_no_output_and_no_execution_count(self, path):
        for cell in cells(path, "code"):
            assert not cell["outputs"], "run `make format`"
            assert cell["execution_count"] is None, "run `make format`"

    def test_names_the_kernel_that_papermill_starts(self, path):
        kernel = json.loads(path.read_text("utf-8"))["metadata"]["kernelspec"]
        assert (kernel["name"], kernel["language"]) == ("python3", "python")


@pytest.mark.parametrize("name", REPORTS)
class TestReportNotebook:
    def test_is_there(self, name):
        assert (NOTEBOOKS / name).is_file()

    def test_opens_with_its_question(self, name):
        notebook = json.loads((NOTEBOOKS / name).read_text("utf-8"))
        first = source(notebook["cells"][0]).splitlines()[0]
        assert first.startswith("# ")
        assert first.endswith("?")

    def test_has_one_cell_of_typed_parameters_each_explained(self, name):
        tagged = [
            cell
            for cell in cells(NOTEBOOKS / name, "code")
            if "parameters" in cell["metadata"].get("tags", [])
        ]
        assert len(tagged) == 1
        for line in source(tagged[0]).splitlines():
            statement = ast.parse(line).body[0]
            assert isinstance(statement, ast.AnnAssign), line
            assert "  # " in line, f"say what it is: {line}"

    def test_defines_and_prints_nothing(self, name):
        """What a notebook works out belongs in an analysis, where it is tested."""
        for cell in cells(NOTEBOOKS / name, "code"):
            for node in ast.walk(ast.parse(source(cell))):
                assert not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda), source(
                    cell
                )
                called = isinstance(node, ast.Call) and getattr(node.func, "id", "")
                assert called != "print", source(cell)

    def test_ends_with_what_it_cannot_tell(self, name):
        headings = [
            source(cell).splitlines()[0]
            for cell in cells(NOTEBOOKS / name, "markdown")
            if source(cell).startswith("## ")
        ]
        assert headings[0] == "## Answer"
        assert headings[-1] == "## What this cannot tell"
