"""What Jupyter and nbformat do without is left out, and they work without it."""

import subprocess
import sys

import pytest

CODE = """
import sys
from insights.lean import without_address_grammar
without_address_grammar()
import {imported}
from jsonschema import FormatChecker
assert "lark" not in sys.modules
assert "uri" in FormatChecker.checkers and "iri" not in FormatChecker.checkers
print("fine")
"""


@pytest.mark.parametrize("imported", ["nbformat", "jupyter_events", "jupyterlab.labapp"])
def test_the_grammar_of_addresses_is_never_built(imported):
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(imported=imported)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "fine\n", done.stderr


def test_a_notebook_is_still_checked_against_its_schema():
    code = """
from insights.lean import without_address_grammar
without_address_grammar()
import nbformat
try:
    nbformat.validate({"cells": [{"cell_type": "code"}], "metadata": {},
                       "nbformat": 4, "nbformat_minor": 5})
except nbformat.ValidationError:
    print("refused")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "refused\n", done.stderr
