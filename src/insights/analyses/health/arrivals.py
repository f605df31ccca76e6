"""Arrivals: how fresh is each kind of data, measured by the rhythm in which it usually comes?

Data are late when they have been silent for longer than ever before between two days with events
or between two exports. Silence that chance cannot explain is a gap: data of those days are missing.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.health.labels import TABLES, needed, source_said, system
from insights.charts import marks
from insights.models.gaps import Gap, gaps
from insights.results import Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST_SPELLS = 8  # From fewer intervals nobody can say what is usual.
LEAST_STEPS = 3
ON_TIME = _("on time")
LATE = _("late")
UNTOLD = _("rhythm not known yet")
_TITLE = _("How fresh each kind of data is")


@dataclass(frozen=True, eq=False, kw_only=True)
class Arrivals(Result):
    """Freshness. One row per source and table; `behind_days` from the newest event to `as_of`.

    `usual_days` is the longest that it was silent before: between two days with events, or
    between the newest events of two successive exports.
    """

    name = "arrivals"
    columns = {
        "table": Column(_("Data"), "said"),
        "source": Column(_("Source"), "said"),
        "state": Column(_("Verdict"), "said"),
        "last_on": Column(_("Newest event"), "day"),
        "behind_days": Column(_("Behind"), "days"),
        "usual_days": Column(_("Usual at most"), "days"),
        "gap_days": Column(_("Days missing"), "count"),
        "rows": Column(_("Events"), "count"),
        "loaded_on": Column(_("Last load"), "day"),
        "first_on": Column(_("First event"), "day", shown=False),
    }

    as_of: date

    def plot(self) -> "Axes | None":
        """Draw by how many days each is behind, the late ones filled."""
        if not self.facts["late"]:
            return None  # Days that are as they should be need no picture.
        ranked = self.table.sort_values("behind_days", ascending=False)
        return marks.bars(
            ranked.assign(stands_out=ranked["state"] == LATE),
            name="name",
            value="behind_days",
            emphasis="stands_out",
            kind="days",
            xlabel=_("days from the newest event to the end of the report"),
        )


def arrivals(days: pd.DataFrame, files: pd.DataFrame, *, as_of: date) -> Arrivals | NotEnoughData:
    """Hold the newest event of each kind of data against the day of the report.

    Parameters
    ----------
    days : DataFrame, one row per source, table and day with events
        The mart `source_days`: `source`, `table_name`, `on_date`, `rows`.
    files : DataFrame, one row per file or load
        `Lake.files`: `source`, `tables`, `loaded_at`, `last_at`, `refused_as`.
    as_of : date
        Last day that the report is about.
    """
    needed(days, "days", {"source", "table_name", "on_date", "rows"})
    needed(files, "files", {"source", "tables", "loaded_at", "last_at", "refused_as"})
    if days.empty:
        return NotEnoughData(
            title=_TITLE,
            because=_("Nothing that happened by {as_of:day} has been loaded."),
            needs=_("Needed: one export of orders."),
            facts={"as_of": as_of},
        )
    # To a frame without rows pandas would give those of a longer series: map what is left.
    loaded = files[files["refused_as"].isna()]
    loaded = loaded.assign(system=loaded["source"].map(system))
    rows, missing = [], []
    for (source, table), found in days.groupby(["source", "table_name"]):
        of_it = loaded[loaded["system"] == source]
        holds = np.array([table in tables for tables in of_it["tables"]], bool)
        row, spells = _stream(source, table, found, of_it[holds], as_of)
        rows.append(row)
        missing += [(row, gap) for gap in spells]
    table = pd.DataFrame(rows).sort_values(
        ["behind_days", "source", "table"], ascending=[False, True, True], ignore_index=True
    )
    facts = _facts(table, missing, as_of)
    return Arrivals(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts, table),
        caveats=_caveats(facts),
        tiles=(
            Tile(
                key="late",
                label=_("Data that are late"),
                fact="late",
                kind="count",
                good="down",
                note=_("of {streams:count} kinds of data"),
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "Days from the newest event of each kind of data to {as_of:day}, and the longest that "
            "it was silent before"
        ),
        meaning=_("What is late looks like customers who stopped: load it before reading on."),
        alt=_(
            "Bar chart of {streams:count} kinds of data by days behind {as_of:day}; {late:count} "
            "are late."
        ),
    )


def _stream(
    source: str, table: str, found: pd.DataFrame, loaded: pd.DataFrame, as_of: date
) -> tuple[dict[str, Any], list[Gap]]:
    """Return what is known of one kind of data, and the gaps in it."""
    on = np.unique(found["on_date"].to_numpy("datetime64[D]"))
    last = on[-1].item()
    inner = gaps(found["on_date"], as_of=last)
    spells = np.diff(on).astype(int)
    usual = spells[~np.isin(spells, [gap.days + 1 for gap in inner])]
    fronts = loaded["last_at"].dropna().to_numpy("datetime64[D]")
    steps = np.diff(np.unique(fronts)).astype(int)
    if steps.size < LEAST_STEPS:
        steps = steps[:0]
    told = len(usual) >= LEAST_SPELLS or len(steps) >= LEAST_STEPS
    behind = (as_of - last).days
    longest = int(max(usual.max(initial=0), steps.max(initial=0)))
    state = UNTOLD if not told else (LATE if behind > longest else ON_TIME)
    said, data = source_said(source), TABLES.get(table, table)
    return {
        "name": f"{say(said)} · {say(data)}",
        "source": said,
        "table": data,
        "rows": int(found["rows"].sum()),
        "first_on": on[0].item(),
        "last_on": last,
        "behind_days": behind,
        "usual_days": longest if told else None,
        "state": state,
        "gap_days": sum(gap.days for gap in inner),
        "loaded_on": loaded["loaded_at"].max() if len(loaded) else None,
    }, inner


def _facts(
    table: pd.DataFrame, missing: list[tuple[dict[str, Any], Gap]], as_of: date
) -> dict[str, Any]:
    late = table[table["state"] == LATE]
    facts: dict[str, Any] = {
        "as_of": as_of,
        "streams": len(table),
        "late": len(late),
        "on_time": int((table["state"] == ON_TIME).sum()),
        "untold": int((table["state"] == UNTOLD).sum()),
        "gap_days": sum(gap.days for _row, gap in missing),
    }
    if len(late):
        worst = late.iloc[0]
        facts |= {f"worst_{name}": worst[name] for name in ("source", "table", "last_on")}
        facts["worst_behind"] = int(worst["behind_days"])
        facts["worst_usual"] = int(worst["usual_days"])
    if missing:
        row, gap = max(missing, key=lambda one: one[1].days)
        facts |= {
            "gap_source": row["source"],
            "gap_table": row["table"],
            "gap_first": gap.first,
            "gap_last": gap.last,
            "gap_longest": gap.days,
        }
    return facts


def _claims(facts: dict[str, Any], table: pd.DataFrame) -> tuple[Claim, ...]:
    claims = []
    if facts["late"]:
        claims.append(
            Claim(
                key="late",
                topic="freshness",
                message=_(
                    "Late: {worst_source:said} has no {worst_table:said} after {worst_last_on:day},"
                    " {worst_behind:days} before the end of the report; it was never silent for "
                    "more than {worst_usual:days} before."
                ),
                holds=[
                    Holds(
                        "it is silent for longer than ever before",
                        facts["worst_behind"] > facts["worst_usual"],
                    )
                ],
            )
        )
    elif facts["on_time"]:
        claims.append(
            Claim(
                key="on_time",
                topic="freshness",
                message=_(
                    "Nothing is late: all {on_time:count} kinds of data whose rhythm is known "
                    "reach {as_of:day} or fall short of it by no more than usual."
                ),
                holds=[Holds("none is late", bool((table["state"] != LATE).all()))],
            )
        )
    if facts["gap_days"]:
        claims.append(
            Claim(
                key="gap",
                message=_(
                    "Missing: {gap_source:said} has no {gap_table:said} at all from "
                    "{gap_first:day} to {gap_last:day} ({gap_longest:days}); export these days "
                    "again."
                ),
                holds=[Holds("chance cannot explain the silence", facts["gap_longest"] > 0)],
            )
        )
    return tuple(claims)


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    if not facts["untold"]:
        return ()
    return (
        _("Of {untold:count} kinds of data too few days are known to say whether they are late."),
    )
