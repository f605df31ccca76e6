"""Outcome: what did a load do, row by row and file by file, or why was there nothing to do?"""

from dataclasses import dataclass
from time import monotonic

from insights.intake.offers import Offered
from insights.intake.translating.account import FileAccount, RefusedFile, SkippedFile
from insights.store.loads import Current


@dataclass(frozen=True)
class TableAccount:
    """What became of one table's rows: rows_in = kept + merged + quarantined.

    `kept` are rows that the lake has because of this load; `merged` were there already, or gave way
    to another row of the same key; `quarantined` were refused. `outdated` rows said something else
    than a newer export had, which stays.
    """

    table: str
    rows_in: int
    kept: int
    merged: int
    quarantined: int
    reasons: dict[str, int]
    outdated: int = 0


@dataclass(frozen=True)
class IngestReport:
    """What a load did. A skipped one changed nothing; `reason` says why.

    Of files: `files` are those that were loaded, `skipped_files` those that the lake had already,
    `refused_files` those that were left out. `notices` are for whoever runs the load.
    """

    load_id: str
    skipped: bool
    reason: str
    tables: tuple[TableAccount, ...]
    seconds: float
    files: tuple[FileAccount, ...] = ()
    skipped_files: tuple[SkippedFile, ...] = ()
    refused_files: tuple[RefusedFile, ...] = ()
    notices: tuple[str, ...] = ()


def is_known(offered: Offered, before: Current | None) -> bool:
    """Whether there is nothing new; a file that had to be left out is looked at again."""
    inputs = offered.inputs()
    return before is not None and bool(inputs) and all(key in before.inputs for key in inputs)


def nothing_new(offered: Offered, before: Current | None, started: float) -> IngestReport:
    """Say of an input which loads hold it already."""
    known = before.inputs if before else {}
    offered.skip(known)
    loads = list(dict.fromkeys(known[key] for key in offered.inputs()))
    held = f"load {loads[0]} holds" if len(loads) == 1 else f"{len(loads)} loads hold"
    reason = f"nothing new: {held} the same input"
    return reported(offered, before.load_id if before else "", started, skipped=reason)


def reported(
    offered: Offered,
    load_id: str,
    started: float,
    *,
    skipped: str = "",
    tables: tuple[TableAccount, ...] = (),
) -> IngestReport:
    """Put together what a load did; `skipped` says why it did nothing."""
    return IngestReport(
        load_id=load_id,
        skipped=bool(skipped),
        reason=skipped,
        tables=tables,
        seconds=monotonic() - started,
        files=tuple(offered.accounts),
        skipped_files=tuple(offered.skipped),
        refused_files=tuple(offered.refused),
        notices=tuple(offered.notices),
    )
