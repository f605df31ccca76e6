"""Making a page: the notebook's run, its export and the gate, all within one private folder.

It touches neither the ledger nor the shelf, so that it can be done on another machine, whose folder
is handed back when it is finished.
"""

import json
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any

from insights.errors import InsightsError, LakeError, LedgerError, RunFailed
from insights.lean import without_address_grammar
from insights.reporting.personal import redacted
from insights.runs import context, disk, publish
from insights.runs.ledger import History, now
from insights.runs.record import RunRecord
from insights.runs.secrecy import without_secrets
from insights.runs.spec import RunSpec
from insights.settings import Settings

EXECUTED = "executed.ipynb"
ERROR = "error.txt"

_loading = Lock()
_exporting = Lock()  # nbconvert and matplotlib are not written for two threads at once.


@dataclass(frozen=True)
class Step:
    """Where a run stands: `stage` is starting, running, writing or done; `home` tells it apart."""

    report: str
    home: str
    stage: str
    done: int = 0
    cells: int = 0
    heading: str = ""
    record: RunRecord | None = None

    @property
    def said(self) -> str:
        """What is being done, for who asks from another process."""
        if self.stage != "running":
            return self.stage
        return f"cell {self.done + 1} of {self.cells}{self.heading and f': {self.heading}'}"


Progress = Callable[[Step], None]


@dataclass(frozen=True)
class Work:
    """A run to be made: what it is, and the runs that it is held against."""

    settings: Settings
    spec: RunSpec
    record: RunRecord
    history: History


def make(work: Work, folder: Path, tell: Progress) -> RunRecord:
    """Run a report's notebook in a folder and lay its page there, ready to be published.

    Returns
    -------
    RunRecord
        With status `running` and the page's files where it may be published; else `failed`, and
        the folder has the partial notebook and the reason.
    """
    began = time.perf_counter()
    spec, record = work.spec, work.record
    notebook: Any = None
    try:
        notebook, record = _execute(work, folder, tell)
        tell(Step(spec.report.name, spec.home, "writing"))
        _, sums = publish.stage(folder, _pages(notebook))
        return record.but(files=sums, ended_at=now(), seconds=time.perf_counter() - began)
    except Exception as error:  # a failed report is an outcome, not an exception
        lost = record.but(ended_at=now(), seconds=time.perf_counter() - began)
        return failed(lost, folder, error, notebook)


def failed(
    record: RunRecord, folder: Path, error: BaseException, notebook: Any = None
) -> RunRecord:
    """Return the record of a failure, and keep in its folder what there is of the run."""
    if isinstance(error, _NotebookFailed):
        trace, notebook = error.trace, error.notebook
        record = record.but(
            cells=error.record.cells, usage=error.record.usage, cause=error.record.cause
        )
        reason = str(error)
    elif isinstance(error, InsightsError):
        trace, reason = "", str(error)
        if isinstance(error, LedgerError):
            record = record.but(cause="infrastructure")
    elif isinstance(error, OSError):
        trace = "".join(traceback.format_exception(error))
        reason = f"The page could not be written: {error.strerror or error}."
        record = record.but(cause="infrastructure")
    else:
        trace = "".join(traceback.format_exception(error))
        reason = f"{type(error).__name__}: {error}"
    record = record.but(cause=record.cause or "notebook")
    record = record.but(
        status="failed", error=f"{reason}\n{trace}".rstrip(), headline="", kpis={}, files={}
    )
    publish.clear(folder)
    try:
        _keep(folder, record, notebook)
    except Exception as second:  # a full disk may refuse this too, and the row matters more
        record = record.but(error=f"{record.error}\nNot all of it could be kept: {second}")
    return record


def _execute(work: Work, folder: Path, tell: Progress) -> tuple[Any, RunRecord]:
    """Run the notebook in its folder; return it with the record that knows what it says."""
    settings, spec, record = work.settings, work.spec, work.record
    _load()
    from insights.runs import kernel  # noqa: PLC0415 - loaded by now
    from insights.runs.execute import execute  # noqa: PLC0415
    from insights.runs.explain import explain  # noqa: PLC0415 - loaded by now
    from insights.runs.provenance import answer_of, provenance  # noqa: PLC0415

    lake = context.load_of(settings, spec, spec.load_id)
    if lake is None:
        raise LakeError(
            f"Load {spec.load_id} of '{spec.brand.name}' is gone since the run was planned. "
            "Run the report again: it will read the load that took its place."
        )
    secrets = {settings.notify.variable(name) for name in settings.notify.to}
    context.write(folder, settings, spec, run_id=record.run_id, load_id=spec.load_id)
    execution = execute(
        spec.source,
        spec.parameters,
        folder=folder,
        environment=kernel.environment(folder, settings.root, folder.parent, secrets),
        limits=spec.report.limits,
        progress=lambda done, cells, heading: tell(
            Step(spec.report.name, spec.home, "running", done, cells, heading)
        ),
    )
    notebook = without_secrets(execution.notebook, named=secrets)
    notebook.metadata["insights"] = provenance(settings, spec, lake, record.run_id)
    _save(notebook, folder)
    usage = {
        "cpu_seconds": round(execution.usage.cpu_seconds, 2),
        "memory_mb": round(execution.usage.memory_mb, 1),
    }
    record = record.but(cells=execution.cells, usage=usage, cause=execution.cause)
    if execution.error:
        reason, trace = without_secrets([execution.error, execution.traceback], named=secrets)
        raise _NotebookFailed(reason, trace, notebook, record)
    headline, kpis = answer_of(notebook)
    record = record.but(headline=headline, kpis=kpis)
    notebook.metadata["insights"]["since"] = explain(settings, spec, record, work.history, folder)
    _save(notebook, folder)
    return notebook, record


def _save(notebook: Any, folder: Path) -> None:
    disk.write_whole(folder / EXECUTED, json.dumps(notebook, ensure_ascii=False, indent=1))


class _NotebookFailed(RunFailed):
    """Carries the partial notebook to where the failure is recorded."""

    def __init__(self, reason: str, trace: str, notebook: Any, record: RunRecord) -> None:
        super().__init__(reason)
        self.trace, self.notebook, self.record = trace, notebook, record


def _load() -> None:
    """Import what a run needs, one thread at a time: two at once fail in nbconvert's circles."""
    with _loading:
        without_address_grammar()
        for name in ("kernel", "execute", "provenance", "explain"):
            import_module(f"insights.runs.{name}")
        import_module("insights.reporting.exporter")


def _pages(notebook: Any) -> dict[str, bytes]:
    """Export both pages, past the gate; return the files to publish by name."""
    from insights.reporting.exporter import (  # noqa: PLC0415 - nbconvert loads when needed
        AnalystExporter,
        ManagerExporter,
    )
    from insights.reporting.gate import refuse_if_wrong  # noqa: PLC0415

    files: dict[str, bytes] = {}
    with _exporting:
        for name, exporter in (
            (publish.PAGE, ManagerExporter),
            (publish.ANALYST, AnalystExporter),
        ):
            html, resources = exporter().from_notebook_node(notebook)
            beside: dict[str, bytes] = resources["outputs"]
            refuse_if_wrong(html, expected_figures=resources["charts"], files=beside)
            files |= {**beside, name: html.encode()}
    return files


def _keep(folder: Path, record: RunRecord, notebook: Any) -> None:
    disk.write_whole(folder / ERROR, record.error + "\n")
    if notebook is not None:
        _failure_page(folder, notebook, record)


def _failure_page(folder: Path, notebook: Any, record: RunRecord) -> None:
    """Write the analyst's view of a failed run, where it can be made and hurts nobody."""
    from nbformat import from_dict  # noqa: PLC0415 - as above

    from insights.reporting.datafile import data_uri  # noqa: PLC0415
    from insights.reporting.exporter import AnalystExporter  # noqa: PLC0415
    from insights.reporting.gate import refuse_if_harmful  # noqa: PLC0415

    shown = from_dict(_redacted(notebook))
    shown.metadata.setdefault("insights", {})["error"] = record.reason
    try:
        with _exporting:
            html, resources = AnalystExporter().from_notebook_node(shown)
        # It stands alone: the files beside it belong to the page that was published before.
        for name, content in resources["outputs"].items():
            html = html.replace(f'href="{name}"', f'href="{data_uri(content.decode(), name)}"')
        refuse_if_harmful(html)
    except Exception as error:  # the traceback is in error.txt whatever this does
        record = record.but(error=f"{record.error}\n\nThere is no page of the failure: {error}")
        disk.write_whole(folder / ERROR, record.error + "\n")
    else:
        disk.write_whole(folder / publish.FAILURE, html)


def _redacted(part: Any) -> Any:
    """Return a notebook, or a part of one, with every text in it redacted."""
    if isinstance(part, str):
        return redacted(part)
    if isinstance(part, dict):
        return {name: _redacted(inner) for name, inner in part.items()}
    return [_redacted(inner) for inner in part] if isinstance(part, list) else part
