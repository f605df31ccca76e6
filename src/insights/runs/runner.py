"""The runner: one report from its specification to its page, whatever happens on the way.

`run_report` never raises for a report that fails; it records and returns it. A runner that is
killed leaves a row that the next one finds and mends.
"""

import json
import os
import secrets
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any

from insights.errors import InsightsError, LakeError, RunFailed
from insights.reporting.personal import redacted
from insights.runs import context, disk, publish
from insights.runs.ledger import now
from insights.runs.processes import this_process
from insights.runs.record import RunRecord
from insights.runs.shelf import Shelf
from insights.runs.spec import RunSpec
from insights.settings import Settings

WORKERS = 2  # Each kernel wants a core and most of a gigabyte.
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


Progress = Callable[[Step], None]


def run_reports(
    settings: Settings,
    specs: Sequence[RunSpec],
    *,
    force: bool = False,
    progress: Progress | None = None,
    workers: int | None = None,
) -> list[RunRecord]:
    """Make reports, two at a time where there are two cores; return their records in order."""
    shelf = Shelf(settings)
    shelf.repair()
    count = workers or min(WORKERS, os.cpu_count() or 1, len(specs))
    pool = ThreadPoolExecutor(max(count, 1), thread_name_prefix="report")
    futures: list[Future[RunRecord]] = []
    try:
        futures += [
            pool.submit(run_report, settings, spec, force=force, progress=progress)
            for spec in specs
        ]
        records = [future.result() for future in futures]
    except BaseException:
        # Interrupted: end the kernels, so that the threads come to an end and record the failure.
        from insights.runs import kernel  # noqa: PLC0415 - loaded already if anything runs

        pool.shutdown(wait=False, cancel_futures=True)
        while not all(future.done() for future in futures):
            kernel.end_all()  # Again and again: one may be starting at this very moment.
            time.sleep(0.1)
        raise
    pool.shutdown()
    stale = shelf.restore_index()
    return [record.but(error=record.error or stale) for record in records]


def run_report(
    settings: Settings,
    spec: RunSpec,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> RunRecord:
    """Make one report: skip, or execute, export, gate, publish and record it.

    Parameters
    ----------
    force : bool, default False
        Run even where nothing changed since the last published run.
    progress : callable, optional
        Called with a `Step` as the run goes on.

    Returns
    -------
    RunRecord
        `published`, `skipped` (then it is the row of the run that published) or `failed`.
    """
    shelf = Shelf(settings)
    tell = progress or (lambda step: None)
    tell(Step(spec.report.name, spec.home, "starting"))
    # A second runner of the same report waits for the first and then skips. Keys share 256 locks,
    # so that their files do not grow with every load; two that share one wait for each other.
    with shelf.alone(f"run-{spec.run_key[:2]}"):
        shelf.repair()
        before = None if force else shelf.ledger.published(spec.run_key)
        if before and publish.is_whole(settings.reports, before):
            record = before.but(status="skipped")
        else:
            for _ in range(spec.report.retries + 1):
                record = _run(shelf, spec, tell)
                if record.cause != "infrastructure":
                    break
    tell(Step(spec.report.name, spec.home, "done", record=record))
    return record


def _run(shelf: Shelf, spec: RunSpec, tell: Progress) -> RunRecord:
    record = _new(spec)
    folder = shelf.folder(record.run_id)
    began = time.perf_counter()
    notebook: Any = None
    try:
        shelf.ledger.write(record)
        with shelf.ledger.beating(record.run_id):
            folder.mkdir(mode=0o700)
            notebook, record = _execute(shelf, spec, record, folder, tell)
            tell(Step(spec.report.name, spec.home, "writing"))
            staged, sums = publish.stage(folder, _pages(notebook))
            done = record.but(files=sums, ended_at=now(), seconds=time.perf_counter() - began)
            return shelf.put(done, staged)
    except Exception as error:  # a failed report is recorded, never raised
        lost = record.but(ended_at=now(), seconds=time.perf_counter() - began)
        return _failed(shelf, lost, folder, error, notebook)
    except BaseException:
        lost = record.but(ended_at=now(), cause="interrupted")
        _failed(shelf, lost, folder, RunFailed("Interrupted."), None)
        raise


def _execute(
    shelf: Shelf, spec: RunSpec, record: RunRecord, folder: Path, tell: Progress
) -> tuple[Any, RunRecord]:
    """Run the notebook in its folder; return it with the record that knows what it says."""
    _load()
    from insights.runs import kernel  # noqa: PLC0415 - loaded by now
    from insights.runs.execute import execute  # noqa: PLC0415
    from insights.runs.explain import explain  # noqa: PLC0415 - loaded by now
    from insights.runs.provenance import answer_of, provenance  # noqa: PLC0415

    lake = context.load_of(shelf.settings, spec, spec.load_id)
    if lake is None:
        raise LakeError(
            f"Load {spec.load_id} of '{spec.brand.name}' is gone since the run was planned. "
            "Run the report again: it will read the load that took its place."
        )
    context.write(folder, shelf.settings, spec, run_id=record.run_id, load_id=spec.load_id)
    execution = execute(
        spec.source,
        spec.parameters,
        folder=folder,
        environment=kernel.environment(folder, shelf.settings.root, shelf.runs),
        limits=spec.report.limits,
        progress=lambda done, cells, heading: tell(
            Step(spec.report.name, spec.home, "running", done, cells, heading)
        ),
    )
    notebook = execution.notebook
    notebook.metadata["insights"] = provenance(shelf.settings, spec, lake, record.run_id)
    _save(notebook, folder)
    usage = {
        "cpu_seconds": round(execution.usage.cpu_seconds, 2),
        "memory_mb": round(execution.usage.memory_mb, 1),
    }
    record = record.but(cells=execution.cells, usage=usage, cause=execution.cause)
    if execution.error:
        raise _NotebookFailed(execution.error, execution.traceback, notebook, record)
    headline, kpis = answer_of(notebook)
    record = record.but(headline=headline, kpis=kpis)
    notebook.metadata["insights"]["since"] = explain(shelf, spec, record, folder)
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
        for name in ("kernel", "execute", "provenance", "entries", "explain"):
            import_module(f"insights.runs.{name}")
        import_module("insights.reporting.exporter")


def _pages(notebook: Any) -> dict[str, bytes]:
    """Export both pages, past the gate; return the files to publish by name."""
    from insights.reporting.exporter import (  # noqa: PLC0415 - nbconvert loads when needed
        AnalystExporter,
        ManagerExporter,
    )
    from insights.reporting.gate import refuse_if_wrong  # noqa: PLC0415
    from insights.reporting.sections import charts_on  # noqa: PLC0415

    files: dict[str, bytes] = {}
    with _exporting:
        for name, exporter in (
            (publish.PAGE, ManagerExporter),
            (publish.ANALYST, AnalystExporter),
        ):
            html, resources = exporter().from_notebook_node(notebook)
            beside: dict[str, bytes] = resources["outputs"]
            figures = charts_on(notebook, exporter.audience)
            refuse_if_wrong(html, expected_figures=figures, files=beside)
            files |= {**beside, name: html.encode()}
    return files


def _failed(
    shelf: Shelf, record: RunRecord, folder: Path, error: BaseException, notebook: Any
) -> RunRecord:
    """Keep what there is of a failed run, and record it."""
    if isinstance(error, _NotebookFailed):
        trace, notebook = error.trace, error.notebook
        record = record.but(
            cells=error.record.cells, usage=error.record.usage, cause=error.record.cause
        )
        reason = str(error)
    elif isinstance(error, InsightsError):
        trace, reason = "", str(error)
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
    try:
        return shelf.failed(record)
    except Exception as third:  # the next runner finds the row and says that the run died
        return record.but(error=f"{record.error}\nNor could it be recorded: {third}")


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
        for name, table in resources["outputs"].items():
            html = html.replace(f'href="{name}"', f'href="{data_uri(table.decode())}"')
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


def _new(spec: RunSpec) -> RunRecord:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")[:18]
    started = now()
    return RunRecord(
        run_id=f"{stamp}-{spec.report.name}-{secrets.token_hex(3)}",
        run_key=spec.run_key,
        brand=spec.brand.name,
        brand_title=spec.brand.title,
        report=spec.report.name,
        title=spec.report.titled(spec.lang),
        question=spec.report.asked(spec.lang),
        period=spec.period,
        folder=spec.folder,
        as_of=spec.period,
        lang=spec.lang,
        load_id=spec.load_id,
        code_hash=spec.code_hash,
        status="running",
        parameters=dict(spec.parameters),
        chosen=dict(spec.chosen),
        home=spec.home,
        started_at=started,
        heartbeat_at=started,
        process=this_process(),
    )
