"""A warehouse's table becomes the lake's, and a page can be made of it."""

import sqlite3

import pandas as pd
import pytest

import insights as ins
from insights.errors import IntakeError
from insights.intake.keys import IdKey
from insights.settings import Settings
from tests.intake.warehouse.test_checking import COLUMNS, FIXED, WORDS, extract
from tests.store.shop import SETTINGS

HOW = {"columns": COLUMNS, "fixed": FIXED, "words": WORDS}


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "insights.toml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestLoadTable:
    def test_a_frame_is_loaded_and_can_be_asked(self, here):
        report = ins.load_table("orders", extract(), **HOW)
        assert [(a.table, a.rows_in, a.kept) for a in report.tables] == [("orders", 3, 3)]
        bought = ins.mart("purchases", as_of="2026-02-01")
        assert sorted(bought["customer_id"]) == ["a", "a", "b"]
        assert float(bought["net_amount"].sum()) == 227.5

    def test_the_same_frame_twice_is_loaded_once(self, here):
        ins.load_table("orders", extract(), **HOW)
        assert ins.load_table("orders", extract(), **HOW).skipped

    def test_what_stands_in_the_way_stops_the_load_and_nothing_is_written(self, here):
        with pytest.raises(IntakeError, match="'status': unmapped words"):
            ins.load_table("orders", extract(state=["?", "?", "?"]), **HOW)
        assert not (here / "data").exists()

    def test_a_load_of_no_rows_is_refused_as_the_slip_that_it_mostly_is(self, here):
        with pytest.raises(IntakeError, match=r"no rows \(6 columns without a row\).*allow_empty"):
            ins.load_table("orders", extract().query("amount > 1e9"), **HOW)
        assert not (here / "data").exists()

    def test_of_no_rows_nothing_is_said_but_that_there_are_none(self, here):
        nothing = extract().astype(object).iloc[:0]  # As a cursor gives it: without types.
        (found,) = ins.check(nothing, "orders", **HOW).itertuples()
        assert (found.problem, found.rows, found.stops) == ("no rows", 0, True)
        (found,) = ins.check(nothing, "orders", allow_empty=True, **HOW).itertuples()
        assert not found.stops

    def test_where_there_may_be_none_a_nightly_load_goes_on(self, here):
        ins.load_table("orders", extract(), **HOW)
        nothing = extract().astype(object).iloc[:0]
        report = ins.load_table("orders", nothing, allow_empty=True, **HOW)
        assert [(a.table, a.rows_in) for a in report.tables] in ([], [("orders", 0)])
        assert ins.sql("SELECT count(*) AS n FROM orders")["n"].item() == 3

    @pytest.mark.parametrize("is_text", [True, False])
    def test_a_query_is_asked_where_the_engine_says(self, here, is_text):
        sqlalchemy = pytest.importorskip("sqlalchemy")
        with sqlite3.connect(here / "warehouse.db") as link:
            extract(phone="13800000001").to_sql("o", link, index=False)
        link.close()
        address = f"sqlite:///{here / 'warehouse.db'}"
        engine = address if is_text else sqlalchemy.create_engine(address)
        assert ins.check("SELECT * FROM o", "orders", engine=engine, **HOW)["stops"].sum() == 0
        ins.load_table("orders", "SELECT * FROM o", engine=engine, **HOW)
        assert ins.sql("SELECT count(*) AS n FROM orders")["n"].item() == 3
        if not is_text:
            engine.dispose()
        stored = b"".join(p.read_bytes() for p in (here / "data").rglob("*") if p.is_file())
        assert b"13800000001" not in stored

    def test_phones_become_keyed_references_and_stand_nowhere(self, here):
        columns = COLUMNS | {"member": "buyer_ref"}
        frame = extract(member=["13800000001", "+86 138 0000 0001", "1390000****"])
        with pytest.raises(IntakeError, match="'buyer_ref': phones"):
            ins.load_table("orders", frame, columns=columns, fixed=FIXED, words=WORDS)
        ins.load_table(
            "orders",
            frame,
            columns=columns,
            fixed=FIXED,
            words=WORDS,
            units={"buyer_ref": "phone"},
        )
        found = ins.sql("SELECT buyer_ref FROM orders ORDER BY order_id")["buyer_ref"].tolist()
        key = IdKey.load(Settings.load(here), Settings.load(here).brand())
        keyed = f"phone:global:{key.phone_id('13800000001')}"
        assert found[:2] == [keyed, keyed]
        assert pd.isna(found[2])
        stored = b"".join(p.read_bytes() for p in (here / "data").rglob("*") if p.is_file())
        assert b"13800000001" not in stored

    def test_a_query_that_fails_says_why(self, here):
        pytest.importorskip("sqlalchemy")
        with pytest.raises(IntakeError, match="no such table"):
            ins.check("SELECT * FROM gone", "orders", engine="sqlite://")

    def test_a_parquet_file_is_loaded_by_its_path(self, here):
        extract().to_parquet(here / "orders.parquet")
        report = ins.load_table("orders", here / "orders.parquet", **HOW)
        assert report.tables[0].kept == 3


def test_a_time_with_a_zone_is_put_on_the_brands_wall_clock(here):
    moments = pd.to_datetime(["2026-01-01T02:00Z", "2026-01-02T03:00Z", "2026-02-01T04:00Z"])
    ins.load_table("orders", extract(ordered=moments), **HOW)
    first = ins.sql("SELECT min(created_at) AS at FROM orders")["at"].item()
    assert str(first) == "2026-01-01 10:00:00"
