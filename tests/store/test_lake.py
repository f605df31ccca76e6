import threading
from datetime import date, datetime
from decimal import Decimal

import pandas as pd
import pytest

from insights import schema
from insights.errors import DataError, EmptyLake, LakeError, OutsideData, UnknownTable
from insights.store.lake import open_lake
from tests.store.shop import batch, line, order, refund

ORDERS = [
    order("A", "2024-01-05 10:00:00", "10.00"),
    order("B", "2024-01-31 23:59:59.5", "20.00"),
    order("C", "2024-02-01 00:00:00", "40.00", customer="C2"),
]
IDS = "SELECT order_id FROM orders ORDER BY 1"


@pytest.fixture
def filled(shop):
    shop.load(
        batch("orders", *ORDERS),
        batch("refunds", refund("R", "A", "2024-02-01 12:00:00", "10.00")),
    )
    return shop


def _remove(shop, files):
    for file in files:
        (shop.lake() / "orders" / file).unlink()


class TestAsOf:
    def test_rows_after_it_are_invisible_in_tables(self, filled):
        assert filled.ask(IDS, as_of="2024-01-31") == [("A",), ("B",)]
        assert filled.ask(IDS, as_of="2024-02-01") == [("A",), ("B",), ("C",)]

    def test_rows_after_it_are_invisible_in_marts(self, filled):
        seen = filled.open(as_of="2024-01-31").mart("order_net")
        assert sorted(seen["order_id"]) == ["A", "B"]

    def test_a_refund_after_it_does_not_count(self, filled):
        refunded = "SELECT refund_amount, left_out FROM order_net WHERE order_id = 'A'"
        assert filled.ask(refunded, as_of="2024-01-31") == [(Decimal(0), None)]
        assert filled.ask(refunded, as_of="2024-02-01") == [(Decimal(10), "refunded")]

    def test_is_the_last_day_with_data_if_not_given(self, filled):
        lake = filled.open()
        assert (lake.first_day, lake.as_of, lake.last_day) == (
            date(2024, 1, 5),
            date(2024, 2, 1),
            date(2024, 2, 1),
        )

    @pytest.mark.parametrize(
        "day",
        ["2024-01-31", date(2024, 1, 31), datetime(2024, 1, 31, 7), pd.Timestamp(2024, 1, 31)],
    )
    def test_may_be_a_text_a_day_or_a_moment(self, filled, day):
        assert len(filled.open(as_of=day).sql("SELECT * FROM orders")) == 2
        assert len(filled.open().sql("SELECT * FROM orders", as_of=day)) == 2

    def test_a_lake_answers_for_earlier_days_too_and_for_its_own_again(self, filled):
        lake = filled.open()
        counts = [
            len(lake.sql("SELECT * FROM order_net", as_of=day))
            for day in ("2024-01-05", None, "2024-01-31", None)
        ]
        assert counts == [1, 3, 2, 3]

    def test_a_lake_does_not_answer_for_later_days(self, filled):
        with pytest.raises(DataError, match="opened as of 2024-01-31; 2024-02-01 is later"):
            filled.open(as_of="2024-01-31").sql(IDS, as_of="2024-02-01")

    def test_is_a_parameter_of_a_question(self, filled):
        asked = "SELECT CAST($as_of AS VARCHAR) AS at_the_end, '$as_of' AS text"
        assert filled.ask(asked, as_of="2024-01-31") == [("2024-01-31 23:59:59.999999", "$as_of")]

    def test_several_make_a_panel_of_which_no_row_knows_what_came_later(self, filled):
        lake = filled.open()
        days = [date(2024, 1, 5), date(2024, 1, 31), date(2024, 2, 1)]
        panel = lake.mart("customer_features", as_of=days).sort_values(["as_of", "customer_id"])
        assert list(zip(panel["as_of"], panel["customer_id"], panel["frequency"], strict=True)) == [
            (pd.Timestamp(2024, 1, 5), "C1", 0),
            (pd.Timestamp(2024, 1, 31), "C1", 1),
            # A was refunded on this day, so that C1 bought once.
            (pd.Timestamp(2024, 2, 1), "C1", 0),
            (pd.Timestamp(2024, 2, 1), "C2", 0),
        ]
        assert (panel["last_event_at"] <= panel["as_of"] + pd.Timedelta(days=1)).all()

    def test_a_panel_of_no_day_is_refused(self, filled):
        with pytest.raises(DataError, match="No days were given"):
            filled.open().mart("purchases", as_of=[])


class TestWhatTheDataCannotAnswer:
    def test_an_empty_lake_says_how_to_fill_it(self, shop):
        with pytest.raises(EmptyLake, match="insights ingest PATH --brand shop"):
            shop.open()

    def test_a_lake_without_orders_is_empty(self, shop):
        shop.load(batch("products", {"product_id": "P", "name": "Cap"}))
        with pytest.raises(EmptyLake, match="'shop' has no orders yet"):
            shop.open()

    def test_a_day_before_the_data_is_refused_with_the_first_day(self, filled):
        with pytest.raises(OutsideData, match=r"first order .* is of 2024-01-05.*data is 2024-01"):
            filled.open(as_of="2024-01-04")
        with pytest.raises(OutsideData, match="lies before the data"):
            filled.open().mart("purchases", as_of="2024-01-04")

    def test_a_day_far_after_the_data_is_refused_with_the_last_day(self, filled):
        assert filled.open(as_of="2024-02-08").last_day == date(2024, 2, 1)
        with pytest.raises(
            OutsideData, match=r"8 days after the last .* up to 2024-02-01.* 2024-02"
        ):
            filled.open(as_of="2024-02-09")

    @pytest.mark.parametrize(
        ("query", "error", "says"),
        [
            ("SELECT * FROM order", DataError, "syntax error"),
            ("SELECT * FROM orderz", UnknownTable, "Did you mean 'orders'"),
            ("SELECT * FROM 'orders.csv'", UnknownTable, "no table called 'orders.csv'"),
            ("SELECT nothing FROM orders", DataError, "nothing"),
            ("SELECT o.chanel FROM orders o", DataError, r"'o' \(orders\) .* mean 'channel'"),
            ("SELECT orders.chanel FROM orders", DataError, "'orders' has no column 'chanel'"),
            (
                "SELECT p.net_amout FROM orders o JOIN purchases p USING (customer_id)",
                DataError,
                r"'p' \(purchases\) has no column 'net_amout'. Did you mean 'net_amount'",
            ),
            (
                "WITH x AS (SELECT channel AS shop, count(*) AS bought FROM orders GROUP BY 1) "
                "SELECT x.shp FROM x",
                DataError,
                "'x' has no column 'shp'. Did you mean 'shop'",
            ),
            ("SELECT 1; SELECT 2", DataError, "one SELECT; found 2 statements: ask them one"),
            ("DROP VIEW orders", DataError, "one SELECT, without PIVOT; found DROP"),
            ("COPY (SELECT * FROM orders) TO 'x.csv'", DataError, "one SELECT"),
            ("SELECT 1; DROP VIEW orders", DataError, r"one SELECT, without PIVOT\."),
            ("", DataError, "one SELECT; found none"),
            (None, DataError, "a text in SQL; found a NoneType"),
            ("SELECT channel + 1 FROM orders", DataError, r"explicit type casts\.\s+LINE"),
            ("SELECT list_max(3)", DataError, r"Candidate functions:\s+list_aggr"),
            ("SELECT $of", DataError, "of"),
            ("SELECT CAST('x' AS INTEGER) FROM orders", DataError, "Could not convert"),
        ],
    )
    def test_a_question_that_is_none_is_refused_in_words(self, filled, query, error, says):
        with pytest.raises(error, match=says):
            filled.open().sql(query)

    def test_a_mart_that_is_not_there_is_refused_with_the_nearest(self, filled):
        with pytest.raises(UnknownTable, match=r"no mart called 'purchase'\. Did you mean 'purch"):
            filled.open().mart("purchase")

        with pytest.raises(UnknownTable, match=r"'orders' is a table: ins\.describe"):
            filled.open().mart("orders")

    def test_a_file_that_maintenance_removed_is_said_to_be_gone(self, filled):
        lake = filled.open()
        filled.load(batch("orders", order("Z", "2024-02-01 10:00:00", "10.00"), file="later"))
        _remove(filled, lake.current.tables["orders"].files)
        with pytest.raises(LakeError, match=r"A file of load .* is gone: .* Open the lake again"):
            lake.sql(IDS)

    def test_a_file_that_the_newest_load_lacks_is_to_be_put_back(self, filled):
        lake = filled.open()
        _remove(filled, lake.current.tables["orders"].files)
        with pytest.raises(LakeError, match=r"A file of the newest load, .* Put it back"):
            lake.sql(IDS)


class TestQuestions:
    def test_a_name_of_ones_own_may_hide_a_table_or_a_mart(self, filled):
        lake = filled.open()
        asked = "WITH {0} AS (SELECT * FROM {0} WHERE customer_id = 'C2') SELECT * FROM {0}"
        assert len(lake.sql(asked.format("orders"))) == 1
        assert len(lake.sql(asked.format("purchases"))) == 1

    def test_names_are_the_same_in_capitals(self, filled):
        assert len(filled.open().sql("SELECT * FROM ORDERS o JOIN Order_Net USING (order_id)")) == 3

    @pytest.mark.parametrize("name", ["orders", "purchases"])
    def test_a_table_or_a_mart_can_be_described(self, filled, name):
        assert "customer_id" in set(filled.open().sql(f"DESCRIBE {name}")["column_name"])

    def test_an_order_of_rows_holds_over_a_mart(self, filled):
        rows = filled.ask("SELECT order_id FROM order_net ORDER BY order_id DESC -- newest first")
        assert rows == [("C",), ("B",), ("A",)]

    def test_a_table_that_was_never_loaded_has_no_row_and_all_columns(self, filled):
        lines = filled.open().sql("SELECT * FROM order_lines")
        assert len(lines) == 0
        assert {"line_id", "paid_amount", "loaded_at"} <= set(lines.columns)

    def test_other_questions_may_be_asked_while_a_stream_is_read(self, filled):
        lake = filled.open()
        stream = lake.arrow("SELECT i FROM orders, range(200000) AS r(i)", as_of="2024-01-31")
        read = stream.read_next_batch().num_rows
        assert len(lake.sql("SELECT * FROM orders")) == 3
        assert read + sum(part.num_rows for part in stream) == 400_000

    def test_tables_and_marts_are_listed(self, filled):
        tables = filled.open().tables().set_index("table")
        assert len(tables) == len(schema.names())
        assert tables.loc["orders", "rows"] == 3
        assert tables.loc["orders", "last_at"] == pd.Timestamp(2024, 2, 1)
        assert tables.loc["costs", "rows"] == 0
        assert "purchases" in set(filled.open().marts()["mart"])

    def test_a_lake_says_what_it_is(self, filled):
        load_id = filled.current().load_id
        assert repr(filled.open()) == f"<Lake shop as of 2024-02-01, load {load_id}>"


class TestLoadsAndReaders:
    def test_a_reader_answers_the_same_during_and_after_a_load(self, filled, monkeypatch):
        lake = filled.open()
        seen = []
        monkeypatch.setattr(
            "insights.intake.loading.publish",
            lambda folder, after: seen.append(lake.sql(IDS).size) or publish(folder, after),
        )
        from insights.store.loads import publish  # noqa: PLC0415

        filled.load(batch("orders", order("D", "2024-02-02 09:00:00", "5.00")))
        assert (seen, lake.sql(IDS).size, filled.open().sql(IDS).size) == ([3], 3, 4)

    def test_an_old_load_gives_the_old_numbers(self, filled):
        old = filled.current().load_id
        filled.load(batch("orders", order("A", "2024-01-05 10:00:00", "99.00")))
        paid = "SELECT sum(paid_amount) FROM orders"
        assert filled.ask(paid) == [(Decimal("159.00"),)]
        assert filled.ask(paid, load_id=old) == [(Decimal("70.00"),)]
        assert filled.open(load_id=old).load_id == old

    def test_a_load_that_was_removed_is_said_to_be(self, filled):
        with pytest.raises(LakeError, match="Load 20200101T000000000000Z of 'shop' is not there"):
            filled.open(load_id="20200101T000000000000Z")

    def test_an_empty_lake_is_empty_for_an_old_load_too(self, shop):
        with pytest.raises(EmptyLake):
            shop.open(load_id="20200101T000000000000Z")

    def test_readers_see_the_old_or_the_new_load_and_nothing_between(self, shop):
        def load(number):
            paid = f"{number}.00"
            orders = [order(k, f"2024-0{m}-05 10:00:00", paid) for m, k in enumerate("ABC", 1)]
            lines = [line(f"L{o['order_id']}", o["order_id"], o["paid_at"], paid) for o in orders]
            shop.load(batch("order_lines", *lines), batch("orders", *orders))

        load(1)
        loader = threading.Thread(target=lambda: [load(number) for number in range(2, 6)])
        loader.start()
        seen = []
        while loader.is_alive():
            lake = open_lake(shop.settings, "shop")
            asked = (
                "SELECT (SELECT sum(paid_amount) FROM orders) AS orders, "
                "(SELECT sum(paid_amount) FROM order_lines) AS lines"
            )
            (row,) = lake.sql(asked).to_dict("records")
            assert row["orders"] == row["lines"]
            seen.append(row["orders"])
        loader.join()
        assert seen == sorted(seen)
        assert set(seen) <= {3.0 * number for number in range(1, 6)}
