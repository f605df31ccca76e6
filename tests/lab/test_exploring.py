"""Every line of the first hour works as it is written down, on a small real lake."""

import re

import pandas as pd
import pytest

import insights as ins
from insights.analyses import cohorts
from insights.errors import DataError, TooMuch, UnknownTable
from insights.store import answers
from insights.wording import speak, voice


@pytest.fixture(autouse=True)
def _the_voice_of_before():
    before = voice()
    yield
    speak(before.lang, before.currency)


@pytest.fixture
def lake(here):
    return ins.open_lake(as_of="2017-12-31", lang="en")


@pytest.fixture
def r(lake):
    orders = lake.mart("order_net")
    return cohorts.retention(orders, as_of=lake.as_of, by="first_channel", min_customers=10)


class TestADoorForData:
    def test_what_there_is(self, lake):
        said = ins.tables().set_index("table")
        assert said.loc["orders", "rows"] > 0
        assert {"first_at", "last_at", "days_old", "identified"} <= set(said.columns)
        assert lake.marts()["grain"].str.len().gt(0).all()

    def test_what_it_means_and_who_fills_it(self, lake):
        said = ins.describe("orders.paid_amount")
        assert said["unit"].item()
        assert said["meaning"].item()
        assert {"tmall", "douyin"} <= set(said["filled_by"].item().split(", "))

    def test_who_bought_is_filled_from_what_identifies_people(self, lake):
        assert "tmall" in ins.describe("orders.buyer_ref")["filled_by"].item()

    @pytest.mark.parametrize("word", ["repeat rate", "复购率", "repeat_rate"])
    def test_a_word_of_the_business_is_looked_up(self, lake, word):
        (row,) = ins.describe(word).itertuples()
        assert (row.word, row.word_zh, row.unit) == ("repeat rate", "复购率", "share")
        assert "at least two purchase occasions" in row.meaning

    def test_what_is_nothing_is_refused_with_the_nearest(self, lake):
        with pytest.raises(UnknownTable, match="Did you mean 'orders'"):
            ins.describe("ordes")

    def test_questions_give_frames_and_streams(self, lake):
        assert isinstance(ins.sql("SELECT count(*) AS n FROM orders"), pd.DataFrame)
        assert len(ins.mart("customer_month", as_of="2017-12-31"))
        stream = lake.arrow("SELECT * FROM orders")
        assert sum(batch.num_rows for batch in stream) == ins.tables()["rows"].max()

    def test_another_day_is_another_answer(self, lake):
        early = ins.sql("SELECT count(*) AS n FROM orders", as_of="2017-02-28")["n"].item()
        assert early < ins.sql("SELECT count(*) AS n FROM orders")["n"].item()

    def test_a_hundred_million_rows_are_stopped_before_the_kernel_dies(self, lake, monkeypatch):
        monkeypatch.setattr(answers, "free_memory", lambda: 64e6)
        with pytest.raises(TooMuch, match=r"more than .* rows.*GROUP BY.*LIMIT.*lake\.arrow"):
            ins.sql("SELECT a.range AS n FROM range(10000) a, range(10000) b")
        assert len(ins.sql("SELECT 1 AS n")) == 1, "the next question is answered"


class TestAResult:
    def test_by_a_first_channel_two_groups_are_held_against_each_other(self, r):
        assert set(r.table["group"]) == {"Stores", "Douyin"}
        assert "Bought again" in r._repr_mimebundle_()["text/html"]
        assert r.plot().get_xlabel()
        held = r.compare("Douyin", "Stores")
        assert {"difference", "low", "high", "apart"} <= set(held.columns)
        for code in ("douyin", "live"):
            coded = r.compare(code, "store")
            assert coded["difference"].tolist() == held["difference"].tolist()
        assert set(r.why(0).columns) == set(r.table.columns)
        with pytest.raises(DataError, match="It has: 0 = "):
            r.why(99)

    def test_becomes_a_workbook_and_a_page(self, r, tmp_path):
        assert r.to_excel(tmp_path / "r.xlsx").stat().st_size > 1_000
        page = ins.preview(r, lang="zh-CN")
        assert '<html lang="zh-CN"' in page.html
        assert re.search(r"[\u4e00-\u9fff]", page.html)

    def test_by_a_segment_that_was_saved(self, lake):
        orders = lake.mart("order_net")
        ids = orders.loc[orders["channel"] == "douyin", "customer_id"].unique()
        ins.segments.save("live-first", ids)
        segment = ins.segments.load("live-first")
        found = cohorts.retention(orders, as_of=lake.as_of, by=segment, min_customers=10)
        assert set(found.table["group"]) == {"live-first", "others"}
        assert found.table.set_index("group").loc["live-first", "customers"] == len(ids)

    def test_by_a_slip_is_told_what_was_meant(self, lake):
        with pytest.raises(DataError, match="Did you mean 'first_channel'"):
            cohorts.retention(lake.mart("order_net"), as_of=lake.as_of, by="frist_channel")


def test_a_trial_is_planned_in_one_line():
    assert ins.power(baseline=0.18, lift=0.02).per_group == 6139
