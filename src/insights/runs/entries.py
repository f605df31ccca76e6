"""What the index page lists, from the ledger: each page's newest edition, and what failed since."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from insights.reporting.index import Entry
from insights.runs.ledger import Ledger
from insights.runs.publish import ANALYST, FAILURE
from insights.runs.record import RunRecord


def entries(ledger: Ledger, reports: Path, simulated: Collection[str] = ()) -> list[Entry]:
    """Return the index's entries; those of brands that are `simulated` say so.

    A page whose newest run failed is listed twice: as it stands, and with the failure.
    """
    listed = []
    for good, bad in ledger.pages():
        if good is not None and good.files:  # Else it was pruned.
            listed.append(_published(good))
        if bad is not None:
            listed.append(_failed(bad, reports))
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
