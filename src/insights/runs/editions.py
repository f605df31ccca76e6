"""Runs, looked at again: the data that one saw, and why two of them say different numbers.

In a notebook this is `ins.runs`.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import date
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from insights.errors import ParameterError, RunFailed
from insights.runs import scratch
from insights.runs.catalog import load_catalog
from insights.runs.inspection import inspect
from insights.runs.spec import RunSpec, code_hash
from insights.settings import Settings
from insights.store.lake import Lake, open_lake
from insights.store.session import run_context
from insights.store.waiting import steps
from insights.wording import speak

if TYPE_CHECKING:
    import pandas as pd

    from insights.runs.record import RunRecord

Tell = Callable[[str, int, int], None]  # (what is done now, steps done, steps in all)

REASONS = ("new_code", "late_refunds", "new_identity", "late_data", "new_period")
_TICK = 0.5  # Seconds after which the clock is drawn again.
_PATIENCE = 2.0  # Seconds for which a stop waits until all is gone; the rest goes by itself.

# One thread for all comparisons: the next begins when what was stopped before it is gone. It is not
# the main one, because a notebook's kernel has an event loop there, and hears Ctrl-C.
_aside = ThreadPoolExecutor(1, thread_name_prefix="runs.diff")


def recent(count: int = 20) -> "pd.DataFrame":
    """List the newest runs, newest first: `run`, `status`, `brand`, `report`, `as_of`, `says`.

    Examples
    --------
    >>> ins.runs.recent(2)[["report", "status", "as_of"]].to_numpy().tolist()
    [['sales', 'published', '2017-12-31'], ['sales', 'published', '2017-11-30']]
    """
    import pandas as pd  # noqa: PLC0415 - a door opens quickly

    from insights.runs.ledger import FILE_NAME, Ledger  # noqa: PLC0415 - see above

    folder = _settings().reports / "runs"
    found = Ledger(folder).recent(count) if (folder / FILE_NAME).is_file() else []
    return pd.DataFrame(
        [[r.run_id, r.status, r.brand, r.report, r.as_of, r.headline or r.reason] for r in found],
        columns=["run", "status", "brand", "report", "as_of", "says"],
    )


def open(run: str) -> Lake:  # noqa: A001 - it is said as `ins.runs.open`
    """Open the lake as a run saw it: the same load, the same day, its language.

    Parameters
    ----------
    run : str
        Its id, the beginning or the end of it, or ``last``.

    Raises
    ------
    ParameterError
        If no run is called so; the message has the newest.
    LakeError
        If its load was removed by maintenance.

    Examples
    --------
    >>> before = ins.runs.recent(2)["run"].iloc[-1]
    >>> ins.runs.open(before).as_of
    datetime.date(2017, 11, 30)
    """
    settings = _settings()
    record = inspect(settings, run).record
    lake = open_lake(settings, record.brand, as_of=record.as_of, load_id=record.load_id)
    speak("en" if record.lang == "en" else "zh-CN", lake.brand.currency)
    return lake


def diff(before: str, after: str) -> "pd.DataFrame":
    """Say which figures differ between two runs, and how much of it is what.

    Each reason that can have moved a figure costs one run of the notebook, which is not published.

    Parameters
    ----------
    before, after : str
        Two runs of one report with the same parameters, named as for `open`.

    Returns
    -------
    DataFrame, one row per figure that moved
        `figure`, `before`, `after`, `change`, then what of the change is `new_code`,
        `late_refunds`, `new_identity`, `late_data` and `new_period`, each worked out with the ones
        before it settled, and what is `unexplained`: all of it where the later run was made by
        other code than is installed now, or where a load is gone.

    Raises
    ------
    ParameterError
        If there are no such runs, or they cannot be compared.

    Examples
    --------
    >>> after, before = ins.runs.recent(2)["run"]
    >>> ins.runs.diff(before, after)[["figure", "change"]].to_numpy().tolist()
    [['Net sales', 120.0]]
    """
    import pandas as pd  # noqa: PLC0415 - see `recent`

    settings = _settings()
    first, second = (inspect(settings, name).record for name in (before, after))
    if first.run_id == second.run_id:
        raise ParameterError(
            f"That is one run, {first.run_id}. Name two; ins.runs.recent() lists them."
        )
    _refuse_unless_comparable(first, second)
    with steps("Comparing two runs") as show:
        moved = _awaited(lambda tell: _moved(settings, first, second, tell), show)
    rows = []
    for tile in moved:
        change = float(tile["after"]) - float(tile["before"])
        parts = {reason: float(tile["parts"].get(reason, 0.0)) for reason in REASONS}
        row = {"figure": tile["label"], "before": tile["before"], "after": tile["after"]}
        rest = change - sum(parts.values())
        rows.append(row | {"change": change} | parts | {"unexplained": rest})
    names = ["figure", "before", "after", "change", *REASONS, "unexplained"]
    return pd.DataFrame(rows, columns=names)


def _awaited(
    work: Callable[[Tell], list[dict[str, Any]]], show: Tell | None
) -> list[dict[str, Any]]:
    """Do work that runs notebooks, show how far it is, and end it and them when it is stopped."""
    at: tuple[str, int, int] | None = None
    stopped = Event()

    def tell(*now: Any) -> None:
        nonlocal at
        if stopped.is_set():
            raise RunFailed("Interrupted.")  # Instead of the next run; nobody waits for it.
        at = now

    found = _aside.submit(work, tell)
    try:
        while not wait([found], _TICK).done:
            if show and at:
                show(*at)
    except BaseException:
        stopped.set()
        # In another thread: who stops twice must not leave a kernel at work.
        Thread(target=_end_kernels, args=(found,)).start()
        wait([found], _PATIENCE)
        raise
    return found.result()


def _end_kernels(work: "Future[Any]") -> None:
    from insights.runs import kernel  # noqa: PLC0415 - notebooks are run for it

    while not wait([work], 0.1).done:
        kernel.end_all()  # Again and again: one may be starting at this very moment.


def _moved(
    settings: Settings, first: "RunRecord", second: "RunRecord", tell: Tell
) -> list[dict[str, Any]]:
    from insights.runs import changes  # noqa: PLC0415 - notebooks are run for it
    from insights.runs.explain import explain  # noqa: PLC0415
    from insights.runs.ledger import History  # noqa: PLC0415

    spec = _spec_of(settings, second)
    if spec.code_hash != second.code_hash:
        # A part worked out by other code than made the figure would be that code's.
        return changes.restated(first, second.kpis, [], lambda _step: {})
    same = first.period == second.period
    history = History(former=first) if same else History(last=first)
    with scratch.folder("diff-") as place:
        folder = place / "run"  # Kernels look for their settings beside it: in no shared folder.
        folder.mkdir()
        found = explain(settings, spec, second, history, folder, tell=tell) or {}
    return list(found.get("restated", ()) if same else (found.get("report") or {})["tiles"])


def _spec_of(settings: Settings, record: "RunRecord") -> RunSpec:
    catalog = load_catalog(settings)
    entry, brand = catalog.report(record.report), settings.brand(record.brand)
    path = catalog.notebook(entry)
    return RunSpec(
        brand=brand,
        report=entry,
        source=path.read_text("utf-8"),
        parameters=record.parameters,
        as_of=date.fromisoformat(record.as_of),
        load_id=record.load_id,
        code_hash=code_hash(settings, brand, path),
        chosen=record.chosen,
    )


def _refuse_unless_comparable(first: "RunRecord", second: "RunRecord") -> None:
    for record in (first, second):
        if not record.kpis:
            raise ParameterError(
                f"The run {record.run_id} was {record.status} and has no figures. "
                "ins.runs.recent() lists the published ones."
            )
    for what in ("brand", "report", "folder"):
        if (one := getattr(first, what)) != (other := getattr(second, what)):
            said = {"folder": "parameters"}.get(what, what)
            raise ParameterError(
                f"The runs differ in their {said}: '{one}' and '{other}'. Name two runs of one "
                "report with the same parameters; ins.runs.recent() lists them."
            )


def _settings() -> Settings:
    return Settings.load(run_context().workspace)
