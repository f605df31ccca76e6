"""The index: every published report by its question, newest first, as one static file.

It works from a folder, a file share or any web server; the search and the filters need JavaScript,
the list does not.
"""

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from insights.cleaning import clean
from insights.reporting.personal import redacted
from insights.reporting.render import index_html
from insights.wording import LANGS, Lang, _, say, speaking

FILE = "index.html"
_MONTH = 7  # Characters of YYYY-MM; a longer span is a day.
_LANGUAGES: dict[Lang, str] = {"zh-CN": _("Chinese"), "en": _("English")}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One run of a report that the index lists.

    Addresses are relative to the reports folder, with plain (unquoted) names; '' where there is
    none. A failed run has no `href`; `error_summary` says why, and `failure_href` is the analyst's
    page of the failure. `lang` is the page's language, where it is not the brand's own.
    """

    brand: str
    report: str
    title: str
    question: str
    period: str
    status: Literal["published", "failed", "running"] = "published"
    brand_title: str = ""
    parameters: dict[str, object] = field(default_factory=dict)
    as_of: str = ""
    published_at: str = ""
    headline: str = ""
    href: str = ""
    analyst_href: str = ""
    latest_href: str = ""
    failure_href: str = ""
    error_summary: str = ""
    load_id: str = ""
    run_id: str = ""
    lang: str = ""
    simulated: bool = False


@dataclass(frozen=True)
class Span:
    """A month (YYYY-MM) or a day of periods that has a list of its own, of so many entries."""

    period: str
    count: int

    @property
    def href(self) -> str:
        """Address of its list."""
        return f"./{list_name(self.period)}"


@dataclass(frozen=True)
class _Row:
    """An entry as the template shows it."""

    entry: Entry
    brand: str
    lang: Lang
    report: str
    latest: str
    parameters: str
    when: str
    haystack: str
    href: str
    analyst_href: str
    failure_href: str


@dataclass(frozen=True)
class _Filter:
    """What the list can be narrowed to: values with their labels, and the one it begins with."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    begins: str = ""


def list_name(of: str) -> str:
    """Return the file's name of the list of a month or a day; of the index for ''."""
    return f"index-{of}.html" if of else FILE


def write_index(
    reports_dir: Path,
    entries: Iterable[Entry],
    lang: Lang,
    *,
    of: str = "",
    spans: Collection[Span] = (),
    count: int = 0,
    last: Collection[Entry] | None = None,
) -> Path:
    """Write `index.html` of the reports folder by one rename, and return its path.

    A reader sees the old index or the new one, never a torn one.

    Parameters
    ----------
    entries, lang, of, spans, count, last
        As for `render_index`.
    """
    reports_dir.mkdir(parents=True, exist_ok=True)
    target = reports_dir / list_name(of)
    # One name, because callers hold a lock: what a crash leaves is written over by the next.
    draft = reports_dir / f".{FILE}.draft"
    try:
        with draft.open("w", encoding="utf-8") as out:
            out.write(render_index(entries, lang, of=of, spans=spans, count=count, last=last))
            out.flush()
            os.fsync(out.fileno())
        draft.chmod(0o644)
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return target


def render_index(
    entries: Iterable[Entry],
    lang: Lang,
    *,
    of: str = "",
    spans: Collection[Span] = (),
    count: int = 0,
    last: Collection[Entry] | None = None,
) -> str:
    """Return the index as HTML.

    Parameters
    ----------
    entries : iterable of Entry
        What is listed.
    lang : {"zh-CN", "en"}
    of : str, default ''
        The month (YYYY-MM) or the day of periods that this is the list of; '' for the index.
    spans : collection of Span
        Lists of a part each, where this one has not room for all.
    count : int, default 0
        How many there are in all, where that is more.
    last : collection of Entry, optional
        The newest entries of each report, which "last run of each report" is said from; those that
        are listed when None.
    """
    newest = _newest(entries)
    runs = newest if last is None else _newest(last)
    known = _in_one_language(_newest([*newest, *runs]), lang)
    with speaking(lang):
        rows = [_row(entry, lang, known[entry.brand, entry.report]) for entry in newest]
        ended = [_row(entry, lang, known[entry.brand, entry.report]) for entry in runs]
        return index_html(
            lang=lang,
            rows=rows,
            last=[] if of else _last(ended),
            filters=_filters(rows, lang),
            of=of,
            spans=spans,
            by_day=len(of) == _MONTH,
            count=max(count, len(rows)),
        )


def _newest(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.published_at, entry.run_id), reverse=True)


def _last(rows: Iterable[_Row]) -> list[_Row]:
    """Return one row a report: a failed one, if any set of parameters ended so, or else the newest.

    A good run of one set of parameters mends nothing for those who read another.
    """
    sets: dict[tuple[str, str, str], _Row] = {}
    for row in rows:
        sets.setdefault((row.entry.brand, row.entry.report, row.parameters), row)
    last: dict[tuple[str, str], _Row] = {}
    for row in sorted(sets.values(), key=lambda row: row.entry.status != "failed"):
        last.setdefault((row.entry.brand, row.entry.report), row)
    return list(last.values())


def _filters(rows: Iterable[_Row], lang: Lang) -> list[_Filter]:
    """Return the filters that leave something to choose; readers begin with their own language."""
    brands = sorted({row.brand for row in rows})
    reports = sorted({row.report for row in rows})
    periods = sorted({row.entry.period for row in rows}, reverse=True)
    languages = [(name, say(said)) for name, said in _LANGUAGES.items()]
    spoken = {row.lang for row in rows}
    found = [
        _Filter("brand", say(_("Brand")), [(brand, brand) for brand in brands]),
        _Filter("report", say(_("Report")), [(report, report) for report in reports]),
        _Filter("period", say(_("Period")), [(period, period) for period in periods]),
        _Filter("lang", say(_("Language")), [o for o in languages if o[0] in spoken], lang),
        _Filter(
            "status",
            say(_("Status")),
            [("published", say(_("published"))), ("failed", say(_("failed")))],
        ),
    ]
    return [each for each in found if len(each.options) > 1]


def _in_one_language(newest: list[Entry], lang: Lang) -> dict[tuple[str, str], tuple[str, str]]:
    """Return (title, address of the newest good page) of each report, in the index's language.

    Where a report was never made in this language, the language that there is must do.
    """
    titles: dict[tuple[str, str], str] = {}
    pages: dict[tuple[str, str], str] = {}
    for entry in sorted(newest, key=lambda entry: _spoken(entry, lang) != lang):
        titles.setdefault((entry.brand, entry.report), entry.title)
        if entry.latest_href:
            pages.setdefault((entry.brand, entry.report), entry.latest_href)
    return {key: (title, pages.get(key, "")) for key, title in titles.items()}


def _spoken(entry: Entry, lang: Lang) -> Lang:
    """Return the language of an entry's words; the index's where none is known."""
    named = entry.lang or entry.parameters.get("lang")
    return next((known for known in LANGS if known == named), lang)


def _row(entry: Entry, lang: Lang, known: tuple[str, str]) -> _Row:
    parameters = redacted(", ".join(f"{name} = {v}" for name, v in entry.parameters.items()))
    brand = entry.brand_title or entry.brand
    if entry.simulated:
        brand = say(_("{brand:text} (simulated)"), {"brand": brand})
    haystack = " ".join(
        (brand, entry.title, known[0], entry.question, entry.period, parameters, entry.headline)
    )
    return _Row(
        entry=entry,
        brand=brand,
        lang=_spoken(entry, lang),
        report=known[0],
        latest=_address(known[1]),
        parameters=parameters,
        when=_when(entry.published_at),
        haystack=clean(haystack).lower(),
        href=_address(entry.href),
        analyst_href=_address(entry.analyst_href),
        failure_href=_address(entry.failure_href),
    )


def _when(moment: str) -> str:
    """Return a time as the publishing machine's clock shows it, to the minute."""
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return f"{at.astimezone():%Y-%m-%d %H:%M}"


def _address(path: str) -> str:
    """Return a relative address; a colon is quoted too, so that no name becomes a scheme."""
    return "./" + quote(clean(path).lstrip("/\\"), safe="/") if path else ""
