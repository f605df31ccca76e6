"""An older export that comes later takes nothing back: the lake is the same in every order."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights import schema
from insights.store.engine import quoted
from insights.store.merging import merge_sql
from tests.store.shop import Shop, batch, order

NEW_YEAR = datetime(2024, 1, 1)
ORIGIN = "source, loaded_at, file_sha256"


def told(days, *rows):
    """Return orders as an export that is so new has them; without days nobody knows how new."""
    at = None if days is None else NEW_YEAR + timedelta(days=days)
    return replace(batch("orders", *rows, file=f"{days}.csv"), told_at=at)


def an_order(key="A", day=5, paid="10.00", **more):
    return order(key, f"2024-01-{day:02} 10:00:00", paid, **more)


def a_row(days, **more):
    """Return the same as one row."""
    at = None if days is None else str(NEW_YEAR + timedelta(days=days))
    return an_order(**more) | {"told_at": at}


@pytest.fixture(scope="module")
def lake_of():
    """Load exports one after the other, or all at once, and return what the lake then has."""

    def load(*loads):
        with TemporaryDirectory() as folder:
            shop = Shop(Path(folder))
            for batches in loads:
                shop.load(*batches, force=True)
            return shop.ask(f"SELECT * EXCLUDE ({ORIGIN}) FROM orders ORDER BY order_id")

    return load


class TestTheNewerExport:
    @pytest.fixture
    def paid(self, merged):
        """Return the amount that stands when rows were merged one after the other."""
        return lambda *rows: str(merged(rows)["paid_amount"])

    def test_counts_though_it_was_loaded_first(self, paid):
        new, old = a_row(20, paid="12.00"), a_row(10, paid="10.00")
        assert paid(new, old) == paid(old, new) == "12.00"

    def test_counts_though_the_one_before_it_said_the_same(self, paid):
        rows = (a_row(1, paid="10.00"), a_row(2, paid="12.00"), a_row(3, paid="10.00"))
        assert {paid(*one) for one in permutations(rows)} == {"10.00"}

    def test_is_the_one_loaded_later_where_they_are_equally_new(self, paid):
        assert paid(a_row(5), a_row(5, paid="12.00")) == "12.00"

    @pytest.mark.parametrize("days", [(None, 5), (5, None), (None, None)])
    def test_is_the_one_loaded_later_where_that_is_not_known(self, paid, days):
        first, second = days
        assert paid(a_row(first), a_row(second, paid="12.00")) == "12.00"

    def test_has_no_say_on_what_it_does_not_know(self, merged):
        new, old = a_row(20, paid="12.00"), a_row(10, store_id="S7")
        for rows in permutations((new, old)):
            found = merged(rows)
            assert found["store_id"] == "S7"
            assert found["told_earlier"] == ";store_id=2024-01-11 00:00:00;"

    def test_says_in_which_month_an_order_is(self, lake_of):
        new = told(20, an_order(day=5) | {"created_at": "2023-12-30 10:00:00"})
        old = told(10, an_order(day=5))
        (row,) = lake_of([new], [old])
        assert lake_of([old], [new]) == [row]
        assert datetime(2023, 12, 30, 10) in row


class TestALoad:
    def test_tells_how_many_rows_were_outdated(self, shop):
        shop.load(told(20, an_order("A", paid="12.00"), an_order("B")))
        report = shop.load(told(10, an_order("A", paid="10.00"), an_order("B")), force=True)
        assert [account.outdated for account in report.tables] == [1]
        assert any("older" in notice for notice in report.notices)

    def test_of_the_same_export_again_writes_nothing(self, shop):
        shop.load(told(20, an_order("A"), an_order("B")))
        before = shop.current().tables["orders"]
        shop.load(told(20, an_order("A"), an_order("B")), force=True)
        assert shop.current().tables["orders"] == before


@pytest.fixture(scope="module")
def merged():
    """Merge rows of one key in the order in which they are given."""
    connection = duckdb.connect()
    table = schema.get("orders")
    columns = [c for c in schema.all_columns(table) if c.name not in ORIGIN.split(", ")]
    values = ", ".join(
        f"{merge_sql(table, column, 'o', 's')} AS {column.name}" for column in columns
    )

    def merge(rows):
        held = None
        for row in rows:
            cells = ", ".join(
                f"CAST({quoted(row[c.name]) if row.get(c.name) else 'NULL'} AS {c.sql_type}) "
                f"AS {c.name}"
                for c in columns
            )
            asked = (
                f"SELECT {cells}"
                if held is None
                else (f"SELECT {values} FROM held o, (SELECT {cells}) s")
            )
            held = connection.execute(f"CREATE OR REPLACE TABLE held AS {asked}")
        names = [column.name for column in columns]
        return dict(zip(names, connection.execute("FROM held").fetchone(), strict=True))

    return merge


STATUS = st.sampled_from(["paid", "shipped", "done"])
ROW = st.fixed_dictionaries(
    {
        "paid": st.sampled_from(["10.00", "12.00", "14.00"]),
        "day": st.integers(3, 5),
        "status": STATUS,
        "store_id": st.sampled_from([None, "S1", "S2"]),
        "seller_ref": st.sampled_from([None, "G1", "G2"]),
    }
)
EXPORT = st.dictionaries(st.sampled_from(["A", "B"]), ROW, min_size=1)


class TestOrderOfLoads:
    @pytest.mark.slow
    @settings(max_examples=10, deadline=None)
    @given(exports=st.lists(EXPORT, min_size=2, max_size=3), data=st.data())
    def test_makes_no_difference(self, lake_of, exports, data):
        batches = [
            told(day, *(an_order(key, **row) for key, row in export.items()))
            for day, export in enumerate(exports, start=10)
        ]
        one = lake_of(*([batch] for batch in batches))
        other = data.draw(st.permutations(batches))
        together = data.draw(st.booleans())
        assert lake_of(*([other] if together else ([batch] for batch in other))) == one

    @settings(max_examples=12, deadline=None)
    @given(rows=st.lists(ROW, min_size=2, max_size=4), data=st.data())
    def test_makes_no_difference_to_one_row(self, merged, rows, data):
        given_rows = [a_row(day, **row) for day, row in enumerate(rows, start=10)]
        assert merged(given_rows) == merged(data.draw(st.permutations(given_rows)))
