import json
import re
import threading
import time
from urllib.parse import unquote

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from insights.errors import GateRefused, LedgerError
from insights.reporting import exporter
from insights.runs import load_catalog, making, plan, publish, run_report, run_reports, runner
from insights.runs.shelf import Shelf
from tests.runs import fakes
from tests.runs.conftest import ANSWER, load, notebook, workspace

POLICY = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'


@pytest.fixture
def settings(tmp_path, monkeypatch):
    fakes.install("page", monkeypatch.setattr)
    return workspace(tmp_path, cohort=notebook(), churn=notebook())


def specs(settings, *names, **asked):
    catalog = load_catalog(settings)
    return [plan(settings, catalog, name, **asked) for name in names or ("cohort", "churn")]


def statuses(records):
    return [record.status for record in records]


class TestOvertaken:
    def test_a_run_that_another_overtook_leaves_the_later_page(self, settings, monkeypatch):
        early, late = specs(settings, "cohort"), None
        load(settings, "L2")
        (late,) = specs(settings, "cohort")
        make = making._execute

        def slow(work, *given):
            if work.spec.load_id == "L1":
                slow.later = run_report(settings, late)
            return make(work, *given)

        monkeypatch.setattr(making, "_execute", slow)
        (record,) = run_reports(settings, early)
        assert slow.later.status == "published"
        assert record.status == "skipped"
        assert record.error.endswith(f"was published, which stands: {slow.later.run_id}.")
        ledger = Shelf(settings).ledger
        assert [r.status for r in ledger.recent()] == ["published", "skipped"]
        assert ledger.left() == []
        assert publish.is_whole(settings.reports, slow.later)


class TestFullDisk:
    def test_a_ledger_that_cannot_be_written_is_no_fault_of_the_notebook(self, settings, tmp_path):
        error = LedgerError("The ledger cannot be used: database or disk is full.")
        (spec,) = specs(settings, "cohort")
        record = making.failed(runner._new(spec), tmp_path, error)
        assert record.cause == "infrastructure"
        assert not record.comes_again

    def test_a_ledger_without_leave_says_what_to_do(self, settings):
        ledger = Shelf(settings).ledger
        ledger.path.unlink()
        ledger.path.mkdir()
        with pytest.raises(LedgerError, match=r"cannot be used: unable to open.* insights doctor"):
            ledger.recent()


class TestSkip:
    def test_a_second_run_with_nothing_changed_is_skipped_and_names_the_first(self, settings):
        first = run_reports(settings, specs(settings))
        second = run_reports(settings, specs(settings))
        assert (statuses(first), statuses(second)) == (["published"] * 2, ["skipped"] * 2)
        assert [r.run_id for r in second] == [r.run_id for r in first]

    def test_force_runs_anyway(self, settings):
        run_reports(settings, specs(settings))
        assert statuses(run_reports(settings, specs(settings), force=True)) == ["published"] * 2

    @pytest.mark.parametrize("name", ["index.html", "analyst.html", "rows.csv"])
    def test_a_page_that_is_gone_or_was_changed_is_made_again(self, settings, name):
        (first,) = run_reports(settings, specs(settings, "cohort"))
        (settings.reports / first.home / name).write_text("edited")
        assert statuses(run_reports(settings, specs(settings, "cohort"))) == ["published"]
        (settings.reports / first.home / name).unlink()
        assert statuses(run_reports(settings, specs(settings, "cohort"))) == ["published"]

    def test_new_data_run_again(self, settings):
        run_reports(settings, specs(settings))
        load(settings, "L2")
        assert statuses(run_reports(settings, specs(settings))) == ["published"] * 2

    def test_an_index_that_is_gone_is_written_again(self, settings):
        run_reports(settings, specs(settings))
        (settings.reports / "index.html").unlink()
        assert statuses(run_reports(settings, specs(settings))) == ["skipped"] * 2
        assert (settings.reports / "index.html").is_file()

    @staticmethod
    def both(settings):
        (spec,) = specs(settings, "cohort")
        found = []
        both = [
            threading.Thread(target=lambda: found.append(run_report(settings, spec)))
            for _ in range(2)
        ]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        return found

    def test_two_runners_at_once_make_a_report_once(self, settings):
        assert sorted(statuses(self.both(settings))) == ["published", "skipped"]

    def test_what_fails_while_another_waits_for_it_is_not_tried_again(self, settings, monkeypatch):
        def fails(*_given):
            time.sleep(0.5)  # Long enough for the other to be waiting by then.
            return 1 / 0

        monkeypatch.setattr(making, "_execute", fails)
        found = self.both(settings)
        assert statuses(found) == ["failed"] * 2
        assert len({record.run_id for record in found}) == 1
        assert statuses(run_reports(settings, specs(settings, "cohort"))) == ["failed"]
        assert len(Shelf(settings).ledger.recent()) == 2


class TestPeople:
    """A notebook that stumbles on a row of a person, and pages that would show one."""

    ROW = "13800138000 wang.fang@example.com"

    @pytest.fixture
    def failed(self, tmp_path, monkeypatch):
        """A run that fails, and says why with a person's row."""

        def stumble(work, *_):
            trace = [f"KeyError: '\x1b[31m{self.ROW}\x1b[0m'"]
            output = new_output("error", ename="KeyError", evalue=self.ROW, traceback=trace)
            cell = new_code_cell(f"customers.loc['{self.ROW}']", outputs=[output])
            broken = new_notebook(cells=[cell])
            raise making._NotebookFailed(f"KeyError: {self.ROW}", trace[0], broken, work.record)

        monkeypatch.setattr(making, "_execute", stumble)
        settings = workspace(tmp_path, cohort=notebook())
        (record,) = run_reports(settings, specs(settings, "cohort"))
        return settings, record

    def test_nothing_that_is_shown_of_the_failure_names_the_person(self, failed):
        settings, record = failed
        said = [
            record.error,
            Shelf(settings).ledger.run(record.run_id).error,
            (settings.reports / "index.html").read_text(),
            (settings.reports / record.home / "failure.html").read_text(),
            (settings.reports / "runs" / record.run_id / "error.txt").read_text(),
        ]
        for text in said:
            assert "KeyError" in text
            assert "[mobile number]" in text
            assert "[e-mail address]" in text
            assert "138001" not in text
            assert "wang" not in text

    def test_a_failure_page_that_would_show_people_in_columns_is_not_made(
        self, tmp_path, monkeypatch
    ):
        def stumble(work, *_):
            table = new_output("display_data", data={"text/html": "<table><th>姓名</th></table>"})
            broken = new_notebook(cells=[new_code_cell("customers", outputs=[table])])
            raise making._NotebookFailed("KeyError: 'x'", "", broken, work.record)

        monkeypatch.setattr(making, "_execute", stumble)
        settings = workspace(tmp_path, cohort=notebook())
        (record,) = run_reports(settings, specs(settings, "cohort"))
        assert not (settings.reports / record.home).exists()
        error = settings.reports / "runs" / record.run_id / "error.txt"
        assert "a column called '姓名'" in error.read_text()
        assert "failure.html" not in (settings.reports / "index.html").read_text()

    @pytest.mark.parametrize("reader", ["ManagerExporter", "AnalystExporter"])
    def test_the_files_beside_either_page_are_searched(self, monkeypatch, reader):
        def export(self, _notebook):
            beside = {"rows.csv": f"顾客\r\n{TestPeople.ROW}".encode()}
            found = beside if type(self).__name__ == reader else {}
            return f"<!DOCTYPE html><head>{POLICY}</head>", {"outputs": found, "charts": 0}

        monkeypatch.setattr(exporter._PageExporter, "from_notebook_node", export)
        with pytest.raises(GateRefused, match="1 x mobile number"):
            making._pages(new_notebook())


class TestFailure:
    def test_what_the_gate_refuses_is_recorded_and_not_published(self, settings, monkeypatch):
        def refuse(_notebook):
            raise GateRefused("The page has NaN in its text.")

        monkeypatch.setattr(making, "_pages", refuse)
        (record,) = run_reports(settings, specs(settings, "cohort"))
        assert (record.status, record.reason) == ("failed", "The page has NaN in its text.")
        assert not (settings.reports / record.home).exists()
        assert Shelf(settings).ledger.run(record.run_id).settled

    def test_an_index_that_cannot_be_written_does_not_unmake_the_page(self, settings, monkeypatch):
        def broken(_self):
            raise ValueError("no template")

        with monkeypatch.context() as for_now:
            for_now.setattr(fakes.shelf.Shelf, "_write_index", broken)
            (record,) = run_reports(settings, specs(settings, "cohort"))
        assert record.status == "published"
        assert "index is not up to date" in record.error
        assert not Shelf(settings).ledger.run(record.run_id).settled
        # Whoever comes next mends it, also where the process that could not is still alive.
        run_reports(settings, specs(settings, "cohort"))
        assert Shelf(settings).ledger.run(record.run_id).settled

    def test_a_failure_leaves_the_page_before_it(self, settings, monkeypatch):
        (first,) = run_reports(settings, specs(settings, "cohort"))
        monkeypatch.setattr(making, "_pages", lambda _: 1 / 0)
        (second,) = run_reports(settings, specs(settings, "cohort"), force=True)
        assert second.status == "failed"
        assert (settings.reports / first.home / "index.html").is_file()
        ((good, bad),) = Shelf(settings).ledger.pages()
        assert (good.run_id, bad.run_id) == (first.run_id, second.run_id)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    root = tmp_path_factory.mktemp("real")
    settings = workspace(root, cohort=notebook(ANSWER), churn=notebook(ANSWER, "1 / 0"))
    before = (settings.notebooks / "cohort.ipynb").read_text()
    steps: list[runner.Step] = []
    records = run_reports(settings, specs(settings), progress=steps.append)
    assert (settings.notebooks / "cohort.ipynb").read_text() == before
    return settings, records, steps


class TestReal:
    """One good and one failing notebook through papermill and a kernel, side by side."""

    def test_both_pages_and_the_latest_are_there(self, ran):
        settings, (good, _), _ = ran
        home = settings.reports / good.home
        assert "Half of them came back." in (home / "index.html").read_text()
        assert "min_customers" in (home / "analyst.html").read_text()
        assert (settings.reports / good.latest).read_text() == (home / "index.html").read_text()

    def test_the_index_lists_the_page_and_the_failure(self, ran):
        settings, (good, bad), _ = ran
        index = (settings.reports / "index.html").read_text()
        for said in (good.headline, good.href, "division by zero", f"{bad.home}/failure.html"):
            assert said in index
        assert "ZeroDivisionError" in (settings.reports / bad.home / "failure.html").read_text()

    def test_the_index_leads_nowhere_but_to_what_is_published(self, ran):
        settings, _, _ = ran
        links = re.findall(r'href="\./([^"]+)"', (settings.reports / "index.html").read_text())
        assert len(links) >= 3
        assert all((settings.reports / unquote(link)).is_file() for link in links)
        assert not any(link.startswith("runs/") for link in links)

    def test_one_that_fails_does_not_keep_the_other_from_its_page(self, ran):
        settings, records, _ = ran
        assert statuses(records) == ["published", "failed"]
        assert (settings.reports / records[0].href).is_file()
        assert not (settings.reports / records[1].href).exists()

    def test_the_ledger_knows_what_the_page_says(self, ran):
        settings, (good, _), _ = ran
        kept = Shelf(settings).ledger.run(good.run_id)
        assert kept.headline == "Half of them came back."
        assert kept.kpis["facts"] == {"x.back": 0.5}
        assert [cell["ok"] for cell in kept.cells] == [True] * 3

    def test_a_failed_run_keeps_its_partial_notebook_and_traceback(self, ran):
        settings, (_, bad), _ = ran
        folder = settings.reports / "runs" / bad.run_id
        partial = json.loads((folder / "executed.ipynb").read_text())
        assert partial["cells"][-1]["outputs"][0]["ename"] == "ZeroDivisionError"
        assert "ZeroDivisionError" in (folder / "error.txt").read_text()
        assert bad.reason.startswith("ZeroDivisionError: division by zero (code cell 4 of 4")

    def test_the_executed_notebook_says_where_its_numbers_come_from(self, ran):
        settings, (good, _), _ = ran
        path = settings.reports / "runs" / good.run_id / "executed.ipynb"
        said = json.loads(path.read_text())["metadata"]["insights"]
        table = {"name": "orders", "title": "Orders", "version": 3, "rows": 12}
        assert said["tables"] == [table | {"fresh_to": "2017-12-31"}]
        assert (said["run_id"], said["load_id"], said["lang"]) == (good.run_id, "L1", "en")
        assert said["parameters"]["min_customers"] == 30

    def test_no_path_of_the_machine_is_in_the_executed_notebook(self, ran):
        settings, records, _ = ran
        for record in records:
            path = settings.reports / "runs" / record.run_id / "executed.ipynb"
            assert str(settings.root) not in path.read_text()

    def test_the_kernel_finds_its_context(self, ran):
        settings, (good, _), _ = ran
        path = settings.reports / "runs" / good.run_id / "context.json"
        assert json.loads(path.read_text()) == {
            "brand": "shop",
            "lang": "en",
            "load_id": "L1",
            "newer": {},
            "run_id": good.run_id,
            "workspace": str(settings.root),
        }

    def test_progress_goes_from_start_to_record(self, ran):
        _, _, steps = ran
        stages = [step.stage for step in steps if step.report == "cohort"]
        assert (stages[0], stages[1], stages[-2:]) == ("starting", "running", ["writing", "done"])
