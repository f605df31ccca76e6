import re
import runpy

import pytest


@pytest.fixture(scope="module")
def maker(root):
    return runpy.run_path(str(root / "tests" / "house" / "modules.py"))


def test_every_module_is_listed_once_and_nothing_else_is(root, maker):
    text = (root / "ARCHITECTURE.md").read_text("utf-8")
    listed = re.findall(r"^\| `([\w/]+\.py)` \|", text, re.MULTILINE)
    assert sorted(listed) == sorted(path.as_posix() for path in maker["modules"]())


def test_each_is_said_to_be_for_what_its_docstring_says(root, maker):
    assert (root / "ARCHITECTURE.md").read_text("utf-8") == maker["page"](), "run `make docs`"


def test_every_module_says_what_it_is_for(maker):
    assert not re.search(r"^\| `[^`]+` \|  \|$", maker["table"](), re.MULTILINE)
