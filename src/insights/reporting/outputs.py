"""Outputs of a cell as blocks: results laid out, anything else made harmless or left out."""

import base64
import binascii
import re
from collections.abc import Collection, Mapping
from typing import Any

from markupsafe import Markup
from pydantic import ValidationError

from insights.charts.svg import is_ours
from insights.cleaning import clean, slug
from insights.reporting.datafile import MAX_ROWS_INSIDE, as_csv, data_uri
from insights.reporting.grids import grid
from insights.reporting.markdown import harmless, rendered
from insights.reporting.page import (
    Audience,
    CheckView,
    Download,
    Evidence,
    Foreign,
    NotEnough,
)
from insights.results.bundle import MIME, Bundle, CheckPart
from insights.wording import Lang, _, say, speaking

ROWS_MANAGER = 12
ROWS_MANAGER_ALONE = 15  # A table without a chart is the evidence itself.
_PICTURES = ("image/png", "image/jpeg", "image/svg+xml")
_PLACEHOLDER = re.compile(r"^<[\w.]+ ?.*>$|^\w+\(.*\)$", re.DOTALL)


def bundle_of(data: Mapping[str, Any]) -> Bundle | None:
    """Return an output's result; None where there is none that this exporter knows."""
    if MIME not in data:
        return None
    try:
        return Bundle.model_validate(data[MIME])
    except ValidationError:
        return None


def evidence(
    bundle: Bundle,
    *,
    heading: str,
    words: Markup,
    audience: Audience,
    report: str,
    number: int,
    said: Collection[str] = (),
) -> tuple[Evidence, dict[str, bytes]]:
    """Lay a result out; also return the files that stand beside the page.

    Their names begin with that of the report; a table's has the `number` of the result in it. The
    first claim is the title of the figure. Of the others a manager reads those that the page has
    not `said` at its top and does not say of its data.
    """
    files: dict[str, bytes] = {}
    claims = [claim.text for claim in bundle.claims]
    further = [
        claim.text
        for claim in bundle.claims[1:]
        if audience == "analyst" or (claim.place != "data" and claim.text not in said)
    ]
    about = " · ".join(filter(None, (bundle.title if claims else "", bundle.subtitle)))
    shown, download = None, None
    with speaking(bundle.lang, bundle.currency):
        if bundle.table is not None:
            shown = grid(
                bundle.table,
                rows=MAX_ROWS_INSIDE if audience == "analyst" else _rows_for_manager(bundle),
                caption=bundle.title or bundle.name,
            )
            download = _download(bundle, f"{report}-{number}", files)
        beside = _beside(bundle, report, files)
        drawn = bundle.svg if bundle.svg and is_ours(bundle.svg) else ""
        return (
            Evidence(
                heading=claims[0] if claims else heading or bundle.title or bundle.name,
                name=bundle.name,
                claims=further,
                title=bundle.title,
                about=about,
                how_to_read=words,
                meaning=bundle.meaning,
                svg=Markup(drawn),  # noqa: S704 - `is_ours` knows every letter of it
                alt=bundle.alt,
                grid=shown,
                download=download,
                file=beside,
                caveats=bundle.caveats,
                checks=checks_of(bundle.checks),
            ),
            files,
        )


def _rows_for_manager(bundle: Bundle) -> int:
    fit = ROWS_MANAGER if bundle.svg else ROWS_MANAGER_ALONE
    return fit if bundle.telling_rows is None else min(fit, bundle.telling_rows)


def not_enough(bundle: Bundle, *, heading: str, words: Markup) -> NotEnough:
    """Lay out the sentence that stands where evidence would have."""
    return NotEnough(bundle.title or heading, bundle.because, bundle.needs, words)


def checks_of(checks: list[CheckPart]) -> list[CheckView]:
    """Return checks for the template."""
    return [CheckView(check.text, check.passed, check.evidence) for check in checks]


def foreign(output: Mapping[str, Any], *, audience: Audience, lang: Lang) -> Foreign | None:
    """Return any other output as a harmless block; None where this reader has no use for it."""
    kind = output.get("output_type")
    if kind == "error":
        said = f"{output.get('ename', '')}: {output.get('evalue', '')}"
        return Foreign("error", text=clean("\n".join(output.get("traceback") or []) or said))
    if kind == "stream":
        warns = output.get("name") == "stderr"
        text = Foreign("warning" if warns else "text", text=_joined(output.get("text", "")))
        return text if audience == "analyst" else None
    return _displayed(output, audience=audience, lang=lang)


def _displayed(output: Mapping[str, Any], *, audience: Audience, lang: Lang) -> Foreign | None:
    data = output.get("data", {})
    for picture in _PICTURES:
        if picture in data and (src := _picture(picture, _joined(data[picture]))):
            alt = (output.get("metadata", {}).get(picture) or {}).get("alt", "")
            return Foreign("image", src=src, alt=clean(str(alt)))
    if "text/html" in data:
        return Foreign("html", html=harmless(clean(_joined(data["text/html"]))))
    if "text/markdown" in data:
        return Foreign("html", html=rendered(_joined(data["text/markdown"]), lang))
    text = _joined(data.get("text/plain", ""))
    if set(data) - {"text/plain"}:  # A widget, a chart that needs a script: no page can show it.
        return Foreign("missing", text=say(_("A result cannot be shown here."), {}))
    # `<Axes: ...>` and its like tell a reader nothing.
    shown = audience == "analyst" and text and not _PLACEHOLDER.match(text)
    return Foreign("text", text=text) if shown else None


def _download(bundle: Bundle, stem: str, files: dict[str, bytes]) -> Download | None:
    table = bundle.table
    if table is None or not table.rows:
        return None
    text = as_csv(table, bundle.currency)
    name = f"{slug(stem)}-{slug(bundle.name)}.csv"
    size = _size(text)
    if len(table.rows) <= MAX_ROWS_INSIDE:
        return Download(data_uri(text), name, size)
    files[name] = text.encode()
    return Download(name, name, size)


def _beside(bundle: Bundle, report: str, files: dict[str, bytes]) -> Download | None:
    """Put a result's own file beside the page, under a name that stays from run to run."""
    if bundle.file is None:
        return None
    stem, dot, ending = bundle.file.name.rpartition(".")
    name = f"{slug(report)}-{slug(stem)}{dot}{slug(ending)}"
    files[name] = bundle.file.text.encode()
    return Download(name, name, _size(bundle.file.text))


def _size(text: str) -> str:
    return f"{max(len(text.encode()) / 1024, 0.1):.1f} KB"


def _picture(mime: str, content: str) -> str:
    """Return a picture as a data address; an SVG inside an image element cannot run anything."""
    if mime == "image/svg+xml":
        return f"data:{mime};base64,{base64.b64encode(content.encode()).decode()}"
    packed = "".join(content.split())
    try:
        base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return f"data:{mime};base64,{packed}"


def _joined(text: str | list[str]) -> str:
    return clean(text if isinstance(text, str) else "".join(text))
