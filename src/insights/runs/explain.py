"""Explain: run the notebook once more for each reason that may have moved a figure.

The order of the reasons and what each means stand in `changes`; here they meet kernels.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from insights.runs import changes, context, kernel
from insights.runs.execute import execute
from insights.runs.ledger import History
from insights.runs.provenance import answer_of
from insights.runs.record import RunRecord
from insights.runs.spec import RunSpec
from insights.settings import Settings


def explain(
    settings: Settings,
    spec: RunSpec,
    record: RunRecord,
    history: History,
    folder: Path,
    *,
    tell: Callable[[str, int, int], None] | None = None,
) -> dict[str, Any] | None:
    """Say what changed: since the last report, and within this period since its former edition.

    Where the older load is gone, or today's notebook cannot answer for the older day, the figures
    are compared without saying what moved them.

    Parameters
    ----------
    record : RunRecord
        This run, with its figures.
    history : History
        The runs that it is held against.
    folder : Path
        Its private folder; each further run gets one inside, and leaves nothing.
    tell : callable, optional
        Called before each further run with its reason in words, how many are done, and how many
        there are; what it raises ends the explaining.

    Returns
    -------
    dict or None
        `report` as in `changes.since`, None where there was no earlier period; `restated` as in
        `changes.restated`, empty where there was no former edition. None where both are so.
    """
    last, former = history.last, history.former

    def moved_by(before: RunRecord) -> tuple[list[changes.Step], changes.Ask]:
        path = _path(settings, spec, before)

        def ask(step: changes.Step) -> changes.Kpis:
            if tell:  # The last step is no further run: its figures are this run's.
                tell(step.reason.replace("_", " "), path.index(step), len(path) - 1)
            return _figures(settings, spec, record, before, folder, step)

        return path, ask

    report = changes.since(last, record.kpis, *moved_by(last)) if last else None
    restated = changes.restated(former, record.kpis, *moved_by(former)) if former else []
    return {"report": report, "restated": restated} if report or restated else None


def _path(settings: Settings, spec: RunSpec, before: RunRecord) -> list[changes.Step]:
    """Return what may have moved the figures of an older run; nothing where its load is gone."""
    old, new = (
        context.load_of(settings, spec, load_id) for load_id in (before.load_id, spec.load_id)
    )
    return changes.steps(before, spec, old, new) if old and new else []


def _figures(  # noqa: PLR0917 - one caller, just above
    settings: Settings,
    spec: RunSpec,
    record: RunRecord,
    before: RunRecord,
    folder: Path,
    step: changes.Step,
) -> changes.Kpis:
    """Run the notebook for one step, and return its figures; none where it fails."""
    aside = folder / f"since-{before.period}-{step.reason}"
    aside.mkdir(mode=0o700)
    context.write(
        aside,
        settings,
        spec,
        run_id=record.run_id,
        load_id=before.load_id,
        newer=dict.fromkeys(step.newer, spec.load_id),
    )
    execution = execute(
        spec.source,
        {**spec.parameters, "as_of": step.as_of},
        folder=aside,
        environment=kernel.environment(aside, settings.root, folder.parent),
    )
    shutil.rmtree(aside)
    return {} if execution.error else answer_of(execution.notebook)[1]
