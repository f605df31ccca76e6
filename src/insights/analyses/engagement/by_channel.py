"""By channel: in which channels can pieces be told apart at all, and which lead there?

Each channel's pieces are scored among themselves (`score`), by the answer that the channel is
judged by. Scores of two channels are never compared: a like of a friend and a read of a fan are
different things, and money is what channels are compared on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.analyses.engagement.ages import at_age
from insights.analyses.engagement.channels import KINDS
from insights.analyses.engagement.pieces import DAYS
from insights.analyses.engagement.score import ContentScores, content_scores
from insights.charts import marks
from insights.errors import DataError, MissingColumns
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HORIZON = 7  # days after the day of publication
_TITLE = _("In which channels pieces can be told apart")


@dataclass(frozen=True, eq=False, kw_only=True)
class ChannelScores(Result):
    """Pieces that stand out, by channel. One row per channel with enough answers.

    `told_share` is the share in [0, 1] of its pieces that are clearly better or worse than the
    middle; `best` the piece with the highest score and `best_top` its chance of the top tenth, of
    channels in which a piece has a score.
    """

    name = "channel_scores"
    columns = {
        "channel": Column(_("Channel"), "said"),
        "items": Column(_("Pieces"), "count"),
        "above": Column(_("Clearly better"), "count"),
        "below": Column(_("Clearly worse"), "count"),
        "withheld": Column(_("Without a score"), "count"),
        "told_share": Column(_("Told apart"), "percent"),
        "best": Column(_("Highest score"), "text"),
        "best_top": Column(_("Its chance of the top tenth"), "percent"),
    }

    of: Mapping[str, ContentScores | NotEnoughData]

    def plot(self) -> "Axes":
        """Draw the share of pieces told apart by channel."""
        return marks.bars(
            self.table, name="channel", value="told_share", kind="percent",
            xlabel=_("of its pieces, told apart from the middle"),
        )  # fmt: skip


def channel_scores(
    looks: pd.DataFrame, *, as_of: date, reach: pd.DataFrame | None = None
) -> ChannelScores | NotEnoughData:
    """Score the pieces of every channel, each among themselves.

    Parameters
    ----------
    looks : DataFrame, one row per content, audience and day of age
        The mart `content_looks`.
    as_of : date
        Last day of complete data.
    reach : DataFrame, one row per content, optional
        The mart `content_reach`; of it are counted the pieces that `looks` knows nothing of.

    Raises
    ------
    MissingColumns
        If the mart lacks a column.
    """
    if "kind" not in looks.columns:
        raise MissingColumns("content_looks", {"kind"}, looks.columns)
    found = {kind: _of_kind(looks, kind, as_of) for kind in KINDS if kind in set(looks["kind"])}
    scored = {kind: one for kind, one in found.items() if isinstance(one, ContentScores)}
    facts: dict[str, Any] = {"as_of": as_of, "channels": len(scored), "looked": len(found)}
    caveats = _left_out(looks, reach, found, facts)
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
        caveats=caveats,
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


def _of_kind(looks: pd.DataFrame, kind: str, as_of: date) -> ContentScores | NotEnoughData:
    """Score one channel; one that cannot be fitted stops no other."""
    pieces = at_age(looks, as_of=as_of, kind=kind, horizon=HORIZON)
    try:
        return content_scores(pieces, as_of=as_of)
    except MissingColumns:
        raise
    except DataError:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{channel:said}: the model of {items:count} pieces did not come to an end, so none "
                "of them has a score."
            ),
            needs=_("Needed: more pieces or answers; the other channels are scored without it."),
            facts={
                "channel": KINDS[kind],
                "items": int(pieces["content_id"].nunique()),
                "unfitted": True,
            },
        )


def _left_out(
    looks: pd.DataFrame,
    reach: pd.DataFrame | None,
    found: Mapping[str, ContentScores | NotEnoughData],
    facts: dict[str, Any],
) -> tuple[str, ...]:
    """Say which channels could not be fitted, and of how many pieces nobody told whom they met."""
    caveats = []
    unfitted = [kind for kind, one in found.items() if one.facts.get("unfitted")]
    if unfitted:
        facts["unfitted_of"] = _named(unfitted)
        caveats.append(
            _("{unfitted_of}: the model of their pieces did not come to an end; none has a score.")
        )
    if reach is None:
        return tuple(caveats)
    if missing := {"content_id", "kind", "published_on"} - set(reach.columns):
        raise MissingColumns("content_reach", missing, reach.columns)
    on = pd.to_datetime(reach["published_on"])
    end = pd.Timestamp(facts["as_of"])
    silent = reach[
        (on > end - pd.Timedelta(days=DAYS))
        & (on <= end)
        & reach["kind"].isin(list(KINDS))
        & ~reach["content_id"].isin(looks["content_id"])
    ]
    if len(silent):
        facts |= {"silent": len(silent), "silent_of": _named(silent["kind"].unique()), "days": DAYS}
        caveats.append(
            _(
                "{silent:count} pieces of the {days:days} up to {as_of:day} ({silent_of}) are in "
                "no score: nothing tells whom they reached. Of articles that is also what the "
                "platform does with fewer than three actions a day."
            )
        )
    return tuple(caveats)


def _named(kinds: Iterable[str]) -> str:
    return " / ".join(sorted(say(KINDS[kind]) for kind in kinds))


def _row(kind: str, scores: ContentScores) -> dict[str, Any]:
    facts = scores.facts
    told = scores.table.dropna(subset="score")
    return {
        "kind": kind,
        "channel": KINDS[kind],
        "items": facts["items"],
        "answered": facts["answered"],
        "above": facts["above"],
        "below": facts["below"],
        "withheld": facts["withheld"],
        "told_share": (facts["above"] + facts["below"]) / len(scores.table),
        # A piece whose score is withheld leads with none.
        "best": told["title"].iloc[0] if len(told) else "–",
        "best_top": float(told["p_top"].iloc[0]) if len(told) else float("nan"),
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
