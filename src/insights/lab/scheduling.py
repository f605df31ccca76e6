"""How does a job that somebody asks for in JupyterLab become a report? Through our runner.

jupyter-scheduler (extra `lab`) brings the form, the list of jobs and a clock that ticks only while
its server runs. Its jobs go the way of every run: ledger, gate, exporter, index. Whatever ends a
job, the list says so: a job whose process is gone is never left in progress.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
from jupyter_scheduler.environments import EnvironmentManager
from jupyter_scheduler.exceptions import SchedulerError
from jupyter_scheduler.executors import ExecutionManager
from jupyter_scheduler.models import JobFeature, RuntimeEnvironment, Status
from jupyter_scheduler.orm import Job
from jupyter_scheduler.scheduler import Scheduler
from jupyter_scheduler.utils import get_utc_timestamp
from traitlets import Type

from insights.errors import InsightsError, ParameterError, RunFailed
from insights.runs import RunRecord, load_catalog, plan, run_report
from insights.runs.shelf import Shelf
from insights.runs.spec import RunSpec
from insights.settings import FILE_NAME, Settings

BRAND = "brand"  # A job's parameter beside those of the notebook: whose data.
DIED = "The job died before its report was finished: its process is gone. Run it again."
_OPEN = (Status.IN_PROGRESS.value, Status.STOPPING.value)
_STARTING = 60.0  # Seconds in which a job's process has begun after the job was written down.


def settings_of(folder: Path | str) -> Settings:
    """Return the settings of the workspace that a server's folder lies in."""
    here = Path(folder).resolve()
    return Settings.load(next((f for f in (here, *here.parents) if (f / FILE_NAME).exists()), here))


def planned(settings: Settings, filename: str, given: Mapping[str, str] | None) -> RunSpec:
    """Settle the run that a job asks for; nothing is run.

    Parameters
    ----------
    settings : Settings
    filename : str
        Of the notebook, as the catalog has it.
    given : mapping or None
        The job's parameters as typed; ``brand`` says whose data.

    Raises
    ------
    ParameterError
        If no report has this notebook, or a parameter cannot be.
    """
    catalog = load_catalog(settings)
    known = [name for name, report in catalog.reports.items() if report.notebook == filename]
    if not known:
        raise ParameterError(
            f"'{filename}' is no report of notebooks/catalog.toml, and only reports are scheduled. "
            "`insights promote` says what a free notebook lacks to become one."
        )
    parameters = dict(given or {})
    return plan(settings, catalog, known[0], brand=parameters.pop(BRAND, None), given=parameters)


class ReportExecution(ExecutionManager):  # type: ignore[misc]
    """Runs a job by `run_report`, in a process of its own; the page goes where all pages go."""

    message = ""

    def execute(self) -> None:
        """Make the report.

        Raises
        ------
        RunFailed
            If it failed; the ledger has the run and its folder the notebook.
        """
        settings = settings_of(self.root_dir)
        spec = planned(settings, self.model.input_filename, self.model.parameters)
        record = run_report(settings, spec)
        if record.status == "failed":
            raise RunFailed(record.reason)
        self.message = said(record)

    def on_complete(self) -> None:
        """Write down that the job is done, and where its page is."""
        super().on_complete()
        with self.db_session() as session:
            job = session.query(Job).filter(Job.job_id == self.job_id)
            job.update({"status_message": self.message})
            session.commit()

    @staticmethod
    def validate(*_: Any) -> bool:
        """Let every notebook pass: `ReportJobs` has looked, and says in words what is wrong."""
        return True  # The scheduler calls this with the class given twice.

    @staticmethod
    def supported_features(*_: Any) -> dict[JobFeature, bool]:
        """Say what the form may offer."""
        offered = {JobFeature.job_name, JobFeature.parameters, JobFeature.job_definition}
        offered |= {JobFeature.stop_job, JobFeature.delete_job}
        return {feature: feature in offered for feature in JobFeature}


class ReportEnvironment(EnvironmentManager):  # type: ignore[misc]
    """The one environment there is. A job makes no files of its own: its page is in the index."""

    def list_environments(self) -> list[RuntimeEnvironment]:
        """Return this Python."""
        return [
            RuntimeEnvironment(
                name="insights",
                label="insights",
                description="The runner of the reports",
                file_extensions=["ipynb"],
                output_formats=[],
                metadata={"path": sys.executable},
            )
        ]

    def manage_environments_command(self) -> str:
        """Return '': there is nothing to manage."""
        return ""

    def output_formats_mapping(self) -> dict[str, str]:
        """Return no formats."""
        return {}


class ReportJobs(Scheduler):  # type: ignore[misc]
    """Jobs that are reports: what cannot be run is refused when it is asked for."""

    execution_manager_class = Type(
        klass="jupyter_scheduler.executors.ExecutionManager",
        default_value="insights.lab.scheduling.ReportExecution",
        config=True,
    )

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.reconcile()

    def create_job(self, model: Any) -> str:
        """Start a job, or refuse it in words."""
        self._refuse_unless_possible(model)
        return str(super().create_job(model))

    def create_job_definition(self, model: Any) -> str:
        """Write down a job that comes again, or refuse it in words."""
        self._refuse_unless_possible(model)
        model.output_formats = model.output_formats or []  # None would leave half a definition.
        return str(super().create_job_definition(model))

    def update_job_definition(self, job_definition_id: str, model: Any) -> None:
        """Change when a job comes again; which report it makes stays."""
        name = self.get_job_definition(job_definition_id).input_filename
        if model.input_uri and Path(model.input_uri).name != name:
            raise SchedulerError(f"This job makes '{name}'. For another report, make another job.")
        model.input_uri = None  # The form gives the bare name, and looks for it in the root.
        super().update_job_definition(job_definition_id, model)

    def list_jobs(self, query: Any) -> Any:
        """List jobs; none is in progress whose process is gone."""
        self.reconcile()
        return super().list_jobs(query)

    def get_job(self, job_id: str, job_files: bool | None = True) -> Any:
        """Return a job as it stands now."""
        self.reconcile()
        return super().get_job(job_id, job_files)

    def count_jobs(self, query: Any) -> int:
        """Count the jobs of a status."""
        self.reconcile()
        return int(super().count_jobs(query))

    def stop_job(self, job_id: str) -> None:
        """End a job, and what its run had begun."""
        super().stop_job(job_id)
        self._repair()

    def reconcile(self) -> int:
        """Say of each job whose process is gone that it died; return how many there were."""
        gone = 0
        with self.db_session() as session:
            for job in session.query(Job).filter(Job.status.in_(_OPEN)).all():
                if _at_work(job):
                    continue
                still = session.query(Job).filter(Job.job_id == job.job_id)
                # A job that ended between the two looks has said so itself, and is let be.
                gone += still.filter(Job.status.in_(_OPEN)).update(
                    {
                        "status": Status.FAILED.value,
                        "status_message": DIED,
                        "end_time": get_utc_timestamp(),
                    },
                    synchronize_session=False,
                )
            session.commit()
        if gone:
            self._repair()
        return gone

    def _repair(self) -> None:
        """Let the ledger know at once; the next run would find out, too."""
        try:
            Shelf(settings_of(self.root_dir)).repair()
        except InsightsError as error:
            self.log.warning("The runs could not be looked after: %s", error)

    def _refuse_unless_possible(self, model: Any) -> None:
        try:
            settings = settings_of(self.root_dir)
            name = model.input_filename or Path(model.input_uri).name
            # Of a job that comes again the notebook is a copy; it was looked at the first time.
            if not getattr(model, "job_definition_id", None):
                asked = (Path(self.root_dir) / model.input_uri).resolve()
                if asked != (settings.notebooks / name).resolve():
                    raise ParameterError(
                        f"'{model.input_uri}' is not in the notebooks folder, and only reports are "
                        "scheduled. `insights promote` says what a free notebook lacks."
                    )
            planned(settings, name, model.parameters)
        except InsightsError as error:
            raise SchedulerError(str(error)) from error


def said(record: RunRecord) -> str:
    """Say what became of a run, and where its page is."""
    return f"{record.status}: reports/{record.href}"


def _at_work(job: Any) -> bool:
    """Whether the job's process runs. Ids are used again, so its start counts, too."""
    created = job.create_time / 1000
    if job.pid is None:  # Not written down yet; where it never was, its server died at that moment.
        return bool(get_utc_timestamp() / 1000 - created < _STARTING)
    try:
        process = psutil.Process(job.pid)
        begun = process.create_time()
        return bool(process.status() != psutil.STATUS_ZOMBIE and abs(begun - created) < _STARTING)
    except psutil.NoSuchProcess:
        return False
