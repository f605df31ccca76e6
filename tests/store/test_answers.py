"""An answer that memory cannot hold is stopped before the kernel dies."""

import os
import signal
import threading
import time

import duckdb
import pandas as pd
import pytest

from insights.errors import TooMuch
from insights.store import answers
from insights.store.answers import FEWEST, frame_of, free_memory, rows_that_fit, stream_of


@pytest.fixture
def connection():
    return duckdb.connect()


def test_a_hundred_million_rows_are_stopped_with_advice(connection, monkeypatch):
    monkeypatch.setattr(answers, "free_memory", lambda: 32e6)
    with pytest.raises(TooMuch, match=r"more than .* rows of 2 columns.*GROUP BY.*lake\.arrow"):
        frame_of(connection, "SELECT i, i + 1 FROM range(100000000) r(i)", {})
    assert connection.sql("SELECT 1").fetchall() == [(1,)]  # It can be asked again.


def test_what_fits_comes_whole_and_as_before(connection):
    query = (
        "SELECT i, 'x' || i AS s, CAST(i AS DECIMAL(18, 2)) / 100 AS d, i % 2 = 0 AS b, "
        "CASE WHEN i < 5000 THEN NULL ELSE i END AS n, DATE '2020-01-01' AS day, "
        "TIMESTAMP '2020-01-01 10:00:00' AS at, NULL AS z FROM range(9999) r(i) WHERE i >= $least"
    )
    frame = frame_of(connection, query, {"least": 1})
    pd.testing.assert_frame_equal(frame, connection.sql(query, params={"least": 1}).df())


@pytest.mark.parametrize("query", ["SELECT 1 AS a WHERE false", "SELECT 1 AS a, 2 AS a"])
def test_an_odd_answer_is_an_answer(connection, query):
    pd.testing.assert_frame_equal(frame_of(connection, query, {}), connection.sql(query).df())


def test_as_many_rows_as_fit_are_no_refusal(connection, monkeypatch):
    monkeypatch.setattr(answers, "rows_that_fit", lambda _types, _free: 4096)
    assert len(frame_of(connection, "SELECT i FROM range(4096) r(i)", {})) == 4096
    with pytest.raises(TooMuch):
        frame_of(connection, "SELECT i FROM range(4097) r(i)", {})


def test_a_stream_has_every_row(connection):
    stream = stream_of(connection, "SELECT i FROM range(10000) r(i) WHERE i >= $n", {"n": 1}, 4096)
    assert stream.schema.names == ["i"]
    assert sum(batch.num_rows for batch in stream) == 9_999


def test_a_stream_is_stopped_at_once(connection):
    """What the first batch waits for is a sum that would take minutes."""
    endless = "SELECT sum(sqrt(a.i * b.i)) FROM range(1000000) a(i), range(1000000) b(i)"
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(stream_of(connection, endless, {}, 4096))
    assert time.monotonic() - began < 5
    assert connection.sql("SELECT 1").fetchall() == [(1,)]


def test_text_takes_more_room_than_numbers():
    assert rows_that_fit(["VARCHAR"] * 2, 8e9) < rows_that_fit(["BIGINT", "DOUBLE"], 8e9)
    assert rows_that_fit(["VARCHAR"] * 50, 0) == FEWEST


def test_a_container_is_believed_before_its_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(answers, "_CGROUP", tmp_path)
    whole = free_memory()
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("400000\n")
    assert free_memory() == 600_000 < whole
