"""An answer that memory cannot hold is stopped before the kernel dies."""

import os
import signal
import subprocess
import sys
import threading
import time

import duckdb
import pandas as pd
import pytest

from insights.errors import TooMuch
from insights.store import answers
from insights.store.answers import FEWEST, frame_of, free_memory, stream_of


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


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # The engine's own, of times with zones.
@pytest.mark.parametrize("holes", [0, 120_000, 250_000])
def test_parts_make_the_frame_that_one_piece_would_have_been(connection, holes):
    """Of every type a column that has no value in the first parts, or in none at all."""
    values = (
        "i",
        "'x' || i",
        "DATE '2020-01-01'",
        "TIMESTAMP '2020-01-01 10:00:00'",
        "TIMESTAMPTZ '2020-01-01 10:00:00+00'",
        "INTERVAL 1 DAY",
        "i % 2 = 0",
        "CAST(i AS DECIMAL(18, 2))",
        "[i, 1]",
        "{'a': i}",
    )
    columns = ", ".join(
        f"CASE WHEN i >= {holes} THEN {value} END AS c{n}" for n, value in enumerate(values)
    )
    query = f"SELECT {columns} FROM range(250000) r(i) ORDER BY i"
    pd.testing.assert_frame_equal(frame_of(connection, query, {}), connection.sql(query).df())


def test_few_rows_are_given_whatever_the_machine_says(connection, monkeypatch):
    monkeypatch.setattr(answers, "free_memory", lambda: 0)
    assert len(frame_of(connection, f"SELECT i FROM range({FEWEST - 1}) r(i)", {})) == FEWEST - 1
    with pytest.raises(TooMuch):
        frame_of(connection, f"SELECT i FROM range({3 * FEWEST}) r(i)", {})


GROWN = """
import sys, threading, time
import duckdb, pandas, psutil
from insights.errors import TooMuch
from insights.store import answers

free = 600e6
answers.free_memory = lambda: free
connection = duckdb.connect()
connection.execute("SET enable_progress_bar = false")  # It would be drawn into what is read here.
answers.frame_of(connection, "SELECT i, 'x' || i AS s, [i] AS l FROM range(5000) r(i)", {})
me, most, over = psutil.Process(), [0], []
before = me.memory_info().rss
def look():
    while not over:
        most[0] = max(most[0], me.memory_info().rss)
        time.sleep(0.002)
looker = threading.Thread(target=look)
looker.start()
try:
    answers.frame_of(connection, sys.argv[1], {})
except TooMuch:
    print((most[0] - before) / free)
over.append(1)
"""


@pytest.mark.parametrize(
    "columns",
    [
        "repeat('好', 200) || i AS s",
        pytest.param("i", marks=pytest.mark.slow),
        pytest.param("'x' || i AS s", marks=pytest.mark.slow),
        pytest.param("list_value(i, i) AS l", marks=pytest.mark.slow),
        pytest.param("range(i, i + 1000) AS l", marks=pytest.mark.slow),
        pytest.param("i, i AS j, 'x' || i AS s, DATE '2020-01-01' AS d", marks=pytest.mark.slow),
    ],
)
def test_memory_holds_whatever_the_columns_are(columns):
    """What the process grows by before it stops is less than is free."""
    query = f"SELECT {columns} FROM range(100000000) r(i)"
    said = subprocess.run(
        [sys.executable, "-c", GROWN, query], capture_output=True, text=True, check=True
    )
    assert 0 < float(said.stdout) < 0.75


def test_a_stream_has_every_row(connection):
    stream = stream_of(connection, "SELECT i FROM range(10000) r(i) WHERE i >= $n", {"n": 1}, 4096)
    assert stream.schema.names == ["i"]
    assert sum(batch.num_rows for batch in stream) == 9_999


@pytest.fixture
def ctrl_c():
    """Ctrl-C as a terminal has it: a program that was started in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield lambda seconds: threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT)).start()
    signal.signal(signal.SIGINT, before)


def test_a_stream_is_stopped_at_once(connection, ctrl_c):
    """What the first batch waits for is a sum that would take minutes."""
    endless = "SELECT sum(sqrt(a.i * b.i)) FROM range(1000000) a(i), range(1000000) b(i)"
    ctrl_c(0.3)
    guard = threading.Timer(60, connection.interrupt)  # A test that fails is not to hang.
    guard.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(stream_of(connection, endless, {}, 4096))
    guard.cancel()
    assert time.monotonic() - began < 30
    assert connection.sql("SELECT 1").fetchall() == [(1,)]


def test_a_container_is_believed_before_its_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(answers, "_CGROUP", tmp_path)
    whole = free_memory()
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("400000\n")
    assert free_memory() == 600_000 < whole
