"""Next: which topic is worth trying next, at what odds, and does choosing by topic work at all?

A new piece of a topic beats the middle of its peers with a chance that counts both how good the
topic is and how far pieces of one topic differ. The chance stands beside the out-of-time skill of
topics: where they foretold nothing, no suggestion is made.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from insights.analyses.engagement.drivers import FORETELLS, TRAITS, Drivers
from insights.analyses.engagement.score import ContentScores
from insights.charts import marks
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.90
LIKELY = 0.95
_TITLE = _("What to try next")


@dataclass(frozen=True, eq=False, kw_only=True)
class NextContent(Result):
    """Topics by the chance that their next piece beats the middle. One row per topic.

    `lift` is the ratio of odds of the topic to the average one, with its 90% interval; `chance`
    that a new piece beats the middle of its peers, in [0, 1]; `best` that no other topic is better.
    """

    name = "next_content"
    columns = {
        "topic": Column(_("Topic"), "text"),
        "pieces": Column(_("Pieces"), "count"),
        "lift": Column(_("Odds against the average topic"), "number"),
        "low": Column(_("Low"), "number"),
        "high": Column(_("High"), "number"),
        "chance": Column(_("Next piece beats the middle"), "percent"),
        "best": Column(_("No topic is better"), "percent"),
    }

    def plot(self) -> "Axes":
        """Draw the odds of each topic with their interval."""
        return marks.dots(
            self.table, name="topic", value="lift", low="low", high="high", kind="number",
            xlabel=_("odds against the average topic"), reference=1.0,
            reference_label=_("the average topic"),
        )  # fmt: skip


def next_content(
    scores: ContentScores | NotEnoughData, found: Drivers | NotEnoughData
) -> NextContent | NotEnoughData:
    """Rank topics for the next piece, with their odds.

    Parameters
    ----------
    scores : ContentScores
        Their model is read; nothing is fitted again.
    found : Drivers
        Whether topics foretold later pieces.
    """
    if isinstance(scores, NotEnoughData):
        return scores
    if isinstance(found, NotEnoughData):
        return found
    quality = scores.quality
    facts: dict[str, Any] = {"as_of": scores.as_of, "confidence": CONFIDENCE}
    if "topic" not in quality.levels:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "Fewer than two topics have two pieces each; without topics nothing can be said."
            ),
            needs=_("Needed: topics on the pieces, from the export or from tags."),
            facts=facts,
        )
    effect = quality.effects["topic"] - quality.effects["topic"].mean(axis=0)
    apart = np.sqrt(_within(quality.spreads))
    low, high = np.quantile(effect, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=1)
    best = np.bincount(effect.argmax(axis=0), minlength=len(effect)) / effect.shape[1]
    counts = pd.Series([topic for entry in scores.pieces.items["topics"] for topic in entry])
    names = quality.levels["topic"]
    table = pd.DataFrame(
        {
            "topic": names,
            "pieces": counts.value_counts().reindex(names).fillna(0).astype(int).to_numpy(),
            "lift": np.exp(effect.mean(axis=1)),
            "low": np.exp(low),
            "high": np.exp(high),
            "chance": ndtr(effect / apart).mean(axis=1),
            "best": best,
        }
    ).sort_values(["chance", "topic"], ascending=[False, True], kind="stable")
    table = table.reset_index(drop=True)
    skill = found.table[found.table["trait"] == TRAITS["topic"]]
    told = bool(len(skill)) and bool((skill["verdict"] == FORETELLS).all())
    first = table.iloc[0]
    facts |= {
        "topics": len(table),
        "first": first["topic"],
        "chance": float(first["chance"]),
        "best": float(first["best"]),
        "lift": float(first["lift"]),
        "low": float(first["low"]),
        "high": float(first["high"]),
        "skill": float(skill["skill"].iloc[0]) if len(skill) else float("nan"),
        "later": found.facts["later"],
    }
    return NextContent(
        table=table,
        facts=facts,
        claims=(_claim(facts, table, told),),
        caveats=(
            _(
                "Odds are of the audience that saw these topics; a topic shown to others, or much "
                "oftener, may do otherwise."
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "Odds of an answer of each topic against the average topic; lines are "
            "{confidence:percent} intervals"
        ),
        meaning=_("Topics whose lines overlap cannot be told apart: try them in turn."),
        alt=_("Dot chart of {topics:count} topics by their odds of an answer."),
    )


def _within(spreads: pd.DataFrame) -> float:
    """Return the variance of pieces of one topic, on the logit scale."""
    mine = [name for name in ("item", "words", "format") if name in spreads.index]
    if "item" not in mine:
        mine.append("own")
    return float((spreads.loc[mine, "spread"] ** 2).sum())


def _claim(facts: dict[str, Any], table: pd.DataFrame, told: bool) -> Claim:
    if not told:
        return Claim(
            key="no_topic",
            undecided=True,
            topic="next",
            place="evidence",
            message=_(
                "Topics did not foretell the response of {later:count} later pieces, so none is "
                "suggested; {first} comes first of {topics:count}, and that may be luck."
            ),
            holds=[Holds("the skill of topics is not above zero for certain", not told)],
        )
    return Claim(
        key="next_topic",
        topic="next",
        place="evidence",
        message=_(
            "A next piece about {first} beats the middle of its peers with a chance of "
            "{chance:percent}, and no other topic is better with one of {best:percent}; on "
            "{later:count} later pieces, topics removed {skill:percent} of the error."
        ),
        holds=[
            Holds("topics foretold later pieces", told),
            Holds("no topic has a higher chance", bool(table["chance"].max() <= facts["chance"])),
        ],
    )
