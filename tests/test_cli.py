import inspect
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from insights import cli
from insights.runs import making, spec
from insights.runs.shelf import Shelf
from tests.runs import fakes
from tests.runs.conftest import notebook, workspace


@pytest.fixture
def settings(tmp_path, monkeypatch):
    fakes.install("page", monkeypatch.setattr)
    monkeypatch.chdir(tmp_path)
    return workspace(tmp_path, cohort=notebook(), churn=notebook())


@pytest.fixture
def insights(settings, capsys):
    """Run the command in this process; returns (exit code, stdout, stderr)."""

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err

    return run


class TestRun:
    def test_without_a_name_the_main_reports_are_made_and_the_index_is_the_last_word(
        self, insights
    ):
        code, out, err = insights("run")
        lines = out.splitlines()
        assert code == 0
        assert [line.split(":")[0] for line in lines[:2]] == ["cohort", "churn"]
        assert all("published" in line and "It holds." in line for line in lines[:2])
        assert lines[-1] == "reports/index.html"
        assert "cohort: starting" in err

    def test_a_second_run_says_what_it_skipped_and_since_when(self, insights, settings):
        insights("run")
        code, out, _ = insights("run", "cohort")
        (run_id,) = [r.name for r in (settings.reports / "runs").glob("*cohort*")]
        assert (code, out.splitlines()[0]) == (
            0,
            f"cohort: skipped, nothing changed since {run_id}",
        )

    def test_a_failed_report_ends_with_1_and_says_why_and_where(
        self, insights, monkeypatch, settings
    ):
        monkeypatch.setattr(making, "_pages", lambda _: 1 / 0)
        code, out, _ = insights("run", "cohort")
        assert code == 1
        assert "cohort: failed: ZeroDivisionError: division by zero" in out
        assert "error.txt" in out
        assert "shop, 2017-12-31. What was published before still stands." in out
        assert "An analyst has to look at it in working hours" in " ".join(out.split())
        assert f"insights show {Shelf(settings).ledger.newest_id()}" in out

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            (["cohorts"], "Did you mean 'cohort'?"),
            (["cohort", "-p", "as_off=2017-12-31"], "Did you mean 'as_of'?"),
            (["cohort", "-p", "min_customers=few"], "min_customers must be a whole number"),
            (["cohort", "--as-of", "2017-02-30"], "must be a day that exists"),
            (["cohort", "--as-of", "2017-12-31", "-p", "as_of=2017-11-30"], "Give one of them"),
            (["cohort", "--as-of", "2999-01-01"], "not over yet"),
            (["cohort", "--as-of", "2016-01-01"], "from 2017-01-01 to 2017-12-31"),
            (["cohort", "--lang", "fr"], "zh-CN, en"),
            (["cohort", "--brand", "shops"], "Did you mean 'shop'?"),
            (["cohort", "-p", "min_customers"], "-p takes NAME=VALUE"),
            (["cohort", "-p", "live=true", "-p", "live=false"], "given twice"),
            (["cohort", "--as-off", "2017-12-31"], "No such option"),
            (["cohort", "--all"], "--all means every report"),
            (["--executor", "spark://x"], "There is no executor 'spark://x'. Known: 'local'"),
            (["--executor", "dask://"], "'dask://' is no address"),
            (["--executor", "dask://x:port"], "write dask://HOST:PORT"),
        ],
    )
    def test_what_cannot_be_is_refused_with_2_before_anything_is_written(
        self, insights, settings, asked, said
    ):
        code, out, err = insights("run", *asked)
        assert (code, out) == (2, "")
        assert said in " ".join(err.replace("│", " ").split())
        assert "Traceback" not in err
        assert not settings.reports.exists()

    def test_an_empty_lake_is_2_and_names_the_command_that_fills_it(self, insights, settings):
        (settings.data / "shop" / "lake" / "current.json").unlink()
        code, _, err = insights("run")
        assert code == 2
        assert "insights ingest" in err

    def test_as_of_given_twice_and_equal_is_fine(self, insights):
        code, _, _ = insights("run", "cohort", "--as-of", "2017-06-30", "-p", "as_of=2017-06-30")
        assert code == 0

    def test_due_runs_what_the_schedules_ask_for_and_says_what_waits(self, insights, settings):
        path = settings.notebooks / "catalog.toml"
        path.write_text(f'{path.read_text()}\nschedule = {{ cron = "0 7 * * *" }}\n')
        code, out, _ = insights("run", "--due", "--since", "2017-12-30", "--until", "2017-12-31")
        assert code == 0
        assert out.count("published in") == 2
        code, out, _ = insights("run", "--due", "--since", "2017-12-30", "--until", "2018-01-03")
        assert out.count("published in") == 1
        assert "2018-01-02: waits for data of 2018-01-02: the newest order is of" in out

    def test_due_takes_its_parameters_from_the_catalog_alone(self, insights):
        code, _, err = insights("run", "--due", "--lang", "en")
        assert (code, "Leave out --brand" in err) == (2, True)

    def test_json_is_one_value_on_stdout(self, insights):
        code, out, err = insights("run", "cohort", "--json", "-p", "min_customers=20")
        said = json.loads(out)
        assert (code, err, said["index"]) == (0, "", "reports/index.html")
        (report,) = said["reports"]
        assert report["href"] == "shop/cohort/2017-12-31/min_customers=20/index.html"
        assert report["status"] == "published"


class TestStatus:
    def test_before_any_run_it_says_so_and_writes_nothing(self, insights, settings):
        assert insights("status")[:2] == (0, "Nothing was run yet.\n")
        assert not settings.reports.exists()

    def test_lists_the_runs_newest_first(self, insights):
        insights("run")
        rows = json.loads(insights("status", "--json")[1])
        assert {row["report"] for row in rows} == {"cohort", "churn"}
        assert [row["run_id"] for row in rows] == sorted((r["run_id"] for r in rows), reverse=True)
        assert "It holds." in insights("status")[1]


class TestTables:
    def test_lists_rows_and_days(self, insights):
        code, out, _ = insights("tables")
        assert code == 0
        assert "orders" in out
        assert "2017-12-31" in out


class TestIngest:
    def test_an_unknown_source_is_2(self, insights):
        code, _, err = insights("ingest", "nowhere")
        assert code == 2
        assert "nowhere" in err


class TestCommand:
    def test_says_its_version(self, insights):
        assert insights("--version")[1] == "0.1.0\n"

    def test_outside_a_workspace_it_says_what_is_missing(self, insights, tmp_path, monkeypatch):
        empty = tmp_path / "empty"
        empty.mkdir()
        monkeypatch.setenv("INSIGHTS_WORKSPACE", str(empty))
        code, _, err = insights("run")
        assert code == 2
        assert "insights.toml" in err

    def test_a_run_with_nothing_to_do_loads_neither_pandas_nor_jupyter(self, insights, settings):
        # The package's files are read once a process; someone may have edited one since.
        spec._package_hash.cache_clear()
        insights("run")
        program = (
            "import sys\nfrom insights import cli\n"
            "try:\n    cli.main(['run'])\nexcept SystemExit as end:\n"
            "    heavy = {'pandas', 'papermill', 'nbconvert', 'deltalake', 'duckdb'}\n"
            "    sys.exit(f'{end.code} {sorted(heavy & set(sys.modules))}')"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=settings.root,
            env=os.environ | {"INSIGHTS_WORKSPACE": str(settings.root)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "skipped" in done.stdout
        assert done.stderr.splitlines()[-1] == "0 []"


class TestInterrupt:
    """A runner that is told to stop, or is shot, leaves no kernel and no run at work."""

    @pytest.mark.parametrize(
        "number",
        [
            signal.SIGTERM,
            pytest.param(signal.SIGINT, marks=pytest.mark.slow),
            pytest.param(signal.SIGKILL, marks=pytest.mark.slow),
        ],
    )
    def test_nothing_is_left_at_work(self, tmp_path, number):
        asleep = "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)"
        settings = workspace(tmp_path, cohort=notebook(asleep))
        command = [sys.executable, "-m", "insights", "run"]
        with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE) as runner_process:
            kernel = _pid_of_kernel(settings)
            time.sleep(0.3)
            runner_process.send_signal(number)
            runner_process.communicate(timeout=180)
        assert runner_process.returncode != 0
        assert _gone(kernel)
        shelf = Shelf(settings)
        shelf.repair()
        (record,) = shelf.ledger.recent()
        assert record.status == "failed"
        said = "The run died" if number == signal.SIGKILL else "The run was interrupted"
        assert record.reason.startswith(said)


def _pid_of_kernel(settings):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for path in settings.reports.glob("runs/*/pid"):
            if text := path.read_text():
                return int(text)
        time.sleep(0.05)
    pytest.fail("the kernel did not start")


def _gone(pid):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.1)
    return False


def _commands(app, before=()):
    """Yield every command of the line with its words."""
    for one in app.registered_commands:
        name = one.name or one.callback.__name__.replace("_", "-").strip("-")
        yield (*before, name), one.callback
    for group in app.registered_groups:
        typer = group.typer_instance
        yield from _commands(typer, (*before, group.name) if group.name else before)


def test_every_command_that_answers_can_answer_in_json():
    answering = {
        words: inspect.signature(callback).parameters for words, callback in _commands(cli.app)
    }
    without = {" ".join(words) for words, given in answering.items() if "as_json" not in given}
    assert without == {"lab", "serve"}
