"""Where a page's numbers come from, said. Read from the notebook's metadata; all is optional."""

from collections.abc import Mapping
from typing import Any

from insights.cleaning import clean
from insights.reporting.grids import Cell, Grid
from insights.reporting.page import Changes, Fact, Moved, Provenance
from insights.reporting.saying import plainly, signed
from insights.results.channels import source_label
from insights.wording import _, say

_ROWS = {
    "read": _("read"),
    "kept": _("kept"),
    "merged": _("merged"),
    "quarantined": _("quarantined"),
}
_SAID_ELSEWHERE = {"as_of", "lang"}  # Parameters that a page says by what it is.
_PARTS = {
    "new_period": _("new period"),
    "late_refunds": _("late refunds"),
    "new_identity": _("new identity links"),
    "late_data": _("other late data"),
    "new_code": _("new code"),
}


def provenance_of(meta: Mapping[str, Any]) -> Provenance:
    """Say the provenance in the voice in force."""
    facts = [
        Fact(say(_("Brand")), _text(meta.get("brand_title") or meta.get("brand"))),
        Fact(say(_("Data until")), _text(meta.get("as_of"))),
        Fact(say(_("Parameters")), _parameters(meta)),
        *(_source(source) for source in meta.get("sources") or []),
        Fact(say(_("Rows of this load")), _rows(meta.get("rows_of_load") or {})),
        Fact(say(_("Rows of all loads")), _rows(meta.get("rows") or {})),
        Fact(say(_("Load")), _text(meta.get("load_id"))),
        Fact(say(_("Code")), _text(meta.get("code"))),
        Fact(say(_("Run")), _text(meta.get("run_id"))),
    ]
    packages = meta.get("packages") or {}
    return Provenance(
        facts=[fact for fact in facts if fact.value],
        tables=_tables(meta.get("tables") or []),
        packages=", ".join(f"{_text(name)} {_text(v)}" for name, v in sorted(packages.items())),
        source=_said_briefly(meta),
    )


def failure_of(meta: Mapping[str, Any]) -> str:
    """Return why the run failed, in words; '' for one that did not."""
    return _text(meta.get("error"))


def changes_of(meta: Mapping[str, Any]) -> Changes | None:
    """Say what changed since the last report, and what was restated; None where neither is known.

    Metadata `since`: ``{"report": {"as_of", "tiles": [tile], "claims": {"appeared": [text],
    "vanished": [text], "flipped": [[before, after]]}} or None, "restated": [tile]}`` with a tile
    ``{"label", "kind", "before", "after", "parts": {reason: number}}``. The reasons are the keys of
    `_PARTS`. Without a last report `Changes.since` is empty.
    """
    since = meta.get("since")
    if not isinstance(since, Mapping):
        return None
    report = since.get("report") or {}
    claims = report.get("claims") or {}
    return Changes(
        since=_text(report.get("as_of")),
        moved=[
            *(_moved(tile, restated=False) for tile in report.get("tiles") or []),
            *(_moved(tile, restated=True) for tile in since.get("restated") or []),
        ],
        appeared=[_text(text) for text in claims.get("appeared") or []],
        vanished=[_text(text) for text in claims.get("vanished") or []],
        flipped=[(_text(a), _text(b)) for a, b in claims.get("flipped") or []],
    )


def _moved(tile: Mapping[str, Any], *, restated: bool) -> Moved:
    kind = str(tile.get("kind") or "number")
    parts = [
        Fact(say(label), signed(amount, kind))
        for name, label in _PARTS.items()
        if isinstance(amount := (tile.get("parts") or {}).get(name), int | float) and amount
    ]
    return Moved(
        label=_text(tile.get("label")),
        before=plainly(tile.get("before"), kind),
        after=plainly(tile.get("after"), kind),
        parts=parts,
        restated=restated,
    )


def _text(value: object) -> str:
    return "" if value is None else clean(str(value))


def _parameters(meta: Mapping[str, Any]) -> str:
    """Say each parameter by what it means; by its name where the notebook does not tell."""
    meanings = meta.get("meanings") or {}
    return " · ".join(
        say(
            _("{meaning:said}: {value:text}"),
            {"meaning": _text(meanings.get(name, name)), "value": _value(value)},
        )
        for name, value in (meta.get("parameters") or {}).items()
        if name not in _SAID_ELSEWHERE
    )


def _value(value: object) -> str:
    if isinstance(value, bool | float) or value is None:
        return plainly(value, "text")
    return _text(value)


def _source(source: Mapping[str, Any]) -> Fact:
    """Say how fresh a source is: its last event, and when its newest row came in."""
    facts = {name: _text(source.get(name)) or "–" for name in ("fresh_to", "loaded_at")}
    return Fact(
        say(_("Data from {source:said}"), {"source": source_label(_text(source.get("name")))}),
        say(_("events to {fresh_to:text}, newest row loaded {loaded_at:text}"), facts),
    )


def _rows(rows: Mapping[str, Any]) -> str:
    return " · ".join(
        f"{say(label)} {plainly(rows[name], 'count')}"
        for name, label in _ROWS.items()
        if isinstance(rows.get(name), int)
    )


def _tables(tables: list[Mapping[str, Any]]) -> Grid | None:
    if not tables:
        return None
    return Grid(
        head=[
            Cell(say(_("Table"))),
            Cell(say(_("Version")), "n"),
            Cell(say(_("Rows")), "n"),
            Cell(say(_("Fresh to"))),
        ],
        rows=[
            [
                Cell(_text(table.get("title") or table.get("name"))),
                Cell(_text(table.get("version")), "n"),
                Cell(plainly(table.get("rows"), "count"), "n"),
                Cell(_text(table.get("fresh_to")) or say(_("has no dates"))),
            ]
            for table in tables
        ],
        total=len(tables),
        caption=say(_("Tables that were read")),
    )


def _said_briefly(meta: Mapping[str, Any]) -> str:
    brand, until = _text(meta.get("brand_title") or meta.get("brand")), _text(meta.get("as_of"))
    if not brand and not until:
        return ""
    if not until:
        return brand
    return say(_("{brand:text}, data until {until:text}"), {"brand": brand, "until": until})
