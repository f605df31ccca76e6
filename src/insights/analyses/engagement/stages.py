"""Stages: at which step of a channel's funnel can pieces be told apart, and are they the same?

A title makes people read, a piece makes them share, an offer makes them click: each step has a
model of its own over the channel's declared denominator (`score`), with everything shrunk. What a
channel is judged by is its first step (`by_channel`); here stand the others beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.analyses.engagement.ages import ANSWERS, at_age
from insights.analyses.engagement.by_channel import HORIZON, ChannelScores
from insights.analyses.engagement.channels import KINDS
from insights.analyses.engagement.score import ContentScores, content_scores
from insights.analyses.engagement.verdicts import ABOVE, BELOW
from insights.charts import marks
from insights.errors import DataError, MissingColumns
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEPS = {
    "opened": _("read or watched"),
    "responded": _("liked, shared or replied"),
    "clicked": _("clicked"),
    "redeemed": _("used a coupon"),
}
_TITLE = _("At which step pieces can be told apart")


@dataclass(frozen=True, eq=False, kw_only=True)
class Stages(Result):
    """Pieces told apart by step of the funnel. One row per (channel, step) with enough answers.

    `told_share` is the share in [0, 1] of the pieces that are clearly better or worse than the
    middle by that step; `agree` how many of them stand on the same side by the channel's first
    step, `turn` how many on the other.
    """

    name = "stages"
    columns = {
        "step": Column(_("Channel and step"), "text"),
        "channel": Column(_("Channel"), "said", shown=False),
        "stage": Column(_("Step"), "said", shown=False),
        "items": Column(_("Pieces"), "count"),
        "answered": Column(_("Did it"), "count"),
        "above": Column(_("Clearly better"), "count"),
        "below": Column(_("Clearly worse"), "count"),
        "told_share": Column(_("Told apart"), "percent"),
        "agree": Column(_("Same side as by the first step"), "count"),
        "turn": Column(_("Other side"), "count"),
    }

    of: Mapping[tuple[str, str], ContentScores]

    def plot(self) -> "Axes":
        """Draw the share of pieces told apart, step by step."""
        return marks.bars(
            self.table, name="step", value="told_share", kind="percent",
            xlabel=_("of its pieces, told apart from the middle"),
        )  # fmt: skip


def stages(
    looks: pd.DataFrame, scored: ChannelScores | NotEnoughData, *, as_of: date
) -> Stages | NotEnoughData:
    """Score the pieces of every channel by each later step of its funnel.

    Parameters
    ----------
    looks : DataFrame, one row per content, audience and day of age
        The mart `content_looks`.
    scored : ChannelScores or NotEnoughData
        The scores by each channel's first step.
    as_of : date
        Last day of complete data.

    Returns
    -------
    Stages or NotEnoughData
        The latter where no channel has a second step that can be scored.

    Raises
    ------
    MissingColumns
        If the mart lacks a column.
    """
    if missing := {"kind"} - set(looks.columns):
        raise MissingColumns("content_looks", missing, looks.columns)
    firsts = {} if isinstance(scored, NotEnoughData) else scored.of
    found: dict[tuple[str, str], ContentScores] = {}
    rows: list[dict[str, Any]] = []
    for kind, first in firsts.items():
        steps = _steps(looks, kind, first, as_of)
        if len(steps) < 2:
            continue
        found |= {(kind, step): one for step, one in steps.items()}
        rows += [_row(kind, step, one, steps[ANSWERS[kind]]) for step, one in steps.items()]
    facts: dict[str, Any] = {
        "as_of": as_of,
        "channels": len({kind for kind, _step in found}),
        "looked": len(firsts),
    }
    if not rows:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "Of {looked:count} channels none tells two steps of its funnel with enough "
                "answers: each is scored by its only one."
            ),
            needs=_(
                "Needed: a second step, such as clicks or shares of articles, or clicks on the "
                "links of mass messages."
            ),
            facts=facts,
        )
    table = pd.DataFrame(rows)
    facts |= _facts(table)
    return Stages(
        table=table,
        of=found,
        facts=facts,
        claims=(_claim(facts, table),),
        caveats=(
            _(
                "Each step is divided by the same people, whom the piece reached: a piece that is "
                "read more is shared more for that alone."
            ),
        ),
        checks=(
            Check(
                key="steps_of_the_same_pieces",
                message=_("A piece is on the same side, on the other, or not told apart by both."),
                passed=bool(
                    (table["agree"] + table["turn"] <= table["above"] + table["below"]).all()
                ),
                evidence=_("{steps:count} steps of {channels:count} channels"),
                facts={"steps": len(table), "channels": facts["channels"]},
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "Pieces of half a year, each among those of its own channel a week after publication, "
            "step by step; {as_of:day}"
        ),
        meaning=_(
            "Choose by the step that you want more of: whether the pieces that lead at one also "
            "lead at the next stands in the last two columns."
        ),
        alt=_("Bar chart of {steps:count} steps by the share of pieces told apart."),
    )


def _steps(
    looks: pd.DataFrame, kind: str, first: ContentScores | NotEnoughData, as_of: date
) -> dict[str, ContentScores]:
    """Return the scores by each step that the channel tells, the first as it is."""
    if not isinstance(first, ContentScores):
        return {}
    found = {ANSWERS[kind]: first}
    mine = looks[looks["kind"] == kind]
    for step in STEPS:
        if step in found or step not in mine or not mine[step].fillna(0).gt(0).any():
            continue
        pieces = at_age(looks, as_of=as_of, kind=kind, answer=step, horizon=HORIZON)
        try:
            one = content_scores(pieces, as_of=as_of)
        except MissingColumns:
            raise
        except DataError:  # The model did not come to rest: by this step there is no score.
            continue
        if isinstance(one, ContentScores):
            found[step] = one
    return found


def _row(kind: str, step: str, one: ContentScores, first: ContentScores) -> dict[str, Any]:
    here, there = (scores.table.set_index("content_id")["verdict"] for scores in (one, first))
    both = pd.concat([here, there.rename("first")], axis=1, join="inner")
    sides = {ABOVE: BELOW, BELOW: ABOVE}
    told = both[both["verdict"].isin(sides)]
    return {
        "kind": kind,
        "answer": step,
        "step": f"{say(KINDS[kind])} · {say(STEPS[step])}",
        "channel": KINDS[kind],
        "stage": STEPS[step],
        "items": len(one.table),
        "answered": one.facts["answered"],
        "above": one.facts["above"],
        "below": one.facts["below"],
        "told_share": (one.facts["above"] + one.facts["below"]) / len(one.table),
        "agree": int((told["verdict"] == told["first"]).sum()),
        "turn": int((told["verdict"].map(sides) == told["first"]).sum()),
    }


def _facts(table: pd.DataFrame) -> dict[str, Any]:
    best = table.loc[table["told_share"].idxmax()]
    later = table[[ANSWERS[k] != a for k, a in zip(table["kind"], table["answer"], strict=True)]]
    return {
        "steps": len(table),
        "best_of": best["channel"],
        "best_step": best["stage"],
        "best_told": int(best["above"] + best["below"]),
        "best_items": int(best["items"]),
        "later_told": int((later["above"] + later["below"]).sum()),
        "agree": int(later["agree"].sum()),
        "turn": int(later["turn"].sum()),
    }


def _claim(facts: dict[str, Any], table: pd.DataFrame) -> Claim:
    if not facts["best_told"]:
        return Claim(
            key="no_step_tells",
            undecided=True,
            place="evidence",
            topic="steps",
            message=_("By none of {steps:count} steps can any piece be told apart from its peers."),
            holds=[Holds("no piece stands out", bool((table["told_share"] == 0).all()))],
        )
    return Claim(
        key="steps_tell",
        place="evidence",
        topic="steps",
        message=_(
            "Where a channel tells several steps, pieces are told apart best by this one: "
            "{best_of:said}, {best_step:said}, {best_told:count} of {best_items:count}. Of "
            "{later_told:count} that stand out by a later step, {agree:count} do on the same side "
            "by the first, {turn:count} on the other."
        ),
        holds=[
            Holds(
                "no step tells a larger share apart",
                bool(
                    (table["told_share"] <= facts["best_told"] / facts["best_items"] + 1e-9).all()
                ),
            ),
            Holds(
                "sides are those of later steps",
                facts["agree"] + facts["turn"] <= facts["later_told"],
            ),
        ],
    )
