"""What `insights new analysis` writes runs green at once, and keeps every rule of the house."""

import subprocess
import sys
from pathlib import Path
from shutil import copyfile

import pytest
from babel.messages.pofile import read_po

from insights.errors import ParameterError
from insights.lab import workspace
from insights.lab.promoting import faults
from insights.lab.skeleton import TRANSLATIONS, make
from insights.reporting.markdown import messages
from insights.runs import load_catalog
from insights.settings import Settings

ROOT = Path(__file__).parents[2]
# The package in force, with the new module beside its own.
CONFTEST = """\
import insights.analyses
insights.analyses.__path__.append({folder!r})
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """Make a checkout that has what a new analysis is written beside, and write one."""
    root = tmp_path_factory.mktemp("new") / "house"
    workspace.make(root)
    for folder in ("src/insights/analyses", "src/insights/locale", "tests"):
        (root / folder).mkdir(parents=True)
    po = "src/insights/locale/zh-CN.po"
    copyfile(ROOT / po, root / po)
    copyfile(ROOT / "pyproject.toml", root / "pyproject.toml")
    (root / "tests" / "conftest.py").write_text(
        CONFTEST.format(folder=str(root / "src/insights/analyses"))
    )
    return root, make(Settings.load(root), "month_spend")


def run(root, *command):
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=root, capture_output=True, text=True, check=False
    )


def test_its_tests_pass(checkout):
    root, _ = checkout
    done = run(root, "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "tests/analyses")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 passed" in done.stdout


def test_it_is_lint_clean_and_formatted(checkout):
    root, made = checkout
    written = [str(path) for path in made if path.suffix in {".py", ".ipynb"}]
    assert len(written) == 3
    ours = ("--config", 'lint.isort.known-first-party = ["insights"]')  # Half of it is elsewhere.
    for command in (("check", *ours), ("format", "--check")):
        done = run(root, "ruff", *command, "--no-cache", *written)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_catalog_takes_it_and_the_notebook_keeps_the_rules(checkout):
    root, _ = checkout
    catalog = load_catalog(Settings.load(root))
    notebook = catalog.notebook(catalog.report("month_spend"))
    assert [str(fault) for fault in faults(notebook)] == []


def test_every_sentence_has_its_translation(checkout):
    root, made = checkout
    with (root / "src/insights/locale/zh-CN.po").open("rb") as source:
        known = {entry.id for entry in read_po(source) if entry.string}
    assert set(TRANSLATIONS) <= known
    module = made[0].read_text("utf-8").replace('"\n                    "', "")
    assert all(said in module or said in made[2].read_text("utf-8") for said in TRANSLATIONS)
    assert set(messages("## Month by month")) <= known


@pytest.mark.parametrize("name", ["Baskets", "2nd", "class", "json", "cohort_analysis", "a-b"])
def test_a_name_that_cannot_be_or_is_taken_is_refused(name, checkout):
    root, _ = checkout
    with pytest.raises(ParameterError, match=r"cannot name an analysis|already"):
        make(Settings.load(root), name)


def test_a_workspace_without_source_is_told_where_to_go(tmp_path):
    workspace.make(tmp_path / "w")
    with pytest.raises(ParameterError, match="Clone the repository"):
        make(Settings.load(tmp_path / "w"), "month_spend")
