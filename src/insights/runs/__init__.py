"""Runs: a report asked for, executed, published whole or not at all, and remembered.

`run_report` is the whole unit; `catalog`, `parameters` and `spec` refuse what cannot be run before
anything is written. In a notebook `ins.runs.open` reads the data that a run saw, and
`ins.runs.diff` says what moved between two. Light to import: papermill and nbconvert load only when
a notebook runs.
"""

from insights.runs.catalog import Catalog, Report, load_catalog
from insights.runs.due import plans
from insights.runs.editions import diff, open, recent  # noqa: A004 - said as `ins.runs.open`
from insights.runs.record import RunRecord
from insights.runs.runner import run_report, run_reports
from insights.runs.spec import RunSpec, plan

__all__ = [
    "Catalog",
    "Report",
    "RunRecord",
    "RunSpec",
    "diff",
    "load_catalog",
    "open",
    "plan",
    "plans",
    "recent",
    "run_report",
    "run_reports",
]


def __dir__() -> list[str]:
    """Complete with Tab what is meant for a notebook, and nothing of its making."""
    return ["diff", "open", "recent"]
