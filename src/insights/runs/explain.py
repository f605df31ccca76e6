"""Explain: run the notebook once more for each reason that may have moved a figure.

The order of the reasons and what each means stand in `changes`; here they meet kernels.
"""

import shutil
from pathlib import Path
from typing import Any

from insights.runs import changes, context, kernel
from insights.runs.execute import execute
from insights.runs.provenance import answer_of
from insights.runs.record import RunRecord
from insights.runs.shelf import Shelf
from insights.runs.spec import RunSpec


def explain(shelf: Shelf, spec: RunSpec, record: RunRecord, folder: Path) -> dict[str, Any] | None:
    """Say what changed since the last report of this kind; None where there was none.

    Where the older load is gone, or today's notebook cannot answer for the older day, the figures
    are compared without saying what moved them.

    Parameters
    ----------
    record : RunRecord
        This run, with its figures.
    folder : Path
        Its private folder; each further run gets one inside, and leaves nothing.
    """
    before = shelf.ledger.before(record)
    if before is None:
        return None
    old, new = (
        context.load_of(shelf.settings, spec, load_id) for load_id in (before.load_id, spec.load_id)
    )
    path = changes.steps(before, spec, old, new) if old and new else []

    def ask(step: changes.Step) -> changes.Kpis:
        aside = folder / f"since-{step.reason}"
        aside.mkdir(mode=0o700)
        context.write(
            aside,
            shelf.settings,
            spec,
            run_id=record.run_id,
            load_id=before.load_id,
            newer=dict.fromkeys(step.newer, spec.load_id),
        )
        execution = execute(
            spec.source,
            {**spec.parameters, "as_of": step.as_of},
            folder=aside,
            environment=kernel.environment(aside, shelf.settings.root, shelf.runs),
        )
        shutil.rmtree(aside)
        return {} if execution.error else answer_of(execution.notebook)[1]

    return changes.since(before, spec.period, record.kpis, path, ask)
