"""A notebook shows how far long work is, and what is stopped leaves nothing half done."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from insights.store import waiting
from tests.store.shop import Shop, batch, order

ROOT = Path(__file__).parents[2]
# Workers of the tests ignore SIGINT, and a process inherits that.
HEARS = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
LONG = "SELECT count(*) AS n FROM range(3000000) a, range(30000) b WHERE a.range * b.range % 7 = 1"


@pytest.fixture
def notebook(monkeypatch):
    """Be in a notebook's kernel."""
    shell = SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setattr(waiting, "PATIENCE", 0.01)
    monkeypatch.setattr(waiting, "_TICK", 0.01)


class TestInANotebook:
    @pytest.mark.usefixtures("notebook")
    def test_steps_are_a_bar_that_goes_away(self, capsys):
        with waiting.steps("Loading orders") as tell:
            tell("reading", 1, 4)
        said = capsys.readouterr().out
        assert "Loading orders: 1/4" in said
        assert "reading" in said
        assert said.endswith("\r")

    @pytest.mark.usefixtures("notebook")
    def test_a_long_question_says_how_long_it_has_been(self, capsys):
        with waiting.asking("asking"):
            time.sleep(0.2)
        assert "asking: 00:00 (stop with" in capsys.readouterr().out

    @pytest.mark.usefixtures("notebook")
    def test_a_run_has_nobody_who_looks(self, monkeypatch, capsys):
        monkeypatch.setenv("INSIGHTS_RUN", "x.json")
        with waiting.steps("Loading") as tell, waiting.asking():
            assert tell is None
        assert capsys.readouterr().out == ""


def test_elsewhere_nothing_is_shown(capsys):
    with waiting.steps("Loading") as tell, waiting.asking():
        assert tell is None
    assert capsys.readouterr().out == ""


class TestStopped:
    def test_a_question_ends_and_the_next_is_answered(self, tmp_path):
        shop = Shop(tmp_path)
        shop.load(batch("orders", order("A", "2024-01-05 10:00:00", "1.50")))
        code = HEARS + (
            "import os, threading\n"
            "from insights.settings import Settings\n"
            "from insights.store.lake import open_lake\n"
            f"lake = open_lake(Settings.load({str(tmp_path)!r}), 'shop')\n"
            "threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
            "try:\n"
            f"    lake.sql({LONG!r})\n"
            "except KeyboardInterrupt:\n"
            "    print(lake.sql('SELECT count(*) AS n FROM orders')['n'].item())\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.stdout == "1\n", done.stderr

    def test_a_sample_that_is_being_drawn_ends_and_the_next_is_drawn(self, tmp_path):
        shop = Shop(tmp_path)
        rows = [order(n, "2024-01-05 10:00:00", "1.50", customer=n) for n in "AB"]
        shop.load(batch("orders", *rows))
        code = HEARS + (
            "import os, threading\n"
            "from insights.settings import Settings\n"
            "from insights.store import sampling\n"
            "from insights.store.lake import open_lake\n"
            f"lake = open_lake(Settings.load({str(tmp_path)!r}), 'shop')\n"
            "def slowly(share):\n"
            "    threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
            f"    return '({LONG}) > 0'\n"
            "sampling.drawn = slowly\n"
            "try:\n"
            "    lake.sample(1)\n"
            "except KeyboardInterrupt:\n"
            "    sampling.drawn = lambda share: 'true'\n"
            "    print(lake.sample(1).share)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.stdout == "0.5\n", done.stderr

    def test_a_check_ends_and_the_next_one_answers(self, tmp_path):
        Shop(tmp_path)
        path = tmp_path / "many.parquet"
        many = "SELECT repeat('x', 300) || i AS order_id FROM range(1000000) r(i)"
        duckdb.execute(f"COPY ({many}) TO '{path}' (FORMAT parquet)")
        code = HEARS + (
            "import os, threading, pandas as pd, insights as ins\n"
            "from insights.intake.warehouse import checking\n"
            "searched = checking._private\n"
            "def begun(rows):\n"
            "    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
            "    return searched(rows)\n"
            "checking._private = begun\n"
            "try:\n"
            f"    ins.check({str(path)!r}, 'orders', brand='shop')\n"
            "except KeyboardInterrupt:\n"
            "    checking._private = searched\n"
            "    frame = pd.DataFrame({'order_id': ['A']})\n"
            "    print(set(ins.check(frame, 'orders', brand='shop')['problem']))\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "INSIGHTS_WORKSPACE": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.stdout == "{'missing'}\n", done.stderr

    @pytest.mark.slow
    @pytest.mark.parametrize("after", [0.05, 0.8, 2.5, 4.0, 7.0])
    def test_loading_a_table_leaves_the_load_before(self, tmp_path, after):
        """A whole process gets SIGINT, as a kernel does, at some moment of a load."""
        shop = Shop(tmp_path)
        shop.load(batch("orders", order("A", "2024-01-05 10:00:00", "1.50")))
        # A reader holds its answer open meanwhile: it neither blocks the load nor is blocked.
        from insights.store.lake import open_lake  # noqa: PLC0415 - DuckDB comes with it

        lake = open_lake(shop.settings, "shop")
        stream = lake.arrow("SELECT * FROM orders")
        code = HEARS + (
            "import sys, pandas as pd, insights as ins\n"
            "n = 400_000\n"
            "day = pd.Timestamp('2024-01-06 10:00:00')\n"
            "orders = pd.DataFrame({'order_id': [f'N{i}' for i in range(n)], 'channel': 'tmall',"
            " 'shop_id': 'S', 'status': 'done', 'created_at': day, 'paid_at': day,"
            " 'buyer_ref': 'b', 'goods_amount': 1.5, 'paid_amount': 1.5, 'is_presale': False,"
            " 'is_gift': False, 'is_test': False})\n"
            "import insights.intake.warehouse, deltalake, duckdb\n"
            "print('ready', flush=True)\n"
            "ins.load_table('orders', orders, brand='shop')\n"
            "print('loaded', flush=True)\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, "INSIGHTS_WORKSPACE": str(tmp_path), "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout.readline() == "ready\n", process.stderr.read()
            time.sleep(after)
            process.send_signal(signal.SIGINT)
            said, wrong = process.communicate(timeout=120)
        assert "KeyboardInterrupt" in wrong or "loaded" in said, wrong
        assert sum(part.num_rows for part in stream) == 1
        rows = open_lake(shop.settings, "shop").sql("SELECT count(*) AS n FROM orders")["n"].item()
        # Wholly in or wholly out: a stop may come between the load's end and the word of it.
        assert rows in {1, 400_001}
        assert rows == 400_001 or "loaded" not in said
        shop.load(batch("orders", order("B", "2024-01-07 10:00:00", "1.50")))
        now = open_lake(shop.settings, "shop").sql("SELECT count(*) AS n FROM orders")["n"].item()
        assert now == rows + 1, "the next load works"
