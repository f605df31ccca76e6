"""`import insights as ins`: what a data scientist finds in the first minute."""

import subprocess
import sys
from datetime import UTC, date, datetime

import pandas as pd
import pytest

import insights as ins
from insights.errors import (
    DataError,
    EmptyLake,
    NoWorkspace,
    OutsideData,
    ParameterError,
    UnknownBrand,
    UnknownTable,
)
from insights.results import NotEnoughData
from insights.settings import Settings
from insights.store.loads import Current, TableFiles, lake_folder, publish
from insights.wording import speak, voice


@pytest.fixture(autouse=True)
def _the_voice_of_before():
    before = voice()
    yield
    speak(before.lang, before.currency)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A workspace with a brand that has no data yet, and the current folder in it."""
    (tmp_path / "insights.toml").write_text(
        'default_brand = "shop"\n[brands.shop]\ncurrency = "USD"\nlang = "en"\n'
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def load(here):
    """Publish a load of the brand, by its id and its rows."""

    def load(load_id, rows):
        settings = Settings.load()
        folder = lake_folder(settings, settings.brand())
        folder.mkdir(parents=True, exist_ok=True)
        publish(
            folder,
            Current(
                load_id=load_id,
                loaded_at=datetime(2018, 1, 1, tzinfo=UTC),
                tables={"orders": TableFiles(version=1, rows=rows, files=())},
                first_day=date(2017, 1, 1),
                last_day=date(2017, 12, 31),
            ),
        )

    return load


class TestImport:
    def test_costs_next_to_nothing(self):
        program = (
            "import time, sys; t = time.process_time(); import insights; "
            "t = time.process_time() - t; "
            "print(t, *{'pandas', 'duckdb', 'pydantic', 'babel', 'matplotlib'} & set(sys.modules))"
        )
        runs = [
            subprocess.run(
                [sys.executable, "-c", program], capture_output=True, text=True, check=True
            )
            for _ in range(3)
        ]
        seconds, *heavy = min(run.stdout.split() for run in runs)
        assert heavy == []
        assert float(seconds) < 0.05

    def test_tab_completes_what_the_door_offers_and_nothing_else(self):
        assert dir(ins) == sorted(ins.__all__)
        assert all(getattr(ins, name).__doc__ for name in dir(ins))
        assert [name for name in dir(ins) if not callable(getattr(ins, name))] == [
            "runs",
            "segments",
        ]

    def test_its_rooms_complete_what_they_are_for(self):
        assert dir(ins.runs) == ["diff", "open", "recent"]
        assert dir(ins.segments) == ["label", "load", "names", "remove", "save"]


@pytest.mark.usefixtures("here")
class TestWithoutData:
    @pytest.mark.parametrize(
        "asked",
        [ins.tables, ins.open_lake, lambda: ins.sql("SELECT 1"), lambda: ins.mart("purchases")],
        ids=["tables", "open_lake", "sql", "mart"],
    )
    def test_every_question_says_how_to_load_some(self, asked):
        with pytest.raises(
            EmptyLake, match=r"'shop' has no orders yet. Load some: `insights ingest"
        ):
            asked()

    def test_what_tables_mean_can_be_read_already(self):
        said = ins.describe("orders.paid_amount")
        assert said["column"].tolist() == ["paid_amount"]
        assert {"unit", "meaning", "含义"} <= set(said.columns)

    @pytest.mark.parametrize(
        ("asked", "error", "said"),
        [
            (lambda: ins.describe("ordrs"), UnknownTable, "Did you mean 'orders'"),
            (lambda: ins.describe("zzz"), UnknownTable, "Nor is it a word of the glossary. Tab"),
            (lambda: ins.describe(pd.DataFrame()), ParameterError, "by its name.*a DataFrame"),
            (lambda: ins.check("orders", pd.DataFrame()), UnknownTable, "found a DataFrame"),
            (lambda: ins.mart(3), UnknownTable, "such as 'purchases'; found a int"),
            (lambda: ins.runs.open(3), ParameterError, "named by its id, a text; found a int"),
            (lambda: ins.describe("orders.payed_amount"), DataError, "Did you mean 'paid_amount'"),
            (lambda: ins.tables("shp"), UnknownBrand, "Did you mean 'shop'"),
            (lambda: ins.sql("SELECT chanel FROM orders"), DataError, '"channel"'),
            (lambda: ins.sql("SELECT 1 FROM ordr"), UnknownTable, "Did you mean 'orders'"),
            (lambda: ins.mart("purchase"), UnknownTable, "Did you mean 'purchases'"),
            (lambda: ins.tabels, AttributeError, "Did you mean 'tables'"),
            (lambda: ins.runs.open("last"), ParameterError, "Nothing was run yet"),
            (lambda: ins.segments.load("x"), DataError, "no segment called 'x'"),
            (ins.power, ParameterError, "Give either the `lift`"),
            (lambda: ins.open_lake(as_of="2017-02-30"), ParameterError, "found '2017-02-30'"),
        ],
    )
    def test_a_slip_is_told_with_what_was_meant(self, load, asked, error, said):
        load("L1", 1)
        with pytest.raises(error, match=said):
            asked()

    def test_outside_of_a_workspace_it_says_what_to_do(self, tmp_path_factory, monkeypatch):
        monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
        with pytest.raises(NoWorkspace, match="Go to a workspace"):
            ins.tables()


class TestWithData:
    def test_questions_are_answered_in_frames(self, load):
        load("L1", 12)
        assert ins.tables().set_index("table").loc["orders", "rows"] == 12
        assert {"days_old", "identified"} <= set(ins.tables().columns)
        assert ins.sql("SELECT count(*) AS n FROM orders")["n"].item() == 0
        assert "customer_id" in ins.mart("purchases", as_of="2017-06-30")

    def test_a_new_load_is_seen_at_once(self, load):
        """A session in JupyterLab lives for days; a load comes every night."""
        load("L1", 12)
        ins.tables()
        load("L2", 13)
        assert ins.tables().set_index("table").loc["orders", "rows"] == 13

    def test_a_day_outside_the_data_is_refused(self, load):
        load("L1", 12)
        with pytest.raises(OutsideData, match="Ask for a day between them"):
            ins.open_lake(as_of="2016-12-31")

    def test_opening_a_lake_speaks_the_brands_language_or_the_one_given(self, load):
        load("L1", 12)
        ins.open_lake()
        assert (voice().lang, voice().currency) == ("en", "USD")
        ins.open_lake(lang="zh-CN")
        ins.tables()
        assert (voice().lang, voice().currency) == ("zh-CN", "USD")

    def test_a_language_that_there_is_not_is_refused(self, load):
        load("L1", 12)
        with pytest.raises(ParameterError, match="no language called 'chinese'"):
            ins.open_lake(lang="chinese")


def test_the_parts_of_a_page_are_made_of_results():
    found = NotEnoughData(because="Too few.", needs="More.", caveats=("A year is short.",))
    assert ins.answer(found).bundle().title == "Too few."
    assert ins.checks(found).bundle().checks == []
    assert ins.limits(found).bundle().caveats == ["A year is short."]
    with pytest.raises(DataError, match="found a DataFrame"):
        ins.answer(pd.DataFrame())
