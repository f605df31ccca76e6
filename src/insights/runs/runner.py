"""The runner: one report from its specification to its page, whatever happens on the way.

`run_report` never raises for a report that fails; it records and returns it. A runner that is
killed leaves a row that the next one finds and mends.
"""

import secrets
import sqlite3
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from insights.errors import RunFailed
from insights.runs import making, publish, scratch
from insights.runs.executors import Executor, Here
from insights.runs.ledger import History, give_up, now
from insights.runs.making import Progress, Step, Work
from insights.runs.processes import this_process
from insights.runs.record import RunRecord
from insights.runs.shelf import Shelf
from insights.runs.spec import RunSpec
from insights.settings import Settings

_STAMP = "%Y%m%dT%H%M%S%f"


def run_reports(
    settings: Settings,
    specs: Sequence[RunSpec],
    *,
    force: bool = False,
    progress: Progress | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    notify: bool = False,
) -> list[RunRecord]:
    """Make reports, as many at a time as the executor has room for; return records in order.

    Parameters
    ----------
    force, progress, executor, notify
        As for `run_report`.
    workers : int, optional
        How many at a time; what the executor has room for when None.
    """
    shelf = Shelf(settings)
    shelf.repair()
    scratch.clear()
    where = executor or Here()
    count = min(workers or where.workers, len(specs))
    pool = ThreadPoolExecutor(max(count, 1), thread_name_prefix="report")
    futures: list[Future[RunRecord]] = []
    try:
        futures += [
            pool.submit(
                _report,
                settings,
                spec,
                force=force,
                progress=progress,
                executor=where,
                notify=notify,
            )
            for spec in specs
        ]
        records = [future.result() for future in futures]
    except BaseException:
        # Interrupted: end the kernels, so that the threads come to an end and record the failure.
        pool.shutdown(wait=False, cancel_futures=True)
        while not all(future.done() for future in futures):
            where.interrupt()  # Again and again: one may be starting at this very moment.
            time.sleep(0.1)
        shelf.restore_index()
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
    executor: Executor | None = None,
    notify: bool = False,
) -> RunRecord:
    """Make one report: skip, or execute, export, gate, publish and record it.

    Parameters
    ----------
    force : bool, default False
        Run even where nothing changed since the last published run.
    progress : callable, optional
        Called with a `Step` as the run goes on.
    executor : Executor, optional
        Where its notebook runs; on this machine when None.
    notify : bool, default False
        Note, as the run starts, who of the catalog shall hear of its end.

    Returns
    -------
    RunRecord
        `published`, `skipped` (then it is the row of the run that published) or `failed`.
    """
    record = _report(
        settings, spec, force=force, progress=progress, executor=executor or Here(), notify=notify
    )
    stale = Shelf(settings).restore_index()
    return record.but(error=record.error or stale)


def _report(
    settings: Settings,
    spec: RunSpec,
    *,
    force: bool,
    progress: Progress | None,
    executor: Executor,
    notify: bool,
) -> RunRecord:
    """Make one report; the index may lack it until the batch is over."""
    shelf = Shelf(settings)
    tell = progress or (lambda step: None)
    tell(Step(spec.report.name, spec.home, "starting"))
    asked = now()
    # A second runner of the same report waits for the first and then skips. Keys share 256 locks,
    # so that their files do not grow with every load; two that share one wait for each other.
    with shelf.alone(f"run-{spec.run_key[:2]}"):
        shelf.mend()
        before = None if force else shelf.ledger.published(spec.run_key)
        lost = None if force else shelf.ledger.failed(spec.run_key)
        if before and publish.is_whole(settings.reports, before):
            record = before.but(status="skipped")
        elif lost and lost.comes_again and lost.ended_at >= asked:
            record = lost  # It failed while this one waited, and would fail again.
        else:
            for _ in range(spec.report.retries + 1):
                record = _run(shelf, spec, tell, executor, notify=notify)
                if record.cause != "infrastructure":
                    break
    tell(Step(spec.report.name, spec.home, "done", record=record))
    return record


def _run(
    shelf: Shelf, spec: RunSpec, tell: Progress, where: Executor, *, notify: bool
) -> RunRecord:
    record = _new(spec, shelf.ledger.newest_id())
    folder = shelf.folder(record.run_id)

    def heard(step: Step) -> None:
        if step.heading or step.stage == "writing":
            with suppress(sqlite3.Error):  # It is for who looks on; the heartbeat comes again.
                shelf.ledger.beat(record.run_id, step.said)
        tell(step)

    try:
        shelf.ledger.write(record, told=_told(spec) if notify else ())
        with shelf.ledger.beating(record.run_id):
            folder.mkdir(mode=0o700)
            work = Work(shelf.settings, spec, record, History.of(shelf.ledger, record))
            record = where.make(work, folder, heard)
            if record.status == "running":
                return shelf.put(record, folder / publish.STAGED)
        return _recorded(shelf, record)
    except Exception as error:  # a failed report is recorded, never raised
        return _recorded(shelf, making.failed(record.but(ended_at=now()), folder, error))
    except BaseException:
        lost = record.but(ended_at=now(), cause="interrupted")
        _recorded(shelf, making.failed(lost, folder, RunFailed("Interrupted.")))
        raise


def _told(spec: RunSpec) -> Iterable[tuple[str, str]]:
    """Return who hears of what: (recipient, outcome)."""
    to = spec.report.notify
    return [(name, "published") for name in to.success] + [(name, "failed") for name in to.failure]


def _recorded(shelf: Shelf, record: RunRecord) -> RunRecord:
    try:
        return shelf.failed(record)
    except Exception as error:  # whoever comes next finds the row and says that the run died
        give_up(record.run_id)
        return record.but(error=f"{record.error}\nNor could it be recorded: {error}")


def _stamp(newest: str) -> str:
    """Return the time that a run's id begins with: after the newest run, even if the clock is not.

    The newest run of a page is the one whose id sorts last. Once a clock was set back, it would be
    one that is no longer on the shelf.
    """
    stamp = datetime.now(UTC).strftime(_STAMP)[:18]
    if newest[:18] < stamp:
        return stamp
    last = datetime.strptime(newest[:18], _STAMP)  # noqa: DTZ007 - only counted on
    return (last + timedelta(milliseconds=1)).strftime(_STAMP)[:18]


def _new(spec: RunSpec, newest: str = "") -> RunRecord:
    stamp = _stamp(newest)
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
