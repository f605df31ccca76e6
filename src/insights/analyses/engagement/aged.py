"""Aged: how early is it known which pieces are good, after a day, a week or a month?

The pieces of one channel are scored at three ages, each by the answers that had come by then; a
piece that is younger is projected from older ones (`ages`). How far the verdict of the first day
may be trusted is counted on pieces that have all three ages behind them.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.analyses.engagement.ages import at_age
from insights.analyses.engagement.channels import KINDS
from insights.analyses.engagement.score import ContentScores, content_scores
from insights.analyses.engagement.verdicts import ABOVE, BELOW, NOT_TOLD
from insights.charts import marks
from insights.errors import DataError
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Days after the day of publication: platforms that tell days alone have no hours.
AGES = {1: "day", 7: "week", 30: "month"}
FIRST, LAST = "day", "month"
_TITLE = _("Scores after a day, a week and a month")


@dataclass(frozen=True, eq=False, kw_only=True)
class Aged(Result):
    """Scores of each piece at three ages. One row per piece, in the order of the first day.

    `day`, `week` and `month` are scores in [0, 100] by the answers up to the first, seventh and
    thirtieth day after publication, each with its 90% band; NaN where the evidence is thin.
    `projected` counts the ages that the piece has not reached yet.
    """

    name = "aged"
    columns = {
        "title": Column(_("Piece"), "text"),
        "published_on": Column(_("Published"), "day"),
        "day": Column(_("Score after a day"), "count"),
        "day_low": Column(_("Band from"), "count", shown=False),
        "day_high": Column(_("Band to"), "count", shown=False),
        "week": Column(_("After a week"), "count"),
        "week_low": Column(_("Band from"), "count", shown=False),
        "week_high": Column(_("Band to"), "count", shown=False),
        "month": Column(_("After thirty days"), "count"),
        "month_low": Column(_("Band from"), "count"),
        "month_high": Column(_("Band to"), "count"),
        "projected": Column(_("Ages projected"), "count"),
        "verdict": Column(_("Against its peers after thirty days"), "said"),
    }

    of: dict[str, ContentScores]

    def plot(self) -> "Axes":
        """Draw how many pieces can be told apart at each age."""
        told = [
            {"age": label, "told": self.facts[f"told_{name}"]}
            for name, label in (
                ("day", _("after a day")),
                ("week", _("after a week")),
                ("month", _("after thirty days")),
            )
        ]
        return marks.bars(
            pd.DataFrame(told), name="age", value="told", kind="count",
            xlabel=_("pieces told apart from the middle"),
        )  # fmt: skip


def aged(looks: pd.DataFrame, *, as_of: date, kind: str | None) -> Aged | NotEnoughData:
    """Score the pieces of one kind at three fixed ages.

    Parameters
    ----------
    looks : DataFrame, one row per content, audience and day of age
        The mart `content_looks`.
    as_of : date
        Last day of complete data.
    kind : str or None
        Kind of content, such as 'moment'; None where no channel has a score.

    Returns
    -------
    Aged or NotEnoughData
        The latter where pieces cannot be scored at one of the ages.

    Raises
    ------
    MissingColumns
        If the mart lacks a column.
    """
    facts: dict[str, Any] = {
        "as_of": as_of,
        "channel": KINDS.get(str(kind), _("Pieces of content")),
    }
    found: dict[str, ContentScores] = {}
    for days, name in AGES.items():
        one = _scored(looks, as_of, kind, days)
        if not isinstance(one, ContentScores):
            return NotEnoughData(
                title=_TITLE,
                because=_(
                    "{channel:said} cannot be scored {missing_age:days} after publication: too few "
                    "pieces or answers."
                ),
                needs=_("Needed: ten pieces of a channel in half a year, with thirty answers."),
                facts=facts | {"missing_age": days},
            )
        found[name] = one
    table = _table(found, as_of)
    facts |= _facts(found, table)
    return Aged(
        table=table,
        of=found,
        facts=facts,
        claims=(_claim(facts),),
        caveats=_caveats(facts),
        checks=(
            Check(
                key="first_verdicts_are_all",
                message=_("Each verdict of the first day was kept, lost or turned."),
                passed=facts["kept"] + facts["lost"] + facts["turned"] == facts["early"],
                evidence=_("{early:count} verdicts of pieces that are {last:days} old"),
                facts={"early": facts["early"], "last": facts["last"]},
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "{channel:said}: pieces told apart from the middle of their peers by the answers up to "
            "three ages, {as_of:day}"
        ),
        meaning=_(
            "Judge at one age. A verdict of the first day that the thirtieth does not keep was "
            "not wrong: its band was wide, and it said so."
        ),
        alt=_(
            "Bar chart: {told_day:count} pieces told apart after a day, {told_week:count} after a "
            "week, {told_month:count} after thirty days."
        ),
    )


def _scored(
    looks: pd.DataFrame, as_of: date, kind: str | None, days: int
) -> ContentScores | NotEnoughData | None:
    if kind is None:
        return None
    try:
        return content_scores(at_age(looks, as_of=as_of, kind=kind, horizon=days), as_of=as_of)
    except DataError:  # The model did not come to rest: at this age there is no score.
        return None


def _table(found: dict[str, ContentScores], as_of: date) -> pd.DataFrame:
    """Lay the scores of the three ages side by side, for pieces that have all of them."""
    parts = [
        one.table.set_index("content_id")[["score", "low", "high", "verdict"]].set_axis(
            [name, f"{name}_low", f"{name}_high", f"{name}_verdict"], axis=1
        )
        for name, one in found.items()
    ]
    about = found[FIRST].table.set_index("content_id")[["title", "published_on"]]
    table = about.join(parts, how="inner")
    age = (pd.Timestamp(as_of) - pd.to_datetime(table["published_on"])).dt.days
    projected = sum((age < days).astype(int) for days in AGES)
    return table.assign(
        projected=projected, age_days=age, verdict=table[f"{LAST}_verdict"]
    ).reset_index()


def _facts(found: dict[str, ContentScores], table: pd.DataFrame) -> dict[str, Any]:
    old = table[table["projected"] == 0]
    first, last = old[f"{FIRST}_verdict"], old[f"{LAST}_verdict"]
    early = first != NOT_TOLD
    return {
        **{f"told_{name}": int((table[f"{name}_verdict"] != NOT_TOLD).sum()) for name in found},
        "last": max(AGES),
        "pieces": len(table),
        "old": len(old),
        "young": int((table["projected"] > 0).sum()),
        "early": int(early.sum()),
        "kept": int((early & (first == last)).sum()),
        "turned": int(
            ((first == ABOVE) & (last == BELOW) | (first == BELOW) & (last == ABOVE)).sum()
        ),
        "lost": int((early & (last == NOT_TOLD)).sum()),
        "late": int((~early & (last != NOT_TOLD)).sum()),
    }


def _claim(facts: dict[str, Any]) -> Claim:
    if not facts["early"]:
        return Claim(
            key="nothing_known_after_a_day",
            undecided=True,
            place="evidence",
            topic="how_early",
            message=_(
                "{channel:said}: after a day none of {old:count} pieces can be told apart from its "
                "peers; after {last:days} {late:count} can."
            ),
            holds=[Holds("no piece stood out after a day", facts["early"] == 0)],
        )
    return Claim(
        key="how_early",
        place="evidence",
        topic="how_early",
        message=_(
            "{channel:said}: {early:count} of {old:count} pieces stood out after a day; "
            "{kept:count} of them still do after {last:days}, {turned:count} turned to the other "
            "side, and {late:count} more stand out by then."
        ),
        holds=[
            Holds(
                "kept, lost and turned are all of them",
                facts["kept"] + facts["lost"] + facts["turned"] == facts["early"],
            )
        ],
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    said = [
        _(
            "Ages are days of the calendar: “after a day” is up to the end of the day after "
            "publication."
        )
    ]
    if facts["young"]:
        said.append(
            _(
                "{young:count} pieces have not reached all three ages: what is still to come is "
                "projected from older ones, and no verdict of theirs is counted as kept."
            )
        )
    return tuple(said)


__all__ = ["AGES", "Aged", "aged"]
