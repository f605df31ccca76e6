"""What is JupyterLab started with, so that it is at home in a workspace?

With the workspace as its folder, the launcher's cards, and, where the extra `lab` is there, jobs
that are reports. Nothing is written into anybody's Jupyter settings.
"""

import os
import sys
from collections.abc import Sequence
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from insights.errors import ParameterError
from insights.settings import WORKSPACE_VARIABLE, Settings

START = "start_here.ipynb"
# Nobody's list of installed packages and nobody's visit is told to the outside.
QUIET = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
)
JOBS = "lab"  # Beside the runs: the scheduler's own list and its copies of notebooks.


def arguments(settings: Settings, notebook: str = START) -> list[str]:
    """Return the arguments of a JupyterLab that opens a notebook of the workspace.

    Raises
    ------
    ParameterError
        If there is no such notebook.
    """
    shown = settings.notebooks / notebook
    if not shown.is_file():
        raise ParameterError(f"There is no notebooks/{notebook}. Name one that is there.")
    path = shown.relative_to(settings.root).as_posix()
    return [
        f"--ServerApp.root_dir={settings.root}",
        f"--LabApp.default_url=/lab/tree/{path}",
        f"--LabApp.extra_labextensions_path={files('insights.lab') / 'labextensions'}",
        *QUIET,
        *(_jobs(settings) if find_spec("jupyter_scheduler") else ()),
    ]


def _jobs(settings: Settings) -> list[str]:
    """Return what makes jobs reports, with everything of theirs within the workspace."""
    kept = settings.reports / "runs" / JOBS
    kept.mkdir(parents=True, exist_ok=True)
    scheduling = "insights.lab.scheduling"
    return [
        f"--SchedulerApp.db_url=sqlite:///{kept / 'jobs.sqlite'}",
        f"--SchedulerApp.scheduler_class={scheduling}.ReportJobs",
        f"--SchedulerApp.environment_manager_class={scheduling}.ReportEnvironment",
        f"--BaseScheduler.staging_path={kept / 'staged'}",
        f"--BaseScheduler.output_directory={(kept / 'copies').relative_to(settings.root)}",
    ]


def start(settings: Settings, notebook: str = START, extra: Sequence[str] = ()) -> NoReturn:
    """Become a JupyterLab: this process is its server, so that what ends one ends the other."""
    given = [*arguments(settings, notebook), *extra]
    os.environ[WORKSPACE_VARIABLE] = str(settings.root)
    # A terminal in it finds `insights`, though nobody activated anything.
    here = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([here, os.environ.get("PATH", "")])
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "insights.lab.jupyter", *given])  # noqa: S606
