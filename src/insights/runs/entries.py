"""Runs as the index names them: a page, or a failure with what there is to see of it."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from insights.reporting.index import Entry
from insights.runs.publish import ANALYST, FAILURE
from insights.runs.record import RunRecord


def entries(
    records: Iterable[RunRecord], reports: Path, simulated: Collection[str] = ()
) -> list[Entry]:
    """Return the index's entries; those of brands that are `simulated` say so."""
    listed = [
        _failed(record, reports) if record.status == "failed" else _published(record)
        for record in records
    ]
    return [replace(entry, simulated=entry.brand in simulated) for entry in listed]


def _published(record: RunRecord) -> Entry:
    return replace(
        _entry(record),
        headline=record.headline,
        href=record.href,
        analyst_href=f"{record.home}/{ANALYST}" if ANALYST in record.files else "",
        latest_href=record.latest,
    )


def _failed(record: RunRecord, reports: Path) -> Entry:
    page = f"{record.home}/{FAILURE}"
    return replace(
        _entry(record),
        status="failed",
        error_summary=record.reason,
        failure_href=page if (reports / page).is_file() else "",
    )


def _entry(record: RunRecord) -> Entry:
    return Entry(
        brand=record.brand,
        brand_title=record.brand_title,
        report=record.report,
        title=record.title,
        question=record.question,
        period=record.period,
        parameters=dict(record.chosen),
        as_of=record.as_of,
        published_at=record.ended_at,
        load_id=record.load_id,
        run_id=record.run_id,
        lang=record.lang,
    )
