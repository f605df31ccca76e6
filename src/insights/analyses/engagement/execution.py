"""Execution: of what the head office issued, how much did guides publish, and who saw and liked it?

By region of the guides: guides who could be asked, guides who did it, friends whom it reached,
friends who liked it. WeCom's task lists say of all regions together who was asked and did it. What
cannot be seen is left blank: a post that nobody lists the readers of has no share seen.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.channels import KINDS
from insights.analyses.engagement.execution_regions import LESS, MORE, UNTOLD, regions_apart
from insights.analyses.engagement.ratios import ratio_of_sums
from insights.charts import marks
from insights.errors import MissingColumns
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.90
MIN_PIECES = 4
NEEDED = {
    "content_id", "kind", "region", "asked", "tasked", "done", "published", "seen", "liked",
}  # fmt: skip
_TITLE = _("Do guides carry out what is issued?")
_ALL = _("all regions, task list")


@dataclass(frozen=True, eq=False, kw_only=True)
class Execution(Result):
    """Execution by region. One row per (kind, region), and one per kind of WeCom's task lists.

    `rate` is guides who published over guides who could, with its 90% interval over pieces; of a
    task list, which has no region, staff who did it over staff who were asked.
    `verdict` holds the region against all others on the same pieces, with Holm's rule for how many
    there are; `rest` is what those carry out. `seen_each` friends reached and `liked_each` friends
    who liked, a piece.
    """

    name = "execution"
    columns = {
        "where": Column(_("Channel and region"), "text"),
        "pieces": Column(_("Issued"), "count"),
        "asked": Column(_("Guides, all pieces"), "count"),
        "published": Column(_("Published"), "count"),
        "rate": Column(_("Carried out"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
        "rest": Column(_("Other regions, same pieces"), "percent"),
        "verdict": Column(_("Verdict"), "said"),
        "seen_each": Column(_("Friends reached a piece"), "number"),
        "liked_each": Column(_("Liked a piece"), "number"),
    }

    def plot(self) -> "Axes":
        """Draw the share carried out by region, those that are apart from the others filled."""
        rated = self.table[self.table["rate"].notna()]
        return marks.dots(
            rated.assign(apart=rated["verdict"].isin([LESS, MORE])),
            name="where",
            value="rate",
            low="low",
            high="high",
            emphasis="apart",
            kind="percent",
            xlabel=_("of guides who could, published"),
        )


def execution(regions: pd.DataFrame, *, as_of: date) -> Execution | NotEnoughData:
    """Measure how much of what is issued each region carries out.

    Parameters
    ----------
    regions : DataFrame, one row per content and region
        The mart `execution_region`.
    as_of : date
        Last day of complete data.

    Returns
    -------
    Execution or NotEnoughData
    """
    if missing := NEEDED - set(regions.columns):
        raise MissingColumns("execution_region", missing, regions.columns)
    numbers = ["asked", "tasked", "done", "published", "seen", "liked"]
    found = regions.astype(dict.fromkeys(numbers, float))
    facts: dict[str, Any] = {
        "as_of": as_of,
        "confidence": CONFIDENCE,
        "min_pieces": MIN_PIECES,
        "pieces": int(found["content_id"].nunique()),
        "tasks": int(found.loc[found["tasked"].notna(), "content_id"].nunique()),
        "unseen": int(found.loc[found["seen"].isna(), "content_id"].nunique()),
    }
    # A post of which no publishing is known by anybody was not skipped by everybody.
    known = found.groupby("content_id")["published"].transform("sum") > 0
    shown = found.loc[known]
    regions_known = shown["content_id"].nunique() >= MIN_PIECES
    tasks = _task_rows(found)
    if not regions_known and not tasks:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "Of {pieces:count} pieces of the last quarter nothing says which guides published "
                "them."
            ),
            needs=_(
                "Needed: WeCom's get_groupmsg_task and get_moment_task (who was asked, who did "
                "it), or get_groupmsg_send_result, and the list of staff with role and region."
            ),
            facts=facts,
        )
    table = pd.concat([_table(found, known & regions_known), pd.DataFrame(tasks)])
    table = table.sort_values(["kind", "rate"], ascending=[True, False], ignore_index=True)
    facts |= _facts(table)
    return Execution(
        table=table,
        facts=facts,
        claims=_claims(facts, table),
        caveats=_caveats(facts),
        checks=(
            Check(
                key="published_within_asked",
                message=_("No region has more guides who published than guides who could."),
                passed=bool((shown["published"] <= shown["asked"]).all()),
                evidence=_("{wrong:count} pieces and regions"),
                facts={"wrong": int((shown["published"] > shown["asked"]).sum())},
                stops=False,
            ),
        ),
        tiles=(
            Tile(
                key="carried_out",
                label=_("Carried out by guides"),
                fact="overall",
                kind="percent",
                good="up",
                note=_("{main_where}, last quarter"),
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "Guides with friends who published a piece, of those who could, last quarter up to "
            "{as_of:day}; {confidence:percent} intervals over pieces"
        ),
        meaning=_(
            "Filled dots are regions apart from the others, allowing for how many there are. Ask "
            "one that lies below them what keeps its guides from publishing before judging its "
            "content."
        ),
        alt=_("Dot chart of {rows:count} channels and regions by the share carried out."),
    )


def _table(found: pd.DataFrame, known: pd.Series) -> pd.DataFrame:
    found = found.assign(region=found["region"].fillna("–"))
    can = known & (found["asked"] > 0) & (found["published"] <= found["asked"])
    rows = []
    for kind, of_kind in found.groupby("kind"):
        apart = regions_apart(
            of_kind[can.loc[of_kind.index]], confidence=CONFIDENCE, least=MIN_PIECES
        )
        for region, mine in of_kind.groupby("region"):
            seen = mine[can.loc[mine.index]]
            rate = low = high = np.nan
            if len(seen):
                rate, low, high = ratio_of_sums(
                    seen["published"], seen["asked"], confidence=CONFIDENCE, most=1.0
                )
            told = region in apart.index
            rows.append(
                {
                    "where": f"{say(KINDS[str(kind)])} · {region}",
                    "kind": kind,
                    "region": region,
                    "pieces": int(mine["content_id"].nunique()),
                    "asked": int(mine["asked"].sum()),
                    "published": int(seen["published"].sum()) if len(seen) else None,
                    "could": int(seen["asked"].sum()),
                    "rate": rate,
                    "low": low,
                    "high": high,
                    "rest": float(apart.loc[region, "rest"]) if told else np.nan,
                    "verdict": apart.loc[region, "verdict"] if told else UNTOLD,
                    "seen_each": float(mine["seen"].mean()),
                    "liked_each": float(mine["liked"].mean()) if kind == "moment" else np.nan,
                }
            )
    return pd.DataFrame(rows)


def _task_rows(found: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what WeCom's task lists say: who was asked and did it, all regions together."""
    pieces = found.drop_duplicates("content_id").dropna(subset=["tasked", "done"])
    pieces = pieces[(pieces["tasked"] > 0) & (pieces["done"] <= pieces["tasked"])]
    liked = found.groupby("content_id")["liked"].sum()
    rows = []
    for kind, mine in pieces.groupby("kind"):
        if len(mine) < MIN_PIECES:
            continue
        rate, low, high = ratio_of_sums(
            mine["done"], mine["tasked"], confidence=CONFIDENCE, most=1.0
        )
        rows.append(
            {
                "where": f"{say(KINDS[str(kind)])} · {say(_ALL)}",
                "kind": kind,
                "region": None,
                "pieces": len(mine),
                "asked": int(mine["tasked"].sum()),
                "published": int(mine["done"].sum()),
                "could": int(mine["tasked"].sum()),
                "rate": rate,
                "low": low,
                "high": high,
                "rest": np.nan,
                "verdict": UNTOLD,
                "seen_each": np.nan,
                "liked_each": (
                    float(liked[mine["content_id"]].mean()) if kind == "moment" else np.nan
                ),
            }
        )
    return rows


def _facts(table: pd.DataFrame) -> dict[str, Any]:
    tasks = table[table["region"].isna()]
    rated = table[table["rate"].notna() & table["region"].notna()]
    # Where no region's publishing is known the task lists are all there is.
    first = rated[rated["kind"] == rated["kind"].iloc[0]] if len(rated) else tasks.head(1)
    worst, best = first.loc[first["rate"].idxmin()], first.loc[first["rate"].idxmax()]
    less, more = (first[first["verdict"] == verdict] for verdict in (LESS, MORE))
    facts: dict[str, Any] = {"task_rows": len(tasks)}
    # A list of tasks is read aloud where the regions' rows do not speak of its channel.
    aloud = tasks[~tasks["kind"].isin(rated["kind"])]
    if len(aloud):
        task = aloud.iloc[0]
        facts |= {
            "task_where": task["where"],
            "task_asked": int(task["asked"]),
            "task_rate": float(task["rate"]),
            "task_low": float(task["low"]),
            "task_high": float(task["high"]),
        }
    # Read aloud is the one furthest below the others; where none is below, the one furthest above.
    if len(less) or len(more):
        row = less.loc[less["rate"].idxmin()] if len(less) else more.loc[more["rate"].idxmax()]
        facts |= {
            "apart_where": row["where"],
            "apart_rate": float(row["rate"]),
            "apart_rest": float(row["rest"]),
        }
    return facts | {
        "less": len(less),
        "more": len(more),
        "rows": len(table),
        "regions": len(first) if len(rated) else 0,
        "main_where": say(KINDS[str(first["kind"].iloc[0])]),
        "overall": float(first["published"].sum() / first["could"].sum()),
        "worst_rate": float(worst["rate"]),
        "best_rate": float(best["rate"]),
    }


def _told(facts: dict[str, Any]) -> tuple[Claim, ...]:
    """Return what a task list says of a channel whose regions nothing is known of."""
    if "task_where" not in facts:
        return ()
    return (
        Claim(
            key="tasks_done",
            topic="execution",
            place="evidence",
            message=_(
                "Of {task_asked:count} requests to guides ({task_where}), {task_rate:percent} "
                "({task_low:percent}–{task_high:percent}) were carried out, by WeCom's task list."
            ),
            holds=[
                Holds(
                    "the rate lies in its interval",
                    facts["task_low"] <= facts["task_rate"] <= facts["task_high"],
                )
            ],
        ),
    )


def _claims(facts: dict[str, Any], table: pd.DataFrame) -> tuple[Claim, ...]:
    told = _told(facts)
    if not facts["regions"]:
        return told
    rates = table["rate"].dropna()
    less, more = facts["less"] > 0, facts["more"] > 0
    if less or more:
        message = (
            _(
                "Guides carry out {overall:percent} of what is issued; {apart_where} does less of "
                "it than the other regions: {apart_rate:percent} against {apart_rest:percent}."
            )
            if less
            else _(
                "Guides carry out {overall:percent} of what is issued; {apart_where} does more of "
                "it than the other regions: {apart_rate:percent} against {apart_rest:percent}."
            )
        )
        said = facts["apart_rate"] < facts["apart_rest"]
        holds = [
            Holds("its rate lies on that side of the others'", said == less),
            Holds("it is apart by Holm's rule", facts["apart_where"] in set(
                table.loc[table["verdict"].isin([LESS, MORE]), "where"]
            )),
        ]  # fmt: skip
    else:
        message = _(
            "Guides carry out {overall:percent} of what is issued; regions cannot be told apart, "
            "from {worst_rate:percent} to {best_rate:percent}."
        )
        holds = [
            Holds("the rates are the table's", bool(
                rates.isin([facts["worst_rate"]]).any() and rates.isin([facts["best_rate"]]).any()
            )),
            Holds("no region is apart by Holm's rule", facts["less"] + facts["more"] == 0),
        ]  # fmt: skip
    return (
        Claim(
            key="regions_differ" if less or more else "regions_alike",
            undecided=not (less or more),
            topic="execution",
            place="evidence",
            message=message,
            holds=holds,
        ),
        *told,
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = []
    if facts["tasks"] < facts["pieces"]:
        caveats.append(
            _(
                "Whom the head office asked is known of {tasks:count} of {pieces:count} pieces; "
                "elsewhere every guide with friends counts as asked (get_groupmsg_task and "
                "get_moment_task would tell)."
            )
        )
    if facts["unseen"]:
        caveats.append(
            _(
                "Who published and who saw is not known of {unseen:count} pieces: WeCom lists "
                "it in get_moment_task and get_moment_send_result only."
            )
        )
    return tuple(caveats)
