"""Runs: a report asked for, executed, published whole or not at all, and remembered.

`run_report` is the whole unit; `catalog`, `parameters` and `spec` refuse what cannot be run before
anything is written. Light to import: papermill and nbconvert load only when a notebook runs.
"""

from insights.runs.catalog import Catalog, Report, load_catalog
from insights.runs.due import plans
from insights.runs.record import RunRecord
from insights.runs.runner import run_report, run_reports
from insights.runs.spec import RunSpec, plan

__all__ = [
    "Catalog",
    "Report",
    "RunRecord",
    "RunSpec",
    "load_catalog",
    "plan",
    "plans",
    "run_report",
    "run_reports",
]
