"""Refusals: which rows and files are in quarantine, for what reason, and how are they mended?"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.analyses.health import reasons
from insights.analyses.health.labels import TABLES, needed, source_said
from insights.charts import marks
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORGOTTEN = "forgotten"  # Rows that must stay out: nothing about them is to be mended.
NAMED = 8  # Reasons that a picture can name.
_TITLE = _("What is in quarantine, and how to mend it")


@dataclass(frozen=True, eq=False, kw_only=True)
class Refusals(Result):
    """Reasons, the most rows first. One row per place, problem and field.

    A row of a file that has several reasons is counted under each.
    """

    name = "refusals"
    columns = {
        "problem": Column(_("What is wrong"), "said"),
        "rows": Column(_("Rows"), "count"),
        "fix": Column(_("How to mend it"), "said"),
        "place": Column(_("Data"), "said"),
        "field": Column(_("Column"), "text"),
        "files": Column(_("Files"), "count"),
        "last_on": Column(_("Last seen"), "day"),
    }

    def plot(self) -> "Axes | None":
        """Draw rows by problem; None where a glance at the table does."""
        by = self.table.groupby("problem")["rows"].sum().sort_values(ascending=False)
        by = by[by > 0].head(NAMED)
        if len(by) < 3:
            return None
        return marks.bars(
            pd.DataFrame({"problem": [say(text) for text in by.index], "rows": by.to_numpy()}),
            name="problem",
            value="rows",
            kind="count",
            xlabel=_("rows in quarantine"),
        )


def refusals(refused: pd.DataFrame, files: pd.DataFrame) -> Refusals | NotEnoughData:
    """Sort what was refused by reason, with the fix in words.

    Parameters
    ----------
    refused : DataFrame, one row per load, table or adapter, and reason
        `Lake.refusals`: `place`, `reason`, `rows`, `loaded_at`.
    files : DataFrame, one row per file or load
        `Lake.files`: `source`, `refused_as`, `loaded_at`, `rows_read`, `rows_refused`.
    """
    needed(refused, "refused", {"place", "reason", "rows", "loaded_at"})
    needed(files, "files", {"source", "refused_as", "loaded_at", "rows_read", "rows_refused"})
    if files.empty:
        return NotEnoughData(
            title=_TITLE,
            because=_("No log of a load is there: what was refused is not known."),
            needs=_("Needed: a load; every load from now on keeps its log."),
        )
    table = _table(refused[refused["reason"] != FORGOTTEN], files)
    facts: dict[str, Any] = {
        "read": int(files["rows_read"].sum()),
        "refused": int(files["rows_refused"].sum()),
        "reasons": int(((table["rows"] > 0) | (table["files"] > 0)).sum()),
        "files": len(files),
        "files_refused": int(files["refused_as"].notna().sum()),
    }
    facts["share"] = facts["refused"] / facts["read"] if facts["read"] else None
    if facts["reasons"]:
        facts |= {f"top_{name}": table.iloc[0][name] for name in ("problem", "fix", "place")}
        facts["top_rows"] = int(table.iloc[0]["rows"])
    lost = table[table["files"] > 0]
    if len(lost):
        facts |= {f"file_{name}": lost.iloc[0][name] for name in ("problem", "fix")}
    return Refusals(
        table=table,
        facts=facts,
        claims=_claims(facts),
        caveats=(
            _(
                "Quarantine is counted over all loads so far: a row that a later export brought "
                "in order is still counted here."
            ),
        )
        if facts["reasons"]
        else (),
        title=_TITLE,
        subtitle=_("Rows and files by the reason for which they were refused, in all loads so far"),
        meaning=_("The first line is worth the most: mending it brings back the most rows.")
        if facts.get("top_rows") and facts["reasons"] > 1
        else "",
        alt=_("Bar chart of rows in quarantine by reason, {refused:count} rows in all."),
    )


def _table(refused: pd.DataFrame, files: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for one in refused.itertuples():
        meaning = reasons.of_row(one.reason)
        place = TABLES.get(one.place) or source_said(one.place)
        rows.append(_line(place, meaning, one.loaded_at, rows=one.rows))
    for one in files[files["refused_as"].notna()].itertuples():
        meaning = reasons.of_file(one.refused_as)
        rows.append(_line(source_said(one.source), meaning, one.loaded_at, files=1))
    by = ["place", "problem", "field", "fix"]
    if not rows:
        rows = [
            _line(source_said(source), reasons.NOTHING, found.max())
            for source, found in files.groupby("source")["loaded_at"]
        ]
    table = (
        pd.DataFrame(rows)
        .groupby(by, sort=False, dropna=False)
        .agg(rows=("rows", "sum"), files=("files", "sum"), last_on=("last_on", "max"))
        .reset_index()
    )
    order = ["rows", "files", *by]
    ascending = [False, False, *[True] * len(by)]
    return table.sort_values(order, ascending=ascending, ignore_index=True)


def _line(
    place: str, meaning: reasons.Meaning, seen: Any, *, rows: int = 0, files: int = 0
) -> dict[str, Any]:
    return {
        "place": place,
        "problem": meaning.problem,
        "field": meaning.field,
        "fix": meaning.fix,
        "rows": rows,
        "files": files,
        "last_on": pd.Timestamp(seen).date(),
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if not facts["reasons"]:
        return (
            Claim(
                key="none_refused",
                topic="quarantine",
                message=_("Nothing is in quarantine: of {read:count} rows none was refused."),
                holds=[
                    Holds("no row was refused", facts["refused"] == 0),
                    Holds("no file was refused", facts["files_refused"] == 0),
                ],
            ),
        )
    claims = []
    if facts["top_rows"]:
        claims.append(
            Claim(
                key="top_reason",
                topic="quarantine",
                message=_(
                    "The first thing to mend: {top_problem:said} ({top_rows:count} rows of "
                    "{top_place:said}). {top_fix:said}"
                ),
                holds=[Holds("no reason has more rows", facts["top_rows"] > 0)],
            )
        )
    if facts["files_refused"]:
        claims.append(
            Claim(
                key="files_refused",
                message=_(
                    "{files_refused:count} of {files:count} files were left out as a whole; the "
                    "first reason: {file_problem:said}. {file_fix:said}"
                ),
                holds=[Holds("files were refused", facts["files_refused"] > 0)],
            )
        )
    return tuple(claims)
