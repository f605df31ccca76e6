"""Inspection: what is there to know of one run afterwards, or while it is at work?"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from insights.errors import ParameterError
from insights.runs.ledger import Ledger
from insights.runs.making import ERROR, EXECUTED
from insights.runs.publish import FAILURE
from insights.runs.record import RunRecord
from insights.settings import Settings

KEPT = (EXECUTED, ERROR, FAILURE, "kernel.log")
LEAST = 4  # Letters of an id that may stand for all of it.


@dataclass(frozen=True)
class Inspected:
    """One run: its row, whether its process died, the tables it read, and the files kept of it."""

    record: RunRecord
    died: bool
    tables: list[dict[str, Any]]
    files: list[Path]


def inspect(settings: Settings, name: str) -> Inspected:
    """Return what is known of a run.

    Parameters
    ----------
    name : str
        Its id, the beginning or the end of it, or `last`.

    Raises
    ------
    ParameterError
        If no run is called so, or several are.
    """
    if not isinstance(name, str):
        raise ParameterError(
            f"A run is named by its id, a text; found a {type(name).__name__}. "
            "ins.runs.recent() lists them."
        )
    folder = settings.reports / "runs"
    ledger = Ledger(folder) if folder.is_dir() else None
    record = _found(ledger, name) if ledger else None
    if ledger is None or record is None:
        raise ParameterError("Nothing was run yet. Make some reports: insights run")
    home = folder / record.run_id
    dead = {run.run_id for run in ledger.dead() if run.status == "running"}
    return Inspected(
        record=record,
        died=record.run_id in dead,
        tables=_tables(home / EXECUTED),
        files=[home / file for file in KEPT if (home / file).is_file()],
    )


def _found(ledger: Ledger, name: str) -> RunRecord | None:
    if name == "last":
        return next(iter(ledger.recent(1)), None)
    if exact := ledger.run(name):
        return exact
    runs = ledger.like(name) if len(name) >= LEAST else []
    if len(runs) == 1:
        return runs[0]
    newest = ledger.recent(3)
    if not newest:
        return None
    several = f"{len(runs)} runs are" if runs else "No run is"
    shown = ", ".join(run.run_id for run in (runs or newest)[:3])
    raise ParameterError(
        f"{several} called '{name}'. Name one by its id, its first or last letters, or 'last': "
        f"{shown}."
    )


def _tables(executed: Path) -> list[dict[str, Any]]:
    """Return name, version, rows and freshness of the tables that a run could read."""
    try:
        said = json.loads(executed.read_text("utf-8"))["metadata"]["insights"]["tables"]
    except (OSError, ValueError, KeyError):
        return []  # It ended before it got so far, or its folder was pruned.
    return list(said)
