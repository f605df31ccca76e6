"""docs/api.md is what the docstrings say, and every example of the door holds."""

import doctest
from pathlib import Path

import pandas as pd
import pytest

import insights as ins
from insights.lab.document import page
from insights.wording import speak, voice

API = Path(__file__).parents[2] / "docs" / "api.md"
DOOR = [
    test
    for test in doctest.DocTestFinder().find(ins, extraglobs={"ins": ins, "pd": pd})
    if test.examples
]


@pytest.fixture(autouse=True)
def _the_voice_of_before():
    before = voice()
    yield
    speak(before.lang, before.currency)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("example", DOOR, ids=lambda test: test.name)
def test_every_example_of_the_door_holds(example):
    found = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(example)
    assert found.attempted > 0
    assert found.failed == 0


def test_the_page_is_what_the_docstrings_say():
    assert API.read_text("utf-8") == page(), "run `make docs`"


@pytest.mark.parametrize("name", ins.__all__)
def test_everything_that_the_door_offers_stands_on_it(name):
    assert f"### ins.{name}" in page()
