"""The reasons of a moved figure, planted in a real lake and found again by real kernels."""

import json
import os
import re
import signal
import time
from contextlib import contextmanager
from threading import Thread

import pytest
from jupyter_client.manager import start_new_kernel

import insights as ins
from insights.errors import ParameterError
from insights.runs import load_catalog, plan, run_report
from insights.wording import speak, voice
from tests.runs.conftest import notebook, workspace
from tests.store.shop import Shop, batch, order, refund

PARAMETERS = """\
as_of: str = "2026-01-31"  # last day of complete data, YYYY-MM-DD
lang: str = "en"  # language of the page
"""
SALES = """\
import os, pathlib, time
if told := os.environ.get("WAITS"):  # A test wants to stop it while it is at work.
    pathlib.Path(told).touch()
    time.sleep(300)
import insights as ins
from insights.results import Claim, Column, Result, Tile

lake = ins.open_lake(as_of=as_of, lang=lang)
known = "SELECT sum(net_amount) AS sales FROM order_net o JOIN customers USING (customer_id)"
table = lake.sql(known)
ins.answer(Result(
    table=table,
    facts={"sales": float(table["sales"].iloc[0])},
    claims=(Claim(key="sales", message="Net sales of known customers are {sales:money}."),),
    tiles=(Tile(key="sales", label="Net sales", fact="sales", kind="money"),),
))
"""


COUNTED = 'float(table["sales"].iloc[0])'
MORE = f"{COUNTED} + 8"


def customer(customer_id):
    return {
        "customer_id": customer_id,
        "first_seen_at": "2026-01-01 09:00:00",
        "first_source": "tills",
        "link_quality": "single",
        "is_staff": "false",
        "is_test": "false",
    }


def orders(*rows, file):
    made = [order(name, at, paid, customer=who) for name, at, paid, who in rows]
    return batch("orders", *made, file=file)


JANUARY = (("o1", "2026-01-05 10:00:00", "100", "A"), ("o2", "2026-01-06 10:00:00", "60", "B"))


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """January's report, February's after a load with every kind of news, February's once more."""
    folder = tmp_path_factory.mktemp("explain")
    workspace(folder, sales=notebook(SALES, parameters=PARAMETERS))
    (folder / "data" / "shop" / "lake" / "current.json").unlink()  # a real lake takes its place
    shop = Shop(folder)
    shop.load(batch("customers", customer("A")), orders(*JANUARY, file="january.csv"))

    def report(as_of):
        catalog = load_catalog(shop.settings)
        made = run_report(shop.settings, plan(shop.settings, catalog, "sales", as_of=as_of))
        pages.append((shop.settings.reports / made.href).read_text())
        return made

    pages = []
    first = report("2026-01-10")
    shop.load(
        batch("customers", customer("A"), customer("B")),  # B is recognised at last: + 60
        orders(
            ("o3", "2026-01-07 10:00:00", "7", "A"),  # an order that came late: + 7
            ("o4", "2026-02-05 10:00:00", "500", "A"),  # the new period: + 500
            file="february.csv",
        ),
        batch("refunds", refund("r1", "o1", "2026-01-08 10:00:00", "25")),  # a late one: - 25
    )
    second = report("2026-02-10")
    # The same period again, by a notebook that counts 8 more.
    (folder / "notebooks" / "sales.ipynb").write_text(
        notebook(SALES.replace(COUNTED, MORE), parameters=PARAMETERS)
    )
    third = report("2026-02-10")
    runs = shop.settings.reports / "runs"
    said = [
        json.loads((runs / record.run_id / "executed.ipynb").read_text())["metadata"]["insights"]
        for record in (first, second, third)
    ]
    return [first, second, third], said, pages


NEWS = {"late_refunds": -25.0, "new_identity": 60.0, "late_data": 7.0, "new_period": 500.0}


class TestExplain:
    def test_all_reports_are_published(self, ran):
        records, *_ = ran
        assert [record.status for record in records] == ["published"] * 3, records[-1].error

    def test_the_first_report_has_nothing_to_compare_with(self, ran):
        _, (first, *_), (page, *_) = ran
        assert first["since"] is None
        assert 'class="changes"' not in page

    def test_each_planted_reason_is_found_with_its_size(self, ran):
        since = ran[1][1]["since"]
        assert since["report"]["as_of"] == "2026-01-10"
        (tile,) = since["report"]["tiles"]
        assert (tile["before"], tile["after"]) == (100.0, 642.0)
        assert tile["parts"] == NEWS
        assert since["restated"] == []

    def test_the_page_says_so(self, ran):
        page = ran[2][1]
        assert "What changed since the last report <small>" in page
        assert "late refunds" in page
        assert "Restated" not in page

    def test_a_period_that_is_reported_again_is_still_held_against_the_one_before(self, ran):
        report = ran[1][2]["since"]["report"]
        assert report["as_of"] == "2026-01-10"
        (tile,) = report["tiles"]
        assert (tile["before"], tile["after"]) == (100.0, 650.0)
        assert tile["parts"] == NEWS | {"new_code": 8.0}

    def test_and_against_its_former_edition_for_what_was_restated(self, ran):
        (tile,) = ran[1][2]["since"]["restated"]
        assert (tile["before"], tile["after"]) == (642.0, 650.0)
        assert tile["parts"] == {"new_code": 8.0}
        assert "Restated" in ran[2][2]

    def test_a_page_never_calls_its_own_day_the_last_report(self, ran):
        for page in ran[2][1:]:
            heading = re.search(r"since the last report <small>(.*?)</small>", page)
            assert re.sub("<.*?>", "", heading[1]) == "2026-01-10"

    def test_its_provenance_tells_this_load_from_all_and_names_each_source(self, ran):
        said = ran[1][1]
        assert said["rows_of_load"] == {"read": 5, "kept": 4, "merged": 1, "quarantined": 0}
        assert said["rows"] == {"read": 8, "kept": 7, "merged": 1, "quarantined": 0}
        (tills,) = said["sources"]
        assert (tills["name"], tills["fresh_to"]) == ("tills", "2026-02-05")
        assert said["meanings"]["lang"] == "language of the page"

    def test_no_folder_of_a_further_run_is_left(self, ran, tmp_path_factory):
        root = tmp_path_factory.getbasetemp()
        assert not list(root.glob("explain*/reports/runs/*/since-*"))


class TestInANotebook:
    @pytest.fixture(autouse=True)
    def _here(self, ran, tmp_path_factory, monkeypatch):
        folder = tmp_path_factory.getbasetemp() / "explain0"
        monkeypatch.setenv("INSIGHTS_WORKSPACE", str(folder))
        before = voice()
        yield
        speak(before.lang, before.currency)

    def test_the_data_of_a_run_are_opened_again_as_it_saw_them(self, ran):
        first, *_ = ran[0]
        lake = ins.runs.open(first.run_id)
        assert (lake.load_id, f"{lake.as_of}") == (first.load_id, "2026-01-10")
        assert lake.sql("SELECT count(*) AS n FROM orders")["n"].item() == 2
        assert ins.runs.open("last").load_id != first.load_id

    def test_two_runs_differ_by_what_was_planted(self, ran):
        first, _, third = ran[0]
        (row,) = ins.runs.diff(first.run_id, third.run_id).to_dict("records")
        assert (row["figure"], row["before"], row["after"]) == ("Net sales", 100.0, 650.0)
        planted = NEWS | {"new_code": 8.0}
        assert {reason: row[reason] for reason in planted} == planted
        assert row["unexplained"] == 0

    def test_what_other_code_made_is_not_explained_by_todays(self, ran):
        first, second, _ = ran[0]
        (row,) = ins.runs.diff(first.run_id, second.run_id).to_dict("records")
        assert (row["change"], row["unexplained"]) == (542.0, 542.0)

    def test_a_run_is_not_held_against_itself_however_it_is_named(self, ran):
        last = ran[0][-1].run_id
        for one, other in ((last, last), ("last", last), ("last", "last")):
            with pytest.raises(ParameterError, match=f"That is one run, {last}. Name two"):
                ins.runs.diff(one, other)

    def test_the_runs_are_listed_and_a_slip_is_told(self, ran):
        assert ins.runs.recent()["run"].tolist() == [r.run_id for r in reversed(ran[0])]
        with pytest.raises(ParameterError, match="No run is called 'nobody'"):
            ins.runs.open("nobody")


STATE = """
import os, pathlib, psutil, time
from insights.runs import forked, kernel
server = forked._server and psutil.Process(forked._server.process.pid)
while kernel._running or [*pathlib.Path(os.environ["TMPDIR"]).glob("insights-*")]:
    time.sleep(0.1)
print("kernels:", len(kernel._running), "of", server and len(server.children()))
"""


@contextmanager
def a_notebook(workspace, temporary):
    """Start a true kernel; yield its manager, and what runs a cell and returns all it says."""
    env = {name: v for name, v in os.environ.items() if not name.startswith(("INSIGHTS", "MPL"))}
    env |= {"INSIGHTS_WORKSPACE": str(workspace), "TMPDIR": str(temporary)}
    manager, client = start_new_kernel(kernel_name="python3", env=env)

    def run(source):
        outputs = []
        client.execute_interactive(source, timeout=200, output_hook=outputs.append)
        said = [one["content"] for one in outputs]
        return "".join(part.get("text", "") + part.get("ename", "") for part in said)

    try:
        yield manager, run
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_a_comparison_shows_how_far_it_is_and_a_stop_ends_it_with_its_kernels(
    ran, tmp_path, tmp_path_factory
):
    workspace = tmp_path_factory.getbasetemp() / "explain0"
    first, _, third = ran[0]
    runs = sorted((workspace / "reports" / "runs").iterdir())
    waits, stopped = tmp_path / "waits", []

    def stop(manager):
        while not waits.exists():
            time.sleep(0.05)
        time.sleep(1)
        stopped.append(time.monotonic())
        os.killpg(manager.provisioner.pid, signal.SIGINT)  # As the button in JupyterLab does.

    ask = f"print(ins.runs.diff({first.run_id!r}, {third.run_id!r}).iloc[0].to_dict())"
    with a_notebook(workspace, tmp_path) as (manager, run):
        run(f"import os, insights as ins\nos.environ['WAITS'] = {str(waits)!r}")
        Thread(target=stop, args=(manager,), daemon=True).start()
        said = run(ask)
        assert stopped, said
        assert time.monotonic() - stopped[0] < 30  # It takes one or two; the notebook 300.
        assert "Comparing two runs: 0/4" in said
        assert "new code" in said
        assert said.endswith("KeyboardInterrupt")
        assert "kernels: 0 of 0" in run(STATE), "gone at once, or moments later on a busy machine"
        assert not list(tmp_path.glob("insights-*"))
        assert sorted((workspace / "reports" / "runs").iterdir()) == runs
        assert "'late_refunds': -25.0" in run(f"del os.environ['WAITS']\n{ask}")
