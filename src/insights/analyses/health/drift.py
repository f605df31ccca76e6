"""Drift: what has changed in the exports, and what had to be assumed about them?

An export changes without notice: a header is renamed, a column is no longer ticked, a status word
is new. What no adapter reads is not lost, it stays in the file, but no report has it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from insights.analyses.health.labels import needed, source_said
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _, say, voice

NEW_WORD = _("new status word: the file was refused")
NEW_HEADER = _("new column that nobody reads")
GONE = _("column gone since an earlier export")
UNREAD = _("column that nobody reads")
ABSENT = _("column that the export leaves out")
ASSUMED = _("assumption that no document proves")
SCOPE = _("the shop was assumed, because the file does not say it")
MOMENT = _("the day of the snapshot was taken from the file's date")
AGE = _("nothing tells how new the file is: it was taken to be the newest")
EMPTY = _("a file without rows")
PART = _("a list without its last page: who is on it is not known")
SHORT = _("rows that cannot be read: an order may be short of a line")
SUPERSEDED = _("rows that a later row of the same file replaces")
ALIKE = _("rows of an order that are alike and have no number: each was counted")
MISSING = _("column gone that reports need, beside columns that nobody knows")
UNTIMED = _("paid orders without a time of payment: no report has them")
UNCHANGED = _("as it was")
# The first concern the reader most.
SEPARATOR = " / "
ORDER = (
    NEW_WORD,
    NEW_HEADER,
    GONE,
    PART,
    SHORT,
    MISSING,
    UNTIMED,
    SUPERSEDED,
    ALIKE,
    ASSUMED,
    SCOPE,
    MOMENT,
    AGE,
    EMPTY,
    ABSENT,
    UNREAD,
    UNCHANGED,
)
_ASSUMED = (ASSUMED, SCOPE, MOMENT, AGE)
_REMARKS = {
    "unproven": ASSUMED,
    "scope": SCOPE,
    "moment": MOMENT,
    "age": AGE,
    "empty": EMPTY,
    "part": PART,
    "short": SHORT,
    "superseded": SUPERSEDED,
    "alike": ALIKE,
    "missing": MISSING,
    "untimed": UNTIMED,
}
_TITLE = _("What changed in the exports, and what had to be assumed")


@dataclass(frozen=True, eq=False, kw_only=True)
class Drift(Result):
    """Changes and assumptions. One row per source, kind of change, and name."""

    name = "drift"
    columns = {
        "what": Column(_("What"), "said"),
        "name": Column(_("Which"), "said"),
        "source": Column(_("Source"), "said"),
        "files": Column(_("Files"), "count"),
        "first_on": Column(_("First seen"), "day"),
        "last_on": Column(_("Last seen"), "day"),
    }


def drift(files: pd.DataFrame) -> Drift | NotEnoughData:
    """List what has changed between the exports of each adapter, and what was assumed.

    Parameters
    ----------
    files : DataFrame, one row per file or load
        `Lake.files`: `source`, `loaded_at`, `unknown_headers`, `missing_columns`, `remarks`,
        `refused_as`.
    """
    needed(
        files,
        "files",
        {"source", "loaded_at", "unknown_headers", "missing_columns", "remarks", "refused_as"},
    )
    if files.empty:
        return NotEnoughData(
            title=_TITLE,
            because=_("No log of a load is there: how exports changed is not known."),
            needs=_("Needed: a load; every load from now on keeps its log."),
        )
    rows = [
        row
        for _source, found in _by_source(files)
        for row in list(_changes(found))
        or [_row(source_said(found["source"].iloc[0]), UNCHANGED, "–", found)]
    ]
    table = _table(rows)
    counts = table["what"].value_counts()
    facts: dict[str, Any] = {
        "files": len(files),
        "again": _loaded_again(files),
        "new_words": int(counts.get(NEW_WORD, 0)),
        "new_headers": int(counts.get(NEW_HEADER, 0)),
        "gone": int(counts.get(GONE, 0)),
        "assumed": int(table.loc[table["what"].isin(_ASSUMED), "items"].sum()),
    }
    facts["changes"] = facts["new_words"] + facts["new_headers"] + facts["gone"]
    for name, what in (("new_words", NEW_WORD), ("gone", GONE), ("new_headers", NEW_HEADER)):
        if facts[name]:
            facts[f"{name}_of"] = table.loc[table["what"] == what, "source"].iloc[0]
    return Drift(
        table=table,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(facts),
        title=_TITLE,
        subtitle=_(
            "Columns, status words and assumptions of {files:count} files and deliveries, by "
            "source; only names of columns are shown, never what is in them"
        ),
        meaning=_("A column that is gone empties a figure; a new one may be worth reading.")
        if facts["changes"]
        else "",
    )


def _by_source(files: pd.DataFrame) -> Iterator[tuple[Any, pd.DataFrame]]:
    ordered = files.sort_values("loaded_at", kind="stable")
    yield from ordered.groupby("source", sort=True, dropna=True)


def _loaded_again(files: pd.DataFrame) -> bool:
    """Whether any source came in more than one load, so that there is something to compare."""
    read = files[files["refused_as"].isna()]
    return bool((read.groupby("source")["loaded_at"].agg("nunique") > 1).any())


def _changes(found: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield what is new, gone or assumed in the exports of one adapter."""
    source = source_said(found["source"].iloc[0])
    refused = found[found["refused_as"] == "unknown_word"]
    if len(refused):
        yield _row(source, NEW_WORD, "–", refused)
    read = found[found["refused_as"].isna()]
    if read.empty:
        return
    # Whole loads are compared: the files of one load may be of several kinds of columns.
    first = read["loaded_at"] == read["loaded_at"].min()
    newest = read["loaded_at"] == read["loaded_at"].max()
    for column, new, old in (
        ("unknown_headers", NEW_HEADER, UNREAD),
        ("missing_columns", GONE, ABSENT),
    ):
        known = []
        for name in sorted({header for headers in read[column] for header in headers}):
            has = read[column].map(lambda headers, name=name: name in headers)
            if (has & newest).any() and not (has & first).any():
                yield _row(source, new, name, read[has])
            else:
                known.append(name)
        if known:  # What was so from the beginning is one line, however many columns it are.
            yield _row(source, old, SEPARATOR.join(known), read[read[column].map(len) > 0])
    said: dict[tuple[str, str], dict[str, Any]] = {}
    for remarks in read["remarks"]:
        for one in remarks:
            what = _REMARKS.get(one["kind"], ASSUMED)
            about = "" if what == ASSUMED else one["about"]
            said.setdefault((what, about), {})[one["en"]] = one
    for (what, about), own in said.items():
        has = read["remarks"].map(lambda given, own=own: any(one["en"] in own for one in given))
        yield _row(source, what, _named(what, about, list(own.values())), read[has]) | {
            "items": len(own) if what == ASSUMED else 1
        }


def _named(what: str, about: str, remarks: list[dict[str, Any]]) -> str:
    """Return which some remarks are: their words, their rows, or what they are about."""
    if what == ASSUMED:
        lang = "en" if voice().lang == "en" else "zh"
        return SEPARATOR.join(sorted(one[lang] for one in remarks))
    if rows := sum(one["rows"] for one in remarks):
        return say(_("{rows:count} rows"), {"rows": rows})
    return about or "–"


def _row(source: str, what: str, name: str, found: pd.DataFrame) -> dict[str, Any]:
    return {
        "items": 1,
        "source": source,
        "what": what,
        "name": name,
        "files": len(found),
        "first_on": found["loaded_at"].min().date(),
        "last_on": found["loaded_at"].max().date(),
    }


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    if not rows:
        return pd.DataFrame(columns=[*Drift.columns, "items"])
    table = (
        pd.DataFrame(rows)
        .groupby(["source", "what", "name"], sort=False)
        .agg(
            items=("items", "max"),
            files=("files", "sum"),
            first_on=("first_on", "min"),
            last_on=("last_on", "max"),
        )
        .reset_index()
    )
    rank = table["what"].map({what: place for place, what in enumerate(ORDER)})
    table = table.assign(rank=rank).sort_values(["rank", "source", "name"], ignore_index=True)
    return table.drop(columns="rank")


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if not facts["changes"]:
        return (
            Claim(
                key="no_drift",
                undecided=True,
                topic="drift",
                place="evidence",
                message=_("Exports have kept their form from load to load.")
                if facts["again"]
                else _("Every kind of export was loaded once so far; changes show from the next."),
                holds=[Holds("nothing is new or gone", facts["changes"] == 0)],
            ),
        )
    found = (
        (
            "new_words",
            _(
                "Exports have changed: {new_words:count} sources use status words that are not "
                "known, so their files were refused; look at {new_words_of:said} first."
            ),
        ),
        (
            "gone",
            _("Exports have changed: {gone:count} columns are gone; look at {gone_of:said} first."),
        ),
        (
            "new_headers",
            _(
                "Exports have changed: {new_headers:count} columns are new, and nobody reads them; "
                "look at {new_headers_of:said} first."
            ),
        ),
    )
    return tuple(
        Claim(key=key, message=message, holds=[Holds(f"{key} is not zero", facts[key] > 0)])
        for key, message in found
        if facts[key]
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    if not facts["assumed"]:
        return ()
    return (
        _("{assumed:count} assumptions stand behind these figures; each is in the table above."),
    )
