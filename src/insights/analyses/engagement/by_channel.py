"""By channel: in which channels can pieces be told apart at all, and which lead there?

Each channel's pieces are scored among themselves (`score`), by the answer that the channel is
judged by. Scores of two channels are never compared: a like of a friend and a read of a fan are
different things, and money is what channels are compared on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.analyses.engagement.ages import at_age
from insights.analyses.engagement.channels import KINDS
from insights.analyses.engagement.score import ContentScores, content_scores
from insights.charts import marks
from insights.errors import MissingColumns
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HORIZON = 7  # days after the day of publication
_TITLE = _("In which channels pieces can be told apart")


@dataclass(frozen=True, eq=False, kw_only=True)
class ChannelScores(Result):
    """Pieces that stand out, by channel. One row per channel with enough answers.

    `told_share` is the share in [0, 1] of its pieces that are clearly better or worse than the
    middle; `best` the piece with the highest order and `best_top` its chance of the top tenth.
    """

    name = "channel_scores"
    columns = {
        "channel": Column(_("Channel"), "said"),
        "items": Column(_("Pieces"), "count"),
        "above": Column(_("Clearly better"), "count"),
        "below": Column(_("Clearly worse"), "count"),
        "withheld": Column(_("Without a score"), "count"),
        "told_share": Column(_("Told apart"), "percent"),
        "best": Column(_("First in order"), "text"),
        "best_top": Column(_("Its chance of the top tenth"), "percent"),
    }

    of: Mapping[str, ContentScores | NotEnoughData]

    def plot(self) -> "Axes":
        """Draw the share of pieces told apart by channel."""
        return marks.bars(
            self.table, name="channel", value="told_share", kind="percent",
            xlabel=_("of its pieces, told apart from the middle"),
        )  # fmt: skip


def channel_scores(looks: pd.DataFrame, *, as_of: date) -> ChannelScores | NotEnoughData:
    """Score the pieces of every channel, each among themselves.

    Parameters
    ----------
    looks : DataFrame, one row per content, audience and day of age
        The mart `content_looks`.
    as_of : date
        Last day of complete data.

    Raises
    ------
    MissingColumns
        If the mart lacks a column.
    """
    if "kind" not in looks.columns:
        raise MissingColumns("content_looks", {"kind"}, looks.columns)
    found = {
        kind: content_scores(at_age(looks, as_of=as_of, kind=kind, horizon=HORIZON), as_of=as_of)
        for kind in KINDS
        if kind in set(looks["kind"])
    }
    scored = {kind: one for kind, one in found.items() if isinstance(one, ContentScores)}
    facts: dict[str, Any] = {"as_of": as_of, "channels": len(scored), "looked": len(found)}
    if not scored:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "Of {looked:count} channels with content, none has enough pieces and answers for "
                "a score."
            ),
            needs=_("Needed: ten pieces of a channel in half a year, with thirty answers."),
            facts=facts,
        )
    rows = [_row(kind, one) for kind, one in scored.items()]
    table = pd.DataFrame(rows).sort_values(
        ["told_share", "answered"], ascending=False, kind="stable", ignore_index=True
    )
    first = table.iloc[0]
    told = table["above"] + table["below"]
    facts |= {
        "pieces": int(table["items"].sum()),
        "told": int(told.sum()),
        "first": first["channel"],
        "first_told": int(told.iloc[0]),
        "first_pieces": int(first["items"]),
    }
    return ChannelScores(
        table=table,
        of=found,
        facts=facts,
        claims=(_claim(facts, table),),
        title=_TITLE,
        subtitle=_(
            "Pieces of half a year, each among those of its own channel a week after publication"
        ),
        meaning=_(
            "Choose between pieces only where they can be told apart; elsewhere more looks at the "
            "same pieces, or a lot for their order, teach more than another ranking."
        ),
        alt=_("Bar chart of {channels:count} channels by the share of pieces told apart."),
    )


def leading_kind(scored: ChannelScores | NotEnoughData) -> str | None:
    """Return the kind of content whose pieces are told apart best; None where there is none."""
    return None if isinstance(scored, NotEnoughData) else str(scored.table["kind"].iloc[0])


def of_channel(
    scored: ChannelScores | NotEnoughData, kind: str | None
) -> ContentScores | NotEnoughData:
    """Return the scores of one kind of content, or why there are none."""
    if isinstance(scored, NotEnoughData):
        return scored
    if (found := scored.of.get(str(kind))) is not None:
        return found
    return NotEnoughData(
        title=_TITLE,
        because=_("There is no content of this kind: {kind:said}."),
        needs=_("Needed: its export, with whom each piece reached."),
        facts={"kind": KINDS.get(str(kind), str(kind))},
    )


def _row(kind: str, scores: ContentScores) -> dict[str, Any]:
    facts = scores.facts
    return {
        "kind": kind,
        "channel": KINDS[kind],
        "items": facts["items"],
        "answered": facts["answered"],
        "above": facts["above"],
        "below": facts["below"],
        "withheld": facts["withheld"],
        "told_share": (facts["above"] + facts["below"]) / len(scores.table),
        "best": facts["best"],
        "best_top": facts["best_top"],
    }


def _claim(facts: dict[str, Any], table: pd.DataFrame) -> Claim:
    if not facts["told"]:
        return Claim(
            key="no_channel_told_apart",
            undecided=True,
            place="evidence",
            topic="channels_told_apart",
            message=_(
                "In none of {channels:count} channels can any of {pieces:count} pieces be told "
                "apart from its peers."
            ),
            holds=[Holds("no piece stands out", int(table["told_share"].gt(0).sum()) == 0)],
        )
    return Claim(
        key="channels_told_apart",
        place="evidence",
        topic="channels_told_apart",
        message=_(
            "Of {pieces:count} pieces in {channels:count} channels, {told:count} can be told apart "
            "from their peers; most in {first:said}, {first_told:count} of {first_pieces:count}."
        ),
        holds=[
            Holds(
                "no channel has a larger share",
                bool((table["told_share"] <= table["told_share"].iloc[0]).all()),
            )
        ],
    )
