"""A job of JupyterLab is a run like any other, and never in progress once its process is gone."""

import subprocess
import sys
import time
from urllib.parse import quote

import pytest
from jupyter_scheduler.exceptions import SchedulerError
from jupyter_scheduler.models import (
    CreateJob,
    CreateJobDefinition,
    ListJobsQuery,
    Status,
    UpdateJobDefinition,
)
from jupyter_scheduler.orm import Job, JobDefinition, create_session, create_tables
from jupyter_scheduler.utils import get_utc_timestamp
from traitlets.config import Config

from insights.errors import NoWorkspace, ParameterError, RunFailed
from insights.lab import scheduling, workspace
from insights.lab.scheduling import DIED, ReportEnvironment, ReportExecution, ReportJobs
from insights.runs.ledger import Ledger
from tests.store.shop import Shop, batch, order

REPORT = "data_health"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a workspace with the notebooks of the package and a small lake."""
    root = tmp_path_factory.mktemp("place")
    workspace.make(root)
    with (root / "insights.toml").open("a") as settings:
        settings.write('\n[brands.shop]\ncurrency = "USD"\n')
    shop = Shop(root)
    rows = [
        order(f"o{n}", f"2017-{1 + n % 12:02}-10 10:00:00", "20", f"c{n % 20}") for n in range(60)
    ]
    shop.load(batch("orders", *rows, file="orders.csv"))
    return shop.settings


@pytest.fixture
def jobs(place, tmp_path):
    url = f"sqlite:///{tmp_path / 'jobs.sqlite'}"
    create_tables(url)
    return ReportJobs(
        root_dir=str(place.root),
        environments_manager=ReportEnvironment(),
        db_url=url,
        config=Config({"BaseScheduler": {"staging_path": str(tmp_path / "staged")}}),
    )


def asked(uri=f"notebooks/{REPORT}.ipynb", **parameters):
    return CreateJob(
        input_uri=uri, name="x", runtime_environment_name="insights", parameters=parameters
    )


def recurring(job, schedule):
    """Return what asks for the same job again and again."""
    return CreateJobDefinition(**job.dict(exclude_none=True), schedule=schedule)


def written(jobs, **about):
    """Write a job down as its server would have; return its id."""
    with create_session(jobs.db_url)() as session:
        job = Job(
            name="x",
            runtime_environment_name="insights",
            input_filename=f"{REPORT}.ipynb",
            output_formats=[],
            **{"status": Status.IN_PROGRESS.value, **about},
        )
        session.add(job)
        session.commit()
        return job.job_id


@pytest.fixture
def process():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as started:
        yield started
        started.kill()


class TestAJobWhoseProcessIsGone:
    def test_is_said_to_have_died_when_the_server_is_back(self, jobs, process):
        job = written(jobs, pid=process.pid)
        assert jobs.get_job(job).status == Status.IN_PROGRESS, "it still runs"
        process.kill()
        process.wait()
        again = ReportJobs(
            root_dir=jobs.root_dir, environments_manager=ReportEnvironment(), db_url=jobs.db_url
        )
        found = again.get_job(job)
        assert (found.status, found.status_message) == (Status.FAILED, DIED)
        assert found.end_time

    def test_is_told_by_its_start_where_the_id_is_another_processs_by_now(self, jobs, process):
        long_ago = get_utc_timestamp() - 3_600_000
        job = written(jobs, pid=process.pid, create_time=long_ago)
        assert jobs.get_job(job).status == Status.FAILED

    def test_was_never_begun_where_the_server_died_at_that_moment(self, jobs):
        job = written(jobs, pid=None, create_time=get_utc_timestamp() - 3_600_000)
        young = written(jobs, pid=None)
        assert jobs.get_job(job).status == Status.FAILED
        assert jobs.get_job(young).status == Status.IN_PROGRESS

    def test_keeps_what_it_said_itself(self, jobs):
        job = written(jobs, pid=1, status=Status.COMPLETED.value, status_message="published")
        assert jobs.reconcile() == 0
        assert jobs.get_job(job).status_message == "published"


class TestWhatCannotBeRun:
    @pytest.mark.parametrize(
        ("job", "said"),
        [
            (asked("notebooks/start_here.ipynb"), "is no report of notebooks/catalog.toml"),
            (asked("notebooks/research/data_health.ipynb"), "is not in the notebooks folder"),
            (asked(brnd="x"), "brnd"),
            (asked(brand="nobody"), "no brand called 'nobody'"),
            (asked(as_of="2030-01-01"), "2030-01-01"),
        ],
        ids=["no report", "another folder", "parameter", "brand", "day"],
    )
    def test_is_refused_when_it_is_asked_for(self, jobs, place, job, said):
        here = place.notebooks / "research" / f"{REPORT}.ipynb"
        here.write_bytes((place.notebooks / f"{REPORT}.ipynb").read_bytes())
        with pytest.raises(SchedulerError, match=said):
            jobs.create_job(job)
        with pytest.raises(SchedulerError, match=said):
            jobs.create_job_definition(recurring(job, "0 9 * * 1"))
        with create_session(jobs.db_url)() as session:
            assert session.query(Job).count() == session.query(JobDefinition).count() == 0

    def test_a_folder_that_is_no_workspace_says_so(self, tmp_path):
        with pytest.raises(NoWorkspace, match="has no insights"):
            scheduling.settings_of(tmp_path)

    def test_a_parameter_is_one_of_the_notebooks(self, place):
        spec = scheduling.planned(place, f"{REPORT}.ipynb", {"lang": "en", "brand": "shop"})
        assert (spec.lang, spec.brand.name) == ("en", "shop")
        with pytest.raises(ParameterError, match="only reports are scheduled"):
            scheduling.planned(place, "x.ipynb", None)


class TestAJob:
    @pytest.fixture
    def execution(self, jobs):
        job = written(jobs, status=Status.STOPPED.value, parameters={"lang": "en"})
        return ReportExecution(job, jobs.root_dir, jobs.db_url, {})

    def test_that_fails_has_the_reason_of_its_run(self, jobs, execution, monkeypatch, capsys):
        record = type("Record", (), {"status": "failed", "reason": "Too few customers."})
        monkeypatch.setattr(scheduling, "run_report", lambda settings, spec: record)
        execution.process()
        found = jobs.get_job(execution.job_id)
        assert (found.status, found.status_message) == (Status.FAILED, "Too few customers.")
        assert RunFailed.__name__ in capsys.readouterr().err

    def test_that_is_done_says_where_its_page_is(self, jobs, execution, monkeypatch):
        record = type("Record", (), {"status": "published", "href": "shop/x/index.html"})
        monkeypatch.setattr(scheduling, "run_report", lambda settings, spec: record)
        execution.process()
        found = jobs.get_job(execution.job_id)
        assert found.status == Status.COMPLETED
        assert found.status_message == "published: reports/shop/x/index.html"


class TestAJobThatComesAgain:
    def test_may_come_at_another_time(self, jobs):
        definition = jobs.create_job_definition(recurring(asked(lang="en"), "0 9 * * 1"))
        # What the form of JupyterLab sends: the notebook's name without its folder.
        edited = UpdateJobDefinition(input_uri=f"{REPORT}.ipynb", schedule="30 7 * * *")
        jobs.update_job_definition(definition, edited)
        found = jobs.get_job_definition(definition)
        assert (found.schedule, found.parameters) == ("30 7 * * *", {"lang": "en"})

    def test_does_not_become_another_report(self, jobs):
        definition = jobs.create_job_definition(recurring(asked(lang="en"), "0 9 * * 1"))
        other = UpdateJobDefinition(input_uri="notebooks/start_here.ipynb", schedule="0 9 * * 1")
        with pytest.raises(SchedulerError, match="make another job"):
            jobs.update_job_definition(definition, other)
        assert jobs.get_job_definition(definition).input_filename == f"{REPORT}.ipynb"


@pytest.mark.slow
class TestARealJob:
    def wait(self, jobs, job, *statuses, within=240):
        for _ in range(within * 2):
            found = jobs.get_job(job)
            if found.status in statuses:
                return found
            time.sleep(0.5)
        raise AssertionError(f"still {found.status}")

    def test_is_in_the_ledger_and_on_the_index(self, jobs, place):
        job = jobs.create_job(asked(lang="en"))
        found = self.wait(jobs, job, Status.COMPLETED, Status.FAILED)
        assert found.status == Status.COMPLETED, found.status_message
        (record,) = Ledger(place.reports / "runs").recent(1)
        assert (record.report, record.status) == (REPORT, "published")
        assert found.status_message == f"published: reports/{record.href}"
        assert quote(record.latest) in (place.reports / "index.html").read_text("utf-8")

    def test_that_comes_again_is_run_when_its_time_has_come(self, jobs, place):
        ledger = Ledger(place.reports / "runs")
        before = {record.run_id for record in ledger.recent(99)}
        # A day of its own, or nothing has changed since the job above; the last field is seconds.
        job = recurring(asked(lang="en", as_of="2017-11-30"), "* * * * * */10")
        definition = jobs.create_job_definition(job)
        query = ListJobsQuery(job_definition_id=definition)
        assert not jobs.list_jobs(query).jobs, "it is only written down"
        within = time.monotonic() + 30
        while not jobs.list_jobs(query).jobs and time.monotonic() < within:
            time.sleep(0.2)
            jobs.task_runner.process_queue()  # As its server does every ten seconds.
        (job,) = jobs.list_jobs(query).jobs
        found = self.wait(jobs, job.job_id, Status.COMPLETED, Status.FAILED)
        assert found.status == Status.COMPLETED, found.status_message
        (record,) = (one for one in ledger.recent(99) if one.run_id not in before)
        assert (record.report, record.status) == (REPORT, "published")
        assert found.status_message == f"published: reports/{record.href}"

    def test_that_is_killed_is_in_progress_nowhere(self, jobs, place):
        job = jobs.create_job(asked(lang="zh-CN"))
        ledger = Ledger(place.reports / "runs")
        self.wait(jobs, job, Status.IN_PROGRESS)
        while not (ledger.recent(1) and ledger.recent(1)[0].status == "running"):
            assert jobs.get_job(job).status == Status.IN_PROGRESS
            time.sleep(0.1)
        with create_session(jobs.db_url)() as session:
            pid = session.query(Job).filter(Job.job_id == job).one().pid
        subprocess.run(["kill", "-KILL", str(pid)], check=True)
        found = self.wait(jobs, job, Status.FAILED, Status.COMPLETED, within=10)
        assert (found.status, found.status_message) == (Status.FAILED, DIED)
        assert ledger.recent(1)[0].status == "failed", "and the ledger knows"
