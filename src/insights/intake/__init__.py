"""Intake: what a source offers goes into the lake, row by row accounted for."""

from insights.intake.ingest import IngestReport, TableAccount, ingest

__all__ = ["IngestReport", "TableAccount", "ingest"]
