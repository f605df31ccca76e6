"""Where a page's numbers come from, and what it said: the metadata that goes in and comes out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from insights import schema
from insights.results.bundle import MIME
from insights.runs.parameters import declared_in_text
from insights.runs.spec import RunSpec, package_versions
from insights.settings import Settings
from insights.store.freshness import by_source
from insights.store.loads import Current, lake_folder, rows_of_load
from insights.wording import Lang


def provenance(settings: Settings, spec: RunSpec, lake: Current, run_id: str) -> dict[str, Any]:
    """Return `nb.metadata["insights"]` of a run, for the exporter."""
    declared = declared_in_text(spec.source, spec.report.notebook)
    loaded = rows_of_load(lake_folder(settings, spec.brand), lake.load_id)
    return {
        "brand": spec.brand.name,
        "brand_title": spec.brand.title,
        "report": spec.report.name,
        "title": spec.report.titled(spec.lang),
        "question": spec.report.asked(spec.lang),
        "period": spec.period,
        "as_of": spec.period,
        "parameters": dict(spec.parameters),
        "meanings": {name: parameter.meaning for name, parameter in declared.items()},
        "lang": spec.lang,
        "load_id": lake.load_id,
        "tables": [
            {
                "name": name,
                "title": _title(name, spec.lang),
                "version": table.version,
                "rows": table.rows,
                "fresh_to": _day(table.last_at),
            }
            for name, table in sorted(lake.tables.items())
        ],
        "sources": [
            {
                "name": found.source,
                "fresh_to": _day(found.last_at),
                "loaded_at": _day(found.loaded_at),
            }
            for found in by_source(settings, spec.brand, lake, spec.as_of)
        ],
        "rows_of_load": loaded.model_dump() if loaded else {},
        "rows": lake.rows.model_dump(),
        "code": spec.code_hash[:12],
        "run_id": run_id,
        "packages": package_versions(),
        "rise": spec.brand.rise,
        "simulated": spec.brand.simulated,
    }


def answer_of(notebook: Any) -> tuple[str, dict[str, Any]]:
    """Return an executed notebook's headline and its figures, for the ledger.

    The headline is the first claim; where nothing could be claimed, the sentence that says why.
    """
    for bundle in _bundles(notebook):
        if bundle.get("kind") == "answer":
            claims = bundle.get("claims", [])
            said = [claim["text"] for claim in claims] + list(bundle.get("caveats", []))
            kpis = {"claims": claims, "tiles": bundle.get("tiles", []), "facts": bundle["facts"]}
            return (said[0] if said else ""), kpis
    return "", {}


def _bundles(notebook: Any) -> list[Mapping[str, Any]]:
    return [bundle for cell in notebook.cells for bundle in _bundles_of(cell)]


def _bundles_of(cell: Any) -> list[Mapping[str, Any]]:
    return [
        output["data"][MIME] for output in cell.get("outputs", ()) if MIME in output.get("data", {})
    ]


def _title(table: str, lang: Lang) -> str:
    named = schema.get(table)
    return named.zh if lang == "zh-CN" else named.en


def _day(moment: datetime | None) -> str | None:
    return moment.date().isoformat() if moment else None
