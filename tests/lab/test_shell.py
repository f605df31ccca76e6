"""In a notebook's kernel names in quotes complete, errors of ours are short, and charts appear."""

import os
import sys
from types import SimpleNamespace

import pandas as pd
import pytest
from jupyter_client.manager import start_new_kernel

import insights as ins
from insights.analyses import cohorts
from insights.errors import DataError
from insights.lab.shell import names_in_quotes, say_error
from insights.store import session


def completed(line, token):
    found = names_in_quotes(SimpleNamespace(text_until_cursor=line, token=token))
    return [one.text for one in found["completions"]]


class TestNamesInQuotes:
    @pytest.mark.parametrize(
        ("line", "token", "found"),
        [
            ('ins.mart("', "", "customer_month"),
            ("x = lake.mart('cust", "cust", "customer_month"),
            ('ins.describe("ord', "ord", "orders"),
            ('ins.describe("orders.paid_', "orders.paid_", "orders.paid_amount"),
            ('ins.check(frame, "ord', "ord", "orders"),
            ('ins.load_table("ref', "ref", "refunds"),
            ('ins.open_lake("sh', "sh", "shop"),
            ('ins.preview(r, brand="', "", "shop"),
            ('ins.runs.open("la', "la", "last"),
            ('ins.sql("SELECT * FROM pur', "pur", "purchases"),
            ('cohorts.retention(orders, by="first_ch', "first_ch", "first_channel"),
        ],
    )
    def test_are_told_by_the_workspace(self, here, line, token, found):
        assert found in completed(line, token)

    def test_of_a_segment_only_the_rest_is_put_in_where_its_name_has_a_hyphen(self, here):
        ins.segments.save("live-first", ["c1"])
        assert completed('ins.segments.load("live-f', "f") == ["first"]
        assert completed('cohorts.retention(orders, by="live-', "") == ["first"]

    @pytest.mark.parametrize("line", ['print("', 'ins.mart("zzz', "lake.mart", 'x = "by'])
    def test_where_there_is_nothing_to_say_others_are_asked(self, here, line):
        found = names_in_quotes(SimpleNamespace(text_until_cursor=line, token=""))
        assert not found["completions"]
        assert "suppress" not in found

    def test_outside_of_a_workspace_there_are_none(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert completed('ins.open_lake("', "") == []


class TestErrors:
    @staticmethod
    def shown(ask, monkeypatch, cells=None):
        for name in ("last_type", "last_value", "last_traceback"):
            monkeypatch.setattr(sys, name, None, raising=False)
        shell = SimpleNamespace(
            _showtraceback=lambda *_: None, showtraceback=lambda *_, **__: None, user_ns=cells
        )
        try:
            ask()
        except (Exception, KeyboardInterrupt) as error:
            return say_error(shell, type(error), error, error.__traceback__)
        raise AssertionError("it was to fail")

    def test_of_ours_are_a_sentence_and_the_line_that_led_there(self, here, monkeypatch):
        head, line, rest = self.shown(
            lambda: ins.sql("SELECT o.chanel FROM orders o"),
            monkeypatch,
        )
        assert "DataError" in head
        assert "Did you mean 'channel'?" in head
        assert 'ins.sql("SELECT o.chanel FROM orders o")' in line
        assert rest == "  (%tb shows every step)"
        assert sys.last_type is DataError

    @pytest.mark.parametrize(
        ("ask", "said"),
        [
            (lambda: cohorts.retension, "Did you mean 'retention'?"),
            (lambda: ins.tabels, "Did you mean 'tables'?"),
            (lambda: ins.open_lake().matr, "Did you mean 'mart'?"),
            (lambda: ins.nothing_like_it, " Known: answer, "),
            (lambda: ins.open_lake().nothing_like_it, "Tab lists what it has."),
        ],
    )
    def test_a_wrong_name_of_ours_is_told_the_nearest_once(self, here, monkeypatch, ask, said):
        assert self.shown(ask, monkeypatch)[0].count(said) == 1

    def test_of_others_within_a_call_of_ours_are_a_sentence_too(self, here, monkeypatch):
        def ask():
            return cohorts.retention(pd.DataFrame(), as_of="2017-12-31", min_customers="ten")

        head, line, place, rest = self.shown(ask, monkeypatch)
        assert "TypeError" in head
        assert "`retention` ended with: '<' not supported" in head
        assert "Shift+Tab" in head
        assert "min_customers=" in line
        assert "in retention.py, line" in place
        assert rest == "  (%tb shows every step)"

    def test_a_call_that_was_stopped_says_so(self, here, monkeypatch):
        def stopped(*_, **__):
            raise KeyboardInterrupt

        monkeypatch.setattr(session, "shared", stopped)
        head, line, _ = self.shown(lambda: ins.sql("SELECT 1"), monkeypatch)
        assert "KeyboardInterrupt" in head
        assert "Stopped." in head
        assert "ins.sql" in line

    def test_a_parameter_that_an_analysis_has_not_is_one_sentence(self, here, monkeypatch):
        def ask():
            return cohorts.retention(pd.DataFrame(), asof="2017-12-31")

        head, line, _ = self.shown(ask, monkeypatch)
        assert "unexpected keyword argument 'asof'. Look what it takes" in head
        assert "ours" not in head
        assert "asof=" in line

    def test_a_slip_in_what_ours_called_back_is_shown_with_its_line(self, here, monkeypatch):
        cells = {}
        exec(  # noqa: S102 - as a cell is run
            "from insights.periods import reads_days\n@reads_days\n"
            "def mine(orders, *, as_of: str):\n    return orders['net_amout']",
            cells,
        )
        slip = lambda: cells["mine"]({}, as_of="2017-12-31")  # noqa: E731
        assert self.shown(slip, monkeypatch, cells) is None

    @pytest.mark.parametrize("ask", [lambda: [].apend, lambda: 1 / 0, lambda: {}["a"]])
    def test_what_is_not_ours_is_shown_as_ever(self, here, monkeypatch, ask):
        assert self.shown(ask, monkeypatch) is None


@pytest.fixture(scope="module")
def kernel(shop):
    manager, client = start_new_kernel(
        kernel_name="python3",
        cwd=str(shop.settings.root),
        env={name: v for name, v in os.environ.items() if not name.startswith(("INSIGHTS", "MPL"))},
    )
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def shown(client, source):
    """Return what a cell shows, by MIME type, and what its error says."""
    outputs = []
    client.execute_interactive(source, timeout=120, output_hook=outputs.append)
    data = {kind for one in outputs for kind in one["content"].get("data", {})}
    errors = [
        "\n".join(one["content"]["traceback"]) for one in outputs if "ename" in one["content"]
    ]
    return data, "".join(errors)


def tab(client, line):
    asked = client.complete(line, len(line))
    while (reply := client.get_shell_msg(timeout=60))["parent_header"]["msg_id"] != asked:
        pass
    return reply["content"]["matches"]


@pytest.mark.slow
class TestInATrueKernel:
    def test_the_door_completes_with_tab_and_names_do(self, kernel):
        shown(kernel, "import insights as ins\nlake = ins.open_lake(as_of='2017-12-31')")
        assert {"tables", "sql", "mart"} <= {
            name.rpartition(".")[2] for name in tab(kernel, "ins.")
        }
        marts = tab(kernel, 'ins.mart("')
        assert "customer_month" in marts
        assert not [name for name in marts if name.startswith("%")]

    def test_every_chart_appears_not_the_first_alone(self, kernel):
        shown(
            kernel,
            "from insights.analyses import cohorts\n"
            "r = cohorts.retention(lake.mart('order_net'), as_of='2017-12-31', min_customers=5)",
        )
        assert "text/html" in shown(kernel, "r")[0]
        for _ in range(3):
            assert "image/png" in shown(kernel, "r.plot()")[0]
        own = "import matplotlib.pyplot as plt\nplt.figure().add_subplot().plot([1, 2])"
        assert "image/png" in shown(kernel, own)[0], "the notebook's own charts, too"
        assert "to_excel" in {name.rpartition(".")[2] for name in tab(kernel, "r.to_")}

    def test_a_slip_is_short_and_all_of_it_is_there_on_request(self, kernel):
        _, said = shown(kernel, "ins.sql('select o.chanel from orders o')")
        assert "Did you mean 'channel'" in said
        assert len(said.splitlines()) < 12
        assert "answers.py" in shown(kernel, "%tb")[1]

    def test_whatever_a_call_of_ours_ends_with_is_short_and_the_rest_as_ever(self, kernel):
        _, said = shown(kernel, "cohorts.retention(3, as_of='2017-12-31', min_customers='a')")
        assert "`retention` ended with:" in said
        assert len(said.splitlines()) < 6
        assert "retention.py" in shown(kernel, "%tb")[1]
        assert "Traceback" in shown(kernel, "1 / 0")[1]
        assert "Traceback" not in shown(kernel, "x = (1,")[1], "a slip of Python is Python's"

    def test_a_question_that_is_stopped_says_so_and_the_next_is_answered(self, kernel):
        shown(kernel, "import os, signal, threading")
        stop = "threading.Timer(2, os.kill, (os.getpid(), signal.SIGINT)).start()"
        _, said = shown(
            kernel,
            f"{stop}\nins.sql('select count(*) from range(1000000000) a, range(100000) b "
            "where a.range * b.range = 7')",
        )
        assert "Stopped." in said
        assert len(said.splitlines()) < 6
        assert not shown(kernel, "ins.sql('select 1 as n')")[1]
