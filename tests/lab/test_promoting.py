"""A free notebook is told what it lacks, and becomes a report once it lacks nothing."""

import json
from pathlib import Path

import pytest

from insights.errors import ParameterError
from insights.lab import workspace
from insights.lab.promoting import entry, faults, promote
from insights.settings import Settings

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
GOOD = [
    ("markdown", "# Do baskets grow?\n\nFor whoever sets prices."),
    (
        "code:parameters",
        'as_of: str = "2017-12-31"  # last day\nlang: str = "zh-CN"  # language',
    ),
    ("code:setup", "import insights as ins\n\nlake = ins.open_lake(as_of=as_of, lang=lang)"),
    ("markdown", "## Answer"),
    ("code", "ins.answer(r)"),
    ("code", "ins.checks(r)"),
    ("markdown", "## What this cannot tell"),
    ("code", "ins.limits(r)"),
]


@pytest.fixture
def settings(tmp_path):
    workspace.make(tmp_path / "w")
    return Settings.load(tmp_path / "w")


def free(settings, cells, name="baskets.ipynb"):
    path = settings.notebooks / "research" / name
    workspace.write_notebook(path, cells)
    return path


def test_a_good_one_is_moved_and_gets_an_entry(settings):
    moved = promote(settings, free(settings, GOOD))
    assert moved == settings.notebooks / "baskets.ipynb"
    assert not list((settings.notebooks / "research").iterdir())
    assert 'question = "Do baskets grow?"' in entry(moved)


@pytest.mark.parametrize(
    ("place", "cell", "said"),
    [
        (0, ("markdown", "Some thoughts"), "must open with its question"),
        (1, ("code", "x = 1"), "it needs one"),
        (3, ("markdown", "Notes"), "must be `## Answer`"),
        (3, ("markdown", "## Answer\n\n17.4% came back"), "typed numbers ('17.4%')"),
        (4, ("code", "print(r)"), "prints"),
        (4, ("code", "def f():\n    return 1"), "defines something"),
        (4, ("code", "%matplotlib inline"), "not plain Python"),
        (3, ("markdown", "## Answer\n\n复购率为17%"), "typed numbers ('17%')"),
        (3, ("markdown", "## Answer\n\n有120人回来"), "typed numbers ('120')"),
        (3, ("markdown", "## Answer\n\nIt moved by -17%"), "typed numbers ('17%')"),
        (3, ("markdown", "## Answer\n\n复购率历史最低"), "typed superlatives ('历史最低')"),
        (4, ("code", "Markdown('17% came back, the lowest ever')"), "('lowest ever')"),
        (4, ("code", "plt.title('Fell 17%')"), "typed numbers ('17%')"),
        (4, ("code", "lake.sql('SELECT 1')"), "asks in SQL"),
        (4, ("code", "async def f():\n    return 1"), "defines something"),
        (4, ("code", "\n".join(["r"] * 25)), "one idea a cell"),
        (4, ("code", "r  # ins.answer( ins.checks("), "no `ins.answer(...)`"),
        (4, ("code", "r"), "no `ins.answer(...)`"),
        (5, ("code", "r"), "no `ins.checks(...)`"),
        (6, ("markdown", "## More"), "must be `## What this cannot tell`"),
        (7, ("code", "ins.preview(r)"), "no `ins.limits(...)`"),
    ],
)
def test_what_is_missing_is_told_and_nothing_is_moved(settings, place, cell, said):
    path = free(settings, [*GOOD[:place], cell, *GOOD[place + 1 :]])
    with pytest.raises(ParameterError) as told:
        promote(settings, path)
    assert said in str(told.value)
    assert path.is_file()


def test_outputs_are_told(settings):
    path = free(settings, GOOD)
    notebook = json.loads(path.read_text("utf-8"))
    notebook["cells"][2]["execution_count"] = 3
    path.write_text(json.dumps(notebook))
    assert any("has outputs" in str(fault) for fault in faults(path))


def test_no_report_is_written_over(settings):
    path = free(settings, GOOD, "cohort_analysis.ipynb")
    with pytest.raises(ParameterError, match="already"):
        promote(settings, path)


def test_one_that_is_a_report_already_is_told_so(settings):
    path = promote(settings, free(settings, GOOD))
    with pytest.raises(ParameterError, match="is among the reports already"):
        promote(settings, path)


def test_a_file_that_is_no_notebook_is_told(settings, tmp_path):
    with pytest.raises(ParameterError, match="cannot be read"):
        promote(settings, tmp_path / "nowhere.ipynb")
    for text in ("", "[]", '{"cells": [1]}', '{"cells": null}', '{"cells": [], "metadata": []}'):
        (tmp_path / "x.ipynb").write_text(text)
        with pytest.raises(ParameterError, match=r"is not a notebook of cells, .* Name one in"):
            promote(settings, tmp_path / "x.ipynb")


@pytest.mark.parametrize("name", ["cohort_analysis", "churn_prediction", "content_engagement"])
def test_the_reports_that_there_are_would_pass(name):
    assert [str(fault) for fault in faults(NOTEBOOKS / f"{name}.ipynb")] == []
