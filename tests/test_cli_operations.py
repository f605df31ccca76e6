"""The commands of whoever keeps the suite running, as they are typed."""

import json
import re
from pathlib import Path

import pytest

from insights import cli
from insights.runs import making
from insights.runs.ledger import now
from insights.runs.processes import this_process
from insights.runs.shelf import Shelf
from tests.runs import fakes
from tests.runs.conftest import notebook, workspace


@pytest.fixture
def settings(tmp_path, monkeypatch):
    fakes.install("page", monkeypatch.setattr)
    monkeypatch.chdir(tmp_path)
    return workspace(tmp_path, cohort=notebook())


@pytest.fixture
def insights(settings, capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err

    return run


class TestShow:
    def test_before_any_run_it_says_what_to_do(self, insights):
        code, _, err = insights("show", "last")
        assert (code, "Make some reports: insights run" in err) == (2, True)

    def test_a_run_is_found_by_its_id_its_ends_and_as_the_last(self, insights, settings):
        run_id = fakes.run(settings).run_id
        for name in (run_id, run_id[:20], run_id[-6:], "last"):
            assert insights("show", name)[1].startswith(f"{run_id}: published in ")

    def test_an_unknown_run_is_refused_with_the_newest(self, insights, settings):
        run_id = fakes.run(settings).run_id
        code, _, err = insights("show", "nowhere")
        assert code == 2
        assert "No run is called 'nowhere'." in err
        assert run_id in err

    def test_a_failure_shows_parameters_traceback_cells_and_what_is_kept(
        self, insights, settings, monkeypatch
    ):
        monkeypatch.setattr(making, "_pages", lambda _: 1 / 0)
        record = fakes.run(settings)
        cells = [
            {"cell": 1, "heading": "Back?", "seconds": 0.25, "ok": True},
            {"cell": 2, "heading": "Answer", "seconds": 0.5, "ok": False},
            {"cell": 3, "heading": "Answer", "seconds": None, "ok": False},
        ]
        Shelf(settings).ledger.write(record.but(cells=cells))
        code, out, _ = insights("show", "last")
        assert code == 0
        for said in (
            "ZeroDivisionError: division by zero (laid to: notebook)",
            "min_customers  30",
            "0.25 s  Back?",
            "0.50 s  Answer (failed)",
            "-       Answer (not run)",
            "Traceback (most recent call last)",
            f"kept: reports/runs/{record.run_id}/error.txt",
        ):
            assert said in out

    def test_in_json_it_has_the_tables_that_were_read(self, insights, settings):
        record = fakes.run(settings)
        tables = [{"name": "orders", "version": 3, "rows": 12, "fresh_to": "2017-12-31"}]
        executed = Shelf(settings).folder(record.run_id) / "executed.ipynb"
        executed.write_text(json.dumps({"metadata": {"insights": {"tables": tables}}}))
        said = json.loads(insights("show", "last", "--json")[1])
        assert (said["tables"], said["died"]) == (tables, False)
        assert "orders" in insights("show", "last")[1]


class TestStatus:
    def test_a_run_at_work_shows_its_cell_and_when_it_was_heard_of(self, insights, settings):
        record = fakes.run(settings)
        at_work = record.but(
            run_id="3", status="running", settled=False, process=this_process(), started_at=now()
        )
        ledger = Shelf(settings).ledger
        ledger.write(at_work)
        ledger.beat("3", "cell 2 of 4: Answer")
        out = insights("status")[1]
        assert "cell 2 of 4: Answer (last heard of 0 s ago)" in out
        assert "0 s so far" in out
        newest = json.loads(insights("status", "--json")[1])[0]
        assert (newest["doing"], newest["died"]) == ("cell 2 of 4: Answer", False)


class TestDoctor:
    def test_what_is_bad_ends_with_1(self, insights, settings, monkeypatch):
        monkeypatch.setenv("INSIGHTS_KERNELS", "plain")
        assert insights("doctor")[0] == 0
        (settings.notebooks / "catalog.toml").write_text("[reports")
        code, out, _ = insights("doctor", "--json")
        bad = [one["about"] for one in json.loads(out) if one["state"] == "bad"]
        assert (code, bad) == (1, ["catalog"])


class TestPrune:
    def test_it_says_how_much_went_and_a_dry_run_what_would(self, insights, settings):
        for _ in range(3):
            oldest = fakes.run(settings)
        code, out, _ = insights("prune", "--days", "0", "--keep", "2", "--dry-run")
        assert code == 0
        assert out.splitlines()[-1].startswith("1 run folders and 0 pages would go: 0.0 MB")
        said = json.loads(insights("prune", "--days", "0", "--keep", "2", "--json")[1])
        assert (len(said["runs"]), said["removed"]) == (1, True)
        assert Shelf(settings).folder(oldest.run_id).is_dir()


class TestSchedule:
    def test_without_install_the_system_is_not_touched(self, insights, tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
        code, out, _ = insights("schedule", "install", "--to", "timer")
        assert code == 0
        assert "Nothing was set up" in out
        assert len(list(Path("timer").iterdir())) == 2

    def test_an_unknown_timer_is_refused(self, insights):
        code, _, err = insights("schedule", "install", "--to", "x", "--kind", "launchd")
        assert (code, "Known: systemd, cron" in err) == (2, True)

    def test_show_names_the_next_moment(self, insights, settings):
        assert "No report" in insights("schedule", "show")[1]
        path = settings.notebooks / "catalog.toml"
        path.write_text(path.read_text() + '\nschedule = { cron = "0 7 * * *" }')
        assert "cohort  shop   -      0 7 * * *" in insights("schedule", "show")[1]
        (one,) = json.loads(insights("schedule", "show", "--json", "-n", "2")[1])
        assert len(one["moments"]) == 2

    def test_show_says_when_promotion_days_come_and_what_holds_on_them(self, insights, settings):
        path = settings.notebooks / "catalog.toml"
        special = '{ days = "double_11", also = "0 19 * * *" }'
        said = f'schedule = {{ cron = "0 7 * * *", special = [{special}] }}'
        path.write_text(f"{path.read_text()}\n{said}")
        shown = insights("schedule", "show")[1]
        assert re.search(
            r"cohort of shop, \d{4}-10-31 to \d{4}-11-11 \(Double 11\): also 0 19 \* \* \*", shown
        )
        (one,) = json.loads(insights("schedule", "show", "--json")[1])
        assert one["special"][0]["why"] == "Double 11"
