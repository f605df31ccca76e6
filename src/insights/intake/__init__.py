"""Intake: what a source offers goes into the lake, row by row accounted for."""

from insights.intake.loading import IngestReport, TableAccount, ingest

__all__ = ["IngestReport", "TableAccount", "ingest"]
