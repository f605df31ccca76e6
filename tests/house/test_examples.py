"""Examples in docstrings run, and give what they say they give."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

from tests.lab.test_document import SPEAKING

SOURCE = Path(__file__).parents[2] / "src"
WITH_EXAMPLES = sorted(
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
    for path in SOURCE.rglob("*.py")
    if ">>> " in path.read_text("utf-8")
)


# Those of docs/api.md need a lake: tests/lab/test_document.py runs them.
@pytest.mark.parametrize("name", sorted(set(WITH_EXAMPLES) - set(SPEAKING)))
def test_every_example_of_a_module_holds(name):
    found = doctest.testmod(import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert found.attempted > 0
    assert found.failed == 0
