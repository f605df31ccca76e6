"""docs/api.md is what the docstrings say, and every example on it holds."""

import doctest
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

import insights as ins
from insights.analyses import cohorts
from insights.lab.document import entries, page
from insights.runs.ledger import Ledger
from insights.runs.record import RunRecord
from insights.store.lake import open_lake
from insights.wording import speak, voice
from tests.runs.conftest import notebook

API = Path(__file__).parents[2] / "docs" / "api.md"
# Whose examples speak of a lake, a result or a run; tests/house/test_examples.py runs all others.
SPEAKING = (
    "insights",
    "insights.store.lake",
    "insights.store.segments",
    "insights.runs.editions",
    "insights.results.result",
    "insights.lab.preview",
)
FOUND = [
    test
    for name in SPEAKING
    for test in doctest.DocTestFinder().find(import_module(name))
    if test.examples
]
CATALOG = """\
[reports.sales]
notebook = "sales.ipynb"
title = "What was sold?"
question = "How much do customers spend?"
readers = ["brand manager"]
owner = "data team"
brands = "all"
"""
PARAMETERS = """\
as_of: str = "2017-12-31"  # last day of complete data, YYYY-MM-DD
lang: str = "en"  # language of the page
"""


@pytest.fixture(autouse=True)
def _the_voice_of_before():
    before = voice()
    yield
    speak(before.lang, before.currency)


@pytest.fixture(scope="module")
def ran(shop):
    """Two runs of a report, of November and of December, as a ledger remembers them."""
    root = shop.settings.root
    (root / "notebooks").mkdir(exist_ok=True)
    (root / "notebooks" / "catalog.toml").write_text(CATALOG)
    (root / "notebooks" / "sales.ipynb").write_text(notebook("", parameters=PARAMETERS))
    load_id = open_lake(shop.settings).load_id
    ledger = Ledger(shop.settings.reports / "runs")
    for month, sales in (("11", 100.0), ("12", 220.0)):
        tile = {"key": "sales", "label": "Net sales", "value": sales, "kind": "money"}
        ledger.write(
            RunRecord(
                run_id=f"2018{month}01T080000-{month}",
                run_key=month,
                brand="shop",
                brand_title="Shop",
                report="sales",
                title="What was sold?",
                question="",
                period=f"2017-{month}",
                folder="sales",
                as_of=f"2017-{month}-{30 + (month == '12')}",
                lang="en",
                load_id=load_id,
                code_hash="of another day",
                status="published",
                kpis={"tiles": [tile]},
                settled=True,
            )
        )


@pytest.fixture
def said(here, ran, tmp_path, monkeypatch):
    """What the examples speak of: a lake, a result and a page, in a folder to write to."""
    monkeypatch.chdir(tmp_path)
    lake = ins.open_lake(as_of="2017-12-31", lang="en")
    orders = lake.mart("order_net")
    r = cohorts.retention(orders, as_of=lake.as_of, by="first_channel", min_customers=10)
    return {"ins": ins, "pd": pd, "lake": lake, "r": r, "page": ins.preview(r, lang="en")}


@pytest.mark.parametrize("example", FOUND, ids=lambda test: test.name)
def test_every_example_holds(example, said):
    example.globs |= said
    found = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(example)
    assert found.attempted > 0
    assert found.failed == 0


@pytest.mark.parametrize(("name", "thing"), entries(), ids=[name for name, _ in entries()])
def test_everything_on_the_page_has_an_example_and_none_is_skipped(name, thing):
    """Examples are `>>>`, which is run; code in quotes under that heading would not be."""
    thing = thing.fget if isinstance(thing, property) else thing
    ran = {test.name for test in FOUND}
    assert f"{thing.__module__}.{thing.__qualname__}" in ran, f"{name} has no example that is run"
    assert "doctest: +SKIP" not in (thing.__doc__ or "")


def test_the_page_is_what_the_docstrings_say():
    assert API.read_text("utf-8") == page(), "run `make docs`"


@pytest.mark.parametrize("name", ins.__all__)
def test_everything_that_the_door_offers_stands_on_it(name):
    assert f"### ins.{name}" in page()
